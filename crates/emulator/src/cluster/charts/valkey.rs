//! Valkey by its own project: one server, or one that is written to with replicas. Source: the valkey chart.

use super::common::{account, image, monitor};
use crate::cluster::helm::object::{claim, config_map, disruption_budget, headless, service};
use crate::cluster::helm::{Chart, Release, Version, Workload};
use serde_json::{Value, json};

/// The chart.
pub(crate) const CHART: Chart = Chart {
    name: "valkey",
    repository: "https://valkey.io/valkey-helm",
    versions: &[Version { chart: "0.11.0", app: "9.1.1" }, Version { chart: "0.10.0", app: "9.1.0" }],
    definitions: &[],
    refuses,
    render,
};

fn refuses(release: &Release) -> Option<String> {
    let values = release.values();
    let auth = values.at("auth");
    let nobody = auth.map("aclUsers").is_empty() && auth.text("aclConfig", "").is_empty();
    if auth.flag("enabled", false) && nobody {
        return Some(
            "auth.enabled is true but no authentication configuration provided. Please set auth.aclUsers or auth.aclConfig"
                .to_owned(),
        );
    }
    if values.flag("tls.enabled", false) && values.text("tls.existingSecret", "").is_empty() {
        return Some("tls.existingSecret is required when tls.enabled is true".to_owned());
    }
    (values.flag("replica.enabled", false) && values.text("replica.persistence.size", "").is_empty())
        .then(|| "Replica mode requires persistent storage. Please set replica.persistence.size".to_owned())
}

fn render(release: &Release) -> Vec<Value> {
    let values = release.values();
    let (full, labels, selector) = (release.full(), release.labels(""), release.selector(""));
    let (name, mut all) = account(release, values.at("serviceAccount"), &labels);
    let config = values.text("valkeyConfig", "");
    all.push(config_map(&format!("{full}-config"), &labels, json!({ "valkey.conf": format!("port 6379\n{config}") })));
    let replicated = values.flag("replica.enabled", false);
    let picture = image(values.at("image"), "docker.io", "valkey/valkey", release.version.app);
    let mut workload = if replicated {
        Workload::stateful_set(&full, &format!("{full}-headless"), labels.clone(), &selector, &picture)
    } else {
        Workload::deployment(&full, labels.clone(), &selector, &picture)
    };
    workload = workload
        .container(&full)
        .account(&name)
        .port("tcp", 6379)
        .volume("valkey-config", "/usr/local/etc/valkey", json!({ "configMap": { "name": format!("{full}-config") } }))
        .restricted()
        .pod("securityContext", values.or("podSecurityContext", json!({ "fsGroup": 1000, "runAsUser": 1000, "runAsGroup": 1000, "runAsNonRoot": true, "seccompProfile": { "type": "RuntimeDefault" } })))
        .container_security(values.at("securityContext").0);
    if values.flag("auth.enabled", false) && values.has("auth.usersExistingSecret") {
        let from = values.text("auth.usersExistingSecret", "");
        // Each user's password is read from the Secret by its own key, or by the user's name.
        for (user, settings) in values.map("auth.aclUsers") {
            let key = settings["passwordKey"].as_str().unwrap_or(&user).to_owned();
            workload = workload.env_secret(&format!("VALKEY_PASSWORD_{}", user.to_uppercase().replace('-', "_")), &from, &key);
        }
    }
    if values.flag("tls.enabled", false) {
        workload =
            workload.volume("valkey-tls", "/tls", json!({ "secret": { "secretName": values.text("tls.existingSecret", "") } }));
    }
    let storage = values.at("dataStorage");
    if replicated {
        let persistence = values.at("replica.persistence");
        workload = workload
            .claims("valkey-data", "/data", &persistence.text("storageClass", ""), &persistence.text("size", ""))
            .replicas(values.number("replica.replicas", 2) + 1);
    } else if storage.flag("enabled", false) {
        let named = storage.text("persistentVolumeClaimName", "");
        let volume = if named.is_empty() { full.clone() } else { named.clone() };
        workload = workload.volume("valkey-data", "/data", json!({ "persistentVolumeClaim": { "claimName": volume } }));
        if named.is_empty() {
            all.push(claim(&full, &labels, &storage.text("className", ""), &storage.text("requestedSize", "8Gi")));
        }
    }
    if values.flag("metrics.enabled", false) {
        let exporter = values.at("metrics.exporter");
        let scheme = if values.flag("tls.enabled", false) { "rediss" } else { "redis" };
        workload = workload.beside(json!({
            "name": "metrics", "image": image(exporter.at("image"), "ghcr.io", "oliver006/redis_exporter", "v1.89.0"),
            "ports": [{ "name": "metrics", "containerPort": exporter.number("port", 9121) }],
            "env": [{ "name": "REDIS_ALIAS", "value": full }, { "name": "REDIS_SCHEME", "value": scheme }],
            "resources": exporter.or("resources", json!({})),
            "securityContext": exporter.or("securityContext", json!({})),
        }));
        let mut offered =
            service(&format!("{full}-metrics"), &labels, &selector, "ClusterIP", &[("metrics", 9121, "metrics".into())]);
        offered["metadata"]["labels"]["app.kubernetes.io/part-of"] = "valkey".into();
        all.push(offered);
        all.extend(monitor(release, values.at("metrics.serviceMonitor"), &full, &labels, &selector, "metrics"));
    }
    let mut built = workload.values(values);
    if replicated {
        built = built.replicas(values.number("replica.replicas", 2) + 1);
    }
    all.push(built.build());
    let ports = [("tcp", values.number("service.port", 6379), Value::from("tcp"))];
    all.push(service(&full, &labels, &selector, &values.text("service.type", "ClusterIP"), &ports));
    if replicated {
        all.push(headless(service(&format!("{full}-headless"), &labels, &selector, "ClusterIP", &ports)));
        if values.flag("replica.service.enabled", true) {
            all.push(service(&format!("{full}-read"), &labels, &selector, "ClusterIP", &ports));
        }
    }
    if values.flag("podDisruptionBudget.enabled", false) {
        all.push(disruption_budget(&full, &labels, &selector, values.at("podDisruptionBudget")));
    }
    all
}
