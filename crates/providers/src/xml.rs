//! S3's XML, as values: the root element dropped, repeating elements always lists, the rest texts.

use pontoon_core::value::Value;
use quick_xml::{Reader, events::Event};
use std::collections::BTreeMap;

/// Elements that may repeat. Source: Amazon S3 API reference, the shapes of its answers.
const LISTS: &[&str] = &[
    "Bucket",
    "Rule",
    "CORSRule",
    "AllowedMethod",
    "AllowedOrigin",
    "AllowedHeader",
    "ExposeHeader",
    "Contents",
    "Version",
    "DeleteMarker",
    "CommonPrefixes",
    "Upload",
    "Part",
];
/// Elements nested deeper than this are no answer of S3.
const DEPTH: usize = 32;

/// Writes a mapping with one entry, the root element.
pub fn write(body: &Value) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
    if let Value::Map(root) = body {
        for (name, value) in root {
            element(&mut out, name, value, " xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"");
        }
    }
    out
}

fn element(out: &mut String, name: &str, value: &Value, attributes: &str) {
    if let Value::List(items) = value {
        items.iter().for_each(|item| element(out, name, item, attributes));
        return;
    }
    out.push_str(&format!("<{name}{attributes}>"));
    match value {
        Value::Map(m) => m.iter().for_each(|(k, v)| element(out, k, v, "")),
        Value::Text(t) => out.push_str(&quick_xml::escape::escape(t.as_str())),
        Value::Null => {}
        other => out.push_str(&other.to_string()),
    }
    out.push_str(&format!("</{name}>"));
}

/// Reads a document; `None` where it is none.
pub fn read(text: &str) -> Option<Value> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().trim_text(false);
    // One entry an open element: its name, its children, its text.
    let mut open: Vec<(String, BTreeMap<String, Value>, String)> = Vec::new();
    loop {
        match reader.read_event().ok()? {
            Event::Start(e) => {
                if open.len() >= DEPTH {
                    return None;
                }
                open.push((String::from_utf8(e.local_name().as_ref().to_vec()).ok()?, BTreeMap::new(), String::new()));
            }
            Event::Empty(e) => {
                let name = String::from_utf8(e.local_name().as_ref().to_vec()).ok()?;
                match open.last_mut() {
                    Some((_, children, _)) => insert(children, name, Value::Text(String::new())),
                    None => return Some(Value::Map(BTreeMap::new())),
                }
            }
            Event::Text(t) => {
                if let Some((_, _, text)) = open.last_mut() {
                    text.push_str(&t.decode().ok()?);
                }
            }
            Event::GeneralRef(r) => {
                if let Some((_, _, text)) = open.last_mut() {
                    match r.resolve_char_ref().ok()? {
                        Some(c) => text.push(c),
                        None => text.push_str(quick_xml::escape::resolve_predefined_entity(&r.decode().ok()?)?),
                    }
                }
            }
            Event::CData(c) => {
                if let Some((_, _, text)) = open.last_mut() {
                    text.push_str(&String::from_utf8(c.to_vec()).ok()?);
                }
            }
            Event::End(_) => {
                let (name, children, text) = open.pop()?;
                let value = if children.is_empty() && !text.trim().is_empty() { Value::Text(text) } else { of(children, &text) };
                match open.last_mut() {
                    Some((_, siblings, _)) => insert(siblings, name, value),
                    None => return Some(value),
                }
            }
            Event::Eof => return None,
            _ => {}
        }
    }
}

fn of(children: BTreeMap<String, Value>, text: &str) -> Value {
    if children.is_empty() { Value::Text(text.trim().into()) } else { Value::Map(children) }
}

fn insert(into: &mut BTreeMap<String, Value>, name: String, value: Value) {
    let repeats = LISTS.contains(&name.as_str());
    match into.get_mut(&name) {
        Some(Value::List(items)) => items.push(value),
        Some(first) => {
            let first_value = std::mem::take(first);
            *first = Value::List(vec![first_value, value]);
        }
        None if repeats => {
            into.insert(name, Value::List(vec![value]));
        }
        None => {
            into.insert(name, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes() {
        let rule = Value::map([("ID", "keep <30> & more".into()), ("Status", "Enabled".into())]);
        let body = Value::map([("LifecycleConfiguration", Value::map([("Rule", Value::List(vec![rule]))]))]);
        let text = write(&body);
        assert_eq!(read(&text).as_ref(), body.at("LifecycleConfiguration"), "{text}");
    }

    #[test]
    fn one_bucket_is_a_list_too() {
        let v = read("<R><Buckets><Bucket><Name>a</Name></Bucket></Buckets><Empty/></R>").unwrap();
        assert_eq!(v.at("Buckets.Bucket.0.Name"), Some(&"a".into()));
        assert_eq!(read("no xml"), None);
        assert_eq!(read(&"<a>".repeat(100)), None);
    }
}
