//! Deleting: at once, or with finalizers that somebody has to take away.

use super::super::dispatch::json_reply;
use super::super::error::{ApiError, Result};
use super::{Call, read, show};
use crate::Reply;
use crate::cluster::Objects;
use crate::cluster::objects::place;
use serde_json::{Value, json};

/// How to delete.
#[derive(Debug, Clone, Default)]
pub(crate) struct Options {
    /// `Background`, `Foreground`, `Orphan`; empty is the kind's default.
    pub propagation: String,
    /// Only the object with this uid.
    pub uid: Option<String>,
    /// Only the object in this version.
    pub version: Option<String>,
    /// Nothing is deleted.
    pub dry_run: bool,
}

/// Deletes one object; gives it when it still exists, and nothing when it is gone.
pub(crate) fn one(
    objects: &mut Objects,
    resource: &str,
    namespace: &str,
    name: &str,
    options: &Options,
) -> Result<Option<Value>> {
    let object = objects.get(resource, namespace, name).cloned().ok_or_else(|| ApiError::not_found(resource, name))?;
    for (field, wanted, word) in [("uid", &options.uid, "UID"), ("resourceVersion", &options.version, "ResourceVersion")] {
        if let Some(wanted) = wanted.as_deref().filter(|w| object["metadata"][field] != *w) {
            let have = object["metadata"][field].as_str().unwrap_or("");
            let why = format!("Precondition failed: {word} in precondition: {wanted}, {word} in object meta: {have}");
            return Err(ApiError::conflict(resource, name, &why));
        }
    }
    if resource == "namespaces" && ["default", "kube-system", "kube-public"].contains(&name) {
        return Err(ApiError::forbidden(resource, name, "this namespace may not be deleted"));
    }
    if options.dry_run {
        return Ok(None);
    }
    let finalizer = match options.propagation.as_str() {
        "Foreground" => Some("foregroundDeletion"),
        "Orphan" => Some("orphan"),
        _ => None,
    };
    if let Some(finalizer) = finalizer {
        objects.edit(resource, namespace, name, |o| {
            let meta = &mut o["metadata"];
            if !meta["finalizers"].is_array() {
                meta["finalizers"] = json!([]);
            }
            if let Some(all) = meta["finalizers"].as_array_mut().filter(|all| all.iter().all(|f| f != finalizer)) {
                all.push(finalizer.into());
            }
        });
    }
    if resource == "namespaces" && object["spec"]["finalizers"].as_array().is_some_and(|f| !f.is_empty()) {
        let now = objects.world().stamp();
        objects.edit(resource, namespace, name, |o| {
            if o["metadata"]["deletionTimestamp"].is_null() {
                o["metadata"]["deletionTimestamp"] = now.into();
            }
            o["status"]["phase"] = "Terminating".into();
        });
    } else {
        objects.delete(resource, namespace, name);
    }
    Ok(objects.get(resource, namespace, name).cloned())
}

/// `DELETE` of one object.
pub(crate) fn named(objects: &mut Objects, call: &Call) -> Result<Reply> {
    let options = options(call)?;
    let resource = call.kind.resource();
    let (namespace, name) = (call.place.namespace.as_str(), call.place.name.as_str());
    let uid = objects.get(&resource, namespace, name).map(|o| o["metadata"]["uid"].clone());
    match one(objects, &resource, namespace, name, &options)? {
        Some(left) => Ok(call.one(objects, 200, &left)),
        None => {
            let mut details = json!({ "name": name, "kind": call.kind.plural, "uid": uid });
            if !call.kind.group.is_empty() {
                details["group"] = call.kind.group.clone().into();
            }
            Ok(json_reply(
                200,
                &json!({ "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details }),
            ))
        }
    }
}

/// `DELETE` of all that is selected.
pub(crate) fn collection(objects: &mut Objects, call: &Call) -> Result<Reply> {
    let options = options(call)?;
    let resource = call.kind.resource();
    let chosen: Vec<Value> = read::selected(objects, call)?.into_iter().cloned().collect();
    for object in &chosen {
        let (namespace, name) = place(object);
        one(objects, &resource, &namespace, &name, &options)?;
    }
    let shown: Vec<Value> = chosen.iter().map(|o| show(call.kind, o)).collect();
    let meta = json!({ "resourceVersion": objects.version().to_string() });
    let list = json!({ "kind": format!("{}List", call.kind.kind), "apiVersion": call.kind.api_version(), "metadata": meta, "items": shown });
    Ok(json_reply(200, &list))
}

/// What the body and the query say about how to delete.
fn options(call: &Call) -> Result<Options> {
    let body = &call.req.body;
    let said = |field: &str| match body[field].as_str() {
        Some(text) if !text.is_empty() => text.to_owned(),
        _ => call.query(field).to_owned(),
    };
    let propagation = said("propagationPolicy");
    let orphan = body["orphanDependents"] == true || call.query("orphanDependents") == "true";
    let named = |v: &Value| v.as_str().map(str::to_owned);
    Ok(Options {
        propagation: if propagation.is_empty() && orphan { "Orphan".to_owned() } else { propagation },
        uid: named(&body["preconditions"]["uid"]),
        version: named(&body["preconditions"]["resourceVersion"]),
        dry_run: super::dry_run(body["dryRun"][0].as_str().unwrap_or_else(|| call.query("dryRun")))?,
    })
}
