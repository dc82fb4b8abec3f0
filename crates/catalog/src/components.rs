//! Components of the cluster: one file each, which says what it needs, provides, consists of and takes.
//!
//! Adding one touches its file, one line of [`ALL`], and [`charts`] where it brings a chart.

pub mod access;
pub mod alerts;
pub mod apps;
pub mod cert_manager;
pub mod charts;
pub mod cloudnative_pg;
pub mod dashboards;
pub mod exporters;
pub mod external_dns;
pub mod external_secrets;
pub mod gateway;
pub mod grafana;
pub mod grants;
pub mod influxdb;
pub mod ingress_nginx;
pub mod kong;
pub mod load_balancer;
pub mod loki;
pub mod metrics_server;
pub mod node_exporter;
pub mod opensearch;
pub mod otel_collector;
pub mod prometheus;
pub mod rabbitmq;
pub mod rules;
pub mod scrapes;
pub mod site;
pub mod slos;
pub mod storage_classes;
pub mod tempo;
pub mod traefik;
pub mod valkey;
pub mod valkey_operator;
pub mod velero;
pub mod way_in;
pub mod write;

use pontoon_core::content::Component;
pub use site::Site;

/// What a component's file gives: nothing where the document does not ask for it, several where it asks for several.
pub type Build = fn(&Site<'_>) -> Vec<Component>;

/// Every component of the catalog. The order does not matter: needs decide.
pub const ALL: &[Build] = &[
    apps::build,
    storage_classes::build,
    metrics_server::build,
    cert_manager::build,
    external_dns::build,
    gateway::build,
    ingress_nginx::build,
    traefik::build,
    kong::build,
    external_secrets::build,
    cloudnative_pg::build,
    valkey::build,
    valkey_operator::build,
    rabbitmq::build,
    grants::build,
    prometheus::build,
    node_exporter::build,
    scrapes::build,
    dashboards::build,
    rules::build,
    alerts::build,
    slos::build,
    exporters::build,
    otel_collector::build,
    tempo::build,
    opensearch::build,
    influxdb::build,
    loki::build,
    velero::build,
];

/// Everything that runs in one environment's cluster, in no order yet.
pub fn build(site: &Site<'_>) -> Vec<Component> {
    ALL.iter().flat_map(|build| build(site)).collect()
}

/// How cert-manager lets a host answer for itself (HTTP-01).
fn ingress_solver(site: &Site<'_>) -> serde_json::Value {
    use pontoon_spec::sections::ingress::Controller;
    match *site.spec.ingress.controller {
        Controller::Gateway => {
            serde_json::json!({ "gatewayHTTPRoute": { "parentRefs": [{ "name": "public", "namespace": "ingress", "kind": "Gateway" }] } })
        }
        Controller::Nginx => serde_json::json!({ "ingress": { "ingressClassName": "nginx" } }),
        Controller::Traefik => serde_json::json!({ "ingress": { "ingressClassName": "traefik" } }),
        Controller::Kong => serde_json::json!({ "ingress": { "ingressClassName": "kong" } }),
        Controller::None => serde_json::json!({}),
    }
}
