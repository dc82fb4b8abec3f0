//! What a managed Valkey cluster forgets when its memory is full.

use super::{call, whole};
use crate::{
    field::Field,
    resource::{Args, Attributes, Create, Delete, Identity, List, Read, ResourceType, Update},
};
use pontoon_core::{
    call::{Call, Class},
    value::Value,
};
use std::collections::BTreeMap;

/// Always there; `noeviction` refuses writes when the memory is full. PostgreSQL has none.
/// Source: API reference, "Databases".
pub const DATABASE_EVICTION_POLICY: ResourceType = ResourceType {
    kind: "digitalocean.database_eviction_policy",
    title: "eviction policy",
    text: "What a managed Valkey cluster forgets when its memory is full.",
    fields: &[Field::new(
        "eviction_policy",
        "`noeviction`, `allkeys_lru`, `allkeys_random`, `volatile_lru`, `volatile_random` or `volatile_ttl`.",
    )],
    parent: Some("digitalocean.database"),
    dies_with_parent: true,
    identity: Identity::Only,
    list: List::Under(|a| whole(a.under("/v2/databases", "eviction_policy"), "", "database:read")),
    read: Some(Read { call: |a| call("GET", a.under("/v2/databases", "eviction_policy"), "database:read"), item: "" }),
    create: Create { call: put, reply: None, id: None },
    updates: &[Update { fields: &["eviction_policy"], call: put }],
    delete: Delete::Forget,
    sample: || BTreeMap::from([("eviction_policy".into(), Value::from("allkeys_lru"))]),
    sample_parent: Some(valkey),
    name_is_id: Some(|a| a.parent.clone()),
    ..ResourceType::BASE
};

fn put(a: &Args<'_>) -> Call {
    call("PUT", a.under("/v2/databases", "eviction_policy"), "database:update")
        .body(a.pick(&["eviction_policy"]))
        .class(412, Class::Conflict)
}

/// The example of a Valkey cluster.
fn valkey() -> Attributes {
    let mut sample = (super::database::DATABASE.sample)();
    sample.insert("name".into(), "sample-valkey".into());
    sample.insert("engine".into(), "valkey".into());
    sample.insert("version".into(), "8".into());
    sample.insert("size".into(), "db-s-1vcpu-1gb".into());
    sample
}
