//! DOKS: clusters, their node pools and nodes, versions, credentials, and what a deletion leaves behind.

mod access;
mod associated;
pub(crate) mod autoscale;
mod clusters;
mod document;
mod lint;
pub(crate) mod nodes;
mod pools;
mod registry;
mod settings;
mod upgrade;
mod versions;

use crate::route::EventHandler;
use crate::{Cx, Refusal, Reply, Req, Route};
use ipnet::Ipv4Net;
use serde_json::json;

/// Operations.
pub const ROUTES: &[Route] = &[
    Route { method: "GET", path: "/v2/kubernetes/options", scope: "kubernetes:read", run: options },
    Route { method: "GET", path: "/v2/kubernetes/clusters", scope: "kubernetes:read", run: clusters::list },
    Route { method: "POST", path: "/v2/kubernetes/clusters", scope: "kubernetes:create", run: clusters::create },
    Route { method: "GET", path: "/v2/kubernetes/clusters/{cluster_id}", scope: "kubernetes:read", run: clusters::read },
    Route { method: "PUT", path: "/v2/kubernetes/clusters/{cluster_id}", scope: "kubernetes:update", run: clusters::update },
    Route { method: "DELETE", path: "/v2/kubernetes/clusters/{cluster_id}", scope: "kubernetes:delete", run: clusters::delete },
    Route {
        method: "GET",
        path: "/v2/kubernetes/clusters/{cluster_id}/destroy_with_associated_resources",
        scope: "kubernetes:read",
        run: associated::list,
    },
    Route {
        method: "DELETE",
        path: "/v2/kubernetes/clusters/{cluster_id}/destroy_with_associated_resources/selective",
        scope: "kubernetes:delete",
        run: associated::selective,
    },
    Route {
        method: "DELETE",
        path: "/v2/kubernetes/clusters/{cluster_id}/destroy_with_associated_resources/dangerous",
        scope: "kubernetes:delete",
        run: associated::dangerous,
    },
    Route {
        method: "GET",
        path: "/v2/kubernetes/clusters/{cluster_id}/kubeconfig",
        scope: "kubernetes:access_cluster",
        run: access::kubeconfig,
    },
    Route {
        method: "GET",
        path: "/v2/kubernetes/clusters/{cluster_id}/credentials",
        scope: "kubernetes:access_cluster",
        run: access::credentials,
    },
    Route { method: "GET", path: "/v2/kubernetes/clusters/{cluster_id}/user", scope: "kubernetes:read", run: access::user },
    Route { method: "GET", path: "/v2/kubernetes/clusters/{cluster_id}/upgrades", scope: "kubernetes:read", run: upgrade::list },
    Route {
        method: "POST",
        path: "/v2/kubernetes/clusters/{cluster_id}/upgrade",
        scope: "kubernetes:update",
        run: upgrade::start,
    },
    Route {
        method: "GET",
        path: "/v2/kubernetes/clusters/{cluster_id}/status_messages",
        scope: "kubernetes:read",
        run: clusters::messages,
    },
    Route {
        method: "POST",
        path: "/v2/kubernetes/clusters/{cluster_id}/clusterlint",
        scope: "kubernetes:update",
        run: lint::start,
    },
    Route { method: "GET", path: "/v2/kubernetes/clusters/{cluster_id}/clusterlint", scope: "kubernetes:read", run: lint::read },
    Route { method: "GET", path: "/v2/kubernetes/clusters/{cluster_id}/node_pools", scope: "kubernetes:read", run: pools::list },
    Route {
        method: "POST",
        path: "/v2/kubernetes/clusters/{cluster_id}/node_pools",
        scope: "kubernetes:update",
        run: pools::create,
    },
    Route {
        method: "GET",
        path: "/v2/kubernetes/clusters/{cluster_id}/node_pools/{node_pool_id}",
        scope: "kubernetes:read",
        run: pools::read,
    },
    Route {
        method: "PUT",
        path: "/v2/kubernetes/clusters/{cluster_id}/node_pools/{node_pool_id}",
        scope: "kubernetes:update",
        run: pools::update,
    },
    Route {
        method: "DELETE",
        path: "/v2/kubernetes/clusters/{cluster_id}/node_pools/{node_pool_id}",
        scope: "kubernetes:update",
        run: pools::delete,
    },
    Route {
        method: "POST",
        path: "/v2/kubernetes/clusters/{cluster_id}/node_pools/{node_pool_id}/recycle",
        scope: "kubernetes:delete",
        run: nodes::recycle,
    },
    Route {
        method: "DELETE",
        path: "/v2/kubernetes/clusters/{cluster_id}/node_pools/{node_pool_id}/nodes/{node_id}",
        scope: "kubernetes:update",
        run: nodes::delete,
    },
    Route {
        method: "POST",
        path: "/v2/kubernetes/registry",
        scope: "kubernetes:create kubernetes:update",
        run: registry::attach,
    },
    Route { method: "DELETE", path: "/v2/kubernetes/registry", scope: "kubernetes:update", run: registry::detach },
    Route {
        method: "POST",
        path: "/v2/kubernetes/registries",
        scope: "kubernetes:create kubernetes:update",
        run: registry::attach_named,
    },
    Route { method: "DELETE", path: "/v2/kubernetes/registries", scope: "kubernetes:update", run: registry::detach_named },
];

/// Events.
pub const EVENTS: &[(&str, EventHandler)] = &[
    ("cluster_provisioned", clusters::provisioned),
    ("cluster_gone", clusters::gone),
    ("cluster_upgraded", upgrade::done),
    ("node_running", nodes::running),
    ("node_gone", nodes::gone),
];

/// Clusters, by id, without their pools.
pub(crate) const CLUSTERS: &str = "kubernetes_clusters";
/// Node pools, by id, without their nodes: `{…, _cluster, _deleting}`.
pub(crate) const POOLS: &str = "node_pools";
/// Nodes, by id: `{…, _cluster, _pool, _then}`.
pub(crate) const NODES: &str = "nodes";

/// Ranges of pods and services of VPC-native clusters, which may overlap nothing in the account.
pub(crate) fn ranges(cx: &Cx) -> Vec<Ipv4Net> {
    cx.list(CLUSTERS)
        .into_iter()
        .filter(|c| c["_vpc_native"] == true)
        .flat_map(|c| [&c["cluster_subnet"], &c["service_subnet"]])
        .filter_map(|r| r.as_str()?.parse().ok())
        .collect()
}

fn options(cx: &mut Cx, _req: &Req) -> Result<Reply, Refusal> {
    let regions: Vec<_> = super::regions::REGIONS.iter().map(|(slug, name)| json!({ "name": name, "slug": slug })).collect();
    let sizes: Vec<_> = super::sizes::SIZES
        .iter()
        .filter(|s| s.memory >= pools::SMALLEST_NODE)
        .map(|s| json!({ "name": s.slug, "slug": s.slug }))
        .collect();
    let versions: Vec<_> = versions::offered(cx).iter().map(versions::Version::document).collect();
    Ok(Reply::ok("options", json!({ "regions": regions, "versions": versions, "sizes": sizes })))
}

#[cfg(test)]
mod tests;
