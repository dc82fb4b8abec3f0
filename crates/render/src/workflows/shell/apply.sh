#!/bin/sh
# Calls pontoon: brings an environment to what the document and its release say. Run it again whenever it failed.
# PONTOON_WHERE holds further arguments, such as --local.
set -eu

code=0
# shellcheck disable=SC2086
pontoon up "$1" --yes ${PONTOON_WHERE:-} || code=$?
# 3: a person has to merge a pull request first. This runs again when they did.
[ "$code" -ne 3 ] || exit 0
exit "$code"
