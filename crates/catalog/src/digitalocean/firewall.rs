//! A firewall in front of droplets.

use super::{call, pages};
use crate::{
    field::{Compare, Field},
    names::{Names, Unique},
    resource::{Create, Delete, Identity, List, Read, ResourceType, Update},
};
use pontoon_core::{
    call::Class,
    plan::{Condition, Impact},
    value::Value,
};
use std::collections::BTreeMap;

const ALL: &[&str] = &["name", "inbound_rules", "outbound_rules", "droplet_ids", "tags"];

/// Allows what it names and drops the rest, both ways; at least one rule. Its tags select droplets, and
/// must exist: it carries no mark, and a second one of the same name is refused (409). PUT resets what
/// is left out. The rules of ICMP have port `0`, and `0` means all ports. Source: API reference, "Firewalls".
pub const FIREWALL: ResourceType = ResourceType {
    kind: "digitalocean.firewall",
    title: "firewall",
    text: "A firewall in front of droplets.",
    fields: &[
        Field::new("name", "Name; unique in the account."),
        Field::new("inbound_rules", "What may come in: `protocol`, `ports`, `sources`.")
            .compare(Compare::By(same_rules))
            .impact(Impact::Interruption, "what is no longer allowed is cut"),
        Field::new("outbound_rules", "What may go out: `protocol`, `ports`, `destinations`.")
            .compare(Compare::By(same_rules))
            .impact(Impact::Interruption, "what is no longer allowed is cut"),
        Field::new("droplet_ids", "Droplets that it protects, by number.").compare(Compare::Set),
        Field::new("tags", "Tags whose droplets it protects; they must exist.").compare(Compare::Set),
    ],
    identity: Identity::Natural(&["name"]),
    list: List::Account(|| pages("/v2/firewalls", "firewalls", "firewall:read")),
    read: Some(Read { call: |a| call("GET", a.at("/v2/firewalls"), "firewall:read"), item: "firewall" }),
    create: Create {
        call: |a| call("POST", "/v2/firewalls", "firewall:create").body(a.pick(ALL)).class(409, Class::Invalid),
        reply: Some("firewall"),
        id: Some("id"),
    },
    updates: &[Update { fields: ALL, call: |a| call("PUT", a.at("/v2/firewalls"), "firewall:update").body(a.pick(ALL)) }],
    delete: Delete::Call(|a| call("DELETE", a.at("/v2/firewalls"), "firewall:delete")),
    ready: Some(|| Condition::Is { path: "status".into(), any_of: vec!["succeeded".into()] }),
    failed: Some(|| Condition::Is { path: "status".into(), any_of: vec!["failed".into()] }),
    loss: "the protection of the droplets behind it",
    typical: 5,
    outputs: &[("id", "id"), ("name", "name")],
    sample: || {
        let open = |key: &str, protocol: &str, ports: &str, range: &str| {
            let addresses = Value::map([("addresses", Value::List(vec![range.into()]))]);
            Value::List(vec![Value::map([("protocol", protocol.into()), ("ports", ports.into()), (key, addresses)])])
        };
        BTreeMap::from([
            ("name".into(), Value::from("sample")),
            ("inbound_rules".into(), open("sources", "tcp", "22", "192.0.2.0/24")),
            ("outbound_rules".into(), open("destinations", "tcp", "443", "0.0.0.0/0")),
        ])
    },
    names: Some(Names::label(1, 255, Unique::Account).inside("-.").or_digit()),
    ..ResourceType::BASE
};

/// What a rule says, and whom it is about. Source: API reference, "Firewalls". What a newer API adds is not compared.
const KNOWN: &[&str] =
    &["protocol", "ports", "sources", "destinations", "addresses", "droplet_ids", "kubernetes_ids", "load_balancer_uids", "tags"];

/// A rule in one form: lists sorted, `all` and nothing for ports as `0`.
fn canonical(v: &Value) -> Value {
    match v {
        Value::List(items) => {
            let mut items: Vec<Value> = items.iter().map(canonical).collect();
            items.sort_by_key(ToString::to_string);
            Value::List(items)
        }
        Value::Map(m) => {
            let mut m: BTreeMap<String, Value> = m
                .iter()
                .map(|(k, v)| (k.clone(), canonical(v)))
                .filter(|(k, v)| KNOWN.contains(&k.as_str()) && !empty(v))
                .collect();
            if m.contains_key("protocol") && m.get("ports").is_none_or(|p| p.as_text() == Some("all")) {
                m.insert("ports".into(), "0".into());
            }
            Value::Map(m)
        }
        other => other.clone(),
    }
}

fn empty(v: &Value) -> bool {
    match v {
        Value::Null => true,
        Value::List(l) => l.is_empty(),
        Value::Text(t) => t.is_empty(),
        _ => false,
    }
}

fn same_rules(desired: &Value, observed: &Value) -> bool {
    canonical(desired) == canonical(observed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn rules_are_compared_by_meaning() {
        let same = |a: serde_json::Value, b: serde_json::Value| same_rules(&a.into(), &b.into());
        let tcp = |ports: &str, from: &[&str]| json!({"protocol": "tcp", "ports": ports, "sources": {"addresses": from}});
        assert!(same(json!([tcp("22", &["a", "b"]), tcp("all", &["c"])]), json!([tcp("0", &["c"]), tcp("22", &["b", "a"])])));
        assert!(same(
            json!([{"protocol": "icmp", "sources": {"addresses": ["a"]}}]),
            json!([{"protocol": "icmp", "ports": "0", "sources": {"addresses": ["a"], "tags": []}}])
        ));
        assert!(!same(json!([tcp("22", &["a"])]), json!([tcp("23", &["a"])])));
        assert!(!same(json!([tcp("22", &["a"])]), json!([tcp("22", &["a", "b"])])));
    }
}
