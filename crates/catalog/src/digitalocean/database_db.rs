//! A database in a managed PostgreSQL cluster.

use super::{call, whole};
use crate::{
    field::Field,
    names::{Names, Unique},
    resource::{ByHand, Create, Delete, Identity, List, Read, ResourceType},
};
use pontoon_core::{call::Class, value::Value};
use std::collections::BTreeMap;

/// Has nothing but a name. Source: API reference, "Databases".
pub const DATABASE_DB: ResourceType = ResourceType {
    kind: "digitalocean.database_db",
    title: "database",
    text: "A database in a managed PostgreSQL cluster.",
    fields: &[Field::new("name", "Name.").fixed("a database keeps its name")],
    parent: Some("digitalocean.database"),
    dies_with_parent: true,
    identity: Identity::Natural(&["name"]),
    list: List::Under(|a| whole(a.under("/v2/databases", "dbs"), "dbs", "database:read")),
    read: Some(Read { call: |a| call("GET", a.at_under("/v2/databases", "dbs"), "database:read"), item: "db" }),
    create: Create {
        call: |a| {
            call("POST", a.under("/v2/databases", "dbs"), "database:create").body(a.pick(&["name"])).class(412, Class::Conflict)
        },
        reply: Some("db"),
        id: None,
    },
    delete: Delete::Call(|a| call("DELETE", a.at_under("/v2/databases", "dbs"), "database:delete")),
    stateful: true,
    loss: "all its data",
    outputs: &[("name", "name")],
    sample: || BTreeMap::from([("name".into(), Value::from("sample"))]),
    name_is_id: Some(|a| a.get("name")),
    names: Some(Names::label(1, 63, Unique::Parent).inside("_-")),
    by_hand: Some(ByHand {
        of: |d| d.at("engine").and_then(Value::as_text) == Some("pg"),
        vendors: |o| o.at("name").and_then(Value::as_text) == Some("defaultdb"),
        label: &["name"],
    }),
    ..ResourceType::BASE
};
