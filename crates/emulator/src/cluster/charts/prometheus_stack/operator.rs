//! The operator.

use super::super::common::image;
use super::{full, labels};
use crate::cluster::helm::object::{cluster_role, cluster_role_binding, rule, service, service_account};
use crate::cluster::helm::{Release, Workload};
use serde_json::{Value, json};

/// Its workload and rights.
pub(super) fn objects(release: &Release) -> Vec<Value> {
    let values = release.at("prometheusOperator");
    if !values.flag("enabled", true) {
        return Vec::new();
    }
    let name = format!("{}-operator", full(release));
    let mut labels = labels(release, "operator");
    labels["app.kubernetes.io/name"] = format!("{}-prometheus-operator", release.short()).into();
    labels["app.kubernetes.io/component"] = "prometheus-operator".into();
    let selector = json!({ "app": labels["app"], "release": release.name });
    let reloader = image(
        values.at("prometheusConfigReloader.image"),
        "quay.io",
        "prometheus-operator/prometheus-config-reloader",
        release.version.app,
    );
    let rights = json!([
        rule(&["monitoring.coreos.com"], &["*"], &["*"]),
        rule(&["apps"], &["statefulsets"], &["*"]),
        rule(&[""], &["configmaps", "secrets"], &["*"]),
        rule(
            &[""],
            &["pods", "nodes", "namespaces", "services", "endpoints", "events"],
            &["get", "list", "watch", "create", "update", "delete", "patch"]
        ),
    ]);
    let mut workload = Workload::deployment(&name, labels.clone(), &selector, &image(values.at("image"), "quay.io", "prometheus-operator/prometheus-operator", release.version.app))
        .container(&release.short())
        .account(&name)
        .args([format!("--kubelet-service=kube-system/{}-kubelet", full(release)), format!("--prometheus-config-reloader={reloader}")])
        .port("https", 10250)
        .pod("securityContext", values.or("securityContext", json!({ "fsGroup": 65534, "runAsGroup": 65534, "runAsNonRoot": true, "runAsUser": 65534, "seccompProfile": { "type": "RuntimeDefault" } })))
        .container_security(&values.or("containerSecurityContext", json!({ "allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "capabilities": { "drop": ["ALL"] } })))
        .needs_api();
    if values.flag("tls.enabled", true) {
        let secret = format!("{}-admission", full(release));
        workload = workload.volume("tls-secret", "/cert", json!({ "secret": { "secretName": secret, "defaultMode": 420 } }));
    }
    vec![
        service_account(&name, &labels),
        cluster_role(&name, &labels, rights),
        cluster_role_binding(&name, &labels, &name, &release.namespace, &name),
        workload.values(values).build(),
        service(&name, &labels, &selector, &values.text("service.type", "ClusterIP"), &[("https", 443, "https".into())]),
    ]
}
