//! Managed databases: PostgreSQL and Valkey clusters and all that belongs to one.
//!
//! A cluster's document holds no connection and no password: both are put together when it is read. What belongs to a
//! cluster is a document of its own with `cluster_uuid`, and goes when the cluster goes.

mod backups;
mod changes;
mod clusters;
pub mod config;
mod connection;
mod dbs;
mod events;
mod firewall;
mod logsinks;
mod maintenance;
mod metrics;
mod migration;
mod options;
mod pools;
mod replicas;
mod settings;
#[cfg(test)]
mod tests;
mod users;

pub use options::Engine;

use crate::route::{EventHandler, Handler};
use crate::{Cx, Refusal, Reply, Req, Route};
use serde_json::Value;

const fn op(method: &'static str, path: &'static str, scope: &'static str, run: Handler) -> Route {
    Route { method, path, scope, run }
}

/// Operations.
pub const ROUTES: &[Route] = &[
    op("GET", "/v2/databases/options", "database:read", options::list),
    op("GET", "/v2/databases", "database:read", clusters::list),
    op("POST", "/v2/databases", "database:create", clusters::create),
    op("GET", "/v2/databases/{database_cluster_uuid}", "database:read", clusters::read),
    op("DELETE", "/v2/databases/{database_cluster_uuid}", "database:delete", clusters::delete),
    op("GET", "/v2/databases/{database_cluster_uuid}/config", "database:read", config::read),
    op("PATCH", "/v2/databases/{database_cluster_uuid}/config", "database:update", config::patch),
    op("GET", "/v2/databases/{database_cluster_uuid}/ca", "database:read", metrics::ca),
    op("GET", "/v2/databases/{database_cluster_uuid}/online-migration", "database:read", migration::read),
    op("PUT", "/v2/databases/{database_cluster_uuid}/online-migration", "database:update", migration::start),
    op("DELETE", "/v2/databases/{database_cluster_uuid}/online-migration/{migration_id}", "database:delete", migration::stop),
    op("PUT", "/v2/databases/{database_cluster_uuid}/migrate", "database:update", changes::migrate),
    op("PUT", "/v2/databases/{database_cluster_uuid}/resize", "database:update", changes::resize),
    op("PUT", "/v2/databases/{database_cluster_uuid}/upgrade", "database:update", changes::upgrade),
    op("GET", "/v2/databases/{database_cluster_uuid}/firewall", "database:read", firewall::read),
    op("PUT", "/v2/databases/{database_cluster_uuid}/firewall", "database:update", firewall::replace),
    op("GET", "/v2/databases/{database_cluster_uuid}/do_settings", "database:read", settings::names),
    op("PUT", "/v2/databases/{database_cluster_uuid}/do_settings", "database:update", settings::set_names),
    op("PUT", "/v2/databases/{database_cluster_uuid}/maintenance", "database:update", maintenance::set),
    op("PUT", "/v2/databases/{database_cluster_uuid}/install_update", "database:update", maintenance::install),
    op("GET", "/v2/databases/{database_cluster_uuid}/backups", "database:read", backups::list),
    op("GET", "/v2/databases/{database_cluster_uuid}/replicas", "database:read", replicas::list),
    op("POST", "/v2/databases/{database_cluster_uuid}/replicas", "database:create", replicas::create),
    op("GET", "/v2/databases/{database_cluster_uuid}/replicas/{replica_name}", "database:read", replicas::read),
    op("DELETE", "/v2/databases/{database_cluster_uuid}/replicas/{replica_name}", "database:delete", replicas::delete),
    op("PUT", "/v2/databases/{database_cluster_uuid}/replicas/{replica_name}/promote", "database:update", replicas::promote),
    op("GET", "/v2/databases/{database_cluster_uuid}/events", "database:read", events::list),
    op("GET", "/v2/databases/{database_cluster_uuid}/users", "database:read", users::list),
    op("POST", "/v2/databases/{database_cluster_uuid}/users", "database:create", users::create),
    op("GET", "/v2/databases/{database_cluster_uuid}/users/{username}", "database:read", users::read),
    op("DELETE", "/v2/databases/{database_cluster_uuid}/users/{username}", "database:delete", users::delete),
    op("PUT", "/v2/databases/{database_cluster_uuid}/users/{username}", "database:update", users::update),
    op("POST", "/v2/databases/{database_cluster_uuid}/users/{username}/reset_auth", "database:update", users::reset),
    op("GET", "/v2/databases/{database_cluster_uuid}/dbs", "database:read", dbs::list),
    op("POST", "/v2/databases/{database_cluster_uuid}/dbs", "database:create", dbs::create),
    op("GET", "/v2/databases/{database_cluster_uuid}/dbs/{database_name}", "database:read", dbs::read),
    op("DELETE", "/v2/databases/{database_cluster_uuid}/dbs/{database_name}", "database:delete", dbs::delete),
    op("GET", "/v2/databases/{database_cluster_uuid}/pools", "database:read", pools::list),
    op("POST", "/v2/databases/{database_cluster_uuid}/pools", "database:create", pools::create),
    op("GET", "/v2/databases/{database_cluster_uuid}/pools/{pool_name}", "database:read", pools::read),
    op("PUT", "/v2/databases/{database_cluster_uuid}/pools/{pool_name}", "database:update", pools::update),
    op("DELETE", "/v2/databases/{database_cluster_uuid}/pools/{pool_name}", "database:delete", pools::delete),
    op("GET", "/v2/databases/{database_cluster_uuid}/eviction_policy", "database:read", settings::eviction),
    op("PUT", "/v2/databases/{database_cluster_uuid}/eviction_policy", "database:update", settings::set_eviction),
    op("GET", "/v2/databases/{database_cluster_uuid}/autoscale", "database:read", settings::autoscale),
    op("PUT", "/v2/databases/{database_cluster_uuid}/autoscale", "database:update", settings::set_autoscale),
    op("GET", "/v2/databases/{database_cluster_uuid}/logsink", "database:read", logsinks::list),
    op("POST", "/v2/databases/{database_cluster_uuid}/logsink", "database:create", logsinks::create),
    op("GET", "/v2/databases/{database_cluster_uuid}/logsink/{logsink_id}", "database:read", logsinks::read),
    op("PUT", "/v2/databases/{database_cluster_uuid}/logsink/{logsink_id}", "database:update", logsinks::update),
    op("DELETE", "/v2/databases/{database_cluster_uuid}/logsink/{logsink_id}", "database:delete", logsinks::delete),
    op("GET", "/v2/databases/metrics/credentials", "database:update database:view_credentials", metrics::credentials),
    op("PUT", "/v2/databases/metrics/credentials", "database:update", metrics::set_credentials),
    // What belongs to engines that the embedded cloud does not offer is refused as on a cluster of another type.
    op("GET", "/v2/databases/{database_cluster_uuid}/sql_mode", "database:read", of_another_engine),
    op("PUT", "/v2/databases/{database_cluster_uuid}/sql_mode", "database:update", of_another_engine),
    op("GET", "/v2/databases/{database_cluster_uuid}/topics", "database:read", of_another_engine),
    op("POST", "/v2/databases/{database_cluster_uuid}/topics", "database:create", of_another_engine),
    op("GET", "/v2/databases/{database_cluster_uuid}/topics/{topic_name}", "database:read", of_another_engine),
    op("PUT", "/v2/databases/{database_cluster_uuid}/topics/{topic_name}", "database:update", of_another_engine),
    op("DELETE", "/v2/databases/{database_cluster_uuid}/topics/{topic_name}", "database:delete", of_another_engine),
    op("GET", "/v2/databases/{database_cluster_uuid}/schema-registry", "database:read", of_another_engine),
    op("POST", "/v2/databases/{database_cluster_uuid}/schema-registry", "database:create", of_another_engine),
    op("GET", "/v2/databases/{database_cluster_uuid}/schema-registry/{subject_name}", "database:read", no_subject),
    op("DELETE", "/v2/databases/{database_cluster_uuid}/schema-registry/{subject_name}", "database:delete", no_subject),
    op(
        "GET",
        "/v2/databases/{database_cluster_uuid}/schema-registry/{subject_name}/versions/{version}",
        "database:read",
        no_subject,
    ),
    op("GET", "/v2/databases/{database_cluster_uuid}/schema-registry/config", "database:read", of_another_engine),
    op("PUT", "/v2/databases/{database_cluster_uuid}/schema-registry/config", "database:write", of_another_engine),
    op("GET", "/v2/databases/{database_cluster_uuid}/schema-registry/config/{subject_name}", "database:read", of_another_engine),
    op("PUT", "/v2/databases/{database_cluster_uuid}/schema-registry/config/{subject_name}", "database:write", of_another_engine),
    op("GET", "/v2/databases/{database_cluster_uuid}/indexes", "database:read", of_another_engine),
    op("DELETE", "/v2/databases/{database_cluster_uuid}/indexes/{index_name}", "database:delete", of_another_engine),
];

/// Events.
pub const EVENTS: &[(&str, EventHandler)] = &[
    ("database_ready", changes::ready),
    ("database_migrated", changes::migrated),
    ("database_replica_ready", replicas::ready),
    ("database_migration_done", migration::done),
];

/// Clusters, by id.
const CLUSTERS: &str = "databases";
/// What belongs to a cluster; keys are `<cluster>/<name or id>`.
const USERS: &str = "database_users";
const DBS: &str = "database_dbs";
const POOLS: &str = "database_pools";
const REPLICAS: &str = "database_replicas";
const RULES: &str = "database_rules";
const SINKS: &str = "database_logsinks";
const MIGRATIONS: &str = "_database_migrations";
const LOG: &str = "_database_events";
const PARTS: &[&str] = &[USERS, DBS, POOLS, REPLICAS, RULES, SINKS, MIGRATIONS, LOG];

/// The key of what is called `name` and belongs to `cluster`.
fn key(cluster: &str, name: &str) -> String {
    format!("{cluster}/{name}")
}

/// What belongs to `cluster`, as clients list it.
fn parts(cx: &Cx, collection: &str, cluster: &str) -> Vec<Value> {
    cx.visible(collection).into_iter().filter(|d| d["cluster_uuid"] == cluster).collect()
}

/// What belongs to `cluster`, as it is.
fn truth<'a>(cx: &'a Cx, collection: &str, cluster: &str) -> Vec<&'a Value> {
    cx.list(collection).into_iter().filter(|d| d["cluster_uuid"] == cluster).collect()
}

/// The named fields of a document that it has.
fn pick(doc: &Value, fields: &[&str]) -> Value {
    fields.iter().filter_map(|f| Some(((*f).to_owned(), doc.get(*f)?.clone()))).collect::<serde_json::Map<_, _>>().into()
}

/// Id of the cluster in the path.
fn id(req: &Req) -> &str {
    req.param("database_cluster_uuid")
}

/// The cluster in the path.
fn cluster(cx: &Cx, req: &Req) -> Result<Value, Refusal> {
    cx.find(CLUSTERS, id(req)).map_err(|_| Refusal::new(404, "not_found", "cluster not found"))
}

/// The cluster in the path, which must be of that engine.
fn cluster_of(cx: &Cx, req: &Req, engine: Engine) -> Result<Value, Refusal> {
    let doc = cluster(cx, req)?;
    if Engine::of(&doc) == engine { Ok(doc) } else { Err(unsupported()) }
}

/// 422 in the vendor's words. Source: terraformer issue 1905 (`GET …/pools` on MySQL).
fn unsupported() -> Refusal {
    Refusal::unprocessable("operation is not supported for this cluster type")
}

fn of_another_engine(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    cluster(cx, req)?;
    Err(unsupported())
}

/// Of these operations the contract declares no refusal but 404.
fn no_subject(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    cluster(cx, req)?;
    Err(Refusal::not_found())
}

/// Refuses with 412 while the cluster is not `online`.
fn online(doc: &Value) -> Result<(), Refusal> {
    match doc["status"].as_str() {
        Some("online") => Ok(()),
        other => Err(Refusal::precondition_failed(format!("cluster is not online: {}", other.unwrap_or("unknown")))),
    }
}

/// A user's, database's or pool's name. Source: PostgreSQL's limit of 63 bytes to a name.
fn checked_name<'a>(what: &str, name: &'a str) -> Result<&'a str, Refusal> {
    let first = name.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
    let rest = name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'));
    if first && rest && name.len() <= 63 { Ok(name) } else { Err(Refusal::unprocessable(format!("invalid {what} name"))) }
}
