#!/bin/sh
# Calls pontoon: the document has no mistake, and everything that follows from it can be written.
set -eu

format=text
[ -z "${GITHUB_ACTIONS:-}" ] || format=github
pontoon check --format "$format"

tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
pontoon render --to "$tree"
