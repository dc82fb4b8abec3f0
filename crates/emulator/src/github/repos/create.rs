//! A new repository, empty or with a first commit.

use super::{ALL, MOVED, key};
use crate::github::accounts::{self, Account};
use crate::github::ask::Ask;
use crate::github::git::tree::{self, FILE, Files};
use crate::github::git::{Commit, Git, Kind};
use crate::github::problem::{Problem, document};
use crate::github::{gitdata, render};
use crate::{Cx, Reply};
use serde_json::{Value, json};

pub(super) fn for_user(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let account = accounts::account(cx, ask.login()).ok_or_else(Problem::not_found)?;
    create(cx, ask, &account)
}

pub(super) fn for_organization(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let account = accounts::account(cx, ask.param("org")).filter(|a| a.organization).ok_or_else(Problem::not_found)?;
    if !accounts::may_create(cx, &account.login, ask.login()) {
        return Err(Problem::forbidden("You need admin access to the organization before adding a repository to it."));
    }
    create(cx, ask, &account)
}

/// True for a name that a repository can have.
pub(super) fn legal(name: &str) -> bool {
    let fits = name.len() <= 100 && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
    fits && !name.is_empty() && name != "." && name != ".." && !name.ends_with(".git")
}

fn failed(error: Value) -> Problem {
    Problem::unprocessable("Repository creation failed.").and(error)
}

/// 422 for a name that is taken.
pub(super) fn taken() -> Value {
    json!({ "resource": "Repository", "code": "custom", "field": "name", "message": "name already exists on this account" })
}

fn create(cx: &mut Cx, ask: &Ask, owner: &Account) -> Result<Reply, Problem> {
    let allowed = if ask.fine_grained() {
        ask.permission("administration", "write")
    } else {
        ask.scope("repo") || (ask.scope("public_repo") && ask.flag("private")? != Some(true))
    };
    if !allowed {
        return Err(if ask.fine_grained() {
            let refused = Problem::forbidden("Resource not accessible by personal access token");
            refused.with("x-accepted-github-permissions", "administration=write")
        } else {
            Problem::not_found().with("x-accepted-oauth-scopes", "public_repo, repo")
        });
    }
    let given = ask.text("name")?;
    // What is no letter of a name becomes a hyphen.
    let name: String =
        given.chars().map(|c| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '-' }).collect();
    if !legal(&name) {
        return Err(failed(json!({ "resource": "Repository", "code": "custom", "field": "name", "message": "name is invalid" })));
    }
    if cx.get(ALL, &key(&owner.login, &name)).is_some() {
        return Err(failed(taken()));
    }
    let private = match ask.opt("visibility")? {
        Some("private" | "internal") => true,
        Some("public") => false,
        Some(_) => return Err(Problem::invalid("Repository", "visibility", "invalid")),
        None => ask.flag("private")?.unwrap_or(false),
    };
    let flag = |name: &str, default: bool| ask.flag(name).map(|f| f.unwrap_or(default));
    let (id, now) = (cx.number(), cx.stamp());
    let doc = json!({
        "id": id, "name": name, "owner": owner.login, "private": private,
        "visibility": if private { "private" } else { "public" },
        "description": ask.opt("description")?, "homepage": ask.opt("homepage")?, "default_branch": "main",
        "has_issues": flag("has_issues", true)?, "has_projects": flag("has_projects", true)?,
        "has_wiki": flag("has_wiki", true)?, "has_discussions": flag("has_discussions", false)?,
        "has_pages": false, "has_downloads": flag("has_downloads", true)?, "archived": false,
        "is_template": flag("is_template", false)?, "topics": [],
        "allow_squash_merge": flag("allow_squash_merge", true)?, "allow_merge_commit": flag("allow_merge_commit", true)?,
        "allow_rebase_merge": flag("allow_rebase_merge", true)?, "allow_auto_merge": flag("allow_auto_merge", false)?,
        "delete_branch_on_merge": flag("delete_branch_on_merge", false)?, "allow_update_branch": false,
        "web_commit_signoff_required": false, "created_at": now, "updated_at": now, "pushed_at": now,
        "_next": 1, "_collaborators": {},
    });
    cx.remove_settled(MOVED, &key(&owner.login, &name));
    cx.put_settled(ALL, &key(&owner.login, &name), doc.clone());
    if ask.flag("auto_init")?.unwrap_or(false) {
        first_commit(cx, ask, &doc);
    }
    let shown = render::full(cx, &ask.api(), &doc, ask.login(), true);
    let location = shown["url"].as_str().unwrap_or_default().to_owned();
    Ok(document(201, &shown).with("location", location))
}

/// A README with the repository's name and description.
fn first_commit(cx: &mut Cx, ask: &Ask, repo: &Value) {
    let git = Git::of(&repo["id"].to_string());
    let mut text = format!("# {}", repo["name"].as_str().unwrap_or_default());
    if let Some(description) = repo["description"].as_str() {
        text = format!("{text}\n{description}");
    }
    let blob = git.put(cx, Kind::Blob, text.as_bytes());
    let files = Files::from([("README.md".to_owned(), (FILE.to_owned(), blob))]);
    let tree = tree::build(cx, &git, &files);
    let person = gitdata::caller(cx, ask);
    let commit =
        Commit { tree, parents: Vec::new(), author: person.clone(), committer: person, message: "Initial commit".to_owned() };
    let id = git.put(cx, Kind::Commit, &commit.write());
    git.point(cx, "refs/heads/main", &id);
}
