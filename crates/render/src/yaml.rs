//! Objects as YAML, as people write it: known keys first, block style, one document after the other.

use serde_json::{Map, Value};

/// Keys in the order in which everybody writes them; all others follow as they come.
const FIRST: &[&str] = &["apiVersion", "kind", "metadata", "name", "namespace", "labels", "annotations", "type", "spec"];

/// One object as a YAML document.
pub fn document(object: &Value) -> String {
    let mut text = serde_saphyr::to_string(&ordered(object)).unwrap_or_default();
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

/// Several objects, separated.
pub fn documents(objects: &[Value]) -> String {
    objects.iter().map(document).collect::<Vec<_>>().join("---\n")
}

fn ordered(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut out = Map::new();
            for key in FIRST {
                if let Some(inner) = map.get(*key) {
                    out.insert((*key).to_owned(), ordered(inner));
                }
            }
            for (key, inner) in map {
                if !out.contains_key(key) {
                    out.insert(key.clone(), ordered(inner));
                }
            }
            Value::Object(out)
        }
        Value::Array(items) => Value::Array(items.iter().map(ordered).collect()),
        other => other.clone(),
    }
}

/// A YAML document as a value.
///
/// # Errors
/// What is wrong with it, in the reader's words.
pub fn read(text: &str) -> Result<Value, String> {
    serde_saphyr::from_str(text).map_err(|e| e.to_string())
}
