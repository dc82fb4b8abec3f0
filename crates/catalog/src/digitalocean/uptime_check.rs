//! A check of an address from the vendor's regions.

use super::{call, pages};
use crate::{
    field::{Compare, Field},
    prices,
    resource::{Create, Delete, Identity, List, Read, ResourceType, Update},
};
use pontoon_core::value::Value;
use std::collections::BTreeMap;

const ALL: &[&str] = &["name", "type", "target", "regions", "enabled"];

/// The vendor accepts a second check of the same name: only derived names, which are one address's
/// own, identify it. Its alerts go with it. Source: API reference, "Uptime".
pub const UPTIME_CHECK: ResourceType = ResourceType {
    kind: "digitalocean.uptime_check",
    title: "uptime check",
    text: "A check of an address from the vendor's regions.",
    fields: &[
        Field::new("name", "Name; derived, so that it is this check's only. Stands in alerts."),
        Field::new("type", "`ping`, `http` or `https`."),
        Field::new("target", "Address, such as `https://www.example.com`."),
        Field::new("regions", "From where: `us_east`, `us_west`, `eu_west`, `se_asia`.").compare(Compare::Set),
        Field::new("enabled", "Whether it runs."),
    ],
    identity: Identity::Natural(&["name"]),
    list: List::Account(|| pages("/v2/uptime/checks", "checks", "uptime:read")),
    read: Some(Read { call: |a| call("GET", a.at("/v2/uptime/checks"), "uptime:read"), item: "check" }),
    create: Create {
        call: |a| call("POST", "/v2/uptime/checks", "uptime:create").body(a.pick(ALL)),
        reply: Some("check"),
        id: Some("id"),
    },
    updates: &[Update { fields: ALL, call: |a| call("PUT", a.at("/v2/uptime/checks"), "uptime:update").body(a.pick(ALL)) }],
    delete: Delete::Call(|a| call("DELETE", a.at("/v2/uptime/checks"), "uptime:delete")),
    outputs: &[("id", "id"), ("name", "name")],
    price: |_| prices::uptime_check(),
    sample: || {
        BTreeMap::from([
            ("name".into(), Value::from("sample")),
            ("type".into(), "https".into()),
            ("target".into(), "https://www.example.com".into()),
            ("regions".into(), Value::List(vec!["us_east".into(), "eu_west".into()])),
            ("enabled".into(), true.into()),
        ])
    },
    ..ResourceType::BASE
};
