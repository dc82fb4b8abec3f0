//! The JSON paths of `additionalPrinterColumns`: fields, indexes, `[*]`, and filters by one field.

use super::age;
use crate::clock::Moment;
use serde_json::Value;

/// What a column shows.
pub(super) fn cell(object: &Value, path: &str, sort: &str, now: Moment) -> Value {
    let found = find(object, path);
    let Some(first) = found.first() else {
        return Value::Null;
    };
    match (sort, first) {
        ("date", Value::String(when)) => age(Some(when), now).into(),
        ("integer" | "number" | "boolean", value) => (*value).clone(),
        _ => {
            let texts: Vec<String> = found.iter().map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned)).collect();
            texts.join(",").into()
        }
    }
}

/// Every value that a path leads to.
fn find<'v>(object: &'v Value, path: &str) -> Vec<&'v Value> {
    let mut found = vec![object];
    for step in steps(path) {
        found = found.into_iter().flat_map(|v| take(v, &step)).filter(|v| !v.is_null()).collect();
    }
    found
}

enum Step {
    Field(String),
    Index(usize),
    All,
    Filter(String, String),
}

fn take<'v>(value: &'v Value, step: &Step) -> Vec<&'v Value> {
    match step {
        Step::Field(name) => value.get(name).into_iter().collect(),
        Step::Index(i) => value.get(*i).into_iter().collect(),
        Step::All => match value {
            Value::Array(items) => items.iter().collect(),
            Value::Object(map) => map.values().collect(),
            _ => Vec::new(),
        },
        Step::Filter(path, wanted) => {
            let same = |v: &Value| v.as_str().map_or_else(|| v.to_string(), str::to_owned) == *wanted;
            value.as_array().into_iter().flatten().filter(|i| find(i, path).into_iter().any(same)).collect()
        }
    }
}

fn steps(path: &str) -> Vec<Step> {
    let path = path.trim().trim_start_matches('{').trim_end_matches('}');
    let mut steps = Vec::new();
    let mut field = String::new();
    let mut letters = path.chars();
    while let Some(c) = letters.next() {
        match c {
            '\\' => field.extend(letters.next()),
            '.' | '[' => {
                if !field.is_empty() {
                    steps.push(Step::Field(std::mem::take(&mut field)));
                }
                if c == '[' {
                    let inner: String = letters.by_ref().take_while(|c| *c != ']').collect();
                    steps.push(bracket(&inner));
                }
            }
            other => field.push(other),
        }
    }
    if !field.is_empty() {
        steps.push(Step::Field(field));
    }
    steps
}

fn bracket(inner: &str) -> Step {
    let quotes = ['\'', '"', ' '];
    if let Some(filter) = inner.strip_prefix("?(@").and_then(|f| f.strip_suffix(')'))
        && let Some((path, value)) = filter.split_once("==")
    {
        return Step::Filter(path.trim().to_owned(), value.trim_matches(quotes).to_owned());
    }
    match inner {
        "*" => Step::All,
        other => other.parse().map_or_else(|_| Step::Field(other.trim_matches(quotes).to_owned()), Step::Index),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn paths_of_printer_columns_are_followed() {
        let object = json!({
            "metadata": { "annotations": { "a.b/c": "d" } },
            "status": { "conditions": [{ "type": "Ready", "status": "True" }, { "type": "Old", "status": "False" }], "n": 3 },
        });
        let show = |path: &str| cell(&object, path, "string", Moment(0));
        assert_eq!(show(r#".status.conditions[?(@.type=="Ready")].status"#), "True");
        assert_eq!(show(r".metadata.annotations.a\.b/c"), "d");
        assert_eq!(show(".metadata.annotations['a.b/c']"), "d");
        assert_eq!(show(".status.conditions[1].type"), "Old");
        assert_eq!(show(".status.conditions[*].type"), "Ready,Old");
        assert_eq!(cell(&object, ".status.n", "integer", Moment(0)), 3);
        assert_eq!(show(".status.none"), Value::Null);
    }
}
