//! The trusted sources of a managed database cluster.

use super::{call, whole};
use crate::{
    field::{Compare, Field},
    resource::{Args, Create, Delete, Identity, List, Read, ResourceType, Update},
};
use pontoon_core::{
    call::{Call, Class},
    value::Value,
};
use std::collections::BTreeMap;

/// Always there; PUT replaces the list, at most 100 sources, and an empty list is open to the world.
/// Source: API reference, "Databases".
pub const DATABASE_FIREWALL: ResourceType = ResourceType {
    kind: "digitalocean.database_firewall",
    title: "trusted sources",
    text: "Who may reach a managed database cluster.",
    fields: &[Field::new("rules", "Sources: `type` (droplet, k8s, ip_addr, tag, app) and `value`.").compare(Compare::Set)],
    parent: Some("digitalocean.database"),
    dies_with_parent: true,
    identity: Identity::Only,
    list: List::Under(|a| whole(a.under("/v2/databases", "firewall"), "", "database:read")),
    read: Some(Read { call: |a| call("GET", a.under("/v2/databases", "firewall"), "database:read"), item: "" }),
    create: Create { call: put, reply: None, id: None },
    updates: &[Update { fields: &["rules"], call: put }],
    delete: Delete::Forget,
    sample: || {
        let rule = Value::map([("type", "ip_addr".into()), ("value", "192.0.2.1".into())]);
        BTreeMap::from([("rules".into(), Value::List(vec![rule]))])
    },
    name_is_id: Some(|a| a.parent.clone()),
    ..ResourceType::BASE
};

fn put(a: &Args<'_>) -> Call {
    call("PUT", a.under("/v2/databases", "firewall"), "database:update")
        .body(a.pick(&["rules"]))
        .class(409, Class::Conflict)
        .class(412, Class::Conflict)
}
