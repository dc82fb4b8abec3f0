//! kube-state-metrics. Source: the kube-state-metrics chart.

use super::common::{account, image, monitor};
use crate::cluster::helm::object::{cluster_role, cluster_role_binding, rule, service};
use crate::cluster::helm::{Chart, Release, Version, Workload};
use serde_json::{Value, json};

/// The chart.
pub(crate) const CHART: Chart = Chart {
    name: "kube-state-metrics",
    repository: "https://prometheus-community.github.io/helm-charts",
    versions: &[Version { chart: "8.4.0", app: "2.20.0" }],
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
    all.push(cluster_role(&full, &labels, json!([rule(&["*"], &["*"], &["list", "watch"])])));
    all.push(cluster_role_binding(&full, &labels, &full, &release.namespace, &name));
    let tag = format!("v{}", release.version.app);
    all.push(
        Workload::deployment(&full, labels.clone(), &selector, &image(values.at("image"), "registry.k8s.io", "kube-state-metrics/kube-state-metrics", &tag))
            .container("kube-state-metrics")
            .account(&name)
            .args(["--port=8080"])
            .port("http", 8080)
            .port("metrics", 8081)
            .probe("/livez", "http")
            .restricted()
            .pod("securityContext", values.or("securityContext", json!({ "fsGroup": 65534, "runAsGroup": 65534, "runAsNonRoot": true, "runAsUser": 65534, "seccompProfile": { "type": "RuntimeDefault" } })))
            .container_security(values.at("containerSecurityContext").0)
            .needs_api()
            .values(values)
            .build(),
    );
    all.push(service(
        &full,
        &labels,
        &selector,
        &values.text("service.type", "ClusterIP"),
        &[("http", values.number("service.port", 8080), "http".into())],
    ));
    all.extend(monitor(release, values.at("prometheus.monitor"), &full, &labels, &selector, "http"));
    all
}
