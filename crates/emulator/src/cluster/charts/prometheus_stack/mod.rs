//! kube-prometheus-stack: the Prometheus operator with what it is to run, Grafana, node exporter, kube-state-metrics.
//!
//! Source: the kube-prometheus-stack chart. Its 35 rule objects have their names and switches here, and no expressions.

mod admission;
mod instances;
mod operator;
mod rules;
mod scrapes;

use super::{grafana, kube_state_metrics, node_exporter};
use crate::cluster::helm::values::merged;
use crate::cluster::helm::{Chart, Definition, Release, Version, release::cut};
use serde_json::{Value, json};

/// The chart.
pub(crate) const CHART: Chart = Chart {
    name: "kube-prometheus-stack",
    repository: "https://prometheus-community.github.io/helm-charts",
    versions: &[Version { chart: "88.5.3", app: "v0.93.1" }, Version { chart: "88.4.0", app: "v0.93.0" }],
    definitions: DEFINITIONS,
    refuses: |_| None,
    render,
};

const GROUP: &str = "monitoring.coreos.com";

const DEFINITIONS: &[Definition] = &[
    Definition::new(GROUP, "AlertmanagerConfig", "alertmanagerconfigs", &["v1alpha1"]).short(&["amcfg"]),
    Definition::new(GROUP, "Alertmanager", "alertmanagers", &["v1"]).short(&["am"]).scaled(),
    Definition::new(GROUP, "PodMonitor", "podmonitors", &["v1"]).short(&["pmon"]),
    Definition::new(GROUP, "Probe", "probes", &["v1"]).short(&["prb"]),
    Definition::new(GROUP, "PrometheusAgent", "prometheusagents", &["v1alpha1"]).short(&["promagent"]).scaled(),
    Definition::new(GROUP, "Prometheus", "prometheuses", &["v1"]).short(&["prom"]).scaled(),
    Definition::new(GROUP, "PrometheusRule", "prometheusrules", &["v1"]).short(&["promrule"]),
    Definition::new(GROUP, "ScrapeConfig", "scrapeconfigs", &["v1alpha1"]).short(&["scfg"]),
    Definition::new(GROUP, "ServiceMonitor", "servicemonitors", &["v1"]).short(&["smon"]),
    Definition::new(GROUP, "ThanosRuler", "thanosrulers", &["v1"]).short(&["ruler"]),
];

/// The chart's own `fullname`: at most 26 characters, so that what the operator appends has room.
fn full(release: &Release) -> String {
    let given = release.values().text("fullnameOverride", "");
    let name = if given.is_empty() { release.full() } else { given };
    cut(&name.chars().take(26).collect::<String>())
}

/// Labels of what belongs to a part of it.
fn labels(release: &Release, app: &str) -> Value {
    let mut labels = json!({ "app": format!("{}-{app}", release.short()) });
    if let (Some(all), Value::Object(more)) = (labels.as_object_mut(), release.labels("")) {
        all.extend(more);
        all.remove("app.kubernetes.io/name");
        all.insert("app.kubernetes.io/part-of".into(), release.short().into());
        all.insert("chart".into(), format!("{}-{}", release.chart.name, release.version.chart).into());
        all.insert("release".into(), release.name.clone().into());
        all.insert("heritage".into(), "Helm".into());
    }
    labels
}

fn render(release: &Release) -> Vec<Value> {
    let values = release.values();
    let mut all = operator::objects(release);
    all.extend(admission::objects(release));
    all.extend(instances::objects(release));
    all.extend(scrapes::objects(release));
    all.extend(rules::objects(release));
    let under = |key: &str, defaults: Value| Release {
        name: release.name.clone(),
        namespace: release.namespace.clone(),
        chart: release.chart,
        version: release.version,
        values: json!({ "global": values.or("global", json!({})), key: merged(&defaults, &values.or(key, json!({}))) }),
        revision: release.revision,
    };
    if values.flag("grafana.enabled", true) {
        let defaults = json!({
            "sidecar": { "dashboards": { "enabled": true, "label": "grafana_dashboard", "labelValue": "1", "searchNamespace": "ALL" },
                "datasources": { "enabled": true, "label": "grafana_datasource", "labelValue": "1" } },
            "service": { "portName": "http-web" },
            "serviceMonitor": { "enabled": true, "labels": { "release": release.name } },
        });
        all.extend(under("grafana", defaults).within(&grafana::CHART, "grafana"));
    }
    if values.flag("kubeStateMetrics.enabled", true) {
        let defaults = json!({ "releaseLabel": true, "prometheus": { "monitor": { "enabled": true } } });
        all.extend(under("kube-state-metrics", defaults).within(&kube_state_metrics::CHART, "kube-state-metrics"));
    }
    if values.flag("nodeExporter.enabled", true) {
        let defaults = json!({
            "releaseLabel": true, "image": { "distroless": true }, "podLabels": { "jobLabel": "node-exporter" },
            "service": { "portName": "http-metrics" }, "prometheus": { "monitor": { "enabled": true } },
        });
        all.extend(under("prometheus-node-exporter", defaults).within(&node_exporter::CHART, "prometheus-node-exporter"));
    }
    for extra in values.list("extraManifests") {
        all.push(extra);
    }
    all
}
