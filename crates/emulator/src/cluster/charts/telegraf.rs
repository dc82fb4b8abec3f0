//! Telegraf as a Deployment. Source: the telegraf chart.

use super::common::{account, connection};
use crate::cluster::helm::object::{config_map, disruption_budget, role, role_binding, rule, service};
use crate::cluster::helm::{Chart, Release, Version, Workload};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// The chart.
pub(crate) const CHART: Chart = Chart {
    name: "telegraf",
    repository: "https://helm.influxdata.com",
    versions: &[Version { chart: "1.8.74", app: "1.39.3" }, Version { chart: "1.8.73", app: "1.39.2" }],
    definitions: &[],
    refuses: |_| None,
    render,
};

fn render(release: &Release) -> Vec<Value> {
    let values = release.values();
    let (full, labels, selector) = (release.full(), release.labels(""), release.selector(""));
    let (name, mut all) = account(release, values.at("serviceAccount"), &labels);
    if values.flag("rbac.create", true) {
        all.push(role(&full, &labels, values.or("rbac.rules", json!([rule(&[""], &["pods"], &["get", "list"])]))));
        all.push(role_binding(&full, &labels, &full, &release.namespace, &name));
    }
    let outputs = values.or("config.outputs", json!([{ "influxdb": { "urls": ["http://influxdb.monitoring.svc:8086"] } }]));
    let given = values.has("config.outputs");
    let inputs = values.or("config.inputs", json!([{ "statsd": { "service_address": ":8125" } }]));
    all.push(config_map(
        &full,
        &labels,
        json!({ "telegraf.conf": format!("{}{}", tables("outputs", &outputs), tables("inputs", &inputs)) }),
    ));
    let tag = values.text("image.tag", "1.39-alpine");
    let mut workload = Workload::deployment(
        &full,
        labels.clone(),
        &selector,
        &format!("{}:{tag}", values.text("image.repo", "docker.io/library/telegraf")),
    )
    .container("telegraf")
    .account(&name)
    .pod_security(values.at("podSecurityContext").0)
    .container_security(values.at("securityContext").0);
    workload = workload.volume("config", "/etc/telegraf", json!({ "configMap": { "name": full } }));
    // The name in the default outputs is nobody's: only given ones are looked for.
    if given {
        let urls = addresses(&outputs);
        workload = urls.iter().filter_map(|url| connection(url)).fold(workload, Workload::connects);
    }
    all.push(workload.values(values).build());
    if values.flag("service.enabled", true) {
        let ports = listening(&inputs);
        let ports: Vec<(&str, i64, Value)> = ports.iter().map(|(n, p)| (n.as_str(), *p, json!(p))).collect();
        all.push(service(&full, &labels, &selector, &values.text("service.type", "ClusterIP"), &ports));
    }
    if values.flag("pdb.create", true) {
        all.push(disruption_budget(&full, &labels, &selector, values.at("pdb")));
    }
    all
}

/// Plugins as TOML tables, scalars and lists alone.
fn tables(kind: &str, plugins: &Value) -> String {
    let mut text = String::new();
    for plugin in plugins.as_array().into_iter().flatten() {
        for (name, fields) in plugin.as_object().into_iter().flatten() {
            let _ = writeln!(text, "[[{kind}.{name}]]");
            for (key, value) in fields.as_object().into_iter().flatten().filter(|(_, v)| !v.is_object()) {
                let _ = writeln!(text, "  {key} = {value}");
            }
        }
    }
    text
}

/// Ports on which inputs listen: what the service offers.
fn listening(inputs: &Value) -> Vec<(String, i64)> {
    let mut all = Vec::new();
    for plugin in inputs.as_array().into_iter().flatten() {
        for (name, fields) in plugin.as_object().into_iter().flatten() {
            let address = fields["service_address"].as_str().unwrap_or("");
            if let Some(port) = address.rsplit(':').next().and_then(|p| p.parse().ok()) {
                all.push((name.replace('_', "-").chars().take(15).collect(), port));
            }
        }
    }
    all
}

/// Where outputs send to.
fn addresses(outputs: &Value) -> Vec<String> {
    let mut all = Vec::new();
    for plugin in outputs.as_array().into_iter().flatten() {
        for (_, fields) in plugin.as_object().into_iter().flatten() {
            all.extend(fields["urls"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned));
            all.extend(fields["url"].as_str().map(str::to_owned));
        }
    }
    all
}
