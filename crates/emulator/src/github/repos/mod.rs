//! Repositories: where they are stored, and what the API does with them.
//!
//! A repository is stored under `owner/name` in lower case, since GitHub compares names so; everything in it lies
//! under its id, which a new name does not change.

mod change;
mod create;

use super::ask::Ask;
use super::page;
use super::problem::{Problem, document};
use super::routes::Op;
use super::{accounts, render};
use crate::{Cx, Reply};
use serde_json::{Value, json};

pub(crate) const OPS: &[Op] = &[
    Op { method: "GET", path: "/user/repos", needs: "login", run: mine },
    Op { method: "POST", path: "/user/repos", needs: "login", run: create::for_user },
    Op { method: "GET", path: "/users/{username}/repos", needs: "", run: of_account },
    Op { method: "GET", path: "/orgs/{org}/repos", needs: "", run: of_organization },
    Op { method: "POST", path: "/orgs/{org}/repos", needs: "login", run: create::for_organization },
    Op { method: "GET", path: "/repos/{owner}/{repo}", needs: "metadata:read", run: read },
    Op { method: "PATCH", path: "/repos/{owner}/{repo}", needs: "administration:write", run: change::update },
    Op { method: "DELETE", path: "/repos/{owner}/{repo}", needs: "administration:write", run: change::delete },
    Op { method: "GET", path: "/repos/{owner}/{repo}/topics", needs: "metadata:read", run: topics },
    Op { method: "PUT", path: "/repos/{owner}/{repo}/topics", needs: "administration:write", run: change::set_topics },
    Op { method: "GET", path: "/repos/{owner}/{repo}/vulnerability-alerts", needs: "administration:read", run: alerts },
    Op {
        method: "PUT",
        path: "/repos/{owner}/{repo}/vulnerability-alerts",
        needs: "administration:write",
        run: change::alerts_on,
    },
    Op {
        method: "DELETE",
        path: "/repos/{owner}/{repo}/vulnerability-alerts",
        needs: "administration:write",
        run: change::alerts_off,
    },
];

/// Every repository.
pub(crate) const ALL: &str = "global/_github/repositories";
/// Names that repositories had: old key → id.
const MOVED: &str = "global/_github/moved";

/// Kinds of documents that lie within a repository; with it they go.
const KINDS: &[&str] = &[
    "objects",
    "refs",
    "keys",
    "secrets",
    "variables",
    "environments",
    "branch_policies",
    "rulesets",
    "protection",
    "pulls",
    "reviews",
    "issues",
    "comments",
    "labels",
    "statuses",
    "checks",
    "hooks",
    "runs",
    "workflows",
];

pub(crate) fn key(owner: &str, name: &str) -> String {
    let name = name.strip_suffix(".git").unwrap_or(name);
    format!("{}/{}", owner.to_ascii_lowercase(), name.to_ascii_lowercase())
}

/// The collection of a kind of documents within a repository.
pub(crate) fn within(repo: &Value, kind: &str) -> String {
    format!("global/_github/{}/{kind}", repo["id"])
}

/// Its number, as it stands in the names of collections.
pub(crate) fn id(repo: &Value) -> String {
    repo["id"].to_string()
}

/// `owner/name`.
pub(crate) fn full_name(repo: &Value) -> String {
    format!("{}/{}", repo["owner"].as_str().unwrap_or_default(), repo["name"].as_str().unwrap_or_default())
}

/// The repository of that name, as it is stored.
pub(crate) fn stored<'c>(cx: &'c Cx, owner: &str, name: &str) -> Option<&'c Value> {
    cx.get(ALL, &key(owner, name))
}

/// Why there is none: it was renamed, or it never was.
pub(crate) fn missing(cx: &Cx, ask: &Ask, owner: &str, name: &str) -> Problem {
    let Some(id) = cx.get(MOVED, &key(owner, name)) else { return Problem::not_found() };
    if !cx.list(ALL).iter().any(|r| r["id"] == *id) {
        return Problem::not_found();
    }
    let rest = ask.path.splitn(5, '/').nth(4).map(|r| format!("/{r}")).unwrap_or_default();
    Problem::new(301, "Moved Permanently").with("location", format!("{}/repositories/{id}{rest}", ask.api()))
}

/// Changes what is stored of the path's repository.
pub(crate) fn edit<'c>(cx: &'c mut Cx, ask: &Ask) -> Option<&'c mut Value> {
    let full = ask.full_name();
    let (owner, name) = full.split_once('/')?;
    cx.edit(ALL, &key(owner, name))
}

/// Somebody pushed: the repository says when.
pub(crate) fn pushed(cx: &mut Cx, repo: &Value) {
    let now = cx.stamp();
    let full = full_name(repo);
    let (owner, name) = full.split_once('/').unwrap_or_default();
    if let Some(doc) = cx.edit(ALL, &key(owner, name)) {
        doc["pushed_at"] = now.clone().into();
        doc["updated_at"] = now.into();
    }
}

/// The next number of the repository's issues and pull requests.
pub(crate) fn next_number(cx: &mut Cx, ask: &Ask) -> u64 {
    let Some(doc) = edit(cx, ask) else { return 1 };
    let number = doc["_next"].as_u64().unwrap_or(1);
    doc["_next"] = (number + 1).into();
    number
}

/// Issues and pull requests that are open.
pub(crate) fn open_issues(cx: &Cx, repo: &Value) -> usize {
    cx.list(&within(repo, "issues")).iter().filter(|i| i["state"] == "open").count()
}

fn shown(cx: &Cx, ask: &Ask, owner: Option<&str>) -> Vec<Value> {
    let sees = |repo: &&&Value| {
        let mine = owner.is_none_or(|o| repo["owner"].as_str().is_some_and(|r| r.eq_ignore_ascii_case(o)));
        let reach = ask.token.as_ref().map(|t| t.repositories.as_slice()).unwrap_or_default();
        let reached = reach.is_empty() || repo["private"] == false || reach.contains(&full_name(repo));
        mine && reached && accounts::role(cx, repo, ask.login()).is_some()
    };
    let kind = ask.query("type").or(ask.query("visibility")).unwrap_or("all");
    let fits = |repo: &&&Value| match kind {
        "public" => repo["private"] == false,
        "private" => repo["private"] == true,
        _ => true,
    };
    cx.list(ALL).iter().filter(sees).filter(fits).map(|r| render::full(cx, &ask.api(), r, ask.login(), false)).collect()
}

fn mine(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    Ok(page::list(ask, shown(cx, ask, None)))
}

fn of_account(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let account = accounts::account(cx, ask.param("username")).ok_or_else(Problem::not_found)?;
    let all = shown(cx, ask, Some(&account.login)).into_iter().filter(|r| r["private"] == false).collect();
    Ok(page::list(ask, all))
}

fn of_organization(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let account = accounts::account(cx, ask.param("org")).filter(|a| a.organization).ok_or_else(Problem::not_found)?;
    Ok(page::list(ask, shown(cx, ask, Some(&account.login))))
}

fn read(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    Ok(document(200, &render::full(cx, &ask.api(), &ask.repo, ask.login(), true)))
}

fn topics(_: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    Ok(document(200, &json!({ "names": ask.repo["topics"] })))
}

fn alerts(_: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    if ask.repo["_alerts"] == true { Ok(Reply::no_content()) } else { Err(Problem::not_found()) }
}
