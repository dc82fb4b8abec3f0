//! A DNS zone.

use super::{call, pages, urn};
use crate::{
    field::Field,
    resource::{Create, Delete, Identity, List, Read, ResourceType},
};
use pontoon_core::{call::Class, value::Value};
use std::collections::BTreeMap;

/// The servers that the parent zone has to name. To delegate a zone is a person's job.
pub const NAME_SERVERS: [&str; 3] = ["ns1.digitalocean.com", "ns2.digitalocean.com", "ns3.digitalocean.com"];

/// Comes with its NS and SOA records. Removing it removes every record, those of others (mail,
/// ExternalDNS) included. Source: API reference, "Domains".
pub const DOMAIN: ResourceType = ResourceType {
    kind: "digitalocean.domain",
    title: "DNS zone",
    text: "A DNS zone at DigitalOcean's name servers.",
    fields: &[Field::new("name", "Name, such as `example.com`.").fixed("another name is another zone")],
    identity: Identity::Natural(&["name"]),
    list: List::Account(|| pages("/v2/domains", "domains", "domain:read")),
    read: Some(Read { call: |a| call("GET", a.at("/v2/domains"), "domain:read"), item: "domain" }),
    create: Create {
        // A name that another account holds is refused for good.
        call: |a| call("POST", "/v2/domains", "domain:create").body(a.pick(&["name"])).class(409, Class::Invalid),
        reply: Some("domain"),
        id: None,
    },
    delete: Delete::Call(|a| call("DELETE", a.at("/v2/domains"), "domain:delete")),
    stateful: true,
    loss: "every record of the zone, those of others included",
    outputs: &[("name", "name")],
    sample: || BTreeMap::from([("name".into(), Value::from("example.com"))]),
    name_is_id: Some(|a| a.get("name")),
    urn: Some(|a| urn("do:domain", a)),
    ..ResourceType::BASE
};
