//! The Prometheus operator: Prometheus and Alertmanager as StatefulSets, and what is wrong with what they select.
//!
//! Source: prometheus-operator's documentation, and its reconcilers for names, ports and conditions.

mod alertmanager;
mod instance;
mod references;

use super::own::running;
use crate::cluster::Objects;
use serde_json::Value;

/// The field manager.
const MANAGER: &str = "PrometheusOperator";

/// Looks at every Prometheus and Alertmanager.
pub(super) fn run(objects: &mut Objects) {
    if running(objects, &[("app.kubernetes.io/component", "prometheus-operator")]).is_none() {
        return;
    }
    for prometheus in all(objects, "prometheuses.monitoring.coreos.com") {
        instance::prometheus(objects, &prometheus);
    }
    for one in all(objects, "alertmanagers.monitoring.coreos.com") {
        alertmanager::look(objects, &one);
    }
}

fn all(objects: &Objects, resource: &str) -> Vec<Value> {
    objects.list(resource).into_iter().filter(|o| o["metadata"]["deletionTimestamp"].is_null()).cloned().collect()
}
