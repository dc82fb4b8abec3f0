//! How healthy an object is, as Argo CD judges it. Source: gitops-engine, package `health`, version 3.4; the scripts that
//! Argo CD carries for kinds of other projects are not known here: such a kind has no health unless `argocd-cm` says how.

use super::{settings::Settings, text};
use serde_json::Value;

/// What an object's health is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Health {
    /// It is as it should be.
    Healthy,
    /// It waits on purpose.
    Suspended,
    /// It is on its way.
    Progressing,
    /// It will not become so by itself.
    Degraded,
    /// Nobody can tell.
    Unknown,
}

impl Health {
    /// As Argo CD writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Healthy => "Healthy",
            Self::Suspended => "Suspended",
            Self::Progressing => "Progressing",
            Self::Degraded => "Degraded",
            Self::Unknown => "Unknown",
        }
    }

    fn named(name: &str) -> Self {
        match name {
            "Healthy" => Self::Healthy,
            "Suspended" => Self::Suspended,
            "Progressing" => Self::Progressing,
            "Degraded" => Self::Degraded,
            _ => Self::Unknown,
        }
    }
}

/// The health of an object with its sentence; nothing for a kind that nobody judges.
pub(super) fn of(settings: &Settings, object: &Value) -> Option<(Health, String)> {
    if !object["metadata"]["deletionTimestamp"].is_null() {
        return Some((Health::Progressing, "Pending deletion".to_owned()));
    }
    let api_version = text(&object["apiVersion"]);
    let (group, _) = api_version.split_once('/').unwrap_or(("", ""));
    let kind = text(&object["kind"]);
    if let Some(script) = settings.health(group, &kind) {
        return Some(match script.as_ref().map_err(Clone::clone).and_then(|s| s.run(object)) {
            Ok(said) => (Health::named(said["status"].as_str().unwrap_or("")), text(&said["message"])),
            Err(why) => (Health::Unknown, why),
        });
    }
    by_kind(group, &kind, object)
}

fn condition<'a>(object: &'a Value, kind: &str) -> Option<&'a Value> {
    object["status"]["conditions"].as_array()?.iter().find(|c| c["type"] == kind)
}

fn by_kind(group: &str, kind: &str, object: &Value) -> Option<(Health, String)> {
    let (spec, status) = (&object["spec"], &object["status"]);
    let number = |v: &Value, other: i64| v.as_i64().unwrap_or(other);
    let has = |key: &str| number(&status[key], 0);
    let seen = number(&status["observedGeneration"], 0) >= number(&object["metadata"]["generation"], 0);
    let name = text(&object["metadata"]["name"]);
    let waits = |why: String| Some((Health::Progressing, why));
    let healthy = || Some((Health::Healthy, String::new()));
    match (group, kind) {
        ("apps", "Deployment") => {
            if spec["paused"] == true {
                return Some((Health::Suspended, "Deployment is paused".to_owned()));
            }
            if !seen {
                let less = "observed deployment generation less than desired generation";
                return waits(format!("Waiting for rollout to finish: {less}"));
            }
            if condition(object, "Progressing").is_some_and(|c| c["reason"] == "ProgressDeadlineExceeded") {
                return Some((Health::Degraded, format!("Deployment \"{name}\" exceeded its progress deadline")));
            }
            let wanted = number(&spec["replicas"], 1);
            let (updated, available) = (has("updatedReplicas"), has("availableReplicas"));
            if updated < wanted {
                return waits(format!(
                    "Waiting for rollout to finish: {updated} out of {wanted} new replicas have been updated..."
                ));
            }
            if has("replicas") > updated {
                let old = has("replicas") - updated;
                return waits(format!("Waiting for rollout to finish: {old} old replicas are pending termination..."));
            }
            if available < updated {
                return waits(format!(
                    "Waiting for rollout to finish: {available} of {updated} updated replicas are available..."
                ));
            }
            healthy()
        }
        ("apps", "StatefulSet") => {
            let wanted = number(&spec["replicas"], 1);
            if !seen {
                return waits("Waiting for statefulset spec update to be observed...".to_owned());
            }
            if has("readyReplicas") < wanted {
                return waits(format!("Waiting for {} pods to be ready...", wanted - has("readyReplicas")));
            }
            if status["updateRevision"] != status["currentRevision"] && spec["updateStrategy"]["type"] != "OnDelete" {
                return waits(format!(
                    "waiting for statefulset rolling update to complete {} pods at revision {}...",
                    has("updatedReplicas"),
                    text(&status["updateRevision"])
                ));
            }
            healthy()
        }
        ("apps", "DaemonSet") => {
            if !seen {
                return waits(
                    "Waiting for rollout to finish: observed daemon set generation less than desired generation".to_owned(),
                );
            }
            let wanted = has("desiredNumberScheduled");
            if has("updatedNumberScheduled") < wanted {
                let done = has("updatedNumberScheduled");
                return waits(format!(
                    "Waiting for daemon set \"{name}\" rollout to finish: {done} out of {wanted} new pods have been updated..."
                ));
            }
            if has("numberAvailable") < wanted {
                let done = has("numberAvailable");
                return waits(format!(
                    "Waiting for daemon set \"{name}\" rollout to finish: {done} of {wanted} updated pods are available..."
                ));
            }
            healthy()
        }
        ("apps", "ReplicaSet") => {
            if has("availableReplicas") < number(&spec["replicas"], 1) {
                return waits("Waiting for rollout to finish".to_owned());
            }
            healthy()
        }
        ("", "Service") => {
            let open =
                spec["type"] != "LoadBalancer" || status["loadBalancer"]["ingress"].as_array().is_some_and(|i| !i.is_empty());
            if open { healthy() } else { waits(String::new()) }
        }
        ("networking.k8s.io", "Ingress") => {
            let open = status["loadBalancer"]["ingress"].as_array().is_some_and(|i| !i.is_empty());
            if open { healthy() } else { waits(String::new()) }
        }
        ("", "PersistentVolumeClaim") => match status["phase"].as_str() {
            Some("Bound") => healthy(),
            Some("Lost") => Some((Health::Degraded, String::new())),
            _ => waits(String::new()),
        },
        ("batch", "Job") => {
            let is = |kind: &str| condition(object, kind).filter(|c| c["status"] == "True");
            if let Some(failed) = is("Failed") {
                return Some((Health::Degraded, text(&failed["message"])));
            }
            if is("Suspended").is_some() {
                return Some((Health::Suspended, String::new()));
            }
            if let Some(done) = is("Complete") {
                return Some((Health::Healthy, text(&done["message"])));
            }
            waits(String::new())
        }
        ("", "Pod") => match status["phase"].as_str().unwrap_or("") {
            "Succeeded" => healthy(),
            "Failed" => Some((Health::Degraded, text(&status["message"]))),
            "Running" if condition(object, "Ready").is_some_and(|c| c["status"] == "True") => healthy(),
            _ => waits(text(&status["message"])),
        },
        ("apiregistration.k8s.io", "APIService") => match condition(object, "Available") {
            Some(c) if c["status"] == "True" => Some((Health::Healthy, text(&c["message"]))),
            Some(c) => waits(text(&c["message"])),
            None => waits("Waiting to be processed".to_owned()),
        },
        ("apiextensions.k8s.io", "CustomResourceDefinition") => match condition(object, "Established") {
            Some(c) if c["status"] == "True" => healthy(),
            _ => waits("CRD is not established".to_owned()),
        },
        _ => None,
    }
}
