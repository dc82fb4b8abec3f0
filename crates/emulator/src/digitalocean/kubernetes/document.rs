//! Clusters and pools as clients see them: put together from what is kept apart.

use super::{NODES, POOLS};
use crate::Cx;
use serde_json::Value;

/// Ids of a cluster's pools, in the order of creation.
pub(super) fn pools_of(cx: &Cx, cluster: &str) -> Vec<String> {
    ids(cx, POOLS, "_cluster", cluster)
}

/// Ids of a pool's nodes, in the order of creation.
pub(super) fn nodes_of(cx: &Cx, pool: &str) -> Vec<String> {
    ids(cx, NODES, "_pool", pool)
}

fn ids(cx: &Cx, collection: &str, field: &str, value: &str) -> Vec<String> {
    cx.pairs(collection).filter(|(_, doc)| doc[field] == value).map(|(key, _)| key.to_owned()).collect()
}

/// A pool with its nodes.
pub(super) fn pool(cx: &Cx, id: &str) -> Value {
    let Some(mut doc) = cx.get(POOLS, id).cloned() else {
        return Value::Null;
    };
    doc["nodes"] = nodes_of(cx, id).iter().filter_map(|node| cx.get(NODES, node).cloned()).collect();
    doc
}

/// A cluster with its pools.
pub(super) fn cluster(cx: &Cx, mut doc: Value) -> Value {
    let id = doc["id"].as_str().unwrap_or("").to_owned();
    // Where it answers depends on who serves it, not on when it was made.
    if doc["endpoint"].as_str().is_some_and(|e| !e.is_empty()) {
        doc["endpoint"] = cx.world().kubernetes.server(&id).into();
    }
    doc["node_pools"] = pools_of(cx, &id).iter().map(|p| pool(cx, p)).collect();
    doc
}
