//! The OpenTelemetry Collector, twice: one takes apps' spans and passes them on, the other reads the logs of every pod.
//!
//! The one that reads logs sees the nodes' files, so it lives in a namespace of its own.

use super::{
    Site, access, charts, opensearch,
    scrapes::Scrape,
    tempo,
    write::{budget, merged, release, resources, secret, spread, workload},
};
use access::{OBSERVABILITY, OBSERVABILITY_STRICTNESS};
use pontoon_core::content::{Capability, Component, Party, Place, Strictness};
use pontoon_spec::sections::observability::{Logs, Traces};
use serde_json::{Value, json};

/// The Service that apps send spans to, in the namespace of telemetry.
pub const SERVICE: &str = "otel-collector";
/// The namespace of what reads the nodes' files.
pub const LOGS: &str = "logs";
/// OTLP over gRPC and over HTTP.
const OTLP: [u16; 2] = [4317, 4318];
const METRICS: u16 = 8888;
/// The distribution that has the exporter of OpenSearch.
const IMAGE: &str = "docker.io/otel/opentelemetry-collector-contrib";

/// What takes spans where traces are kept, and what reads logs where they go to OpenSearch.
pub fn build(site: &Site<'_>) -> Vec<Component> {
    let mut all = Vec::new();
    if has_traces(site) {
        all.push(traces(site));
    }
    if has_logs(site) {
        all.push(logs(site));
    }
    all
}

fn has_traces(site: &Site<'_>) -> bool {
    matches!(site.spec.observability.traces.value, Traces::Tempo(_))
}

fn has_logs(site: &Site<'_>) -> bool {
    matches!(site.spec.observability.logs.value, Logs::Opensearch(_))
}

/// What both have. The configuration is said as a whole: the chart's own listens for much that nobody sends, and taking a key
/// away needs a null, which patches of a tree do not carry.
fn base(mode: &str, name: &str, resources: Value) -> Value {
    let off = json!({ "enabled": false });
    json!({
        "mode": mode,
        "fullnameOverride": name,
        "image": { "repository": IMAGE },
        "resources": resources,
        "ports": {
            "jaeger-compact": off, "jaeger-thrift": off, "jaeger-grpc": off, "zipkin": off,
            "metrics": { "enabled": true },
        },
        "alternateConfig": {
            "extensions": { "health_check": { "endpoint": "${env:MY_POD_IP}:13133" } },
            "processors": {
                "memory_limiter": { "check_interval": "5s", "limit_percentage": 80, "spike_limit_percentage": 25 },
                "batch": {},
            },
            "service": {
                "extensions": ["health_check"],
                "telemetry": { "metrics": { "readers": [
                    { "pull": { "exporter": { "prometheus": { "host": "${env:MY_POD_IP}", "port": METRICS } } } },
                ]}},
            },
        },
    })
}

fn traces(site: &Site<'_>) -> Component {
    let pair = site.pair();
    let endpoint = format!("tempo.{OBSERVABILITY}.svc.cluster.local:{}", tempo::OTLP);
    let listens = |port: u16| json!({ "endpoint": format!("${{env:MY_POD_IP}}:{port}") });
    let pipeline = json!({ "receivers": ["otlp"], "processors": ["memory_limiter", "batch"], "exporters": ["otlp/tempo"] });
    let more = json!({
        "replicaCount": pair,
        "topologySpreadConstraints": spread(json!({ "app.kubernetes.io/instance": SERVICE })),
        "alternateConfig": {
            "receivers": { "otlp": { "protocols": { "grpc": listens(OTLP[0]), "http": listens(OTLP[1]) } } },
            "exporters": { "otlp/tempo": { "endpoint": endpoint, "tls": { "insecure": true } } },
            "service": { "pipelines": { "traces": pipeline } },
        },
    });
    let own = merged(base("deployment", SERVICE, resources(50, 192)), more);
    let values = merged(own, Value::Object(site.placement(Place::Monitoring)));
    let mut collector = release(site, &charts::OTEL_COLLECTOR, OBSERVABILITY, values);
    collector.name = SERVICE.into();
    let pods = || Party::pods(OBSERVABILITY, "app.kubernetes.io/instance", SERVICE);
    let mut component = Component::new(SERVICE, "observability", "what takes spans", site.spec.observability.traces.trace())
        .namespace(OBSERVABILITY, OBSERVABILITY_STRICTNESS)
        .release(collector)
        .provides(Capability::endpoint(OBSERVABILITY, SERVICE, OTLP[0]))
        .opening(pods(), Party::pods(OBSERVABILITY, "app.kubernetes.io/name", "tempo"), &[tempo::OTLP])
        .workload(workload(SERVICE, Place::Monitoring, pair, 50, 192))
        .fact("Apps send spans to otel-collector.observability on 4317 (gRPC) or 4318 (HTTP).");
    if pair > 1 {
        // The chart's own budget says how many have to stay, and has no word for how many may go.
        component = component.object(budget(OBSERVABILITY, SERVICE, json!({ "app.kubernetes.io/instance": SERVICE })));
    }
    for app in site.cloud_apps() {
        component = component.opening(Party::namespace(app), pods(), &OTLP);
    }
    component
}

fn logs(site: &Site<'_>) -> Component {
    let off = json!({ "enabled": false });
    let name = "otel-logs";
    let exporter = json!({
        "http": {
            "endpoint": opensearch::url(),
            "auth": { "authenticator": "basicauth/opensearch" },
            "tls": { "insecure_skip_verify": true },
        },
        // An index a day, so that old ones can be deleted whole.
        "logs_index": "logs",
        "logs_index_time_format": "yyyy.MM.dd",
    });
    let login = json!({ "client_auth": { "username": "admin", "password": "${env:OPENSEARCH_PASSWORD}" } });
    // What reads the files is added by the chart, as its preset says.
    let pipeline = json!({ "receivers": [], "processors": ["memory_limiter", "batch"], "exporters": ["opensearch"] });
    let more = json!({
        "presets": { "logsCollection": { "enabled": true }, "kubernetesAttributes": { "enabled": true } },
        "ports": { "otlp": off, "otlp-http": off },
        "tolerations": site.tolerations(Place::EveryNode),
        // The files of containers' logs are root's alone.
        "securityContext": { "runAsUser": 0, "runAsGroup": 0 },
        "extraEnvs": [{
            "name": "OPENSEARCH_PASSWORD",
            "valueFrom": { "secretKeyRef": { "name": opensearch::ADMIN, "key": "password" } },
        }],
        "alternateConfig": {
            "extensions": { "basicauth/opensearch": login },
            "exporters": { "opensearch": exporter },
            "service": { "extensions": ["health_check", "basicauth/opensearch"], "pipelines": { "logs": pipeline } },
        },
    });
    let values = merged(base("daemonset", name, resources(50, 160)), more);
    let mut collector = release(site, &charts::OTEL_COLLECTOR, LOGS, values);
    collector.name = name.into();
    let pods = || Party::namespace(LOGS);
    Component::new(name, "observability", "what reads logs", site.spec.observability.logs.trace())
        .namespace(LOGS, Strictness::Privileged)
        .release(collector)
        .needs(opensearch::endpoint())
        .secret(secret(LOGS, opensearch::ADMIN, "observability", [("password", opensearch::password())]))
        .opening(pods(), Party::ApiServer, &[])
        .opening(pods(), opensearch::pods(), &[opensearch::PORT])
        .workload(workload(name, Place::EveryNode, 1, 50, 160))
}

/// Their own metrics.
pub fn scrapes(site: &Site<'_>) -> Vec<Scrape> {
    let one = |name: &str, namespace: &str| Scrape::new(name, namespace, &[("app.kubernetes.io/instance", name)], METRICS);
    let traces = has_traces(site).then(|| one(SERVICE, OBSERVABILITY));
    let logs = has_logs(site).then(|| one("otel-logs", LOGS));
    traces.into_iter().chain(logs).collect()
}
