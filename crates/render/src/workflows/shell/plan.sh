#!/bin/sh
# Calls pontoon: what would change in an environment, as Markdown; cost and impact first.
# PONTOON_WHERE holds further arguments, such as --local.
set -eu

environment=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

code=0
# shellcheck disable=SC2086
pontoon plan "$environment" --json ${PONTOON_WHERE:-} >"$work/plan.json" 2>"$work/said" || code=$?
jq '.plans[0] // empty' "$work/plan.json" >"$work/plan" 2>/dev/null || true
if [ ! -s "$work/plan" ]; then
    printf '### %s: no plan\n\n' "$environment"
    jq --raw-output '.error // empty | "\(.what)\n\nnext: \(.next)"' "$work/said"
    exit 1
fi

jq --raw-output '
    def cost: if .minimum == .maximum then .minimum else "\(.minimum) to \(.maximum)" end;
    "### \(.environment): \(if .empty then "nothing to do in the cloud" else "\(.changes | length) changes" end)\n",
    "| | |\n| --- | --- |",
    "| cost | \(.cost.after | cost) \(.cost.after.currency) a \(.cost.after.per), was \(.cost.before | cost) |",
    "| impact | \([.changes[] | select(.impact != "nothing") | "\(.impact): `\(.address)`"] | if length == 0 then "none" else join("<br>") end) |",
    "| in the cluster | \(.objects // [] | length) objects differ |",
    (if .repository == null then empty else "| in \(.repository.name) | \(.repository.files | length) files differ |" end),
    "",
    (.findings[] | "- **\(.code)** \(.message)\(if .hint then " (next: \(.hint))" else "" end)"),
    (if (.changes | length) == 0 then empty else
        "\n<details><summary>Changes</summary>\n\n| action | what | impact | because |\n| --- | --- | --- | --- |",
        (.changes[] | "| \(.action) | `\(.address)` | \(.impact) | \(.because) |"),
        "\n</details>"
    end)' "$work/plan"
exit "$code"
