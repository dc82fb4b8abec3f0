//! Whether an object has become what it should be. Source: kstatus (sigs.k8s.io/cli-utils), the rules per kind.

use super::cel::{self, Checks};
use crate::cluster::Objects;
use crate::cluster::api::kinds::resource_of;
use serde_json::Value;

/// The status of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Health {
    /// It is as it should be.
    Current,
    /// It is on its way.
    InProgress,
    /// It will not become so by itself.
    Failed,
    /// It is being deleted.
    Terminating,
    /// There is none.
    NotFound,
}

impl Health {
    /// As kstatus writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Current => "Current",
            Self::InProgress => "InProgress",
            Self::Failed => "Failed",
            Self::Terminating => "Terminating",
            Self::NotFound => "NotFound",
        }
    }
}

/// An object by its kind and place: `apiVersion`, `kind`, namespace, name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Reference {
    /// `apps/v1`
    pub api_version: String,
    /// `Deployment`
    pub kind: String,
    /// Empty for what belongs to the cluster.
    pub namespace: String,
    /// Name.
    pub name: String,
}

impl Reference {
    /// The reference of an object.
    pub fn of(object: &Value) -> Self {
        let text = |v: &Value| v.as_str().unwrap_or("").to_owned();
        Self {
            api_version: text(&object["apiVersion"]),
            kind: text(&object["kind"]),
            namespace: text(&object["metadata"]["namespace"]),
            name: text(&object["metadata"]["name"]),
        }
    }

    /// `Deployment/shop/web`, as Flux names objects.
    pub fn show(&self) -> String {
        if self.namespace.is_empty() {
            format!("{}/{}", self.kind, self.name)
        } else {
            format!("{}/{}/{}", self.kind, self.namespace, self.name)
        }
    }

    /// The object, when it exists.
    pub fn get<'o>(&self, objects: &'o Objects) -> Option<&'o Value> {
        let (resource, namespaced) = resource_of(objects, &self.api_version, &self.kind)?;
        objects.get(&resource, if namespaced { &self.namespace } else { "" }, &self.name)
    }
}

/// The health of what a reference points to; `checks` decide for the kinds that they name.
pub(crate) fn of(objects: &Objects, reference: &Reference, checks: &Checks) -> Health {
    let Some(object) = reference.get(objects) else { return Health::NotFound };
    match cel::judged(checks, object) {
        Some(health) => health,
        None => health(object),
    }
}

/// The health of an object by its kind's rules.
pub(crate) fn health(object: &Value) -> Health {
    if !object["metadata"]["deletionTimestamp"].is_null() {
        return Health::Terminating;
    }
    let status = &object["status"];
    if let (Some(seen), Some(now)) = (status["observedGeneration"].as_i64(), object["metadata"]["generation"].as_i64())
        && seen < now
    {
        return Health::InProgress;
    }
    let kind = object["kind"].as_str().unwrap_or("");
    let builtin = !object["apiVersion"].as_str().unwrap_or("").split('/').next().unwrap_or("").contains('.')
        || object["apiVersion"].as_str().unwrap_or("").contains(".k8s.io/");
    if builtin && let Some(health) = by_kind(kind, object) {
        return health;
    }
    by_conditions(status)
}

/// Any object with the common conditions.
fn by_conditions(status: &Value) -> Health {
    let is = |kind: &str, wanted: &str| conditions(status).any(|c| c["type"] == kind && c["status"] == wanted);
    if is("Reconciling", "True") {
        return Health::InProgress;
    }
    if is("Stalled", "True") {
        return Health::Failed;
    }
    match conditions(status).find(|c| c["type"] == "Ready").and_then(|c| c["status"].as_str()) {
        Some("True") | None => Health::Current,
        Some(_) => Health::InProgress,
    }
}

fn conditions(status: &Value) -> impl Iterator<Item = &Value> {
    status["conditions"].as_array().into_iter().flatten()
}

fn by_kind(kind: &str, object: &Value) -> Option<Health> {
    let (spec, status) = (&object["spec"], &object["status"]);
    let number = |v: &Value, other: i64| v.as_i64().unwrap_or(other);
    let all = |done: bool| Some(if done { Health::Current } else { Health::InProgress });
    let is = |kind: &str, wanted: &str| conditions(status).any(|c| c["type"] == kind && c["status"] == wanted);
    match kind {
        "Deployment" => {
            if conditions(status).any(|c| c["type"] == "Progressing" && c["reason"] == "ProgressDeadlineExceeded") {
                return Some(Health::Failed);
            }
            let wanted = number(&spec["replicas"], 1);
            let has = |key: &str| number(&status[key], 0);
            all(!status["observedGeneration"].is_null()
                && has("replicas") == wanted
                && has("updatedReplicas") >= wanted
                && has("availableReplicas") >= wanted
                && has("readyReplicas") >= wanted)
        }
        "StatefulSet" => {
            if spec["updateStrategy"]["type"] == "OnDelete" {
                return Some(Health::Current);
            }
            let wanted = number(&spec["replicas"], 1);
            let has = |key: &str| number(&status[key], 0);
            all(!status["observedGeneration"].is_null()
                && has("replicas") == wanted
                && has("readyReplicas") >= wanted
                && has("updatedReplicas") >= wanted
                && (status["updateRevision"].is_null()
                    || status["currentRevision"] == status["updateRevision"]
                    || has("updatedReplicas") >= wanted))
        }
        "ReplicaSet" => all(number(&status["readyReplicas"], 0) >= number(&spec["replicas"], 1)),
        "DaemonSet" => {
            if status["observedGeneration"].is_null() {
                return Some(Health::InProgress);
            }
            let wanted = number(&status["desiredNumberScheduled"], -1);
            let has = |key: &str| number(&status[key], 0);
            all(wanted >= 0
                && has("updatedNumberScheduled") >= wanted
                && has("numberAvailable") >= wanted
                && has("numberReady") >= wanted)
        }
        "Job" => {
            if is("Failed", "True") {
                return Some(Health::Failed);
            }
            // Flux waits for a Job's end.
            all(is("Complete", "True"))
        }
        "Pod" => Some(match status["phase"].as_str().unwrap_or("") {
            "Succeeded" => Health::Current,
            "Failed" => Health::Failed,
            "Running" if is("Ready", "True") => Health::Current,
            _ => Health::InProgress,
        }),
        "PersistentVolumeClaim" => all(status["phase"] == "Bound"),
        "Service" => {
            all(spec["type"] != "LoadBalancer" || status["loadBalancer"]["ingress"].as_array().is_some_and(|i| !i.is_empty()))
        }
        "PodDisruptionBudget" => all(!status["observedGeneration"].is_null()
            && number(&status["currentHealthy"], 0) >= number(&status["desiredHealthy"], 0)),
        "CustomResourceDefinition" => {
            if is("NamesAccepted", "False") {
                return Some(Health::Failed);
            }
            all(is("Established", "True"))
        }
        "ReplicationController" | "CronJob" | "Ingress" | "ConfigMap" | "Secret" | "Namespace" => Some(Health::Current),
        _ => None,
    }
}
