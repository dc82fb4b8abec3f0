//! Patches: JSON (RFC 6902), merge (RFC 7386), and Kubernetes' own strategic merge.

use super::error::{ApiError, Result};
use super::schema::Schema;
use serde_json::{Map, Value};

/// RFC 7386.
pub(crate) fn merge(target: &Value, patch: &Value) -> Value {
    let Value::Object(changes) = patch else {
        return patch.clone();
    };
    let mut all = target.as_object().cloned().unwrap_or_default();
    for (key, change) in changes {
        if change.is_null() {
            all.remove(key);
        } else {
            let merged = merge(all.get(key).unwrap_or(&Value::Null), change);
            all.insert(key.clone(), merged);
        }
    }
    all.into()
}

/// RFC 6902.
pub(crate) fn json(target: &Value, patch: &Value) -> Result<Value> {
    let steps = patch.as_array().ok_or_else(|| ApiError::bad("error decoding patch: it is no list of operations"))?;
    let mut document = target.clone();
    for step in steps {
        let path = step["path"].as_str().unwrap_or("");
        let from = step["from"].as_str().unwrap_or("");
        let wrong = |why: &str| {
            ApiError::new(
                422,
                "Invalid",
                format!("the server rejected our request due to an error in our request: {why}: {path}"),
            )
        };
        match step["op"].as_str() {
            Some("add") => {
                put(&mut document, path, step["value"].clone(), false).ok_or_else(|| wrong("add operation does not apply"))?
            }
            Some("replace") => {
                put(&mut document, path, step["value"].clone(), true)
                    .ok_or_else(|| wrong("replace operation does not apply: doc is missing key"))?;
            }
            Some("remove") => {
                take(&mut document, path).ok_or_else(|| wrong("remove operation does not apply: doc is missing path"))?;
            }
            Some("move") => {
                let value = take(&mut document, from).ok_or_else(|| wrong("move operation does not apply"))?;
                put(&mut document, path, value, false).ok_or_else(|| wrong("move operation does not apply"))?;
            }
            Some("copy") => {
                let value = document.pointer(from).cloned().ok_or_else(|| wrong("copy operation does not apply"))?;
                put(&mut document, path, value, false).ok_or_else(|| wrong("copy operation does not apply"))?;
            }
            Some("test") if document.pointer(path).unwrap_or(&Value::Null) == &step["value"] => {}
            Some("test") => return Err(wrong("testing value failed")),
            _ => return Err(ApiError::bad("unexpected kind of operation")),
        }
    }
    Ok(document)
}

fn last(path: &str) -> Option<(&str, String)> {
    let (parent, key) = path.rsplit_once('/')?;
    Some((parent, key.replace("~1", "/").replace("~0", "~")))
}

fn put(document: &mut Value, path: &str, value: Value, replace: bool) -> Option<()> {
    if path.is_empty() {
        *document = value;
        return Some(());
    }
    let (parent, key) = last(path)?;
    match document.pointer_mut(parent)? {
        Value::Object(map) => {
            if replace && !map.contains_key(&key) {
                return None;
            }
            map.insert(key, value);
        }
        Value::Array(items) => {
            let at = if key == "-" { items.len() } else { key.parse().ok()? };
            if replace {
                *items.get_mut(at)? = value;
            } else if at <= items.len() {
                items.insert(at, value);
            } else {
                return None;
            }
        }
        _ => return None,
    }
    Some(())
}

fn take(document: &mut Value, path: &str) -> Option<Value> {
    let (parent, key) = last(path)?;
    match document.pointer_mut(parent)? {
        Value::Object(map) => map.remove(&key),
        Value::Array(items) => {
            let at: usize = key.parse().ok()?;
            (at < items.len()).then(|| items.remove(at))
        }
        _ => None,
    }
}

/// A strategic merge patch, with its directives `$patch`, `$retainKeys`, `$deleteFromPrimitiveList`, `$setElementOrder`.
pub(crate) fn strategic(target: &Value, patch: &Value, schema: &Schema) -> Value {
    let (Value::Object(before), Value::Object(changes)) = (target, patch) else {
        return without_directives(patch);
    };
    match changes.get("$patch").and_then(Value::as_str) {
        Some("replace") => return without_directives(patch),
        Some("delete") => return Value::Object(Map::new()),
        _ => {}
    }
    let mut all = before.clone();
    if let Some(kept) = changes.get("$retainKeys").and_then(Value::as_array) {
        all.retain(|k, _| kept.iter().any(|r| r == k));
    }
    for (key, gone) in changes {
        if let Some(list) = key.strip_prefix("$deleteFromPrimitiveList/")
            && let (Some(items), Some(gone)) = (all.get_mut(list).and_then(Value::as_array_mut), gone.as_array())
        {
            items.retain(|i| !gone.contains(i));
        }
    }
    for (key, change) in changes.iter().filter(|(k, _)| !k.starts_with('$')) {
        if change.is_null() {
            all.remove(key);
            continue;
        }
        let field = schema.field(key).0;
        let merged = match (all.get(key), change, field.patch_key()) {
            (Some(Value::Array(old)), Value::Array(new), Some(by)) => lists(old, new, by, &field.item()),
            (None, Value::Array(new), Some(by)) => lists(&[], new, by, &field.item()),
            (Some(old), new, _) => strategic(old, new, &field),
            (None, new, _) => strategic(&Value::Object(Map::new()), new, &field),
        };
        all.insert(key.clone(), merged);
    }
    for (key, order) in changes {
        if let (Some(list), Some(order)) = (key.strip_prefix("$setElementOrder/"), order.as_array()) {
            let by = schema.field(list).0.patch_key().unwrap_or("");
            if let Some(items) = all.get_mut(list).and_then(Value::as_array_mut) {
                *items = ordered(items, order, by);
            }
        }
    }
    all.into()
}

fn lists(old: &[Value], new: &[Value], by: &str, item: &Schema) -> Value {
    if new.iter().any(|i| i["$patch"] == "replace") {
        return new.iter().filter(|i| i["$patch"] != "replace").map(without_directives).collect();
    }
    let mut all = old.to_vec();
    for change in new {
        if by.is_empty() {
            if !all.contains(change) {
                all.push(change.clone());
            }
            continue;
        }
        let place = all.iter().position(|o| o.get(by) == change.get(by));
        match (place, change["$patch"].as_str()) {
            (Some(i), Some("delete")) => {
                all.remove(i);
            }
            (None, Some("delete")) => {}
            (Some(i), _) => all[i] = strategic(&all[i], change, item),
            (None, _) => all.push(strategic(&Value::Object(Map::new()), change, item)),
        }
    }
    all.into()
}

/// Items in the patch's order; those that it does not name keep their place behind the one they stood behind.
fn ordered(items: &[Value], order: &[Value], by: &str) -> Vec<Value> {
    let rank = |item: &Value| order.iter().position(|o| if by.is_empty() { o == item } else { o.get(by) == item.get(by) });
    let mut known: Vec<&Value> = items.iter().filter(|i| rank(i).is_some()).collect();
    known.sort_by_key(|i| rank(i));
    let mut known = known.into_iter();
    let mut out = Vec::new();
    for item in items {
        match rank(item) {
            None => out.push(item.clone()),
            Some(_) => out.extend(known.next().cloned()),
        }
    }
    out
}

fn without_directives(value: &Value) -> Value {
    match value {
        Value::Object(map) => map
            .iter()
            .filter(|(k, v)| !k.starts_with('$') && !v.is_null())
            .map(|(k, v)| (k.clone(), without_directives(v)))
            .collect::<Map<_, _>>()
            .into(),
        Value::Array(items) => items.iter().map(without_directives).collect(),
        other => other.clone(),
    }
}
