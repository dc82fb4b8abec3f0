//! Actions: the workflows that lie in the default branch, and runs of those that were dispatched.
//!
//! Nothing runs: a dispatched run stays `queued`, as without a runner.

use crate::github::accounts;
use crate::github::ask::Ask;
use crate::github::git::{Commit, Git, tree};
use crate::github::page;
use crate::github::problem::{Problem, document};
use crate::github::render::{self, node};
use crate::github::routes::Op;
use crate::{Cx, Reply};
use serde_json::{Value, json};

pub(crate) const OPS: &[Op] = &[
    Op { method: "GET", path: "/repos/{owner}/{repo}/actions/workflows", needs: "actions:read", run: list },
    Op { method: "GET", path: "/repos/{owner}/{repo}/actions/workflows/{workflow_id}", needs: "actions:read", run: read },
    Op {
        method: "POST",
        path: "/repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches",
        needs: "actions:write",
        run: dispatch,
    },
    Op { method: "GET", path: "/repos/{owner}/{repo}/actions/workflows/{workflow_id}/runs", needs: "actions:read", run: runs_of },
    Op { method: "GET", path: "/repos/{owner}/{repo}/actions/runs", needs: "actions:read", run: runs },
    Op { method: "GET", path: "/repos/{owner}/{repo}/actions/runs/{run_id}", needs: "actions:read", run: read_run },
];

struct Workflow {
    path: String,
    text: String,
}

impl Workflow {
    fn file(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }

    fn name(&self) -> String {
        let named = self.text.lines().find_map(|l| l.strip_prefix("name:"));
        named.map_or_else(|| self.path.clone(), |n| n.trim().trim_matches(['"', '\'']).to_owned())
    }

    fn id(&self, ask: &Ask) -> u64 {
        accounts::number_of(&format!("{}{}", ask.repo_id(), self.path))
    }
}

fn head(cx: &Cx, ask: &Ask, branch: &str) -> Option<(String, Commit)> {
    let git = Git::of(&ask.repo_id());
    let id = git.resolve(cx, branch)?;
    let commit = git.commit(cx, &id)?;
    Some((id, commit))
}

fn workflows(cx: &Cx, ask: &Ask) -> Vec<Workflow> {
    let git = Git::of(&ask.repo_id());
    let default = ask.repo["default_branch"].as_str().unwrap_or_default();
    let Some((_, commit)) = head(cx, ask, default) else { return Vec::new() };
    let is = |path: &String| path.starts_with(".github/workflows/") && (path.ends_with(".yml") || path.ends_with(".yaml"));
    let all = tree::files(cx, &git, &commit.tree).into_iter().filter(|(path, _)| is(path));
    all.map(|(path, (_, id))| {
        let text = String::from_utf8_lossy(&git.blob(cx, &id).unwrap_or_default()).into_owned();
        Workflow { path, text }
    })
    .collect()
}

fn shown(ask: &Ask, workflow: &Workflow) -> Value {
    let id = workflow.id(ask);
    let default = ask.repo["default_branch"].as_str().unwrap_or_default();
    json!({
        "id": id, "node_id": node("Workflow", id), "name": workflow.name(), "path": workflow.path, "state": "active",
        "created_at": ask.repo["created_at"], "updated_at": ask.repo["pushed_at"],
        "url": ask.url(&format!("/actions/workflows/{id}")), "html_url": ask.html(&format!("/blob/{default}/{}", workflow.path)),
        "badge_url": ask.html(&format!("/workflows/{}/badge.svg", workflow.name())),
    })
}

fn named(cx: &Cx, ask: &Ask) -> Result<Workflow, Problem> {
    let wanted = ask.param("workflow_id");
    let is = |w: &Workflow| w.file() == wanted || w.id(ask).to_string() == wanted;
    workflows(cx, ask).into_iter().find(is).ok_or_else(Problem::not_found)
}

fn list(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let all = workflows(cx, ask).iter().map(|w| shown(ask, w)).collect();
    Ok(page::counted(ask, "workflows", all))
}

fn read(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    Ok(document(200, &shown(ask, &named(cx, ask)?)))
}

fn dispatch(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let workflow = named(cx, ask)?;
    let branch = ask.text("ref")?.to_owned();
    let missing = || Problem::unprocessable(format!("No ref found for: {branch}"));
    let (sha, _) = head(cx, ask, &branch).ok_or_else(missing)?;
    if !workflow.text.contains("workflow_dispatch") {
        return Err(Problem::unprocessable("Workflow does not have 'workflow_dispatch' trigger"));
    }
    let (id, now) = (cx.number(), cx.stamp());
    let count = cx.count(&ask.within("runs")) + 1;
    let run = json!({
        "id": id, "_branch": branch, "_sha": sha, "_number": count, "_at": now, "_workflow": workflow.id(ask),
        "_path": workflow.path, "_title": workflow.name(),
    });
    cx.put_settled(&ask.within("runs"), &id.to_string(), run);
    Ok(Reply::no_content())
}

fn shown_run(cx: &Cx, ask: &Ask, run: &Value) -> Value {
    let (id, sha) = (&run["id"], run["_sha"].as_str().unwrap_or_default());
    let url = ask.url(&format!("/actions/runs/{id}"));
    let commit = Git::of(&ask.repo_id()).commit(cx, sha).map_or(Value::Null, |c| {
        let who = |p: &crate::github::git::Person| json!({ "name": p.name, "email": p.email });
        let when = render::person(&c.committer)["date"].clone();
        json!({ "id": sha, "tree_id": c.tree, "message": c.message, "timestamp": when, "author": who(&c.author), "committer": who(&c.committer) })
    });
    let repository = render::minimal(cx, &ask.api(), &ask.repo);
    json!({
        "id": id, "name": run["_title"], "node_id": node("WorkflowRun", id), "check_suite_id": id, "head_branch": run["_branch"],
        "head_sha": sha, "path": run["_path"], "run_number": run["_number"], "run_attempt": 1, "event": "workflow_dispatch",
        "status": "queued", "conclusion": null, "workflow_id": run["_workflow"], "url": url,
        "html_url": ask.html(&format!("/actions/runs/{id}")), "pull_requests": [], "created_at": run["_at"],
        "updated_at": run["_at"], "run_started_at": run["_at"], "jobs_url": format!("{url}/jobs"), "logs_url": format!("{url}/logs"),
        "check_suite_url": ask.url(&format!("/check-suites/{id}")), "artifacts_url": format!("{url}/artifacts"),
        "cancel_url": format!("{url}/cancel"), "rerun_url": format!("{url}/rerun"),
        "workflow_url": ask.url(&format!("/actions/workflows/{}", run["_workflow"])), "head_commit": commit,
        "repository": repository, "head_repository": repository, "display_title": run["_title"],
    })
}

fn runs(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let all = cx.list(&ask.within("runs")).into_iter().rev().map(|r| shown_run(cx, ask, r)).collect();
    Ok(page::counted(ask, "workflow_runs", all))
}

fn runs_of(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let id = named(cx, ask)?.id(ask);
    let own = cx.list(&ask.within("runs")).into_iter().rev().filter(|r| r["_workflow"] == id);
    let own = own.map(|r| shown_run(cx, ask, r)).collect();
    Ok(page::counted(ask, "workflow_runs", own))
}

fn read_run(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let run = cx.get(&ask.within("runs"), ask.param("run_id")).ok_or_else(Problem::not_found)?;
    Ok(document(200, &shown_run(cx, ask, run)))
}
