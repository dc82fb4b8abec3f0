//! `postBuild`: `${name}`, `${name:=default}`, `${name:-default}` in what was built. Source: Flux's reference,
//! "Post build variable substitution"; the shell's other operators are not known here.

use crate::cluster::Objects;
use crate::cluster::flux::source::secret_text;
use crate::cluster::flux::text;
use crate::cluster::kustomize::named;
use serde_json::Value;
use std::collections::BTreeMap;

const DISABLED: &str = "kustomize.toolkit.fluxcd.io/substitute";

/// Replaces variables in every text of an object. In the error stands the object's name first.
pub(super) fn run(objects: &Objects, owner: &Value, mut item: Value) -> Result<Value, (String, String)> {
    let disabled = |field: &str| item["metadata"][field][DISABLED] == "disabled";
    if disabled("labels") || disabled("annotations") {
        return Ok(item);
    }
    let id = named(&item);
    let values = variables(objects, owner).map_err(|why| (id.clone(), why))?;
    if values.is_empty() {
        return Ok(item);
    }
    walk(&mut item, &values).map_err(|why| (id, why))?;
    Ok(item)
}

fn variables(objects: &Objects, owner: &Value) -> Result<BTreeMap<String, String>, String> {
    let home = text(&owner["metadata"]["namespace"]);
    let mut all = BTreeMap::new();
    for from in owner["spec"]["postBuild"]["substituteFrom"].as_array().into_iter().flatten() {
        let (kind, name) = (text(&from["kind"]), text(&from["name"]));
        let resource = if kind == "Secret" { "secrets" } else { "configmaps" };
        let Some(object) = objects.get(resource, &home, &name) else {
            if from["optional"] == true {
                continue;
            }
            return Err(format!("substitute from '{kind}/{name}' error: {resource} \"{name}\" not found"));
        };
        for (key, value) in object["data"].as_object().into_iter().flatten() {
            let value = if kind == "Secret" { secret_text(object, key).unwrap_or_default() } else { text(value) };
            all.insert(key.clone(), value);
        }
    }
    for (key, value) in owner["spec"]["postBuild"]["substitute"].as_object().into_iter().flatten() {
        all.insert(key.clone(), value.as_str().map_or_else(|| value.to_string(), str::to_owned));
    }
    let legal = |name: &str| {
        name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    if let Some(bad) = all.keys().find(|k| !legal(k)) {
        return Err(format!("'{bad}' var name is invalid, must match '^[_[:alpha:]][_[:alpha:][:digit:]]*$'"));
    }
    Ok(all)
}

fn walk(value: &mut Value, values: &BTreeMap<String, String>) -> Result<(), String> {
    match value {
        Value::String(text) if text.contains("${") => {
            let replaced = replaced(text, values)?;
            // What stands alone becomes what YAML reads there.
            let alone = text.starts_with("${") && text.ends_with('}') && !text[2..].contains("${");
            *value = match crate::cluster::yaml::read_one(&replaced) {
                Ok(read) if alone && (read.is_number() || read.is_boolean()) => read,
                _ => replaced.into(),
            };
            Ok(())
        }
        Value::Array(items) => items.iter_mut().try_for_each(|i| walk(i, values)),
        Value::Object(map) => map.values_mut().try_for_each(|v| walk(v, values)),
        _ => Ok(()),
    }
}

fn replaced(text: &str, values: &BTreeMap<String, String>) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        // `$${` stands for itself.
        if let Some(before) = rest[..at].strip_suffix('$') {
            out.push_str(before);
            out.push_str("${");
            rest = &rest[at + 2..];
            continue;
        }
        out.push_str(&rest[..at]);
        let end =
            rest[at..].find('}').ok_or_else(|| format!("variable substitution failed: missing closing brace in '{text}'"))?;
        let inner = &rest[at + 2..at + end];
        let (name, default) =
            inner.split_once(":=").or_else(|| inner.split_once(":-")).map_or((inner, None), |(n, d)| (n, Some(d)));
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            return Err(format!("variable substitution failed: unable to parse variable name in '{inner}'"));
        }
        match (values.get(name).filter(|v| !v.is_empty() || default.is_none()), default) {
            (Some(value), _) => out.push_str(value),
            (None, default) => out.push_str(default.unwrap_or("")),
        }
        rest = &rest[at + end + 1..];
    }
    out.push_str(rest);
    Ok(out)
}
