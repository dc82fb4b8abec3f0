#!/usr/bin/env bash
# Builds the outside judges of a cluster's contents from their Go modules, for the tests of tests/real_apiserver.rs,
# tests/contents.rs and tests/sealed.rs, actionlint and zizmor for workflows, and OpenTofu, which judges stacks (crates/tofu/tests/stacks.rs), with a stand-in for
# its providers that knows their published schemas.
#
# They go into $PONTOON_TOOLS, or else ~/.cache/pontoon/tools; versions are pinned by the go.mod and go.sum of the
# folders in tools/. A folder whose pins have not changed since its last build is not looked at again.
# `tools.sh kubernetes` builds that folder alone. Needs go.
#
# On two cores, cold: kubernetes about 5 minutes (kube-apiserver 101 MB, kubectl 57, etcd 26), gitops about 3 (helm 57,
# sops 50, kubeconform 10, age and age-keygen 8), cilium seconds (only its definitions, 1 MB). Go's caches beside them take
# 5 GB and may go: `rm -rf "$PONTOON_TOOLS/go"`.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
dir=${PONTOON_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/pontoon/tools}
mkdir -p "$dir/pins"
dir=$(cd "$dir" && pwd)

export GOMODCACHE=$dir/go/mod GOCACHE=$dir/go/build GOTOOLCHAIN=local
# Modules are read-only by default, which makes the folder hard to remove.
export GOFLAGS="-mod=readonly -modcacherw -buildvcs=false -trimpath -p=2" CGO_ENABLED=0

# build FOLDER LDFLAGS [NAME=PACKAGE ...]: every `tool` of the folder's go.mod, in one build so that they share
# what they have in common. A binary is called after its package's last element, or NAME.
build() {
    local name=$1 flags=$2 renamed pins fresh from=$SECONDS
    shift 2
    # What is written here counts like a pin.
    pins=$(go version; cat "$here/tools/$name/go.mod" "$here/tools/$name/"*.go 2>/dev/null; echo "$flags")
    if [[ "$pins" == "$(cat "$dir/pins/$name" 2>/dev/null)" ]]; then
        return
    fi
    fresh=$(mktemp -d "$dir/fresh.XXXXXX")
    (cd "$here/tools/$name" && go build -ldflags "-s -w $flags" -o "$fresh/" tool)
    for renamed in "$@"; do
        mv "$fresh/${renamed#*=}" "$fresh/${renamed%%=*}"
    done
    # A rename, so that nobody starts half a binary.
    mv -f "$fresh"/* "$dir/"
    rmdir "$fresh"
    # Last, so that a build cut short is made again.
    printf '%s\n' "$pins" >"$dir/pins/$name"
    echo "$name: built in $((SECONDS - from)) s"
}

# Without it, client and server call themselves v0.0.0-master.
kubernetes=$(awk '$1 == "k8s.io/kubernetes" { print $2 }' "$here/tools/kubernetes/go.mod")
stamp="-X k8s.io/component-base/version.gitVersion=$kubernetes -X k8s.io/component-base/version.gitTreeState=clean"

# The published form of every kind that the server knows, from the same module.
openapi() {
    local from
    if [[ -d $dir/openapi-$kubernetes ]]; then
        return
    fi
    from=$(cd "$here/tools/kubernetes" && go list -m -f '{{.Dir}}' k8s.io/kubernetes)
    rm -rf "$dir/openapi-fresh"
    cp -r "$from/api/openapi-spec/v3" "$dir/openapi-fresh"
    mv "$dir/openapi-fresh" "$dir/openapi-$kubernetes"
    ln -sfn "openapi-$kubernetes" "$dir/openapi"
}

# Cilium's own definitions of the policies that DOKS enforces: the contracts have none.
cilium() {
    local version from
    version=$(awk '$2 == "github.com/cilium/cilium" { print $3 }' "$here/tools/cilium/go.mod")
    if [[ $version == "$(cat "$dir/pins/cilium" 2>/dev/null)" ]]; then
        return
    fi
    from=$(cd "$here/tools/cilium" && go mod download github.com/cilium/cilium && go list -m -f '{{.Dir}}' github.com/cilium/cilium)
    mkdir -p "$dir/definitions"
    cp "$from"/pkg/k8s/apis/cilium.io/client/crds/v2/cilium{,clusterwide}networkpolicies.yaml "$dir/definitions/"
    echo "$version" >"$dir/pins/cilium"
}

# The judges of workflows: one is a Go module, the other a package of PyPI.
zizmor() {
    local version=1.32.0
    if [[ "$("$dir/zizmor" --version 2>/dev/null)" == "zizmor $version" ]]; then
        return
    fi
    rm -rf "$dir/python"
    python3 -m venv "$dir/python"
    "$dir/python/bin/python" -m pip install --quiet --disable-pip-version-check "zizmor==$version"
    ln -sf python/bin/zizmor "$dir/zizmor"
}

# Two runs at once would build everything twice.
exec 9>"$dir/lock"
flock 9
for one in ${*:-cilium kubernetes gitops provider tofu actions}; do
    case $one in
    cilium) cilium ;;
    kubernetes)
        build kubernetes "$stamp" etcd=server
        openapi
        ;;
    gitops) build gitops "" ;;
    provider) build provider "" terraform-provider=provider ;;
    tofu) build tofu "" ;;
    actions)
        build actions ""
        zizmor
        ;;
    *) echo "tools.sh: no such folder: $one" >&2 && exit 1 ;;
    esac
done
echo "judges of a cluster's contents: $dir"
