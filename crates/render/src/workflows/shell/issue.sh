#!/bin/sh
# Calls gh: keeps one open issue of this TITLE that says what FILE holds; an empty FILE closes it.
# issue.sh TITLE FILE
set -eu

title=$1 body=$2
number=$(TITLE=$title gh issue list --repo "$GITHUB_REPOSITORY" --state open --search "in:title \"$title\"" --limit 100 \
    --json number,title --jq '[.[] | select(.title == env.TITLE) | .number] | min // empty')
if [ -s "$body" ]; then
    if [ -n "$number" ]; then
        gh issue edit "$number" --repo "$GITHUB_REPOSITORY" --body-file "$body"
    else
        gh issue create --repo "$GITHUB_REPOSITORY" --title "$title" --body-file "$body"
    fi
elif [ -n "$number" ]; then
    gh issue close "$number" --repo "$GITHUB_REPOSITORY" --comment "Everything is as it was last applied."
fi
