//! kustomize-controller: builds a folder of a source, applies it, waits until it is healthy, and prunes what is gone.

mod apply;
mod build;
mod depends;
mod health;
mod inventory;
mod substitute;

use super::conditions::Status;
use super::kinds::{BUCKETS, GIT_REPOSITORIES, KUSTOMIZATIONS, OCI_REPOSITORIES};
use super::source::finalizer;
use super::turn::{Turn, forget};
use super::{artifact, cel, text, text_or, times};
use crate::cluster::Objects;
use crate::cluster::kustomize::Files;
use crate::cluster::objects::place;
use serde_json::{Value, json};
use std::time::Duration;

const FINALIZER: &str = "finalizers.fluxcd.io";

/// The controller.
pub(super) fn run(objects: &mut Objects) {
    if objects.list(KUSTOMIZATIONS).is_empty() || !super::runs(objects, "kustomize-controller") {
        return;
    }
    objects.each("flux", KUSTOMIZATIONS, one);
}

/// The source of a Kustomization.
struct Origin {
    resource: &'static str,
    kind: String,
    namespace: String,
    name: String,
}

fn origin(object: &Value) -> Origin {
    let reference = &object["spec"]["sourceRef"];
    let resource = match reference["kind"].as_str().unwrap_or("") {
        "OCIRepository" => OCI_REPOSITORIES,
        "Bucket" => BUCKETS,
        _ => GIT_REPOSITORIES,
    };
    let namespace = text_or(&reference["namespace"], object["metadata"]["namespace"].as_str().unwrap_or(""));
    Origin { resource, kind: text(&reference["kind"]), namespace, name: text(&reference["name"]) }
}

/// How long it may take: what it says, or half a minute less than its interval.
fn timeout(spec: &Value) -> Duration {
    let interval = times::of(&spec["interval"], Duration::from_secs(600));
    times::of(&spec["timeout"], interval.saturating_sub(Duration::from_secs(30))).max(Duration::from_secs(30))
}

fn retry(spec: &Value) -> Duration {
    let interval = times::of(&spec["interval"], Duration::from_secs(600));
    times::of(&spec["retryInterval"], interval)
}

fn one(objects: &mut Objects, object: &Value) {
    let (namespace, name) = place(object);
    if !object["metadata"]["deletionTimestamp"].is_null() {
        inventory::finalize(objects, object);
        forget(objects, object);
        health::forget(objects, object);
        objects.finalize(KUSTOMIZATIONS, &namespace, &name, FINALIZER);
        return;
    }
    if object["spec"]["suspend"] == true {
        return;
    }
    let origin = origin(object);
    let revision = artifact::revision(objects, origin.resource, &origin.namespace, &origin.name).unwrap_or("").to_owned();
    if health::under_way(objects, object) && health::goes_on(objects, object, &revision) {
        return;
    }
    let Some(turn) = Turn::now(objects, object, &revision, "kustomize_apply") else { return };
    objects.edit(KUSTOMIZATIONS, &namespace, &name, |o| finalizer(o, FINALIZER));
    attempt(objects, object, &origin, turn);
}

/// What a failed attempt says.
struct Failure {
    reason: &'static str,
    message: String,
}

fn attempt(objects: &mut Objects, object: &Value, origin: &Origin, turn: Turn) {
    let (namespace, name) = place(object);
    let spec = &object["spec"];
    let mut status = Status::of(object, objects.world().stamp());
    turn.handled(&mut status.value);
    let wait = objects.cx().draw("dependency_retry");
    let put = |objects: &mut Objects, status: Status| objects.set_status(KUSTOMIZATIONS, &namespace, &name, status.value);
    if let Err(why) = cel::checks(&spec["healthCheckExprs"]) {
        let message = format!("Reconciliation failed terminally due to configuration error: {why}");
        status.stalled("InvalidCELExpression", &message);
        objects.event(object, "Warning", "InvalidCELExpression", &message);
        turn.failed(objects, Duration::from_secs(86_400));
        put(objects, status);
        return;
    }
    let Some(source) = objects.get(origin.resource, &origin.namespace, &origin.name) else {
        let plural = origin.resource;
        status.failed("ArtifactFailed", &format!("{plural} \"{}\" not found", origin.name));
        turn.failed(objects, retry(spec));
        put(objects, status);
        return;
    };
    let has = !source["status"]["artifact"].is_null();
    let stored = artifact::revision(objects, origin.resource, &origin.namespace, &origin.name).map(str::to_owned);
    let Some(revision) = stored.filter(|_| has) else {
        status.failed("ArtifactFailed", &format!("Source artifact not found, retrying in {}", times::show(wait)));
        turn.failed(objects, wait);
        put(objects, status);
        return;
    };
    if let Err(why) = depends::check(objects, object, origin, &revision) {
        status.failed("DependencyNotReady", &why);
        let message = format!("Dependencies do not meet ready condition, retrying in {}", times::show(wait));
        objects.event(object, "Normal", "DependencyNotReady", &message);
        turn.failed(objects, wait);
        put(objects, status);
        return;
    }
    let stored = artifact::read(objects, origin.resource, &origin.namespace, &origin.name);
    let Some((_, artifact::Content::Files(files))) = stored else { return };
    status.value["lastAttemptedRevision"] = revision.as_str().into();
    let outcome = reconcile(objects, object, &files, &mut status);
    match outcome {
        Err(failure) => {
            status.failed(failure.reason, &failure.message);
            objects.event(object, "Warning", failure.reason, &failure.message);
            turn.failed(objects, retry(spec));
        }
        // Definitions that are not served yet: the rest follows in a moment.
        Ok(None) => {
            status.progressing(&format!(
                "Detecting drift for revision {revision} with a timeout of {}",
                times::show(timeout(spec))
            ));
            turn.failed(objects, Duration::from_secs(1));
        }
        Ok(Some(waited)) if waited.is_empty() => {
            status.remove("Healthy");
            health::succeed(objects, object, &mut status, &revision);
            turn.done(objects, times::of(&spec["interval"], Duration::from_secs(600)));
        }
        Ok(Some(waited)) => {
            turn.done(objects, times::of(&spec["interval"], Duration::from_secs(600)));
            health::begin(objects, object, &mut status, &revision, &waited);
        }
    }
    put(objects, status);
}

/// Builds, applies and prunes; gives what is to be waited for, or nothing while definitions are being established.
fn reconcile(
    objects: &mut Objects,
    object: &Value,
    files: &Files,
    status: &mut Status,
) -> Result<Option<Vec<super::kstatus::Reference>>, Failure> {
    let spec = &object["spec"];
    let built = build::run(objects, object, files)?;
    let failed = |message: String| Failure { reason: "ReconciliationFailed", message };
    let before = inventory::entries(&object["status"]);
    let Some(applied) = apply::run(objects, object, built).map_err(failed)? else { return Ok(None) };
    let after: Vec<Value> = applied.iter().map(inventory::entry).collect();
    status.value["inventory"] = json!({ "entries": after });
    if spec["prune"] == true {
        let stale: Vec<Value> = before.into_iter().filter(|old| !after.iter().any(|new| new["id"] == old["id"])).collect();
        inventory::prune(objects, object, &stale);
    }
    Ok(Some(health::wanted(spec, &applied)))
}
