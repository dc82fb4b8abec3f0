//! What does not even come to be: the API server refuses the pod.

use super::{DEPLOYMENT, broken, parts::container};
use serde_json::json;

#[test]
fn a_quota_that_is_used_up() {
    let quota = json!({ "apiVersion": "v1", "kind": "ResourceQuota", "metadata": { "name": "tight" }, "spec": { "hard": { "pods": "1" } } });
    let create = async |hand: &super::Hand| {
        hand.create("/api/v1/namespaces/api/resourcequotas", quota).await;
    };
    broken(create, &["exceeded quota: tight", "pods"]);
}

#[test]
fn a_limit_that_is_lower_than_what_the_app_asks_for() {
    let limit = json!({ "type": "Container", "max": { "memory": "128Mi" } });
    let range =
        json!({ "apiVersion": "v1", "kind": "LimitRange", "metadata": { "name": "small" }, "spec": { "limits": [limit] } });
    let create = async |hand: &super::Hand| {
        hand.create("/api/v1/namespaces/api/limitranges", range).await;
    };
    broken(create, &["maximum memory usage per Container is 128Mi, but limit is 256Mi"]);
}

#[test]
fn a_pod_that_the_namespace_holds_for_unsafe() {
    let patch = async |hand: &super::Hand| {
        hand.strategic(
            DEPLOYMENT,
            container(json!({ "securityContext": { "privileged": true, "allowPrivilegeEscalation": true } })),
        )
        .await;
    };
    broken(patch, &["violates PodSecurity", "privileged"]);
}

#[test]
fn a_webhook_that_does_not_answer() {
    let hook = json!({
        "name": "pods.guard.example.com", "admissionReviewVersions": ["v1"], "sideEffects": "None", "failurePolicy": "Fail",
        "clientConfig": { "service": { "namespace": "cert-manager", "name": "guard", "port": 443 }, "caBundle": "" },
        "rules": [{ "apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"] }],
    });
    let object = json!({
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration", "metadata": { "name": "guard" },
        "webhooks": [hook],
    });
    let create = async |hand: &super::Hand| {
        hand.create("/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations", object).await;
    };
    broken(create, &["failed calling webhook \"pods.guard.example.com\"", "service \"guard\" not found"]);
}
