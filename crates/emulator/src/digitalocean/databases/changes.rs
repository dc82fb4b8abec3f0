//! What changes a cluster as a whole: resize, migrate, upgrade; and the end of what takes time.

use super::super::{regions, vpcs};
use super::clusters::urn;
use super::{CLUSTERS, Engine, cluster, events, online};
use crate::reply::Body;
use crate::{Cx, Refusal, Reply, Req};
use serde_json::{Value, json};

/// 202 without a body.
fn accepted() -> Reply {
    Reply { status: 202, headers: Vec::new(), body: Body::Empty }
}

/// Sets the status, and lets the event `then` end it after a draw of `kind`.
fn begin(cx: &mut Cx, mut doc: Value, status: &str, kind: &str, then: &str, mut args: Value) {
    let id = doc["id"].as_str().unwrap_or("").to_owned();
    doc["status"] = status.into();
    args["id"] = id.clone().into();
    events::record(cx, &doc, "cluster_update");
    cx.put(CLUSTERS, &id, doc);
    let wait = cx.draw(kind);
    cx.after(wait, then, args);
}

/// `PUT …/resize`. Size and nodes only as `layouts` lists them, never smaller; nodes can go.
/// Source: DigitalOcean documentation, Managed Databases.
pub fn resize(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let mut doc = cluster(cx, req)?;
    let engine = Engine::of(&doc);
    let nodes = req.number("num_nodes")?;
    let size = engine.checked_layout(req.text("size")?, nodes)?;
    let before = engine.size(doc["size"].as_str().unwrap_or(""));
    if before.is_some_and(|b| size.memory < b.memory || size.vcpus < b.vcpus) {
        return Err(Refusal::unprocessable("cluster size cannot be reduced"));
    }
    let had = doc["storage_size_mib"].as_i64().unwrap_or(0);
    let storage = match req.opt_number("storage_size_mib")?.filter(|mib| *mib != 0) {
        Some(mib) => size.checked_storage(Some(mib))?,
        None => had.max(size.base * 1024),
    };
    if storage < had {
        return Err(Refusal::unprocessable("cluster storage cannot be reduced"));
    }
    online(&doc)?;
    doc["size"] = size.slug.into();
    doc["num_nodes"] = nodes.into();
    doc["storage_size_mib"] = storage.into();
    begin(cx, doc, "resizing", "database_resize", "database_ready", json!({}));
    Ok(accepted())
}

/// `PUT …/migrate`: another region, and the default VPC there.
pub fn migrate(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let doc = cluster(cx, req)?;
    let region = req.text("region")?;
    regions::checked(region).map_err(|_| Refusal::unprocessable(format!("region '{region}' is not valid")))?;
    if doc["region"] == region {
        return Err(Refusal::unprocessable(format!("cluster is already in region '{region}'")));
    }
    online(&doc)?;
    begin(cx, doc, "migrating", "database_migrate", "database_migrated", json!({ "region": region }));
    Ok(accepted())
}

/// `PUT …/upgrade`: to a later major version that is offered. It is shown at once, and the cluster stays `online`
/// (the Terraform provider's upgrade test reads it back without waiting).
pub fn upgrade(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let mut doc = cluster(cx, req)?;
    let engine = Engine::of(&doc);
    let version = engine.checked_version(Some(req.text("version")?), cx.now())?;
    let major = |text: &str| text.parse::<u32>().unwrap_or(0);
    if major(version) <= major(doc["version"].as_str().unwrap_or("")) {
        return Err(Refusal::unprocessable("invalid cluster engine version"));
    }
    online(&doc)?;
    doc["version"] = version.into();
    doc["semantic_version"] = engine.full_version(version).into();
    events::record(cx, &doc, "cluster_update");
    cx.put(CLUSTERS, super::id(req), doc);
    Ok(Reply::no_content())
}

/// The cluster is up.
pub fn ready(cx: &mut Cx, args: &Value) {
    if let Some(doc) = args["id"].as_str().and_then(|id| cx.edit(CLUSTERS, id)) {
        doc["status"] = "online".into();
    }
}

/// The cluster is in its new region.
pub fn migrated(cx: &mut Cx, args: &Value) {
    let (Some(id), Some(region)) = (args["id"].as_str(), args["region"].as_str()) else {
        return;
    };
    let Some(name) = cx.get(CLUSTERS, id).map(|d| d["name"].as_str().unwrap_or("").to_owned()) else {
        return;
    };
    let network = vpcs::place(cx, region, None).unwrap_or_default();
    vpcs::join(cx, &network, &urn(id), &name);
    if let Some(doc) = cx.edit(CLUSTERS, id) {
        doc["region"] = region.into();
        doc["private_network_uuid"] = network.into();
        doc["status"] = "online".into();
    }
}
