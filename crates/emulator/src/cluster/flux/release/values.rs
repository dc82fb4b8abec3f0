//! The values of a release: what ConfigMaps and Secrets give, in order, and on top of them what it says itself.

use super::super::source::secret_text;
use super::super::{text, text_or};
use crate::cluster::helm::values::merged;
use crate::cluster::{Objects, yaml};
use serde_json::{Value, json};

/// Composes them.
///
/// # Errors
/// A reference that is not there, or not what it should be, in Flux's words.
pub(super) fn compose(objects: &Objects, object: &Value) -> Result<Value, String> {
    let home = text(&object["metadata"]["namespace"]);
    let mut all = json!({});
    for reference in object["spec"]["valuesFrom"].as_array().into_iter().flatten() {
        let (kind, name, key) =
            (text(&reference["kind"]), text(&reference["name"]), text_or(&reference["valuesKey"], "values.yaml"));
        let optional = reference["optional"] == true;
        let resource = if kind == "Secret" { "secrets" } else { "configmaps" };
        let failed =
            |why: String| format!("could not resolve {kind} chart values reference '{home}/{name}' with key '{key}': {why}");
        let Some(found) = objects.get(resource, &home, &name) else {
            if optional {
                continue;
            }
            return Err(failed(format!("{resource} \"{name}\" not found")));
        };
        let value = if kind == "Secret" { secret_text(found, &key) } else { found["data"][&key].as_str().map(str::to_owned) };
        let Some(value) = value else {
            if optional {
                continue;
            }
            return Err(failed(format!("missing key: {key}")));
        };
        match reference["targetPath"].as_str().filter(|p| !p.is_empty()) {
            Some(path) => set(&mut all, path, &value).map_err(|why| {
                format!("unable to merge value from key '{key}' in {kind} '{home}/{name}' into target path '{path}': {why}")
            })?,
            None => {
                let values = yaml::read_one(&value)
                    .map_err(|e| format!("unable to read values from key '{key}' in {kind} '{home}/{name}': {e}"))?;
                all = merged(&all, if values.is_null() { &Value::Null } else { &values });
                if all.is_null() {
                    all = json!({});
                }
            }
        }
    }
    let own = &object["spec"]["values"];
    Ok(if own.is_object() { merged(&all, own) } else { all })
}

/// `--set path=value`: commas part one assignment from the next, numbers and switches are what they look like; a value
/// in quotes is text as a whole.
fn set(values: &mut Value, path: &str, value: &str) -> Result<(), String> {
    let unquoted = ['"', '\''].iter().find_map(|q| value.strip_prefix(*q)?.strip_suffix(*q));
    if let Some(whole) = unquoted {
        return place(values, path, whole.into());
    }
    let assignments = format!("{path}={value}");
    for assignment in parts(&assignments, ',') {
        let (path, value) = assignment.split_once('=').ok_or_else(|| format!("key \"{assignment}\" has no value"))?;
        let value = value.replace("\\,", ",");
        let typed = match value.as_str() {
            "true" => true.into(),
            "false" => false.into(),
            "null" => Value::Null,
            number if !(number.starts_with('0') && number.len() > 1) && number.parse::<i64>().is_ok() => {
                number.parse::<i64>().unwrap_or(0).into()
            }
            list if list.starts_with('{') && list.ends_with('}') => list[1..list.len() - 1].split(',').map(Value::from).collect(),
            text => text.into(),
        };
        place(values, path, typed)?;
    }
    Ok(())
}

/// Parts of a text at a sign without a backslash before it.
fn parts(text: &str, sign: char) -> Vec<String> {
    let mut all = vec![String::new()];
    let mut escaped = false;
    for c in text.chars() {
        if c == sign && !escaped {
            all.push(String::new());
        } else if let Some(last) = all.last_mut() {
            last.push(c);
        }
        escaped = c == '\\' && !escaped;
    }
    all
}

fn place(values: &mut Value, path: &str, value: Value) -> Result<(), String> {
    let mut at = values;
    for part in parts(path, '.') {
        let part = part.replace("\\.", ".");
        let (name, index) = match part.split_once('[') {
            Some((name, index)) => (
                name.to_owned(),
                Some(index.trim_end_matches(']').parse::<usize>().map_err(|_| format!("error parsing index: {index}"))?),
            ),
            None => (part, None),
        };
        if !at.is_object() {
            *at = json!({});
        }
        at = &mut at[name.as_str()];
        if let Some(index) = index {
            if index > 65_536 {
                return Err(format!("index of {index} is greater than maximum supported index of 65536"));
            }
            if !at.is_array() {
                *at = json!([]);
            }
            if let Some(items) = at.as_array_mut()
                && items.len() <= index
            {
                items.resize(index + 1, Value::Null);
            }
            at = &mut at[index];
        }
    }
    *at = value;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::set;
    use serde_json::json;

    #[test]
    fn a_path_takes_a_value_as_helm_sets_it() {
        let mut values = json!({ "a": { "b": 1 } });
        for (path, value) in [
            ("a.c", "text"),
            ("a.n", "12"),
            ("on", "true"),
            ("list[1].x", "y"),
            ("q", "\"12\""),
            ("dots\\.in.key", "007"),
            ("url", "postgres://u:p@h:25060/d?sslmode=require"),
        ] {
            set(&mut values, path, value).expect(path);
        }
        let want = json!({ "a": { "b": 1, "c": "text", "n": 12 }, "on": true, "list": [null, { "x": "y" }], "q": "12", "dots.in": { "key": "007" }, "url": "postgres://u:p@h:25060/d?sslmode=require" });
        assert_eq!(values, want);
        assert_eq!(set(&mut values, "p", "a,b"), Err("key \"b\" has no value".to_owned()));
    }
}
