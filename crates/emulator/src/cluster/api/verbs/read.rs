//! Reading one object, or many.

use super::super::dispatch::json_reply;
use super::super::error::{ApiError, Result};
use super::super::select::Selectors;
use super::super::table;
use super::{Call, Form, metadata_only, show};
use crate::Reply;
use crate::cluster::Objects;
use crate::cluster::objects::place;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

/// One object.
pub(crate) fn get(objects: &mut Objects, call: &Call) -> Result<Reply> {
    let resource = call.kind.resource();
    let found = objects.get(&resource, &call.place.namespace, &call.place.name);
    let found = found.ok_or_else(|| ApiError::not_found(&call.place.resource(), &call.place.name))?.clone();
    Ok(call.one(objects, 200, &found))
}

/// The objects that a call selects, in the order of their names.
pub(super) fn selected<'o>(objects: &'o Objects, call: &Call) -> Result<Vec<&'o Value>> {
    let selectors = Selectors::read(call.query("labelSelector"), call.query("fieldSelector"))?;
    let resource = call.kind.resource();
    let all =
        if call.place.namespace.is_empty() { objects.list(&resource) } else { objects.list_in(&resource, &call.place.namespace) };
    let mut taken: Vec<&Value> = all.into_iter().filter(|o| selectors.take(o)).collect();
    taken.sort_by_key(|o| place(o));
    Ok(taken)
}

/// Many objects, a page at a time where `limit` says so.
pub(crate) fn list(objects: &mut Objects, call: &Call) -> Result<Reply> {
    let mut taken: Vec<Value> = selected(objects, call)?.into_iter().cloned().collect();
    let version = objects.version().to_string();
    let mut meta = json!({ "resourceVersion": version });
    if let Some(token) = call.req.query("continue").filter(|t| !t.is_empty()) {
        let start = URL_SAFE_NO_PAD.decode(token).ok().and_then(|b| String::from_utf8(b).ok());
        let start = start.ok_or_else(|| ApiError::bad("continue key is not valid: illegal base64 data"))?;
        let (version, start) = start.split_once('|').ok_or_else(|| ApiError::bad("continue key is not valid"))?;
        meta["resourceVersion"] = version.into();
        taken.retain(|o| after(o, start));
    }
    let limit: usize = match call.query("limit") {
        "" => 0,
        text => text.parse().map_err(|_| ApiError::bad(format!("strconv.ParseInt: parsing \"{text}\": invalid syntax")))?,
    };
    if limit > 0 && taken.len() > limit {
        let last = key(&taken[limit - 1]);
        let token = format!("{}|{last}", meta["resourceVersion"].as_str().unwrap_or(""));
        meta["continue"] = URL_SAFE_NO_PAD.encode(token).into();
        meta["remainingItemCount"] = (taken.len() - limit).into();
        taken.truncate(limit);
    }
    let shown: Vec<Value> = taken.iter().map(|o| show(call.kind, o)).collect();
    let document = match call.form() {
        Form::Table => {
            let mut table = table::of(objects, call.kind, &shown, call.query("includeObject"));
            table["metadata"] = meta;
            table
        }
        Form::Metadata => {
            let items: Vec<Value> = shown.iter().map(metadata_only).collect();
            json!({ "kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1", "metadata": meta, "items": items })
        }
        Form::Whole => {
            json!({ "kind": format!("{}List", call.kind.kind), "apiVersion": call.kind.api_version(), "metadata": meta, "items": shown })
        }
    };
    Ok(json_reply(200, &document))
}

fn key(object: &Value) -> String {
    let (namespace, name) = place(object);
    format!("{namespace}/{name}")
}

fn after(object: &Value, start: &str) -> bool {
    let (namespace, name) = place(object);
    let (home, last) = start.split_once('/').unwrap_or(("", start));
    (namespace.as_str(), name.as_str()) > (home, last)
}
