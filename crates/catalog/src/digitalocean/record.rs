//! A DNS record.

use super::{call, pages};
use crate::{
    field::{Compare, Field},
    resource::{Args, ByHand, Create, Delete, Identity, List, Read, ResourceType, Update},
};
use pontoon_core::{plan::Impact, value::Value};
use std::collections::BTreeMap;

const ALL: &[&str] = &["type", "name", "data", "priority", "port", "ttl", "weight", "flags", "tag"];
const CHANGING: &[&str] = &["name", "data", "priority", "port", "ttl", "weight", "flags", "tag"];

/// Several records may share type and name, and records of one name must share their TTL (RFC 2181,
/// 5.2: the vendor changes the others'). Names are relative to the zone, `@` is the zone itself. Host
/// names in `data` are sent with a final dot, as the vendor wants them, and stand without one both
/// here and in the vendor's answers.
/// Source: API reference, "Domain Records"; the dots: the Terraform provider's record resource.
pub const RECORD: ResourceType = ResourceType {
    kind: "digitalocean.record",
    title: "DNS record",
    text: "A DNS record.",
    fields: &[
        Field::new("type", "`A`, `AAAA`, `CAA`, `CNAME`, `MX`, `NS`, `SRV` or `TXT`.").fixed("a record keeps its type"),
        Field::new("name", "Name in the zone; `@` for the zone itself.")
            .impact(Impact::Interruption, "the earlier name stops resolving"),
        Field::new("data", "Address, host name without final dot, or text.")
            .compare(Compare::By(same_data))
            .impact(Impact::Interruption, "caches keep the earlier answer until its TTL has passed"),
        Field::new("priority", "Of MX and SRV records."),
        Field::new("port", "Of SRV records."),
        Field::new("ttl", "Seconds that caches keep it; 1800 where left out."),
        Field::new("weight", "Of SRV records."),
        Field::new("flags", "Of CAA records: 0 or 128."),
        Field::new("tag", "Of CAA records: `issue`, `issuewild` or `iodef`."),
    ],
    parent: Some("digitalocean.domain"),
    dies_with_parent: true,
    identity: Identity::Natural(&["type", "name", "data"]),
    list: List::Under(|a| pages(a.under("/v2/domains", "records"), "domain_records", "domain:read")),
    read: Some(Read { call: |a| call("GET", a.at_under("/v2/domains", "records"), "domain:read"), item: "domain_record" }),
    create: Create {
        call: |a| call("POST", a.under("/v2/domains", "records"), "domain:create").body(body(a)),
        reply: Some("domain_record"),
        id: Some("id"),
    },
    updates: &[Update {
        fields: CHANGING,
        call: |a| call("PUT", a.at_under("/v2/domains", "records"), "domain:update").body(body(a)),
    }],
    delete: Delete::Call(|a| call("DELETE", a.at_under("/v2/domains", "records"), "domain:delete")),
    loss: "the answer to its name",
    outputs: &[("name", "name"), ("data", "data")],
    sample: || {
        BTreeMap::from([
            ("type".into(), Value::from("A")),
            ("name".into(), "www".into()),
            ("data".into(), "192.0.2.10".into()),
            ("ttl".into(), 1800i64.into()),
        ])
    },
    by_hand: Some(ByHand { of: |_| true, vendors, label: &["type", "name", "data"] }),
    ..ResourceType::BASE
};

fn body(a: &Args<'_>) -> Value {
    let mut body = a.pick(ALL);
    let kind = a.get("type");
    let names_host = matches!(kind.as_text(), Some("CNAME" | "MX" | "NS" | "SRV"))
        || kind.as_text() == Some("CAA") && a.get("tag").as_text() != Some("iodef");
    if let Value::Map(body) = &mut body
        && names_host
        && let Some(data) = body.get_mut("data")
        && !matches!(data, Value::Text(t) if t == "@" || t.ends_with('.'))
    {
        *data = Value::concat([data.clone(), ".".into()]);
    }
    body
}

/// Every zone comes with an SOA record and the vendor's name servers at its top.
fn vendors(record: &Value) -> bool {
    let text = |field: &str| record.at(field).and_then(Value::as_text);
    text("type") == Some("SOA") || text("type") == Some("NS") && text("name") == Some("@")
}

/// Host names with and without their final dot are the same.
fn same_data(desired: &Value, observed: &Value) -> bool {
    match (desired.as_text(), observed.as_text()) {
        (Some(want), Some(have)) => want.strip_suffix('.').unwrap_or(want) == have.strip_suffix('.').unwrap_or(have),
        _ => desired == observed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::of_sample;

    fn sent(pairs: &[(&str, Value)]) -> Value {
        let attributes = pairs.iter().map(|(k, v)| ((*k).to_owned(), v.clone())).collect();
        body(&Args::new(Value::Null, "example.com".into(), &attributes)).at("data").cloned().unwrap_or_default()
    }

    #[test]
    fn host_names_are_sent_with_a_dot() {
        assert_eq!(sent(&[("type", "A".into()), ("data", "192.0.2.1".into())]), "192.0.2.1".into());
        assert_eq!(sent(&[("type", "CNAME".into()), ("data", "b.example.com".into())]), "b.example.com.".into());
        assert_eq!(sent(&[("type", "CNAME".into()), ("data", "@".into())]), "@".into());
        assert_eq!(sent(&[("type", "TXT".into()), ("data", "v=spf1 -all".into())]), "v=spf1 -all".into());
        let caa = |tag: &str| sent(&[("type", "CAA".into()), ("tag", tag.into()), ("data", "letsencrypt.org".into())]);
        assert_eq!(caa("issue"), "letsencrypt.org.".into());
        assert_eq!(caa("iodef"), "letsencrypt.org".into());
    }

    #[test]
    fn a_pending_host_name_gets_its_dot_too() {
        let pending = of_sample("digitalocean.cdn", "endpoint");
        let data = sent(&[("type", "CNAME".into()), ("data", pending)]);
        assert_eq!(data.resolve(&|_| Some("x.cdn.digitaloceanspaces.com".into())), "x.cdn.digitaloceanspaces.com.".into());
    }

    #[test]
    fn dots_make_no_difference() {
        assert!(same_data(&"b.example.com".into(), &"b.example.com.".into()));
        assert!(!same_data(&"b.example.com".into(), &"c.example.com".into()));
    }
}
