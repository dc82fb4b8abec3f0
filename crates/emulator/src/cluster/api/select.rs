//! Selectors of labels and fields.

use super::error::{ApiError, Result};
use serde_json::Value;

/// Whether a `LabelSelector` matches labels; an empty one matches everything, Null nothing.
#[must_use]
pub fn matches(selector: &Value, labels: &Value) -> bool {
    if selector.is_null() {
        return false;
    }
    let all = selector["matchLabels"].as_object().is_none_or(|wanted| wanted.iter().all(|(k, v)| labels.get(k) == Some(v)));
    all && selector["matchExpressions"].as_array().is_none_or(|rules| rules.iter().all(|r| expression(r, labels)))
}

fn expression(rule: &Value, labels: &Value) -> bool {
    let there = labels.get(rule["key"].as_str().unwrap_or(""));
    let among = || there.is_some_and(|v| rule["values"].as_array().is_some_and(|all| all.contains(v)));
    match rule["operator"].as_str() {
        Some("In") => among(),
        Some("NotIn") => !among(),
        Some("Exists") => there.is_some(),
        Some("DoesNotExist") => there.is_none(),
        _ => false,
    }
}

/// One condition of `?labelSelector=`.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Wanted {
    In(String, Vec<String>),
    NotIn(String, Vec<String>),
    Exists(String),
    Missing(String),
}

/// The selectors of a list or watch.
#[derive(Debug, Clone, Default)]
pub(crate) struct Selectors {
    labels: Vec<Wanted>,
    fields: Vec<(String, bool, String)>,
}

impl Selectors {
    /// Reads `labelSelector` and `fieldSelector`.
    pub fn read(labels: &str, fields: &str) -> Result<Self> {
        let mut all = Self::default();
        for part in top_level(labels) {
            let wanted = read_label(part.trim());
            all.labels.push(wanted.ok_or_else(|| ApiError::bad(format!("unable to parse requirement: found '{part}'")))?);
        }
        for part in fields.split(',').filter(|p| !p.is_empty()) {
            let (path, same, value) = if let Some((path, value)) = part.split_once("!=") {
                (path, false, value)
            } else if let Some((path, value)) = part.split_once("==").or_else(|| part.split_once('=')) {
                (path, true, value)
            } else {
                return Err(ApiError::bad(format!("invalid selector: '{fields}'; can't understand '{part}'")));
            };
            all.fields.push((path.to_owned(), same, value.to_owned()));
        }
        Ok(all)
    }

    /// Whether an object is selected.
    pub fn take(&self, object: &Value) -> bool {
        let labels = &object["metadata"]["labels"];
        let text = |key: &str| labels.get(key).and_then(Value::as_str);
        let among = |key: &str, values: &[String]| text(key).is_some_and(|t| values.iter().any(|v| v == t));
        let labels = self.labels.iter().all(|wanted| match wanted {
            Wanted::In(key, values) => among(key, values),
            Wanted::NotIn(key, values) => !among(key, values),
            Wanted::Exists(key) => text(key).is_some(),
            Wanted::Missing(key) => text(key).is_none(),
        });
        labels && self.fields.iter().all(|(path, same, value)| (field(object, path) == *value) == *same)
    }
}

/// The field that a field selector means, as text.
fn field(object: &Value, path: &str) -> String {
    let pointer = format!("/{}", path.replace('.', "/"));
    match object.pointer(&pointer) {
        Some(Value::String(text)) => text.clone(),
        None | Some(Value::Null) => String::new(),
        Some(other) => other.to_string(),
    }
}

/// Splits at commas outside of parentheses.
fn top_level(text: &str) -> Vec<&str> {
    let (mut depth, mut start, mut parts) = (0_i32, 0, Vec::new());
    for (i, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&text[start..i]);
                start = i + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts.retain(|p| !p.trim().is_empty());
    parts
}

fn read_label(part: &str) -> Option<Wanted> {
    let values = |list: &str| -> Option<Vec<String>> {
        let inner = list.trim().strip_prefix('(')?.strip_suffix(')')?;
        Some(inner.split(',').map(|v| v.trim().to_owned()).collect())
    };
    if let Some((key, list)) = part.split_once(" notin ") {
        return Some(Wanted::NotIn(key.trim().to_owned(), values(list)?));
    }
    if let Some((key, list)) = part.split_once(" in ") {
        return Some(Wanted::In(key.trim().to_owned(), values(list)?));
    }
    let one = |value: &str| vec![value.trim().to_owned()];
    if let Some((key, value)) = part.split_once("!=") {
        return Some(Wanted::NotIn(key.trim().to_owned(), one(value)));
    }
    if let Some((key, value)) = part.split_once("==").or_else(|| part.split_once('=')) {
        return Some(Wanted::In(key.trim().to_owned(), one(value)));
    }
    if part.contains(' ') {
        return None;
    }
    Some(part.strip_prefix('!').map_or_else(|| Wanted::Exists(part.to_owned()), |k| Wanted::Missing(k.to_owned())))
}
