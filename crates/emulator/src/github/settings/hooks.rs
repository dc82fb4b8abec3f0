//! Webhooks: kept and shown; nothing is delivered out of this world.

use crate::github::ask::Ask;
use crate::github::page;
use crate::github::problem::{Problem, document};
use crate::github::routes::Op;
use crate::{Cx, Reply};
use serde_json::{Value, json};

pub(crate) const OPS: &[Op] = &[
    Op { method: "GET", path: "/repos/{owner}/{repo}/hooks", needs: "repository_hooks:read", run: list },
    Op { method: "POST", path: "/repos/{owner}/{repo}/hooks", needs: "repository_hooks:write", run: create },
    Op { method: "GET", path: "/repos/{owner}/{repo}/hooks/{hook_id}", needs: "repository_hooks:read", run: read },
    Op { method: "PATCH", path: "/repos/{owner}/{repo}/hooks/{hook_id}", needs: "repository_hooks:write", run: update },
    Op { method: "DELETE", path: "/repos/{owner}/{repo}/hooks/{hook_id}", needs: "repository_hooks:write", run: delete },
];

fn shown(ask: &Ask, hook: &Value) -> Value {
    let mut doc = hook.clone();
    if doc["config"]["secret"].is_string() {
        doc["config"]["secret"] = "********".into();
    }
    let url = ask.url(&format!("/hooks/{}", hook["id"]));
    doc["test_url"] = format!("{url}/test").into();
    doc["ping_url"] = format!("{url}/pings").into();
    doc["deliveries_url"] = format!("{url}/deliveries").into();
    doc["url"] = url.into();
    doc
}

fn list(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let all = cx.list(&ask.within("hooks")).into_iter().map(|h| shown(ask, h)).collect();
    Ok(page::list(ask, all))
}

/// The hook's settings with those of the body.
fn merged(ask: &Ask, mut hook: Value) -> Result<Value, Problem> {
    if let Some(events) = ask.texts("events")? {
        hook["events"] = events.into();
    }
    if let Some(active) = ask.flag("active")? {
        hook["active"] = active.into();
    }
    if let Some(config) = ask.field("config") {
        let url = config["url"].as_str().filter(|u| u.starts_with("http://") || u.starts_with("https://"));
        let url = url.ok_or_else(|| Problem::custom("Hook", "url", "url is missing a scheme"))?;
        hook["config"] = json!({
            "url": url, "content_type": config["content_type"].as_str().unwrap_or("form"),
            "insecure_ssl": config["insecure_ssl"].as_str().unwrap_or("0"),
        });
        if let Some(secret) = config["secret"].as_str() {
            hook["config"]["secret"] = secret.into();
        }
    }
    Ok(hook)
}

fn create(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    if ask.field("config").is_none() {
        return Err(Problem::invalid("Hook", "config", "missing_field"));
    }
    let (id, now) = (cx.number(), cx.stamp());
    let hook = json!({
        "type": "Repository", "id": id, "name": "web", "active": true, "events": ["push"], "config": {}, "updated_at": now,
        "created_at": now, "last_response": { "code": null, "status": "unused", "message": null },
    });
    let hook = merged(ask, hook)?;
    let same = |h: &&Value| h["config"]["url"] == hook["config"]["url"] && h["events"] == hook["events"];
    if cx.list(&ask.within("hooks")).iter().any(same) {
        return Err(Problem::custom("Hook", "", "Hook already exists on this repository"));
    }
    cx.put_settled(&ask.within("hooks"), &id.to_string(), hook.clone());
    Ok(document(201, &shown(ask, &hook)))
}

fn read(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let hook = cx.get(&ask.within("hooks"), ask.param("hook_id")).ok_or_else(Problem::not_found)?;
    Ok(document(200, &shown(ask, hook)))
}

fn update(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    let hook = cx.get(&ask.within("hooks"), ask.param("hook_id")).cloned().ok_or_else(Problem::not_found)?;
    let mut hook = merged(ask, hook)?;
    hook["updated_at"] = cx.stamp().into();
    cx.put_settled(&ask.within("hooks"), ask.param("hook_id"), hook.clone());
    Ok(document(200, &shown(ask, &hook)))
}

fn delete(cx: &mut Cx, ask: &Ask) -> Result<Reply, Problem> {
    cx.remove_settled(&ask.within("hooks"), ask.param("hook_id")).ok_or_else(Problem::not_found)?;
    Ok(Reply::no_content())
}
