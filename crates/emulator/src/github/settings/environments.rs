//! Environments: where deployments go, what must happen before, and from which branches.
//!
//! What a plan does not have is refused. Source: GitHub documentation, managing environments for deployment: environments
//! of private repositories need Pro, Team or Enterprise; their required reviewers and wait timers need Enterprise.

use crate::github::accounts;
use crate::github::ask::Ask;
use crate::github::knobs::Plan;
use crate::github::page;
use crate::github::problem::{Problem, document};
use crate::github::render::{self, node};
use crate::github::routes::Op;
use crate::{Cx, Reply};
use serde_json::{Value, json};

pub(crate) const OPS: &[Op] = &[
    Op { method: "GET", path: "/repos/{owner}/{repo}/environments", needs: "actions:read", run: list },
    Op { method: "GET", path: "/repos/{owner}/{repo}/environments/{environment_name}", needs: "actions:read", run: read },
    Op {
        method: "PUT",
        path: "/repos/{owner}/{repo}/environments/{environment_name}",
        needs: "administration:write",
        run: write,
    },
    Op {
        method: "DELETE",
        path: "/repos/{owner}/{repo}/environments/{environment_name}",
        needs: "administration:write",
        run: delete,
    },
    Op {
        method: "GET",
        path: "/repos/{owner}/{repo}/environments/{environment_name}/deployment-branch-policies",
        needs: "actions:read",
        run: policies,
    },
    Op {
        method: "POST",
        path: "/repos/{owner}/{repo}/environments/{environment_name}/deployment-branch-policies",
        needs: "administration:write",
        run: add_policy,
    },
    Op {
        method: "DELETE",
        path: "/repos/{owner}/{repo}/environments/{environment_name}/deployment-branch-policies/{branch_policy_id}",
        needs: "administration:write",
        run: remove_policy,
    },
];

/// The environment that the path names, which must be there; empty where the path names none.
///
/// # Errors
/// 404.
pub(super) fn of_path(cx: &Cx, ask: &Ask) -> Result<String, Problem> {
    let name = ask.param("environment_name").to_ascii_lowercase();
    if name.is_empty() || cx.get(&ask.within("environments"), &name).is_some() { Ok(name) } else { Err(Problem::not_found()) }
}

fn shown(cx: &Cx, ask: &Ask, doc: &Value) -> Value {
    let name = doc["name"].as_str().unwrap_or_default();
    let rule = |kind: &str, number: u64| {
        let id = doc["id"].as_u64().unwrap_or_default() + number;
        json!({ "id": id, "node_id": node("GateRule", id), "type": kind })
    };
    let mut rules = Vec::new();
    if let Some(minutes) = doc["_wait"].as_u64().filter(|m| *m > 0) {
        let mut wait = rule("wait_timer", 1);
        wait["wait_timer"] = minutes.into();
        rules.push(wait);
    }
    let reviewers = doc["_reviewers"].as_array().map(Vec::as_slice).unwrap_or_default();
    if !reviewers.is_empty() {
        let mut review = rule("required_reviewers", 2);
        review["prevent_self_review"] = doc["_prevent_self_review"].clone();
        let people = reviewers
            .iter()
            .map(|login| json!({ "type": "User", "reviewer": render::user(cx, &ask.api(), login.as_str().unwrap_or_default()) }));
        review["reviewers"] = people.collect::<Vec<_>>().into();
        rules.push(review);
    }
    if doc["_policy"].is_object() {
        rules.push(rule("branch_policy", 3));
    }
    json!({
        "id": doc["id"], "node_id": node("Environment", &doc["id"]), "name": name,
        "url": ask.url(&format!("/environments/{name}")), "html_url": ask.html(&format!("/deployments/activity_log?environments_filter={name}")),
        "created_at": doc["created_at"], "updated_at": doc["updated_at"], "protection_rules": rules,
        "deployment_branch_policy": doc["_policy"],
    })
}

fn list(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let all = cx.list(&ask.within("environments")).into_iter().map(|e| shown(cx, ask, e)).collect();
    Ok(page::counted(ask, "environments", all))
}

fn stored<'c>(cx: &'c Cx, ask: &Ask) -> Result<&'c Value, Problem> {
    let name = ask.param("environment_name").to_ascii_lowercase();
    cx.get(&ask.within("environments"), &name).ok_or_else(Problem::not_found)
}

fn read(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    Ok(document(200, &shown(cx, ask, stored(cx, ask)?)))
}

fn lacks(rule: &str) -> Problem {
    let text = "Failed to create the environment protection rule. Please ensure the billing plan supports the";
    Problem::unprocessable(format!("{text} {rule} protection rule."))
}

fn write(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let name = ask.param("environment_name").to_owned();
    let plan = accounts::plan(cx, &ask.repo);
    if name.len() > 255 || name.contains(['\'', '"', '`', ',', ';', '\\']) {
        return Err(Problem::invalid("Environment", "name", "invalid"));
    }
    let wait = ask.field("wait_timer").map_or(Some(0), Value::as_u64).filter(|m| *m <= 43_200);
    let wait =
        wait.ok_or_else(|| Problem::custom("Environment", "wait_timer", "Wait timer must be between 0 and 43200 minutes"))?;
    let mut reviewers = Vec::new();
    for reviewer in ask.array("reviewers")?.into_iter().flatten() {
        let id = reviewer["id"].as_u64();
        let people = cx.world().github.tokens.iter().map(|t| &t.login).chain(&cx.world().github.users);
        let login = people.into_iter().find(|login| Some(accounts::number_of(login)) == id);
        match (reviewer["type"].as_str(), login) {
            (Some("User"), Some(login)) => reviewers.push(login.clone()),
            _ => return Err(Problem::unprocessable("Invalid reviewers: a reviewer must be a user or team with read access")),
        }
    }
    if reviewers.len() > 6 {
        return Err(Problem::unprocessable("Environments can have at most six reviewers"));
    }
    if !reviewers.is_empty() && plan < Plan::Enterprise {
        return Err(lacks("required reviewers"));
    }
    if wait > 0 && plan < Plan::Enterprise {
        return Err(lacks("wait timer"));
    }
    let policy = ask.field("deployment_branch_policy").cloned().unwrap_or_default();
    if policy.is_object() {
        if plan < Plan::Pro {
            return Err(Problem::unprocessable(
                "Fail to create protected rule, please ensure billing plan include protected branch gate.",
            ));
        }
        if policy["protected_branches"] == policy["custom_branch_policies"] {
            let text = "protected_branches and custom_branch_policies cannot have the same value";
            return Err(Problem::unprocessable(text));
        }
    }
    let key = name.to_ascii_lowercase();
    let (now, collection) = (cx.stamp(), ask.within("environments"));
    let known = cx.get(&collection, &key).cloned();
    let number = cx.number();
    let doc = json!({
        "id": known.as_ref().map_or_else(|| number.into(), |k| k["id"].clone()),
        "name": known.as_ref().map_or_else(|| name.into(), |k| k["name"].clone()),
        "created_at": known.as_ref().map_or_else(|| now.clone().into(), |k| k["created_at"].clone()), "updated_at": now,
        "_wait": wait, "_reviewers": reviewers, "_policy": policy,
        "_prevent_self_review": ask.flag("prevent_self_review")?.unwrap_or(false),
    });
    cx.put_settled(&collection, &key, doc.clone());
    Ok(document(200, &shown(cx, ask, &doc)))
}

fn delete(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let name = ask.param("environment_name").to_ascii_lowercase();
    cx.remove_settled(&ask.within("environments"), &name).ok_or_else(Problem::not_found)?;
    for kind in ["secrets", "variables", "branch_policies"] {
        let collection = ask.within(kind);
        let prefix = format!("{name}/");
        let keys: Vec<String> = cx.pairs(&collection).map(|(k, _)| k.to_owned()).filter(|k| k.starts_with(&prefix)).collect();
        for key in keys {
            cx.remove_settled(&collection, &key);
        }
    }
    Ok(Reply::no_content())
}

fn policies(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let prefix = format!("{}/", of_path(cx, ask)?);
    let collection = ask.within("branch_policies");
    let own = cx.pairs(&collection).filter(|(key, _)| key.starts_with(&prefix));
    let own = own.map(|(_, doc)| doc.clone()).collect();
    Ok(page::counted(ask, "branch_policies", own))
}

fn add_policy(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let environment = of_path(cx, ask)?;
    // Without custom policies there is nothing that this could be added to.
    if stored(cx, ask)?["_policy"]["custom_branch_policies"] != true {
        return Err(Problem::not_found());
    }
    let name = ask.text("name")?.to_owned();
    let prefix = format!("{environment}/");
    let same = cx.pairs(&ask.within("branch_policies")).any(|(k, d)| k.starts_with(&prefix) && d["name"] == *name);
    if same {
        return Ok(Reply { status: 303, headers: Vec::new(), body: crate::reply::Body::Empty });
    }
    let id = cx.number();
    let kind = ask.opt("type")?.unwrap_or("branch");
    let doc = json!({ "id": id, "node_id": node("GateBranchPolicy", id), "name": name, "type": kind });
    cx.put_settled(&ask.within("branch_policies"), &format!("{environment}/{id}"), doc.clone());
    Ok(document(200, &doc))
}

fn remove_policy(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let place = format!("{}/{}", of_path(cx, ask)?, ask.param("branch_policy_id"));
    cx.remove_settled(&ask.within("branch_policies"), &place).ok_or_else(Problem::not_found)?;
    Ok(Reply::no_content())
}
