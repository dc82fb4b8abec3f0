//! Dashboards of Grafana, as ConfigMaps that its sidecar finds by a label: the platform, its data, its objectives.
//!
//! The cluster's own come with kube-prometheus-stack. They need nothing but their namespace, and wait for nothing.

use super::{
    Site, access, cloudnative_pg, slos,
    write::{merged, object},
};
use access::OBSERVABILITY;
use pontoon_core::content::{Capability, Component, Object};
use pontoon_spec::sections::ingress::Controller;
use serde_json::{Value, json};

/// What is shown: title, expression, what a line is called, unit.
type Panel<'a> = (&'a str, &'a str, &'a str, &'a str);

/// Where metrics are collected.
pub fn build(site: &Site<'_>) -> Vec<Component> {
    if !site.has_metrics() {
        return Vec::new();
    }
    let mut component = Component::new("dashboards", "observability", "dashboards", site.spec.observability.metrics.trace())
        .needs(Capability::Namespace(OBSERVABILITY.into()))
        .object(dashboard("platform", "Platform", &platform(site)));
    let data = data(site);
    if !data.is_empty() {
        component = component.object(dashboard("data", "Databases, caches, queues", &data));
    }
    if !slos::objectives(site).is_empty() {
        component = component.object(dashboard("objectives", "Objectives of service", OBJECTIVES));
    }
    vec![component]
}

const OBJECTIVES: &[Panel<'_>] = &[
    ("Budget left", "slo:budget:left", "{{slo}}", "percentunit"),
    ("Failing, over an hour", "slo:errors:ratio_1h", "{{slo}}", "percentunit"),
    ("Failing, over three days", "slo:errors:ratio_3d", "{{slo}}", "percentunit"),
    ("Objective", "slo:objective:ratio", "{{slo}}", "percentunit"),
];

fn platform(site: &Site<'_>) -> Vec<Panel<'static>> {
    let mut panels: Vec<Panel<'static>> = vec![
        ("Pods that are not ready", "sum by (namespace) (kube_pod_status_ready{condition=\"false\"})", "{{namespace}}", "short"),
        ("Restarts", "sum by (namespace) (increase(kube_pod_container_status_restarts_total[15m]))", "{{namespace}}", "short"),
        (
            "Volumes",
            "1 - kubelet_volume_stats_available_bytes / kubelet_volume_stats_capacity_bytes",
            "{{namespace}}/{{persistentvolumeclaim}}",
            "percentunit",
        ),
        ("Targets that do not answer", "sum by (job) (up == bool 0)", "{{job}}", "short"),
    ];
    match *site.spec.ingress.controller {
        Controller::Traefik => panels.extend([
            ("Requests", "sum by (code) (rate(traefik_entrypoint_requests_total[5m]))", "{{code}}", "reqps"),
            ("Requests take, 95th percentile", "histogram_quantile(0.95, sum by (le, service) (rate(traefik_service_request_duration_seconds_bucket[5m])))", "{{service}}", "s"),
        ]),
        Controller::Nginx => panels.extend([
            ("Requests", "sum by (status) (rate(nginx_ingress_controller_requests[5m]))", "{{status}}", "reqps"),
            ("Requests take, 95th percentile", "histogram_quantile(0.95, sum by (le, namespace) (rate(nginx_ingress_controller_request_duration_seconds_bucket[5m])))", "{{namespace}}", "s"),
        ]),
        Controller::Gateway | Controller::Kong | Controller::None => {}
    }
    if site.has_tls() {
        panels.push((
            "Certificates end in",
            "certmanager_certificate_expiration_timestamp_seconds - time()",
            "{{exported_namespace}}/{{name}}",
            "s",
        ));
    }
    panels
}

fn data(site: &Site<'_>) -> Vec<Panel<'static>> {
    let mut panels: Vec<Panel<'static>> = Vec::new();
    if !cloudnative_pg::scrapes(site).is_empty() {
        panels.extend([
            ("PostgreSQL: connections", "sum by (pod) (cnpg_backends_total)", "{{pod}}", "short"),
            ("PostgreSQL: standbys behind", "max by (pod) (cnpg_pg_replication_lag)", "{{pod}}", "s"),
            ("PostgreSQL: size", "sum by (datname) (cnpg_pg_database_size_bytes)", "{{datname}}", "bytes"),
            (
                "PostgreSQL: log not archived for",
                "max by (pod) (cnpg_pg_stat_archiver_seconds_since_last_archival)",
                "{{pod}}",
                "s",
            ),
        ]);
    }
    if !super::exporters::scrapes(site).is_empty() {
        panels.extend([
            ("Managed PostgreSQL: connections", "sum by (datname) (pg_stat_database_numbackends)", "{{datname}}", "short"),
            ("Managed Valkey: memory", "redis_memory_used_bytes", "{{pod}}", "bytes"),
            ("Managed: disk in use", "disk_used_percent", "{{database}}", "percent"),
        ]);
    }
    if !site.spec.queues.is_empty() {
        panels.extend([
            ("RabbitMQ: messages ready", "sum by (pod) (rabbitmq_queue_messages_ready)", "{{pod}}", "short"),
            ("RabbitMQ: messages in", "sum(rate(rabbitmq_global_messages_received_total[5m]))", "in", "ops"),
        ]);
    }
    panels
}

fn dashboard(name: &str, title: &str, panels: &[Panel<'_>]) -> Object {
    let each = panels.iter().enumerate().map(|(index, panel)| drawn(index, panel)).collect::<Vec<_>>();
    let text = json!({
        "uid": format!("pontoon-{name}"),
        "title": title,
        "tags": ["pontoon"],
        "timezone": "utc",
        "schemaVersion": 39,
        "refresh": "1m",
        "time": { "from": "now-6h", "to": "now" },
        "panels": each,
    });
    let file = format!("{name}.json");
    let data = json!({ "data": { file: format!("{text:#}\n") } });
    let bare = object("v1", "ConfigMap", OBSERVABILITY, &format!("dashboard-{name}"), data);
    // The sidecar of Grafana takes up whatever carries it.
    merged(bare, json!({ "metadata": { "labels": { "grafana_dashboard": "1" } } }))
}

fn drawn(index: usize, (title, expr, legend, unit): &Panel<'_>) -> Value {
    json!({
        "id": index + 1,
        "type": "timeseries",
        "title": title,
        "datasource": { "type": "prometheus", "uid": "prometheus" },
        "gridPos": { "h": 8, "w": 12, "x": 12 * (index % 2), "y": 8 * (index / 2) },
        "fieldConfig": { "defaults": { "unit": unit, "min": 0 }, "overrides": [] },
        "targets": [{ "refId": "A", "expr": expr, "legendFormat": legend }],
    })
}
