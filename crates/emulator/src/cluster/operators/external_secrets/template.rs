//! The template of a target: texts with `{{ .key }}` and a few functions.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use std::collections::BTreeMap;

/// What the Secret holds: the values as they are, or what the template makes of them.
pub(super) fn apply(template: &Value, values: &BTreeMap<String, String>) -> Result<BTreeMap<String, String>, String> {
    let Some(texts) = template["data"].as_object() else {
        return Ok(values.clone());
    };
    let mut made = if template["mergePolicy"] == "Merge" { values.clone() } else { BTreeMap::new() };
    for (key, text) in texts {
        made.insert(key.clone(), render(text.as_str().unwrap_or(""), values)?);
    }
    Ok(made)
}

fn render(text: &str, values: &BTreeMap<String, String>) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let (inside, following) = after.split_once("}}").ok_or("unclosed action")?;
        out.push_str(before);
        let mut steps = inside.trim_matches('-').trim().split('|').map(str::trim);
        let first = steps.next().unwrap_or("");
        let key = first
            .strip_prefix('.')
            .ok_or_else(|| format!("function \"{}\" not defined", first.split(' ').next().unwrap_or("")))?;
        let found = values.get(key).ok_or_else(|| format!("map has no entry for key \"{key}\""))?;
        out.push_str(&steps.try_fold(found.clone(), |value, step| function(step, &value))?);
        rest = following;
    }
    out.push_str(rest);
    Ok(out)
}

fn function(name: &str, value: &str) -> Result<String, String> {
    Ok(match name {
        "toString" => value.to_owned(),
        "trim" => value.trim().to_owned(),
        "upper" => value.to_uppercase(),
        "lower" => value.to_lowercase(),
        "quote" => format!("{value:?}"),
        "urlquery" => utf8_percent_encode(value, NON_ALPHANUMERIC).to_string(),
        "b64enc" => STANDARD.encode(value),
        "b64dec" => STANDARD.decode(value).map_or_else(|_| String::new(), |b| String::from_utf8_lossy(&b).into_owned()),
        other => return Err(format!("function \"{other}\" not defined")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn keys_and_functions() {
        let values = BTreeMap::from([("user".to_owned(), "a".to_owned()), ("word".to_owned(), "p/w".to_owned())]);
        let made = apply(&json!({ "data": { "uri": "pg://{{ .user }}:{{ .word | urlquery }}@h" } }), &values).unwrap();
        assert_eq!(made["uri"], "pg://a:p%2Fw@h");
        assert_eq!(apply(&json!({}), &values).unwrap(), values);
        assert_eq!(
            apply(&json!({ "data": { "x": "{{ .none }}" } }), &values),
            Err("map has no entry for key \"none\"".to_owned())
        );
        assert_eq!(
            apply(&json!({ "data": { "x": "{{ .user | sha }}" } }), &values),
            Err("function \"sha\" not defined".to_owned())
        );
    }
}
