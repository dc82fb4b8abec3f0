//! What happened to a cluster.

use super::{LOG, cluster, id, key, parts, pick};
use crate::{Cx, Refusal, Reply, Req};
use serde_json::{Value, json};

/// Records an event of `kind`, a word of the contract's `event_type`.
pub fn record(cx: &mut Cx, cluster: &Value, kind: &str) {
    let own = cx.random_text("abcdefghijklmnopqrstuvwxyz0123456789", 8);
    let of = cluster["id"].as_str().unwrap_or("").to_owned();
    let doc = json!({
        "id": own,
        "cluster_name": cluster["name"],
        "event_type": kind,
        "create_time": cx.stamp(),
        "cluster_uuid": of,
    });
    cx.put_settled(LOG, &key(&of, &own), doc);
}

/// `GET …/events`.
pub fn list(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    cluster(cx, req)?;
    let shown = &["id", "cluster_name", "event_type", "create_time"];
    Ok(Reply::ok("events", parts(cx, LOG, id(req)).iter().map(|e| pick(e, shown)).collect()))
}
