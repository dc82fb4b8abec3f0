//! A tag.

use super::{call, pages};
use crate::{
    field::Field,
    names::{Names, Unique},
    resource::{Create, Delete, Identity, List, Read, ResourceType},
};
use pontoon_core::{call::Listing, value::Value};
use std::collections::BTreeMap;

/// On droplets, volumes, snapshots, images, databases and clusters a tag describes; on firewalls,
/// load balancers and alert policies it selects droplets. Making one that is there already changes
/// nothing; removing one takes it off everything. Source: API reference, "Tags".
pub const TAG: ResourceType = ResourceType {
    kind: "digitalocean.tag",
    title: "tag",
    text: "A tag.",
    fields: &[Field::new("name", "Letters, digits, `:`, `-`, `_`; at most 255.").fixed("another name is another tag")],
    identity: Identity::Natural(&["name"]),
    list: List::Account(all),
    read: Some(Read { call: |a| call("GET", a.at("/v2/tags"), "tag:read"), item: "tag" }),
    create: Create { call: |a| call("POST", "/v2/tags", "tag:create").body(a.pick(&["name"])), reply: Some("tag"), id: None },
    delete: Delete::Call(|a| call("DELETE", a.at("/v2/tags"), "tag:delete")),
    loss: "the tag on everything that carries it",
    outputs: &[("name", "name")],
    sample: || BTreeMap::from([("name".into(), Value::from("sample"))]),
    name_is_id: Some(|a| a.get("name")),
    names: Some(Names::label(1, 255, Unique::Account).inside(":-_").or_digit()),
    ..ResourceType::BASE
};

/// Every tag of the account.
pub fn all() -> Listing {
    pages("/v2/tags", "tags", "tag:read")
}
