//! How kustomize names objects: `Deployment.v1.apps/web.shop`.

use serde_json::Value;

/// Kinds that belong to the cluster. Custom ones kustomize takes for namespaced.
const CLUSTER: &[&str] = &[
    "APIService",
    "CSIDriver",
    "CSINode",
    "CertificateSigningRequest",
    "ClusterRole",
    "ClusterRoleBinding",
    "CustomResourceDefinition",
    "FlowSchema",
    "IngressClass",
    "MutatingWebhookConfiguration",
    "Namespace",
    "Node",
    "PersistentVolume",
    "PriorityClass",
    "PriorityLevelConfiguration",
    "RuntimeClass",
    "StorageClass",
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding",
    "ValidatingWebhookConfiguration",
    "VolumeAttachment",
];

/// Whether an object's kind lies in namespaces, as far as kustomize knows.
pub(super) fn namespaced(object: &Value) -> bool {
    !object["kind"].as_str().is_some_and(|k| CLUSTER.contains(&k))
}

/// Group and version of an object.
pub(super) fn group_version(object: &Value) -> (&str, &str) {
    let api = object["apiVersion"].as_str().unwrap_or("");
    api.split_once('/').unwrap_or(("", api))
}

/// Kind, group, name and namespace: what tells objects apart.
pub(super) fn key(object: &Value) -> (String, String, String, String) {
    let text = |v: &Value| v.as_str().unwrap_or("").to_owned();
    let namespace = if namespaced(object) { text(&object["metadata"]["namespace"]) } else { String::new() };
    let namespace = if namespace == "default" { String::new() } else { namespace };
    (text(&object["kind"]), group_version(object).0.to_owned(), text(&object["metadata"]["name"]), namespace)
}

/// The object's id in messages.
pub(crate) fn named(object: &Value) -> String {
    let (group, version) = group_version(object);
    let text = |v: &Value, other: &str| v.as_str().filter(|t| !t.is_empty()).unwrap_or(other).to_owned();
    format!(
        "{}.{}.{}/{}.{}",
        text(&object["kind"], "[noKind]"),
        if version.is_empty() { "[noVer]" } else { version },
        if group.is_empty() { "[noGrp]" } else { group },
        text(&object["metadata"]["name"], "[noName]"),
        text(&object["metadata"]["namespace"], "[noNs]"),
    )
}
