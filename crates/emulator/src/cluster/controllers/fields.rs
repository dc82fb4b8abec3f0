//! Reading fields of objects, and writing conditions so that nothing is written when nothing changed.

use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The text of a field; empty when it is absent or no text.
pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or("")
}

/// Namespace of an object; empty for what belongs to the cluster.
pub(crate) fn namespace(object: &Value) -> &str {
    text(&object["metadata"]["namespace"])
}

/// Name of an object.
pub(crate) fn name(object: &Value) -> &str {
    text(&object["metadata"]["name"])
}

/// Uid of an object.
pub(crate) fn uid(object: &Value) -> &str {
    text(&object["metadata"]["uid"])
}

/// Whether an object is on its way out.
pub(crate) fn leaving(object: &Value) -> bool {
    !object["metadata"]["deletionTimestamp"].is_null()
}

/// The elements of a list; none when it is absent.
pub(crate) fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// A whole number that may be absent.
pub(crate) fn number(value: &Value, default: i64) -> i64 {
    value.as_i64().unwrap_or(default)
}

/// The reference by which a controller owns an object.
pub(crate) fn owner(object: &Value) -> Option<&Value> {
    items(&object["metadata"]["ownerReferences"]).iter().find(|r| r["controller"] == true)
}

/// Objects by the uid of the controller that owns them.
pub(crate) fn by_owner(objects: Vec<&Value>) -> BTreeMap<&str, Vec<&Value>> {
    let mut all: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    for object in objects {
        if let Some(owner) = owner(object) {
            all.entry(text(&owner["uid"])).or_default().push(object);
        }
    }
    all
}

/// The owner reference of a controller.
pub(crate) fn reference(owner: &Value) -> Value {
    json!({
        "apiVersion": owner["apiVersion"],
        "kind": owner["kind"],
        "name": owner["metadata"]["name"],
        "uid": owner["metadata"]["uid"],
        "controller": true,
        "blockOwnerDeletion": true,
    })
}

/// What an event needs to know of the object that it is about.
pub(crate) fn about(object: &Value) -> Value {
    let meta = &object["metadata"];
    json!({
        "apiVersion": object["apiVersion"],
        "kind": object["kind"],
        "metadata": { "namespace": meta["namespace"], "name": meta["name"], "uid": meta["uid"] },
    })
}

/// The status of a condition; empty when there is none of that type.
pub(crate) fn condition<'a>(object: &'a Value, kind: &str) -> &'a str {
    items(&object["status"]["conditions"]).iter().find(|c| c["type"] == kind).map_or("", |c| text(&c["status"]))
}

/// A condition that keeps its date while its status stays.
pub(crate) fn conditioned(before: &Value, kind: &str, status: &str, reason: &str, message: &str, now: &str) -> Value {
    let old = items(&before["conditions"]).iter().find(|c| c["type"] == kind);
    let since = old.filter(|c| c["status"] == status).map_or(now, |c| text(&c["lastTransitionTime"]));
    let mut made = json!({ "type": kind, "status": status, "lastTransitionTime": since });
    if !reason.is_empty() {
        made["reason"] = reason.into();
    }
    if !message.is_empty() {
        made["message"] = message.into();
    }
    made
}

/// The same with the generation that was looked at, as newer interfaces have it.
pub(crate) fn observed(
    object: &Value,
    before: &Value,
    kind: &str,
    status: &str,
    reason: &str,
    message: &str,
    now: &str,
) -> Value {
    let mut made = conditioned(before, kind, status, reason, message, now);
    made["observedGeneration"] = object["metadata"]["generation"].clone();
    if message.is_empty() {
        made["message"] = "".into();
    }
    made
}

/// A number or a share such as `25%` of `whole`, rounded up or down. Source: Kubernetes documentation, `IntOrString`.
pub(crate) fn share(value: &Value, whole: i64, up: bool, default: &str) -> i64 {
    let read = |text: &str| {
        let percent: i64 = text.trim_end_matches('%').parse().unwrap_or(0);
        let parts = percent.saturating_mul(whole);
        if up { (parts + 99) / 100 } else { parts / 100 }
    };
    match value {
        Value::Number(n) => n.as_i64().unwrap_or(0),
        Value::String(text) if text.ends_with('%') => read(text),
        Value::String(text) => text.parse().unwrap_or(0),
        _ => read(default),
    }
}
