#!/bin/sh
# Calls pontoon: proposes what one environment runs for the next one.
# PONTOON_WHERE holds further arguments, such as --local.
set -eu

code=0
# shellcheck disable=SC2086
pontoon promote "$1" "$2" ${PONTOON_WHERE:-} || code=$?
# 3: it waits for a person, who merges the pull request.
[ "$code" -ne 3 ] || exit 0
exit "$code"
