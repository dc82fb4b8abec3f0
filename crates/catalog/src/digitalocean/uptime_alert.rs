//! Who is told when an uptime check fails.

use super::{call, pages};
use crate::{
    field::{Compare, Field},
    resource::{ByHand, Create, Delete, Identity, List, Read, ResourceType, Update},
};
use pontoon_core::value::Value;
use std::collections::BTreeMap;

const CHECKS: &str = "/v2/uptime/checks";
const ALL: &[&str] = &["name", "type", "threshold", "comparison", "notifications", "period"];

/// Told by e-mail, to addresses that the account has verified; an address of Slack's is a secret, which
/// no record may hold. Source: API reference, "Uptime".
pub const UPTIME_ALERT: ResourceType = ResourceType {
    kind: "digitalocean.uptime_alert",
    title: "uptime alert",
    text: "Who is told when an uptime check fails.",
    fields: &[
        Field::new("name", "Name; this alert's only in its check."),
        Field::new("type", "`latency`, `down`, `down_global` or `ssl_expiry`."),
        Field::new("threshold", "Milliseconds of latency, or days until the certificate ends."),
        Field::new("comparison", "`greater_than` or `less_than`."),
        Field::new("notifications", "`email`: verified addresses; `slack`: empty.").compare(Compare::Subset),
        Field::new("period", "For how long: `2m`, `3m`, `5m`, `10m`, `15m`, `30m` or `1h`."),
    ],
    parent: Some("digitalocean.uptime_check"),
    dies_with_parent: true,
    identity: Identity::Natural(&["name"]),
    list: List::Under(|a| pages(a.under(CHECKS, "alerts"), "alerts", "uptime:read")),
    read: Some(Read { call: |a| call("GET", a.at_under(CHECKS, "alerts"), "uptime:read"), item: "alert" }),
    create: Create {
        call: |a| call("POST", a.under(CHECKS, "alerts"), "uptime:create uptime:update").body(a.pick(ALL)),
        reply: Some("alert"),
        id: Some("id"),
    },
    updates: &[Update { fields: ALL, call: |a| call("PUT", a.at_under(CHECKS, "alerts"), "uptime:update").body(a.pick(ALL)) }],
    delete: Delete::Call(|a| call("DELETE", a.at_under(CHECKS, "alerts"), "uptime:delete uptime:update")),
    outputs: &[("id", "id"), ("name", "name")],
    sample: || {
        let told = Value::map([("email", Value::List(vec!["ops@example.com".into()])), ("slack", Value::List(vec![]))]);
        BTreeMap::from([
            ("name".into(), Value::from("sample")),
            ("type".into(), "down".into()),
            ("notifications".into(), told),
            ("period".into(), "2m".into()),
        ])
    },
    by_hand: Some(ByHand { of: |_| true, vendors: |_| false, label: &["name"] }),
    ..ResourceType::BASE
};
