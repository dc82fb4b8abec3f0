//! A bucket.

use super::call;
use crate::{
    field::{Compare, Field},
    names::{Names, Unique},
    resource::{Args, Create, Delete, Identity, List, ResourceType},
};
use pontoon_core::{
    call::{Call, Class, Listing},
    plan::Condition,
    value::Value,
};
use std::collections::BTreeMap;

/// Names are unique in the world, and a bucket that holds anything, old versions included, is not
/// removed (409, `BucketNotEmpty`). Lists show a region's buckets by name only. Spaces costs a
/// subscription an account, which stands at the first bucket, and usage beyond what that includes.
/// Source: Spaces API reference, "Buckets".
pub const BUCKET: ResourceType = ResourceType {
    kind: "spaces.bucket",
    title: "bucket",
    text: "A bucket for objects.",
    fields: &[
        Field::new("name", "Name; unique in the world, 3 to 63 characters.").at("Name").fixed("a bucket keeps its name"),
        Field::new("region", "Region, such as `nyc3`.").compare(Compare::Unseen).fixed("a bucket stays in its region"),
    ],
    identity: Identity::Natural(&["name"]),
    list: List::Region(|region| Listing {
        call: Call::new(super::PROVIDER, "GET", "/", "").region(region),
        items: "Buckets.Bucket".into(),
        paged: false,
        absent_is_empty: true,
    }),
    create: Create { call: |a| call(a, "PUT", path(a.get("name"))).class(409, Class::Invalid), reply: None, id: None },
    delete: Delete::Drain {
        title: "empty",
        drain: |a| call(a, Call::EMPTY, path(a.id.clone())),
        drained: || Condition::Exists,
        delete: |a| call(a, "DELETE", path(a.id.clone())).class(409, Class::Invalid),
    },
    stateful: true,
    loss: "every object in it",
    sample: || BTreeMap::from([("name".into(), Value::from("sample")), ("region".into(), "nyc3".into())]),
    name_is_id: Some(|a: &Args<'_>| a.get("name")),
    urn: Some(|a| crate::digitalocean::urn("do:space", a)),
    names: Some(Names::label(3, 63, Unique::World).or_digit()),
    ..ResourceType::BASE
};

fn path(name: Value) -> Value {
    Value::concat(["/".into(), name])
}
