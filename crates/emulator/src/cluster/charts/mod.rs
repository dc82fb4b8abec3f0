//! The charts that the embedded registries publish, one file each.

mod barman_cloud;
pub(crate) mod cert_manager;
mod cloudnative_pg;
mod common;
mod external_dns;
mod external_secrets;
mod grafana;
mod influxdb2;
mod ingress_nginx;
mod kube_state_metrics;
mod metrics_server;
mod microservices_demo;
mod node_exporter;
mod opensearch;
mod otel_collector;
mod postgres_exporter;
mod prometheus_stack;
mod redis_exporter;
mod telegraf;
mod tempo;
mod traefik;
mod valkey;
mod velero;

#[cfg(test)]
mod tests;

use super::helm::Chart;

/// Every published chart.
pub(crate) const CHARTS: &[Chart] = &[
    cert_manager::CHART,
    barman_cloud::CHART,
    cloudnative_pg::CHART,
    external_dns::CHART,
    external_secrets::CHART,
    grafana::CHART,
    influxdb2::CHART,
    ingress_nginx::CHART,
    kube_state_metrics::CHART,
    metrics_server::CHART,
    microservices_demo::CHART,
    node_exporter::CHART,
    opensearch::CHART,
    otel_collector::CHART,
    postgres_exporter::CHART,
    prometheus_stack::CHART,
    redis_exporter::CHART,
    telegraf::CHART,
    tempo::CHART,
    traefik::CHART,
    valkey::CHART,
    velero::CHART,
];

/// The chart of that name in that repository (`https://…` or `oci://…`, with or without a slash at its end).
pub(crate) fn published(repository: &str, name: &str) -> Option<&'static Chart> {
    let repository = repository.trim_end_matches('/');
    CHARTS.iter().find(|c| c.name == name && c.repository.trim_end_matches('/') == repository)
}
