//! What is to be done with a release, and what is said when it is done or has failed.

use super::super::conditions::Status;
use super::super::kinds::HELM_RELEASES;
use super::super::kstatus::Reference;
use super::super::text;
use super::super::turn::Turn;
use super::prepare::Prepared;
use super::{FOREVER, action, chart, hooks, interval, storage, uninstall};
use crate::cluster::Objects;
use crate::cluster::objects::place;
use serde_json::{Value, json};

/// Decides what this turn does: install, upgrade, mend what drifted, or nothing.
pub(super) fn decide(objects: &mut Objects, object: &Value, status: &mut Status, turn: Turn, prepared: &Prepared) {
    let before = status.value.clone();
    status.value["storageNamespace"] = prepared.target.storage.as_str().into();
    let attempted = ["lastAttemptedRevision", "lastAttemptedConfigDigest"];
    let changed = before[attempted[0]] != prepared.version.as_str() || before[attempted[1]] != prepared.digest.as_str();
    let forced = ["reconcile.fluxcd.io/resetAt", "reconcile.fluxcd.io/forceAt"]
        .iter()
        .zip(["lastHandledResetAt", "lastHandledForceAt"])
        .any(|(annotation, field)| {
            let asked = &object["metadata"]["annotations"][*annotation];
            let fresh = !asked.is_null() && before[field] != *asked;
            if fresh {
                status.value[field] = asked.clone();
            }
            fresh
        });
    if changed || forced || before["lastAttemptedGeneration"] != object["metadata"]["generation"] {
        for field in ["failures", "installFailures", "upgradeFailures"] {
            status.value[field] = Value::Null;
        }
    }
    status.value["lastAttemptedGeneration"] = object["metadata"]["generation"].clone();
    status.value[attempted[0]] = prepared.version.as_str().into();
    status.value[attempted[1]] = prepared.digest.as_str().into();
    let last = storage::last(objects, &prepared.target, false);
    let next = match &last {
        None => Some(("install", 1)),
        Some(last)
            if last.status == "deployed"
                && last.digest == prepared.digest
                && last.version == prepared.version
                && last.chart == prepared.chart =>
        {
            None
        }
        Some(last) => Some(("upgrade", last.revision + 1)),
    };
    let Some((what, revision)) = next else {
        mend(objects, object, last.as_ref().map_or(&[], |l| l.manifest.as_slice()));
        let message = released(object).unwrap_or_else(|| {
            format!("Helm {} succeeded for release {}", "install", full(prepared, last.map_or(1, |l| l.revision)))
        });
        status.ready(&reason(object), &message);
        status.value["failures"] = Value::Null;
        clean(&mut status.value);
        turn.done(objects, interval(object));
        return;
    };
    let failures = status.value[format!("{what}Failures")].as_u64().unwrap_or(0);
    if exhausted(object, what, failures) {
        let message = format!("Failed to {what} after {failures} attempt(s)");
        status.remove("Reconciling");
        status.set("Stalled", "True", "RetriesExceeded", &message);
        status.observed();
        turn.failed(objects, FOREVER);
        return;
    }
    status.progressing(&action::running(object, what));
    status.value["lastAttemptedReleaseAction"] = what.into();
    clean(&mut status.value);
    let fingerprint = chart::fingerprint(objects, object);
    action::begin(objects, object, what, revision, &fingerprint);
}

/// Retries: none unless the release says so; less than none is without end.
fn exhausted(object: &Value, action: &str, failures: u64) -> bool {
    let retries = object["spec"][action]["remediation"]["retries"].as_i64().unwrap_or(0);
    retries >= 0 && i64::try_from(failures).unwrap_or(i64::MAX) > retries
}

fn full(prepared: &Prepared, revision: u64) -> String {
    format!(
        "{}/{}.v{revision} with chart {}@{}",
        prepared.target.namespace, prepared.target.name, prepared.chart, prepared.version
    )
}

/// The sentence and reason of the last release, which stay when nothing is to be done.
fn released(object: &Value) -> Option<String> {
    super::condition(object, "Released").map(|c| text(&c["message"])).filter(|m| !m.is_empty())
}

fn reason(object: &Value) -> String {
    super::condition(object, "Released").map_or_else(|| "InstallSucceeded".to_owned(), |c| text(&c["reason"]))
}

fn clean(status: &mut Value) {
    if let Some(map) = status.as_object_mut() {
        map.retain(|_, v| !v.is_null());
    }
}

/// Puts back what somebody changed, when drift is watched.
fn mend(objects: &mut Objects, object: &Value, manifest: &[Value]) {
    let mode = object["spec"]["driftDetection"]["mode"].as_str().unwrap_or("disabled");
    if mode != "enabled" && mode != "warn" {
        return;
    }
    let mut drifted = Vec::new();
    for item in manifest.iter().filter(|o| !hooks::is_hook(o)) {
        if item["metadata"]["annotations"]["helm.toolkit.fluxcd.io/driftDetection"] == "disabled" {
            continue;
        }
        let at = Reference::of(item);
        let version = at.get(objects).map(|o| o["metadata"]["resourceVersion"].clone());
        if mode == "warn" {
            if version.is_none() {
                drifted.push(at.show());
            }
            continue;
        }
        if let Ok(after) = super::apply(objects, object, item.clone())
            && version.as_ref() != Some(&after["metadata"]["resourceVersion"])
        {
            drifted.push(at.show());
        }
    }
    if !drifted.is_empty() {
        let (reason, verb) =
            if mode == "warn" { ("DriftDetected", "has drifted") } else { ("DriftCorrected", "has been corrected") };
        objects.event(
            object,
            "Warning",
            reason,
            &format!(
                "Cluster state of release {} {verb} from the desired state:\n{}",
                text(&object["metadata"]["name"]),
                drifted.join("\n")
            ),
        );
    }
}

/// The action succeeded.
pub(super) fn succeeded(objects: &mut Objects, object: &Value, prepared: &Prepared, note: &Value, manifest: &[Value]) {
    let (what, revision) = (text(&note["action"]), note["revision"].as_u64().unwrap_or(1));
    let description = if what == "install" { "Install complete" } else { "Upgrade complete" };
    let keep = object["spec"]["maxHistory"].as_u64().unwrap_or(5);
    storage::write(objects, prepared, revision, "deployed", description, manifest, keep);
    let reason = if what == "install" { "InstallSucceeded" } else { "UpgradeSucceeded" };
    let message = format!("Helm {what} succeeded for release {}", full(prepared, revision));
    objects.event(object, "Normal", reason, &message);
    let mut status = Status::of(object, objects.world().stamp());
    status.remove("Remediated");
    status.set("Released", "True", reason, &message);
    status.ready(reason, &message);
    for field in ["failures", "installFailures", "upgradeFailures"] {
        status.value[field] = Value::Null;
    }
    history(objects, object, prepared, &mut status.value, revision, "deployed");
    finish(objects, object, status, note, None);
}

/// The action failed: it is undone as the release says, and tried again while retries are left.
pub(super) fn failed(objects: &mut Objects, object: &Value, prepared: &Prepared, note: &Value, manifest: &[Value], why: &str) {
    let (what, revision) = (text(&note["action"]), note["revision"].as_u64().unwrap_or(1));
    let target = &prepared.target;
    let keep = object["spec"]["maxHistory"].as_u64().unwrap_or(5);
    storage::write(objects, prepared, revision, "failed", why, manifest, keep);
    let reason = if what == "install" { "InstallFailed" } else { "UpgradeFailed" };
    let message = format!(
        "Helm {what} failed for release {}/{} with chart {}@{}: {why}",
        target.namespace, target.name, prepared.chart, prepared.version
    );
    objects.event(object, "Warning", reason, &message);
    let mut status = Status::of(object, objects.world().stamp());
    let field = format!("{what}Failures");
    let failures = status.value[&field].as_u64().unwrap_or(0) + 1;
    status.value[&field] = failures.into();
    status.value["failures"] = (status.value["failures"].as_u64().unwrap_or(0) + 1).into();
    status.set("Released", "False", reason, &message);
    status.failed(reason, &message);
    history(objects, object, prepared, &mut status.value, revision, "failed");
    let over = exhausted(object, &what, failures);
    let remediation = &object["spec"][&what]["remediation"];
    let retries = remediation["retries"].as_i64().unwrap_or(0);
    let undo = !over || remediation["remediateLastFailure"].as_bool().unwrap_or(what == "upgrade" && retries != 0);
    if undo && retries != 0 {
        remediate(objects, object, prepared, &mut status, &what, revision, manifest);
    }
    if over {
        let sentence = format!("Failed to {what} after {failures} attempt(s)");
        status.remove("Reconciling");
        status.set("Stalled", "True", "RetriesExceeded", &sentence);
    }
    finish(objects, object, status, note, Some(over));
}

fn remediate(
    objects: &mut Objects,
    object: &Value,
    prepared: &Prepared,
    status: &mut Status,
    what: &str,
    revision: u64,
    manifest: &[Value],
) {
    let target = &prepared.target;
    let before = storage::last(objects, target, true);
    let (reason, message) = match before {
        Some(before) if what == "upgrade" && object["spec"]["upgrade"]["remediation"]["strategy"] != "uninstall" => {
            for item in &before.manifest {
                // What cannot be put back shows in the next attempt.
                let _ = super::apply(objects, object, item.clone());
            }
            let new: Vec<Value> = manifest
                .iter()
                .filter(|m| !before.manifest.iter().any(|b| Reference::of(b) == Reference::of(m)))
                .cloned()
                .collect();
            uninstall::delete(objects, &new);
            (
                "RollbackSucceeded",
                format!(
                    "Helm rollback to previous release {}/{}.v{} with chart {}@{} succeeded",
                    target.namespace, target.name, before.revision, before.chart, before.version
                ),
            )
        }
        _ => {
            uninstall::delete(objects, manifest);
            storage::clear(objects, target);
            ("UninstallSucceeded", format!("Helm uninstall remediation for release {} succeeded", full(prepared, revision)))
        }
    };
    objects.event(object, "Normal", reason, &message);
    status.set("Remediated", "True", reason, &message);
}

/// The newest snapshot stands first.
fn history(objects: &Objects, object: &Value, prepared: &Prepared, status: &mut Value, revision: u64, outcome: &str) {
    let now = objects.world().stamp();
    let mut all: Vec<Value> = status["history"].as_array().cloned().unwrap_or_default();
    for old in &mut all {
        if outcome == "deployed" && old["status"] == "deployed" {
            old["status"] = "superseded".into();
        }
    }
    let first = all.last().map_or_else(|| Value::from(now.clone()), |s| s["firstDeployed"].clone());
    all.retain(|s| s["version"] != revision);
    all.insert(0, json!({
        "name": prepared.target.name, "namespace": prepared.target.namespace, "version": revision, "status": outcome,
        "chartName": prepared.chart, "chartVersion": prepared.version, "appVersion": prepared.app, "configDigest": prepared.digest,
        "digest": prepared.digest, "firstDeployed": first, "lastDeployed": now, "deleted": null,
    }));
    all.truncate(usize::try_from(object["spec"]["maxHistory"].as_u64().unwrap_or(5)).unwrap_or(5).max(1));
    status["history"] = all.into();
}

fn finish(objects: &mut Objects, object: &Value, mut status: Status, note: &Value, failed: Option<bool>) {
    clean(&mut status.value);
    action::end(objects, object);
    let turn = Turn::of(objects, object, &text(&note["fingerprint"]));
    turn.handled(&mut status.value);
    match failed {
        None => turn.done(objects, interval(object)),
        Some(true) => turn.failed(objects, FOREVER),
        Some(false) => turn.backoff(objects),
    }
    let (namespace, name) = place(object);
    objects.set_status(HELM_RELEASES, &namespace, &name, status.value);
}
