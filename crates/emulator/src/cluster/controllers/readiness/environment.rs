//! What a container's environment says, as the kubelet puts it together.

use crate::cluster::Objects;
use crate::cluster::controllers::fields::{items, text};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use std::collections::BTreeMap;

/// A key of a Secret, decoded.
pub(crate) fn secret_key(secret: &Value, key: &str) -> Option<String> {
    if let Some(plain) = secret["stringData"][key].as_str() {
        return Some(plain.to_owned());
    }
    let bytes = STANDARD.decode(secret["data"][key].as_str()?.trim()).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// Every key of a Secret, decoded.
pub(crate) fn secret_keys(secret: &Value) -> BTreeMap<String, String> {
    let keys = ["data", "stringData"].into_iter().filter_map(|f| secret[f].as_object()).flat_map(|m| m.keys());
    keys.filter_map(|k| Some((k.clone(), secret_key(secret, k)?))).collect()
}

/// The environment of a container; what cannot be found is left out.
pub(crate) fn of(objects: &Objects, namespace: &str, pod: &Value, container: &Value) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for source in items(&container["envFrom"]) {
        let prefix = text(&source["prefix"]);
        let mut add = |key: &str, value: String| all.insert(format!("{prefix}{key}"), value);
        if let Some(secret) = source["secretRef"]["name"].as_str().and_then(|n| objects.get("secrets", namespace, n)) {
            for (key, value) in secret_keys(secret) {
                add(&key, value);
            }
        }
        if let Some(map) = source["configMapRef"]["name"].as_str().and_then(|n| objects.get("configmaps", namespace, n)) {
            for (key, value) in map["data"].as_object().into_iter().flatten() {
                add(key, text(value).to_owned());
            }
        }
    }
    for entry in items(&container["env"]) {
        let from = &entry["valueFrom"];
        let value = if let Some(plain) = entry["value"].as_str() {
            Some(expand(plain, &all))
        } else if from["secretKeyRef"].is_object() {
            let reference = &from["secretKeyRef"];
            objects.get("secrets", namespace, text(&reference["name"])).and_then(|s| secret_key(s, text(&reference["key"])))
        } else if from["configMapKeyRef"].is_object() {
            let reference = &from["configMapKeyRef"];
            let map = objects.get("configmaps", namespace, text(&reference["name"]));
            map.and_then(|m| m["data"][text(&reference["key"])].as_str()).map(str::to_owned)
        } else {
            match text(&from["fieldRef"]["fieldPath"]) {
                "metadata.name" => Some(text(&pod["metadata"]["name"]).to_owned()),
                "metadata.namespace" => Some(namespace.to_owned()),
                _ => None,
            }
        };
        if let Some(value) = value {
            all.insert(text(&entry["name"]).to_owned(), value);
        }
    }
    all
}

/// Puts variables in: `$(NAME)`; what is not known stays as it is. Source: Kubernetes documentation, dependent variables.
pub(crate) fn expand(value: &str, known: &BTreeMap<String, String>) -> String {
    let mut made = String::with_capacity(value.len());
    let mut rest = value;
    while let Some(at) = rest.find("$(") {
        let Some(end) = rest[at..].find(')').map(|e| at + e) else {
            break;
        };
        made.push_str(&rest[..at]);
        match known.get(&rest[at + 2..end]) {
            Some(found) => made.push_str(found),
            None => made.push_str(&rest[at..=end]),
        }
        rest = &rest[end + 1..];
    }
    made.push_str(rest);
    made
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_put_in_where_they_are_known() {
        let known = BTreeMap::from([("A".to_owned(), "x".to_owned())]);
        for (text, made) in [("$(A)/$(B)", "x/$(B)"), ("plain", "plain"), ("$(A", "$(A"), ("$(A)$(A)", "xx")] {
            assert_eq!(expand(text, &known), made);
        }
    }
}
