//! A small judge of values by a schema: types, required and unknown fields, enumerations, patterns' absence.
//!
//! Enough for definitions of custom resources (which are structural) and for the schemas that charts publish.

use serde_json::Value;

/// How a schema treats fields that it does not name.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Unknown {
    /// Refused, unless the schema lets them be: definitions of custom resources.
    Refused,
    /// Let be, unless the schema refuses them: JSON schemas.
    LetBe,
}

/// Every way in which `value` leaves `schema`; `root` is what references are looked up in.
pub fn judge(root: &Value, schema: &Value, value: &Value, unknown: Unknown, at: &str, out: &mut Vec<String>) {
    let schema = match schema["$ref"].as_str().and_then(|r| root.pointer(r.strip_prefix('#')?)) {
        Some(there) => there,
        None => schema,
    };
    if value.is_null() && (schema["nullable"] == true || unknown == Unknown::LetBe) {
        return;
    }
    if let Some(allowed) = schema["enum"].as_array()
        && !allowed.contains(value)
    {
        out.push(format!("{at}: {value} is none of {allowed:?}"));
    }
    for part in schema["allOf"].as_array().into_iter().flatten() {
        if unknown == Unknown::LetBe {
            judge(root, part, value, unknown, at, out);
        }
    }
    if let Some(parts) = schema["anyOf"].as_array().or(schema["oneOf"].as_array())
        && unknown == Unknown::LetBe
    {
        let fits = parts.iter().any(|part| {
            let mut problems = Vec::new();
            judge(root, part, value, unknown, at, &mut problems);
            problems.is_empty()
        });
        if !fits {
            out.push(format!("{at}: {value} fits none of the alternatives"));
        }
    }
    if !has_type(schema, value) {
        out.push(format!("{at}: {value} is no {}", schema["type"]));
        return;
    }
    match value {
        Value::Object(map) => {
            let kept = schema["x-kubernetes-preserve-unknown-fields"] == true || schema["x-kubernetes-embedded-resource"] == true;
            for (key, inner) in map {
                let place = format!("{at}.{key}");
                if schema["properties"].get(key).is_some() {
                    judge(root, &schema["properties"][key], inner, unknown, &place, out);
                } else if schema["additionalProperties"].is_object() {
                    judge(root, &schema["additionalProperties"], inner, unknown, &place, out);
                } else if unknown == Unknown::Refused && !kept && schema["additionalProperties"] != true
                    || schema["additionalProperties"] == false
                {
                    out.push(format!("{place}: unknown"));
                }
            }
            for key in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
                if !map.contains_key(key) {
                    out.push(format!("{at}.{key}: required"));
                }
            }
        }
        Value::Array(items) => {
            for (index, inner) in items.iter().enumerate() {
                judge(root, &schema["items"], inner, unknown, &format!("{at}[{index}]"), out);
            }
        }
        _ => {}
    }
}

fn has_type(schema: &Value, value: &Value) -> bool {
    if schema["x-kubernetes-int-or-string"] == true {
        return value.is_i64() || value.is_u64() || value.is_string();
    }
    let is = |kind: &str| match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "null" => value.is_null(),
        _ => true,
    };
    match &schema["type"] {
        Value::String(kind) => is(kind),
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).any(is),
        _ => true,
    }
}
