//! RabbitMQ and hyperspike's Valkey, from the manifests of their releases.

use super::{condition, install, install_manifest, lab};
use crate::cluster::logins;
use crate::cluster::operators::own::secret;
use serde_json::{Value, json};

fn rabbit(kind: &str, called: &str, spec: Value) -> Value {
    let mut spec = spec;
    if kind != "RabbitmqCluster" {
        spec["rabbitmqClusterReference"] = json!({ "name": "events" });
    }
    json!({ "apiVersion": "rabbitmq.com/v1beta1", "kind": kind, "metadata": { "name": called, "namespace": "messaging" }, "spec": spec })
}

#[test]
fn a_queue_with_a_vhost_a_user_and_permissions() {
    let mut lab = lab("");
    install(&mut lab, "cert-manager", "cert-manager", json!({ "crds": { "enabled": true } }));
    install_manifest(&mut lab, "https://github.com/rabbitmq/cluster-operator/releases/download/v2.22.5/cluster-operator.yml");
    install_manifest(
        &mut lab,
        "rabbitmq/messaging-topology-operator/releases/download/v1.20.2/messaging-topology-operator-with-certmanager.yaml",
    );
    super::namespace(&mut lab, "messaging");
    lab.apply(&[rabbit("RabbitmqCluster", "events", json!({ "replicas": 3, "tls": { "secretName": "events-tls" } }))]);
    lab.pass(5);
    let waiting = lab.get("rabbitmqclusters.rabbitmq.com", "messaging", "events");
    assert_eq!(
        condition(&waiting, "ReconcileSuccess"),
        "False TLSError: Failed to get TLS secret events-tls in namespace messaging: secrets \"events-tls\" not found"
    );
    lab.apply(&[
        secret("messaging", "events-tls", "kubernetes.io/tls", &[("tls.crt", "x"), ("tls.key", "x")]),
        rabbit("Vhost", "shop", json!({ "name": "shop" })),
        rabbit("User", "api", json!({ "importCredentialsSecret": { "name": "api-credentials" } })),
        rabbit("Permission", "api-shop", json!({ "vhost": "shop", "userReference": { "name": "api" }, "permissions": { "configure": ".*", "write": ".*", "read": ".*" } })),
        rabbit("Queue", "lost", json!({ "name": "q", "vhost": "none" })),
    ]);
    lab.pass(300);
    let up = lab.get("rabbitmqclusters.rabbitmq.com", "messaging", "events");
    assert_eq!(condition(&up, "AllReplicasReady"), "True AllPodsAreReady: ");
    assert_eq!(condition(&lab.get("vhosts.rabbitmq.com", "messaging", "shop"), "Ready"), "True SuccessfulCreateOrUpdate: ");
    assert_eq!(
        condition(&lab.get("users.rabbitmq.com", "messaging", "api"), "Ready"),
        "False FailedCreateOrUpdate: failed to create user credentials: secrets \"api-credentials\" not found"
    );
    assert_eq!(
        condition(&lab.get("queues.rabbitmq.com", "messaging", "lost"), "Ready"),
        "False FailedCreateOrUpdate: Error: API responded with a 404 Not Found"
    );
    lab.apply(&[secret("messaging", "api-credentials", "Opaque", &[("username", "api"), ("password", "geheim")])]);
    lab.pass(10);
    assert_eq!(
        condition(&lab.get("permissions.rabbitmq.com", "messaging", "api-shop"), "Ready"),
        "True SuccessfulCreateOrUpdate: "
    );
    lab.pass(60);
    let beats = lab.pass(120);
    assert!(beats < 40, "{beats} beats in two minutes of rest");
    let login = lab.k8s(|o| logins::get(o, "events.messaging.svc.cluster.local", 5671).cloned()).unwrap();
    assert_eq!(
        (login["users"]["api"].clone(), login["databases"].clone(), login["tls"].clone()),
        (json!("geheim"), json!(["/", "shop"]), json!(true))
    );
}

#[test]
fn a_valkey_cluster_of_three_shards() {
    let mut lab = lab("");
    install_manifest(&mut lab, "https://github.com/hyperspike/valkey-operator/releases/download/v0.0.61/install.yaml");
    super::namespace(&mut lab, "caches");
    lab.apply(&[
        json!({ "apiVersion": "hyperspike.io/v1", "kind": "Valkey", "metadata": { "name": "main", "namespace": "caches" },
        "spec": { "nodes": 3, "replicas": 0, "storage": { "spec": { "resources": { "requests": { "storage": "8Gi" } } } } } }),
    ]);
    lab.pass(200);
    assert_eq!(lab.get("valkeys.hyperspike.io", "caches", "main")["status"]["ready"], true);
    assert_eq!(lab.names("persistentvolumeclaims", "caches"), ["valkey-data-main-0", "valkey-data-main-1", "valkey-data-main-2"]);
    // Nothing goes on once everything is there.
    lab.pass(60);
    let beats = lab.pass(120);
    assert!(beats < 40, "{beats} beats in two minutes of rest");
    let word = lab.k8s(|o| crate::cluster::operators::own::secret_text(o, "caches", "main", "password")).unwrap();
    let login = lab.k8s(|o| logins::get(o, "main.caches.svc.cluster.local", 6379).cloned()).unwrap();
    assert_eq!(login["users"]["default"], word);
}
