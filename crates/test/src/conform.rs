//! JSON schemas for `kubeconform`, strict: of the server's own kinds from its published OpenAPI, of all others from their
//! definitions. A field that a schema does not know is a violation wherever the API server would drop it.

use crate::{
    definitions::Definitions,
    judges::{run, tool_or_skip, tools_dir},
};
use serde_json::{Map, Value, json};
use std::{collections::BTreeSet, path::Path};

/// Keywords that say nothing to a JSON schema, or that the API server alone can judge.
const DROPPED: &[&str] = &["default", "description", "example", "format", "nullable"];

/// Holds objects against schemas with `kubeconform`; what is wrong with them, or nothing where a judge is missing.
///
/// # Panics
/// Where it says something that cannot be read.
pub fn conform_or_skip(test: &str, folder: &Path, definitions: &Definitions, objects: &[Value]) -> Option<Vec<String>> {
    let kubeconform = tool_or_skip(test, "kubeconform")?;
    tool_or_skip(test, "openapi/api__v1_openapi.json")?;
    let schemas = folder.join("schemas");
    std::fs::create_dir_all(&schemas).expect("a folder can be made");
    let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
    let kinds: BTreeSet<(String, String)> = objects.iter().map(|o| (text(&o["apiVersion"]), text(&o["kind"]))).collect();
    for (api_version, kind) in &kinds {
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        let schema = definitions.schema(api_version, kind).map(custom).or_else(|| own(group, version, kind));
        if let Some(schema) = schema {
            // Of the group without a name, its version takes the place.
            let group = if group.is_empty() { version } else { group };
            let name = format!("{group}_{}_{version}.json", kind.to_lowercase());
            std::fs::write(schemas.join(name), schema.to_string()).expect("a schema can be written");
        }
    }
    let list = json!({ "apiVersion": "v1", "kind": "List", "items": objects });
    std::fs::write(folder.join("objects.json"), list.to_string()).expect("a file can be written");
    let place = schemas.join("{{.Group}}_{{.ResourceKind}}_{{.ResourceAPIVersion}}.json").display().to_string();
    let said = run(&kubeconform, folder, &[], ["-strict", "-output", "json", "-schema-location", &place, "objects.json"]);
    let report: Value = serde_json::from_str(&said.out).unwrap_or_else(|e| panic!("{e}: {} {}", said.out, said.err));
    let wrong = report["resources"].as_array().into_iter().flatten().map(|r| {
        let places = r["validationErrors"].as_array().into_iter().flatten();
        let places: Vec<String> = places.map(|e| format!("{} {}", text(&e["path"]), text(&e["msg"]))).collect();
        let why = if places.is_empty() { text(&r["msg"]) } else { places.join("; ") };
        format!("{} {}: {why}", text(&r["kind"]), text(&r["name"]))
    });
    Some(wrong.collect())
}

/// The schema of a kind that a definition describes.
fn custom(schema: &Value) -> Value {
    let mut schema = strict(schema);
    if schema["properties"].is_object() {
        let names = ["name", "namespace", "generateName"].map(|k| (k.to_owned(), json!({ "type": "string" })));
        let texts = json!({ "type": "object", "additionalProperties": { "type": "string" } });
        let mut metadata = Map::from_iter(names);
        metadata.extend(["labels", "annotations"].map(|k| (k.to_owned(), texts.clone())));
        metadata.insert("finalizers".into(), json!({ "type": "array", "items": { "type": "string" } }));
        schema["properties"]["apiVersion"] = json!({ "type": "string" });
        schema["properties"]["kind"] = json!({ "type": "string" });
        schema["properties"]["metadata"] = json!({ "type": "object", "properties": metadata, "additionalProperties": false });
    }
    schema
}

/// The schema of a kind of the server's own, with everything that it refers to.
fn own(group: &str, version: &str, kind: &str) -> Option<Value> {
    let file = if group.is_empty() { format!("api__{version}") } else { format!("apis__{group}__{version}") };
    let text = std::fs::read_to_string(tools_dir().join(format!("openapi/{file}_openapi.json"))).ok()?;
    let document: Value = serde_json::from_str(&text).ok()?;
    let schemas = document["components"]["schemas"].as_object()?;
    let is = |s: &Value| {
        let kinds = s["x-kubernetes-group-version-kind"].as_array();
        kinds.is_some_and(|k| k.iter().any(|k| k["group"] == group && k["version"] == version && k["kind"] == kind))
    };
    let schema = schemas.values().find(|s| is(s))?;
    Some(strict(&whole(schema, schemas, &mut Vec::new())))
}

/// A schema with everything that it refers to in the place of the reference, because `kubeconform` says nothing of what
/// is wrong behind one. What contains itself (the schemas of definitions) is open there.
fn whole<'a>(schema: &'a Value, all: &'a Map<String, Value>, within: &mut Vec<&'a str>) -> Value {
    let referred = schema["$ref"].as_str().or_else(|| schema["allOf"][0]["$ref"].as_str());
    if let Some(name) = referred.and_then(|r| r.strip_prefix("#/components/schemas/")) {
        let Some(target) = all.get(name).filter(|_| !within.contains(&name)) else { return json!({}) };
        within.push(name);
        let found = whole(target, all, within);
        within.pop();
        return found;
    }
    match schema {
        Value::Object(map) => map.iter().map(|(k, v)| (k.clone(), whole(v, all, within))).collect::<Map<_, _>>().into(),
        Value::Array(list) => list.iter().map(|v| whole(v, all, within)).collect(),
        other => other.clone(),
    }
}

/// A structural schema without unknown fields.
fn strict(schema: &Value) -> Value {
    let Some(from) = schema.as_object() else { return schema.clone() };
    if from.get("x-kubernetes-int-or-string").is_some_and(|v| *v == true) {
        return json!({ "type": ["integer", "string"] });
    }
    let mut to = Map::new();
    for (key, value) in from.iter().filter(|(k, _)| !k.starts_with("x-") && !DROPPED.contains(&k.as_str())) {
        let value = match key.as_str() {
            "properties" => {
                value.as_object().map(|p| p.iter().map(|(k, s)| (k.clone(), strict(s))).collect()).unwrap_or_default()
            }
            "items" | "additionalProperties" => strict(value),
            _ => value.clone(),
        };
        to.insert(key.clone(), value);
    }
    let open = from.get("x-kubernetes-preserve-unknown-fields").is_some_and(|v| *v == true)
        || from.get("x-kubernetes-embedded-resource").is_some_and(|v| *v == true);
    if to.contains_key("properties") && !to.contains_key("additionalProperties") && !open {
        to.insert("additionalProperties".into(), false.into());
    }
    if from.get("nullable").is_some_and(|v| *v == true)
        && let Some(Value::String(kind)) = to.get("type").cloned()
    {
        to.insert("type".into(), json!([kind, "null"]));
    }
    Value::Object(to)
}
