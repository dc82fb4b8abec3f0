//! Clusters: list, create (also from a backup), read, delete.

use super::super::{projects, tags, vpcs};
use super::connection::{self, Login, may, password};
use super::options::Size;
use super::{CLUSTERS, DBS, Engine, PARTS, REPLICAS, RULES, USERS, backups, events, firewall, key, parts, pick, settings, truth};
use crate::{Cx, Refusal, Reply, Req};
use serde_json::{Value, json};

/// Fields that are shown as they are kept.
const SHOWN: &[&str] = &[
    "id",
    "name",
    "engine",
    "version",
    "semantic_version",
    "num_nodes",
    "size",
    "region",
    "status",
    "created_at",
    "maintenance_window",
    "storage_size_mib",
    "do_settings",
];

/// Longest list of tags, joined by commas. Source: a field report (2026-09) of 255 characters passing and 256 refused.
const TAGS: usize = 255;

/// The URN of a cluster or replica.
pub fn urn(id: &str) -> String {
    format!("do:dbaas:{id}")
}

/// The cluster as clients see it. Network, tags and project show only to tokens that may read them (the contract's
/// descriptions of these fields).
pub fn document(cx: &Cx, req: &Req, cluster: &Value) -> Value {
    let engine = Engine::of(cluster);
    let id = cluster["id"].as_str().unwrap_or("");
    let host = cluster["_host"].as_str().unwrap_or("");
    let standby = format!("replica-{host}");
    let user = connection::primary_user(engine);
    let login = Login { user, password: password(cx, id, user) };
    let database = connection::first_database(engine);
    let to = |host: &str| connection::to(req, engine, host, database, &login);
    let mut doc = pick(cluster, SHOWN);
    if may(req, "vpc:read") {
        doc["private_network_uuid"] = cluster["private_network_uuid"].clone();
    }
    if may(req, "tag:read") {
        doc["tags"] = cluster["tags"].clone();
    }
    if may(req, "project:read") {
        doc["project_id"] = projects::of(cx, &urn(id)).into();
    }
    doc["connection"] = to(host);
    doc["private_connection"] = to(&connection::private(host));
    let mut metrics = vec![json!({ "host": host, "port": 9273 })];
    if cluster["num_nodes"].as_i64() > Some(1) {
        doc["standby_connection"] = to(&standby);
        doc["standby_private_connection"] = to(&connection::private(&standby));
        metrics.push(json!({ "host": standby, "port": 9273 }));
    }
    doc["metrics_endpoints"] = metrics.into();
    doc["users"] = parts(cx, USERS, id).iter().map(|u| super::users::document(req, u)).collect();
    doc["db_names"] = match engine {
        Engine::Pg => parts(cx, DBS, id).into_iter().map(|d| d["name"].clone()).collect(),
        Engine::Valkey => Value::Null,
    };
    doc["rules"] = parts(cx, RULES, id).into();
    if let Some((life, availability)) = engine.ends(cluster["version"].as_str().unwrap_or("")) {
        doc["version_end_of_life"] = life.into();
        doc["version_end_of_availability"] = availability.into();
    }
    doc
}

/// `GET /v2/databases`: the contract declares no pages.
pub fn list(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let tag = req.query("tag_name").filter(|t| !t.is_empty());
    let docs: Vec<Value> =
        cx.visible(CLUSTERS).iter().filter(|d| tag.is_none_or(|t| tags::carries(d, t))).map(|d| document(cx, req, d)).collect();
    Ok(Reply::ok("databases", docs.into()))
}

/// `GET /v2/databases/{id}`.
pub fn read(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let doc = super::cluster(cx, req)?;
    Ok(Reply::ok("database", document(cx, req, &doc)))
}

/// `POST /v2/databases`.
pub fn create(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let name = checked_name(cx, req.text("name")?)?.to_owned();
    let region = req.text("region")?.to_owned();
    let engine = Engine::checked(req.text("engine")?, &region)?;
    let version = engine.checked_version(req.opt_text("version")?.filter(|v| !v.is_empty()), cx.now())?;
    let nodes = req.number("num_nodes")?;
    let size = engine.checked_layout(req.text("size")?, nodes)?;
    let storage = size.checked_storage(req.opt_number("storage_size_mib")?)?;
    let labels = checked_tags(cx, req)?;
    let rules = firewall::checked(req)?;
    let names = settings::checked_names(req.field("do_settings"))?;
    let autoscale = req.field("autoscale").map(|a| settings::checked_autoscale(a, size)).transpose()?;
    let network = guarded(req, "private_network_uuid", "vpc:read")?;
    let project = guarded(req, "project_id", "project:assign_resource")?;
    let source = backups::source(cx, req, engine)?;
    checked_source(source.as_ref(), version, storage)?;
    if cx.count(CLUSTERS) >= cx.limits().databases {
        return Err(Refusal::unprocessable("You have reached the limit of database clusters for your account."));
    }
    let network = vpcs::place(cx, &region, network.as_deref())?;
    let id = cx.uuid();
    vpcs::join(cx, &network, &urn(&id), &name);
    projects::enrol(cx, &urn(&id), &format!("/v2/databases/{id}"), project.as_deref())?;
    let mut doc = blank(cx, &id, &name, engine, version, size);
    doc["num_nodes"] = nodes.into();
    doc["region"] = region.into();
    doc["status"] = if source.is_some() { "forking" } else { "creating" }.into();
    doc["private_network_uuid"] = network.into();
    doc["tags"] = labels.into();
    doc["storage_size_mib"] = storage.into();
    doc["do_settings"] = names;
    doc["autoscale"] = autoscale.unwrap_or_else(settings::no_autoscale);
    cx.put(CLUSTERS, &id, doc.clone());
    furnish(cx, &id, engine, source.as_ref());
    firewall::set(cx, &id, rules);
    events::record(cx, &doc, "cluster_create");
    if !cx.creation_fails() {
        // A failed creation is one that never ends: the vendor has no status for it (api-v2 issue 186).
        let wait = cx.draw("database");
        cx.after(wait, "database_ready", json!({ "id": id }));
    }
    Ok(Reply::created("database", document(cx, req, &doc)))
}

/// A cluster's document with what the vendor chooses.
pub fn blank(cx: &mut Cx, id: &str, name: &str, engine: Engine, version: &str, size: &Size) -> Value {
    let day = match cx.below(7) {
        0 => "monday",
        1 => "tuesday",
        2 => "wednesday",
        3 => "thursday",
        4 => "friday",
        5 => "saturday",
        _ => "sunday",
    };
    let (hour, minute) = (cx.below(24), cx.below(60));
    let host = connection::new_host(cx, name);
    json!({
        "id": id,
        "name": name,
        "engine": engine.slug(),
        "version": version,
        "semantic_version": engine.full_version(version),
        "num_nodes": 1,
        "size": size.slug,
        "region": "",
        "status": "creating",
        "created_at": cx.stamp(),
        "private_network_uuid": "",
        "tags": [],
        "maintenance_window": { "day": day, "hour": format!("{hour:02}:{minute:02}:00"), "pending": false, "description": [] },
        "storage_size_mib": size.base * 1024,
        "do_settings": { "service_cnames": [] },
        "autoscale": settings::no_autoscale(),
        "config": super::config::defaults(engine, cx.below(24), cx.below(60)),
        "_host": host,
    })
}

/// The users and databases of a new cluster: the vendor's own, and those of the cluster that it is restored from, with
/// new passwords (DigitalOcean documentation, Managed Databases).
pub fn furnish(cx: &mut Cx, id: &str, engine: Engine, source: Option<&Value>) {
    let primary = connection::primary_user(engine);
    let mut users = vec![json!({ "name": primary, "role": "primary" })];
    let mut dbs = match engine {
        Engine::Pg => vec!["defaultdb".to_owned()],
        Engine::Valkey => Vec::new(),
    };
    if let Some(from) = source.and_then(|s| s["id"].as_str()) {
        let others = truth(cx, USERS, from).into_iter().filter(|u| u["role"] != "primary");
        users.extend(others.map(|u| pick(u, &["name", "role", "settings"])));
        dbs = truth(cx, DBS, from).into_iter().filter_map(|d| d["name"].as_str().map(str::to_owned)).collect();
    }
    for mut user in users {
        user["cluster_uuid"] = id.into();
        user["_password"] = connection::new_password(cx).into();
        let name = user["name"].as_str().unwrap_or("").to_owned();
        cx.put_settled(USERS, &key(id, &name), user);
    }
    for name in dbs {
        cx.put_settled(DBS, &key(id, &name), json!({ "name": name, "cluster_uuid": id }));
    }
}

/// `DELETE /v2/databases/{id}`: gone at once, but for minutes yet a member of its VPC.
pub fn delete(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let doc = super::cluster(cx, req)?;
    let id = doc["id"].as_str().unwrap_or("").to_owned();
    let replicas: Vec<String> =
        truth(cx, REPLICAS, &id).into_iter().filter_map(|r| r["id"].as_str().map(str::to_owned)).collect();
    for gone in replicas.iter().chain([&id]) {
        vpcs::leave(cx, &urn(gone));
        projects::withdraw(cx, &urn(gone));
    }
    for collection in PARTS {
        let keys: Vec<String> =
            cx.pairs(collection).filter(|(_, d)| d["cluster_uuid"] == id.as_str()).map(|(k, _)| k.to_owned()).collect();
        for key in keys {
            cx.remove_settled(collection, &key);
        }
    }
    cx.remove(CLUSTERS, &id);
    Ok(Reply::no_content())
}

/// Small letters, digits and `-`, 3 to 63, and free in the account.
///
/// Source: api-v2 issue 194 (no `_`), the control panel's hint for the rest; the refusal of a name in use is the vendor's.
pub fn checked_name<'a>(cx: &Cx, name: &'a str) -> Result<&'a str, Refusal> {
    let fits = (3..=63).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if !fits {
        return Err(Refusal::unprocessable(
            "cluster name must be 3 to 63 lowercase letters, digits and dashes, and begin with a letter",
        ));
    }
    if cx.list(CLUSTERS).into_iter().any(|d| d["name"] == name) {
        return Err(Refusal::unprocessable("cluster name is not available"));
    }
    Ok(name)
}

/// The tags of a new cluster or replica, which then exist.
pub fn checked_tags(cx: &mut Cx, req: &Req) -> Result<Vec<String>, Refusal> {
    let labels = req.opt_texts("tags")?.unwrap_or_default();
    if labels.is_empty() {
        return Ok(labels);
    }
    if !may(req, "tag:create") {
        return Err(Refusal::forbidden("You are missing the required permission tag:create"));
    }
    if labels.join(",").chars().count() > TAGS {
        return Err(Refusal::unprocessable(format!("combined tags cannot exceed {TAGS} characters")));
    }
    tags::touch(cx, &labels)?;
    Ok(labels)
}

/// A field that a token may only send with a scope of its own (the contract's description of the field).
pub fn guarded(req: &Req, field: &str, scope: &str) -> Result<Option<String>, Refusal> {
    match req.opt_text(field)?.filter(|v| !v.is_empty()) {
        Some(_) if !may(req, scope) => Err(Refusal::forbidden(format!("You are missing the required permission {scope}"))),
        value => Ok(value.map(str::to_owned)),
    }
}

/// A restored cluster has at least the version and the storage of its source.
fn checked_source(source: Option<&Value>, version: &str, storage: i64) -> Result<(), Refusal> {
    let Some(source) = source else {
        return Ok(());
    };
    let major = |text: &str| text.parse::<u32>().unwrap_or(0);
    if major(version) < major(source["version"].as_str().unwrap_or("")) {
        return Err(Refusal::unprocessable("invalid cluster engine version"));
    }
    if storage < source["storage_size_mib"].as_i64().unwrap_or(0) {
        return Err(Refusal::unprocessable("storage is smaller than that of the cluster to restore from"));
    }
    Ok(())
}
