//! Valkey in the cluster, by hyperspike's operator: always in cluster mode, several shards.
//!
//! Its last change is of December 2025, and the language warns of it. What is called replicas there makes further primaries
//! (its issue 186). It has no place for settings of Valkey, so what the cache is for changes nothing.

use super::{
    Site, access,
    site::PRIVATE_ISSUER,
    write::{object, published, resources, secret, stateful, workload},
};
use access::CACHES;
use pontoon_core::content::{Capability, Component, Party, Place, Strictness};
use pontoon_spec::sections::databases::{Cache, ValkeyOperator};
use serde_json::{Value, json};

/// The namespace of the operator. Source: its release.
pub const NAMESPACE: &str = "valkey-operator-system";
const VERSION: &str = "v0.0.61";
const PORT: u16 = 6379;
/// What the instances tell each other by.
const BUS: u16 = 16379;
/// Thousandths of a core and MiB of each instance.
const INSTANCE: (u32, u32) = (100, 512);

/// The operator, and one component for each cache of this kind.
pub fn build(site: &Site<'_>) -> Vec<Component> {
    let mut all = Vec::new();
    for (name, cache) in site.spec.caches.iter() {
        if let Cache::ValkeyOperator(valkey) = &cache.value {
            if all.is_empty() {
                all.push(operator(site, cache.trace()));
            }
            all.push(one(site, name.as_str(), valkey, cache.trace()));
        }
    }
    all
}

fn operator(site: &Site<'_>, origin: pontoon_core::platform::Origin) -> Component {
    let pods = || Party::namespace(NAMESPACE);
    let mut c = Component::new("valkey-operator", "cache", "hyperspike's Valkey operator", origin)
        .namespace(NAMESPACE, Strictness::Baseline)
        .defines("hyperspike.io", &["Valkey"])
        .opening(pods(), Party::ApiServer, &[])
        .opening(pods(), Party::namespace(CACHES), &[PORT])
        .workload(workload("valkey-operator", Place::System, 1, 10, 128))
        .fact("Hardly maintained: the last change is of December 2025. Source: github.com/hyperspike/valkey-operator.");
    let url = format!("https://github.com/hyperspike/valkey-operator/releases/download/{VERSION}/install.yaml");
    let container = json!({ "name": "manager", "resources": resources(10, 128) });
    c.pieces.push(published(site, &url, NAMESPACE, "valkey-operator-controller-manager", container));
    c
}

fn one(site: &Site<'_>, name: &str, valkey: &ValkeyOperator, origin: pontoon_core::platform::Origin) -> Component {
    let (shards, replicas) = (valkey.shards.get(), valkey.replicas.get());
    let mut spec = json!({
        "nodes": shards,
        "replicas": replicas,
        "anonymousAuth": false,
        "servicePassword": { "name": format!("{name}-password"), "key": "password" },
        "clusterDomain": "cluster.local",
        // Certificates are for names; an address in an answer would fit none.
        "clusterPreferredEndpointType": "hostname",
        "prometheus": false,
        "serviceMonitor": false,
        "volumePermissions": false,
        "tls": *valkey.tls,
        "resources": resources(INSTANCE.0, INSTANCE.1),
        "storage": { "spec": site.claim(&valkey.storage) },
    });
    for (key, value) in site.placement(Place::Data) {
        spec[key] = value;
    }
    if *valkey.tls {
        spec["certIssuer"] = PRIVATE_ISSUER.into();
        spec["certIssuerType"] = "ClusterIssuer".into();
    }
    let pods = || Party::pods(CACHES, "app.kubernetes.io/instance", name);
    let size = valkey.storage.size.in_gibibytes();
    let all = shards * (replicas + 1);
    let mut c = Component::new(&format!("cache-{name}"), "cache", &format!("Valkey {name}"), origin)
        .namespace(CACHES, Strictness::Baseline)
        .provides(Capability::endpoint(CACHES, name, PORT))
        // The operator keeps a Secret of the cache's own name for itself.
        .secret(secret(CACHES, &format!("{name}-password"), CACHES, [("password", access::cache_password(name))]))
        .opening(pods(), pods(), &[PORT, BUS])
        .opening(pods(), Party::ApiServer, &[])
        .workload(stateful(&format!("cache-{name}"), Place::Data, all, INSTANCE.0, INSTANCE.1, size));
    c.needs.extend(site.class_need(&valkey.storage));
    if *valkey.tls {
        c = c
            .needs(Capability::definition("Certificate", "cert-manager.io"))
            .needs(Capability::Issuer(PRIVATE_ISSUER.into()))
            .needs(Capability::Webhook("cert-manager".into()));
    }
    c.object(object("hyperspike.io/v1", "Valkey", CACHES, name, Value::Object([("spec".to_owned(), spec)].into_iter().collect())))
}
