//! Read-only replicas of a PostgreSQL cluster.

use super::super::{projects, regions, vpcs};
use super::clusters::{blank, checked_name, checked_tags, furnish, guarded, urn};
use super::connection::{self, Login, password};
use super::{CLUSTERS, Engine, REPLICAS, cluster_of, events, id, key, online, parts, pick, settings};
use crate::{Cx, Refusal, Reply, Req};
use serde_json::{Value, json};

const SHOWN: &[&str] =
    &["id", "name", "region", "size", "status", "tags", "created_at", "private_network_uuid", "storage_size_mib", "do_settings"];

fn document(cx: &Cx, req: &Req, replica: &Value) -> Value {
    let mut doc = pick(replica, SHOWN);
    let host = replica["_host"].as_str().unwrap_or("");
    let login = Login { user: "doadmin", password: password(cx, id(req), "doadmin") };
    doc["connection"] = connection::to(req, Engine::Pg, host, "defaultdb", &login);
    doc["private_connection"] = connection::to(req, Engine::Pg, &connection::private(host), "defaultdb", &login);
    doc
}

fn found(cx: &Cx, req: &Req) -> Result<Value, Refusal> {
    cluster_of(cx, req, Engine::Pg)?;
    cx.find(REPLICAS, &key(id(req), req.param("replica_name"))).map_err(|_| Refusal::new(404, "not_found", "replica not found"))
}

/// `GET …/replicas`.
pub fn list(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    cluster_of(cx, req, Engine::Pg)?;
    Ok(Reply::ok("replicas", parts(cx, REPLICAS, id(req)).iter().map(|r| document(cx, req, r)).collect()))
}

/// `POST …/replicas`: at least as large as the cluster's nodes; in its region when none is given.
pub fn create(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let cluster = cluster_of(cx, req, Engine::Pg)?;
    let name = checked_name(cx, req.text("name")?)?.to_owned();
    if cx.list(REPLICAS).into_iter().any(|r| r["name"] == name.as_str()) {
        return Err(Refusal::unprocessable("replica name is not available"));
    }
    let region = match req.opt_text("region")?.filter(|r| !r.is_empty()) {
        Some(region) => {
            regions::checked(region).map_err(|_| Refusal::unprocessable(format!("region '{region}' is not valid")))?
        }
        None => cluster["region"].as_str().unwrap_or(""),
    }
    .to_owned();
    let slug = req.opt_text("size")?.filter(|s| !s.is_empty()).or(cluster["size"].as_str()).unwrap_or("");
    let size = Engine::Pg.checked_layout(slug, 1)?;
    let needed = cluster["storage_size_mib"].as_i64().unwrap_or(0);
    let storage = size.checked_storage(req.opt_number("storage_size_mib")?)?;
    if size.most * 1024 < needed {
        return Err(Refusal::unprocessable("replica size is smaller than the cluster's storage"));
    }
    let labels = checked_tags(cx, req)?;
    let names = settings::checked_names(req.field("do_settings"))?;
    let network = guarded(req, "private_network_uuid", "vpc:read")?;
    online(&cluster)?;
    let same_region = cluster["region"] == region.as_str();
    let wanted = network.or_else(|| same_region.then(|| cluster["private_network_uuid"].as_str().unwrap_or("").to_owned()));
    let network = vpcs::place(cx, &region, wanted.as_deref())?;
    let replica = cx.uuid();
    vpcs::join(cx, &network, &urn(&replica), &name);
    let doc = json!({
        "id": replica,
        "name": name,
        "region": region,
        "size": size.slug,
        "status": "forking",
        "tags": labels,
        "created_at": cx.stamp(),
        "private_network_uuid": network,
        "storage_size_mib": storage.max(needed),
        "do_settings": names,
        "cluster_uuid": id(req),
        "_host": connection::new_host(cx, &name),
    });
    cx.put(REPLICAS, &key(id(req), &name), doc.clone());
    if !cx.creation_fails() {
        let wait = cx.draw("database_replica");
        cx.after(wait, "database_replica_ready", json!({ "key": key(id(req), &name) }));
    }
    Ok(Reply::created("replica", document(cx, req, &doc)))
}

/// The replica is up.
pub fn ready(cx: &mut Cx, args: &Value) {
    if let Some(doc) = args["key"].as_str().and_then(|key| cx.edit(REPLICAS, key)) {
        doc["status"] = "online".into();
    }
}

/// `GET …/replicas/{name}`.
pub fn read(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let doc = found(cx, req)?;
    Ok(Reply::ok("replica", document(cx, req, &doc)))
}

/// `DELETE …/replicas/{name}`.
pub fn delete(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let doc = found(cx, req)?;
    vpcs::leave(cx, &urn(doc["id"].as_str().unwrap_or("")));
    cx.remove(REPLICAS, &key(id(req), req.param("replica_name")));
    Ok(Reply::no_content())
}

/// `PUT …/replicas/{name}/promote`: it becomes a cluster of its own, with its id and name.
pub fn promote(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let replica = found(cx, req)?;
    let cluster = cluster_of(cx, req, Engine::Pg)?;
    online(&replica)?;
    let text = |field: &str| replica[field].as_str().unwrap_or("").to_owned();
    let (own, name) = (text("id"), text("name"));
    let size = Engine::Pg.checked_layout(&text("size"), 1)?;
    let version = cluster["version"].as_str().unwrap_or("").to_owned();
    let mut doc = blank(cx, &own, &name, Engine::Pg, &version, size);
    for field in ["region", "tags", "created_at", "private_network_uuid", "storage_size_mib", "do_settings", "_host"] {
        doc[field] = replica[field].clone();
    }
    doc["status"] = "online".into();
    cx.remove_settled(REPLICAS, &key(id(req), &name));
    projects::enrol(cx, &urn(&own), &format!("/v2/databases/{own}"), None)?;
    furnish(cx, &own, Engine::Pg, Some(&cluster));
    events::record(cx, &doc, "cluster_master_promotion");
    cx.put(CLUSTERS, &own, doc);
    Ok(Reply::no_content())
}
