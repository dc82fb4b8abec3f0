//! A snapshot of a volume.

use super::{call, pages};
use crate::{
    field::{Compare, Field},
    names::{Names, Unique},
    prices,
    resource::{Attributes, Create, Delete, Identity, List, MarkAt, Read, ResourceType, of_sample},
};
use pontoon_core::{call::Listing, money::Cost, value::Value};
use std::collections::BTreeMap;

/// Outlives its volume. Its size, and so its price, is known once it is made: 0.06 US dollars a GiB.
/// Source: API reference, "Block Storage", "Snapshots".
pub const VOLUME_SNAPSHOT: ResourceType = ResourceType {
    kind: "digitalocean.volume_snapshot",
    title: "volume snapshot",
    text: "A snapshot of a volume.",
    fields: &[
        Field::new("name", "Name.").fixed("a snapshot keeps its name"),
        Field::new("volume_id", "The volume.").at("resource_id").fixed("a snapshot is of one volume"),
        Field::new("tags", "Tags, the mark among them, at its creation.").compare(Compare::Once),
    ],
    identity: Identity::Marked(MarkAt::Tag("tags")),
    list: List::Account(list),
    read: Some(Read { call: |a| call("GET", a.at("/v2/volumes/snapshots"), "block_storage_snapshot:read"), item: "snapshot" }),
    create: Create {
        call: |a| {
            let path = Value::concat(["/v2/volumes/".into(), a.get("volume_id"), "/snapshots".into()]);
            call("POST", path, "block_storage_snapshot:create").body(a.pick(&["name", "tags"]))
        },
        reply: Some("snapshot"),
        id: Some("id"),
    },
    delete: Delete::Call(|a| call("DELETE", a.at("/v2/volumes/snapshots"), "block_storage_snapshot:delete")),
    stateful: true,
    loss: "what it keeps of the volume",
    typical: 30,
    outputs: &[("id", "id"), ("name", "name")],
    price,
    sample: || {
        BTreeMap::from([("name".into(), Value::from("sample")), ("volume_id".into(), of_sample("digitalocean.volume", "id"))])
    },
    names: Some(Names::label(1, 64, Unique::Nowhere)),
    ..ResourceType::BASE
};

/// By the started GiB, where its size is known.
fn price(a: &Attributes) -> Cost {
    let Some(Value::Number(size)) = a.get("size_gigabytes") else { return Cost::UNKNOWN };
    let whole = (0..=16_384u32).find(|gib| size.as_f64().is_some_and(|s| f64::from(*gib) >= s));
    whole.map_or(Cost::UNKNOWN, prices::snapshot)
}

fn list() -> Listing {
    let mut listing = pages("/v2/snapshots", "snapshots", "snapshot:read");
    listing.call = listing.call.query("resource_type", "volume");
    listing
}
