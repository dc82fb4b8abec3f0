//! Check runs, and whether a required check has passed.

use super::statuses;
use crate::github::ask::Ask;
use crate::github::git::{Git, Kind};
use crate::github::problem::{Problem, document};
use crate::github::render::node;
use crate::github::routes::Op;
use crate::github::{page, repos};
use crate::{Cx, Reply};
use serde_json::{Value, json};

pub(crate) const OPS: &[Op] = &[
    Op { method: "POST", path: "/repos/{owner}/{repo}/check-runs", needs: "checks:write", run: create },
    Op { method: "GET", path: "/repos/{owner}/{repo}/check-runs/{check_run_id}", needs: "checks:read", run: read },
    Op { method: "PATCH", path: "/repos/{owner}/{repo}/check-runs/{check_run_id}", needs: "checks:write", run: update },
    Op { method: "GET", path: "/repos/{owner}/{repo}/commits/{ref*}/check-runs", needs: "checks:read", run: list },
];

/// The newest word on a check of a commit: `success`, `pending`, `failure`, or nothing.
pub(crate) fn state(cx: &Cx, repo: &Value, sha: &str, name: &str) -> Option<&'static str> {
    let runs = cx.list(&repos::within(repo, "checks"));
    let run = runs.into_iter().rev().find(|r| r["head_sha"] == sha && r["name"] == name).map(|r| {
        match (r["status"].as_str(), r["conclusion"].as_str()) {
            (Some("completed"), Some("success" | "neutral" | "skipped")) => "success",
            (Some("completed"), _) => "failure",
            _ => "pending",
        }
    });
    let status = statuses::latest(cx, repo, sha).into_iter().find(|s| s["context"] == name);
    let status = status.map(|s| match s["state"].as_str() {
        Some("success") => "success",
        Some("pending") => "pending",
        _ => "failure",
    });
    run.or(status)
}

/// Whether a required check has passed.
pub(crate) fn passed(cx: &Cx, repo: &Value, sha: &str, name: &str) -> bool {
    state(cx, repo, sha, name) == Some("success")
}

/// What the body says, over what was there.
fn merged(cx: &Cx, ask: &Ask, mut run: Value) -> Result<Value, Problem> {
    for field in ["name", "details_url", "external_id", "started_at", "completed_at", "status", "conclusion"] {
        if let Some(text) = ask.opt(field)? {
            run[field] = text.into();
        }
    }
    if ask.field("conclusion").is_some() {
        run["status"] = "completed".into();
    }
    if run["status"] == "completed" {
        if run["conclusion"].is_null() {
            return Err(Problem::invalid("CheckRun", "conclusion", "missing_field"));
        }
        if run["completed_at"].is_null() {
            run["completed_at"] = cx.stamp().into();
        }
    }
    if let Some(output) = ask.field("output") {
        for field in ["title", "summary", "text"] {
            run["output"][field] = output[field].clone();
        }
    }
    Ok(run)
}

fn create(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let sha = ask.text("head_sha")?.to_owned();
    ask.text("name")?;
    if Git::of(&ask.repo_id()).kind(cx, &sha) != Some(Kind::Commit) {
        return Err(Problem::unprocessable(format!("No commit found for SHA: {sha}")));
    }
    let id = cx.number();
    let url = ask.url(&format!("/check-runs/{id}"));
    let fresh = json!({
        "id": id, "node_id": node("CheckRun", id), "head_sha": sha, "external_id": "", "url": url,
        "html_url": ask.html(&format!("/runs/{id}")), "details_url": null, "status": "queued", "conclusion": null,
        "started_at": cx.stamp(), "completed_at": null, "name": "",
        "output": { "title": null, "summary": null, "text": null, "annotations_count": 0, "annotations_url": format!("{url}/annotations") },
        "check_suite": { "id": id }, "app": null, "pull_requests": [],
    });
    let run = merged(cx, ask, fresh)?;
    cx.put_settled(&ask.within("checks"), &id.to_string(), run.clone());
    Ok(document(201, &run))
}

fn read(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    Ok(document(200, cx.get(&ask.within("checks"), ask.param("check_run_id")).ok_or_else(Problem::not_found)?))
}

fn update(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let id = ask.param("check_run_id");
    let run = cx.get(&ask.within("checks"), id).cloned().ok_or_else(Problem::not_found)?;
    let run = merged(cx, ask, run)?;
    cx.put_settled(&ask.within("checks"), id, run.clone());
    Ok(document(200, &run))
}

fn list(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let name = ask.param("ref");
    let missing = || Problem::unprocessable(format!("No commit found for SHA: {name}"));
    let sha = Git::of(&ask.repo_id()).resolve(cx, name).ok_or_else(missing)?;
    let mut all: Vec<Value> = Vec::new();
    for run in cx.list(&ask.within("checks")).into_iter().rev() {
        let named = ask.query("check_name").is_none_or(|n| run["name"] == n);
        if run["head_sha"] == *sha && named && !all.iter().any(|r| r["name"] == run["name"]) {
            all.push(run.clone());
        }
    }
    Ok(page::counted(ask, "check_runs", all))
}
