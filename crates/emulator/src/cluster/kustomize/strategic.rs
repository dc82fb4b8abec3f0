//! Strategic merge: maps by key, and lists of built-in kinds by the key of their items. Source: Kubernetes' API
//! conventions, "strategic merge patch", and the `patchMergeKey`s of its types.

use serde_json::Value;

/// Whether the schema of an object is one that kustomize has: lists of others are replaced.
pub(super) fn is_builtin(object: &Value) -> bool {
    let api = object["apiVersion"].as_str().unwrap_or("");
    let group = api.split_once('/').map_or("", |(g, _)| g);
    group.is_empty() || !group.contains('.') || group.ends_with(".k8s.io") && !group.starts_with("gateway.")
}

/// The key that tells items of a list apart, by the list's field.
fn merge_key(field: &str) -> Option<&'static [&'static str]> {
    Some(match field {
        "containers" | "initContainers" | "ephemeralContainers" | "volumes" | "env" | "imagePullSecrets" | "secrets" => &["name"],
        "ports" => &["containerPort", "port"],
        "volumeMounts" => &["mountPath"],
        "volumeDevices" => &["devicePath"],
        "hostAliases" => &["ip"],
        "topologySpreadConstraints" => &["topologyKey"],
        "conditions" => &["type"],
        "webhooks" => &["name"],
        _ => return None,
    })
}

/// `patch` on top of `base`. `field` is the name under which both stand.
pub(super) fn merge(base: &Value, patch: &Value, builtin: bool, field: &str) -> Value {
    match (base, patch) {
        (Value::Object(before), Value::Object(changes)) => {
            if changes.get("$patch").is_some_and(|d| d == "replace") {
                let mut whole = changes.clone();
                whole.remove("$patch");
                return Value::Object(whole);
            }
            let mut after = before.clone();
            for (key, change) in changes {
                if key.starts_with("$patch") || key.starts_with("$setElementOrder") || key.starts_with("$retainKeys") {
                    continue;
                }
                if let Some(list) = key.strip_prefix("$deleteFromPrimitiveList/") {
                    if let (Some(items), Some(gone)) = (after.get_mut(list).and_then(Value::as_array_mut), change.as_array()) {
                        items.retain(|i| !gone.contains(i));
                    }
                } else if change.is_null() || change.get("$patch").is_some_and(|d| d == "delete") {
                    after.remove(key);
                } else {
                    let merged = merge(after.get(key).unwrap_or(&Value::Null), change, builtin, key);
                    after.insert(key.clone(), merged);
                }
            }
            Value::Object(after)
        }
        (Value::Array(before), Value::Array(changes)) if builtin => match merge_key(field) {
            Some(keys) => Value::Array(items(before, changes, keys)),
            None if field == "finalizers" => {
                let mut all = changes.clone();
                all.extend(before.iter().filter(|b| !changes.contains(b)).cloned());
                Value::Array(all)
            }
            None => Value::Array(changes.clone()),
        },
        (_, Value::Object(_)) => merge_fresh(patch, builtin, field),
        _ => patch.clone(),
    }
}

/// A part that the base does not have: the patch without its directives.
fn merge_fresh(patch: &Value, builtin: bool, field: &str) -> Value {
    merge(&Value::Object(serde_json::Map::new()), patch, builtin, field)
}

fn items(before: &[Value], changes: &[Value], keys: &[&str]) -> Vec<Value> {
    let same = |a: &Value, b: &Value| keys.iter().any(|k| !a[*k].is_null() && a[*k] == b[*k]);
    if changes.iter().any(|c| c["$patch"] == "replace") {
        return changes.iter().filter(|c| c["$patch"] != "replace").cloned().collect();
    }
    // What the patch names comes first, in its order; then the rest.
    let mut after: Vec<Value> = Vec::new();
    for change in changes.iter().filter(|c| c["$patch"] != "delete") {
        after.push(match before.iter().find(|b| same(b, change)) {
            Some(item) => merge(item, change, true, ""),
            None => merge_fresh(change, true, ""),
        });
    }
    after.extend(before.iter().filter(|b| !changes.iter().any(|c| same(b, c))).cloned());
    after
}
