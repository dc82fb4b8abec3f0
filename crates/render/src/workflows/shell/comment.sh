#!/bin/sh
# Calls gh: says what FILE holds in a comment of a pull request, always in the same one for the same TOPIC.
# comment.sh NUMBER TOPIC FILE
set -eu

number=$1 mark="<!-- pontoon: $2 -->"
body=$(mktemp)
trap 'rm -f "$body"' EXIT
# GitHub takes 65,536 characters.
{ printf '%s\n' "$mark"; head -c 60000 "$3"; } >"$body"

base="repos/$GITHUB_REPOSITORY/issues"
id=$(MARK=$mark gh api --paginate "$base/$number/comments" \
    --jq '.[] | select(.user.type == "Bot") | select(.body | startswith(env.MARK)) | .id' | head -n 1)
if [ -n "$id" ]; then
    gh api --silent --method PATCH "$base/comments/$id" --field "body=@$body"
else
    gh api --silent --method POST "$base/$number/comments" --field "body=@$body"
fi
