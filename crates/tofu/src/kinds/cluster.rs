//! The network, the cluster and its pools.

use super::{How, Kind, Part};
use crate::{
    hcl::{Body, Expr},
    scene::{Fields, Scene},
};
use pontoon_core::{address::Address, platform::Resource, value::Value};

/// `digitalocean_vpc`.
pub const VPC: Kind = Kind {
    kind: "digitalocean.vpc",
    outputs: &[("name", "name"), ("urn", "urn"), ("ip_range", "ip_range")],
    how: How::Block {
        resource: "digitalocean_vpc",
        part: Part::Network,
        write: |f| {
            let body = Body::new().set("name", f.must("name")).set("region", f.must("region"));
            Some(body.set("ip_range", f.must("ip_range")).maybe("description", f.get("description")))
        },
    },
};

/// `digitalocean_kubernetes_cluster`, with the pool that it is made with.
///
/// `size` of that pool is part of the cluster there: another one replaces the whole cluster. A `version` that is older than
/// what runs does the same, and a minor counts as its first patch, so a minor is looked up in the vendor's list. The pool is
/// recognized by the tag `terraform:default-node-pool`, which the provider sets itself.
/// Source: the provider's `resource_kubernetes_cluster.go` and `kubernetes.go`.
pub const CLUSTER: Kind = Kind {
    kind: "digitalocean.cluster",
    outputs: &[
        ("name", "name"),
        ("endpoint", "endpoint"),
        ("version", "version"),
        ("cluster_subnet", "cluster_subnet"),
        ("service_subnet", "service_subnet"),
    ],
    how: How::Block { resource: "digitalocean_kubernetes_cluster", part: Part::Cluster, write: cluster },
};

/// `digitalocean_kubernetes_node_pool`, for every pool but the first.
pub const NODE_POOL: Kind = Kind {
    kind: "digitalocean.node_pool",
    outputs: &[("name", "name")],
    how: How::Block {
        resource: "digitalocean_kubernetes_node_pool",
        part: Part::Cluster,
        write: |f| {
            let parent = f.resource.parent.as_ref()?;
            if first_pool(f.scene, parent).is_some_and(|p| p.address == f.resource.address) {
                return None;
            }
            let (body, scaled) = pool(f);
            let body = Body::new().set("cluster_id", f.parent()).and(body);
            Some(if scaled { body.block("lifecycle", &[], ignore("node_count")) } else { body })
        },
    },
};

fn ignore(path: &str) -> Body {
    Body::new().comment("The autoscaler decides.").set("ignore_changes", Expr::List(vec![Expr::path(path)]))
}

/// The pool that the cluster is made with: the one for the platform's own components, or the first by name.
pub fn first_pool<'a>(scene: &Scene<'a>, cluster: &Address) -> Option<&'a Resource> {
    let pools = scene.children(cluster, "digitalocean.node_pool");
    let system = |r: &&&'a Resource| {
        let labels = r.attributes.get("labels").and_then(Value::as_map);
        labels.and_then(|l| l.get("pontoon.dev/role")).and_then(Value::as_text) == Some("system")
    };
    pools.iter().find(system).or_else(|| pools.first()).copied()
}

/// Whether a pool stands inside of its cluster's block.
pub fn is_first_pool(scene: &Scene<'_>, resource: &Resource) -> bool {
    let first = resource.parent.as_ref().and_then(|cluster| first_pool(scene, cluster));
    first.is_some_and(|p| p.address == resource.address)
}

/// The arguments of a pool, and whether it is autoscaled. An autoscaled one begins with its fewest nodes.
fn pool(f: &Fields<'_, '_>) -> (Body, bool) {
    let scaled = f.value("auto_scale").and_then(Value::as_bool) == Some(true);
    let mut body = Body::new()
        .set("name", f.must("name"))
        .set("size", f.must("size"))
        .set("auto_scale", scaled)
        .set("node_count", f.get("count").unwrap_or_else(|| f.must("min_nodes")))
        .maybe("min_nodes", f.get("min_nodes"))
        .maybe("max_nodes", f.get("max_nodes"))
        .maybe("labels", f.get("labels").filter(|l| *l != Expr::Map(vec![])))
        .maybe("tags", f.get("tags"));
    for taint in f.value("taints").and_then(Value::as_list).unwrap_or_default() {
        let part = |key: &str| f.scene.expr(f.resource, taint.at(key).unwrap_or(&Value::Null));
        let one = Body::new().set("key", part("key")).set("value", part("value")).set("effect", part("effect"));
        body = body.block("taint", &[], one);
    }
    (body, scaled)
}

/// The data source that turns a minor into the vendor's newest patch of it.
fn looked_up(f: &Fields<'_, '_>) -> Option<String> {
    let version = f.resource.attributes.get("version")?.as_text()?;
    (!version.contains("-do.")).then(|| version.to_owned())
}

/// What stands before the cluster's block: the version that is looked up, where it is not an exact one.
pub fn versions(scene: &Scene<'_>) -> Option<Body> {
    let clusters = scene.resources().filter(|r| r.address.kind() == "digitalocean.cluster");
    let mut body = Body::new();
    for cluster in clusters {
        let Some(version) = looked_up(&scene.fields(cluster)) else { continue };
        let prefix = (version != "latest").then(|| Expr::from(format!("{version}.")));
        let inside = Body::new().maybe("version_prefix", prefix);
        body = body
            .comment("The newest patch of the minor. A newer one shows as a change in place, which replaces the nodes one after another.")
            .block("data", &["digitalocean_kubernetes_versions", scene.name(&cluster.address)], inside);
    }
    (body != Body::new()).then_some(body)
}

fn cluster(f: &Fields<'_, '_>) -> Option<Body> {
    let scene = f.scene;
    // The provider attaches the account's only registry, without its name.
    let registry = |r: &Fields<'_, '_>| r.value("registry").is_some();
    let registry = scene.inside(&f.resource.address, "digitalocean.registry_attachment", registry).contains(&true);
    let version = match looked_up(f) {
        Some(_) => {
            f.value("version");
            Expr::path(format!("data.digitalocean_kubernetes_versions.{}.latest_version", scene.name(&f.resource.address)))
        }
        None => f.must("version"),
    };
    let mut body = Body::new()
        .set("name", f.must("name"))
        .set("region", f.must("region"))
        .set("version", version)
        .set("vpc_uuid", f.must("vpc_uuid"))
        .maybe("cluster_subnet", f.get("cluster_subnet"))
        .maybe("service_subnet", f.get("service_subnet"))
        .set("ha", f.must("ha"))
        .set("surge_upgrade", f.must("surge_upgrade"))
        .set("auto_upgrade", f.must("auto_upgrade"))
        .set("registry_integration", registry)
        .maybe("tags", f.get("tags"));
    if let Some(policy) = f.value("maintenance_policy") {
        body = body.block("maintenance_policy", &[], parts(f, policy, &["day", "start_time"]));
    }
    if let Some(firewall) = f.value("control_plane_firewall") {
        body = body.block("control_plane_firewall", &[], parts(f, firewall, &["enabled", "allowed_addresses"]));
    }
    if let Some(agent) = f.value("routing_agent") {
        body = body.block("routing_agent", &[], parts(f, agent, &["enabled"]));
    }
    let mut rules = Body::new().set("prevent_destroy", true);
    if let Some(first) = first_pool(scene, &f.resource.address) {
        let fields = scene.fields(first);
        let (pool, scaled) = pool(&fields);
        fields.finish();
        body = body
            .comment(
                "The provider makes this pool with the cluster and finds it by the tag terraform:default-node-pool.\n\
                 Another `size` here means another cluster, which `prevent_destroy` below refuses: README.md says how the\n\
                 size is changed without one.",
            )
            .block("node_pool", &[], pool);
        if scaled {
            rules = rules.and(ignore("node_pool[0].node_count"));
        }
    }
    Some(body.block("lifecycle", &[], rules))
}

/// These entries of a mapping, as arguments.
fn parts(f: &Fields<'_, '_>, map: &Value, keys: &[&str]) -> Body {
    let entries = keys.iter().filter_map(|key| Some((*key, map.at(key)?)));
    entries.fold(Body::new(), |body, (key, value)| body.set(key, f.scene.expr(f.resource, value)))
}
