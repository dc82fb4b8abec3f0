//! What the node autoscaler does to pools: the same as a client's update, by its own judgement.

use super::{NODES, POOLS, nodes};
use crate::{Cx, Refusal};

/// Brings a pool to `count` nodes, more than it has.
///
/// # Errors
/// When the account's limit of droplets is in the way.
pub(crate) fn grow(cx: &mut Cx, pool: &str, count: usize) -> Result<(), Refusal> {
    nodes::scale(cx, pool, count)?;
    if let Some(doc) = cx.edit(POOLS, pool) {
        doc["count"] = count.into();
    }
    Ok(())
}

/// Takes one node away.
pub(crate) fn shrink(cx: &mut Cx, node: &str) {
    let Some(pool) = cx.get(NODES, node).and_then(|n| n["_pool"].as_str()).map(str::to_owned) else {
        return;
    };
    nodes::end(cx, node);
    if let Some(doc) = cx.edit(POOLS, &pool) {
        let count = doc["count"].as_u64().unwrap_or(1).saturating_sub(1);
        doc["count"] = count.into();
    }
}
