//! References: what a name points to, and moving it under the rules of the repository.

use super::{filled, writable};
use crate::github::ask::Ask;
use crate::github::git::{Git, Kind, history};
use crate::github::guard::{self, Move};
use crate::github::problem::{Problem, document};
use crate::github::render::node;
use crate::github::routes::Op;
use crate::github::{page, pulls, repos};
use crate::{Cx, Reply};
use serde_json::{Value, json};

pub(crate) const OPS: &[Op] = &[
    Op { method: "GET", path: "/repos/{owner}/{repo}/git/ref/{ref*}", needs: "contents:read", run: read },
    Op { method: "GET", path: "/repos/{owner}/{repo}/git/matching-refs/{ref*}", needs: "contents:read", run: matching },
    Op { method: "POST", path: "/repos/{owner}/{repo}/git/refs", needs: "contents:write", run: create },
    Op { method: "PATCH", path: "/repos/{owner}/{repo}/git/refs/{ref*}", needs: "contents:write", run: update },
    Op { method: "DELETE", path: "/repos/{owner}/{repo}/git/refs/{ref*}", needs: "contents:write", run: delete },
];

fn shown(cx: &Cx, ask: &Ask, git: &Git, name: &str, id: &str) -> Value {
    let kind = git.kind(cx, id).unwrap_or(Kind::Commit).name();
    let short = name.strip_prefix("refs/").unwrap_or(name);
    json!({
        "ref": name, "node_id": node("Ref", format!("{}:{name}", ask.repo_id())), "url": ask.url(&format!("/git/refs/{short}")),
        "object": { "sha": id, "type": kind, "url": ask.url(&format!("/git/{kind}s/{id}")) },
    })
}

/// True for a name that Git allows. Source: Git documentation, check-ref-format.
pub(crate) fn legal(name: &str) -> bool {
    let bad = |c: char| c.is_control() || matches!(c, ' ' | '~' | '^' | ':' | '?' | '*' | '[' | '\\');
    let parts = |p: &str| !p.is_empty() && !p.starts_with('.') && !p.ends_with(".lock") && !p.ends_with('.');
    !name.contains(bad) && !name.contains("..") && !name.contains("@{") && name.split('/').all(parts)
}

/// Moves a reference after the rules were asked, and lets pull requests know.
pub(crate) fn settle(cx: &mut Cx, ask: &Ask, name: &str, id: Option<&str>) {
    let git = Git::of(&ask.repo_id());
    match id {
        Some(id) => git.point(cx, name, id),
        None => git.unpoint(cx, name),
    }
    repos::pushed(cx, &ask.repo);
    pulls::noticed(cx, ask, name, id);
}

fn read(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let git = filled(cx, ask)?;
    let name = format!("refs/{}", ask.param("ref"));
    let id = git.reference(cx, &name).ok_or_else(Problem::not_found)?;
    Ok(document(200, &shown(cx, ask, &git, &name, &id)))
}

fn matching(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let git = filled(cx, ask)?;
    let all = git.references(cx, &format!("refs/{}", ask.param("ref")));
    Ok(page::list(ask, all.iter().map(|(name, id)| shown(cx, ask, &git, name, id)).collect()))
}

fn create(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let git = writable(cx, ask)?;
    let (name, id) = (ask.text("ref")?.to_owned(), ask.text("sha")?.to_owned());
    if !name.starts_with("refs/") || name.matches('/').count() < 2 || !legal(&name) {
        let text = "Reference name must start with 'refs/' and have at least two slashes.";
        return Err(Problem::unprocessable(if legal(&name) { text } else { "Reference name is not valid" }));
    }
    let Some(kind) = git.kind(cx, &id) else { return Err(Problem::unprocessable("Object does not exist")) };
    if name.starts_with("refs/heads/") && kind != Kind::Commit {
        return Err(Problem::unprocessable("Reference cannot be updated: Object is not a commit"));
    }
    if git.reference(cx, &name).is_some() {
        return Err(Problem::unprocessable("Reference already exists"));
    }
    let clash = git.references(cx, &format!("{name}/")).into_iter().next();
    if clash.is_some() || above(&name).any(|above| git.reference(cx, above).is_some()) {
        return Err(Problem::unprocessable("Reference update failed"));
    }
    let step = Move { name: &name, old: None, new: Some(&id), merge: None };
    guard::refuse(422, &guard::violations(cx, ask, step))?;
    settle(cx, ask, &name, Some(&id));
    let shown = shown(cx, ask, &git, &name, &id);
    let url = shown["url"].as_str().unwrap_or_default().to_owned();
    Ok(document(201, &shown).with("location", url))
}

/// Names that cannot be references when `name` is one: `refs/heads/a` when it is `refs/heads/a/b`.
fn above(name: &str) -> impl Iterator<Item = &str> {
    name.match_indices('/').skip(2).map(|(at, _)| &name[..at])
}

fn update(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let git = writable(cx, ask)?;
    let name = format!("refs/{}", ask.param("ref"));
    let id = ask.text("sha")?.to_owned();
    let force = ask.flag("force")?.unwrap_or(false);
    let old = git.reference(cx, &name).ok_or_else(|| Problem::unprocessable("Reference does not exist"))?;
    let Some(kind) = git.kind(cx, &id) else { return Err(Problem::unprocessable("Object does not exist")) };
    if name.starts_with("refs/heads/") && kind != Kind::Commit {
        return Err(Problem::unprocessable("Reference cannot be updated: Object is not a commit"));
    }
    if !force && !history::leads(cx, &git, &old, &id) {
        return Err(Problem::unprocessable("Update is not a fast forward"));
    }
    let step = Move { name: &name, old: Some(&old), new: Some(&id), merge: None };
    guard::refuse(422, &guard::violations(cx, ask, step))?;
    settle(cx, ask, &name, Some(&id));
    Ok(document(200, &shown(cx, ask, &git, &name, &id)))
}

fn delete(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let git = writable(cx, ask)?;
    let name = format!("refs/{}", ask.param("ref"));
    let old = git.reference(cx, &name).ok_or_else(|| Problem::unprocessable("Reference does not exist"))?;
    if name.strip_prefix("refs/heads/") == ask.repo["default_branch"].as_str() {
        return Err(Problem::unprocessable("Cannot delete the default branch"));
    }
    let step = Move { name: &name, old: Some(&old), new: None, merge: None };
    guard::refuse(422, &guard::violations(cx, ask, step))?;
    settle(cx, ask, &name, None);
    Ok(Reply::no_content())
}
