//! The node exporter, on every node. Source: the prometheus-node-exporter chart.

use super::common::{account, image, monitor};
use crate::cluster::helm::object::service;
use crate::cluster::helm::{Chart, Release, Version, Workload};
use serde_json::{Value, json};

/// The chart.
pub(crate) const CHART: Chart = Chart {
    name: "prometheus-node-exporter",
    repository: "https://prometheus-community.github.io/helm-charts",
    versions: &[Version { chart: "4.56.1", app: "1.12.1" }],
    definitions: &[],
    refuses: |_| None,
    render,
};

fn render(release: &Release) -> Vec<Value> {
    let values = release.values();
    let (full, selector) = (release.full(), release.selector(""));
    let mut labels = release.labels("metrics");
    if values.flag("releaseLabel", false) {
        labels["release"] = release.name.clone().into();
    }
    let (name, mut all) = account(release, values.at("serviceAccount"), &labels);
    let suffix = if values.flag("image.distroless", false) { "-distroless" } else { "" };
    let tag = format!("v{}{suffix}", release.version.app);
    let port = values.number("service.port", 9100);
    let port_name = values.text("service.portName", "metrics");
    all.push(
        Workload::daemon_set(
            &full,
            labels.clone(),
            &selector,
            &image(values.at("image"), "quay.io", "prometheus/node-exporter", &tag),
        )
        .container("node-exporter")
        .account(&name)
        .args(["--path.procfs=/host/proc", "--path.sysfs=/host/sys", "--path.rootfs=/host/root"])
        .port(&port_name, port)
        .probe("/", port_name.as_str())
        .volume("proc", "/host/proc", json!({ "hostPath": { "path": "/proc" } }))
        .volume("sys", "/host/sys", json!({ "hostPath": { "path": "/sys" } }))
        .volume("root", "/host/root", json!({ "hostPath": { "path": "/" } }))
        .pod("hostNetwork", json!(values.flag("hostNetwork", true)))
        .pod("hostPID", json!(values.flag("hostPID", true)))
        .pod("securityContext", json!({ "fsGroup": 65534, "runAsGroup": 65534, "runAsNonRoot": true, "runAsUser": 65534 }))
        .pod("tolerations", json!([{ "effect": "NoSchedule", "operator": "Exists" }]))
        .container_security(&json!({ "readOnlyRootFilesystem": true }))
        .values(values)
        .build(),
    );
    all.push(service(&full, &labels, &selector, &values.text("service.type", "ClusterIP"), &[(&port_name, port, json!(9100))]));
    all.extend(monitor(release, values.at("prometheus.monitor"), &full, &labels, &selector, &port_name));
    all
}
