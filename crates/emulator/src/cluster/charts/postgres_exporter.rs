//! The exporter of PostgreSQL. Source: the prometheus-postgres-exporter chart.

use super::common::{account, image, monitor};
use crate::cluster::helm::object::{disruption_budget, role, role_binding, rule, secret, service};
use crate::cluster::helm::{Chart, Release, Values, Version, Workload};
use serde_json::{Value, json};

/// The chart.
pub(crate) const CHART: Chart = Chart {
    name: "prometheus-postgres-exporter",
    repository: "https://prometheus-community.github.io/helm-charts",
    versions: &[Version { chart: "8.2.0", app: "v0.20.1" }, Version { chart: "8.1.0", app: "v0.20.0" }],
    definitions: &[],
    refuses: |_| None,
    render,
};

fn render(release: &Release) -> Vec<Value> {
    let values = release.values();
    let (full, labels, selector) = (release.full(), release.labels(""), release.selector(""));
    let source = values.at("config.datasource");
    let (name, mut all) = account(release, values.at("serviceAccount"), &labels);
    if values.flag("rbac.create", true) {
        all.push(role(&full, &labels, json!([rule(&["policy"], &["podsecuritypolicies"], &["use"])])));
        all.push(role_binding(&full, &labels, &full, &release.namespace, &name));
    }
    let mut workload = Workload::deployment(
        &full,
        labels.clone(),
        &selector,
        &image(values.at("image"), "quay.io", "prometheuscommunity/postgres-exporter", release.version.app),
    )
    .container("prometheus-postgres-exporter")
    .account(&name)
    .port("http", values.number("service.targetPort", 9187))
    .probe("/", "http")
    .restricted()
    .pod_security(values.at("podSecurityContext").0)
    .container_security(values.at("securityContext").0);
    let whole = values.at("config.datasourceSecret");
    let (host, port) = (source.text("host", ""), source.number("port", 5432));
    if whole.has("name") {
        workload = workload.env_secret("DATA_SOURCE_NAME", &whole.text("name", ""), &whole.text("key", ""));
    } else {
        let target = format!("{host}:{port}/{}?sslmode={}", source.text("database", ""), source.text("sslmode", "disable"));
        workload = workload.env("DATA_SOURCE_URI", &target);
        workload = match (source.at("userSecret.name").0.as_str(), source.text("user", "postgres")) {
            (Some(from), _) => workload.env_secret("DATA_SOURCE_USER", from, &source.text("userSecret.key", "")),
            (None, user) => workload.env("DATA_SOURCE_USER", &user),
        };
        if let Some(from) = source.at("passwordSecret.name").0.as_str() {
            workload = workload.env_secret("DATA_SOURCE_PASS", from, &source.text("passwordSecret.key", ""));
        } else {
            all.push(secret(&full, &labels, &json!({ "data_source_password": source.text("password", "") })));
            workload = workload.env_secret("DATA_SOURCE_PASS", &full, "data_source_password");
        }
        if !host.is_empty() {
            workload = workload.connects(json!({ "to": format!("{host}:{port}"), "protocol": "postgres",
                "tls": source.text("sslmode", "disable") != "disable", "database": source.text("database", ""),
                "user": { "env": "DATA_SOURCE_USER" }, "password": { "env": "DATA_SOURCE_PASS" } }));
        }
    }
    // The chart's `annotations` are its pods'.
    let annotated = json!({ "podAnnotations": values.at("annotations").0 });
    all.push(workload.values(values).values(Values(&annotated)).build());
    all.push(service(
        &full,
        &labels,
        &selector,
        &values.text("service.type", "ClusterIP"),
        &[(&values.text("service.name", "http"), values.number("service.port", 80), "http".into())],
    ));
    all.extend(monitor(release, values.at("serviceMonitor"), &full, &labels, &selector, &values.text("service.name", "http")));
    if values.flag("podDisruptionBudget.enabled", false) {
        all.push(disruption_budget(&full, &labels, &selector, values.at("podDisruptionBudget")));
    }
    all
}
