//! Writing as a client does, for what runs in the cluster: the same checks, without HTTP.

pub use super::error::{ApiError, Result};
use super::kinds::{self, Kind};
use super::rbac::{self, Act};
use super::store::{self, Writer};
use super::user::User;
use super::verbs;
use crate::cluster::Objects;
use serde_json::Value;

/// Applies an object in the name of a field manager: made when it is not there, and what the manager no longer says
/// is taken away. `force` takes fields over from other managers.
///
/// # Errors
/// What the server refuses; nothing is written then.
pub fn apply(objects: &mut Objects, manager: &str, force: bool, object: Value) -> Result<Value> {
    let (kind, namespace) = target(objects, &object)?;
    store::apply(objects, &kind, &namespace, object, force, &mut Writer::new(User::system(), manager))
}

/// The same in the name of a user (`system:serviceaccount:NAMESPACE:NAME`), with their rights alone.
///
/// # Errors
/// What the server refuses, missing rights included.
pub fn apply_as(objects: &mut Objects, user: &str, manager: &str, force: bool, object: Value) -> Result<Value> {
    let (kind, namespace) = target(objects, &object)?;
    let user = named(user);
    let act = Act {
        verb: "patch".to_owned(),
        group: kind.group.clone(),
        resource: kind.plural.clone(),
        namespace: namespace.clone(),
        name: object["metadata"]["name"].as_str().unwrap_or("").to_owned(),
        ..Act::default()
    };
    let verbs: &[&str] =
        if objects.get(&kind.resource(), &namespace, &act.name).is_some() { &["patch"] } else { &["patch", "create"] };
    for verb in verbs {
        let act = Act { verb: (*verb).to_owned(), ..act.clone() };
        if !rbac::allowed(objects, &user, &act) {
            return Err(rbac::refusal(&user, &act));
        }
    }
    store::apply(objects, &kind, &namespace, object, force, &mut Writer::new(user, manager))
}

/// Creates an object.
///
/// # Errors
/// What the server refuses; `AlreadyExists` among it.
pub fn create(objects: &mut Objects, object: Value) -> Result<Value> {
    let (kind, namespace) = target(objects, &object)?;
    store::create(objects, &kind, &namespace, object, &mut Writer::new(User::system(), "controller"))
}

/// Replaces an object.
///
/// # Errors
/// What the server refuses; `NotFound` among it, and `Conflict` when the object names another resource version.
pub fn update(objects: &mut Objects, object: Value) -> Result<Value> {
    let (kind, namespace) = target(objects, &object)?;
    store::replace(objects, &kind, &namespace, object, &mut Writer::new(User::system(), "controller"))
}

/// Deletes an object in the background: at once, or when its finalizers are gone; what it owns follows.
///
/// # Errors
/// What the server refuses; `NotFound` among it.
pub fn delete(objects: &mut Objects, resource: &str, namespace: &str, name: &str) -> Result<()> {
    verbs::delete::one(objects, resource, namespace, name, &verbs::delete::Options::default()).map(|_| ())
}

fn named(user: &str) -> User {
    User::account(user).unwrap_or_else(|| User {
        name: user.to_owned(),
        uid: String::new(),
        groups: vec!["system:authenticated".to_owned()],
    })
}

fn target(objects: &Objects, object: &Value) -> Result<(Kind, String)> {
    let text = |v: &Value| v.as_str().unwrap_or("").to_owned();
    let (api_version, kind) = (text(&object["apiVersion"]), text(&object["kind"]));
    let found = kinds::of_kind(objects, &api_version, &kind).ok_or_else(|| no_match(&api_version, &kind))?;
    let namespace = match (found.namespaced, text(&object["metadata"]["namespace"])) {
        (false, _) => String::new(),
        (true, given) if given.is_empty() => "default".to_owned(),
        (true, given) => given,
    };
    Ok((found, namespace))
}

/// What a client says of a kind that discovery does not list.
fn no_match(api_version: &str, kind: &str) -> ApiError {
    ApiError::new(404, "NotFound", format!("no matches for kind \"{kind}\" in version \"{api_version}\""))
}
