//! Prometheus, Alertmanager, Grafana and the state of the cluster's objects, by kube-prometheus-stack.
//!
//! Whatever can be scraped or alerted on anywhere in the cluster is taken up: the selectors are open, and monitors need no
//! label of the release. What DOKS hides (etcd, scheduler, controller-manager, kube-proxy) is neither scraped nor alerted on.

use super::{
    Site, access, charts, exporters, grafana, influxdb,
    site::DEFAULT_CLASS,
    write::{merged, release, resources, secret, spread, stateful, workload},
};
use access::{OBSERVABILITY, OBSERVABILITY_STRICTNESS};
use pontoon_core::content::{Capability, Component, Field, Party, Place};
use pontoon_spec::sections::observability::{LongTerm, Metrics, Prometheus};
use serde_json::{Value, json};

/// The group of its definitions.
pub const GROUP: &str = "monitoring.coreos.com";
/// The webhook that judges rules and routes of alerts.
pub const WEBHOOK: &str = "kube-prometheus-stack";
/// The label of routes of alerts that Alertmanager takes up.
pub const ROUTES: &str = "pontoon.dev/alerts";
/// Rules about what cannot be scraped. Source: DigitalOcean's documentation, "DOKS managed elements".
const HIDDEN: [&str; 6] =
    ["etcd", "kubeControllerManager", "kubeProxy", "kubeSchedulerAlerting", "kubeSchedulerRecording", "windows"];

/// Where metrics are collected.
pub fn build(site: &Site<'_>) -> Vec<Component> {
    let Metrics::Prometheus(wanted) = &site.spec.observability.metrics.value else { return Vec::new() };
    let mut all = vec![stack(site, wanted)];
    all.extend(grafana::door(site));
    all
}

/// MiB of Prometheus: a base, and what the series of each node take.
fn memory(site: &Site<'_>) -> u32 {
    512 + 64 * site.most_nodes()
}

fn stack(site: &Site<'_>, wanted: &Prometheus) -> Component {
    let pair = site.pair();
    let size = wanted.storage.size.in_gibibytes();
    let all = || Party::namespace(OBSERVABILITY);
    let kinds = [
        "Alertmanager",
        "AlertmanagerConfig",
        "PodMonitor",
        "Probe",
        "Prometheus",
        "PrometheusAgent",
        "PrometheusRule",
        "ScrapeConfig",
        "ServiceMonitor",
        "ThanosRuler",
    ];
    let mut component =
        Component::new("prometheus", "observability", "Prometheus and Grafana", site.spec.observability.metrics.trace())
            .namespace(OBSERVABILITY, OBSERVABILITY_STRICTNESS)
            .release(release(site, &charts::KUBE_PROMETHEUS_STACK, OBSERVABILITY, values(site, wanted)))
            .defines(GROUP, &kinds)
            .provides(Capability::Webhook(WEBHOOK.into()))
            .provides(Capability::endpoint(OBSERVABILITY, "prometheus-operated", 9090))
            .secret(grafana::admin())
            .opening(all(), Party::ApiServer, &[])
            .opening(Party::ApiServer, all(), &[10250])
            .opening(all(), all(), &[])
            .opening(access::prometheus(), Party::Nodes, &[10250])
            .opening(access::prometheus(), Party::pods("kube-system", "k8s-app", "kube-dns"), &[9153])
            .workload(stateful("prometheus", Place::Monitoring, 1, 200, memory(site), size))
            .workload(stateful("alertmanager", Place::Monitoring, pair, 10, 64, 1))
            .workload(workload("grafana", Place::Monitoring, 1, 70, 448))
            .workload(workload("kube-state-metrics", Place::Monitoring, 1, 20, 96))
            .workload(workload("prometheus-operator", Place::System, 1, 50, 128))
            .fact("One Prometheus: while it moves to another node nothing is measured for a minute or two.")
            .fact("etcd, scheduler, controller manager and kube-proxy are the vendor's and cannot be scraped. Source: DOKS, managed elements.");
    component.needs.extend(site.class_need(&wanted.storage));
    if grafana::wants_plugin(site) {
        component = component.opening(
            Party::pods(OBSERVABILITY, "app.kubernetes.io/name", "grafana"),
            Party::Hosts(["grafana.com", "storage.googleapis.com"].map(String::from).into()),
            &[443],
        );
    }
    component
}

fn values(site: &Site<'_>, wanted: &Prometheus) -> Value {
    let off = json!({ "enabled": false });
    let place = |p: Place| Value::Object(site.placement(p));
    let rules: Value = HIDDEN.iter().map(|r| ((*r).to_owned(), Value::from(false))).collect::<serde_json::Map<_, _>>().into();
    let patch = merged(place(Place::System), json!({ "resources": resources(10, 32) }));
    json!({
        "defaultRules": { "rules": rules },
        "kubeControllerManager": off, "kubeEtcd": off, "kubeScheduler": off, "kubeProxy": off,
        // A release of its own, in a namespace that may be as open as it has to be; its dashboards come from here.
        "nodeExporter": { "enabled": false, "forceDeployDashboards": true },
        "kube-state-metrics": merged(place(Place::Monitoring), json!({ "resources": resources(20, 96) })),
        "prometheusOperator": merged(place(Place::System), json!({
            "resources": resources(50, 128),
            "prometheusConfigReloader": { "resources": resources(10, 32) },
            "admissionWebhooks": { "patch": patch },
        })),
        "prometheus": { "prometheusSpec": prometheus(site, wanted) },
        "alertmanager": alertmanager(site),
        "grafana": grafana::values(site),
    })
}

fn prometheus(site: &Site<'_>, wanted: &Prometheus) -> Value {
    let size = wanted.storage.size.in_gibibytes();
    let mut spec = json!({
        "retention": format!("{}h", wanted.retention.in_hours()),
        // Time alone would fill the volume: a full one stops everything.
        "retentionSize": format!("{}MiB", size * 1024 * 85 / 100),
        "storageSpec": { "volumeClaimTemplate": { "spec": site.claim(&wanted.storage) } },
        "externalLabels": { "platform": site.spec.platform.to_string(), "environment": site.spec.environment.to_string() },
        "resources": resources(200, memory(site)),
        "walCompression": true,
    });
    for selector in ["rule", "serviceMonitor", "podMonitor", "probe", "scrapeConfig"] {
        spec[format!("{selector}SelectorNilUsesHelmValues")] = false.into();
    }
    if exporters::has_endpoints(site) {
        spec = merged(spec, exporters::mounts());
    }
    if *wanted.long_term == LongTerm::Influxdb {
        spec["remoteWrite"] = json!([{ "url": influxdb::remote_write() }]);
    }
    merged(spec, Value::Object(site.placement(Place::Monitoring)))
}

fn alertmanager(site: &Site<'_>) -> Value {
    let pair = site.pair();
    let spec = json!({
        "replicas": pair,
        "resources": resources(10, 64),
        "topologySpreadConstraints": spread(json!({ "app.kubernetes.io/name": "alertmanager" })),
        "storage": { "volumeClaimTemplate": { "spec": site.volume(DEFAULT_CLASS, 1) } },
        "alertmanagerConfigSelector": { "matchLabels": { ROUTES: "true" } },
        // Otherwise a route would see the alerts of its own namespace only.
        "alertmanagerConfigMatcherStrategy": { "type": "None" },
    });
    json!({
        "podDisruptionBudget": { "enabled": pair > 1, "minAvailable": 1 },
        "alertmanagerSpec": merged(spec, Value::Object(site.placement(Place::Monitoring))),
    })
}

/// A Secret of this namespace that a component of telemetry reads.
pub fn own_secret<const N: usize>(name: &str, fields: [(&str, Field); N]) -> pontoon_core::content::SecretSpec {
    secret(OBSERVABILITY, name, "observability", fields)
}
