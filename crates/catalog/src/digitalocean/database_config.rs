//! Settings of a managed database cluster's engine.

use super::{call, whole};
use crate::{
    field::{Compare, Field},
    resource::{Args, Create, Delete, Identity, List, Read, ResourceType, Update},
};
use pontoon_core::{
    call::{Call, Class},
    plan::Impact,
    value::Value,
};
use std::collections::BTreeMap;

/// Always there; PATCH changes what it names and leaves the rest, so a setting that is no longer
/// named keeps its value. Some settings restart the engine. Names and ranges are those of the
/// vendor's reference (`postgres_advanced_config`, `valkey_advanced_config`).
/// Source: API reference, "Databases".
pub const DATABASE_CONFIG: ResourceType = ResourceType {
    kind: "digitalocean.database_config",
    title: "database settings",
    text: "Settings of a managed database cluster's engine.",
    fields: &[Field::new("config", "Settings by the vendor's names; one that is removed here keeps its value.")
        .compare(Compare::Subset)
        .impact(Impact::Interruption, "some settings restart the engine: connections break for seconds")],
    parent: Some("digitalocean.database"),
    dies_with_parent: true,
    identity: Identity::Only,
    list: List::Under(|a| whole(a.under("/v2/databases", "config"), "", "database:read")),
    read: Some(Read { call: |a| call("GET", a.under("/v2/databases", "config"), "database:read"), item: "" }),
    create: Create { call: patch, reply: None, id: None },
    updates: &[Update { fields: &["config"], call: patch }],
    delete: Delete::Forget,
    sample: || BTreeMap::from([("config".into(), Value::map([("autovacuum_naptime", 60i64.into())]))]),
    name_is_id: Some(|a| a.parent.clone()),
    ..ResourceType::BASE
};

fn patch(a: &Args<'_>) -> Call {
    call("PATCH", a.under("/v2/databases", "config"), "database:update").body(a.pick(&["config"])).class(412, Class::Conflict)
}
