//! The conditions of Flux's objects: Ready, Reconciling, Stalled, and a few of their own.

use serde_json::{Value, json};

/// An object's status while a controller changes it.
pub(super) struct Status {
    generation: Value,
    now: String,
    /// The status as it will be written.
    pub value: Value,
}

impl Status {
    /// The status of `object` as it is.
    pub fn of(object: &Value, now: String) -> Self {
        let value = if object["status"].is_object() { object["status"].clone() } else { json!({}) };
        Self { generation: object["metadata"]["generation"].clone(), now, value }
    }

    /// Sets a condition; the moment of its transition stays where nothing of it changes.
    pub fn set(&mut self, kind: &str, status: &str, reason: &str, message: &str) {
        let mut fresh = json!({
            "type": kind, "status": status, "reason": reason, "message": message,
            "lastTransitionTime": self.now, "observedGeneration": self.generation,
        });
        if !self.value["conditions"].is_array() {
            self.value["conditions"] = json!([]);
        }
        let Some(all) = self.value["conditions"].as_array_mut() else { return };
        match all.iter_mut().find(|c| c["type"] == kind) {
            Some(old) => {
                if ["status", "reason", "message"].iter().all(|k| old[*k] == fresh[*k]) {
                    fresh["lastTransitionTime"] = old["lastTransitionTime"].clone();
                }
                *old = fresh;
            }
            None => all.push(fresh),
        }
    }

    /// Takes a condition away.
    pub fn remove(&mut self, kind: &str) {
        if let Some(all) = self.value["conditions"].as_array_mut() {
            all.retain(|c| c["type"] != kind);
        }
    }

    /// Ready, with nothing under way.
    pub fn ready(&mut self, reason: &str, message: &str) {
        self.remove("Reconciling");
        self.remove("Stalled");
        self.set("Ready", "True", reason, message);
        self.observed();
    }

    /// Not ready, to be tried again: `Reconciling` says that it goes on.
    pub fn failed(&mut self, reason: &str, message: &str) {
        self.remove("Stalled");
        self.set("Ready", "False", reason, message);
        self.set("Reconciling", "True", "ProgressingWithRetry", message);
        self.observed();
    }

    /// Not ready, and nothing is tried until the object changes.
    pub fn stalled(&mut self, reason: &str, message: &str) {
        self.remove("Reconciling");
        self.set("Stalled", "True", reason, message);
        self.set("Ready", "False", reason, message);
        self.observed();
    }

    /// Under way.
    pub fn progressing(&mut self, message: &str) {
        self.remove("Stalled");
        self.set("Reconciling", "True", "Progressing", message);
        self.set("Ready", "Unknown", "Progressing", "Reconciliation in progress");
    }

    /// That this generation was dealt with.
    pub fn observed(&mut self) {
        self.value["observedGeneration"] = self.generation.clone();
    }
}

/// Whether an object is Ready in its present generation.
pub(super) fn is_ready(object: &Value) -> bool {
    object["status"]["observedGeneration"] == object["metadata"]["generation"]
        && condition(object, "Ready").is_some_and(|c| c["status"] == "True")
}

/// A condition of an object.
pub(super) fn condition<'a>(object: &'a Value, kind: &str) -> Option<&'a Value> {
    object["status"]["conditions"].as_array()?.iter().find(|c| c["type"] == kind)
}
