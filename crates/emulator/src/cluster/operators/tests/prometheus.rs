//! Prometheus and Alertmanager as the stack's chart asks for them.

use super::{condition, install, lab};
use serde_json::json;

#[test]
fn the_stack_comes_up_and_tells_of_a_monitor_whose_secret_is_missing() {
    let mut lab = lab("");
    // Helm's first hook makes the operator's certificate.
    super::namespace(&mut lab, "monitoring");
    lab.apply(&[json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "create", "namespace": "monitoring" },
        "spec": { "containers": [{ "name": "create", "image": "ghcr.io/jkroepke/kube-webhook-certgen:1.8.7",
            "args": ["create", "--namespace=monitoring", "--secret-name=kube-prometheus-stack-admission"] }] },
    })]);
    lab.pass(60);
    install(
        &mut lab,
        "kube-prometheus-stack",
        "monitoring",
        json!({ "prometheus": { "prometheusSpec": {
        "replicas": 2, "scrapeConfigSelectorNilUsesHelmValues": false,
        "storageSpec": { "volumeClaimTemplate": { "spec": { "accessModes": ["ReadWriteOnce"], "resources": { "requests": { "storage": "20Gi" } } } } },
    } } }),
    );
    lab.pass(300);
    let one = lab.get("prometheuses.monitoring.coreos.com", "monitoring", "kube-prometheus-stack-prometheus");
    assert_eq!(condition(&one, "Available"), "True : ");
    assert_eq!(one["status"]["availableReplicas"], 2);
    assert_eq!(lab.names("persistentvolumeclaims", "monitoring").len(), 2);
    assert!(lab.names("services", "monitoring").contains(&"alertmanager-operated".to_owned()));
    lab.apply(&[json!({
        "apiVersion": "monitoring.coreos.com/v1alpha1", "kind": "ScrapeConfig", "metadata": { "name": "db", "namespace": "monitoring" },
        "spec": { "basicAuth": { "username": { "name": "db-metrics", "key": "username" }, "password": { "name": "db-metrics", "key": "password" } } },
    })]);
    lab.pass(5);
    assert_eq!(
        lab.events("InvalidConfiguration"),
        [
            "ScrapeConfig \"monitoring/db\" was rejected due to invalid configuration: unable to get secret \"db-metrics\": secrets \"db-metrics\" not found (Prometheus)"
        ]
    );
    let beats = lab.pass(120);
    assert!(beats < 40, "{beats} beats in two minutes of rest");
}
