//! A certificate by Let's Encrypt for load balancers and CDN endpoints.

use super::{call, pages};
use crate::{
    field::{Compare, Field},
    names::{Names, Unique},
    resource::{Create, Delete, Identity, List, Read, ResourceType, of_sample},
};
use pontoon_core::{call::Class, plan::Condition, value::Value};
use std::collections::BTreeMap;

/// Of names in zones of this account. Nothing of it can change: a new one is made first, under a name
/// of its own, because one in use cannot be removed. The vendor renews it by itself and gives the
/// renewed one another id: the name is what stays. Certificates of one's own hold a private key, which
/// no record may hold, and are not made here.
/// Source: API reference, "Certificates"; renewals: the Terraform provider's `digitalocean_certificate`.
pub const CERTIFICATE: ResourceType = ResourceType {
    kind: "digitalocean.certificate",
    title: "certificate",
    text: "A certificate by Let's Encrypt for load balancers and CDN endpoints.",
    fields: &[
        Field::new("name", "Name; unique in the account. A replacement's ends in its incarnation.").compare(Compare::Once),
        Field::new("type", "`lets_encrypt`.").fixed("a certificate keeps its type"),
        Field::new("dns_names", "The names that it is for, in zones of this account.")
            .compare(Compare::Set)
            .fixed("a certificate keeps its names"),
    ],
    identity: Identity::Natural(&["name"]),
    list: List::Account(|| pages("/v2/certificates", "certificates", "certificate:read")),
    read: Some(Read { call: |a| call("GET", a.at("/v2/certificates"), "certificate:read"), item: "certificate" }),
    create: Create {
        call: |a| {
            call("POST", "/v2/certificates", "certificate:create")
                .body(a.pick(&["name", "type", "dns_names"]))
                .class(409, Class::Invalid)
        },
        reply: Some("certificate"),
        id: Some("id"),
    },
    // In use by a load balancer or CDN endpoint that is being changed or removed.
    delete: Delete::Call(|a| call("DELETE", a.at("/v2/certificates"), "certificate:delete").class(403, Class::Conflict)),
    ready: Some(|| Condition::Is { path: "state".into(), any_of: vec!["verified".into()] }),
    failed: Some(|| Condition::Is { path: "state".into(), any_of: vec!["error".into()] }),
    create_first: true,
    renewed: true,
    typical: 120,
    timeout: 900,
    outputs: &[("id", "id"), ("name", "name")],
    sample: || {
        let zone = of_sample("digitalocean.domain", "name");
        BTreeMap::from([
            ("name".into(), Value::from("sample")),
            ("type".into(), "lets_encrypt".into()),
            ("dns_names".into(), Value::List(vec![Value::concat(["www.".into(), zone])])),
        ])
    },
    names: Some(Names::label(1, 255, Unique::Account).inside("-.").or_digit()),
    ..ResourceType::BASE
};
