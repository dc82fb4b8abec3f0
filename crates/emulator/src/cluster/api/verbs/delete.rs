//! Deleting: at once, or with finalizers that somebody has to take away.

use super::super::error::{ApiError, Result};
use crate::cluster::Objects;
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
    /// Seconds for a pod to end by itself.
    pub grace: Option<i64>,
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
