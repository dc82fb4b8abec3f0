#!/usr/bin/env bash
# Fetches the vendors' own clients, at the versions pinned beside this script, for the tests of tests/witness.rs,
# and Mermaid, which reads the pictures of crates/documents/tests/documents.rs.
#
# They go into $PONTOON_WITNESS_DIR, or else ~/.cache/pontoon/witness; run it again after a pin has changed.
# Needs python3 with venv, go, and npm.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
dir=${PONTOON_WITNESS_DIR:-$HOME/.cache/pontoon/witness}
mkdir -p "$dir"

if ! cmp -s "$here/requirements.txt" "$dir/venv/requirements.txt"; then
    rm -rf "$dir/venv"
    python3 -m venv "$dir/venv"
    "$dir/venv/bin/python" -m pip install --quiet --disable-pip-version-check -r "$here/requirements.txt"
    # Last, so that an installation cut short is made again.
    cp "$here/requirements.txt" "$dir/venv/requirements.txt"
fi

# Modules are found beside the script that imports them, so the test puts the scripts there too.
for name in octokit mermaid; do
    if ! cmp -s "$here/$name/package-lock.json" "$dir/$name/package-lock.json"; then
        rm -rf "${dir:?}/$name"
        mkdir -p "$dir/$name"
        cp "$here/$name/package.json" "$dir/$name/"
        cp "$here/$name/package-lock.json" "$dir/$name/package-lock.wanted"
        (cd "$dir/$name" && cp package-lock.wanted package-lock.json && npm ci --silent --no-audit --no-fund) ||
            { rm -f "$dir/$name/package-lock.json"; exit 1; }
    fi
done

export GOMODCACHE=$dir/go/mod GOCACHE=$dir/go/build GOTOOLCHAIN=local
# Modules are read-only by default, which makes the folder hard to remove.
export GOFLAGS="-mod=readonly -modcacherw"
(cd "$here/godo" && go mod download && go vet ./...)
echo "clients of DigitalOcean, S3, GitHub and Vault, and Mermaid: $dir"
