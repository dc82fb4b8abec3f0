//! Objects of definitions: pruning, defaults and validation by the definition's structural schema.

use super::error::Cause;
use serde_json::{Map, Value};

/// Drops what the schema does not know; gives the paths.
pub(crate) fn prune(object: &mut Value, schema: &Value) -> Vec<String> {
    let mut gone = Vec::new();
    drop_unknown(object, schema, "", true, &mut gone);
    gone
}

fn drop_unknown(value: &mut Value, schema: &Value, path: &str, root: bool, gone: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            let open = schema["x-kubernetes-preserve-unknown-fields"] == true;
            let properties = schema["properties"].as_object();
            let additional = schema.get("additionalProperties").filter(|a| **a != Value::Bool(false));
            let root = root || schema["x-kubernetes-embedded-resource"] == true;
            map.retain(|key, _| {
                let own = root && (matches!(key.as_str(), "apiVersion" | "kind" | "metadata") || key.starts_with('_'));
                let known = own || open || additional.is_some() || properties.is_some_and(|p| p.contains_key(key));
                if !known {
                    gone.push(join(path, key));
                }
                known
            });
            for (key, below) in map.iter_mut() {
                if root && key == "metadata" {
                    continue;
                }
                match properties.and_then(|p| p.get(key)).or(additional) {
                    Some(schema) => drop_unknown(below, schema, &join(path, key), false, gone),
                    None => continue,
                }
            }
        }
        Value::Array(items) => {
            if let Some(schema) = schema.get("items") {
                for (i, item) in items.iter_mut().enumerate() {
                    drop_unknown(item, schema, &format!("{path}[{i}]"), false, gone);
                }
            }
        }
        _ => {}
    }
}

/// Puts defaults in; nulls that the schema does not allow go, so that their defaults come.
pub(crate) fn default(value: &mut Value, schema: &Value) {
    match value {
        Value::Object(map) => {
            for (name, field) in schema["properties"].as_object().into_iter().flatten() {
                if map.get(name).is_some_and(Value::is_null) && field["nullable"] != true {
                    map.remove(name);
                }
                if let (None, Some(default)) = (map.get(name), field.get("default")) {
                    map.insert(name.clone(), default.clone());
                }
                if let Some(below) = map.get_mut(name) {
                    self::default(below, field);
                }
            }
            if let Some(item) = schema.get("additionalProperties").filter(|a| a.is_object()) {
                let named = schema["properties"].as_object();
                for (_, below) in map.iter_mut().filter(|(k, _)| named.is_none_or(|n| !n.contains_key(*k))) {
                    default(below, item);
                }
            }
        }
        Value::Array(items) => {
            if let Some(schema) = schema.get("items") {
                for item in items {
                    default(item, schema);
                }
            }
        }
        _ => {}
    }
}

/// What is wrong with an object.
pub(crate) fn validate(object: &Value, schema: &Value) -> Vec<Cause> {
    let mut causes = Vec::new();
    check(object, schema, "", true, &mut causes);
    causes
}

fn check(value: &Value, schema: &Value, path: &str, root: bool, causes: &mut Vec<Cause>) {
    if value.is_null() && (schema["nullable"] == true || schema["x-kubernetes-preserve-unknown-fields"] == true) {
        return;
    }
    let at = || if path.is_empty() { "<nil>".to_owned() } else { path.to_owned() };
    if schema["x-kubernetes-int-or-string"] == true {
        if !value.is_string() && !value.is_i64() {
            causes.push(wrong_type(&at(), value, "integer,string"));
        }
    } else if let Some(wanted) = schema["type"].as_str().filter(|t| !is(value, t)) {
        causes.push(wrong_type(&at(), value, wanted));
        return;
    }
    if let Some(all) = schema["enum"].as_array().filter(|all| !all.contains(value)) {
        let possible: Vec<String> = all.iter().map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned)).collect();
        causes.push(Cause::unsupported(at(), value, &possible));
    }
    check_size(value, schema, &at(), causes);
    check_choice(value, schema, path, &at(), causes);
    match value {
        Value::Object(map) => check_map(map, schema, path, root, causes),
        Value::Array(items) => {
            if let Some(schema) = schema.get("items") {
                for (i, item) in items.iter().enumerate() {
                    check(item, schema, &format!("{path}[{i}]"), false, causes);
                }
            }
            check_keys(items, schema, path, causes);
        }
        _ => {}
    }
}

fn check_map(map: &Map<String, Value>, schema: &Value, path: &str, root: bool, causes: &mut Vec<Cause>) {
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if !map.contains_key(name) {
            causes.push(Cause::required(join(path, name), ""));
        }
    }
    let properties = schema["properties"].as_object();
    for (name, below) in map {
        if root && matches!(name.as_str(), "apiVersion" | "kind" | "metadata") {
            continue;
        }
        let schema =
            properties.and_then(|p| p.get(name)).or_else(|| schema.get("additionalProperties").filter(|a| a.is_object()));
        if let Some(schema) = schema {
            check(below, schema, &join(path, name), false, causes);
        }
    }
}

fn check_keys(items: &[Value], schema: &Value, path: &str, causes: &mut Vec<Cause>) {
    let keys: Vec<&str> = match schema["x-kubernetes-list-type"].as_str() {
        Some("map") => schema["x-kubernetes-list-map-keys"].as_array().into_iter().flatten().filter_map(Value::as_str).collect(),
        Some("set") => Vec::new(),
        _ => return,
    };
    let identity = |item: &Value| -> Value {
        if keys.is_empty() {
            item.clone()
        } else {
            keys.iter().map(|k| ((*k).to_owned(), item[*k].clone())).collect::<Map<_, _>>().into()
        }
    };
    for (i, item) in items.iter().enumerate() {
        let own = identity(item);
        if items[..i].iter().any(|other| identity(other) == own) {
            causes.push(Cause::duplicate(format!("{path}[{i}]"), &own));
        }
    }
}

fn check_size(value: &Value, schema: &Value, at: &str, causes: &mut Vec<Cause>) {
    let limit = |name: &str| schema[name].as_f64();
    let mut say = |why: String| causes.push(Cause::invalid(at, value, &format!("{at} in body {why}")));
    match value {
        Value::Number(n) => {
            let n = n.as_f64().unwrap_or(0.0);
            if limit("minimum").is_some_and(|m| n < m || (n <= m && schema["exclusiveMinimum"] == true)) {
                say(format!("should be greater than or equal to {}", schema["minimum"]));
            }
            if limit("maximum").is_some_and(|m| n > m || (n >= m && schema["exclusiveMaximum"] == true)) {
                say(format!("should be less than or equal to {}", schema["maximum"]));
            }
        }
        Value::String(s) => {
            let length = s.chars().count() as f64;
            if limit("minLength").is_some_and(|m| length < m) {
                say(format!("should be at least {} chars long", schema["minLength"]));
            }
            if limit("maxLength").is_some_and(|m| length > m) {
                causes.push(Cause {
                    reason: "FieldValueTooLong",
                    field: at.to_owned(),
                    message: format!("Too long: may not be more than {} bytes", schema["maxLength"]),
                });
            }
        }
        Value::Array(items) => {
            let length = items.len() as f64;
            if limit("minItems").is_some_and(|m| length < m) {
                say(format!("should have at least {} items", schema["minItems"]));
            }
            if limit("maxItems").is_some_and(|m| length > m) {
                let message = format!("Too many: {}: must have at most {} items", items.len(), schema["maxItems"]);
                causes.push(Cause { reason: "FieldValueTooMany", field: at.to_owned(), message });
            }
        }
        Value::Object(map) => {
            let length = map.len() as f64;
            if limit("minProperties").is_some_and(|m| length < m) {
                say(format!("should have at least {} properties", schema["minProperties"]));
            }
            if limit("maxProperties").is_some_and(|m| length > m) {
                say(format!("should have at most {} properties", schema["maxProperties"]));
            }
        }
        _ => {}
    }
}

/// `oneOf`, `anyOf`, `allOf`, `not`.
fn check_choice(value: &Value, schema: &Value, path: &str, at: &str, causes: &mut Vec<Cause>) {
    let fits = |s: &Value| {
        let mut found = Vec::new();
        check(value, s, path, false, &mut found);
        found.is_empty()
    };
    for all in schema["allOf"].as_array().into_iter().flatten() {
        check(value, all, path, false, causes);
    }
    if schema["anyOf"].as_array().is_some_and(|any| !any.iter().any(fits)) {
        causes.push(Cause::invalid(at, value, &format!("{at} in body must validate at least one schema (anyOf)")));
    }
    if schema["oneOf"].as_array().is_some_and(|one| one.iter().filter(|s| fits(s)).count() != 1) {
        causes.push(Cause::invalid(at, value, &format!("{at} in body must validate one and only one schema (oneOf)")));
    }
    if schema.get("not").is_some_and(fits) {
        causes.push(Cause::invalid(at, value, &format!("{at} in body must not validate the schema (not)")));
    }
}

fn is(value: &Value, sort: &str) -> bool {
    match sort {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64() || value.as_f64().is_some_and(|f| f.fract() == 0.0),
        "number" => value.is_number(),
        _ => true,
    }
}

fn wrong_type(at: &str, value: &Value, wanted: &str) -> Cause {
    let is = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(n) if n.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let message = format!("Invalid value: \"{is}\": {at} in body must be of type {wanted}: \"{is}\"");
    Cause { reason: "FieldValueTypeInvalid", field: at.to_owned(), message }
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}
