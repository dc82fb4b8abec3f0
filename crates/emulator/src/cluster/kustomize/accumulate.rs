//! From a Kustomization file to objects: resources, components, generators, then the transformers in kustomize's order.

use super::{Source, beside, fields, generate, id, images, patch, transform};
use crate::cluster::yaml;
use serde_json::{Value, json};

const NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// The Kustomization of a folder, when it has one.
pub(super) fn kustomization(source: &Source, path: &str) -> Result<Option<Value>, String> {
    let at = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") };
    let found: Vec<String> = NAMES.iter().map(|n| at(n)).filter(|p| source.files.contains_key(p)).collect();
    match found.as_slice() {
        [] => Ok(None),
        [one] => {
            let value = yaml::read_one(&text(source, one)?).map_err(|e| format!("invalid Kustomization: {e}"))?;
            let value = if value.is_null() { json!({}) } else { value };
            fields::check(&value)?;
            Ok(Some(value))
        }
        _ => Err(format!("Found multiple kustomization files under: /{path}")),
    }
}

/// The Kustomization that a folder without one gets: every manifest below it; folders that have one go in as they are.
pub(super) fn generated(source: &Source, path: &str) -> Result<Value, String> {
    let prefix = if path.is_empty() { String::new() } else { format!("{path}/") };
    let mut resources: Vec<String> = Vec::new();
    for file in source.files.keys().filter_map(|f| f.strip_prefix(&prefix)) {
        let owner = file
            .match_indices('/')
            .map(|(i, _)| &file[..i])
            .find(|folder| NAMES.iter().any(|name| source.files.contains_key(&format!("{prefix}{folder}/{name}"))));
        let item = match owner {
            Some(folder) => folder.to_owned(),
            None if file.ends_with(".yaml") || file.ends_with(".yml") => {
                let whole = format!("{prefix}{file}");
                let objects = yaml::read(&text(source, &whole)?).map_err(|e| decode_failed(&whole, &e))?;
                if objects.iter().any(|o| o["kind"].as_str().is_none_or(str::is_empty)) {
                    return Err(decode_failed(&whole, "missing Resource metadata"));
                }
                file.to_owned()
            }
            None => continue,
        };
        if !resources.contains(&item) {
            resources.push(item);
        }
    }
    Ok(json!({ "resources": resources }))
}

fn decode_failed(file: &str, why: &str) -> String {
    format!("failed to decode Kubernetes YAML from {file}: {why}")
}

/// Adds what a deployer adds: lists go behind, the rest replaces.
pub(super) fn join(kustomization: &mut Value, more: &Value) {
    for (key, value) in more.as_object().into_iter().flatten() {
        match (kustomization.get_mut(key).and_then(Value::as_array_mut), value.as_array()) {
            (Some(list), Some(items)) => list.extend(items.iter().cloned()),
            _ => kustomization[key.as_str()] = value.clone(),
        }
    }
}

/// Builds a Kustomization that lies in `path`. `stack` are the folders on the way here.
pub(super) fn build(source: &Source, path: &str, kustomization: &Value, stack: &mut Vec<String>) -> Result<Vec<Value>, String> {
    let mut objects = Vec::new();
    for key in ["resources", "bases"] {
        for entry in texts(kustomization, key)? {
            let more = resource(source, path, &entry, stack)?;
            add(&mut objects, more)
                .map_err(|e| format!("accumulating resources: accumulation err='merging resources from '{entry}': {e}'"))?;
        }
    }
    generate::run(source, path, kustomization, &mut objects)?;
    for entry in texts(kustomization, "components")? {
        let at = beside(path, &entry)?;
        let component = self::kustomization(source, &at)?
            .ok_or_else(|| format!("accumulating components: accumulateDirectory: \"couldn't make target for path '/{at}': unable to find one of 'kustomization.yaml', 'kustomization.yml' or 'Kustomization' in directory '/{at}'\""))?;
        if component["kind"] != "Component" {
            return Err(format!(
                "accumulating components: accumulateDirectory: \"expected kind 'Component' for path '/{at}' but got '{}'\"",
                component["kind"].as_str().unwrap_or("Kustomization")
            ));
        }
        let before = stack.len();
        enter(stack, &at)?;
        let own = build(
            source,
            &at,
            &json!({ "resources": component["resources"], "components": component["components"] }).without_nulls(),
            stack,
        )?;
        stack.truncate(before);
        add(&mut objects, own)?;
        generate::run(source, &at, &component, &mut objects)?;
        change(source, &at, &component, &mut objects)?;
    }
    change(source, path, kustomization, &mut objects)?;
    Ok(objects)
}

/// The transformers, in kustomize's order.
fn change(source: &Source, path: &str, kustomization: &Value, objects: &mut Vec<Value>) -> Result<(), String> {
    patch::run(source, path, kustomization, objects)?;
    transform::namespace(kustomization, objects);
    transform::labels(kustomization, objects);
    transform::annotations(kustomization, objects);
    transform::replicas(kustomization, objects)?;
    images::run(kustomization, objects);
    generate::rename(objects);
    Ok(())
}

fn resource(source: &Source, path: &str, entry: &str, stack: &mut Vec<String>) -> Result<Vec<Value>, String> {
    if entry.contains("://") {
        let text = (source.fetch)(entry).ok_or_else(|| {
            format!("accumulating resources: accumulation err='accumulating resources from '{entry}': HTTP Error: status code 404 (Not Found)'")
        })?;
        return read(&text, entry);
    }
    let at = beside(path, entry)
        .map_err(|e| format!("accumulating resources: accumulation err='accumulating resources from '{entry}': {e}'"))?;
    if source.files.contains_key(&at) {
        return read(&text(source, &at)?, entry);
    }
    if !super::is_folder(source.files, &at) {
        return Err(format!(
            "accumulating resources: accumulation err='accumulating resources from '{entry}': open /{at}: no such file or directory': must build at directory: not a valid directory: evalsymlink failure on '/{at}' : lstat /{at}: no such file or directory"
        ));
    }
    let inner = kustomization(source, &at)?.ok_or_else(|| {
        format!("accumulating resources: accumulation err='accumulating resources from '{entry}': read /{at}: is a directory': couldn't make target for path '/{at}': unable to find one of 'kustomization.yaml', 'kustomization.yml' or 'Kustomization' in directory '/{at}'")
    })?;
    let before = stack.len();
    enter(stack, &at)?;
    let objects = build(source, &at, &inner, stack)?;
    stack.truncate(before);
    Ok(objects)
}

fn enter(stack: &mut Vec<String>, at: &str) -> Result<(), String> {
    if stack.iter().any(|s| s == at) {
        return Err(format!("cycle detected: candidate root '/{at}' contains visited root '/{at}'"));
    }
    stack.push(at.to_owned());
    Ok(())
}

fn read(text: &str, entry: &str) -> Result<Vec<Value>, String> {
    let failed = |why: &str| format!("accumulating resources: accumulation err='accumulating resources from '{entry}': {why}'");
    let documents = yaml::read(text).map_err(|e| failed(&format!("MalformedYAMLError: {e} in File: {entry}")))?;
    let mut objects = Vec::new();
    for document in documents {
        if document["kind"].as_str().is_some_and(|k| k.ends_with("List")) && document["items"].is_array() {
            objects.extend(document["items"].as_array().cloned().unwrap_or_default());
        } else {
            objects.push(document);
        }
    }
    for object in &objects {
        if object["kind"].as_str().is_none_or(str::is_empty) {
            return Err(failed(&format!("missing kind in object in File: {entry}")));
        }
        if object["metadata"]["name"].as_str().is_none_or(str::is_empty) && object["metadata"]["generateName"].is_null() {
            return Err(failed(&format!("missing metadata.name in object {{{}}}", object["kind"])));
        }
    }
    Ok(objects)
}

/// Adds objects; two of one id are refused.
pub(super) fn add(all: &mut Vec<Value>, more: Vec<Value>) -> Result<(), String> {
    for object in more {
        if all.iter().any(|o| id::key(o) == id::key(&object)) {
            return Err(format!("may not add resource with an already registered id: {}", id::named(&object)));
        }
        all.push(object);
    }
    Ok(())
}

/// A file as text.
pub(super) fn text(source: &Source, path: &str) -> Result<String, String> {
    let bytes = source.files.get(path).ok_or_else(|| format!("open /{path}: no such file or directory"))?;
    String::from_utf8(bytes.clone()).map_err(|_| format!("file /{path} is not UTF-8"))
}

fn texts(kustomization: &Value, key: &str) -> Result<Vec<String>, String> {
    let Some(list) = kustomization.get(key).filter(|v| !v.is_null()) else { return Ok(Vec::new()) };
    let items = list.as_array().ok_or_else(|| {
        format!("invalid Kustomization: json: cannot unmarshal into Go struct field Kustomization.{key} of type []string")
    })?;
    items
        .iter()
        .map(|i| {
            i.as_str().map(str::to_owned).ok_or_else(|| {
                format!("invalid Kustomization: json: cannot unmarshal into Go struct field Kustomization.{key} of type string")
            })
        })
        .collect()
}

trait WithoutNulls {
    fn without_nulls(self) -> Value;
}

impl WithoutNulls for Value {
    fn without_nulls(mut self) -> Value {
        if let Some(map) = self.as_object_mut() {
            map.retain(|_, v| !v.is_null());
        }
        self
    }
}
