//! Namespaces: one component that makes all of them, closed to each other, with quotas where apps live.

use pontoon_catalog::components::{
    Site,
    site::{ARGOCD, FLUX},
    write::object,
};
use pontoon_core::content::{Capability, Component, Namespace, Strictness, Workload};
use pontoon_spec::sections::security::NetworkPolicy;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The name of the component.
pub const NAME: &str = "namespaces";
/// Namespaces of the service itself and of the delivery, which are not ours to make.
const OTHERS: &[&str] = &["default", "kube-system", FLUX, ARGOCD];

/// Adds the component that makes every namespace that another one lives in.
pub fn add(site: &Site<'_>, all: &mut Vec<Component>) {
    let mut wanted: BTreeMap<String, Namespace> = BTreeMap::new();
    for namespace in all.iter().flat_map(|c| &c.namespaces).filter(|n| !OTHERS.contains(&n.name.as_str())) {
        let one = wanted.entry(namespace.name.clone()).or_insert_with(|| namespace.clone());
        one.strictness = one.strictness.max(namespace.strictness);
        one.quota |= namespace.quota;
    }
    let mut component = Component::new(NAME, NAME, "namespaces, closed to each other", site.spec.security.trace());
    for namespace in wanted.values() {
        component = component.provides(Capability::Namespace(namespace.name.clone())).object(written(site, namespace));
        if *site.spec.security.network_policy == NetworkPolicy::Deny {
            component = component.object(closed(&namespace.name)).object(names(&namespace.name));
        }
        if namespace.quota && *site.spec.security.quotas {
            let [quota, limits] = room(all, &namespace.name);
            component = component.object(quota).object(limits);
        }
    }
    all.push(component);
}

fn written(site: &Site<'_>, namespace: &Namespace) -> Value {
    let level = namespace.strictness.to_string();
    let mut labels = json!({
        "pontoon.dev/platform": site.spec.platform.to_string(),
        "pod-security.kubernetes.io/enforce": level,
        // What would be refused under the strictest standard is warned of when it is written.
        "pod-security.kubernetes.io/warn": Strictness::Restricted.to_string(),
    });
    if namespace.quota {
        labels["pontoon.dev/app"] = namespace.name.as_str().into();
    }
    let mut object = object("v1", "Namespace", "", &namespace.name, json!({}));
    object["metadata"]["labels"] = labels;
    object
}

/// Nothing in, nothing out.
fn closed(namespace: &str) -> Value {
    let spec = json!({ "podSelector": {}, "policyTypes": ["Ingress", "Egress"] });
    object("networking.k8s.io/v1", "NetworkPolicy", namespace, "default-deny", json!({ "spec": spec }))
}

/// Everybody may ask for names.
fn names(namespace: &str) -> Value {
    let dns = json!({
        "namespaceSelector": { "matchLabels": { "kubernetes.io/metadata.name": "kube-system" } },
        "podSelector": { "matchLabels": { "k8s-app": "kube-dns" } },
    });
    let ports = json!([{ "protocol": "UDP", "port": 53 }, { "protocol": "TCP", "port": 53 }]);
    let spec = json!({ "podSelector": {}, "policyTypes": ["Egress"], "egress": [{ "to": [dns], "ports": ports }] });
    object("networking.k8s.io/v1", "NetworkPolicy", namespace, "allow-dns", json!({ "spec": spec }))
}

/// Twice what the workloads of the namespace ask for at their most, so that a rollout fits and a mistake does not take
/// the cluster; and what a container gets that says nothing.
fn room(all: &[Component], namespace: &str) -> [Value; 2] {
    let here = all.iter().filter(|c| c.namespaces.iter().any(|n| n.name == namespace));
    let workloads: Vec<_> = here.flat_map(|c| &c.footprint).collect();
    let sum = |of: fn(&Workload) -> u32| workloads.iter().map(|w| of(w).saturating_mul(w.most)).sum::<u32>();
    let cpu = (2 * sum(|w| w.cpu)).max(4000);
    let memory = (2 * sum(|w| w.memory)).max(8192);
    let pods = (2 * workloads.iter().map(|w| w.most).sum::<u32>()).max(40);
    let hard = json!({
        "requests.cpu": format!("{cpu}m"),
        "requests.memory": format!("{memory}Mi"),
        "limits.memory": format!("{}Mi", 2 * memory),
        "pods": pods.to_string(),
        "persistentvolumeclaims": "10",
        "services.loadbalancers": "0",
        "services.nodeports": "0",
    });
    let default = json!({
        "type": "Container",
        "defaultRequest": { "cpu": "50m", "memory": "64Mi" },
        "default": { "memory": "256Mi" },
    });
    [
        object("v1", "ResourceQuota", namespace, "room", json!({ "spec": { "hard": hard } })),
        object("v1", "LimitRange", namespace, "defaults", json!({ "spec": { "limits": [default] } })),
    ]
}
