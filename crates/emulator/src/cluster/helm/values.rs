//! The values of a release, looked at along paths.

use serde_json::{Map, Value};

static NULL: Value = Value::Null;

/// Values, or a part of them. What is not there is null.
#[derive(Debug, Clone, Copy)]
pub struct Values<'a>(pub &'a Value);

impl<'a> Values<'a> {
    /// The part at a path such as `webhook.resources`.
    #[must_use]
    pub fn at(self, path: &str) -> Values<'a> {
        Values(path.split('.').fold(self.0, |value, key| value.get(key).unwrap_or(&NULL)))
    }

    /// Whether something is set there: neither missing nor null.
    #[must_use]
    pub fn has(self, path: &str) -> bool {
        !self.at(path).0.is_null()
    }

    /// The text there (numbers and booleans too, as templates print them), or `default` when missing or empty.
    #[must_use]
    pub fn text(self, path: &str, default: &str) -> String {
        match self.at(path).0 {
            Value::String(s) if !s.is_empty() => s.clone(),
            Value::Number(n) => n.to_string(),
            Value::Bool(b) => b.to_string(),
            _ => default.to_owned(),
        }
    }

    /// The whole number there (also when it is written as text), or `default`.
    #[must_use]
    pub fn number(self, path: &str, default: i64) -> i64 {
        let value = self.at(path).0;
        value.as_i64().or_else(|| value.as_str().and_then(|s| s.parse().ok())).unwrap_or(default)
    }

    /// The switch there, or `default`.
    #[must_use]
    pub fn flag(self, path: &str, default: bool) -> bool {
        self.at(path).0.as_bool().unwrap_or(default)
    }

    /// What is there, or `default` when it is missing, null, or an empty map, list or text.
    #[must_use]
    pub fn or(self, path: &str, default: Value) -> Value {
        let value = self.at(path).0;
        if empty(value) { default } else { value.clone() }
    }

    /// The list there; empty when there is none.
    #[must_use]
    pub fn list(self, path: &str) -> Vec<Value> {
        self.at(path).0.as_array().cloned().unwrap_or_default()
    }

    /// The map there; empty when there is none.
    #[must_use]
    pub fn map(self, path: &str) -> Map<String, Value> {
        self.at(path).0.as_object().cloned().unwrap_or_default()
    }
}

/// Whether a template's `if` would not take it: null, false, 0, or empty.
#[must_use]
pub fn empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(b) => !b,
        Value::Number(n) => n.as_f64() == Some(0.0),
        Value::String(s) => s.is_empty(),
        Value::Array(a) => a.is_empty(),
        Value::Object(o) => o.is_empty(),
    }
}

/// `over` on top of `base` as Helm coalesces values: maps by key, a null takes a key away, the rest replaces.
#[must_use]
pub fn merged(base: &Value, over: &Value) -> Value {
    let (Value::Object(base), Value::Object(over)) = (base, over) else {
        return over.clone();
    };
    let mut all = base.clone();
    for (key, value) in over {
        match (value, all.get(key)) {
            (Value::Null, _) => {
                all.remove(key);
            }
            (value, Some(before)) if before.is_object() && value.is_object() => {
                let both = merged(before, value);
                all.insert(key.clone(), both);
            }
            (value, _) => {
                all.insert(key.clone(), value.clone());
            }
        }
    }
    Value::Object(all)
}
