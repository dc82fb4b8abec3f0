//! Reviews of pull requests.

use super::{ends, stored};
use crate::github::accounts;
use crate::github::ask::Ask;
use crate::github::page;
use crate::github::problem::{Problem, document};
use crate::github::render::{self, node};
use crate::github::routes::Op;
use crate::{Cx, Reply};
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub(crate) const OPS: &[Op] = &[
    Op { method: "GET", path: "/repos/{owner}/{repo}/pulls/{pull_number}/reviews", needs: "pull_requests:read", run: list },
    Op { method: "POST", path: "/repos/{owner}/{repo}/pulls/{pull_number}/reviews", needs: "pull_requests:write", run: create },
];

/// How many people with write access approve, by their newest review.
pub(super) fn approvals(cx: &Cx, ask: &Ask, pull: &Value) -> usize {
    let mut newest: BTreeMap<&str, &str> = BTreeMap::new();
    for review in cx.list(&ask.within("reviews")).into_iter().filter(|r| r["_pull"] == pull["number"]) {
        if let (Some(user), Some(state @ ("APPROVED" | "CHANGES_REQUESTED"))) =
            (review["_user"].as_str(), review["state"].as_str())
        {
            newest.insert(user, state);
        }
    }
    newest.iter().filter(|(user, state)| **state == "APPROVED" && accounts::role(cx, &ask.repo, user) >= Some(2)).count()
}

fn shown(cx: &Cx, ask: &Ask, review: &Value) -> Value {
    let (id, number) = (&review["id"], &review["_pull"]);
    let html = ask.html(&format!("/pull/{number}#pullrequestreview-{id}"));
    let url = ask.url(&format!("/pulls/{number}"));
    json!({
        "id": id, "node_id": node("PullRequestReview", id), "user": render::user(cx, &ask.api(), review["_user"].as_str().unwrap_or_default()),
        "body": review["body"], "state": review["state"], "html_url": html, "pull_request_url": url,
        "_links": { "html": { "href": html }, "pull_request": { "href": url } }, "submitted_at": review["submitted_at"],
        "commit_id": review["commit_id"], "author_association": "OWNER",
    })
}

fn list(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let number = stored(cx, ask)?["number"].clone();
    let own = cx.list(&ask.within("reviews")).into_iter().filter(|r| r["_pull"] == number);
    let own = own.map(|r| shown(cx, ask, r)).collect();
    Ok(page::list(ask, own))
}

fn create(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let pull = stored(cx, ask)?;
    let state = match ask.opt("event")? {
        Some("APPROVE") => "APPROVED",
        Some("REQUEST_CHANGES") => "CHANGES_REQUESTED",
        Some("COMMENT") => "COMMENTED",
        None => "PENDING",
        Some(_) => return Err(Problem::unprocessable("Unprocessable Entity").and("event is invalid".into())),
    };
    let author = cx.get(&ask.within("issues"), &pull["number"].to_string()).is_some_and(|i| i["_user"] == ask.login());
    if author && state == "APPROVED" {
        return Err(Problem::unprocessable("Unprocessable Entity").and("Can not approve your own pull request".into()));
    }
    let (id, now) = (cx.number(), cx.stamp());
    let head = ends(cx, ask, &pull).1;
    let review = json!({
        "id": id, "_pull": pull["number"], "_user": ask.login(), "body": ask.opt("body")?.unwrap_or_default(), "state": state,
        "submitted_at": now, "commit_id": head,
    });
    cx.put_settled(&ask.within("reviews"), &id.to_string(), review.clone());
    Ok(document(200, &shown(cx, ask, &review)))
}
