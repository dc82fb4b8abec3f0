//! The exporter of Redis and Valkey. Source: the prometheus-redis-exporter chart.

use super::common::{account, env_map, image, monitor};
use crate::cluster::helm::object::{role, role_binding, rule, service};
use crate::cluster::helm::{Chart, Release, Values, Version, Workload};
use serde_json::{Value, json};

/// The chart.
pub(crate) const CHART: Chart = Chart {
    name: "prometheus-redis-exporter",
    repository: "https://prometheus-community.github.io/helm-charts",
    versions: &[Version { chart: "6.29.0", app: "v1.89.0" }, Version { chart: "6.28.0", app: "v1.88.0" }],
    definitions: &[],
    refuses: |_| None,
    render,
};

fn render(release: &Release) -> Vec<Value> {
    let values = release.values();
    let (full, labels, selector) = (release.full(), release.labels(""), release.selector(""));
    let (name, mut all) = account(release, values.at("serviceAccount"), &labels);
    if values.flag("rbac.create", true) {
        all.push(role(&full, &labels, json!([rule(&["policy"], &["podsecuritypolicies"], &["use"])])));
        all.push(role_binding(&full, &labels, &full, &release.namespace, &name));
    }
    let mut workload = Workload::deployment(
        &full,
        labels.clone(),
        &selector,
        &image(values.at("image"), "", "oliver006/redis_exporter", release.version.app),
    )
    .container("prometheus-redis-exporter")
    .account(&name)
    .port("exporter-port", 9121)
    .probe("/", "exporter-port")
    .pod_security(values.at("podSecurityContext").0)
    .container_security(values.at("securityContext").0);
    let address = values.at("redisAddressConfig");
    if address.flag("enabled", false) {
        let (source, key) = (address.text("source.name", ""), address.text("source.key", ""));
        let kind = if address.flag("isSecret", false) { "secretKeyRef" } else { "configMapKeyRef" };
        workload = workload.env_item(json!({ "name": "REDIS_ADDR", "valueFrom": { kind: { "name": source, "key": key } } }));
    } else {
        workload = workload.env("REDIS_ADDR", &values.text("redisAddress", "redis://myredis:6379"));
    }
    let auth = values.at("auth");
    if auth.flag("enabled", false) {
        if auth.has("redisUser") {
            workload = workload.env("REDIS_USER", &auth.text("redisUser", ""));
        }
        let (from, key) = (auth.text("secret.name", ""), auth.text("secret.key", ""));
        workload = if from.is_empty() {
            workload.env("REDIS_PASSWORD", &auth.text("redisPassword", ""))
        } else {
            workload.env_secret("REDIS_PASSWORD", &from, &key)
        };
    }
    // The chart's `annotations` are its pods' as well.
    let annotated = json!({ "podAnnotations": values.at("annotations").0 });
    all.push(env_map(workload, values, "env").values(values).values(Values(&annotated)).build());
    let port = values.text("service.portName", "redis-exporter");
    all.push(service(
        &full,
        &labels,
        &selector,
        &values.text("service.type", "ClusterIP"),
        &[(&port, values.number("service.port", 9121), "exporter-port".into())],
    ));
    all.extend(monitor(release, values.at("serviceMonitor"), &full, &labels, &selector, &port));
    all
}
