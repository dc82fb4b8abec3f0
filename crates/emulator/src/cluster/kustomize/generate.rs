//! Generated ConfigMaps and Secrets, the hashes behind their names, and who refers to them.

use super::{Source, accumulate, beside, id};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

/// Marks an object whose name gets a hash at the end of its layer.
const HASHED: &str = "internal.config.kubernetes.io/needsHashedName";

/// Runs both generators of a Kustomization.
pub(super) fn run(source: &Source, path: &str, kustomization: &Value, objects: &mut Vec<Value>) -> Result<(), String> {
    for (field, kind) in [("configMapGenerator", "ConfigMap"), ("secretGenerator", "Secret")] {
        for entry in kustomization[field].as_array().into_iter().flatten() {
            let made = generated(source, path, kind, entry, &kustomization["generatorOptions"])?;
            place(objects, made, entry["behavior"].as_str().unwrap_or("create"))?;
        }
    }
    Ok(())
}

fn generated(source: &Source, path: &str, kind: &str, entry: &Value, global: &Value) -> Result<Value, String> {
    let name = entry["name"].as_str().unwrap_or("");
    let mut data: Map<String, Value> = Map::new();
    let put = |data: &mut Map<String, Value>, key: &str, bytes: &[u8]| -> Result<(), String> {
        let value = match (kind, std::str::from_utf8(bytes)) {
            ("ConfigMap", Ok(text)) => Value::from(text),
            _ => Value::from(STANDARD.encode(bytes)),
        };
        if data.insert(key.to_owned(), value).is_some() {
            return Err(format!("cannot add key '{key}', another key by that name already exists"));
        }
        Ok(())
    };
    for literal in texts(&entry["literals"]) {
        let (key, value) =
            literal.split_once('=').ok_or_else(|| format!("invalid literal source {literal}, expected key=value"))?;
        let quoted = value.len() > 1
            && (value.starts_with('"') && value.ends_with('"') || value.starts_with('\'') && value.ends_with('\''));
        put(&mut data, key, if quoted { &value.as_bytes()[1..value.len() - 1] } else { value.as_bytes() })?;
    }
    for file in texts(&entry["files"]) {
        let (key, at) = match file.split_once('=') {
            Some((key, at)) => (key.to_owned(), at),
            None => (file.rsplit('/').next().unwrap_or(&file).to_owned(), file.as_str()),
        };
        let at = beside(path, at)?;
        let bytes = source.files.get(&at).ok_or_else(|| missing(kind, name, &at))?;
        put(&mut data, &key, bytes)?;
    }
    let mut envs = texts(&entry["envs"]);
    envs.extend(entry["env"].as_str().map(str::to_owned));
    for file in envs {
        let at = beside(path, &file)?;
        let text = accumulate::text(source, &at).map_err(|_| missing(kind, name, &at))?;
        for line in text.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#')) {
            let (key, value) = line.split_once('=').unwrap_or((line, ""));
            put(&mut data, key, value.as_bytes())?;
        }
    }
    let mut object = json!({ "apiVersion": "v1", "kind": kind, "metadata": { "name": name } });
    if let Some(namespace) = entry["namespace"].as_str() {
        object["metadata"]["namespace"] = namespace.into();
    }
    if kind == "Secret" {
        object["type"] = entry["type"].as_str().unwrap_or("Opaque").into();
    }
    if !data.is_empty() {
        object["data"] = Value::Object(data);
    }
    let own = &entry["options"];
    for key in ["labels", "annotations"] {
        for options in [global, own] {
            for (k, v) in options[key].as_object().into_iter().flatten() {
                object["metadata"][key][k.as_str()] = v.clone();
            }
        }
    }
    if own["immutable"] == true || global["immutable"] == true {
        object["immutable"] = true.into();
    }
    if own["disableNameSuffixHash"] != true && global["disableNameSuffixHash"] != true {
        object["metadata"]["annotations"][HASHED] = "enabled".into();
    }
    Ok(object)
}

fn missing(kind: &str, name: &str, at: &str) -> String {
    let generator = if kind == "Secret" { "secret" } else { "configmap" };
    format!(
        "loading KV pairs: file sources: evalsymlink failure on '/{at}' : lstat /{at}: no such file or directory ({generator} {name})"
    )
}

fn place(objects: &mut Vec<Value>, made: Value, behavior: &str) -> Result<(), String> {
    let at = objects.iter().position(|o| o["kind"] == made["kind"] && o["metadata"]["name"] == made["metadata"]["name"]);
    match (at, behavior) {
        (None, "create") => objects.push(made),
        (Some(_), "create") => return Err(format!("may not add resource with an already registered id: {}", id::named(&made))),
        (None, other) => {
            return Err(format!(
                "id matching generator {} with behavior {other} does not exist; cannot merge or replace",
                id::named(&made)
            ));
        }
        (Some(i), "merge") => {
            for (key, value) in made["data"].as_object().into_iter().flatten() {
                objects[i]["data"][key.as_str()] = value.clone();
            }
        }
        (Some(i), _) => objects[i]["data"] = made["data"].clone(),
    }
    Ok(())
}

/// Puts hashes behind the names that wait for one, and follows them in references from pods.
pub(super) fn rename(objects: &mut [Value]) {
    let mut renamed: Vec<(String, String, String)> = Vec::new();
    for object in objects.iter_mut() {
        if object["metadata"]["annotations"][HASHED].is_null() {
            continue;
        }
        if let Some(annotations) = object["metadata"]["annotations"].as_object_mut() {
            annotations.remove(HASHED);
            if annotations.is_empty()
                && let Some(metadata) = object["metadata"].as_object_mut()
            {
                metadata.remove("annotations");
            }
        }
        let text = |v: &Value| v.as_str().unwrap_or("").to_owned();
        let (kind, name) = (text(&object["kind"]), text(&object["metadata"]["name"]));
        let new = format!("{name}-{}", hash(object));
        object["metadata"]["name"] = new.clone().into();
        renamed.push((kind, name, new));
    }
    if renamed.is_empty() {
        return;
    }
    for object in objects.iter_mut().filter(|o| o["spec"].is_object()) {
        follow(&mut object["spec"], &renamed);
    }
}

fn follow(value: &mut Value, renamed: &[(String, String, String)]) {
    let change = |value: &mut Value, kind: &str| {
        if let Some((_, _, new)) = renamed.iter().find(|(k, old, _)| k == kind && value.as_str() == Some(old)) {
            *value = new.clone().into();
        }
    };
    match value {
        Value::Object(map) => {
            for (key, inner) in map.iter_mut() {
                match key.as_str() {
                    "configMap" | "configMapRef" | "configMapKeyRef" if inner["name"].is_string() => {
                        change(&mut inner["name"], "ConfigMap")
                    }
                    "secretRef" | "secretKeyRef" if inner["name"].is_string() => change(&mut inner["name"], "Secret"),
                    "secret" if inner["name"].is_string() => change(&mut inner["name"], "Secret"),
                    "secretName" => change(inner, "Secret"),
                    "imagePullSecrets" => {
                        for item in inner.as_array_mut().into_iter().flatten() {
                            change(&mut item["name"], "Secret");
                        }
                    }
                    _ => {}
                }
                follow(inner, renamed);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|i| follow(i, renamed)),
        _ => {}
    }
}

/// Kustomize's hash: SHA-256 of kind, an empty name, type and data as sorted JSON, ten digits, those that could spell replaced.
fn hash(object: &Value) -> String {
    let mut of: std::collections::BTreeMap<&str, Value> = std::collections::BTreeMap::new();
    of.insert("kind", object["kind"].clone());
    of.insert("name", "".into());
    let sorted: std::collections::BTreeMap<String, Value> =
        object["data"].as_object().into_iter().flatten().map(|(k, v)| (k.clone(), v.clone())).collect();
    of.insert("data", if sorted.is_empty() { json!("") } else { json!(sorted) });
    if object["kind"] == "Secret" {
        of.insert("type", object["type"].clone());
    }
    let text = serde_json::to_string(&of).unwrap_or_default();
    let digest: String = Sha256::digest(text.as_bytes()).iter().take(5).map(|b| format!("{b:02x}")).collect();
    digest
        .chars()
        .map(|c| match c {
            '0' => 'g',
            '1' => 'h',
            '3' => 'k',
            'a' => 'm',
            'e' => 't',
            c => c,
        })
        .collect()
}

fn texts(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}
