//! The Valkey operator of hyperspike. Source: hyperspike/valkey-operator, its release's `install.yaml`.

use super::{definitions, namespace, placed, version};
use crate::cluster::helm::object::{cluster_role, cluster_role_binding, rule, service, service_account};
use crate::cluster::helm::{Definition, Workload};
use serde_json::{Value, json};

const NAMESPACE: &str = "valkey-operator-system";

const DEFINITIONS: &[Definition] = &[Definition::new("hyperspike.io", "Valkey", "valkeys", &["v1"]).short(&["vk"])];

/// Everything in it.
pub(super) fn objects(tag: &str) -> Option<Vec<Value>> {
    version(tag, 0)?;
    let name = "valkey-operator-controller-manager";
    let labels = json!({ "app.kubernetes.io/name": "valkey-operator", "app.kubernetes.io/managed-by": "kustomize", "control-plane": "controller-manager" });
    let selector = json!({ "control-plane": "controller-manager", "app.kubernetes.io/name": "valkey-operator" });
    let mut all = vec![namespace(NAMESPACE, &labels)];
    all.extend(definitions(DEFINITIONS, &labels));
    all.extend([
        service_account(name, &labels),
        cluster_role(
            "valkey-operator-manager-role",
            &labels,
            json!([
                rule(&["hyperspike.io"], &["valkeys", "valkeys/status", "valkeys/finalizers"], &["*"]),
                rule(
                    &[""],
                    &["configmaps", "secrets", "services", "serviceaccounts", "pods", "persistentvolumeclaims", "events"],
                    &["*"]
                ),
                rule(&["apps"], &["statefulsets", "deployments"], &["*"]),
                rule(&["policy"], &["poddisruptionbudgets"], &["*"]),
                rule(&["cert-manager.io"], &["certificates", "issuers", "clusterissuers"], &["*"]),
                rule(&["monitoring.coreos.com"], &["servicemonitors"], &["*"]),
            ]),
        ),
        cluster_role_binding("valkey-operator-manager-rolebinding", &labels, "valkey-operator-manager-role", NAMESPACE, name),
        service(
            "valkey-operator-controller-manager-metrics-service",
            &labels,
            &selector,
            "ClusterIP",
            &[("https", 8443, json!(8443))],
        ),
        Workload::deployment(name, labels.clone(), &selector, &format!("ghcr.io/hyperspike/valkey-operator:v{tag}"))
            .container("manager")
            .account(name)
            .args(["--metrics-bind-address=:8443", "--leader-elect", "--health-probe-bind-address=:8081"])
            .probe("/healthz", 8081)
            .resources(json!({ "limits": { "cpu": "500m", "memory": "128Mi" }, "requests": { "cpu": "10m", "memory": "64Mi" } }))
            .restricted()
            .pod("terminationGracePeriodSeconds", json!(10))
            .build(),
    ]);
    Some(placed(all, NAMESPACE))
}
