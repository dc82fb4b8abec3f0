//! What of an object is the same in every environment, and what is the environment's own.

use crate::units::{NAMESPACES, Unit};
use serde_json::{Map, Value, json};

/// Kinds of which nothing depends on an environment's values: they stand whole in the base.
const CONSTANT: &[&str] = &[
    "CiliumNetworkPolicy",
    "ClusterRole",
    "ClusterRoleBinding",
    "ConfigMap",
    "HelmRepository",
    "LimitRange",
    "Namespace",
    "NetworkPolicy",
    "Role",
    "RoleBinding",
    "ServiceAccount",
];

/// The base of an object, and the patch that an environment puts on it, where there is one.
pub fn split(object: &Value) -> (Value, Option<Value>) {
    let kind = object["kind"].as_str().unwrap_or("");
    if CONSTANT.contains(&kind) {
        return (object.clone(), None);
    }
    let mut patch = json!({
        "apiVersion": object["apiVersion"],
        "kind": kind,
        "metadata": { "name": object["metadata"]["name"] },
    });
    if !object["metadata"]["namespace"].is_null() {
        patch["metadata"]["namespace"] = object["metadata"]["namespace"].clone();
    }
    let mut base = object.clone();
    if kind == "HelmRelease" {
        release(&mut base, &mut patch);
        return (base, Some(patch));
    }
    let Some(map) = base.as_object_mut() else { return (object.clone(), None) };
    let rest: Vec<String> = map.keys().filter(|k| !matches!(k.as_str(), "apiVersion" | "kind" | "metadata")).cloned().collect();
    for key in rest {
        if let Some(value) = map.remove(&key) {
            patch[key] = value;
        }
    }
    if let Some(annotations) = map.get_mut("metadata").and_then(Value::as_object_mut).and_then(|m| m.remove("annotations")) {
        patch["metadata"]["annotations"] = annotations;
    }
    (base, Some(patch))
}

/// Of a release, values, stamps and version are the environment's.
fn release(base: &mut Value, patch: &mut Value) {
    let mut spec = Map::new();
    if let Some(of) = base["spec"].as_object_mut() {
        if let Some(version) = of.get_mut("chart").and_then(|c| c["spec"].as_object_mut()).and_then(|s| s.remove("version")) {
            spec.insert("chart".into(), json!({ "spec": { "version": version } }));
        }
        for key in ["values", "valuesFrom", "postRenderers"] {
            if let Some(value) = of.remove(key) {
                spec.insert(key.into(), value);
            }
        }
    }
    patch["spec"] = Value::Object(spec);
}

/// The file of an object inside of its unit's folder.
pub fn file(unit: &Unit, object: &Value) -> String {
    let text = |v: &Value| v.as_str().unwrap_or("").to_owned();
    let (kind, name) = (text(&object["kind"]), text(&object["metadata"]["name"]));
    if unit.name == NAMESPACES {
        let namespace = if kind == "Namespace" { name } else { text(&object["metadata"]["namespace"]) };
        return if kind == "ResourceQuota" { format!("{namespace}-quota.yaml") } else { format!("{namespace}.yaml") };
    }
    if matches!(kind.as_str(), "NetworkPolicy" | "CiliumNetworkPolicy") {
        return "network-policies.yaml".into();
    }
    let namespace = text(&object["metadata"]["namespace"]);
    let own = unit
        .objects
        .iter()
        .filter(|o| o["kind"] == object["kind"] && o["metadata"]["name"] == object["metadata"]["name"])
        .count()
        == 1;
    let place = if own { String::new() } else { format!("{namespace}-") };
    format!("{}-{place}{}.yaml", kind.to_lowercase(), name.replace([':', '/'], "-"))
}
