//! The Prometheus operator: Prometheus and Alertmanager as StatefulSets, and what is wrong with what they select.
//!
//! Source: prometheus-operator's documentation, and its reconcilers for names, ports and conditions.

mod alertmanager;
mod instance;
mod references;

use super::own::running;
use crate::cluster::Objects;

/// The field manager.
const MANAGER: &str = "PrometheusOperator";

/// Looks at every Prometheus and Alertmanager.
pub(super) fn run(objects: &mut Objects) {
    if running(objects, &[("app.kubernetes.io/component", "prometheus-operator")]).is_none() {
        return;
    }
    objects.each_live("prometheus", "prometheuses.monitoring.coreos.com", instance::prometheus);
    objects.each_live("prometheus", "alertmanagers.monitoring.coreos.com", alertmanager::look);
}
