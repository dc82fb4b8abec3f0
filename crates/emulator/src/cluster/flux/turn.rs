//! When a controller takes up an object: something about it changed, somebody asked for it, or its interval is over.

use crate::cluster::Objects;
use serde_json::{Value, json};
use std::time::Duration;

const REQUESTED: &str = "reconcile.fluxcd.io/requestedAt";

/// What a controller remembers of one object.
pub(super) struct Turn {
    key: String,
    generation: Value,
    requested: Value,
    /// What else it looks at, such as the revision of its source.
    fingerprint: String,
    failures: u64,
}

impl Turn {
    /// The turn of an object: whether it is taken up now. `work` is how long the work takes, by kind.
    pub fn now(objects: &mut Objects, object: &Value, fingerprint: &str, work: &str) -> Option<Self> {
        let turn = Self::of(objects, object, fingerprint);
        let note = objects.note(&turn.key).cloned();
        let due = match note {
            None => true,
            Some(note) => {
                note["generation"] != turn.generation
                    || note["requested"] != turn.requested
                    || note["fingerprint"] != turn.fingerprint
                    || objects.due(&turn.timer("next"), Duration::from_secs(3600))
            }
        };
        let busy = turn.timer("work");
        if !due || !work.is_empty() && !objects.elapsed(&busy, work) {
            return None;
        }
        objects.restart(&busy);
        Some(turn)
    }

    /// The same without asking for the time: for work that has begun.
    pub fn of(objects: &Objects, object: &Value, fingerprint: &str) -> Self {
        let uid = object["metadata"]["uid"].as_str().unwrap_or("");
        let key = format!("flux/{uid}");
        let failures = objects.note(&key).and_then(|n| n["failures"].as_u64()).unwrap_or(0);
        Self {
            key,
            generation: object["metadata"]["generation"].clone(),
            requested: object["metadata"]["annotations"][REQUESTED].clone(),
            fingerprint: fingerprint.to_owned(),
            failures,
        }
    }

    fn timer(&self, what: &str) -> String {
        format!("{}/{what}", self.key)
    }

    /// The turn is over; the next one comes after `interval`.
    pub fn done(self, objects: &mut Objects, interval: Duration) {
        self.finish(objects, interval, 0);
    }

    /// The turn failed; the next one comes after `retry`.
    pub fn failed(self, objects: &mut Objects, retry: Duration) {
        let failures = self.failures + 1;
        self.finish(objects, retry, failures);
    }

    /// The turn failed; the next ones come after longer and longer waits, up to a quarter of an hour. Source:
    /// controller-runtime's rate limiter as Flux configures it (750 ms to 15 minutes).
    pub fn backoff(self, objects: &mut Objects) {
        let wait = Duration::from_millis(750)
            .saturating_mul(1 << self.failures.min(12))
            .clamp(Duration::from_secs(1), Duration::from_secs(900));
        self.failed(objects, wait);
    }

    /// `status.lastHandledReconcileAt` of the object after this turn.
    pub fn handled(&self, status: &mut Value) {
        if !self.requested.is_null() {
            status["lastHandledReconcileAt"] = self.requested.clone();
        }
    }

    fn finish(self, objects: &mut Objects, wait: Duration, failures: u64) {
        let next = self.timer("next");
        let note = json!({
            "generation": self.generation, "requested": self.requested, "fingerprint": self.fingerprint, "failures": failures,
        });
        objects.set_note(&self.key, note);
        objects.restart(&next);
        objects.due(&next, wait);
    }
}

/// Forgets an object that is gone.
pub(super) fn forget(objects: &mut Objects, object: &Value) {
    let uid = object["metadata"]["uid"].as_str().unwrap_or("");
    for what in ["next", "work"] {
        objects.restart(&format!("flux/{uid}/{what}"));
    }
    objects.set_note(&format!("flux/{uid}"), Value::Null);
}
