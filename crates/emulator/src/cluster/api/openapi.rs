//! The OpenAPI documents that `kubectl` reads: types with their merge keys, and which parameters a patch takes.

use super::discovery::{Resource, resources};
use super::dispatch::json_reply;
use super::error::{ApiError, Result};
use super::kinds::DEFINITIONS;
use super::schema::version_schema;
use super::types::{self, Field, Of, Type};
use crate::Reply;
use crate::cluster::Objects;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// `/openapi/v2`: the head alone. Clients of 1.24 and newer read v3, of which everything is there.
pub(super) fn v2(_objects: &Objects) -> Reply {
    json_reply(
        200,
        &json!({ "swagger": "2.0", "info": { "title": "Kubernetes", "version": "v1.36" }, "paths": {}, "definitions": {} }),
    )
}

/// `/openapi/v3`: one document a group and version.
pub(super) fn index(objects: &Objects, prefix: &str) -> Reply {
    let mut paths = Map::new();
    for r in resources(objects) {
        let own = if r.group.is_empty() { format!("api/{}", r.version) } else { format!("apis/{}/{}", r.group, r.version) };
        let address = format!("{prefix}/openapi/v3/{own}?hash={}", objects.version());
        paths.insert(own, json!({ "serverRelativeURL": address }));
    }
    json_reply(200, &json!({ "paths": paths }))
}

/// `/openapi/v3/apis/apps/v1`.
pub(super) fn group(objects: &Objects, path: &str) -> Result<Reply> {
    let parts: Vec<&str> = path.split('/').collect();
    let (group, version) = match parts.as_slice() {
        ["api", version] => ("", *version),
        ["apis", group, version] => (*group, *version),
        _ => return Err(ApiError::no_such_path()),
    };
    let (mut paths, mut schemas) = (Map::new(), Map::new());
    let mut wanted: BTreeSet<&'static str> = BTreeSet::new();
    for r in resources(objects).iter().filter(|r| r.group == group && r.version == version) {
        let (path, operations) = operations(r);
        paths.insert(path, operations);
        let own = json!([{ "group": r.group, "version": r.version, "kind": r.kind }]);
        match types::root(&r.group, &r.version, &r.kind) {
            Some(root) => {
                reach(root, &mut wanted);
                let mut schema = types::named(root).map(object_schema).unwrap_or_default();
                schema["x-kubernetes-group-version-kind"] = own;
                schemas.insert(full(root), schema);
            }
            None => {
                let definition = objects.get(DEFINITIONS, "", &format!("{}.{}", r.plural, r.group));
                let mut schema = definition
                    .and_then(|d| version_schema(d, &r.version))
                    .cloned()
                    .unwrap_or_else(|| json!({ "type": "object" }));
                let meta = json!({ "allOf": [{ "$ref": reference("meta.ObjectMeta") }] });
                schema["properties"]["metadata"] = meta;
                for field in ["apiVersion", "kind"] {
                    schema["properties"][field] = json!({ "type": "string" });
                }
                schema["x-kubernetes-group-version-kind"] = own;
                reach("meta.ObjectMeta", &mut wanted);
                schemas.insert(format!("{}.{}.{}", r.group, r.version, r.kind), schema);
            }
        }
    }
    if paths.is_empty() {
        return Err(ApiError::no_such_path());
    }
    for name in wanted {
        if let (false, Some(of)) = (schemas.contains_key(&full(name)), types::named(name)) {
            schemas.insert(full(name), object_schema(of));
        }
    }
    let document = json!({
        "openapi": "3.0.0", "info": { "title": "Kubernetes", "version": "v1.36" },
        "paths": paths, "components": { "schemas": schemas },
    });
    Ok(json_reply(200, &document))
}

fn operations(r: &Resource) -> (String, Value) {
    let start = if r.group.is_empty() { format!("/api/{}", r.version) } else { format!("/apis/{}/{}", r.group, r.version) };
    let place = if r.namespaced { "/namespaces/{namespace}" } else { "" };
    let query = |name: &str| json!({ "name": name, "in": "query", "schema": { "type": "string", "uniqueItems": true } });
    let kind = json!({ "group": r.group, "version": r.version, "kind": r.kind });
    let patch = json!({
        "parameters": [query("dryRun"), query("fieldManager"), query("fieldValidation"), query("force")],
        "x-kubernetes-action": "patch", "x-kubernetes-group-version-kind": kind,
        "responses": { "200": { "description": "OK" } },
    });
    (format!("{start}{place}/{}/{{name}}", r.plural), json!({ "patch": patch }))
}

/// The name that Kubernetes' own documents use, as far as it matters: unique, and the same everywhere.
fn full(name: &str) -> String {
    format!("io.k8s.{name}")
}

fn reference(name: &str) -> String {
    format!("#/components/schemas/{}", full(name))
}

fn reach(name: &'static str, wanted: &mut BTreeSet<&'static str>) {
    if !wanted.insert(name) {
        return;
    }
    for field in types::named(name).into_iter().flat_map(|t| t.fields.values()) {
        let mut of = &field.of;
        while let Of::List(item) | Of::Map(item) = of {
            of = item;
        }
        if let Of::Named(name) = of {
            reach(name, wanted);
        }
    }
}

fn object_schema(of: &Type) -> Value {
    let fields: Map<String, Value> = of.fields.iter().map(|(name, field)| ((*name).to_owned(), field_schema(field))).collect();
    let mut schema = json!({ "type": "object", "properties": fields });
    let required: Vec<&str> = of.fields.iter().filter(|(_, f)| f.required).map(|(name, _)| *name).collect();
    if !required.is_empty() {
        schema["required"] = required.into();
    }
    if of.atomic {
        schema["x-kubernetes-map-type"] = "atomic".into();
    }
    schema
}

fn field_schema(field: &Field) -> Value {
    let mut schema = of_schema(&field.of);
    if !field.keys.is_empty() {
        schema["x-kubernetes-list-type"] = "map".into();
        schema["x-kubernetes-list-map-keys"] = field.keys.clone().into();
    } else if field.set {
        schema["x-kubernetes-list-type"] = "set".into();
    } else if matches!(field.of, Of::List(_)) {
        schema["x-kubernetes-list-type"] = "atomic".into();
    }
    if field.atomic {
        schema["x-kubernetes-map-type"] = "atomic".into();
    }
    if let Some(key) = field.patch {
        schema["x-kubernetes-patch-strategy"] = "merge".into();
        if !key.is_empty() {
            schema["x-kubernetes-patch-merge-key"] = key.into();
        }
    }
    if let Some(default) = field.default {
        schema["default"] = default.into();
    }
    schema
}

fn of_schema(of: &Of) -> Value {
    match of {
        Of::Scalar('s') => json!({ "type": "string" }),
        Of::Scalar('i') => json!({ "type": "integer", "format": "int32" }),
        Of::Scalar('l') => json!({ "type": "integer", "format": "int64" }),
        Of::Scalar('n') => json!({ "type": "number" }),
        Of::Scalar('b') => json!({ "type": "boolean" }),
        Of::Scalar('t') => json!({ "type": "string", "format": "date-time" }),
        Of::Scalar('y') => json!({ "type": "string", "format": "byte" }),
        Of::Scalar('x') => json!({ "format": "int-or-string", "oneOf": [{ "type": "integer" }, { "type": "string" }] }),
        Of::Scalar('q') => json!({ "oneOf": [{ "type": "string" }, { "type": "number" }] }),
        Of::Scalar(_) => json!({ "type": "object", "x-kubernetes-preserve-unknown-fields": true }),
        Of::List(item) => json!({ "type": "array", "items": of_schema(item) }),
        Of::Map(item) => json!({ "type": "object", "additionalProperties": of_schema(item) }),
        Of::Named(name) => json!({ "allOf": [{ "$ref": reference(name) }], "default": {} }),
    }
}
