//! The RabbitMQ cluster operator. Source: rabbitmq/cluster-operator, `config/` and its release's `cluster-operator.yml`.

use super::{definitions, namespace, placed, version};
use crate::cluster::helm::object::{cluster_role, cluster_role_binding, role, role_binding, rule, service_account};
use crate::cluster::helm::{Definition, Workload};
use serde_json::{Value, json};

/// Where both operators live.
pub(super) const NAMESPACE: &str = "rabbitmq-system";

const DEFINITIONS: &[Definition] =
    &[Definition::new("rabbitmq.com", "RabbitmqCluster", "rabbitmqclusters", &["v1beta1"]).short(&["rmq"])];

/// The labels of everything in it.
pub(super) fn labels(name: &str) -> Value {
    json!({ "app.kubernetes.io/component": "rabbitmq-operator", "app.kubernetes.io/name": name, "app.kubernetes.io/part-of": "rabbitmq" })
}

/// Everything in it.
pub(super) fn objects(tag: &str) -> Option<Vec<Value>> {
    version(tag, 2)?;
    let name = "rabbitmq-cluster-operator";
    let labels = labels(name);
    let election = "rabbitmq-cluster-leader-election-role";
    let role_name = "rabbitmq-cluster-operator-role";
    let mut all = vec![namespace(NAMESPACE, &labels)];
    all.extend(definitions(DEFINITIONS, &labels));
    all.extend([
        service_account(name, &labels),
        role(
            election,
            &labels,
            json!([rule(
                &["coordination.k8s.io"],
                &["leases"],
                &["get", "list", "watch", "create", "update", "patch", "delete"]
            )]),
        ),
        cluster_role(
            role_name,
            &labels,
            json!([
                rule(
                    &[""],
                    &["configmaps", "secrets", "services", "serviceaccounts", "persistentvolumeclaims"],
                    &["create", "get", "list", "update", "watch"]
                ),
                rule(&[""], &["pods", "endpoints"], &["get", "list", "update", "watch"]),
                rule(&[""], &["events"], &["create", "get", "patch"]),
                rule(&["apps"], &["statefulsets"], &["create", "delete", "get", "list", "update", "watch"]),
                rule(
                    &["rabbitmq.com"],
                    &["rabbitmqclusters", "rabbitmqclusters/status", "rabbitmqclusters/finalizers"],
                    &["create", "get", "list", "update", "watch"]
                ),
                rule(&["rbac.authorization.k8s.io"], &["roles", "rolebindings"], &["create", "get", "list", "update", "watch"]),
            ]),
        ),
        role_binding("rabbitmq-cluster-leader-election-rolebinding", &labels, election, NAMESPACE, name),
        cluster_role_binding("rabbitmq-cluster-operator-rolebinding", &labels, role_name, NAMESPACE, name),
        Workload::deployment(
            name,
            labels.clone(),
            &json!({ "app.kubernetes.io/name": name }),
            &format!("rabbitmqoperator/cluster-operator:{tag}"),
        )
        .container("operator")
        .account(name)
        .port("metrics", 9782)
        .env("OPERATOR_NAMESPACE", NAMESPACE)
        .resources(json!({ "limits": { "cpu": "200m", "memory": "500Mi" }, "requests": { "cpu": "200m", "memory": "500Mi" } }))
        .restricted()
        .pod("terminationGracePeriodSeconds", json!(10))
        .build(),
    ]);
    Some(placed(all, NAMESPACE))
}
