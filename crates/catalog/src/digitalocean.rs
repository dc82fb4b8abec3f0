//! DigitalOcean's resource types.

pub mod cluster;
pub mod database;
pub mod database_db;
pub mod database_firewall;
pub mod database_user;
pub mod node_pool;
pub mod vpc;

use crate::resource::ResourceType;
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
    &database_firewall::DATABASE_FIREWALL,
];

/// A call to the API; `scope` is the token scope of the operation in the vendor's OpenAPI document.
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
