//! A managed database cluster: PostgreSQL or Valkey.

use super::{call, urn, whole};
use crate::{
    field::{Compare, Field},
    names::{Names, Unique},
    prices,
    resource::{Args, Attributes, Create, Delete, Identity, List, MarkAt, Read, ResourceType, Update},
};
use pontoon_core::{
    call::Class,
    money::Cost,
    plan::{Condition, Impact},
    value::Value,
};
use std::collections::BTreeMap;

/// Sizes and node counts as `/v2/databases/options` lists them, at most three nodes, never smaller.
/// Trusted sources are sent with the creation, because an empty list is open to the world. A restore
/// or fork is a new cluster. Source: API reference, "Databases".
pub const DATABASE: ResourceType = ResourceType {
    kind: "digitalocean.database",
    title: "database cluster",
    text: "A managed PostgreSQL or Valkey cluster.",
    fields: &[
        Field::new("name", "Name; unique in the account.").fixed("a database cluster keeps its name"),
        Field::new("engine", "`pg` or `valkey`.").fixed("a database cluster keeps its engine"),
        Field::new("version", "Major version.")
            .compare(Compare::By(same_version))
            .unless(refuse_older)
            .impact(Impact::Interruption, "connections break while the new version starts")
            .moved_by("the vendor"),
        Field::new("region", "Region, such as `nyc3`.").fixed("a database cluster is moved by hand only"),
        Field::new("size", "Size of each node, such as `db-s-1vcpu-2gb`.")
            .unless(refuse_smaller)
            .impact(Impact::Interruption, "connections break for 30 to 60 s when the new nodes take over"),
        Field::new("num_nodes", "How many nodes, the primary included; at most 3."),
        Field::new("private_network_uuid", "The VPC.").fixed("a database cluster is moved by hand only"),
        Field::new("tags", "Tags, the mark among them.")
            .compare(Compare::Holds)
            .fixed("the tags of a database cluster are set at its creation"),
        Field::new("rules", "Trusted sources at its creation: `type`, `value`.").compare(Compare::Once),
        Field::new("backup_restore", "Whose backup it is made from: `database_name`, `backup_created_at`.")
            .compare(Compare::Once),
    ],
    identity: Identity::Marked(MarkAt::Tag("tags")),
    list: List::Account(|| whole("/v2/databases", "databases", "database:read")),
    read: Some(Read { call: |a| call("GET", a.at("/v2/databases"), "database:read"), item: "database" }),
    create: Create {
        call: |a| {
            call("POST", "/v2/databases", "database:create").body(a.pick(&[
                "name",
                "engine",
                "version",
                "region",
                "size",
                "num_nodes",
                "private_network_uuid",
                "tags",
                "rules",
                "backup_restore",
            ]))
        },
        reply: Some("database"),
        id: Some("id"),
    },
    updates: &[
        Update { fields: &["version"], call: |a| put(a, "upgrade", &["version"]) },
        Update { fields: &["size", "num_nodes"], call: |a| put(a, "resize", &["size", "num_nodes"]) },
    ],
    delete: Delete::Call(|a| call("DELETE", a.at("/v2/databases"), "database:delete").class(409, Class::Conflict)),
    ready: Some(|| Condition::Is { path: "status".into(), any_of: vec!["online".into()] }),
    stateful: true,
    loss: "all its data; backups go with it",
    typical: 360,
    timeout: 3600,
    outputs: &[
        ("id", "id"),
        ("name", "name"),
        ("engine", "engine"),
        ("host", "connection.host"),
        ("private_host", "private_connection.host"),
        ("port", "private_connection.port"),
    ],
    price,
    sample: || {
        BTreeMap::from([
            ("name".into(), Value::from("sample")),
            ("engine".into(), "pg".into()),
            ("version".into(), "17".into()),
            ("region".into(), "nyc3".into()),
            ("size".into(), "db-s-1vcpu-2gb".into()),
            ("num_nodes".into(), 1i64.into()),
        ])
    },
    restore: Some(backup),
    urn: Some(|a| urn("do:dbaas", a)),
    names: Some(Names::label(3, 63, Unique::Account)),
    ..ResourceType::BASE
};

/// The name of the cluster and the time of the backup. PostgreSQL only: Valkey has no backups. Source: API reference, "Create a
/// New Database Cluster", `backup_restore`.
fn backup(object: &Value, at: Option<&str>) -> (&'static str, Value) {
    let mut from = vec![("database_name", object.at("name").cloned().unwrap_or_default())];
    from.extend(at.map(|at| ("backup_created_at", at.into())));
    ("backup_restore", Value::map(from))
}

fn put(a: &Args<'_>, what: &str, fields: &[&str]) -> pontoon_core::call::Call {
    let path = Value::concat([a.at("/v2/databases"), Value::Text(format!("/{what}"))]);
    call("PUT", path, "database:update").body(a.pick(fields)).class(409, Class::Conflict).class(412, Class::Conflict)
}

fn same_version(desired: &Value, observed: &Value) -> bool {
    let (Some(want), Some(have)) = (desired.as_text(), observed.as_text()) else { return false };
    want == have || have.strip_prefix(want).is_some_and(|rest| rest.starts_with('.'))
}

fn major(version: &Value) -> Option<u32> {
    version.as_text()?.split('.').next()?.parse().ok()
}

fn refuse_older(before: &Value, after: &Value) -> Option<&'static str> {
    (major(after)? < major(before)?).then_some("a database cannot go back to an earlier version")
}

/// Memory in GiB and processors, from `db-s-2vcpu-4gb`.
fn power(size: &Value) -> Option<(u32, u32)> {
    let mut parts = size.as_text()?.rsplit('-');
    let memory = parts.next()?.strip_suffix("gb")?.parse().ok()?;
    Some((memory, parts.next()?.strip_suffix("vcpu")?.parse().ok()?))
}

fn refuse_smaller(before: &Value, after: &Value) -> Option<&'static str> {
    (power(after)? < power(before)?).then_some("a database cluster cannot be made smaller")
}

fn price(a: &Attributes) -> Cost {
    let nodes = a.get("num_nodes").and_then(Value::as_i64).and_then(|n| u32::try_from(n).ok());
    match (a.get("size").and_then(Value::as_text), nodes) {
        (Some(size), Some(nodes)) => prices::database_node(size).times(nodes),
        _ => Cost::UNKNOWN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals() {
        assert!(refuse_smaller(&"db-s-2vcpu-4gb".into(), &"db-s-1vcpu-2gb".into()).is_some());
        assert!(refuse_smaller(&"db-s-1vcpu-2gb".into(), &"db-s-2vcpu-4gb".into()).is_none());
        assert!(refuse_older(&"17".into(), &"16".into()).is_some());
        assert!(same_version(&"17".into(), &"17.4".into()));
    }
}
