//! Who may do what in a repository.

use crate::github::accounts::{self, ROLES};
use crate::github::ask::Ask;
use crate::github::page;
use crate::github::problem::{Problem, document};
use crate::github::routes::Op;
use crate::github::{render, repos};
use crate::{Cx, Reply};
use serde_json::{Value, json};

pub(crate) const OPS: &[Op] = &[
    Op { method: "GET", path: "/repos/{owner}/{repo}/collaborators", needs: "metadata:read", run: list },
    Op { method: "GET", path: "/repos/{owner}/{repo}/collaborators/{username}", needs: "metadata:read", run: read },
    Op { method: "PUT", path: "/repos/{owner}/{repo}/collaborators/{username}", needs: "administration:write", run: add },
    Op { method: "DELETE", path: "/repos/{owner}/{repo}/collaborators/{username}", needs: "administration:write", run: remove },
    Op {
        method: "GET",
        path: "/repos/{owner}/{repo}/collaborators/{username}/permission",
        needs: "metadata:read",
        run: permission,
    },
];

fn shown(cx: &Cx, ask: &Ask, login: &str, role: usize) -> Value {
    let mut doc = render::user(cx, &ask.api(), login);
    doc["role_name"] = ROLES.get(role).copied().unwrap_or("read").into();
    doc["permissions"] =
        json!({ "pull": true, "triage": role >= 1, "push": role >= 2, "maintain": role >= 3, "admin": role >= 4 });
    doc
}

/// Everybody of the world who has a role that does not come from the repository being public.
fn people(cx: &Cx, ask: &Ask) -> Vec<(String, usize)> {
    let knobs = &cx.world().github;
    let mut all: Vec<String> = knobs.tokens.iter().map(|t| t.login.clone()).chain(knobs.users.iter().cloned()).collect();
    all.sort();
    all.dedup();
    let mut hidden = ask.repo.clone();
    hidden["private"] = true.into();
    all.into_iter().filter_map(|login| accounts::role(cx, &hidden, &login).map(|role| (login, role))).collect()
}

fn list(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let all = people(cx, ask).into_iter().map(|(login, role)| shown(cx, ask, &login, role)).collect();
    Ok(page::list(ask, all))
}

fn read(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let is = people(cx, ask).iter().any(|(login, _)| login == ask.param("username"));
    if is { Ok(Reply::no_content()) } else { Err(Problem::not_found()) }
}

fn add(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let account = accounts::account(cx, ask.param("username")).filter(|a| !a.organization).ok_or_else(Problem::not_found)?;
    let role = match ask.opt("permission")?.unwrap_or("push") {
        "pull" => "read",
        "push" => "write",
        known if ROLES.contains(&known) => known,
        _ => return Err(Problem::invalid("Collaborator", "permission", "invalid")),
    };
    if let Some(repo) = repos::edit(cx, ask) {
        // People of this world accept every invitation at once.
        repo["_collaborators"][&account.login] = role.into();
    }
    Ok(Reply::no_content())
}

fn remove(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let login = ask.param("username").to_owned();
    if let Some(people) = repos::edit(cx, ask).and_then(|r| r["_collaborators"].as_object_mut()) {
        people.remove(&login);
    }
    Ok(Reply::no_content())
}

fn permission(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let account = accounts::account(cx, ask.param("username")).ok_or_else(Problem::not_found)?;
    let role = accounts::role(cx, &ask.repo, &account.login);
    let word = match role {
        None => "none",
        Some(0 | 1) => "read",
        Some(2 | 3) => "write",
        Some(_) => "admin",
    };
    let role_name = role.and_then(|r| ROLES.get(r)).copied().unwrap_or("none");
    let user = shown(cx, ask, &account.login, role.unwrap_or(0));
    Ok(document(200, &json!({ "permission": word, "role_name": role_name, "user": user })))
}
