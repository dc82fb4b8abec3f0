//! Why something is not healthy: from the unit down to the object that does not get there, and what it says.

use crate::health::{Health, judge};
use pontoon_core::content::Object;
use pontoon_engine::Refusal;
use pontoon_providers::{Kubernetes, ObjectRef};
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

/// Kinds that a chart installs and that can be what does not get there, as `(version, kind)`.
const WORKLOADS: &[(&str, &str)] =
    &[("batch/v1", "Job"), ("apps/v1", "Deployment"), ("apps/v1", "StatefulSet"), ("apps/v1", "DaemonSet")];

/// The cause for which these objects are not healthy. `None` where all of them are.
///
/// # Errors
/// Where the server does not answer.
pub async fn cause(cluster: &Kubernetes, objects: &[Object]) -> Result<Option<Cause>, Refusal> {
    for object in objects {
        let of = ObjectRef::of(object);
        let Some(there) = cluster.get(&of).await? else {
            return Ok(Some(Cause { object: of, reason: "NotFound".into(), message: "is not there".into(), events: Vec::new() }));
        };
        let said = match judge(&there) {
            Health::Current => continue,
            Health::Progressing(said) | Health::Failed(said) => said,
        };
        return deeper(cluster, &there, said).await.map(Some);
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
            for (version, kind) in WORKLOADS {
                for workload in cluster.list(version, kind, &namespace, "").await? {
                    let own = workload["metadata"]["labels"]["app.kubernetes.io/instance"] == name.as_str()
                        || workload["metadata"]["annotations"]["meta.helm.sh/release-name"] == name.as_str();
                    if let (true, Health::Progressing(said) | Health::Failed(said)) = (own, judge(&workload)) {
                        return Box::pin(deeper(cluster, &workload, said)).await;
                    }
                }
            }
            shallow(cluster, object, said).await
        }
        "Deployment" | "StatefulSet" | "DaemonSet" | "Job" => {
            let labels = &object["spec"]["selector"]["matchLabels"];
            let labels: Vec<String> =
                labels.as_object().into_iter().flatten().filter_map(|(k, v)| Some(format!("{k}={}", v.as_str()?))).collect();
            let labels = if of.kind == "Job" && labels.is_empty() { format!("job-name={}", of.name) } else { labels.join(",") };
            for pod in cluster.list("v1", "Pod", &of.namespace, &labels).await? {
                if judge(&pod) != Health::Current {
                    return of_pod(cluster, &pod).await;
                }
            }
            shallow(cluster, object, said).await
        }
        "Pod" => of_pod(cluster, object).await,
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

/// What a pod says: of its scheduling, its containers, its readiness.
async fn of_pod(cluster: &Kubernetes, pod: &Value) -> Result<Cause, Refusal> {
    let status = &pod["status"];
    let words = |v: &Value| v.as_str().unwrap_or("").to_owned();
    let containers =
        ["initContainerStatuses", "containerStatuses"].into_iter().flat_map(|k| status[k].as_array().into_iter().flatten());
    let waiting = containers
        .clone()
        .map(|c| &c["state"]["waiting"])
        .find(|w| w["reason"].is_string() && w["reason"] != "ContainerCreating" && w["reason"] != "PodInitializing");
    let ended = containers.map(|c| &c["lastState"]["terminated"]).find(|t| t["message"].is_string());
    let conditions = status["conditions"].as_array().into_iter().flatten();
    let condition =
        conditions.filter(|c| c["status"] == "False" && c["message"].is_string()).min_by_key(|c| match c["type"].as_str() {
            Some("PodScheduled") => 0,
            Some("Ready") => 1,
            _ => 2,
        });
    let (reason, message) = match (waiting, condition) {
        (Some(w), _) => (words(&w["reason"]), ended.map_or_else(|| words(&w["message"]), |t| words(&t["message"]))),
        (None, Some(c)) => (words(&c["reason"]), words(&c["message"])),
        (None, None) => (String::new(), format!("is {}", status["phase"].as_str().unwrap_or("Pending"))),
    };
    let events = events(cluster, pod).await?;
    Ok(Cause { object: ObjectRef::of(pod), reason, message, events })
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
    let namespace = object["metadata"]["namespace"].as_str().unwrap_or("default");
    let mut about: Vec<Value> = cluster.list("v1", "Event", namespace, "").await?;
    about.retain(|e| e["involvedObject"]["uid"] == object["metadata"]["uid"]);
    about.sort_by(|a, b| b["lastTimestamp"].as_str().cmp(&a["lastTimestamp"].as_str()));
    let line = |e: &Value| {
        format!(
            "{} {}: {}",
            e["lastTimestamp"].as_str().unwrap_or(""),
            e["reason"].as_str().unwrap_or(""),
            e["message"].as_str().unwrap_or("")
        )
    };
    Ok(about.iter().take(3).map(line).collect())
}
