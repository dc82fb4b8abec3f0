//! A virtual machine.

use super::{call, pages, urn};
use crate::{
    field::{Compare, Field},
    names::{Names, Unique},
    prices,
    resource::{Args, Create, Delete, Identity, List, MarkAt, Read, ResourceType, Update},
};
use pontoon_core::{
    call::Call,
    money::Cost,
    plan::{Condition, Impact},
    value::Value,
};
use std::collections::BTreeMap;

const MADE_OF: &[&str] =
    &["name", "region", "size", "image", "ssh_keys", "backups", "ipv6", "monitoring", "tags", "user_data", "volumes", "vpc_uuid"];

/// Changes are actions, which the vendor carries out later. Another size would need the machine
/// switched off, so it is another machine here. What it was made of (image, user data) is not shown or
/// fades with time, so the record tells whether it changed; `user_data` is readable from within the
/// machine and must hold no secret. Numbers are ids: what wants a number takes the output `number`.
/// Source: API reference, "Droplets", "Droplet Actions".
pub const DROPLET: ResourceType = ResourceType {
    kind: "digitalocean.droplet",
    title: "droplet",
    text: "A virtual machine.",
    fields: &[
        Field::new("name", "Name, which is also its host name."),
        Field::new("region", "Region, such as `nyc3`.").at("region.slug").fixed("a droplet stays in its region"),
        Field::new("size", "Size, such as `s-1vcpu-1gb`.").at("size_slug").fixed("another size needs another machine"),
        Field::new("image", "The image that it is made from, such as `ubuntu-24-04-x64`.")
            .compare(Compare::Unseen)
            .fixed("another image needs another machine"),
        Field::new("ssh_keys", "Fingerprints or ids of keys for root, at its creation.").compare(Compare::Once),
        Field::new("backups", "Whether the vendor backs it up; a fifth of its price more.")
            .at("features")
            .compare(Compare::By(has_backups)),
        Field::new("ipv6", "Whether it has an IPv6 address.")
            .at("features")
            .compare(Compare::By(has_ipv6))
            .unless(refuse_ipv6_off)
            .impact(Impact::Interruption, "the network is configured again"),
        Field::new("monitoring", "Whether the vendor's agent is installed at its creation.").compare(Compare::Once),
        Field::new("tags", "Tags, the mark among them, at its creation.").compare(Compare::Once),
        Field::new("user_data", "What it does at its first start; readable from within, so no secrets.")
            .compare(Compare::Unseen)
            .fixed("a machine follows its user data once"),
        Field::new("volumes", "Volumes attached at its creation.").at("volume_ids").compare(Compare::Once),
        Field::new("vpc_uuid", "The VPC.").fixed("a droplet stays in its VPC"),
    ],
    identity: Identity::Marked(MarkAt::Tag("tags")),
    list: List::Account(|| pages("/v2/droplets", "droplets", "droplet:read")),
    read: Some(Read { call: |a| call("GET", a.at("/v2/droplets"), "droplet:read"), item: "droplet" }),
    create: Create {
        call: |a| call("POST", "/v2/droplets", "droplet:create").body(a.pick(MADE_OF)),
        reply: Some("droplet"),
        id: Some("id"),
    },
    updates: &[
        Update { fields: &["name"], call: |a| action(a, Value::map([("type", "rename".into()), ("name", a.get("name"))])) },
        Update {
            fields: &["backups"],
            call: |a| {
                let on = a.get("backups").as_bool() == Some(true);
                action(a, Value::map([("type", if on { "enable_backups" } else { "disable_backups" }.into())]))
            },
        },
        Update { fields: &["ipv6"], call: |a| action(a, Value::map([("type", "enable_ipv6".into())])) },
    ],
    delete: Delete::Call(|a| call("DELETE", a.at("/v2/droplets"), "droplet:delete")),
    // Locked while an action is being carried out.
    ready: Some(|| {
        Condition::All(vec![
            Condition::Is { path: "status".into(), any_of: vec!["active".into()] },
            Condition::Is { path: "locked".into(), any_of: vec![false.into()] },
        ])
    }),
    stateful: true,
    loss: "all that is on its disk",
    typical: 60,
    timeout: 900,
    outputs: &[("number", "id"), ("name", "name")],
    price: |a| {
        let size = a.get("size").and_then(Value::as_text).map_or(Cost::UNKNOWN, prices::droplet);
        if a.get("backups").and_then(Value::as_bool) == Some(true) { prices::with_backups(size) } else { size }
    },
    sample: || {
        BTreeMap::from([
            ("name".into(), Value::from("sample")),
            ("region".into(), "nyc3".into()),
            ("size".into(), "s-1vcpu-1gb".into()),
            ("image".into(), "ubuntu-24-04-x64".into()),
        ])
    },
    urn: Some(|a| urn("do:droplet", a)),
    names: Some(Names::label(1, 255, Unique::Nowhere).inside("-.").or_digit()),
    ..ResourceType::BASE
};

fn action(a: &Args<'_>, body: Value) -> Call {
    call("POST", Value::concat([a.at("/v2/droplets"), "/actions".into()]), "droplet:update").body(body)
}

fn has(features: &Value, feature: &str) -> bool {
    features.as_list().unwrap_or_default().iter().any(|f| f.as_text() == Some(feature))
}

fn has_backups(desired: &Value, observed: &Value) -> bool {
    desired.as_bool() == Some(has(observed, "backups"))
}

fn has_ipv6(desired: &Value, observed: &Value) -> bool {
    desired.as_bool() == Some(has(observed, "ipv6"))
}

fn refuse_ipv6_off(before: &Value, after: &Value) -> Option<&'static str> {
    (has(before, "ipv6") && after.as_bool() == Some(false)).then_some("IPv6 can be turned on, never off")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_say_what_is_on() {
        let features = Value::List(vec!["ipv6".into(), "monitoring".into()]);
        assert!(has_ipv6(&true.into(), &features) && has_backups(&false.into(), &features));
        assert!(!has_backups(&true.into(), &features));
        assert!(refuse_ipv6_off(&features, &false.into()).is_some());
        assert!(refuse_ipv6_off(&Value::List(vec![]), &true.into()).is_none());
    }

    #[test]
    fn backups_cost_a_fifth() {
        let mut a = (DROPLET.sample)();
        assert_eq!((DROPLET.price)(&a).to_string(), "6.00");
        a.insert("backups".into(), true.into());
        assert_eq!((DROPLET.price)(&a).to_string(), "7.20");
    }
}
