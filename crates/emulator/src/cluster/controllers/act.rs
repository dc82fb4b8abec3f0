//! What a controller decided, carried out after it has looked: looking borrows the cluster, acting changes it.

use crate::cluster::Objects;
use serde_json::Value;

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

fn create(objects: &mut Objects, owner: &Value, resource: &'static str, object: Value) {
    let what = super::fields::text(&object["kind"]).to_lowercase();
    let name = super::fields::name(&object).to_owned();
    objects.put(resource, object);
    if what == "pod" {
        objects.event(owner, "Normal", "SuccessfulCreate", &format!("Created pod: {name}"));
    }
}
