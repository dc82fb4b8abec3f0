//! `namespace`, `labels`, `commonLabels`, `commonAnnotations`, `replicas`.

use super::id;
use serde_json::Value;

/// Puts everything that lies in a namespace into the Kustomization's.
pub(super) fn namespace(kustomization: &Value, objects: &mut [Value]) {
    let Some(namespace) = kustomization["namespace"].as_str().filter(|n| !n.is_empty()) else { return };
    let accounts: Vec<String> = objects
        .iter()
        .filter(|o| o["kind"] == "ServiceAccount")
        .filter_map(|o| o["metadata"]["name"].as_str())
        .map(str::to_owned)
        .collect();
    for object in objects.iter_mut() {
        if object["kind"] == "Namespace" {
            object["metadata"]["name"] = namespace.into();
            continue;
        }
        if id::namespaced(object) {
            object["metadata"]["namespace"] = namespace.into();
        }
        for subject in object.get_mut("subjects").and_then(Value::as_array_mut).into_iter().flatten() {
            let name = subject["name"].as_str().unwrap_or("");
            if subject["kind"] == "ServiceAccount" && (name == "default" || accounts.iter().any(|a| a == name)) {
                subject["namespace"] = namespace.into();
            }
        }
        for hook in object.get_mut("webhooks").and_then(Value::as_array_mut).into_iter().flatten() {
            if hook["clientConfig"]["service"].is_object() {
                hook["clientConfig"]["service"]["namespace"] = namespace.into();
            }
        }
    }
}

/// Where selectors and templates carry labels, by kind.
fn selectors(object: &Value) -> &'static [&'static str] {
    match object["kind"].as_str().unwrap_or("") {
        "Deployment" | "StatefulSet" | "ReplicaSet" | "DaemonSet" => {
            &["/spec/selector/matchLabels", "/spec/template/metadata/labels"]
        }
        "Service" | "ReplicationController" => &["/spec/selector"],
        "Job" => &["/spec/template/metadata/labels"],
        "CronJob" => &["/spec/jobTemplate/spec/template/metadata/labels"],
        "PodDisruptionBudget" => &["/spec/selector/matchLabels"],
        "NetworkPolicy" => &["/spec/podSelector/matchLabels"],
        _ => &[],
    }
}

/// Labels, with selectors where they are asked for.
pub(super) fn labels(kustomization: &Value, objects: &mut [Value]) {
    let mut all: Vec<(&Value, bool, bool)> = vec![(&kustomization["commonLabels"], true, true)];
    for entry in kustomization["labels"].as_array().into_iter().flatten() {
        all.push((&entry["pairs"], entry["includeSelectors"] == true, entry["includeTemplates"] == true));
    }
    for (pairs, in_selectors, in_templates) in all {
        for (key, value) in pairs.as_object().into_iter().flatten() {
            for object in objects.iter_mut() {
                set(object, "/metadata/labels", key, value);
                for path in selectors(object) {
                    if in_selectors || in_templates && path.contains("/template/") {
                        set(object, path, key, value);
                    }
                }
            }
        }
    }
}

/// Annotations of objects and of their pods.
pub(super) fn annotations(kustomization: &Value, objects: &mut [Value]) {
    for (key, value) in kustomization["commonAnnotations"].as_object().into_iter().flatten() {
        for object in objects.iter_mut() {
            set(object, "/metadata/annotations", key, value);
            if object["spec"]["template"]["spec"]["containers"].is_array() {
                set(object, "/spec/template/metadata/annotations", key, value);
            }
        }
    }
}

fn set(object: &mut Value, path: &str, key: &str, value: &Value) {
    let mut at = object;
    for part in path.split('/').skip(1) {
        if !at.is_object() {
            *at = serde_json::json!({});
        }
        at = &mut at[part];
    }
    at[key] = value.clone();
}

/// Replicas of the workloads of a name.
pub(super) fn replicas(kustomization: &Value, objects: &mut [Value]) -> Result<(), String> {
    for entry in kustomization["replicas"].as_array().into_iter().flatten() {
        let mut found = false;
        for object in objects.iter_mut().filter(|o| o["metadata"]["name"] == entry["name"]) {
            if matches!(object["kind"].as_str(), Some("Deployment" | "StatefulSet" | "ReplicaSet" | "ReplicationController")) {
                object["spec"]["replicas"] = entry["count"].clone();
                found = true;
            }
        }
        if !found {
            return Err(format!(
                "resource with name {} does not match a config with the following GVK [Deployment.v1.apps StatefulSet.v1.apps ReplicaSet.v1.apps]",
                entry["name"].as_str().unwrap_or("")
            ));
        }
    }
    Ok(())
}
