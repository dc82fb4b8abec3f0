//! Upgrades: which are possible, and what one does to the nodes.

use super::clusters::version_of;
use super::{CLUSTERS, document, nodes, versions};
use crate::{Cx, Refusal, Reply, Req};
use serde_json::{Value, json};

pub(super) fn list(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let doc = cx.find(CLUSTERS, req.param("cluster_id"))?;
    let next = version_of(&doc).map(|v| versions::next(cx, v)).unwrap_or_default();
    let docs: Vec<Value> = next.iter().map(versions::Version::document).collect();
    Ok(Reply::ok("available_upgrade_versions", docs.into()))
}

pub(super) fn start(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let id = req.param("cluster_id");
    let doc = cx.find(CLUSTERS, id)?;
    let wanted = versions::meant(cx, req.text("version")?)?;
    if doc["status"]["state"] != "running" {
        return Err(Refusal::unprocessable("the cluster is not running"));
    }
    let possible = version_of(&doc).map(|v| versions::next(cx, v)).unwrap_or_default();
    if !possible.contains(&wanted) {
        return Err(Refusal::unprocessable(format!("cannot upgrade to version {wanted}")));
    }
    if let Some(doc) = cx.edit(CLUSTERS, id) {
        doc["status"] = json!({ "state": "upgrading", "message": "upgrading" });
    }
    let wait = cx.draw("cluster_upgrade");
    cx.after(wait, "cluster_upgraded", json!({ "id": id, "version": wanted.to_string() }));
    Ok(Reply { status: 202, ..Reply::no_content() })
}

/// Event: every node was replaced by one of the new version.
pub(super) fn done(cx: &mut Cx, args: &Value) {
    let id = args["id"].as_str().unwrap_or("").to_owned();
    let now = cx.stamp();
    let Some(doc) = cx.edit(CLUSTERS, &id).filter(|c| c["status"]["state"] == "upgrading") else {
        return;
    };
    doc["version"] = args["version"].clone();
    doc["status"] = json!({ "state": "running" });
    doc["updated_at"] = now.into();
    for pool in document::pools_of(cx, &id) {
        // Its nodes were checked when they were made; the same ones fit again.
        let _ = nodes::replace_all(cx, &pool);
    }
}
