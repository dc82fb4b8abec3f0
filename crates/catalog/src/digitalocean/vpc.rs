//! A private network of one region.

use super::{call, pages, urn};
use crate::{
    field::Field,
    names::{Names, Unique},
    resource::{Create, Delete, Identity, List, MarkAt, Read, ResourceType, Update},
};
use pontoon_core::{call::Class, plan::Condition, value::Value};
use std::collections::BTreeMap;

/// VPC ranges are private, /16 to /28, may not overlap in the account and cannot change; the first
/// VPC made in a region becomes its default and cannot be deleted, and one with members is refused
/// (403, 409) for minutes after they are gone. Source: API reference, "VPCs".
pub const VPC: ResourceType = ResourceType {
    kind: "digitalocean.vpc",
    title: "VPC",
    text: "A private network of one region.",
    fields: &[
        Field::new("name", "Name; unique in the account."),
        Field::new("region", "Region, such as `nyc3`.").fixed("a VPC stays in its region"),
        Field::new("ip_range", "Range in CIDR notation, /16 to /28.").fixed("the range of a VPC cannot change"),
        Field::new("description", "Free text, at most 255 characters; ends in the mark."),
    ],
    identity: Identity::Marked(MarkAt::Text("description")),
    list: List::Account(|| pages("/v2/vpcs", "vpcs", "vpc:read")),
    read: Some(Read { call: |a| call("GET", a.at("/v2/vpcs"), "vpc:read"), item: "vpc" }),
    create: Create {
        call: |a| call("POST", "/v2/vpcs", "vpc:create").body(a.pick(&["name", "region", "ip_range", "description"])),
        reply: Some("vpc"),
        id: Some("id"),
    },
    updates: &[Update {
        fields: &["name", "description"],
        call: |a| call("PUT", a.at("/v2/vpcs"), "vpc:update").body(a.pick(&["name", "description"])),
    }],
    delete: Delete::Call(|a| {
        call("DELETE", a.at("/v2/vpcs"), "vpc:delete").class(403, Class::Conflict).class(409, Class::Conflict)
    }),
    kept: Some(|| Condition::Is { path: "default".into(), any_of: vec![true.into()] }),
    timeout: 1800,
    outputs: &[("id", "id"), ("name", "name"), ("urn", "urn"), ("ip_range", "ip_range")],
    sample: || {
        BTreeMap::from([
            ("name".into(), Value::from("sample")),
            ("region".into(), "nyc3".into()),
            ("ip_range".into(), "10.250.0.0/20".into()),
        ])
    },
    urn: Some(|a| urn("do:vpc", a)),
    names: Some(Names::label(1, 63, Unique::Account).inside("-.").or_digit()),
    ..ResourceType::BASE
};
