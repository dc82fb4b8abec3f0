//! Garbage collections: one at a time, over after a while.

use super::found;
use crate::{Cx, Refusal, Reply, Req};
use serde_json::{Value, json};

/// Collections, by UUID; `_over` once they are done.
const COLLECTIONS: &str = "_registry_garbage_collections";

fn of(cx: &Cx, registry: &str) -> Vec<Value> {
    cx.list(COLLECTIONS).into_iter().filter(|c| c["registry_name"] == registry).cloned().collect()
}

fn active(cx: &Cx, registry: &str) -> Option<Value> {
    of(cx, registry).into_iter().find(|c| c["_over"] == false)
}

/// Starts one; 409 while another goes on.
pub(super) fn start(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    found(cx, req)?;
    let registry = req.param("registry_name");
    if let Some(kind) = req.opt_text("type")? {
        let known = ["untagged manifests only", "unreferenced blobs only", "untagged manifests and unreferenced blobs"];
        if !known.contains(&kind) {
            return Err(Refusal::unprocessable(format!("invalid garbage collection type: {kind}")));
        }
    }
    if active(cx, registry).is_some() {
        return Err(Refusal::conflict("a garbage collection is active already"));
    }
    let uuid = cx.uuid();
    let doc = json!({
        "uuid": uuid,
        "registry_name": registry,
        "status": "requested",
        "created_at": cx.stamp(),
        "updated_at": cx.stamp(),
        "blobs_deleted": 0,
        "freed_bytes": 0,
        "_over": false,
    });
    cx.put_settled(COLLECTIONS, &uuid, doc.clone());
    let wait = cx.draw("registry_garbage_collection");
    cx.after(wait, "registry_collected", json!({ "uuid": uuid }));
    Ok(Reply::created("garbage_collection", doc))
}

fn finish(cx: &mut Cx, uuid: &str, status: &str) {
    let now = cx.stamp();
    if let Some(doc) = cx.edit(COLLECTIONS, uuid)
        && doc["_over"] == false
    {
        doc["status"] = status.into();
        doc["updated_at"] = now.into();
        doc["_over"] = true.into();
    }
}

/// It is over; there was nothing to delete.
pub(super) fn done(cx: &mut Cx, args: &Value) {
    if let Some(uuid) = args["uuid"].as_str() {
        finish(cx, uuid, "succeeded");
    }
}

/// The active one.
pub(super) fn current(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    found(cx, req)?;
    let doc = active(cx, req.param("registry_name")).ok_or_else(Refusal::not_found)?;
    Ok(Reply::ok("garbage_collection", doc))
}

/// Past ones and the active one, newest first. The contract declares pages for the request and none for the reply.
pub(super) fn list(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    found(cx, req)?;
    let mut docs = of(cx, req.param("registry_name"));
    docs.reverse();
    let number = |name: &str, default: usize| req.query(name).and_then(|n| n.parse().ok()).unwrap_or(default);
    let (page, size) = (number("page", 1).max(1), number("per_page", 20));
    let docs: Vec<Value> = docs.into_iter().skip((page - 1).saturating_mul(size)).take(size).collect();
    Ok(Reply::ok("garbage_collections", docs.into()))
}

/// Cancels the active one.
pub(super) fn cancel(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    found(cx, req)?;
    let uuid = req.param("garbage_collection_uuid");
    let of_it = |c: &Value| c["registry_name"] == req.param("registry_name");
    if !cx.get(COLLECTIONS, uuid).is_some_and(of_it) {
        return Err(Refusal::not_found());
    }
    if req.opt_flag("cancel")? == Some(true) {
        finish(cx, uuid, "cancelled");
    }
    let doc = cx.get(COLLECTIONS, uuid).cloned().unwrap_or_default();
    Ok(Reply::ok("garbage_collection", doc))
}

/// Takes those of a registry that is gone away.
pub(super) fn forget(cx: &mut Cx, registry: &str) {
    for doc in of(cx, registry) {
        cx.remove_settled(COLLECTIONS, doc["uuid"].as_str().unwrap_or(""));
    }
}
