//! The RabbitMQ messaging topology operator, with its webhook's certificate from cert-manager.
//!
//! Source: rabbitmq/messaging-topology-operator, its release's `messaging-topology-operator-with-certmanager.yaml`.

use super::rabbitmq::{NAMESPACE, labels};
use super::{definitions, namespace, placed, version};
use crate::cluster::helm::object::{annotated, cluster_role, cluster_role_binding, object, rule, service, service_account};
use crate::cluster::helm::{Definition, Workload};
use serde_json::{Value, json};

const GROUP: &str = "rabbitmq.com";

const fn kind(kind: &'static str, plural: &'static str) -> Definition {
    Definition::new(GROUP, kind, plural, &["v1beta1"])
}

const DEFINITIONS: &[Definition] = &[
    kind("Binding", "bindings"),
    kind("Exchange", "exchanges"),
    kind("Federation", "federations"),
    kind("OperatorPolicy", "operatorpolicies"),
    kind("Permission", "permissions"),
    kind("Policy", "policies"),
    kind("Queue", "queues"),
    kind("SchemaReplication", "schemareplications"),
    kind("Shovel", "shovels"),
    Definition::new(GROUP, "SuperStream", "superstreams", &["v1alpha1"]),
    kind("TopicPermission", "topicpermissions"),
    kind("User", "users"),
    kind("Vhost", "vhosts"),
];

/// Everything in it.
pub(super) fn objects(tag: &str) -> Option<Vec<Value>> {
    version(tag, 1)?;
    let name = "messaging-topology-operator";
    let labels = labels(name);
    let selector = json!({ "app.kubernetes.io/name": name });
    let mut all = vec![namespace(NAMESPACE, &labels)];
    all.extend(definitions(DEFINITIONS, &labels));
    all.extend([
        service_account(name, &labels),
        cluster_role(
            "messaging-topology-manager-role",
            &labels,
            json!([
                rule(&[""], &["secrets"], &["create", "get", "list", "patch", "watch"]),
                rule(&[""], &["services"], &["get", "list", "watch"]),
                rule(&[""], &["events"], &["create", "get", "patch"]),
                rule(&[GROUP], &["*"], &["*"]),
            ]),
        ),
        cluster_role_binding("messaging-topology-manager-rolebinding", &labels, "messaging-topology-manager-role", NAMESPACE, name),
        service("webhook-service", &labels, &selector, "ClusterIP", &[("https", 443, json!(9443))]),
        Workload::deployment(name, labels.clone(), &selector, &format!("rabbitmqoperator/messaging-topology-operator:{tag}"))
            .container("manager")
            .account(name)
            .port("webhook-server", 9443)
            .port("metrics", 9782)
            .env("OPERATOR_NAMESPACE", NAMESPACE)
            .volume("cert", "/tmp/k8s-webhook-server/serving-certs", json!({ "secret": { "secretName": "webhook-server-cert", "defaultMode": 420 } }))
            .resources(json!({ "limits": { "cpu": "300m", "memory": "500Mi" }, "requests": { "cpu": "100m", "memory": "100Mi" } }))
            .restricted()
            .pod("terminationGracePeriodSeconds", json!(10))
            .build(),
        object(
            "cert-manager.io/v1",
            "Certificate",
            "serving-cert",
            &labels,
            json!({ "spec": {
                "dnsNames": [format!("webhook-service.{NAMESPACE}.svc"), format!("webhook-service.{NAMESPACE}.svc.cluster.local")],
                "issuerRef": { "kind": "Issuer", "name": "selfsigned-issuer" },
                "secretName": "webhook-server-cert",
            } }),
        ),
        object("cert-manager.io/v1", "Issuer", "selfsigned-issuer", &labels, json!({ "spec": { "selfSigned": {} } })),
    ]);
    let hooks: Vec<Value> = DEFINITIONS
        .iter()
        .map(|d| {
            let version = d.versions[0];
            json!({
                "name": format!("v{}.kb.io", d.kind.to_lowercase()),
                "admissionReviewVersions": ["v1"],
                "clientConfig": { "service": {
                    "name": "webhook-service", "namespace": NAMESPACE,
                    "path": format!("/validate-rabbitmq-com-{version}-{}", d.kind.to_lowercase()),
                } },
                "failurePolicy": "Fail",
                "sideEffects": "None",
                "rules": [{ "apiGroups": [GROUP], "apiVersions": [version], "operations": ["CREATE", "UPDATE"], "resources": [d.plural] }],
            })
        })
        .collect();
    let injected = json!({ "cert-manager.io/inject-ca-from": format!("{NAMESPACE}/serving-cert") });
    let configuration = object(
        "admissionregistration.k8s.io/v1",
        "ValidatingWebhookConfiguration",
        "topology.rabbitmq.com",
        &labels,
        json!({ "webhooks": hooks }),
    );
    all.push(annotated(configuration, &injected));
    Some(placed(all, NAMESPACE))
}
