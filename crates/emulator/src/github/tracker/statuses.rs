//! Commit statuses.

use crate::github::ask::Ask;
use crate::github::git::{Git, Kind};
use crate::github::page;
use crate::github::problem::{Problem, document};
use crate::github::render::{self, node};
use crate::github::routes::Op;
use crate::{Cx, Reply};
use serde_json::{Value, json};

pub(crate) const OPS: &[Op] = &[
    Op { method: "POST", path: "/repos/{owner}/{repo}/statuses/{sha}", needs: "statuses:write", run: create },
    Op { method: "GET", path: "/repos/{owner}/{repo}/commits/{ref*}/statuses", needs: "statuses:read", run: list },
    Op { method: "GET", path: "/repos/{owner}/{repo}/commits/{ref*}/status", needs: "statuses:read", run: combined },
];

fn create(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let sha = ask.param("sha").to_owned();
    if Git::of(&ask.repo_id()).kind(cx, &sha) != Some(Kind::Commit) {
        return Err(Problem::unprocessable(format!("No commit found for SHA: {sha}")));
    }
    let state = ask.text("state")?;
    if !["error", "failure", "pending", "success"].contains(&state) {
        return Err(Problem::custom("Status", "state", "state must be one of: error, failure, pending, success"));
    }
    let (id, now) = (cx.number(), cx.stamp());
    let doc = json!({
        "url": ask.url(&format!("/statuses/{sha}")), "avatar_url": render::user(cx, &ask.api(), ask.login())["avatar_url"], "id": id,
        "node_id": node("StatusContext", id), "state": state, "description": ask.opt("description")?,
        "target_url": ask.opt("target_url")?, "context": ask.opt("context")?.unwrap_or("default"), "created_at": now,
        "updated_at": now, "_sha": sha, "_creator": ask.login(),
    });
    cx.put_settled(&ask.within("statuses"), &id.to_string(), doc.clone());
    Ok(document(201, &shown(cx, ask, &doc)))
}

fn shown(cx: &Cx, ask: &Ask, doc: &Value) -> Value {
    let mut out = crate::reply::public(doc);
    out["creator"] = render::user(cx, &ask.api(), doc["_creator"].as_str().unwrap_or_default());
    out
}

fn commit_of(cx: &Cx, ask: &Ask) -> Result<String, Problem> {
    let name = ask.param("ref");
    let missing = || Problem::unprocessable(format!("No commit found for SHA: {name}"));
    Git::of(&ask.repo_id()).resolve(cx, name).ok_or_else(missing)
}

/// Statuses of a commit, newest first.
fn of<'c>(cx: &'c Cx, repo: &Value, sha: &str) -> Vec<&'c Value> {
    cx.list(&crate::github::repos::within(repo, "statuses")).into_iter().rev().filter(|s| s["_sha"] == sha).collect()
}

/// The newest status of each context.
pub(super) fn latest<'c>(cx: &'c Cx, repo: &Value, sha: &str) -> Vec<&'c Value> {
    let mut out: Vec<&Value> = Vec::new();
    for status in of(cx, repo, sha) {
        if !out.iter().any(|s| s["context"] == status["context"]) {
            out.push(status);
        }
    }
    out
}

fn list(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let sha = commit_of(cx, ask)?;
    let all = of(cx, &ask.repo, &sha).into_iter().map(|s| shown(cx, ask, s)).collect();
    Ok(page::list(ask, all))
}

fn combined(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let sha = commit_of(cx, ask)?;
    let latest = latest(cx, &ask.repo, &sha);
    let any = |states: &[&str]| latest.iter().any(|s| states.iter().any(|state| s["state"] == *state));
    let state = if any(&["error", "failure"]) {
        "failure"
    } else if latest.is_empty() || any(&["pending"]) {
        "pending"
    } else {
        "success"
    };
    let statuses: Vec<Value> = latest.iter().map(|s| crate::reply::public(s)).collect();
    Ok(document(
        200,
        &json!({
            "state": state, "statuses": statuses, "sha": sha, "total_count": statuses.len(),
            "repository": render::minimal(cx, &ask.api(), &ask.repo), "commit_url": ask.url(&format!("/commits/{sha}")),
            "url": ask.url(&format!("/commits/{sha}/status")),
        }),
    ))
}
