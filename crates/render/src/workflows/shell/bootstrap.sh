#!/bin/sh
# Calls pontoon: makes the repository hold what the clusters will follow. It is the same to do it again.
# PONTOON_WHERE holds further arguments, such as --local.
set -eu

code=0
# shellcheck disable=SC2086
pontoon bootstrap ${PONTOON_WHERE:-} || code=$?
[ "$code" -ne 3 ] || exit 0
exit "$code"
