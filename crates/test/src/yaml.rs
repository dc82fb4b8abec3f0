//! YAML as vendors and cluster tools read it: every document of a text as JSON, aliases expanded.
//!
//! A reader of its own: what judges our writing must not share our reading of `platform.yaml`, which is stricter.
//! Scalars follow YAML 1.2's core schema, with the octal numbers and merge keys (`<<`) that Kubernetes still takes.

use granit_parser::{Event, Parser, ScalarStyle, ScanError, Span};
use serde_json::{Map, Number, Value};
use std::{collections::BTreeMap, path::Path};

/// Every document of a file that is not empty.
///
/// # Errors
/// What is wrong, with the file's name.
pub fn file(path: &Path) -> Result<Vec<Value>, String> {
    let text = std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
    documents(&text).map_err(|e| format!("{}: {e}", path.display()))
}

/// Every document of a text that is not empty.
///
/// # Errors
/// What is wrong, with line and column.
pub fn documents(text: &str) -> Result<Vec<Value>, String> {
    let options = granit_parser::options! { emit_comments: false };
    let mut reader = Reader { events: Parser::new_from_str_with_options(text, options), anchors: BTreeMap::new() };
    let mut all = Vec::new();
    while let Some(event) = reader.next()? {
        match event {
            Event::StreamStart | Event::DocumentStart(..) | Event::DocumentEnd => {}
            Event::StreamEnd => break,
            event => {
                let value = reader.node(event)?;
                if !value.is_null() {
                    all.push(value);
                }
            }
        }
    }
    Ok(all)
}

struct Reader<P> {
    events: P,
    anchors: BTreeMap<usize, Value>,
}

impl<'a, P: Iterator<Item = Result<(Event<'a>, Span), ScanError>>> Reader<P> {
    fn next(&mut self) -> Result<Option<Event<'a>>, String> {
        self.events.next().transpose().map(|e| e.map(|(event, _)| event)).map_err(|e| e.to_string())
    }

    fn more(&mut self) -> Result<Event<'a>, String> {
        self.next()?.ok_or_else(|| "the text ends inside of a value".to_owned())
    }

    fn node(&mut self, event: Event<'a>) -> Result<Value, String> {
        let (value, anchor) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                let plain = style == ScalarStyle::Plain && tag.is_none();
                (if plain { scalar(&text) } else { Value::String(text.into_owned()) }, anchor)
            }
            Event::SequenceStart(_, anchor, _) => {
                let mut list = Vec::new();
                loop {
                    match self.more()? {
                        Event::SequenceEnd => break,
                        item => list.push(self.node(item)?),
                    }
                }
                (Value::Array(list), anchor)
            }
            Event::MappingStart(_, anchor, _) => (Value::Object(self.map()?), anchor),
            Event::Alias(id) => return self.anchors.get(&id).cloned().ok_or_else(|| "an alias leads nowhere".to_owned()),
            other => return Err(format!("unexpected {other:?}")),
        };
        if anchor > 0 {
            self.anchors.insert(anchor, value.clone());
        }
        Ok(value)
    }

    fn map(&mut self) -> Result<Map<String, Value>, String> {
        let (mut map, mut merged) = (Map::new(), Vec::new());
        loop {
            let key = match self.more()? {
                Event::MappingEnd => break,
                event => match self.node(event)? {
                    Value::String(key) => key,
                    other => other.to_string(),
                },
            };
            let event = self.more()?;
            let value = self.node(event)?;
            match value {
                Value::Object(under) if key == "<<" => merged.push(under),
                value => {
                    if map.insert(key.clone(), value).is_some() {
                        return Err(format!("the key `{key}` stands twice"));
                    }
                }
            }
        }
        for (key, value) in merged.into_iter().flatten() {
            map.entry(key).or_insert(value);
        }
        Ok(map)
    }
}

fn scalar(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" => return Value::Bool(true),
        "false" | "False" | "FALSE" => return Value::Bool(false),
        _ => {}
    }
    let bare = text.strip_prefix(['-', '+']).unwrap_or(text);
    if bare.starts_with(|c: char| c.is_ascii_digit() || c == '.') && !bare.ends_with('.') {
        let octal = bare.strip_prefix("0o").or_else(|| bare.strip_prefix('0')).filter(|t| !t.is_empty());
        if let Some(number) = octal.and_then(|t| i64::from_str_radix(t, 8).ok()) {
            return Value::Number(number.into());
        }
        if let Ok(number) = text.trim_start_matches('+').parse::<i64>() {
            return Value::Number(number.into());
        }
        if let Some(number) = text.parse().ok().and_then(Number::from_f64) {
            return Value::Number(number);
        }
    }
    Value::String(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn documents_anchors_merges_and_scalars() {
        let text = "---\n---\na: &x {n: 1, s: '1', o: 0644}\nb: *x\nc: {<<: *x, n: 2}\n---\n- 1.5\n- 1.2.3\n- ~\n- 30d\n- yes\n";
        let found = documents(text).expect("it is right");
        assert_eq!(found[0]["b"], json!({ "n": 1, "s": "1", "o": 420 }));
        assert_eq!(found[0]["c"], json!({ "n": 2, "s": "1", "o": 420 }));
        assert_eq!(found[1], json!([1.5, "1.2.3", null, "30d", "yes"]));
        assert!(documents("a: 1\na: 2").is_err_and(|e| e.contains("twice")));
        assert!(documents("a: [1").is_err());
    }

    #[test]
    fn every_contract_can_be_read() {
        let Some(folder) = crate::judges::contracts_or_skip("yaml", "crds") else { return };
        let mut read = 0;
        for entry in std::fs::read_dir(folder).expect("it can be listed") {
            let path = entry.expect("it can be listed").path();
            read += usize::from(!file(&path).expect("a definition").is_empty());
        }
        assert!(read > 150, "{read}");
    }
}
