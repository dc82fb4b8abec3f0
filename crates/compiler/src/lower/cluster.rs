//! The cluster, its pools, and the registry that it pulls from.

use super::{Lower, network};
use pontoon_catalog::versions;
use pontoon_core::{address::Address, quantity::KubernetesVersion, value::Value};
use pontoon_spec::sections::{
    cluster::{AutoUpgrade, NodeAddresses, Pool},
    registry::Registry,
};

/// The cluster's name inside of its environment.
pub const MAIN: &str = "main";

pub fn lower(l: &mut Lower<'_>) {
    let spec = l.spec;
    let cluster = &spec.cluster;
    let address = l.address("digitalocean.cluster", MAIN);
    let vpc = l.address("digitalocean.vpc", network::MAIN);
    let mut resource = l
        .resource("digitalocean.cluster", MAIN, cluster.trace())
        .with("name", l.name("digitalocean.cluster", MAIN))
        .with("region", l.region())
        .with("version", version(*cluster.version))
        .with("vpc_uuid", Value::of(&vpc, "id"))
        .with("ha", *cluster.high_availability)
        .with("surge_upgrade", *cluster.surge)
        .with("auto_upgrade", *cluster.auto_upgrade == AutoUpgrade::Patch)
        .with("cluster_subnet", spec.network.pods.as_ref().map(|c| c.to_string()))
        .with("service_subnet", spec.network.services.as_ref().map(|c| c.to_string()))
        .with("routing_agent", Value::map([("enabled", Value::from(!spec.links.is_empty()))]));
    if let Some(window) = &cluster.maintenance {
        let policy = [("day", window.day.to_string().into()), ("start_time", window.start.to_string().into())];
        resource = resource.with("maintenance_policy", Value::map(policy));
    }
    let allowed: Vec<String> = cluster.api_access.iter().map(|c| c.to_string()).collect();
    let firewall = Value::map([("enabled", Value::from(!allowed.is_empty())), ("allowed_addresses", Value::from(allowed))]);
    l.platform.add(resource.with("control_plane_firewall", firewall));
    if *cluster.nodes == NodeAddresses::Private {
        l.defer("cluster.nodes", "nodes without public addresses (they need a NAT gateway)");
    }
    for (name, pool) in cluster.pools.iter() {
        add_pool(l, &address, name.as_str(), pool, pool.trace());
    }
    if matches!(spec.registry.as_ref().map(|r| &r.value), Some(Registry::Digitalocean(_))) {
        let registry = Address::new(pontoon_core::address::Scope::shared(), "digitalocean.registry", MAIN);
        let attachment = l
            .resource("digitalocean.registry_attachment", MAIN, spec.registry.as_ref().map(|r| r.trace()).unwrap_or_default())
            .inside(&address)
            .after(&registry)
            .with("registry", l.platform.resources.get(&registry).and_then(|r| r.attributes.get("name").cloned()));
        l.platform.add(attachment);
    }
}

fn add_pool(l: &mut Lower<'_>, cluster: &Address, name: &str, pool: &Pool, origin: pontoon_core::platform::Origin) {
    let mut labels: Vec<(String, Value)> = pool.labels.iter().map(|(k, v)| (k.to_string(), v.to_string().into())).collect();
    if let Some(role) = &pool.role {
        labels.push((ROLE_LABEL.into(), role.to_string().into()));
    }
    let taints: Vec<Value> = pool
        .taints
        .iter()
        .map(|t| {
            let t = &t.value;
            Value::map([
                ("key", t.key.as_str().into()),
                ("value", t.value.as_str().into()),
                ("effect", t.effect.to_string().into()),
            ])
        })
        .collect();
    let mut resource = l
        .resource("digitalocean.node_pool", name, origin)
        .inside(cluster)
        .with("name", name)
        .with("size", pool.size.to_string())
        .with("auto_scale", pool.nodes.autoscaled())
        .with("labels", Value::map(labels))
        .with("taints", Value::List(taints));
    resource = if pool.nodes.autoscaled() {
        resource.with("min_nodes", pool.nodes.least()).with("max_nodes", pool.nodes.most())
    } else {
        resource.with("count", pool.nodes.least())
    };
    l.platform.add(resource);
}

/// The label that says what a pool is for, which placement selects.
const ROLE_LABEL: &str = "pontoon.dev/role";

/// What is sent: a minor, or a slug for an exact version. The vendor's first build of a patch is `do.0`.
fn version(version: KubernetesVersion) -> String {
    match version {
        KubernetesVersion::Stable => versions::stable().into(),
        KubernetesVersion::Latest => versions::latest().into(),
        KubernetesVersion::Minor(..) => version.to_string(),
        KubernetesVersion::Exact(..) => format!("{version}-do.0"),
    }
}
