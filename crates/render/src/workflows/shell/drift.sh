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
case $(jq --arg e "$environment" '.environments[$e].drift' "$work/drift.json" 2>/dev/null || true) in
true) ;;
false) exit 0 ;;
*)
    # Nothing was compared.
    cat "$work/said" >&2
    exit 1
    ;;
esac
# shellcheck disable=SC2016
printf '`%s` is not as it was last applied.\n\n```text\n' "$environment"
# shellcheck disable=SC2086
pontoon drift "$environment" ${PONTOON_WHERE:-} || true
printf '```\n'
