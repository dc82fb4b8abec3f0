//! A container registry.

use super::{call, whole};
use crate::{
    field::Field,
    names::{Names, Unique},
    prices,
    resource::{Create, Delete, Identity, List, Read, ResourceType, Update},
};
use pontoon_core::{call::Class, money::Cost, value::Value};
use std::collections::BTreeMap;

/// By `/v2/registries`: the older `/v2/registry` answers 412 where there are several. Names are
/// unique in the world. The tier is the account's, not the registry's: only `professional` allows
/// more than one. Source: API reference, "Container Registries".
pub const REGISTRY: ResourceType = ResourceType {
    kind: "digitalocean.registry",
    title: "container registry",
    text: "A container registry.",
    fields: &[
        Field::new("name", "Name; unique in the world, part of every image's address.").fixed("a registry keeps its name"),
        Field::new("subscription_tier_slug", "Tier of the account: `starter`, `basic` or `professional`.")
            .at("subscription.tier.slug"),
        Field::new("region", "Where images are kept.").fixed("a registry stays in its region"),
    ],
    identity: Identity::Natural(&["name"]),
    list: List::Account(|| whole("/v2/registries", "registries", "registry:read")),
    read: Some(Read { call: |a| call("GET", a.at("/v2/registries"), "registry:read"), item: "registry" }),
    create: Create {
        call: |a| {
            call("POST", "/v2/registries", "registry:create")
                .body(a.pick(&["name", "subscription_tier_slug", "region"]))
                // The name is somebody's already.
                .class(409, Class::Invalid)
        },
        reply: Some("registry"),
        id: None,
    },
    updates: &[Update {
        fields: &["subscription_tier_slug"],
        call: |a| {
            let body = Value::map([("tier_slug", a.get("subscription_tier_slug"))]);
            call("POST", "/v2/registries/subscription", "registry:update").body(body)
        },
    }],
    delete: Delete::Call(|a| call("DELETE", a.at("/v2/registries"), "registry:delete")),
    stateful: true,
    loss: "every image in it",
    typical: 5,
    outputs: &[("name", "name"), ("region", "region")],
    price: |a| a.get("subscription_tier_slug").and_then(Value::as_text).map_or(Cost::UNKNOWN, prices::registry),
    sample: || {
        BTreeMap::from([
            ("name".into(), Value::from("sample")),
            ("subscription_tier_slug".into(), "basic".into()),
            ("region".into(), "nyc3".into()),
        ])
    },
    name_is_id: Some(|a| a.get("name")),
    names: Some(Names::label(1, 63, Unique::World).or_digit()),
    ..ResourceType::BASE
};
