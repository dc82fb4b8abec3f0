//! Tempo as one binary. Source: the tempo chart of grafana-community.

use super::common::{account, connection, image, monitor};
use crate::cluster::helm::object::{config_map, service};
use crate::cluster::helm::{Chart, Release, Version, Workload};
use crate::cluster::yaml;
use serde_json::{Value, json};

/// The chart.
pub(crate) const CHART: Chart = Chart {
    name: "tempo",
    repository: "https://grafana-community.github.io/helm-charts",
    versions: &[Version { chart: "2.2.4", app: "2.10.8" }, Version { chart: "2.2.3", app: "2.10.7" }],
    definitions: &[],
    refuses: |_| None,
    render,
};

/// Ports of the receivers that are on by default, and of its own API, in the chart's order.
const PORTS: &[(&str, i64)] = &[
    ("prom-metrics", 3200),
    ("jaeger-thrift-c", 6831),
    ("jaeger-thrift-b", 6832),
    ("jaeger-thrift-h", 14268),
    ("jaeger-grpc", 14250),
    ("zipkin", 9411),
    ("otlp-legacy", 55680),
    ("otlp-grpc", 4317),
    ("otlp-httplegacy", 55681),
    ("otlp-http", 4318),
];

fn render(release: &Release) -> Vec<Value> {
    let values = release.values();
    let (full, labels, selector) = (release.full(), release.labels(""), release.selector(""));
    let (name, mut all) = account(release, values.at("serviceAccount"), &labels);
    let tempo = values.at("tempo");
    let trace = tempo.or("storage.trace", json!({ "backend": "local" }));
    let config = json!({ "storage": { "trace": trace }, "compactor": { "compaction": { "block_retention": tempo.text("retention", "24h") } } });
    all.push(config_map(&full, &labels, json!({ "tempo.yaml": yaml::write(&config), "overrides.yaml": "overrides: {}\n" })));
    let mut workload = Workload::stateful_set(
        &full,
        &full,
        labels.clone(),
        &selector,
        &image(tempo, "docker.io", "grafana/tempo", release.version.app),
    )
    .container("tempo")
    .account(&name)
    .args(["-config.file=/conf/tempo.yaml", "-mem-ballast-size-mbs=1024"])
    .volume("tempo-conf", "/conf", json!({ "configMap": { "name": full } }))
    .probe("/ready", 3200)
    .pod(
        "securityContext",
        values.or("securityContext", json!({ "runAsUser": 10001, "runAsGroup": 10001, "fsGroup": 10001, "runAsNonRoot": true })),
    )
    .container_security(tempo.at("securityContext").0);
    for (port, number) in PORTS {
        workload = workload.port(port, *number);
    }
    if values.flag("persistence.enabled", false) {
        workload = workload.claims(
            "storage",
            "/var/tempo",
            &values.text("persistence.storageClassName", ""),
            &values.text("persistence.size", "10Gi"),
        );
    }
    if trace["backend"] == "s3" {
        let endpoint = trace["s3"]["endpoint"].as_str().unwrap_or("");
        workload = connection(&format!("https://{endpoint}")).into_iter().fold(workload, Workload::connects);
    }
    let with_tempo = workload.values(tempo).values(values);
    all.push(with_tempo.build());
    let mut offered: Vec<(&str, i64, Value)> = PORTS.iter().map(|(n, p)| (*n, *p, Value::from(*p))).collect();
    offered[0].0 = "tempo-prom-metrics";
    all.push(service(&full, &labels, &selector, &values.text("service.type", "ClusterIP"), &offered));
    all.extend(monitor(release, values.at("serviceMonitor"), &full, &labels, &selector, "tempo-prom-metrics"));
    all
}
