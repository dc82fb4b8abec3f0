//! Pull requests in the form that clients see.

use super::{changed, ends, merge, own_commits};
use crate::Cx;
use crate::github::ask::Ask;
use crate::github::render::{self, node};
use crate::github::tracker::issues;
use serde_json::{Value, json};

/// As in lists.
pub(super) fn brief(cx: &Cx, ask: &Ask, pull: &Value) -> Value {
    let number = pull["number"].to_string();
    let none = Value::Null;
    let issue = cx.get(&ask.within("issues"), &number).unwrap_or(&none);
    let (base, head) = ends(cx, ask, pull);
    let (url, html) = (ask.url(&format!("/pulls/{number}")), ask.html(&format!("/pull/{number}")));
    let issue_url = ask.url(&format!("/issues/{number}"));
    let api = ask.api();
    let owner = ask.repo["owner"].as_str().unwrap_or_default();
    let end = |branch: &Value, sha: &str| {
        let name = branch.as_str().unwrap_or_default();
        json!({
            "label": format!("{owner}:{name}"), "ref": name, "sha": sha, "user": render::user(cx, &api, owner),
            "repo": render::full(cx, &api, &ask.repo, ask.login(), false),
        })
    };
    let link = |href: &str| json!({ "href": href });
    let statuses = ask.url(&format!("/statuses/{head}"));
    json!({
        "url": url, "id": pull["id"], "node_id": node("PullRequest", &pull["id"]), "html_url": html,
        "diff_url": format!("{html}.diff"), "patch_url": format!("{html}.patch"), "issue_url": issue_url, "number": pull["number"],
        "state": if pull["_open"] == true { "open" } else { "closed" }, "locked": false, "title": issue["title"],
        "user": render::user(cx, &api, issue["_user"].as_str().unwrap_or_default()), "body": issue["body"],
        "created_at": issue["created_at"], "updated_at": issue["updated_at"], "closed_at": issue["closed_at"],
        "merged_at": pull["_merged_at"], "merge_commit_sha": pull["_merge_sha"], "assignee": null, "assignees": [],
        "requested_reviewers": [], "requested_teams": [], "labels": issues::labels(ask, issue), "milestone": null,
        "draft": pull["_draft"], "commits_url": format!("{url}/commits"), "review_comments_url": format!("{url}/comments"),
        "review_comment_url": ask.url("/pulls/comments{/number}"), "comments_url": format!("{issue_url}/comments"),
        "statuses_url": statuses, "head": end(&pull["_head"], &head), "base": end(&pull["_base"], &base),
        "_links": {
            "self": link(&url), "html": link(&html), "issue": link(&issue_url), "comments": link(&format!("{issue_url}/comments")),
            "review_comments": link(&format!("{url}/comments")), "review_comment": link(&ask.url("/pulls/comments{/number}")),
            "commits": link(&format!("{url}/commits")), "statuses": link(&statuses),
        },
        "author_association": "OWNER", "auto_merge": null,
    })
}

/// As it is on its own.
pub(super) fn full(cx: &Cx, ask: &Ask, pull: &Value) -> Value {
    let mut doc = brief(cx, ask, pull);
    let files = changed(cx, ask, pull);
    let sum = |key: &str| files.iter().filter_map(|f| f[key].as_u64()).sum::<u64>();
    let number = &pull["number"];
    let comments = cx.list(&ask.within("comments")).iter().filter(|c| c["_issue"] == *number).count();
    let (mergeable, state) = merge::mergeable(cx, ask, pull);
    let merged_by = pull["_merged_by"].as_str().map_or(Value::Null, |login| render::user(cx, &ask.api(), login));
    let more = json!({
        "merged": !pull["_merged_at"].is_null(), "mergeable": mergeable, "rebaseable": mergeable, "mergeable_state": state,
        "merged_by": merged_by, "comments": comments, "review_comments": 0, "maintainer_can_modify": pull["_modify"],
        "commits": own_commits(cx, ask, pull).len(), "additions": sum("additions"), "deletions": sum("deletions"),
        "changed_files": files.len(),
    });
    if let (Some(doc), Value::Object(more)) = (doc.as_object_mut(), more) {
        doc.extend(more);
    }
    doc
}
