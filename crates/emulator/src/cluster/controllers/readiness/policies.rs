//! NetworkPolicies. Source: Kubernetes documentation, network policies; Cilium's for what `ipBlock` does not select.

use super::super::fields::{items, namespace, text};
use super::super::select;
use super::cilium::{self, Section};
use super::peers::{Denied, Port, Side, Verdict, named_port, namespace_labels, on_host};
use crate::cluster::Objects;
use ipnet::Ipv4Net;
use serde_json::Value;
use std::net::Ipv4Addr;

const PLAIN: &str = "networkpolicies.networking.k8s.io";
const CILIUM: [&str; 2] = ["ciliumnetworkpolicies.cilium.io", "ciliumclusterwidenetworkpolicies.cilium.io"];

/// Every policy of a cluster. Those of Kubernetes mean pods of their own namespace alone, and are asked for there.
pub(super) struct Policies<'o> {
    pub(super) cilium: Vec<Section<'o>>,
}

impl<'o> Policies<'o> {
    /// Of everything that is there now.
    pub(super) fn of(objects: &'o Objects) -> Self {
        Self { cilium: CILIUM.into_iter().flat_map(|resource| objects.list(resource)).flat_map(cilium::sections).collect() }
    }

    /// Counts as having read them, for somebody on whose behalf this is asked later.
    pub(super) fn read(objects: &Objects) {
        for resource in CILIUM {
            let _ = objects.list(resource);
        }
    }

    fn selecting<'s>(objects: &'s Objects, pod: &'s Value, direction: &'s str) -> impl Iterator<Item = &'s Value> {
        let all = objects.list_in(PLAIN, namespace(pod)).into_iter();
        all.filter(move |p| applies(p, direction) && select::fits(&p["spec"]["podSelector"], &pod["metadata"]["labels"]))
    }

    /// Whether a pod may connect to `side`.
    pub(super) fn egress(&self, objects: &Objects, pod: &Value, side: Side, port: Port) -> Result<(), Denied> {
        if on_host(pod) {
            return Ok(());
        }
        let mut verdict = Verdict::default();
        for policy in Self::selecting(objects, pod, "Egress") {
            let rules = items(&policy["spec"]["egress"]);
            verdict.shut(policy, rules.is_empty());
            if rules.iter().any(|r| rule(objects, policy, &r["to"], &r["ports"], side, port)) {
                verdict.open();
            }
        }
        cilium::egress(objects, self, pod, side, port, &mut verdict);
        verdict.end()
    }

    /// Whether a pod lets another one in.
    pub(super) fn ingress(&self, objects: &Objects, pod: &Value, from: &Value, port: Port) -> Result<(), Denied> {
        if on_host(pod) {
            return Ok(());
        }
        let mut verdict = Verdict::default();
        let side = Side::Pod(from, None);
        for policy in Self::selecting(objects, pod, "Ingress") {
            let rules = items(&policy["spec"]["ingress"]);
            verdict.shut(policy, rules.is_empty());
            let open = rules.iter().any(|r| peers(objects, policy, &r["from"], side) && ports(&r["ports"], Some(pod), port));
            // What comes from a node itself is let in. Source: Cilium documentation, host access.
            if open || on_host(from) {
                verdict.open();
            }
        }
        cilium::ingress(objects, self, pod, from, port, &mut verdict);
        verdict.end()
    }
}

/// `policyTypes`; without them always ingress, and egress when there are such rules.
fn applies(policy: &Value, direction: &str) -> bool {
    match policy["spec"]["policyTypes"].as_array() {
        Some(types) if !types.is_empty() => types.iter().any(|t| t == direction),
        _ => direction == "Ingress" || !items(&policy["spec"]["egress"]).is_empty(),
    }
}

fn rule(objects: &Objects, policy: &Value, to: &Value, wanted: &Value, side: Side, port: Port) -> bool {
    let target = match side {
        Side::Pod(pod, _) => Some(pod),
        _ => None,
    };
    peers(objects, policy, to, side) && ports(wanted, target, port)
}

fn peers(objects: &Objects, policy: &Value, wanted: &Value, side: Side) -> bool {
    let wanted = items(wanted);
    wanted.is_empty() || wanted.iter().any(|p| peer(objects, policy, p, side))
}

fn peer(objects: &Objects, policy: &Value, peer: &Value, side: Side) -> bool {
    match side {
        // Blocks of addresses do not select pods where Cilium enforces. Source: Cilium documentation, CIDR rules.
        Side::Pod(pod, _) => {
            if peer["ipBlock"].is_object() || on_host(pod) {
                return false;
            }
            let home = namespace(pod);
            let there = match &peer["namespaceSelector"] {
                Value::Null => home == namespace(policy),
                selector => select::fits(selector, &namespace_labels(objects, home)),
            };
            there && (peer["podSelector"].is_null() || select::fits(&peer["podSelector"], &pod["metadata"]["labels"]))
        }
        Side::Api(address) | Side::World(address, _) => {
            let block = &peer["ipBlock"];
            in_range(text(&block["cidr"]), address) && !items(&block["except"]).iter().any(|e| in_range(text(e), address))
        }
    }
}

/// Whether an address is in a range such as `10.0.0.0/8`.
pub(super) fn in_range(range: &str, address: Ipv4Addr) -> bool {
    range.parse::<Ipv4Net>().is_ok_and(|r| r.contains(&address))
}

fn ports(wanted: &Value, target: Option<&Value>, port: Port) -> bool {
    let wanted = items(wanted);
    let fits = |w: &Value| {
        if w["protocol"].as_str().unwrap_or("TCP") != port.protocol {
            return false;
        }
        let number = u64::from(port.number);
        match &w["port"] {
            Value::Null => true,
            Value::String(name) => name.parse::<u64>().ok().or_else(|| target.and_then(|t| named_port(t, name))) == Some(number),
            from => {
                let from = from.as_u64().unwrap_or(0);
                (from..=w["endPort"].as_u64().unwrap_or(from)).contains(&number)
            }
        }
    };
    wanted.is_empty() || wanted.iter().any(fits)
}
