#!/bin/sh
# Calls pontoon: what is not as it was applied, as Markdown; nothing where everything is.
# PONTOON_WHERE holds further arguments, such as --local.
set -eu

environment=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

code=0
# shellcheck disable=SC2086
pontoon drift "$environment" --json ${PONTOON_WHERE:-} >"$work/drift.json" 2>"$work/said" || code=$?
if ! jq --exit-status --arg e "$environment" '.environments[$e] | has("drift")' "$work/drift.json" >/dev/null 2>&1; then
    cat "$work/said" >&2
    exit 1
fi
[ "$(jq --arg e "$environment" '.environments[$e].drift' "$work/drift.json")" = true ] || exit 0
# shellcheck disable=SC2016
printf '`%s` is not as it was last applied.\n\n```text\n' "$environment"
# shellcheck disable=SC2086
pontoon drift "$environment" ${PONTOON_WHERE:-} || true
printf '```\n'
