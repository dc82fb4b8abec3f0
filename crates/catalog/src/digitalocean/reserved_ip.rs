//! A reserved IPv4 address.

use super::{call, pages};
use crate::{
    field::Field,
    prices,
    resource::{Create, Delete, Identity, List, Read, ResourceType, Update, of_sample},
};
use pontoon_core::{money::Cost, plan::Impact, value::Value};
use std::collections::BTreeMap;

/// The vendor chooses the address and keeps nothing by which it could be known again: after an unclear
/// creation only a person can tell. Made for a droplet it is in the droplet's region; otherwise it is
/// made in a region, and costs something while no droplet has it. Source: API reference, "Reserved IPs".
pub const RESERVED_IP: ResourceType = ResourceType {
    kind: "digitalocean.reserved_ip",
    title: "reserved address",
    text: "A public IPv4 address that stays when the droplet behind it changes.",
    fields: &[
        Field::new("region", "Region, such as `nyc3`.").at("region.slug").fixed("a reserved address stays in its region"),
        Field::new("droplet_id", "The droplet that has it, by number.")
            .at("droplet.id")
            .impact(Impact::Interruption, "the address answers from another droplet"),
    ],
    identity: Identity::Opaque(&[
        "list the reserved addresses of the account: doctl compute reserved-ip list",
        "one of this region that no droplet has, and that no record knows, is the one that was made",
        "take it over by its address, or remove it (doctl compute reserved-ip delete ADDRESS) and say that it is absent",
    ]),
    list: List::Account(|| pages("/v2/reserved_ips", "reserved_ips", "reserved_ip:read")),
    read: Some(Read { call: |a| call("GET", a.at("/v2/reserved_ips"), "reserved_ip:read"), item: "reserved_ip" }),
    create: Create {
        call: |a| {
            let place = if a.get("droplet_id") == Value::Null { "region" } else { "droplet_id" };
            call("POST", "/v2/reserved_ips", "reserved_ip:create").body(a.pick(&[place]))
        },
        reply: Some("reserved_ip"),
        id: Some("ip"),
    },
    updates: &[Update {
        fields: &["droplet_id"],
        call: |a| {
            let path = Value::concat([a.at("/v2/reserved_ips"), "/actions".into()]);
            let body = Value::map([("type", "assign".into()), ("droplet_id", a.get("droplet_id"))]);
            call("POST", path, "reserved_ip:update").body(body)
        },
    }],
    delete: Delete::Call(|a| call("DELETE", a.at("/v2/reserved_ips"), "reserved_ip:delete")),
    loss: "the address itself, which nobody gets back",
    typical: 10,
    outputs: &[("id", "ip"), ("ip", "ip")],
    price: |a| if a.contains_key("droplet_id") { Cost::FREE } else { prices::idle_reserved_ip() },
    sample: || {
        BTreeMap::from([
            ("region".into(), Value::from("nyc3")),
            ("droplet_id".into(), of_sample("digitalocean.droplet", "number")),
        ])
    },
    urn: Some(|a| super::urn("do:floatingip", a)),
    ..ResourceType::BASE
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::Args;

    #[test]
    fn is_made_in_a_region_or_for_a_droplet() {
        let mut a = BTreeMap::from([("region".to_owned(), Value::from("nyc3"))]);
        let body = |a: &crate::resource::Attributes| (RESERVED_IP.create.call)(&Args::new(Value::Null, Value::Null, a)).body;
        assert_eq!(body(&a), Some(Value::map([("region", "nyc3".into())])));
        assert_eq!((RESERVED_IP.price)(&a).to_string(), "5.00");
        a.insert("droplet_id".into(), 7i64.into());
        assert_eq!(body(&a), Some(Value::map([("droplet_id", 7i64.into())])));
        assert!((RESERVED_IP.price)(&a).is_free());
    }
}
