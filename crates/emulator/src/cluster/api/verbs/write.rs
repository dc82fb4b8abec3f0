//! Creating, replacing, patching and applying over HTTP.

use super::super::error::{ApiError, Result};
use super::super::patch;
use super::super::schema::Schema;
use super::super::store::{self, Writer};
use super::{Call, show};
use crate::Reply;
use crate::cluster::{Objects, yaml};
use serde_json::Value;

/// `POST`.
pub(crate) fn create(objects: &mut Objects, call: &Call) -> Result<Reply> {
    let mut writer = call.writer()?;
    let object = store::create(objects, call.kind, &call.place.namespace, body(call)?, &mut writer)?;
    Ok(warned(call.one(objects, 201, &object), &writer))
}

/// `PUT`, of the object or of its status.
pub(crate) fn update(objects: &mut Objects, call: &Call) -> Result<Reply> {
    let mut writer = call.writer()?;
    let mut object = body(call)?;
    named(call, &mut object)?;
    if call.place.part == "finalize" {
        let finalizers = object["spec"]["finalizers"].clone();
        objects.edit(&call.kind.resource(), "", &call.place.name, |n| n["spec"]["finalizers"] = finalizers);
        if objects.get(&call.kind.resource(), "", &call.place.name).is_some_and(|n| !n["metadata"]["deletionTimestamp"].is_null())
        {
            objects.delete(&call.kind.resource(), "", &call.place.name);
        }
        return Ok(call.one(objects, 200, &object));
    }
    let object = store::replace(objects, call.kind, &call.place.namespace, object, &mut writer)?;
    Ok(warned(call.one(objects, 200, &object), &writer))
}

/// `PATCH`, in all four languages.
pub(crate) fn patch(objects: &mut Objects, call: &Call) -> Result<Reply> {
    let mut writer = call.writer()?;
    let sort = call.req.header("content-type").unwrap_or("").split(';').next().unwrap_or("").trim().to_owned();
    let force = call.query("force") == "true";
    if sort.starts_with("application/apply-patch") {
        if call.query("fieldManager").is_empty() {
            let cause = super::super::error::Cause::required("fieldManager", "is required for apply patch");
            return Err(ApiError::invalid("meta.k8s.io", "PatchOptions", "", &[cause]));
        }
        let mut config = body(call)?;
        named(call, &mut config)?;
        let there = objects.get(&call.kind.resource(), &call.place.namespace, &call.place.name).is_some();
        let object = store::apply(objects, call.kind, &call.place.namespace, config, force, &mut writer)?;
        return Ok(warned(call.one(objects, if there { 200 } else { 201 }, &object), &writer));
    }
    let resource = call.kind.resource();
    let before = objects.get(&resource, &call.place.namespace, &call.place.name).cloned();
    let before = before.ok_or_else(|| ApiError::not_found(&call.place.resource(), &call.place.name))?;
    let after = patched(objects, call, &show(call.kind, &before))?;
    let object = store::replace(objects, call.kind, &call.place.namespace, after, &mut writer)?;
    Ok(warned(call.one(objects, 200, &object), &writer))
}

/// A document with the patch of the request, in one of three languages.
pub(super) fn patched(objects: &Objects, call: &Call, shown: &Value) -> Result<Value> {
    let sort = call.req.header("content-type").unwrap_or("").split(';').next().unwrap_or("").trim();
    let change = body(call)?;
    Ok(match sort {
        "application/json-patch+json" => patch::json(shown, &change)?,
        "application/merge-patch+json" => patch::merge(shown, &change),
        "application/strategic-merge-patch+json" if !call.kind.custom => {
            let schema = Schema::of_kind(objects, call.kind);
            patch::strategic(shown, &change, &schema)
        }
        _ => {
            let message = format!(
                "the body of the request was in an unknown format - accepted media types include: application/json-patch+json, \
                 application/merge-patch+json, application/apply-patch+yaml (got {sort})"
            );
            return Err(ApiError::new(415, "UnsupportedMediaType", message));
        }
    })
}

/// The body as JSON; YAML is read where it is YAML.
pub(super) fn body(call: &Call) -> Result<Value> {
    let sort = call.req.header("content-type").unwrap_or("");
    if sort.contains("protobuf") {
        let message = format!(
            "the body of the request was in an unknown format - accepted media types include: application/json, application/yaml (got {sort})"
        );
        return Err(ApiError::new(415, "UnsupportedMediaType", message));
    }
    if !call.req.body.is_null() {
        return Ok(call.req.body.clone());
    }
    let text = String::from_utf8_lossy(&call.req.raw);
    let document = yaml::read(&text).map_err(|e| ApiError::bad(format!("error decoding YAML: {e}")))?;
    match document.into_iter().next() {
        Some(object) if object.is_object() => Ok(object),
        _ => Err(ApiError::bad("unable to decode the body of the request: it is empty or no object")),
    }
}

/// The name in the body is the one in the path.
fn named(call: &Call, object: &mut Value) -> Result<()> {
    if !object["metadata"].is_object() {
        object["metadata"] = serde_json::json!({});
    }
    match object["metadata"]["name"].as_str() {
        None | Some("") => object["metadata"]["name"] = call.place.name.clone().into(),
        Some(name) if name == call.place.name => {}
        Some(name) => {
            let message = format!("the name of the object ({name}) does not match the name on the URL ({})", call.place.name);
            return Err(ApiError::bad(message));
        }
    }
    Ok(())
}

/// The reply with what was said on the way.
fn warned(reply: Reply, writer: &Writer) -> Reply {
    writer
        .warnings
        .iter()
        .fold(reply, |reply, warning| reply.with("warning", format!("299 - \"{}\"", warning.replace('"', "\\\""))))
}
