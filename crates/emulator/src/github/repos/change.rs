//! A repository's settings, name and end.

use super::create::{legal, taken};
use super::{ALL, KINDS, MOVED, edit, key, within};
use crate::github::ask::Ask;
use crate::github::git::Git;
use crate::github::problem::{Problem, document};
use crate::github::{render, settings};
use crate::{Cx, Reply};
use serde_json::{Value, json};

const FLAGS: &[&str] = &[
    "has_issues",
    "has_projects",
    "has_wiki",
    "has_discussions",
    "is_template",
    "archived",
    "allow_squash_merge",
    "allow_merge_commit",
    "allow_rebase_merge",
    "allow_auto_merge",
    "delete_branch_on_merge",
    "allow_update_branch",
    "web_commit_signoff_required",
];

pub(super) fn update(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let mut repo = ask.repo.clone();
    if repo["archived"] == true && ask.flag("archived")? != Some(false) {
        return Err(Problem::forbidden("Repository was archived so is read-only."));
    }
    for field in FLAGS {
        if let Some(flag) = ask.flag(field)? {
            repo[*field] = flag.into();
        }
    }
    for field in ["description", "homepage"] {
        if ask.has(field) {
            repo[field] = ask.opt(field)?.into();
        }
    }
    let private = match ask.opt("visibility")? {
        Some(word) => Some(word != "public"),
        None => ask.flag("private")?,
    };
    if let Some(private) = private {
        repo["private"] = private.into();
        repo["visibility"] = if private { "private" } else { "public" }.into();
    }
    if ["allow_squash_merge", "allow_merge_commit", "allow_rebase_merge"].iter().all(|f| repo[*f] == false) {
        let text = "Sorry, you need to allow at least one merge strategy. (no_merge_method)";
        return Err(Problem::custom("Repository", "merge_commit_allowed", text));
    }
    if let Some(branch) = ask.opt("default_branch")? {
        if Git::of(&ask.repo_id()).reference(cx, &format!("refs/heads/{branch}")).is_none() {
            let text =
                format!("The branch {branch} was not found. Please push that ref first or create it via the Git Data API.");
            return Err(Problem::custom("Repository", "default_branch", text));
        }
        repo["default_branch"] = branch.into();
    }
    repo["updated_at"] = cx.stamp().into();
    let owner = repo["owner"].as_str().unwrap_or_default().to_owned();
    let old = key(&owner, ask.repo["name"].as_str().unwrap_or_default());
    if let Some(name) = ask.opt("name")? {
        if !legal(name) {
            return Err(Problem::custom("Repository", "name", "name is invalid"));
        }
        let new = key(&owner, name);
        if new != old && cx.get(ALL, &new).is_some() {
            return Err(Problem::unprocessable("Repository update failed.").and(taken()));
        }
        repo["name"] = name.into();
        if new != old {
            cx.remove_settled(ALL, &old);
            cx.put_settled(MOVED, &old, repo["id"].clone());
            cx.remove_settled(MOVED, &new);
        }
        cx.put_settled(ALL, &new, repo.clone());
    } else {
        cx.put_settled(ALL, &old, repo.clone());
    }
    Ok(document(200, &render::full(cx, &ask.api(), &repo, ask.login(), true)))
}

pub(super) fn delete(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    if !ask.fine_grained() && !ask.scope("delete_repo") {
        return Err(Problem::forbidden("Must have admin rights to Repository.").with("x-accepted-oauth-scopes", "delete_repo"));
    }
    if !ask.role(cx, "admin") {
        return Err(Problem::forbidden("Must have admin rights to Repository."));
    }
    settings::keys::forget_all(cx, ask);
    for kind in KINDS {
        let collection = within(&ask.repo, kind);
        let keys: Vec<String> = cx.pairs(&collection).map(|(k, _)| k.to_owned()).collect();
        for key in keys {
            cx.remove_settled(&collection, &key);
        }
    }
    let owner = ask.repo["owner"].as_str().unwrap_or_default();
    cx.remove_settled(ALL, &key(owner, ask.repo["name"].as_str().unwrap_or_default()));
    Ok(Reply::no_content())
}

pub(super) fn set_topics(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let names = ask.texts("names")?.ok_or_else(|| Problem::unprocessable("Invalid request.\n\n\"names\" wasn't supplied."))?;
    let fits = |name: &String| {
        let letters = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
        letters && !name.is_empty() && !name.starts_with('-') && name.len() <= 50
    };
    if names.len() > 20 || !names.iter().all(fits) {
        let text = "Topics must start with a lowercase letter or number, consist of 50 characters or less, \
                    and can include hyphens. A repository can have at most 20 topics.";
        return Err(Problem::unprocessable("Validation Failed").and(Value::from(text)));
    }
    if let Some(doc) = edit(cx, ask) {
        doc["topics"] = names.clone().into();
    }
    Ok(document(200, &json!({ "names": names })))
}

pub(super) fn alerts_on(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    set_alerts(cx, ask, true)
}

pub(super) fn alerts_off(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    set_alerts(cx, ask, false)
}

fn set_alerts(cx: &mut Cx, ask: &Ask, on: bool) -> Result<Reply, Problem> {
    if let Some(doc) = edit(cx, ask) {
        doc["_alerts"] = on.into();
    }
    Ok(Reply::no_content())
}
