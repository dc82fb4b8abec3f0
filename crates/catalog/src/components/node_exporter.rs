//! The node exporter: CPU, memory, disks and network of every node.
//!
//! It sees the whole node, so it lives in a namespace of its own: nothing else has to be as open as it is.

use super::{
    Site, charts,
    scrapes::Scrape,
    write::{release, resources, workload},
};
use pontoon_core::content::{Component, Party, Place, Strictness};
use serde_json::json;

/// The namespace.
pub const NAMESPACE: &str = "node-exporter";
const PORT: u16 = 9100;

/// Where metrics are collected.
pub fn build(site: &Site<'_>) -> Vec<Component> {
    if !site.has_metrics() {
        return Vec::new();
    }
    let values = json!({
        "resources": resources(20, 48),
        "tolerations": site.tolerations(Place::EveryNode),
        // Rules and dashboards know the nodes' metrics by this job.
        "podLabels": { "jobLabel": "node-exporter" },
        "service": { "enabled": false },
    });
    let component = Component::new("node-exporter", "observability", "metrics of nodes", site.spec.observability.metrics.trace())
        .namespace(NAMESPACE, Strictness::Privileged)
        .release(release(site, &charts::NODE_EXPORTER, NAMESPACE, values))
        // It listens in the nodes' own network.
        .opening(super::access::prometheus(), Party::Nodes, &[PORT])
        .workload(workload("node-exporter", Place::EveryNode, 1, 20, 48));
    vec![component]
}

/// Its metrics.
pub fn scrape(site: &Site<'_>) -> Option<Scrape> {
    let labels = [("app.kubernetes.io/name", "prometheus-node-exporter")];
    site.has_metrics().then(|| Scrape::new("node-exporter", NAMESPACE, &labels, PORT).job_label("jobLabel").on_nodes())
}
