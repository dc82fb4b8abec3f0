//! Metrics Server: the CPU and memory of pods and nodes, for autoscaling and `kubectl top`. DOKS does not preinstall it.

use super::{
    Site, charts,
    write::{merged, release, resources, spread, workload},
};
use pontoon_core::content::{Capability, Component, Party, Place, Strictness};
use serde_json::{Value, json};

/// The namespace.
pub const NAMESPACE: &str = "metrics-server";
const PORT: u16 = 10250;

/// In every cluster.
pub fn build(site: &Site<'_>) -> Vec<Component> {
    let pair = site.pair();
    let values = json!({
        "replicas": pair,
        "resources": resources(50, 128),
        "topologySpreadConstraints": spread(json!({ "app.kubernetes.io/name": "metrics-server" })),
    });
    let mut values = merged(values, Value::Object(site.placement(Place::System)));
    if pair > 1 {
        // While one is replaced the other answers: without any, the API of metrics is gone and namespaces cannot end.
        values = merged(values, json!({ "podDisruptionBudget": { "enabled": true, "maxUnavailable": 1 } }));
    }
    let pods = || Party::namespace(NAMESPACE);
    let component = Component::new("metrics-server", "metrics-server", "metrics of pods", site.spec.cluster.trace())
        .namespace(NAMESPACE, Strictness::Restricted)
        .release(release(site, &charts::METRICS_SERVER, NAMESPACE, values))
        .provides(Capability::Metrics)
        .opening(pods(), Party::ApiServer, &[])
        .opening(pods(), Party::Nodes, &[PORT])
        .opening(Party::ApiServer, pods(), &[PORT])
        .workload(workload("metrics-server", Place::System, pair, 50, 128));
    vec![component]
}
