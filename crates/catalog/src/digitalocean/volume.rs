//! A block storage volume.

use super::{call, pages, urn};
use crate::{
    field::{Compare, Field},
    names::{Names, Unique},
    prices,
    resource::{Args, Attributes, Create, Delete, Identity, List, Read, ResourceType, Update},
};
use pontoon_core::{
    call::{Call, Class},
    money::Cost,
    value::Value,
};
use std::collections::BTreeMap;

/// 1 GiB to 16 TiB, grows only, for one droplet at a time. The vendor changes nothing else of it: what
/// else is given counts at its creation. One that is attached is not removed (409). Those that
/// Kubernetes makes for claims are Kubernetes's. Source: API reference, "Block Storage".
pub const VOLUME: ResourceType = ResourceType {
    kind: "digitalocean.volume",
    title: "volume",
    text: "A block storage volume.",
    fields: &[
        Field::new("name", "Name; unique in its region, at most 64 characters.").fixed("a volume keeps its name"),
        Field::new("region", "Region, such as `nyc3`.").at("region.slug").fixed("a volume stays in its region"),
        Field::new("size_gigabytes", "Size in GiB; grows only. The file system is grown on the droplet.").unless(refuse_smaller),
        Field::new("description", "Free text, at its creation.").compare(Compare::Once),
        Field::new("snapshot_id", "The snapshot that it is made from.").compare(Compare::Once),
        Field::new("filesystem_type", "`ext4` or `xfs`, at its creation.").compare(Compare::Once),
        Field::new("filesystem_label", "Label of the file system, at its creation.").compare(Compare::Once),
        Field::new("tags", "Tags, at its creation.").compare(Compare::Once),
    ],
    identity: Identity::Natural(&["name", "region"]),
    list: List::Account(|| pages("/v2/volumes", "volumes", "block_storage:read")),
    read: Some(Read { call: |a| call("GET", a.at("/v2/volumes"), "block_storage:read"), item: "volume" }),
    create: Create {
        call: |a| {
            let body = a.pick(&[
                "name",
                "region",
                "size_gigabytes",
                "description",
                "snapshot_id",
                "filesystem_type",
                "filesystem_label",
                "tags",
            ]);
            call("POST", "/v2/volumes", "block_storage:create").body(body).class(409, Class::Invalid)
        },
        reply: Some("volume"),
        id: Some("id"),
    },
    updates: &[Update { fields: &["size_gigabytes"], call: resize }],
    delete: Delete::Call(|a| call("DELETE", a.at("/v2/volumes"), "block_storage:delete")),
    stateful: true,
    loss: "all that is on it",
    typical: 10,
    outputs: &[("id", "id"), ("name", "name")],
    price,
    sample: || {
        BTreeMap::from([
            ("name".into(), Value::from("sample")),
            ("region".into(), "nyc3".into()),
            ("size_gigabytes".into(), 10i64.into()),
        ])
    },
    urn: Some(|a| urn("do:volume", a)),
    names: Some(Names::label(1, 64, Unique::Region)),
    ..ResourceType::BASE
};

fn resize(a: &Args<'_>) -> Call {
    let path = Value::concat([a.at("/v2/volumes"), "/actions".into()]);
    let body = Value::map([("type", "resize".into()), ("size_gigabytes", a.get("size_gigabytes")), ("region", a.get("region"))]);
    call("POST", path, "block_storage_action:create").body(body)
}

fn refuse_smaller(before: &Value, after: &Value) -> Option<&'static str> {
    (after.as_i64()? < before.as_i64()?).then_some("a volume grows only")
}

fn price(a: &Attributes) -> Cost {
    let gib = a.get("size_gigabytes").and_then(Value::as_i64).and_then(|n| u32::try_from(n).ok());
    gib.map_or(Cost::UNKNOWN, prices::volume)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grows_only() {
        assert!(refuse_smaller(&20i64.into(), &10i64.into()).is_some());
        assert!(refuse_smaller(&10i64.into(), &20i64.into()).is_none());
        assert_eq!(price(&(VOLUME.sample)()).to_string(), "1.00");
    }
}
