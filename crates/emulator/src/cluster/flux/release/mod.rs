//! helm-controller: HelmReleases. It asks for the chart, composes the values, installs or upgrades, waits, and undoes what
//! failed.

mod action;
mod chart;
mod hooks;
mod outcome;
mod prepare;
mod storage;
mod uninstall;
mod values;
mod wait;

use super::conditions::{Status, condition};
use super::kinds::HELM_RELEASES;
use super::source::finalizer;
use super::turn::Turn;
use super::{text, text_or, times};
use crate::cluster::Objects;
use crate::cluster::objects::place;
use serde_json::Value;
use std::time::Duration;

const FINALIZER: &str = "finalizers.fluxcd.io";
const MANAGER: &str = "helm-controller";

/// The controller.
pub(super) fn run(objects: &mut Objects) {
    if objects.list(HELM_RELEASES).is_empty() || !super::runs(objects, MANAGER) {
        return;
    }
    objects.each("flux", HELM_RELEASES, one);
}

fn one(objects: &mut Objects, object: &Value) {
    let (namespace, name) = place(object);
    if !object["metadata"]["deletionTimestamp"].is_null() {
        uninstall::run(objects, object);
        return;
    }
    if object["spec"]["suspend"] == true {
        return;
    }
    if action::under_way(objects, object) {
        action::goes_on(objects, object);
        return;
    }
    let fingerprint = chart::fingerprint(objects, object);
    let Some(turn) = Turn::now(objects, object, &fingerprint, "") else { return };
    objects.edit(HELM_RELEASES, &namespace, &name, |o| finalizer(o, FINALIZER));
    let mut status = Status::of(object, objects.world().stamp());
    turn.handled(&mut status.value);
    let spec = &object["spec"];
    if !spec["kubeConfig"].is_null() {
        status.stalled("KubeConfigError", "the embedded helm-controller reaches its own cluster only");
        turn.failed(objects, FOREVER);
        objects.set_status(HELM_RELEASES, &namespace, &name, status.value);
        return;
    }
    chart::ensure(objects, object, &mut status);
    match prepare::run(objects, object) {
        Err(unmet) => {
            let before =
                condition(object, "Ready").is_some_and(|c| c["reason"] == unmet.reason && c["message"] == unmet.message.as_str());
            status.failed(unmet.reason, &unmet.message);
            if !before && unmet.reason != "SourceNotReady" {
                objects.event(
                    object,
                    if unmet.reason == "DependencyNotReady" { "Normal" } else { "Warning" },
                    unmet.reason,
                    &unmet.message,
                );
            }
            match unmet.again {
                Some(wait) => turn.failed(objects, wait),
                None => turn.backoff(objects),
            }
        }
        Ok(prepared) => outcome::decide(objects, object, &mut status, turn, &prepared),
    }
    objects.set_status(HELM_RELEASES, &namespace, &name, status.value);
}

/// Until somebody changes something.
const FOREVER: Duration = Duration::from_secs(365 * 86_400);

/// Names and places of a release.
#[derive(Debug, Clone)]
struct Target {
    name: String,
    namespace: String,
    storage: String,
}

fn target(object: &Value) -> Target {
    let (home, own) = place(object);
    let spec = &object["spec"];
    let namespace = text_or(&spec["targetNamespace"], &home);
    let name = match (spec["releaseName"].as_str(), spec["targetNamespace"].as_str()) {
        (Some(name), _) if !name.is_empty() => name.to_owned(),
        (_, Some(target)) if !target.is_empty() => format!("{target}-{own}"),
        _ => own,
    };
    Target { name, namespace, storage: text_or(&spec["storageNamespace"], &home) }
}

/// How long an action may take: its own, the release's, or five minutes.
fn timeout(object: &Value, action: &str) -> Duration {
    let spec = &object["spec"];
    times::of(&spec[action]["timeout"], times::of(&spec["timeout"], Duration::from_secs(300)))
}

fn interval(object: &Value) -> Duration {
    times::of(&object["spec"]["interval"], Duration::from_secs(3600))
}

/// In whose name it writes, when not in its own.
fn user(object: &Value) -> Option<String> {
    let account = text(&object["spec"]["serviceAccountName"]);
    (!account.is_empty()).then(|| format!("system:serviceaccount:{}:{account}", text(&object["metadata"]["namespace"])))
}

/// Server-side apply as the release's account.
fn apply(objects: &mut Objects, owner: &Value, object: Value) -> crate::cluster::api::write::Result<Value> {
    use crate::cluster::api::write;
    match user(owner) {
        Some(user) => write::apply_as(objects, &user, MANAGER, true, object),
        None => write::apply(objects, MANAGER, true, object),
    }
}
