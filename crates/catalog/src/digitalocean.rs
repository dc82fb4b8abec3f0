//! DigitalOcean's resource types.

pub mod alert_policy;
pub mod cdn;
pub mod certificate;
pub mod cluster;
pub mod database;
pub mod database_config;
pub mod database_db;
pub mod database_eviction_policy;
pub mod database_firewall;
pub mod database_maintenance;
pub mod database_pool;
pub mod database_user;
pub mod domain;
pub mod droplet;
pub mod firewall;
pub mod load_balancer;
pub mod node_pool;
pub mod project;
pub mod project_resources;
pub mod record;
pub mod registry;
pub mod registry_attachment;
pub mod reserved_ip;
pub mod spaces_key;
pub mod ssh_key;
pub mod tag;
pub mod uptime_alert;
pub mod uptime_check;
pub mod volume;
pub mod volume_snapshot;
pub mod vpc;

use crate::resource::{Args, ResourceType};
use pontoon_core::{
    call::{Call, Listing},
    value::Value,
};

/// The provider's name in calls.
pub const PROVIDER: &str = "digitalocean";

/// All of them, parents before children.
pub const TYPES: &[&ResourceType] = &[
    &vpc::VPC,
    &cluster::CLUSTER,
    &node_pool::NODE_POOL,
    &database::DATABASE,
    &database_db::DATABASE_DB,
    &database_user::DATABASE_USER,
    &database_pool::DATABASE_POOL,
    &database_firewall::DATABASE_FIREWALL,
    &database_maintenance::DATABASE_MAINTENANCE,
    &database_eviction_policy::DATABASE_EVICTION_POLICY,
    &database_config::DATABASE_CONFIG,
    &spaces_key::SPACES_KEY,
    &cdn::CDN,
    &registry::REGISTRY,
    &registry_attachment::REGISTRY_ATTACHMENT,
    &domain::DOMAIN,
    &record::RECORD,
    &certificate::CERTIFICATE,
    &tag::TAG,
    &ssh_key::SSH_KEY,
    &droplet::DROPLET,
    &reserved_ip::RESERVED_IP,
    &firewall::FIREWALL,
    &load_balancer::LOAD_BALANCER,
    &volume::VOLUME,
    &volume_snapshot::VOLUME_SNAPSHOT,
    &uptime_check::UPTIME_CHECK,
    &uptime_alert::UPTIME_ALERT,
    &alert_policy::ALERT_POLICY,
    &project::PROJECT,
    &project_resources::PROJECT_RESOURCES,
];

/// A call to the API; `scope` is the token scope of the operation in the vendor's OpenAPI document,
/// several of them with a space between.
pub(crate) fn call(method: &str, path: impl Into<Value>, scope: &str) -> Call {
    Call::new(PROVIDER, method, path, scope)
}

/// All pages of a collection, at most 200 objects each. Source: the API reference, "Links & Pagination".
pub(crate) fn pages(path: impl Into<Value>, items: &str, scope: &str) -> Listing {
    Listing { call: call("GET", path, scope).query("per_page", 200i64), items: items.into(), paged: true, absent_is_empty: false }
}

/// A collection or an object that comes whole; a missing one is empty.
pub(crate) fn whole(path: impl Into<Value>, items: &str, scope: &str) -> Listing {
    Listing { call: call("GET", path, scope), items: items.into(), paged: false, absent_is_empty: true }
}

/// What projects know a thing by: `do:TYPE:ID`. Source: the API reference, "Project Resources".
pub(crate) fn urn(prefix: &str, a: &Args<'_>) -> Value {
    Value::concat([Value::Text(format!("{prefix}:")), a.id.clone()])
}
