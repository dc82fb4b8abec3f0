//! History: commits of a branch, one commit with its files, and the difference of two.

use super::{filled, moment};
use crate::github::ask::Ask;
use crate::github::git::{Git, diff, history, tree};
use crate::github::page;
use crate::github::problem::{Problem, document};
use crate::github::render;
use crate::github::routes::Op;
use crate::{Cx, Reply};
use serde_json::{Value, json};

pub(crate) const OPS: &[Op] = &[
    Op { method: "GET", path: "/repos/{owner}/{repo}/commits", needs: "contents:read", run: list },
    Op { method: "GET", path: "/repos/{owner}/{repo}/commits/{ref*}", needs: "contents:read", run: read },
    Op { method: "GET", path: "/repos/{owner}/{repo}/compare/{basehead*}", needs: "contents:read", run: compare },
];

fn files_of(cx: &Cx, git: &Git, id: &str) -> tree::Files {
    git.commit(cx, id).map(|c| tree::files(cx, git, &c.tree)).unwrap_or_default()
}

/// The files that differ between two commits, as the API lists them.
pub(crate) fn changed(cx: &Cx, ask: &Ask, git: &Git, before: Option<&str>, after: &str) -> Vec<Value> {
    let old = before.map(|b| files_of(cx, git, b)).unwrap_or_default();
    let changes = diff::changes(cx, git, &old, &files_of(cx, git, after));
    let shown = changes.into_iter().map(|c| {
        let at = if c.after.is_some() { after } else { before.unwrap_or(after) };
        let mut doc = json!({
            "sha": c.after.as_ref().or(c.before.as_ref()), "filename": c.path, "status": c.status(), "additions": c.additions,
            "deletions": c.deletions, "changes": c.additions + c.deletions, "blob_url": ask.html(&format!("/blob/{at}/{}", c.path)),
            "raw_url": ask.html(&format!("/raw/{at}/{}", c.path)), "contents_url": ask.url(&format!("/contents/{}?ref={at}", c.path)),
        });
        if let Some(patch) = c.patch {
            doc["patch"] = patch.into();
        }
        doc
    });
    shown.collect()
}

fn list(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let git = filled(cx, ask)?;
    let default = ask.repo["default_branch"].as_str().unwrap_or_default().to_owned();
    let from = git.resolve(cx, ask.query("sha").unwrap_or(&default)).ok_or_else(Problem::not_found)?;
    let path = ask.query("path").map(|p| p.trim_matches('/').to_owned());
    let date = |name: &str| ask.query(name).and_then(|d| d.parse::<jiff::Timestamp>().ok()).map(|d| d.as_second());
    let (since, until) = (date("since"), date("until"));
    let mut out = Vec::new();
    for id in history::log(cx, &git, &from) {
        let Some(commit) = git.commit(cx, &id) else { continue };
        let when = commit.committer.seconds;
        let at = |commit: Option<&str>| -> Option<String> {
            let commit = git.commit(cx, commit?)?;
            tree::at(cx, &git, &commit.tree, path.as_deref()?).map(|e| e.id)
        };
        // A commit counts for a path when it changed what lies there.
        let touches = path.is_none() || at(Some(&id)) != at(commit.parents.first().map(String::as_str));
        if touches && since.is_none_or(|s| when >= s) && until.is_none_or(|u| when <= u) {
            out.push(render::commit(cx, ask, &id, &commit));
        }
    }
    Ok(page::list(ask, out))
}

fn read(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let git = filled(cx, ask)?;
    let name = ask.param("ref");
    let missing = || Problem::unprocessable(format!("No commit found for SHA: {name}"));
    let id = git.resolve(cx, name).ok_or_else(missing)?;
    if ask.header("accept").is_some_and(|a| a.contains(".sha")) {
        return Ok(Reply::raw(200, "application/vnd.github.sha; charset=utf-8", id));
    }
    let commit = git.commit(cx, &id).ok_or_else(missing)?;
    let files = changed(cx, ask, &git, commit.parents.first().map(String::as_str), &id);
    let sum = |key: &str| files.iter().filter_map(|f| f[key].as_u64()).sum::<u64>();
    let mut doc = render::commit(cx, ask, &id, &commit);
    doc["stats"] = json!({ "total": sum("changes"), "additions": sum("additions"), "deletions": sum("deletions") });
    doc["files"] = files.into();
    Ok(document(200, &doc).with("last-modified", moment(&commit.committer).http_date()))
}

fn compare(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let git = filled(cx, ask)?;
    let spec = ask.param("basehead");
    let (base, head) = spec.split_once("...").ok_or_else(Problem::not_found)?;
    // `owner:branch` is how forks are named; there are none, so the owner is our own.
    let local = |name: &str| name.split_once(':').map_or(name, |(_, branch)| branch).to_owned();
    let base_id = git.resolve(cx, &local(base)).ok_or_else(Problem::not_found)?;
    let head_id = git.resolve(cx, &local(head)).ok_or_else(Problem::not_found)?;
    let (of_base, of_head) = (history::ancestors(cx, &git, &base_id), history::ancestors(cx, &git, &head_id));
    let (ahead, behind) = (of_head.difference(&of_base).count(), of_base.difference(&of_head).count());
    let status = match (ahead, behind) {
        (0, 0) => "identical",
        (_, 0) => "ahead",
        (0, _) => "behind",
        _ => "diverged",
    };
    let common = history::merge_base(cx, &git, &base_id, &head_id)
        .ok_or_else(|| Problem::new(404, format!("No common ancestor between {base} and {head}.")))?;
    let show = |id: &str| git.commit(cx, id).map(|c| render::commit(cx, ask, id, &c)).unwrap_or_default();
    let mut new: Vec<Value> =
        history::log(cx, &git, &head_id).iter().filter(|id| !of_base.contains(*id)).map(|id| show(id)).collect();
    new.reverse();
    Ok(document(
        200,
        &json!({
            "url": ask.url(&format!("/compare/{spec}")), "html_url": ask.html(&format!("/compare/{spec}")),
            "permalink_url": ask.html(&format!("/compare/{spec}")), "diff_url": ask.html(&format!("/compare/{spec}.diff")),
            "patch_url": ask.html(&format!("/compare/{spec}.patch")), "base_commit": show(&base_id), "merge_base_commit": show(&common),
            "status": status, "ahead_by": ahead, "behind_by": behind, "total_commits": new.len(), "commits": new,
            "files": changed(cx, ask, &git, Some(&common), &head_id),
        }),
    ))
}
