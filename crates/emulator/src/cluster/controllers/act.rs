//! What a controller decided, carried out after it has looked: looking borrows the cluster, acting changes it.

use super::fields::{conditioned, name, text};
use crate::cluster::Objects;
use crate::cluster::api::write;
use crate::cluster::objects::place;
use serde_json::{Value, json};
use std::time::Duration;

/// One decision.
pub(crate) enum Act {
    /// Creates an object on somebody's behalf; a refusal becomes his event `FailedCreate`.
    Create { owner: Value, resource: &'static str, object: Value },
    /// Puts an object in as it is: what the system itself makes.
    Put { resource: &'static str, object: Value },
    /// Replaces a status.
    Status { resource: &'static str, namespace: String, name: String, status: Value },
    /// Deletes an object.
    Delete { resource: &'static str, namespace: String, name: String },
    /// Sets one field of the spec.
    Spec { resource: &'static str, namespace: String, name: String, field: &'static str, value: Value },
    /// Records an event.
    Event { about: Value, kind: &'static str, reason: &'static str, message: String },
    /// Wakes the cluster later.
    Wake(std::time::Duration),
}

impl Act {
    /// A new status for that object, when it differs from what it has.
    pub(crate) fn status(resource: &'static str, object: &Value, status: Value) -> Option<Self> {
        (object["status"] != status).then(|| {
            let (namespace, name) = crate::cluster::objects::place(object);
            Self::Status { resource, namespace, name, status }
        })
    }

    /// A deletion.
    pub(crate) fn delete(resource: &'static str, object: &Value) -> Self {
        let (namespace, name) = crate::cluster::objects::place(object);
        Self::Delete { resource, namespace, name }
    }

    /// A warning.
    pub(crate) fn warning(object: &Value, reason: &'static str, message: impl Into<String>) -> Self {
        Self::Event { about: super::fields::about(object), kind: "Warning", reason, message: message.into() }
    }

    /// A normal event.
    pub(crate) fn normal(object: &Value, reason: &'static str, message: impl Into<String>) -> Self {
        Self::Event { about: super::fields::about(object), kind: "Normal", reason, message: message.into() }
    }
}

/// Carries decisions out, in order.
pub(crate) fn carry_out(objects: &mut Objects, acts: Vec<Act>) {
    for act in acts {
        match act {
            Act::Create { owner, resource, object } => create(objects, &owner, resource, object),
            Act::Put { resource, object } => {
                objects.put(resource, object);
            }
            Act::Status { resource, namespace, name, status } => {
                objects.set_status(resource, &namespace, &name, status);
            }
            Act::Delete { resource, namespace, name } => {
                objects.delete(resource, &namespace, &name);
            }
            Act::Spec { resource, namespace, name, field, value } => {
                objects.edit(resource, &namespace, &name, |o| o["spec"][field] = value);
            }
            Act::Event { about, kind, reason, message } => objects.event(&about, kind, reason, &message),
            Act::Wake(wait) => objects.wake_in(wait),
        }
    }
}

/// Creates an object as a controller does: through the server, which may refuse.
fn create(objects: &mut Objects, owner: &Value, resource: &'static str, object: Value) {
    let kind = text(&object["kind"]).to_owned();
    let own = name(&object).to_owned();
    let connects = object["_connects"].clone();
    match write::create(objects, object) {
        Ok(stored) => {
            if !connects.is_null() {
                let (home, own) = place(&stored);
                objects.edit(resource, &home, &own, |o| o["_connects"] = connects);
            }
            let message = match (kind.as_str(), text(&owner["kind"])) {
                ("Pod", "StatefulSet") => format!("create Pod {own} in StatefulSet {} successful", name(owner)),
                ("PersistentVolumeClaim", _) => format!("create Claim {own} in StatefulSet {} success", name(owner)),
                ("Pod", _) => format!("Created pod: {own}"),
                _ => return,
            };
            objects.event(owner, "Normal", "SuccessfulCreate", &message);
        }
        // Somebody was faster.
        Err(refusal) if refusal.code == 409 => {}
        Err(refusal) => {
            let message = match text(&owner["kind"]) {
                "StatefulSet" => format!("create {kind} {own} in StatefulSet {} failed error: {}", name(owner), refusal.message),
                _ => format!("Error creating: {}", refusal.message),
            };
            objects.event(owner, "Warning", "FailedCreate", &message);
            if text(&owner["kind"]) == "ReplicaSet" {
                failure(objects, owner, &refusal.message);
            }
            // It is tried again after a while.
            objects.wake_in(Duration::from_secs(30));
        }
    }
}

/// The condition of a ReplicaSet whose pods are refused; its Deployment shows it as its own.
fn failure(objects: &mut Objects, owner: &Value, message: &str) {
    let now = objects.world().stamp();
    let (home, own) = place(owner);
    // The name of a pod is another one with each attempt.
    let message =
        message.split_once("\" is forbidden").map_or(message.to_owned(), |(_, rest)| format!("pods are forbidden{rest}"));
    objects.edit("replicasets.apps", &home, &own, |set| {
        let condition = conditioned(&set["status"], "ReplicaFailure", "True", "FailedCreate", &message, &now);
        set["status"]["conditions"] = json!([condition]);
    });
}
