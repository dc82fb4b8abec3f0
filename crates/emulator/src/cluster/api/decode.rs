//! Reading an object of a built-in kind: types are checked, nulls and unknown fields dropped, as Go's decoder does.

use super::types::{self, Of};
use serde_json::Value;

/// What is found while reading.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// Paths of unknown fields: `spec.foo`.
    pub unknown: Vec<String>,
    /// The first value of a wrong type, in Go's words.
    pub wrong: Option<String>,
}

/// Reads `object` as the type `root`. Keys that begin with `_` are the world's own and stay.
pub(crate) fn decode(object: &mut Value, root: &'static str) -> Found {
    let mut found = Found::default();
    read(object, &Of::Named(root), "", &mut found);
    found
}

fn read(value: &mut Value, of: &Of, path: &str, found: &mut Found) {
    if !of.takes(value) {
        let sort = match value {
            Value::String(_) => "string".to_owned(),
            Value::Number(n) if n.is_f64() => format!("number {n}"),
            Value::Number(_) => "number".to_owned(),
            Value::Bool(_) => "bool".to_owned(),
            Value::Array(_) => "array".to_owned(),
            _ => "object".to_owned(),
        };
        let message = format!("json: cannot unmarshal {sort} into Go struct field {path} of type {}", of.go_name());
        found.wrong.get_or_insert(message);
        return;
    }
    match (of, value) {
        (Of::Scalar('q'), value) => {
            if let Value::Number(n) = value {
                *value = n.to_string().into();
            }
        }
        (Of::List(item), Value::Array(items)) => {
            for (i, value) in items.iter_mut().enumerate() {
                read(value, item, &format!("{path}[{i}]"), found);
            }
        }
        (Of::Map(item), Value::Object(map)) => {
            map.retain(|_, v| !v.is_null());
            for (key, value) in map.iter_mut() {
                read(value, item, &join(path, key), found);
            }
        }
        (Of::Named(name), Value::Object(map)) => {
            let Some(known) = types::named(name) else {
                return;
            };
            map.retain(|key, value| {
                if value.is_null() {
                    return false;
                }
                let fine = known.fields.contains_key(key.as_str()) || key.starts_with('_');
                if !fine {
                    found.unknown.push(join(path, key));
                }
                fine
            });
            for (key, value) in map.iter_mut() {
                if let Some(field) = known.fields.get(key.as_str()) {
                    read(value, &field.of, &join(path, key), found);
                }
            }
        }
        _ => {}
    }
}

/// Lists that Go writes even where they are empty.
const WRITTEN: &[&str] =
    &["conditions", "containers", "drivers", "endpoints", "limits", "nodeSelectorTerms", "paths", "rules", "versions"];

/// Flags that Go keeps without a pointer: false is the same as nothing.
const FLAGS: &[&str] = &[
    "globalDefault",
    "hostIPC",
    "hostNetwork",
    "hostPID",
    "paused",
    "publishNotReadyAddresses",
    "readOnly",
    "stdin",
    "stdinOnce",
    "tty",
    "unschedulable",
];

/// Drops what Go leaves out when it writes an object: empty lists, maps and texts, and flags that are not set.
pub(crate) fn tidy(object: &mut Value, root: &'static str) {
    if let Some(of) = types::named(root) {
        tidy_fields(object, of);
    }
}

fn tidy_fields(object: &mut Value, of: &types::Type) {
    let Some(map) = object.as_object_mut() else {
        return;
    };
    map.retain(|key, value| {
        let Some(field) = of.fields.get(key.as_str()).filter(|f| !f.required) else {
            return true;
        };
        match (&field.of, &*value) {
            (Of::List(_), Value::Array(items)) => !items.is_empty() || WRITTEN.contains(&key.as_str()),
            (Of::Map(_), Value::Object(map)) => !map.is_empty(),
            (_, Value::Bool(false)) => !FLAGS.contains(&key.as_str()),
            // Of texts, only those that people really write empty.
            (_, Value::String(text)) => !(text.is_empty() && matches!(key.as_str(), "value" | "subPath" | "clusterIP")),
            _ => true,
        }
    });
    for (key, value) in map.iter_mut() {
        if let Some(field) = of.fields.get(key.as_str()) {
            tidy_value(value, &field.of);
        }
    }
}

fn tidy_value(value: &mut Value, of: &Of) {
    match (of, value) {
        (Of::List(item), Value::Array(items)) => items.iter_mut().for_each(|i| tidy_value(i, item)),
        (Of::Map(item), Value::Object(map)) => map.values_mut().for_each(|v| tidy_value(v, item)),
        (Of::Named(name), value) => {
            if let Some(of) = types::named(name) {
                tidy_fields(value, of);
            }
        }
        (Of::Scalar('q'), value) => {
            if let Some(text) = value.as_str().map(super::quantity::canonical) {
                *value = text.into();
            }
        }
        _ => {}
    }
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}
