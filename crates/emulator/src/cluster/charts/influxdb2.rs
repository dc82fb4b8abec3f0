//! InfluxDB 2. Source: the influxdb2 chart.

use super::common::{account, env_map, image};
use crate::cluster::helm::object::{annotated, claim, disruption_budget, object, secret, service};
use crate::cluster::helm::{Chart, Release, Version, Workload};
use serde_json::{Value, json};

/// The chart.
pub(crate) const CHART: Chart = Chart {
    name: "influxdb2",
    repository: "https://helm.influxdata.com",
    versions: &[Version { chart: "2.1.2", app: "2.7.4" }, Version { chart: "2.1.1", app: "2.3.0" }],
    definitions: &[],
    refuses: |_| None,
    render,
};

fn render(release: &Release) -> Vec<Value> {
    let values = release.values();
    let (full, labels, selector) = (release.full(), release.labels(""), release.selector(""));
    let (name, mut all) = account(release, values.at("serviceAccount"), &labels);
    let admin = values.at("adminUser");
    let own = format!("{full}-auth");
    let auth = admin.text("existingSecret", &own);
    if !admin.has("existingSecret") {
        // The chart draws what is not given; the draw depends on the release alone here.
        let drawn = |what: &str| format!("{what}-of-{}", release.name);
        let texts = json!({ "admin-password": admin.text("password", &drawn("password")), "admin-token": admin.text("token", &drawn("token")) });
        all.push(secret(&own, &labels, &texts));
    }
    let mut workload = Workload::stateful_set(
        &full,
        &full,
        labels.clone(),
        &selector,
        &image(values.at("image"), "", "influxdb", "2.7.4-alpine"),
    )
    .container("influxdb2")
    .account(&name)
    .port("http", 8086)
    .probe("/health", "http")
    .env("DOCKER_INFLUXDB_INIT_MODE", "setup")
    .env("DOCKER_INFLUXDB_INIT_ORG", &admin.text("organization", "influxdata"))
    .env("DOCKER_INFLUXDB_INIT_BUCKET", &admin.text("bucket", "default"))
    .env_secret("DOCKER_INFLUXDB_INIT_PASSWORD", &auth, "admin-password")
    .env_secret("DOCKER_INFLUXDB_INIT_ADMIN_TOKEN", &auth, "admin-token")
    .pod_security(values.at("podSecurityContext").0)
    .container_security(&values.or("securityContext", Value::Null));
    let stored = values.at("persistence");
    if stored.flag("enabled", true) {
        let named = stored.text("useExisting", "") == "true";
        let volume = if named { stored.text("name", &full) } else { full.clone() };
        workload = workload.volume(
            "data",
            &stored.text("mountPath", "/var/lib/influxdb2"),
            json!({ "persistentVolumeClaim": { "claimName": volume } }),
        );
        if !named {
            let made = claim(&full, &labels, &stored.text("storageClass", ""), &stored.text("size", "50Gi"));
            all.push(annotated(made, &json!({ "helm.sh/resource-policy": "keep" })));
        }
    }
    all.push(env_map(workload, values, "env").values(values).build());
    all.push(service(
        &full,
        &labels,
        &selector,
        &values.text("service.type", "ClusterIP"),
        &[(&values.text("service.portName", "http"), values.number("service.port", 80), json!(8086))],
    ));
    if values.flag("pdb.create", true) {
        all.push(disruption_budget(&full, &labels, &selector, values.at("pdb")));
    }
    if values.flag("ingress.enabled", false) {
        let rule = json!({ "host": values.text("ingress.hostname", ""), "http": { "paths": [{ "path": "/", "pathType": "Prefix",
            "backend": { "service": { "name": full, "port": { "number": values.number("service.port", 80) } } } }] } });
        all.push(object(
            "networking.k8s.io/v1",
            "Ingress",
            &full,
            &labels,
            json!({ "spec": { "ingressClassName": values.text("ingress.className", ""), "rules": [rule] } }),
        ));
    }
    all
}
