//! Why something is not healthy: from the unit down to the object that does not get there, and what it says.

mod certificate;
mod pod;
mod remedy;

use crate::health::{Health, judge};
use certificate::of_certificate;
use pod::of_pod;
use pontoon_core::content::Object;
use pontoon_engine::Refusal;
use pontoon_providers::{Kubernetes, ObjectRef};
use pontoon_render::Unit;
pub use remedy::remedy;
use serde_json::Value;

/// The object at the bottom of it, and what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// Which object.
    pub object: ObjectRef,
    /// The reason in one word, such as `FailedScheduling`; empty where there is none.
    pub reason: String,
    /// The object's own words.
    pub message: String,
    /// Its last events, newest first.
    pub events: Vec<String>,
}

impl std::fmt::Display for Cause {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.object)?;
        match (self.reason.as_str(), self.message.as_str()) {
            ("", message) => write!(f, ": {message}"),
            (reason, "") => write!(f, ": {reason}"),
            (reason, message) => write!(f, ": {reason}: {message}"),
        }
    }
}

/// The reason of what is not there.
const MISSING: &str = "NotFound";

/// Kinds that a chart installs and that can be what does not get there, as `(version, kind)`.
const WORKLOADS: &[(&str, &str)] =
    &[("batch/v1", "Job"), ("apps/v1", "Deployment"), ("apps/v1", "StatefulSet"), ("apps/v1", "DaemonSet")];

/// The cause for which these objects are not healthy. `None` where all of them are.
///
/// What is there and says why comes before what is missing, which says nothing.
///
/// # Errors
/// Where the server does not answer.
pub async fn cause(cluster: &Kubernetes, objects: &[Object]) -> Result<Option<Cause>, Refusal> {
    let mut missing = None;
    for object in objects {
        let of = ObjectRef::of(object);
        let Some(there) = cluster.get(&of).await? else {
            // A Job that removes itself when it is done is not missed.
            if !passes(object) {
                let message = "is not there".to_owned();
                missing.get_or_insert(Cause { object: of, reason: MISSING.into(), message, events: Vec::new() });
            }
            continue;
        };
        let said = match judge(&there) {
            Health::Current => continue,
            Health::Progressing(said) | Health::Failed(said) => said,
        };
        return deeper(cluster, &there, said).await.map(Some);
    }
    Ok(missing)
}

/// What is told of a unit: the object at the bottom of it, unless that is only missing and whoever should have brought it
/// (`said`, such as a Kustomization's own words) says why.
pub fn told(said: String, cause: Option<Cause>) -> String {
    match cause {
        Some(cause) if cause.reason != MISSING || said.is_empty() => cause.to_string(),
        _ => said,
    }
}

/// Whether an object removes itself when it has done its work.
pub(crate) fn passes(object: &Object) -> bool {
    object["kind"] == "Job" && object["spec"]["ttlSecondsAfterFinished"].is_i64()
}

/// The cause for which a unit is not healthy: one of its objects, or what one of its charts brought.
///
/// # Errors
/// Where the server does not answer.
pub async fn cause_of(cluster: &Kubernetes, unit: &Unit) -> Result<Option<Cause>, Refusal> {
    let own = cause(cluster, &unit.objects).await?;
    if own.as_ref().is_some_and(|c| c.reason != MISSING) {
        return Ok(own);
    }
    for release in &unit.releases {
        if let Some(cause) = installed(cluster, &release.namespace, &release.name).await? {
            return Ok(Some(cause));
        }
    }
    Ok(own)
}

/// The cause for which what a chart brought is not healthy.
async fn installed(cluster: &Kubernetes, namespace: &str, name: &str) -> Result<Option<Cause>, Refusal> {
    for (version, kind) in WORKLOADS {
        for workload in cluster.list(version, kind, namespace, "").await? {
            let own = workload["metadata"]["labels"]["app.kubernetes.io/instance"] == name
                || workload["metadata"]["annotations"]["meta.helm.sh/release-name"] == name;
            if let (true, Health::Progressing(said) | Health::Failed(said)) = (own, judge(&workload)) {
                return Box::pin(deeper(cluster, &workload, said)).await.map(Some);
            }
        }
    }
    Ok(None)
}

/// From an object that is not healthy to what it waits for.
async fn deeper(cluster: &Kubernetes, object: &Value, said: String) -> Result<Cause, Refusal> {
    let of = ObjectRef::of(object);
    match of.kind.as_str() {
        "HelmRelease" => {
            let namespace = object["spec"]["targetNamespace"].as_str().unwrap_or(&of.namespace).to_owned();
            let name = object["spec"]["releaseName"].as_str().unwrap_or(&of.name).to_owned();
            match installed(cluster, &namespace, &name).await? {
                Some(cause) => Ok(cause),
                None => shallow(cluster, object, said).await,
            }
        }
        "Deployment" | "StatefulSet" | "DaemonSet" | "Job" => {
            let labels = &object["spec"]["selector"]["matchLabels"];
            let labels: Vec<String> =
                labels.as_object().into_iter().flatten().filter_map(|(k, v)| Some(format!("{k}={}", v.as_str()?))).collect();
            let labels = if of.kind == "Job" && labels.is_empty() { format!("job-name={}", of.name) } else { labels.join(",") };
            if let Some(refused) = refused(cluster, object).await? {
                return Ok(refused);
            }
            for pod in cluster.list("v1", "Pod", &of.namespace, &labels).await? {
                if judge(&pod) != Health::Current {
                    return of_pod(cluster, &pod).await;
                }
            }
            shallow(cluster, object, said).await
        }
        "Pod" => of_pod(cluster, object).await,
        "Certificate" => match of_certificate(cluster, object).await? {
            Some(deep) => Ok(deep),
            None => shallow(cluster, object, said).await,
        },
        _ => {
            // An operator's resource: its pods carry its name, or live beside it.
            for pod in cluster.list("v1", "Pod", &of.namespace, "").await? {
                let own = pod["metadata"]["name"].as_str().is_some_and(|n| n.starts_with(&format!("{}-", of.name)));
                if own && judge(&pod) != Health::Current {
                    return of_pod(cluster, &pod).await;
                }
            }
            shallow(cluster, object, said).await
        }
    }
}

/// What the API server says where it refuses the pods of a workload: quotas, limits, pod security, webhooks.
async fn refused(cluster: &Kubernetes, workload: &Value) -> Result<Option<Cause>, Refusal> {
    let conditions = workload["status"]["conditions"].as_array().into_iter().flatten();
    let failure = conditions.filter(|c| c["status"] == "True").find(|c| c["type"] == "ReplicaFailure");
    let noticed = recent(cluster, workload).await?;
    let said = match failure {
        Some(c) => c["message"].as_str().unwrap_or("").to_owned(),
        // Only Deployments have such a condition; the others' controllers say it in an event, which stays when it is over.
        None => match noticed.first().filter(|e| e.reason == "FailedCreate") {
            Some(event) => event.message.clone(),
            None => return Ok(None),
        },
    };
    let events = noticed.iter().take(3).map(Noticed::to_string).collect();
    Ok(Some(Cause { object: ObjectRef::of(workload), reason: "FailedCreate".into(), message: said, events }))
}

async fn shallow(cluster: &Kubernetes, object: &Value, said: String) -> Result<Cause, Refusal> {
    let conditions = object["status"]["conditions"].as_array().into_iter().flatten();
    let reason = conditions.filter(|c| c["status"] != "True").find_map(|c| c["reason"].as_str());
    let events = events(cluster, object).await?;
    Ok(Cause { object: ObjectRef::of(object), reason: reason.unwrap_or("").into(), message: said, events })
}

/// The last events about an object, newest first.
///
/// # Errors
/// Where the server does not answer.
pub async fn events(cluster: &Kubernetes, object: &Value) -> Result<Vec<String>, Refusal> {
    Ok(recent(cluster, object).await?.iter().take(3).map(|e| e.to_string()).collect())
}

/// What was noticed about an object.
struct Noticed {
    at: String,
    warns: bool,
    reason: String,
    message: String,
}

impl std::fmt::Display for Noticed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}: {}", self.at, self.reason, self.message)
    }
}

/// All events about an object, newest first.
async fn recent(cluster: &Kubernetes, object: &Value) -> Result<Vec<Noticed>, Refusal> {
    let namespace = object["metadata"]["namespace"].as_str().unwrap_or("default");
    let words = |v: &Value| v.as_str().unwrap_or("").to_owned();
    // The scheduler writes its events in the newer form, in which the old dates are empty.
    let at = |e: &Value| {
        let dates = [&e["lastTimestamp"], &e["series"]["lastObservedTime"], &e["eventTime"], &e["metadata"]["creationTimestamp"]];
        dates.into_iter().find_map(Value::as_str).unwrap_or("").to_owned()
    };
    let mut about: Vec<Noticed> = cluster
        .list("v1", "Event", namespace, "")
        .await?
        .iter()
        .filter(|e| e["involvedObject"]["uid"] == object["metadata"]["uid"])
        .map(|e| Noticed { at: at(e), warns: e["type"] == "Warning", reason: words(&e["reason"]), message: words(&e["message"]) })
        .collect();
    about.sort_by(|a, b| b.at.cmp(&a.at));
    Ok(about)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_should_have_brought_what_is_missing_says_why() {
        let of = ObjectRef::new("v1", "ConfigMap", "web", "settings");
        let cause = |reason: &str| Cause { object: of.clone(), reason: reason.into(), message: "m".into(), events: Vec::new() };
        let said = "kustomize build failed: no such file".to_owned();
        assert_eq!(told(said.clone(), Some(cause(MISSING))), said);
        assert_eq!(told(said.clone(), Some(cause("Failed"))), cause("Failed").to_string());
        assert_eq!(told(String::new(), Some(cause(MISSING))), cause(MISSING).to_string());
    }
}
