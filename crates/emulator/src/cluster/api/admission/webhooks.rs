//! Webhooks: whether those who must judge a write can be asked.
//!
//! What a webhook says is its operator's affair; that it must answer is the server's.

use super::super::error::{ApiError, Result};
use super::super::kinds::Kind;
use super::super::select;
use super::Operation;
use crate::cluster::Objects;
use serde_json::Value;

const CONFIGURATIONS: [&str; 2] = [
    "mutatingwebhookconfigurations.admissionregistration.k8s.io",
    "validatingwebhookconfigurations.admissionregistration.k8s.io",
];

/// Asks every webhook that wants to be asked.
pub(super) fn call(objects: &Objects, kind: &Kind, operation: Operation, object: &Value) -> Result<()> {
    // Webhooks never judge their own configurations: otherwise nobody could repair them.
    if kind.group == "admissionregistration.k8s.io" {
        return Ok(());
    }
    for resource in CONFIGURATIONS {
        for hook in objects.list(resource).into_iter().flat_map(|c| c["webhooks"].as_array().into_iter().flatten()) {
            if hook["failurePolicy"] == "Ignore" || !wants(objects, hook, kind, operation, object) {
                continue;
            }
            if let Some(why) = unreachable(objects, hook) {
                let name = hook["name"].as_str().unwrap_or("");
                let message = format!("Internal error occurred: failed calling webhook \"{name}\": {why}");
                let mut error = ApiError::new(500, "InternalError", message);
                error.details =
                    serde_json::json!({ "causes": [{ "message": format!("failed calling webhook \"{name}\": {why}") }] });
                return Err(error);
            }
        }
    }
    Ok(())
}

fn wants(objects: &Objects, hook: &Value, kind: &Kind, operation: Operation, object: &Value) -> bool {
    let any = |list: &Value, wanted: &str| list.as_array().is_some_and(|all| all.iter().any(|v| v == "*" || v == wanted));
    let asked = hook["rules"].as_array().into_iter().flatten().any(|rule| {
        let scope = match rule["scope"].as_str() {
            Some("Namespaced") => kind.namespaced,
            Some("Cluster") => !kind.namespaced,
            _ => true,
        };
        scope
            && any(&rule["apiGroups"], &kind.group)
            && (any(&rule["resources"], &kind.plural) || any(&rule["resources"], "*/*"))
            && any(&rule["operations"], operation.name())
    });
    if !asked || !select::matches(&or_all(&hook["objectSelector"]), &object["metadata"]["labels"]) {
        return false;
    }
    let namespace = if kind.resource() == "namespaces" { &object["metadata"]["name"] } else { &object["metadata"]["namespace"] };
    let Some(namespace) = namespace.as_str().filter(|n| !n.is_empty()) else {
        return true;
    };
    let labels = if kind.resource() == "namespaces" {
        object["metadata"]["labels"].clone()
    } else {
        objects.get("namespaces", "", namespace).map_or(Value::Null, |n| n["metadata"]["labels"].clone())
    };
    select::matches(&or_all(&hook["namespaceSelector"]), &labels)
}

/// A selector that is left out selects everything here.
fn or_all(selector: &Value) -> Value {
    if selector.is_null() { serde_json::json!({}) } else { selector.clone() }
}

/// Why a webhook cannot be asked; nothing when it can, or when it is somewhere outside.
fn unreachable(objects: &Objects, hook: &Value) -> Option<String> {
    let service = hook["clientConfig"].get("service")?;
    let text = |name: &str| service[name].as_str().unwrap_or("");
    let (namespace, name) = (text("namespace"), text("name"));
    let port = service["port"].as_i64().unwrap_or(443);
    let wait = hook["timeoutSeconds"].as_i64().unwrap_or(10);
    let path = text("path").trim_start_matches('/').to_owned();
    let post = format!("failed to call webhook: Post \"https://{name}.{namespace}.svc:{port}/{path}?timeout={wait}s\"");
    if objects.get("services", namespace, name).is_none() {
        return Some(format!("{post}: service \"{name}\" not found"));
    }
    if !answered(objects, namespace, name) {
        return Some(format!("{post}: no endpoints available for service \"{name}\""));
    }
    let silent = objects.world().world().clusters.silent_webhooks.iter().any(|s| hook["name"] == s.as_str());
    silent.then(|| format!("{post}: context deadline exceeded"))
}

/// Whether a Service has a Ready endpoint: one of its slices, or a Ready pod that nobody has put into a slice yet.
fn answered(objects: &Objects, namespace: &str, name: &str) -> bool {
    let slices = objects.list_in("endpointslices.discovery.k8s.io", namespace);
    let mut own = slices.into_iter().filter(|s| s["metadata"]["labels"]["kubernetes.io/service-name"] == name).peekable();
    if own.peek().is_some() {
        return own.flat_map(|s| s["endpoints"].as_array().into_iter().flatten()).any(|e| e["conditions"]["ready"] != false);
    }
    let selector = objects.get("services", namespace, name).map_or(Value::Null, |s| s["spec"]["selector"].clone());
    let Some(wanted) = selector.as_object().filter(|s| !s.is_empty()) else {
        return false;
    };
    objects.list_in("pods", namespace).into_iter().any(|p| {
        wanted.iter().all(|(k, v)| p["metadata"]["labels"].get(k) == Some(v))
            && p["status"]["conditions"]
                .as_array()
                .is_some_and(|all| all.iter().any(|c| c["type"] == "Ready" && c["status"] == "True"))
    })
}
