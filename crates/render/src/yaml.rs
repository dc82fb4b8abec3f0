//! Objects as YAML, as people write it: known keys first, block style, one document after the other.

use serde::{
    Serialize, Serializer,
    ser::{SerializeMap, SerializeSeq},
};
use serde_json::Value;

/// Keys in the order in which everybody writes them; all others follow in the alphabet's.
const FIRST: &[&str] =
    &["apiVersion", "kind", "metadata", "name", "namespace", "labels", "annotations", "type", "image", "command", "args", "spec"];

/// One object as a YAML document.
pub fn document(object: &Value) -> String {
    text(&Ordered(object))
}

/// Anything as a YAML document, in its own order.
pub(crate) fn text(value: &impl Serialize) -> String {
    let mut text = serde_saphyr::to_string(value).unwrap_or_default();
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

/// Several objects, separated.
pub fn documents(objects: &[Value]) -> String {
    objects.iter().map(document).collect::<Vec<_>>().join("---\n")
}

/// A value whose maps are written with the known keys first.
struct Ordered<'a>(&'a Value);

impl Serialize for Ordered<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Object(map) => {
                let mut out = serializer.serialize_map(Some(map.len()))?;
                for key in FIRST {
                    if let Some(inner) = map.get(*key) {
                        out.serialize_entry(key, &Ordered(inner))?;
                    }
                }
                for (key, inner) in map.iter().filter(|(key, _)| !FIRST.contains(&key.as_str())) {
                    out.serialize_entry(key, &Ordered(inner))?;
                }
                out.end()
            }
            Value::Array(items) => {
                let mut out = serializer.serialize_seq(Some(items.len()))?;
                for item in items {
                    out.serialize_element(&Ordered(item))?;
                }
                out.end()
            }
            other => other.serialize(serializer),
        }
    }
}

/// A YAML document as a value.
///
/// # Errors
/// What is wrong with it, in the reader's words.
pub fn read(text: &str) -> Result<Value, String> {
    serde_saphyr::from_str(text).map_err(|e| e.to_string())
}
