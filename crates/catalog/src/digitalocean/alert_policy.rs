//! Who is told when a droplet, load balancer or database is overloaded.

use super::{call, pages};
use crate::{
    field::{Compare, Field},
    resource::{Create, Delete, Identity, List, MarkAt, Read, ResourceType, Update, of_sample},
};
use pontoon_core::value::Value;
use std::collections::BTreeMap;

const ALL: &[&str] = &["alerts", "compare", "description", "enabled", "entities", "tags", "type", "value", "window"];

/// Its tags select droplets, so the mark stands in the description. All fields are sent each time.
/// Told by e-mail, to addresses that the account has verified; an address of Slack's is a secret, which
/// no record may hold. Source: API reference, "Monitoring".
pub const ALERT_POLICY: ResourceType = ResourceType {
    kind: "digitalocean.alert_policy",
    title: "alert policy",
    text: "Who is told when a droplet, load balancer or database is overloaded.",
    fields: &[
        Field::new("alerts", "`email`: verified addresses; `slack`: empty.").compare(Compare::Subset),
        Field::new("compare", "`GreaterThan` or `LessThan`."),
        Field::new("description", "What people see; ends in the mark."),
        Field::new("enabled", "Whether it is on."),
        Field::new("entities", "Ids of what it watches.").compare(Compare::Set),
        Field::new("tags", "Tags whose droplets it watches.").compare(Compare::Set),
        Field::new("type", "What is measured, such as `v1/insights/droplet/cpu`."),
        Field::new("value", "The limit, in the measure's own unit."),
        Field::new("window", "For how long: `5m`, `10m`, `30m` or `1h`."),
    ],
    identity: Identity::Marked(MarkAt::Text("description")),
    list: List::Account(|| pages("/v2/monitoring/alerts", "policies", "monitoring:read")),
    read: Some(Read { call: |a| call("GET", a.at("/v2/monitoring/alerts"), "monitoring:read"), item: "policy" }),
    create: Create {
        call: |a| call("POST", "/v2/monitoring/alerts", "monitoring:create").body(a.pick(ALL)),
        reply: Some("policy"),
        id: Some("uuid"),
    },
    updates: &[Update {
        fields: ALL,
        call: |a| call("PUT", a.at("/v2/monitoring/alerts"), "monitoring:update").body(a.pick(ALL)),
    }],
    delete: Delete::Call(|a| call("DELETE", a.at("/v2/monitoring/alerts"), "monitoring:delete")),
    outputs: &[("id", "uuid")],
    sample: || {
        let told = Value::map([("email", Value::List(vec!["ops@example.com".into()])), ("slack", Value::List(vec![]))]);
        BTreeMap::from([
            ("alerts".into(), told),
            ("compare".into(), "GreaterThan".into()),
            ("description".into(), "CPU of sample".into()),
            ("enabled".into(), true.into()),
            ("entities".into(), Value::List(vec![of_sample("digitalocean.droplet", "id")])),
            ("tags".into(), Value::List(vec![])),
            ("type".into(), "v1/insights/droplet/cpu".into()),
            ("value".into(), 80i64.into()),
            ("window".into(), "5m".into()),
        ])
    },
    ..ResourceType::BASE
};
