//! Actions: what the vendor does to droplets, volumes, addresses and images over time.

use crate::route::EventHandler;
use crate::{Cx, Refusal, Reply, Req, Route};
use serde_json::{Value, json};

/// Operations.
pub const ROUTES: &[Route] = &[
    Route { method: "GET", path: "/v2/actions", scope: "actions:read", run: list },
    Route { method: "GET", path: "/v2/actions/{action_id}", scope: "actions:read", run: read },
];

/// Events.
pub const EVENTS: &[(&str, EventHandler)] = &[("action_done", done)];

/// Collection of actions, by id; a record of what happened, so not among the objects.
const ACTIONS: &str = "_actions";

/// Records an action on `resource` (such as `droplet:1`), which is completed after `kind` of durations; then the event
/// `then` happens, with its arguments. A volume's action has no `resource_id`, because it is no number.
pub fn record(cx: &mut Cx, action: &str, resource: &str, region: &str, kind: &str, then: Option<(&str, Value)>) -> Value {
    let id = cx.number();
    let (resource_type, resource_id) = resource.split_once(':').unwrap_or((resource, ""));
    let doc = json!({
        "id": id,
        "status": "in-progress",
        "type": action,
        "started_at": cx.stamp(),
        "completed_at": null,
        "resource_id": resource_id.parse::<i64>().ok(),
        "resource_type": resource_type,
        "region": super::regions::region(region),
        "region_slug": region,
        "_resource": resource,
    });
    cx.put_settled(ACTIONS, &id.to_string(), doc.clone());
    let wait = cx.draw(kind);
    let (event, args) = then.unwrap_or(("", Value::Null));
    cx.after(wait, "action_done", json!({ "id": id, "then": event, "args": args }));
    doc
}

fn done(cx: &mut Cx, args: &Value) {
    let now = cx.stamp();
    if let Some(action) = cx.edit(ACTIONS, &args["id"].to_string()) {
        action["status"] = "completed".into();
        action["completed_at"] = now.into();
    }
    if let Some(run) = args["then"].as_str().and_then(super::event) {
        run(cx, &args["args"]);
    }
}

/// The actions of one object, newest first.
#[must_use]
pub fn of(cx: &Cx, resource: &str) -> Vec<Value> {
    let mut docs: Vec<Value> = cx.list(ACTIONS).into_iter().filter(|a| a["_resource"] == resource).cloned().collect();
    docs.reverse();
    docs
}

/// One action of one object.
///
/// # Errors
/// 404 when it is of another one.
pub fn one(cx: &Cx, resource: &str, id: &str) -> Result<Value, Refusal> {
    cx.get(ACTIONS, id).filter(|a| a["_resource"] == resource).cloned().ok_or_else(Refusal::not_found)
}

/// The `links` of a reply that started an action.
#[must_use]
pub fn links(action: &Value, rel: &str) -> Value {
    let id = &action["id"];
    json!({ "actions": [{ "id": id, "rel": rel, "href": format!("https://api.digitalocean.com/v2/actions/{id}") }] })
}

fn list(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let mut docs = cx.visible(ACTIONS);
    docs.reverse();
    Reply::page(req, "actions", docs)
}

fn read(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    Ok(Reply::ok("action", cx.find(ACTIONS, req.param("action_id"))?))
}
