//! A connection pool of a managed PostgreSQL cluster.

use super::{call, whole};
use crate::{
    field::Field,
    names::{Names, Unique},
    resource::{ByHand, Create, Delete, Identity, List, Read, ResourceType, Update},
};
use pontoon_core::{call::Class, plan::Impact, value::Value};
use std::collections::BTreeMap;

const SETTINGS: &[&str] = &["mode", "size", "db", "user"];

/// PgBouncer in front of one database, on port 25061. All pools of a cluster together may use about
/// 25 connections per GiB of memory, 3 of them reserved. PUT wants mode, size and database each time.
/// Source: API reference, "Databases"; the port: the vendor's guide to connection pools.
pub const DATABASE_POOL: ResourceType = ResourceType {
    kind: "digitalocean.database_pool",
    title: "connection pool",
    text: "A connection pool of a managed PostgreSQL cluster.",
    fields: &[
        Field::new("name", "Name; 3 to 60 characters.").fixed("a connection pool keeps its name"),
        Field::new("mode", "`session`, `transaction` or `statement`.")
            .impact(Impact::Interruption, "connections through the pool break and are made again"),
        Field::new("size", "How many connections it keeps to the database."),
        Field::new("db", "The database.").impact(Impact::Interruption, "connections through the pool break and are made again"),
        Field::new("user", "Who it connects as; left out: whoever connects to it.")
            .impact(Impact::Interruption, "connections through the pool break and are made again"),
    ],
    parent: Some("digitalocean.database"),
    dies_with_parent: true,
    identity: Identity::Natural(&["name"]),
    list: List::Under(|a| whole(a.under("/v2/databases", "pools"), "pools", "database:read")),
    read: Some(Read { call: |a| call("GET", a.at_under("/v2/databases", "pools"), "database:read"), item: "pool" }),
    create: Create {
        call: |a| {
            call("POST", a.under("/v2/databases", "pools"), "database:create")
                .body(a.pick(&["name", "mode", "size", "db", "user"]))
                .class(412, Class::Conflict)
        },
        reply: Some("pool"),
        id: None,
    },
    updates: &[Update {
        fields: SETTINGS,
        call: |a| {
            call("PUT", a.at_under("/v2/databases", "pools"), "database:update")
                .body(a.pick(SETTINGS))
                .class(412, Class::Conflict)
        },
    }],
    delete: Delete::Call(|a| call("DELETE", a.at_under("/v2/databases", "pools"), "database:delete")),
    outputs: &[("name", "name"), ("host", "private_connection.host"), ("port", "private_connection.port")],
    sample: || {
        BTreeMap::from([
            ("name".into(), Value::from("sample")),
            ("mode".into(), "transaction".into()),
            ("size".into(), 10i64.into()),
            ("db".into(), "defaultdb".into()),
            ("user".into(), "doadmin".into()),
        ])
    },
    name_is_id: Some(|a| a.get("name")),
    names: Some(Names::label(3, 60, Unique::Parent)),
    by_hand: Some(ByHand { of: |d| d.at("engine").and_then(Value::as_text) == Some("pg"), vendors: |_| false, label: &["name"] }),
    ..ResourceType::BASE
};
