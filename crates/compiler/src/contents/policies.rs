//! Network policies: each opening becomes one that lets out and one that lets in.
//!
//! Both belong to the component that asked for the opening, so that they come and go with it. Plain policies where
//! they can say it; Cilium's for the API server, the nodes and host names, which plain ones cannot name.

use pontoon_catalog::components::{
    Site,
    site::{ARGOCD, FLUX},
    write::object,
};
use pontoon_core::content::{Capability, Component, Opening, Party, Piece};
use pontoon_core::digest::hex;
use pontoon_spec::sections::security::NetworkPolicy;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Adds the policies of every component.
pub fn add(site: &Site<'_>, all: &mut [Component]) {
    if *site.spec.security.network_policy != NetworkPolicy::Deny {
        return;
    }
    for component in all.iter_mut() {
        let mut policies: BTreeMap<String, Value> = BTreeMap::new();
        for opening in &component.openings {
            for policy in [outward(opening), inward(opening)].into_iter().flatten() {
                let key = format!(
                    "{}/{}",
                    policy["metadata"]["namespace"].as_str().unwrap_or(""),
                    policy["metadata"]["name"].as_str().unwrap_or("")
                );
                policies.insert(key, policy);
            }
        }
        for policy in policies.into_values() {
            let namespace = policy["metadata"]["namespace"].as_str().unwrap_or("").to_owned();
            component.needs.insert(Capability::Namespace(namespace));
            component.pieces.push(Piece::Object(policy));
        }
    }
}

/// Namespaces that are open, and need no policy of ours.
fn is_open(namespace: &str) -> bool {
    matches!(namespace, "kube-system" | "default" | FLUX | ARGOCD)
}

fn outward(opening: &Opening) -> Option<Value> {
    let Party::Pods { namespace, labels } = &opening.from else { return None };
    if is_open(namespace) {
        return None;
    }
    policy(namespace, labels, &opening.to, &opening.ports, true)
}

fn inward(opening: &Opening) -> Option<Value> {
    let Party::Pods { namespace, labels } = &opening.to else { return None };
    if is_open(namespace) {
        return None;
    }
    policy(namespace, labels, &opening.from, &opening.ports, false)
}

/// The policy of these pods that lets them talk to `other`, outwards or inwards.
fn policy(namespace: &str, labels: &BTreeMap<String, String>, other: &Party, ports: &BTreeSet<u16>, out: bool) -> Option<Value> {
    let name = name(labels, other, ports, out);
    let plain = match other {
        Party::Pods { namespace, labels } => Some(json!({
            "namespaceSelector": { "matchLabels": { "kubernetes.io/metadata.name": namespace } },
            "podSelector": selector(labels),
        })),
        Party::Anyone => Some(json!({ "namespaceSelector": {} })),
        Party::World => Some(json!({ "ipBlock": { "cidr": "0.0.0.0/0" } })),
        Party::Range(range) => Some(json!({ "ipBlock": { "cidr": range } })),
        Party::ApiServer | Party::Nodes | Party::Hosts(_) => None,
    };
    if let Some(peer) = plain {
        let (kind, side) = if out { ("Egress", "to") } else { ("Ingress", "from") };
        let mut rule = Map::from_iter([(side.to_owned(), json!([peer]))]);
        if !ports.is_empty() {
            rule.insert(
                "ports".into(),
                ports.iter().flat_map(|p| protocols(*p).into_iter().map(move |t| json!({ "protocol": t, "port": p }))).collect(),
            );
        }
        let mut spec = json!({ "podSelector": selector(labels), "policyTypes": [kind] });
        spec[kind.to_lowercase()] = json!([rule]);
        return Some(object("networking.k8s.io/v1", "NetworkPolicy", namespace, &name, json!({ "spec": spec })));
    }
    let (side, mut rule) = match (other, out) {
        (Party::ApiServer, true) => ("egress", json!({ "toEntities": ["kube-apiserver"] })),
        // The managed control plane reaches webhooks through an agent on a node.
        (Party::ApiServer, false) => ("ingress", json!({ "fromEntities": ["kube-apiserver", "remote-node", "host"] })),
        (Party::Nodes, true) => ("egress", json!({ "toEntities": ["host", "remote-node"] })),
        (Party::Nodes, false) => ("ingress", json!({ "fromEntities": ["host", "remote-node", "ingress"] })),
        (Party::Hosts(hosts), true) => {
            let each =
                hosts.iter().map(|h| if h.contains('*') { json!({ "matchPattern": h }) } else { json!({ "matchName": h }) });
            ("egress", json!({ "toFQDNs": each.collect::<Vec<_>>() }))
        }
        _ => return None,
    };
    if !ports.is_empty() {
        let all: Vec<Value> = ports.iter().map(|p| json!({ "port": p.to_string(), "protocol": "TCP" })).collect();
        rule["toPorts"] = json!([{ "ports": all }]);
    }
    let mut rules = vec![rule];
    if matches!(other, Party::Hosts(_)) {
        // Names are matched against the answers that Cilium's own proxy has seen.
        let dns = json!({ "k8s:io.kubernetes.pod.namespace": "kube-system", "k8s-app": "kube-dns" });
        rules.push(json!({
            "toEndpoints": [{ "matchLabels": dns }],
            "toPorts": [{ "ports": [{ "port": "53", "protocol": "ANY" }], "rules": { "dns": [{ "matchPattern": "*" }] } }],
        }));
    }
    let mut spec = json!({ "endpointSelector": selector(labels) });
    spec[side] = Value::Array(rules);
    Some(object("cilium.io/v2", "CiliumNetworkPolicy", namespace, &name, json!({ "spec": spec })))
}

/// Names are asked over both.
fn protocols(port: u16) -> Vec<&'static str> {
    if port == 53 { vec!["UDP", "TCP"] } else { vec!["TCP"] }
}

fn selector(labels: &BTreeMap<String, String>) -> Value {
    if labels.is_empty() { json!({}) } else { json!({ "matchLabels": labels }) }
}

/// A name that says what is opened, and differs where anything differs.
fn name(labels: &BTreeMap<String, String>, other: &Party, ports: &BTreeSet<u16>, out: bool) -> String {
    let side = if out { "to" } else { "from" };
    let whom = match other {
        Party::Pods { namespace, .. } => namespace.clone(),
        Party::Anyone => "anyone".into(),
        Party::ApiServer => "api-server".into(),
        Party::Nodes => "nodes".into(),
        Party::World => "world".into(),
        Party::Hosts(hosts) => {
            let first = hosts.first().map(String::as_str).unwrap_or_default();
            first.trim_start_matches("*.").replace('.', "-").chars().take(30).collect()
        }
        Party::Range(_) => "range".into(),
    };
    // A range is an environment's own, and names are the same in all of them.
    let other = if matches!(other, Party::Range(_)) { "a range".to_owned() } else { format!("{other:?}") };
    let exact = format!("{labels:?} {other} {ports:?} {out}");
    format!("allow-{side}-{whom}-{}", hex(exact.as_bytes(), 6))
}
