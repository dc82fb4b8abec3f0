//! A CDN endpoint in front of a bucket.

use super::{call, pages};
use crate::{
    field::Field,
    resource::{Create, Delete, Identity, List, Read, ResourceType, Update},
};
use pontoon_core::{plan::Impact, value::Value};
use std::collections::BTreeMap;

const SETTINGS: &[&str] = &["ttl", "certificate_id", "custom_domain"];

/// At most 5 calls in 10 s, reads included. The origin is a bucket's address. A domain of one's own
/// needs a certificate, and its name a CNAME to the endpoint. Source: API reference, "CDN Endpoints".
pub const CDN: ResourceType = ResourceType {
    kind: "digitalocean.cdn",
    title: "CDN endpoint",
    text: "A CDN endpoint in front of a bucket.",
    fields: &[
        Field::new("origin", "Address of the bucket: `NAME.REGION.digitaloceanspaces.com`.")
            .fixed("a CDN endpoint keeps its origin"),
        Field::new("ttl", "Seconds that the edge keeps content: 60, 600, 3600, 86400 or 604800."),
        Field::new("certificate_id", "The certificate of the domain of one's own."),
        Field::new("custom_domain", "A domain of one's own.").impact(Impact::Interruption, "the earlier domain stops answering"),
    ],
    identity: Identity::Natural(&["origin"]),
    list: List::Account(|| pages("/v2/cdn/endpoints", "endpoints", "cdn:read")),
    read: Some(Read { call: |a| call("GET", a.at("/v2/cdn/endpoints"), "cdn:read"), item: "endpoint" }),
    create: Create {
        call: |a| {
            let body = a.pick(&["origin", "ttl", "certificate_id", "custom_domain"]);
            call("POST", "/v2/cdn/endpoints", "cdn:create").body(body)
        },
        reply: Some("endpoint"),
        id: Some("id"),
    },
    updates: &[Update {
        fields: SETTINGS,
        call: |a| call("PUT", a.at("/v2/cdn/endpoints"), "cdn:update").body(a.pick(SETTINGS)),
    }],
    delete: Delete::Call(|a| call("DELETE", a.at("/v2/cdn/endpoints"), "cdn:delete")),
    loss: "its address",
    typical: 10,
    outputs: &[("id", "id"), ("endpoint", "endpoint"), ("origin", "origin")],
    sample: || {
        let bucket = crate::resource::of_sample("spaces.bucket", "id");
        let origin = Value::concat([bucket, ".nyc3.digitaloceanspaces.com".into()]);
        BTreeMap::from([("origin".into(), origin), ("ttl".into(), 3600i64.into())])
    },
    ..ResourceType::BASE
};
