#!/bin/sh
# Fetches pontoon from $PONTOON_URL, and takes it only if its SHA-256 is $PONTOON_SHA256.
set -eu

: "${PONTOON_URL:?set the variable PONTOON_URL of the repository to where the binary is}"
: "${PONTOON_SHA256:?set the variable PONTOON_SHA256 of the repository to the SHA-256 of the binary}"
bin=${RUNNER_TEMP:-${TMPDIR:-/tmp}}/pontoon-bin
mkdir -p "$bin"
curl --fail --silent --show-error --location --retry 3 "$PONTOON_URL" --output "$bin/pontoon"
printf '%s  %s\n' "$PONTOON_SHA256" "$bin/pontoon" | sha256sum --check --quiet
chmod 755 "$bin/pontoon"
if [ -n "${GITHUB_PATH:-}" ]; then printf '%s\n' "$bin" >>"$GITHUB_PATH"; else printf 'export PATH="%s:$PATH"\n' "$bin"; fi
