//! OpenSearch: one group of nodes. Source: the opensearch chart.

use super::common::image;
use crate::cluster::helm::object::{config_map, disruption_budget, headless, service};
use crate::cluster::helm::{Chart, Release, Values, Version, Workload};
use serde_json::{Value, json};

/// The chart.
pub(crate) const CHART: Chart = Chart {
    name: "opensearch",
    repository: "https://opensearch-project.github.io/helm-charts",
    versions: &[Version { chart: "3.6.0", app: "3.6.0" }, Version { chart: "3.5.0", app: "3.5.0" }],
    definitions: &[],
    refuses: |_| None,
    render,
};

/// Name of the nodes: not that of the release.
fn own_name(values: Values) -> String {
    let group = values.text("nodeGroup", "master");
    let given = values.text("nameOverride", &values.text("clusterName", "opensearch-cluster"));
    values.text("fullnameOverride", &format!("{given}-{group}"))
}

fn render(release: &Release) -> Vec<Value> {
    let values = release.values();
    let own = own_name(values);
    let (labels, selector) =
        (release.labels(&own), json!({ "app.kubernetes.io/instance": release.name, "app.kubernetes.io/name": release.short() }));
    let serves = values.text("masterService", "opensearch-cluster-master");
    let serves = if values.text("nodeGroup", "master") == "master" { serves } else { own.clone() };
    let (http, transport, metrics) =
        (values.number("httpPort", 9200), values.number("transportPort", 9300), values.number("metricsPort", 9600));
    let config = values.or("config", json!({ "opensearch.yml": "cluster.name: opensearch-cluster\nnetwork.host: 0.0.0.0\n" }));
    let replicas = if values.flag("singleNode", false) { 1 } else { values.number("replicas", 3) };
    let config_name = format!("{own}-config");
    let mut workload = Workload::stateful_set(
        &own,
        &format!("{serves}-headless"),
        labels.clone(),
        &selector,
        &image(values.at("image"), "", "opensearchproject/opensearch", release.version.app),
    )
    .container("opensearch")
    .port("http", http)
    .port("transport", transport)
    .port("metrics", metrics)
    .env("cluster.name", &values.text("clusterName", "opensearch-cluster"))
    .env("OPENSEARCH_JAVA_OPTS", &values.text("opensearchJavaOpts", "-Xmx512M -Xms512M"))
    .volume("config", "/usr/share/opensearch/config/opensearch.yml", json!({ "configMap": { "name": config_name } }))
    .resources(json!({ "requests": { "cpu": "1000m", "memory": "100Mi" } }))
    .pod("securityContext", values.or("podSecurityContext", json!({ "fsGroup": 1000, "runAsUser": 1000 })))
    .container_security(
        &values.or("securityContext", json!({ "capabilities": { "drop": ["ALL"] }, "runAsNonRoot": true, "runAsUser": 1000 })),
    )
    .spec("podManagementPolicy", json!(values.text("podManagementPolicy", "Parallel")));
    if values.flag("persistence.enabled", true) {
        workload = workload.claims(
            &own,
            "/usr/share/opensearch/data",
            &values.text("persistence.storageClass", ""),
            &values.text("persistence.size", "8Gi"),
        );
        if values.flag("persistence.enableInitChown", true) {
            workload = workload.init(json!({
                "name": "fsgroup-volume", "image": "docker.io/library/busybox:latest", "command": ["sh", "-c"],
                "args": ["chown -R 1000:1000 /usr/share/opensearch/data"], "securityContext": { "runAsUser": 0 },
                "volumeMounts": [{ "name": own, "mountPath": "/usr/share/opensearch/data" }],
            }));
        }
    }
    for secret in values.list("secretMounts") {
        let text = |key: &str| secret[key].as_str().unwrap_or("").to_owned();
        workload = workload.volume(&text("name"), &text("path"), json!({ "secret": { "secretName": text("secretName") } }));
    }
    let ports = [("http", http, json!(http)), ("transport", transport, json!(transport))];
    let all_ports = [ports[0].clone(), ports[1].clone(), ("metrics", metrics, json!(metrics))];
    vec![
        config_map(&config_name, &labels, config),
        disruption_budget(
            &format!("{own}-pdb"),
            &labels,
            &selector,
            Values(&json!({ "maxUnavailable": values.number("maxUnavailable", 1) })),
        ),
        workload.values(values).replicas(replicas).build(),
        service(&serves, &labels, &selector, &values.text("service.type", "ClusterIP"), &all_ports),
        headless(service(&format!("{serves}-headless"), &labels, &selector, "ClusterIP", &all_ports)),
    ]
}
