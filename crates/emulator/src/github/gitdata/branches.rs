//! Branches, and merging one into another.

use super::{caller, refs, writable};
use crate::github::ask::Ask;
use crate::github::git::tree::{self, Files};
use crate::github::git::{Commit, Git, Kind, history, merge};
use crate::github::guard::{self, Move};
use crate::github::page;
use crate::github::problem::{Problem, document};
use crate::github::render;
use crate::github::routes::Op;
use crate::{Cx, Reply};
use serde_json::{Value, json};

pub(crate) const OPS: &[Op] = &[
    Op { method: "GET", path: "/repos/{owner}/{repo}/branches", needs: "contents:read", run: list },
    Op { method: "GET", path: "/repos/{owner}/{repo}/branches/{branch*}", needs: "contents:read", run: read },
    Op { method: "POST", path: "/repos/{owner}/{repo}/merges", needs: "contents:write", run: merges },
];

fn protected(cx: &Cx, ask: &Ask, name: &str) -> bool {
    let full = format!("refs/heads/{name}");
    guard::protection(cx, &ask.repo, &full).is_some() || !guard::rulesets(cx, &ask.repo, &full).is_empty()
}

/// What a branch says of its protection.
fn protection(cx: &Cx, ask: &Ask, name: &str) -> Value {
    let own = guard::protection(cx, &ask.repo, &format!("refs/heads/{name}"));
    let checks = own.map(|p| &p["required_status_checks"]).filter(|c| c.is_object());
    let contexts = checks.map(guard::wanted_checks).unwrap_or_default();
    let list: Vec<Value> = contexts.iter().map(|c| json!({ "context": c, "app_id": null })).collect();
    let level = match (own, checks) {
        (Some(p), Some(_)) if p["enforce_admins"] == true => "everyone",
        (_, Some(_)) => "non_admins",
        _ => "off",
    };
    json!({
        "enabled": own.is_some(),
        "required_status_checks": { "enforcement_level": level, "contexts": contexts, "checks": list },
    })
}

fn list(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let git = Git::of(&ask.repo_id());
    let only = ask.query("protected").map(|p| p == "true");
    let mut out = Vec::new();
    for (name, id) in git.references(cx, "refs/heads/") {
        let name = name.trim_start_matches("refs/heads/");
        let is = protected(cx, ask, name);
        if only.is_none_or(|o| o == is) {
            let url = ask.url(&format!("/branches/{name}/protection"));
            out.push(json!({
                "name": name, "commit": { "sha": id, "url": ask.url(&format!("/commits/{id}")) }, "protected": is,
                "protection": protection(cx, ask, name), "protection_url": url,
            }));
        }
    }
    Ok(page::list(ask, out))
}

fn read(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let git = Git::of(&ask.repo_id());
    let name = ask.param("branch");
    let missing = || Problem::new(404, "Branch not found");
    let id = git.reference(cx, &format!("refs/heads/{name}")).ok_or_else(missing)?;
    let commit = git.commit(cx, &id).ok_or_else(missing)?;
    Ok(document(
        200,
        &json!({
            "name": name, "commit": render::commit(cx, ask, &id, &commit),
            "_links": { "self": ask.url(&format!("/branches/{name}")), "html": ask.html(&format!("/tree/{name}")) },
            "protected": protected(cx, ask, name), "protection": protection(cx, ask, name),
            "protection_url": ask.url(&format!("/branches/{name}/protection")),
        }),
    ))
}

/// The files of two commits joined upon what both come from.
pub(crate) fn joined(cx: &Cx, git: &Git, ours: &str, theirs: &str) -> Result<Files, Vec<String>> {
    let files = |id: &str| git.commit(cx, id).map(|c| tree::files(cx, git, &c.tree)).unwrap_or_default();
    let base = history::merge_base(cx, git, ours, theirs).map(|b| files(&b)).unwrap_or_default();
    merge::merge(&base, &files(ours), &files(theirs))
}

fn merges(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let git = writable(cx, ask)?;
    let (base, head) = (ask.text("base")?.to_owned(), ask.text("head")?.to_owned());
    let name = format!("refs/heads/{base}");
    let ours = git.reference(cx, &name).ok_or_else(|| Problem::new(404, "Base does not exist"))?;
    let theirs = git.resolve(cx, &head).ok_or_else(|| Problem::new(404, "Head does not exist"))?;
    if history::leads(cx, &git, &theirs, &ours) {
        return Ok(Reply::no_content());
    }
    let files = joined(cx, &git, &ours, &theirs).map_err(|_| Problem::conflict("Merge conflict"))?;
    let message = ask.opt("commit_message")?.map_or_else(|| format!("Merge {head} into {base}"), str::to_owned);
    let person = caller(cx, ask);
    let tree = tree::build(cx, &git, &files);
    let commit = Commit { tree, parents: vec![ours.clone(), theirs], author: person.clone(), committer: person, message };
    let id = git.put(cx, Kind::Commit, &commit.write());
    let step = Move { name: &name, old: Some(&ours), new: Some(&id), merge: None };
    guard::refuse(409, &guard::violations(cx, ask, step))?;
    refs::settle(cx, ask, &name, Some(&id));
    let shown = render::commit(cx, ask, &id, &commit);
    Ok(document(201, &shown))
}
