//! What a pod is made of: Secrets, ConfigMaps, keys, volumes, an image.

use super::{DEPLOYMENT, broken};
use serde_json::{Value, json};

/// What a patch puts into the app's container.
pub fn container(patch: Value) -> Value {
    let mut own = json!({ "name": "api" });
    if let (Some(own), Some(patch)) = (own.as_object_mut(), patch.as_object()) {
        own.extend(patch.clone());
    }
    json!({ "spec": { "template": { "spec": { "containers": [own] } } } })
}

#[test]
fn a_secret_that_is_gone() {
    let delete = async |hand: &super::Hand| {
        hand.delete("/api/v1/namespaces/api/secrets/databases-main").await;
    };
    broken(delete, &["secret \"databases-main\" not found"]);
}

#[test]
fn a_config_map_that_is_not_there() {
    let env = json!({ "envFrom": [{ "configMapRef": { "name": "settings" } }] });
    let patch = async |hand: &super::Hand| {
        hand.strategic(DEPLOYMENT, container(env)).await;
    };
    broken(patch, &["configmap \"settings\" not found"]);
}

#[test]
fn a_key_that_a_secret_does_not_have() {
    let env = json!({ "env": [{ "name": "KEY", "valueFrom": { "secretKeyRef": { "name": "databases-main", "key": "salt" } } }] });
    let patch = async |hand: &super::Hand| {
        hand.strategic(DEPLOYMENT, container(env)).await;
    };
    broken(patch, &["couldn't find key salt in Secret api/databases-main"]);
}

#[test]
fn a_claim_that_is_not_bound() {
    let claim = json!({
        "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": { "name": "files" },
        "spec": { "accessModes": ["ReadWriteOnce"], "storageClassName": "fast", "resources": { "requests": { "storage": "1Gi" } } },
    });
    let volume = json!({ "name": "files", "persistentVolumeClaim": { "claimName": "files" } });
    let patch = async |hand: &super::Hand| {
        hand.create("/api/v1/namespaces/api/persistentvolumeclaims", claim).await;
        hand.strategic(DEPLOYMENT, json!({ "spec": { "template": { "spec": { "volumes": [volume] } } } })).await;
    };
    broken(patch, &["PersistentVolumeClaim api/files", "storageclass.storage.k8s.io \"fast\" not found"]);
}

#[test]
fn an_image_of_a_registry_that_the_namespace_cannot_pull_from() {
    let image = json!({ "image": "registry.digitalocean.com/elsewhere/api:1.0.0" });
    let patch = async |hand: &super::Hand| {
        hand.strategic(DEPLOYMENT, container(image)).await;
    };
    broken(patch, &["registry.digitalocean.com/elsewhere/api:1.0.0", "401 Unauthorized"]);
}
