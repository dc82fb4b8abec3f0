//! A user of a managed PostgreSQL cluster.

use super::{call, whole};
use crate::{
    field::Field,
    names::{Names, Unique},
    resource::{ByHand, Create, Delete, Identity, List, Read, ResourceType},
};
use pontoon_core::{call::Class, value::Value};
use std::collections::BTreeMap;

/// Owns nothing: grants are SQL. The password can be read again at any time by whoever may view
/// credentials, so it is kept nowhere. Source: API reference, "Databases".
pub const DATABASE_USER: ResourceType = ResourceType {
    kind: "digitalocean.database_user",
    title: "database user",
    text: "A user of a managed PostgreSQL cluster.",
    fields: &[Field::new("name", "Name.").fixed("a database user keeps its name")],
    parent: Some("digitalocean.database"),
    dies_with_parent: true,
    identity: Identity::Natural(&["name"]),
    list: List::Under(|a| whole(a.under("/v2/databases", "users"), "users", "database:read")),
    read: Some(Read { call: |a| call("GET", a.at_under("/v2/databases", "users"), "database:read"), item: "user" }),
    create: Create {
        call: |a| {
            call("POST", a.under("/v2/databases", "users"), "database:create").body(a.pick(&["name"])).class(412, Class::Conflict)
        },
        reply: Some("user"),
        id: None,
    },
    delete: Delete::Call(|a| call("DELETE", a.at_under("/v2/databases", "users"), "database:delete")),
    outputs: &[("name", "name"), ("role", "role")],
    sample: || BTreeMap::from([("name".into(), Value::from("sample"))]),
    name_is_id: Some(|a| a.get("name")),
    names: Some(Names::label(1, 63, Unique::Parent).inside("_-")),
    by_hand: Some(ByHand {
        of: |d| d.at("engine").and_then(Value::as_text) == Some("pg"),
        vendors: |o| o.at("role").and_then(Value::as_text) == Some("primary"),
        label: &["name"],
    }),
    ..ResourceType::BASE
};
