//! Waiting until what was applied is healthy, over many beats.

use super::{inventory, timeout};
use crate::cluster::Objects;
use crate::cluster::flux::conditions::Status;
use crate::cluster::flux::kinds::KUSTOMIZATIONS;
use crate::cluster::flux::kstatus::{self, Health, Reference};
use crate::cluster::flux::turn::Turn;
use crate::cluster::flux::{cel, text, times};
use crate::cluster::objects::place;
use serde_json::{Value, json};
use std::time::Duration;

fn key(object: &Value) -> String {
    format!("flux/{}/health", text(&object["metadata"]["uid"]))
}

fn timer(object: &Value) -> String {
    format!("{}/timeout", key(object))
}

/// What is waited for: everything that was applied, or what `healthChecks` names.
pub(super) fn wanted(spec: &Value, applied: &[Value]) -> Vec<Reference> {
    if spec["wait"] == true {
        return applied.iter().map(Reference::of).collect();
    }
    let named = spec["healthChecks"].as_array().into_iter().flatten();
    named
        .map(|c| Reference {
            api_version: text(&c["apiVersion"]),
            kind: text(&c["kind"]),
            namespace: text(&c["namespace"]),
            name: text(&c["name"]),
        })
        .collect()
}

/// Whether an object is in the midst of its checks.
pub(super) fn under_way(objects: &Objects, object: &Value) -> bool {
    objects.note(&key(object)).is_some()
}

/// Begins to wait.
pub(super) fn begin(objects: &mut Objects, object: &Value, status: &mut Status, revision: &str, wanted: &[Reference]) {
    let (namespace, name) = place(object);
    let entries: Vec<Value> = wanted
        .iter()
        .filter(|r| !(r.kind == "Kustomization" && r.name == name && r.namespace == namespace))
        .map(|r| {
            inventory::entry(
                &json!({ "apiVersion": r.api_version, "kind": r.kind, "metadata": { "name": r.name, "namespace": r.namespace } }),
            )
        })
        .collect();
    let limit = timeout(&object["spec"]);
    let message = format!("Running health checks for revision {revision} with a timeout of {}", times::show(limit));
    status.progressing(&message);
    status.set("Healthy", "Unknown", "Progressing", &message);
    let since = objects.world().now().0;
    let note = json!({ "revision": revision, "generation": object["metadata"]["generation"], "since": since, "wanted": entries });
    objects.set_note(&key(object), note);
    objects.restart(&timer(object));
    objects.due(&timer(object), limit);
    objects.wake();
}

/// Looks again. False when the checks were cut short because there is something newer to apply.
pub(super) fn goes_on(objects: &mut Objects, object: &Value, revision: &str) -> bool {
    let Some(note) = objects.note(&key(object)).cloned() else { return false };
    let applied = text(&note["revision"]);
    if applied != revision || note["generation"] != object["metadata"]["generation"] {
        let (namespace, name) = place(object);
        let mut status = Status::of(object, objects.world().stamp());
        let message = format!("New reconciliation triggered by Kustomization/{namespace}/{name}");
        status.set("Ready", "False", "HealthCheckCanceled", &message);
        objects.set_status(KUSTOMIZATIONS, &namespace, &name, status.value);
        forget(objects, object);
        return false;
    }
    let spec = &object["spec"];
    let checks = cel::checks(&spec["healthCheckExprs"]).unwrap_or_default();
    let all: Vec<(Reference, Health)> = note["wanted"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(inventory::reference)
        .map(|r| {
            let health = kstatus::of(objects, &r, &checks);
            (r, health)
        })
        .collect();
    let short: Vec<&(Reference, Health)> = all.iter().filter(|(_, h)| *h != Health::Current).collect();
    let since = note["since"].as_i64().unwrap_or(0);
    let passed = Duration::from_millis(u64::try_from(objects.world().now().0 - since).unwrap_or(0));
    if short.is_empty() {
        let mut status = Status::of(object, objects.world().stamp());
        let message = format!("Health check passed in {}", times::show(passed));
        objects.event(object, "Normal", "ReconciliationSucceeded", &message);
        status.set("Healthy", "True", "Succeeded", &message);
        succeed(objects, object, &mut status, revision);
        finish(objects, object, status);
        return true;
    }
    let list = |of: &[&(Reference, Health)]| {
        of.iter().map(|(r, h)| format!("{} status: '{}'", r.show(), h.name())).collect::<Vec<_>>().join(", ")
    };
    let failed: Vec<&(Reference, Health)> = short.iter().copied().filter(|(_, h)| *h == Health::Failed).collect();
    let limit = timeout(spec);
    let why = if objects.due(&timer(object), limit) {
        format!("timeout waiting for: [{}]", list(&short))
    } else if !failed.is_empty() {
        format!("failed early due to stalled resources: [{}]", list(&failed))
    } else {
        return true;
    };
    let message = format!("health check failed after {}: {why}", times::show(passed));
    let mut status = Status::of(object, objects.world().stamp());
    objects.event(object, "Warning", "HealthCheckFailed", &message);
    status.failed("HealthCheckFailed", &message);
    status.set("Healthy", "False", "HealthCheckFailed", &why);
    Turn::of(objects, object, revision).failed(objects, super::retry(spec));
    finish(objects, object, status);
    true
}

/// The Kustomization is Ready at a revision.
pub(super) fn succeed(objects: &mut Objects, object: &Value, status: &mut Status, revision: &str) {
    let message = format!("Applied revision: {revision}");
    status.value["lastAppliedRevision"] = revision.into();
    status.ready("ReconciliationSucceeded", &message);
    if object["status"]["lastAppliedRevision"] != revision {
        let next = times::show(times::of(&object["spec"]["interval"], Duration::from_secs(600)));
        objects.event(object, "Normal", "ReconciliationSucceeded", &format!("Reconciliation finished, next run in {next}"));
    }
}

fn finish(objects: &mut Objects, object: &Value, status: Status) {
    forget(objects, object);
    let (namespace, name) = place(object);
    objects.set_status(KUSTOMIZATIONS, &namespace, &name, status.value);
}

/// Forgets the checks of an object.
pub(super) fn forget(objects: &mut Objects, object: &Value) {
    objects.set_note(&key(object), Value::Null);
    objects.restart(&timer(object));
}
