//! Nodes: droplets of a pool, how they come and go.

use super::{CLUSTERS, NODES, POOLS, document, pools};
use crate::digitalocean::{droplets, images, sizes};
use crate::{Cx, Refusal, Reply, Req};
use serde_json::{Value, json};

/// Adds a node and its droplet to a pool; `alone` when it starts by itself and not with its cluster.
pub(super) fn insert(cx: &mut Cx, pool: &str, alone: bool) -> Result<(), Refusal> {
    let doc = cx.get(POOLS, pool).cloned().ok_or_else(Refusal::not_found)?;
    let cluster_id = doc["_cluster"].as_str().unwrap_or("").to_owned();
    let cluster = cx.get(CLUSTERS, &cluster_id).cloned().ok_or_else(Refusal::not_found)?;
    let text = |value: &Value| value.as_str().unwrap_or("").to_owned();
    let suffix = cx.random_text("bcdfghjklmnpqrstvwxz2456789", 5);
    let name = format!("{}-{suffix}", text(&doc["name"]));
    let mut all: Vec<String> = Vec::new();
    for tag in [&doc["tags"], &cluster["tags"]].into_iter().flat_map(|t| t.as_array()).flatten() {
        let tag = text(tag);
        if !all.contains(&tag) {
            all.push(tag);
        }
    }
    let droplet = droplets::insert(
        cx,
        droplets::New {
            name: &name,
            region: &text(&cluster["region"]),
            size: sizes::checked(&text(&doc["size"]))?,
            image: images::of_nodes(&text(&cluster["version"])),
            vpc: &text(&cluster["vpc_uuid"]),
            tags: &all,
            features: &["monitoring", "droplet_agent", "private_networking"],
            public: cluster["isolated_workers"] != true,
            ready: "",
        },
    )?;
    let id = cx.uuid();
    let node = json!({
        "id": id,
        "name": name,
        "status": { "state": "provisioning" },
        "droplet_id": droplet["id"].to_string(),
        "created_at": cx.stamp(),
        "updated_at": cx.stamp(),
        "_cluster": cluster_id,
        "_pool": pool,
    });
    cx.put_settled(NODES, &id, node);
    if alone {
        let wait = cx.draw("node");
        cx.after(wait, "node_running", json!({ "id": id }));
    }
    Ok(())
}

/// Event: a node has joined.
pub(super) fn running(cx: &mut Cx, args: &Value) {
    started(cx, args["id"].as_str().unwrap_or(""));
}

/// A node that was being provisioned runs now.
pub(super) fn started(cx: &mut Cx, id: &str) {
    if cx.get(NODES, id).is_some_and(|n| n["status"]["state"] == "provisioning") {
        mark(cx, id, "running");
        let droplet = cx.get(NODES, id).and_then(|n| n["droplet_id"].as_str()).unwrap_or("").to_owned();
        if let Some(droplet) = cx.edit("droplets", &droplet) {
            droplet["status"] = "active".into();
        }
    }
}

/// Sets a node's state.
pub(super) fn mark(cx: &mut Cx, id: &str, state: &str) {
    let now = cx.stamp();
    if let Some(node) = cx.edit(NODES, id) {
        node["status"] = json!({ "state": state });
        node["updated_at"] = now.into();
        let cluster = node["_cluster"].as_str().unwrap_or("").to_owned();
        crate::cluster::wake(cx, &cluster);
    }
}

/// Drains a node; it is gone some time later, and with the last one a pool that is being deleted.
pub(super) fn end(cx: &mut Cx, id: &str) {
    mark(cx, id, "draining");
    let wait = cx.draw("node_delete");
    cx.after(wait, "node_gone", json!({ "id": id }));
}

/// Event: a node is gone.
pub(super) fn gone(cx: &mut Cx, args: &Value) {
    let id = args["id"].as_str().unwrap_or("");
    let Some(pool) = cx.get(NODES, id).and_then(|n| n["_pool"].as_str()).map(str::to_owned) else {
        return;
    };
    remove(cx, id);
    if document::nodes_of(cx, &pool).is_empty() && cx.get(POOLS, &pool).is_some_and(|p| p["_deleting"] == true) {
        cx.remove_settled(POOLS, &pool);
    }
}

/// Takes a node and its droplet away.
pub(super) fn remove(cx: &mut Cx, id: &str) {
    if let Some(node) = cx.remove_settled(NODES, id) {
        droplets::destroy(cx, node["droplet_id"].as_str().unwrap_or(""));
        crate::cluster::wake(cx, node["_cluster"].as_str().unwrap_or(""));
    }
}

/// Nodes that are not on their way out.
fn staying(cx: &Cx, pool: &str) -> Vec<String> {
    document::nodes_of(cx, pool)
        .into_iter()
        .filter(|n| cx.get(NODES, n).is_some_and(|n| matches!(n["status"]["state"].as_str(), Some("running" | "provisioning"))))
        .collect()
}

/// Brings a pool to `count` nodes; the newest go first.
pub(super) fn scale(cx: &mut Cx, pool: &str, count: usize) -> Result<(), Refusal> {
    let present = staying(cx, pool);
    if count > present.len() {
        let more = count - present.len();
        droplets::room(cx, more)?;
        for _ in 0..more {
            insert(cx, pool, true)?;
        }
    }
    for node in present.iter().skip(count) {
        end(cx, node);
    }
    Ok(())
}

/// Replaces every node of a pool.
pub(super) fn replace_all(cx: &mut Cx, pool: &str) -> Result<(), Refusal> {
    let before = document::nodes_of(cx, pool);
    for node in &before {
        remove(cx, node);
    }
    for _ in &before {
        insert(cx, pool, false)?;
    }
    for node in document::nodes_of(cx, pool) {
        started(cx, &node);
    }
    Ok(())
}

pub(super) fn delete(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let pool = pools::found(cx, req)?;
    let node = req.param("node_id");
    if cx.get(NODES, node).is_none_or(|n| n["_pool"] != pool.as_str()) {
        return Err(Refusal::not_found());
    }
    end(cx, node);
    if req.query("replace") == Some("1") {
        insert(cx, &pool, true)?;
    } else if let Some(doc) = cx.edit(POOLS, &pool) {
        let count = doc["count"].as_u64().unwrap_or(1).saturating_sub(1);
        doc["count"] = count.into();
    }
    Ok(Reply { status: 202, ..Reply::no_content() })
}

pub(super) fn recycle(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let pool = pools::found(cx, req)?;
    let known = document::nodes_of(cx, &pool);
    let wanted = req.opt_texts("nodes")?.unwrap_or_else(|| known.clone());
    for node in wanted.iter().filter(|n| known.contains(n)) {
        end(cx, node);
        insert(cx, &pool, true)?;
    }
    Ok(Reply { status: 202, ..Reply::no_content() })
}
