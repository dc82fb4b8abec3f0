#!/bin/sh
# Calls pontoon: no finding about security (PT4xxx) or versions (PT5xxx) that the document does not accept by its code.
set -eu

found=$(pontoon check --format json | jq --raw-output '
    .diagnostics[] | select(.accepted | not) | select(.code | test("^PT[45]"))
    | "\(.at.file):\(.at.line):\(.at.column): \(.code): \(.message)\n  next: \(.hint)"')
[ -z "$found" ] && exit 0
printf '%s\n' "$found"
exit 1
