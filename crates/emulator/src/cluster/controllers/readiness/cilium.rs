//! CiliumNetworkPolicies and their cluster-wide kind. Source: Cilium documentation, layer 3 to 7 policies.

use super::super::fields::{items, namespace, text};
use super::super::select;
use super::peers::{Port, Side, Verdict, named_port, namespace_labels, on_host};
use super::policies::{Policies, in_range};
use crate::cluster::Objects;
use serde_json::{Map, Value};

/// Rules of a policy, and whom they can mean.
pub(super) struct Section<'o> {
    policy: &'o Value,
    spec: &'o Value,
    /// The namespace of all pods that it can mean, where it says of none other.
    home: Option<&'o str>,
}

/// The rules of a policy that select pods: `spec`, and each of `specs`.
pub(super) fn sections(policy: &Value) -> impl Iterator<Item = Section<'_>> {
    let all = std::iter::once(&policy["spec"]).chain(items(&policy["specs"]));
    all.filter(|s| s["endpointSelector"].is_object()).map(|spec| {
        let home = Some(namespace(policy)).filter(|n| !n.is_empty() && !says_where(&spec["endpointSelector"]));
        Section { policy, spec, home }
    })
}

/// Whether a selector names namespaces by itself.
fn says_where(selector: &Value) -> bool {
    let equal = selector["matchLabels"].as_object().into_iter().flat_map(Map::keys).map(String::as_str);
    equal.chain(items(&selector["matchExpressions"]).iter().map(|e| text(&e["key"]))).any(|k| is_place(bare(k)))
}

/// The sections that mean a pod.
fn selecting<'s, 'o>(objects: &Objects, all: &'s Policies<'o>, pod: &Value) -> impl Iterator<Item = &'s Section<'o>> {
    let home = namespace(pod);
    let here = all.cilium.iter().filter(move |s| s.home.is_none_or(|only| only == home));
    here.filter(|s| endpoint(objects, s.policy, &s.spec["endpointSelector"], pod))
}

/// Whether a pod is meant by a selector of a policy. One of a namespace means pods of it alone, unless it says where.
fn endpoint(objects: &Objects, policy: &Value, selector: &Value, pod: &Value) -> bool {
    if on_host(pod) {
        return false;
    }
    let home = namespace(pod);
    let equal = selector["matchLabels"].as_object();
    let expressions = items(&selector["matchExpressions"]);
    let here = home == namespace(policy) || namespace(policy).is_empty();
    if !here && !says_where(selector) {
        return false;
    }
    let says = |(key, value): (&String, &Value)| label(objects, pod, bare(key)).as_ref() == Some(value);
    equal.into_iter().flatten().all(says) && expressions.iter().all(|e| expressed(objects, pod, e))
}

/// Whether one expression of a selector holds, as Kubernetes' selectors have them.
fn expressed(objects: &Objects, pod: &Value, expression: &Value) -> bool {
    let key = bare(text(&expression["key"]));
    let mut labels = Map::new();
    if let Some(value) = label(objects, pod, key) {
        labels.insert(key.to_owned(), value);
    }
    let mut expression = expression.clone();
    expression["key"] = key.into();
    select::fits(&serde_json::json!({ "matchExpressions": [expression] }), &labels.into())
}

/// What Cilium knows a pod by: its own labels, its namespace's, and where it is.
fn label(objects: &Objects, pod: &Value, key: &str) -> Option<Value> {
    if let Some(key) = key.strip_prefix(OF_NAMESPACE) {
        return namespace_labels(objects, namespace(pod)).get(key).cloned();
    }
    match key {
        "io.kubernetes.pod.namespace" => Some(namespace(pod).into()),
        "io.cilium.k8s.policy.serviceaccount" => Some(pod["spec"]["serviceAccountName"].clone()),
        "io.cilium.k8s.policy.cluster" => Some("default".into()),
        key => pod["metadata"]["labels"].get(key).cloned(),
    }
}

const OF_NAMESPACE: &str = "io.cilium.k8s.namespace.labels.";

fn is_place(key: &str) -> bool {
    key == "io.kubernetes.pod.namespace" || key.starts_with(OF_NAMESPACE)
}

/// A key without its source: `k8s:app` and `any:app` are `app`.
fn bare(key: &str) -> &str {
    ["k8s:", "any:", "k8s.", "any."].iter().find_map(|p| key.strip_prefix(p)).unwrap_or(key)
}

/// Whether a section shuts its direction: rules are there, and the policy does not say that it only adds.
fn shuts(spec: &Value, section: &str, direction: &str) -> bool {
    (spec[section].is_array() || spec[format!("{section}Deny")].is_array()) && spec["enableDefaultDeny"][direction] != false
}

/// Adds what these policies say of a connection out of a pod.
pub(super) fn egress(objects: &Objects, all: &Policies, pod: &Value, side: Side, port: Port, verdict: &mut Verdict) {
    for &Section { policy, spec, .. } in selecting(objects, all, pod) {
        let rules = items(&spec["egress"]);
        if shuts(spec, "egress", "egress") {
            verdict.shut(policy, rules.iter().all(|r| r.as_object().is_none_or(Map::is_empty)));
        }
        let fits = |r: &Value| out(objects, all, policy, pod, r, side) && ports(&r["toPorts"], far(side), port);
        if rules.iter().any(fits) {
            verdict.open();
        }
        if items(&spec["egressDeny"]).iter().any(fits) {
            verdict.refuse(policy);
        }
    }
}

/// Adds what these policies say of a connection into a pod.
pub(super) fn ingress(objects: &Objects, all: &Policies, pod: &Value, from: &Value, port: Port, verdict: &mut Verdict) {
    for &Section { policy, spec, .. } in selecting(objects, all, pod) {
        let rules = items(&spec["ingress"]);
        if shuts(spec, "ingress", "ingress") {
            verdict.shut(policy, rules.iter().all(|r| r.as_object().is_none_or(Map::is_empty)));
        }
        let fits = |r: &Value| inward(objects, policy, r, from) && ports(&r["toPorts"], Some(pod), port);
        if rules.iter().any(fits) || on_host(from) {
            verdict.open();
        }
        if items(&spec["ingressDeny"]).iter().any(fits) {
            verdict.refuse(policy);
        }
    }
}

fn far<'a>(side: Side<'a>) -> Option<&'a Value> {
    match side {
        Side::Pod(pod, _) => Some(pod),
        _ => None,
    }
}

/// Whether a rule means the far end. A rule without any end means every one if it has ports, and none if it is empty.
fn out(objects: &Objects, all: &Policies, policy: &Value, pod: &Value, rule: &Value, side: Side) -> bool {
    const ENDS: [&str; 7] = ["toEndpoints", "toEntities", "toFQDNs", "toCIDR", "toCIDRSet", "toServices", "toGroups"];
    if !ENDS.iter().any(|e| rule.get(*e).is_some_and(Value::is_array)) {
        return rule["toPorts"].is_array();
    }
    let entity = |names: &[&str]| items(&rule["toEntities"]).iter().any(|e| names.iter().any(|n| e == n));
    match side {
        Side::Pod(target, service) => {
            let meant = items(&rule["toServices"]).iter().map(|s| &s["k8sService"]).any(|s| {
                service
                    .is_some_and(|(home, name)| s["serviceName"] == name && (s["namespace"] == home || s["namespace"].is_null()))
            });
            meant
                || entity(&["all", "cluster"])
                || (on_host(target) && entity(&["host", "remote-node"]))
                || items(&rule["toEndpoints"]).iter().any(|s| endpoint(objects, policy, s, target))
        }
        Side::Api(address) => entity(&["all", "kube-apiserver", "cluster"]) || by_range(rule, "toCIDR", address),
        Side::World(address, name) => {
            entity(&["all", "world", "world-ipv4"])
                || by_range(rule, "toCIDR", address)
                || (items(&rule["toFQDNs"]).iter().any(|f| named(f, name)) && seen(objects, all, pod, name))
        }
    }
}

fn inward(objects: &Objects, policy: &Value, rule: &Value, from: &Value) -> bool {
    const ENDS: [&str; 5] = ["fromEndpoints", "fromEntities", "fromCIDR", "fromCIDRSet", "fromGroups"];
    if !ENDS.iter().any(|e| rule.get(*e).is_some_and(Value::is_array)) {
        return rule["toPorts"].is_array();
    }
    items(&rule["fromEntities"]).iter().any(|e| e == "all" || e == "cluster")
        || items(&rule["fromEndpoints"]).iter().any(|s| endpoint(objects, policy, s, from))
}

fn by_range(rule: &Value, field: &str, address: std::net::Ipv4Addr) -> bool {
    let plain = items(&rule[field]).iter().any(|c| in_range(text(c), address));
    plain
        || items(&rule[format!("{field}Set")])
            .iter()
            .any(|c| in_range(text(&c["cidr"]), address) && !items(&c["except"]).iter().any(|e| in_range(text(e), address)))
}

fn ports(wanted: &Value, target: Option<&Value>, port: Port) -> bool {
    let lists = items(wanted);
    let fits = |p: &Value| {
        let protocol = p["protocol"].as_str().unwrap_or("ANY");
        let wanted = text(&p["port"]);
        let from = wanted.parse::<u64>().ok().or_else(|| target.and_then(|t| named_port(t, wanted)));
        let number = u64::from(port.number);
        matches!(protocol, "ANY" | "") | (protocol == port.protocol)
            && from.is_some_and(|from| from == 0 || (from..=p["endPort"].as_u64().unwrap_or(from)).contains(&number))
    };
    lists.is_empty() || lists.iter().any(|l| items(&l["ports"]).is_empty() || items(&l["ports"]).iter().any(fits))
}

/// Whether a name fits `matchName` or `matchPattern`, in which `*` stands for anything but a dot, alone for anything.
fn named(wanted: &Value, name: &str) -> bool {
    let exact = wanted["matchName"].as_str().is_some_and(|n| n.trim_end_matches('.').eq_ignore_ascii_case(name));
    exact || wanted["matchPattern"].as_str().is_some_and(|p| p == "*" || pattern(p.trim_end_matches('.'), name))
}

fn pattern(pattern: &str, name: &str) -> bool {
    if let Some(rest) = pattern.strip_prefix("**.") {
        return name.strip_suffix(rest).is_some_and(|head| head.ends_with('.'));
    }
    match pattern.split_once('*') {
        None => pattern.eq_ignore_ascii_case(name),
        Some((head, tail)) => name.strip_prefix(head).is_some_and(|rest| {
            let end = rest.find('.').unwrap_or(rest.len());
            (0..=end).any(|n| rest.is_char_boundary(n) && self::pattern(tail, &rest[n..]))
        }),
    }
}

/// The DNS rules under which a pod asks for names; `None` for a rule that does not look at names.
fn dns_rules<'o>(objects: &Objects, all: &Policies<'o>, pod: &Value) -> Vec<&'o Value> {
    let mut found = Vec::new();
    for section in selecting(objects, all, pod) {
        let lists = items(&section.spec["egress"]).iter().flat_map(|r| items(&r["toPorts"]));
        found.extend(lists.map(|l| &l["rules"]["dns"]).filter(|d| d.is_array()));
    }
    found
}

/// Whether Cilium has seen a pod ask for that name: what `toFQDNs` knows comes from DNS rules alone.
fn seen(objects: &Objects, all: &Policies, pod: &Value, name: &str) -> bool {
    dns_rules(objects, all, pod).iter().any(|rules| items(rules).iter().any(|r| named(r, name)))
}

/// Whether a pod may ask for a name, once it may talk to the DNS server: rules that look at names let only those through.
pub(super) fn may_ask(objects: &Objects, all: &Policies, pod: &Value, name: &str) -> bool {
    let rules = dns_rules(objects, all, pod);
    rules.is_empty() || rules.iter().any(|list| items(list).is_empty() || items(list).iter().any(|r| named(r, name)))
}
