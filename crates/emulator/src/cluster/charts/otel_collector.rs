//! The OpenTelemetry Collector as Deployment, DaemonSet or StatefulSet. Source: the opentelemetry-collector chart.

use super::common::{account, connection, monitor};
use crate::cluster::helm::object::{cluster_role, cluster_role_binding, config_map, disruption_budget, rule, service};
use crate::cluster::helm::values::merged;
use crate::cluster::helm::{Chart, Release, Values, Version, Workload};
use crate::cluster::yaml;
use serde_json::{Value, json};

/// The chart.
pub(crate) const CHART: Chart = Chart {
    name: "opentelemetry-collector",
    repository: "https://open-telemetry.github.io/opentelemetry-helm-charts",
    versions: &[Version { chart: "0.170.0", app: "0.158.0" }, Version { chart: "0.169.0", app: "0.157.0" }],
    definitions: &[],
    refuses,
    render,
};

fn refuses(release: &Release) -> Option<String> {
    let values = release.values();
    let mode = values.text("mode", "");
    if !["daemonset", "deployment", "statefulset"].contains(&mode.as_str()) {
        return Some("values don't meet the specifications of the schema(s) in the following chart(s):\nopentelemetry-collector:\n- at '/mode': value must be one of 'deployment', 'daemonset', 'statefulset', ''".to_owned());
    }
    let unset = values.text("image.repository", "").is_empty();
    unset.then(|| "[ERROR] 'image.repository' must be set. See https://github.com/open-telemetry/opentelemetry-helm-charts/blob/main/charts/opentelemetry-collector/UPGRADING.md for instructions.".to_owned())
}

/// Name, number, whether it is on when nobody says.
const PORTS: &[(&str, i64, bool)] = &[
    ("jaeger-compact", 6831, true),
    ("jaeger-grpc", 14250, true),
    ("jaeger-thrift", 14268, true),
    ("metrics", 8888, false),
    ("otlp", 4317, true),
    ("otlp-http", 4318, true),
    ("zipkin", 9411, true),
];

fn ports(values: Values) -> Vec<(String, i64, i64)> {
    let mut all = Vec::new();
    for (name, number, on) in PORTS {
        let port = values.at("ports").at(name);
        if port.flag("enabled", *on) {
            all.push(((*name).to_owned(), port.number("containerPort", *number), port.number("servicePort", *number)));
        }
    }
    for (name, port) in values.map("ports") {
        if !PORTS.iter().any(|(n, _, _)| *n == name) && port["enabled"].as_bool().unwrap_or(true) {
            let number = Values(&port).number("containerPort", 0);
            all.push((name, number, Values(&port).number("servicePort", number)));
        }
    }
    all
}

fn render(release: &Release) -> Vec<Value> {
    let values = release.values();
    let (full, component) = (release.full(), component(values));
    let mut labels = release.labels("");
    let mut selector = release.selector("");
    for it in [&mut labels, &mut selector] {
        it["component"] = component.into();
    }
    let (name, mut all) = account(release, values.at("serviceAccount"), &release.labels(""));
    let config_name = if component == "agent-collector" {
        format!("{full}-agent")
    } else if component == "statefulset-collector" {
        format!("{full}-statefulset")
    } else {
        full.clone()
    };
    let workload_name = if component == "agent-collector" { format!("{full}-agent") } else { full.clone() };
    let config = merged(
        &json!({ "exporters": { "debug": {} }, "extensions": { "health_check": { "endpoint": "${env:MY_POD_IP}:13133" } } }),
        // One that is said as a whole wins.
        &values.or("alternateConfig", values.or("config", json!({}))),
    );
    all.push(config_map(&config_name, &release.labels(""), json!({ "relay": yaml::write(&config) })));
    let presets = values.at("presets");
    let wants = |p: &str| presets.flag(&format!("{p}.enabled"), false);
    let reads = ["kubernetesAttributes", "kubeletMetrics", "kubernetesEvents", "clusterMetrics", "kubernetesObjects"]
        .iter()
        .any(|p| wants(p));
    if reads || values.flag("clusterRole.create", false) {
        let rights = values.or(
            "clusterRole.rules",
            json!([rule(&[""], &["pods", "namespaces", "nodes", "events", "nodes/stats"], &["get", "list", "watch"])]),
        );
        all.push(cluster_role(&full, &release.labels(""), rights));
        all.push(cluster_role_binding(&full, &release.labels(""), &full, &release.namespace, &name));
    }
    let picture = format!("{}:{}", values.text("image.repository", ""), values.text("image.tag", release.version.app));
    let mut workload = match component {
        "agent-collector" => Workload::daemon_set(&workload_name, labels.clone(), &selector, &picture),
        "statefulset-collector" => Workload::stateful_set(&workload_name, &full, labels.clone(), &selector, &picture),
        _ => Workload::deployment(&workload_name, labels.clone(), &selector, &picture),
    };
    workload = workload
        .container("opentelemetry-collector")
        .account(&name)
        .args(["--config=/conf/relay.yaml"])
        .probe("/", 13133)
        .env_item(json!({ "name": "MY_POD_IP", "valueFrom": { "fieldRef": { "apiVersion": "v1", "fieldPath": "status.podIP" } } }))
        .mount("opentelemetry-collector-configmap", "/conf")
        .pod("volumes", json!([{ "name": "opentelemetry-collector-configmap", "configMap": { "name": config_name, "items": [{ "key": "relay", "path": "relay.yaml" }] } }]))
        .pod_security(&values.or("podSecurityContext", Value::Null))
        .container_security(&values.or("securityContext", Value::Null));
    let ports = ports(values);
    for (name, number, _) in &ports {
        workload = workload.port(name, *number);
    }
    if reads {
        workload = workload.needs_api();
    }
    for endpoint in endpoints(&config) {
        workload = connection(&endpoint).into_iter().fold(workload, Workload::connects);
    }
    if wants("logsCollection") {
        workload = workload.volume("varlogpods", "/var/log/pods", json!({ "hostPath": { "path": "/var/log/pods" } }));
    }
    all.push(workload.values(values).build());
    // A DaemonSet has a service only when the values ask for one.
    if values.flag("service.enabled", component != "agent-collector") {
        let offered: Vec<(&str, i64, Value)> = ports.iter().map(|(n, to, from)| (n.as_str(), *from, json!(to))).collect();
        all.push(service(&full, &labels, &selector, &values.text("service.type", "ClusterIP"), &offered));
    }
    all.extend(monitor(release, values.at("serviceMonitor"), &full, &labels, &selector, "metrics"));
    if values.flag("podDisruptionBudget.enabled", false) {
        all.push(disruption_budget(&full, &labels, &selector, values.at("podDisruptionBudget")));
    }
    all
}

fn component(values: Values) -> &'static str {
    match values.text("mode", "").as_str() {
        "daemonset" => "agent-collector",
        "statefulset" => "statefulset-collector",
        _ => "standalone-collector",
    }
}

/// Where the exporters send to.
fn endpoints(config: &Value) -> Vec<String> {
    let mut all = Vec::new();
    for exporter in config["exporters"].as_object().into_iter().flatten().map(|(_, e)| e) {
        let text = [&exporter["endpoint"], &exporter["http"]["endpoint"], &exporter["traces_endpoint"]];
        all.extend(text.iter().filter_map(|e| e.as_str()).map(str::to_owned));
        all.extend(exporter["endpoints"].as_array().into_iter().flatten().filter_map(|e| e.as_str()).map(str::to_owned));
    }
    all
}
