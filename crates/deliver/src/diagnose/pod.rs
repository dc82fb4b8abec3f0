//! What keeps a pod from being ready: where it finds no place, its claims, its containers, its probes.

use super::{Cause, recent};
use pontoon_engine::Refusal;
use pontoon_providers::{Kubernetes, ObjectRef};
use serde_json::Value;

/// What a pod says: of its scheduling, its containers, its readiness.
pub(super) async fn of_pod(cluster: &Kubernetes, pod: &Value) -> Result<Cause, Refusal> {
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
    if condition.is_some_and(|c| c["type"] == "PodScheduled")
        && let Some(claim) = unbound(cluster, pod).await?
    {
        return Ok(claim);
    }
    let noticed = recent(cluster, pod).await?;
    let (reason, message) = match (waiting, condition) {
        (Some(w), _) => (words(&w["reason"]), ended.map_or_else(|| words(&w["message"]), |t| words(&t["message"]))),
        // The condition only lists the containers; why they are not ready is what was noticed last.
        (None, Some(c)) if c["reason"] == "ContainersNotReady" => match noticed.iter().find(|e| e.warns) {
            Some(event) => (event.reason.clone(), event.message.clone()),
            None => (words(&c["reason"]), words(&c["message"])),
        },
        (None, Some(c)) => (words(&c["reason"]), words(&c["message"])),
        (None, None) => (String::new(), format!("is {}", status["phase"].as_str().unwrap_or("Pending"))),
    };
    let events = noticed.iter().take(3).map(ToString::to_string).collect();
    Ok(Cause { object: ObjectRef::of(pod), reason, message, events })
}

/// The first claim of a pod that is not bound to a volume, and what its provisioner says.
async fn unbound(cluster: &Kubernetes, pod: &Value) -> Result<Option<Cause>, Refusal> {
    let namespace = pod["metadata"]["namespace"].as_str().unwrap_or("default");
    let volumes = pod["spec"]["volumes"].as_array().into_iter().flatten();
    for name in volumes.filter_map(|v| v["persistentVolumeClaim"]["claimName"].as_str()) {
        let of = ObjectRef::new("v1", "PersistentVolumeClaim", namespace, name);
        let Some(claim) = cluster.get(&of).await? else {
            return Ok(Some(Cause { object: of, reason: String::new(), message: "is not there".into(), events: Vec::new() }));
        };
        if claim["status"]["phase"] == "Bound" {
            continue;
        }
        let noticed = recent(cluster, &claim).await?;
        // A class that waits for a pod is not what is in the way: the pod has to find a place first.
        if noticed.first().is_some_and(|e| e.reason == "WaitForFirstConsumer") {
            continue;
        }
        let (reason, message) = match noticed.iter().find(|e| e.warns) {
            Some(event) => (event.reason.clone(), event.message.clone()),
            None => (String::new(), "is not bound to a volume".to_owned()),
        };
        let events = noticed.iter().take(3).map(ToString::to_string).collect();
        return Ok(Some(Cause { object: of, reason, message, events }));
    }
    Ok(None)
}
