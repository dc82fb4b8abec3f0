//! Pods: made from templates, and asked whether they are ready.

use super::fields::{condition, items, leaving, number, reference, text};
use crate::Cx;
use crate::cluster::Objects;
use serde_json::{Value, json};

/// Letters of generated names. Source: Kubernetes, `k8s.io/apimachinery/pkg/util/rand`.
pub(crate) const LETTERS: &str = "bcdfghjklmnpqrstvwxz2456789";

/// A pod of a template, owned by `owner`.
pub(crate) fn from_template(template: &Value, owner: &Value, name: &str) -> Value {
    let mut spec = template["spec"].clone();
    let mut connects = template["_connects"].clone();
    if let Some(map) = spec.as_object_mut() {
        let inner = map.remove("_connects");
        if connects.is_null() {
            connects = inner.unwrap_or(Value::Null);
        }
        map.entry("restartPolicy").or_insert_with(|| "Always".into());
        map.entry("serviceAccountName").or_insert_with(|| "default".into());
    }
    let mut meta = json!({
        "name": name,
        "namespace": owner["metadata"]["namespace"],
        "ownerReferences": [reference(owner)],
    });
    for field in ["labels", "annotations"] {
        if let Some(map) = template["metadata"][field].as_object() {
            meta[field] = Value::Object(map.clone());
        }
    }
    let mut pod = json!({ "apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec, "status": { "phase": "Pending" } });
    if !connects.is_null() {
        pod["_connects"] = connects;
    }
    pod
}

/// `prefix-` and five letters.
pub(crate) fn random_name(cx: &mut Cx, prefix: &str) -> String {
    let suffix = cx.random_text(LETTERS, 5);
    format!("{prefix}-{suffix}")
}

/// The name that a template's content gives to revisions, such as `7c5ddbdf54`. Source: Kubernetes,
/// `controller.ComputeHash`: a 32-bit FNV hash in letters that make no words.
pub(crate) fn template_hash(template: &Value, salt: u64) -> String {
    let mut hash: u32 = 0x811c_9dc5;
    for byte in template.to_string().bytes().chain(salt.to_le_bytes()) {
        hash = (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    }
    let letters = LETTERS.as_bytes();
    hash.to_string().bytes().map(|b| char::from(letters[usize::from(b) % letters.len()])).collect()
}

/// Whether a pod is Ready.
pub(crate) fn ready(pod: &Value) -> bool {
    condition(pod, "Ready") == "True" && !leaving(pod)
}

/// Whether a pod still counts: neither over nor on its way out.
pub(crate) fn active(pod: &Value) -> bool {
    !over(pod) && !leaving(pod)
}

/// Whether a pod has run to its end.
pub(crate) fn over(pod: &Value) -> bool {
    matches!(text(&pod["status"]["phase"]), "Succeeded" | "Failed")
}

/// Every container of a pod spec, those that run first included.
pub(crate) fn containers(spec: &Value) -> impl Iterator<Item = &Value> {
    items(&spec["initContainers"]).iter().chain(items(&spec["containers"]))
}

/// Whether a workload runs as it should: what a controller asks about its own pods before it acts.
#[allow(dead_code, reason = "for operators and controllers of other builders")]
pub(crate) fn workload_ready(objects: &Objects, namespace: &str, resource: &str, name: &str) -> bool {
    let Some(object) = objects.get(resource, namespace, name) else {
        return false;
    };
    let status = &object["status"];
    if resource.starts_with("daemonsets") {
        return number(&status["numberReady"], 0) > 0;
    }
    number(&status["readyReplicas"], 0) > 0
}
