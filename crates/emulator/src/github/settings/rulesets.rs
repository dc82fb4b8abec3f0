//! Rulesets: rules for references, who is above them, and whether they are in force.

use super::rules;
use crate::github::accounts;
use crate::github::ask::Ask;
use crate::github::guard;
use crate::github::knobs::Plan;
use crate::github::page;
use crate::github::problem::{Problem, document};
use crate::github::render::node;
use crate::github::routes::Op;
use crate::{Cx, Reply};
use serde_json::{Value, json};

pub(crate) const OPS: &[Op] = &[
    Op { method: "GET", path: "/repos/{owner}/{repo}/rulesets", needs: "metadata:read", run: list },
    Op { method: "POST", path: "/repos/{owner}/{repo}/rulesets", needs: "administration:write", run: create },
    Op { method: "GET", path: "/repos/{owner}/{repo}/rulesets/{ruleset_id}", needs: "metadata:read", run: read },
    Op { method: "PUT", path: "/repos/{owner}/{repo}/rulesets/{ruleset_id}", needs: "administration:write", run: update },
    Op { method: "DELETE", path: "/repos/{owner}/{repo}/rulesets/{ruleset_id}", needs: "administration:write", run: delete },
    Op { method: "GET", path: "/repos/{owner}/{repo}/rules/branches/{branch*}", needs: "metadata:read", run: of_branch },
];

/// # Errors
/// 403 where the owner does not pay for it.
pub(super) fn paid(cx: &Cx, ask: &Ask) -> Result<(), Problem> {
    if accounts::plan(cx, &ask.repo) == Plan::Free { Err(Problem::upgrade()) } else { Ok(()) }
}

fn brief(ask: &Ask, doc: &Value) -> Value {
    let id = &doc["id"];
    let mut out = json!({
        "id": id, "name": doc["name"], "target": doc["target"], "source_type": "Repository", "source": ask.full_name(),
        "enforcement": doc["enforcement"], "node_id": node("RepositoryRuleset", id),
        "_links": { "self": { "href": ask.url(&format!("/rulesets/{id}")) }, "html": { "href": ask.html(&format!("/rules/{id}")) } },
    });
    for field in ["created_at", "updated_at"] {
        out[field] = doc[field].clone();
    }
    out
}

fn full(cx: &Cx, ask: &Ask, doc: &Value) -> Value {
    let mut out = brief(ask, doc);
    for field in ["conditions", "rules"] {
        out[field] = doc[field].clone();
    }
    if ask.role(cx, "admin") {
        out["bypass_actors"] = doc["bypass_actors"].clone();
    }
    out["current_user_can_bypass"] = "never".into();
    out
}

fn list(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    paid(cx, ask)?;
    let all = cx.list(&ask.within("rulesets")).into_iter().map(|doc| brief(ask, doc)).collect();
    Ok(page::list(ask, all))
}

/// What the body says, over what was there.
fn merged(cx: &mut Cx, ask: &Ask, mut doc: Value) -> Result<Value, Problem> {
    if let Some(name) = ask.opt("name")? {
        doc["name"] = name.into();
    }
    if let Some(target) = ask.opt("target")? {
        if !["branch", "tag", "push"].contains(&target) {
            return Err(Problem::invalid("Ruleset", "target", "invalid"));
        }
        if target == "push" {
            return Err(Problem::unprocessable("Validation Failed").and("Push rulesets are not available here".into()));
        }
        doc["target"] = target.into();
    }
    if let Some(word) = ask.opt("enforcement")? {
        if !["disabled", "active", "evaluate"].contains(&word) {
            return Err(Problem::invalid("Ruleset", "enforcement", "invalid"));
        }
        if word == "evaluate" && accounts::plan(cx, &ask.repo) < Plan::Enterprise {
            let text = "Enforcement evaluate is only available on GitHub Enterprise";
            return Err(Problem::unprocessable("Validation Failed").and(text.into()));
        }
        doc["enforcement"] = word.into();
    }
    if let Some(conditions) = ask.field("conditions") {
        doc["conditions"] = conditions_of(conditions)?;
    }
    if let Some(given) = ask.array("rules")? {
        doc["rules"] = given.iter().map(rules::checked).collect::<Result<Vec<_>, _>>()?.into();
    }
    if let Some(actors) = ask.array("bypass_actors")? {
        doc["bypass_actors"] = actors.iter().map(actor).collect::<Result<Vec<_>, _>>()?.into();
    }
    let same = |(_, other): (&str, &Value)| other["id"] != doc["id"] && other["name"] == doc["name"];
    if cx.pairs(&ask.within("rulesets")).any(same) {
        return Err(Problem::unprocessable("Validation Failed").and("Name must be unique".into()));
    }
    Ok(doc)
}

fn conditions_of(given: &Value) -> Result<Value, Problem> {
    let names = &given["ref_name"];
    let bad = || Problem::unprocessable("Validation Failed").and("Conditions ref_name must have include and exclude".into());
    for key in ["include", "exclude"] {
        let patterns = names[key].as_array().ok_or_else(bad)?;
        for pattern in patterns {
            let pattern = pattern.as_str().ok_or_else(bad)?;
            if !pattern.starts_with("refs/") && pattern != "~ALL" && pattern != "~DEFAULT_BRANCH" {
                let text = format!("Invalid target patterns: '{pattern}'");
                return Err(Problem::unprocessable("Validation Failed").and(text.into()));
            }
        }
    }
    Ok(json!({ "ref_name": { "include": names["include"], "exclude": names["exclude"] } }))
}

fn actor(given: &Value) -> Result<Value, Problem> {
    let bad = |text: &str| Problem::unprocessable("Validation Failed").and(text.into());
    let kind = given["actor_type"].as_str().ok_or_else(|| bad("Bypass actors need an actor_type"))?;
    let mode = given["bypass_mode"].as_str().unwrap_or("always");
    if !["always", "pull_request", "exempt"].contains(&mode) {
        return Err(bad("Bypass mode is invalid"));
    }
    let id = match kind {
        "OrganizationAdmin" => json!(1),
        "DeployKey" => Value::Null,
        "RepositoryRole" | "Team" | "Integration" | "User" if given["actor_id"].is_u64() => given["actor_id"].clone(),
        "RepositoryRole" | "Team" | "Integration" | "User" => return Err(bad("Bypass actors need an actor_id")),
        _ => return Err(bad("Actor type is invalid")),
    };
    Ok(json!({ "actor_id": id, "actor_type": kind, "bypass_mode": mode }))
}

fn create(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    paid(cx, ask)?;
    ask.text("name")?;
    ask.text("enforcement")?;
    let (id, now) = (cx.number(), cx.stamp());
    let fresh = json!({
        "id": id, "name": "", "target": "branch", "enforcement": "disabled", "bypass_actors": [],
        "conditions": { "ref_name": { "include": [], "exclude": [] } }, "rules": [], "created_at": now, "updated_at": now,
    });
    let doc = merged(cx, ask, fresh)?;
    cx.put_settled(&ask.within("rulesets"), &id.to_string(), doc.clone());
    Ok(document(201, &full(cx, ask, &doc)))
}

fn stored(cx: &Cx, ask: &Ask) -> Result<Value, Problem> {
    paid(cx, ask)?;
    cx.get(&ask.within("rulesets"), ask.param("ruleset_id")).cloned().ok_or_else(Problem::not_found)
}

fn read(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let doc = stored(cx, ask)?;
    Ok(document(200, &full(cx, ask, &doc)))
}

fn update(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let doc = stored(cx, ask)?;
    let mut doc = merged(cx, ask, doc)?;
    doc["updated_at"] = cx.stamp().into();
    cx.put_settled(&ask.within("rulesets"), ask.param("ruleset_id"), doc.clone());
    Ok(document(200, &full(cx, ask, &doc)))
}

fn delete(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    stored(cx, ask)?;
    cx.remove_settled(&ask.within("rulesets"), ask.param("ruleset_id"));
    Ok(Reply::no_content())
}

fn of_branch(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    paid(cx, ask)?;
    let mut out = Vec::new();
    for set in guard::rulesets(cx, &ask.repo, &format!("refs/heads/{}", ask.param("branch"))) {
        for rule in set["rules"].as_array().into_iter().flatten() {
            let mut rule = rule.clone();
            rule["ruleset_source_type"] = "Repository".into();
            rule["ruleset_source"] = ask.full_name().into();
            rule["ruleset_id"] = set["id"].clone();
            out.push(rule);
        }
    }
    Ok(page::list(ask, out))
}
