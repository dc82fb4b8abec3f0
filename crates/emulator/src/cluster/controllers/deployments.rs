//! Deployments: a ReplicaSet for each template, brought up and down so that enough pods are available meanwhile.

use super::act::{Act, carry_out};
use super::fields::{by_owner, conditioned, items, leaving, name, number, reference, share, text, uid};
use super::pods::template_hash;
use crate::Moment;
use crate::cluster::Objects;
use serde_json::{Value, json};
use std::time::Duration;

const DEPLOYMENTS: &str = "deployments.apps";
const SETS: &str = "replicasets.apps";
/// The label that tells the ReplicaSets of a Deployment apart.
const HASH: &str = "pod-template-hash";
/// Source: Kubernetes documentation, `progressDeadlineSeconds` and `revisionHistoryLimit`.
const DEADLINE: i64 = 600;
const HISTORY: i64 = 10;

/// Rolls every Deployment one step further.
pub(crate) fn run(objects: &mut Objects) {
    let mut acts = Vec::new();
    {
        let sets = by_owner(objects.list(SETS));
        let now = objects.world().now();
        for deployment in objects.list(DEPLOYMENTS) {
            if !leaving(deployment) {
                let own = sets.get(uid(deployment)).map_or(&[][..], Vec::as_slice);
                step(deployment, own, now, &mut acts);
            }
        }
    }
    carry_out(objects, acts);
}

fn wanted(object: &Value) -> i64 {
    number(&object["spec"]["replicas"], 1)
}

fn step(deployment: &Value, sets: &[&Value], now: Moment, acts: &mut Vec<Act>) {
    let template = &deployment["spec"]["template"];
    let hash = sets
        .iter()
        .copied()
        .find(|s| made_of(s, template))
        .map_or_else(|| template_hash(template, 0), |s| text(&s["metadata"]["labels"][HASH]).to_owned());
    let new = sets.iter().copied().find(|s| s["metadata"]["labels"][HASH] == hash.as_str());
    let desired = wanted(deployment);
    let strategy = &deployment["spec"]["strategy"];
    let recreate = strategy["type"] == "Recreate";
    let rolling = &strategy["rollingUpdate"];
    let surge = if recreate { 0 } else { share(&rolling["maxSurge"], desired, true, "25%") };
    let mut unavailable = if recreate { desired } else { share(&rolling["maxUnavailable"], desired, false, "25%") };
    if surge == 0 && unavailable == 0 {
        unavailable = 1;
    }
    let old: Vec<&Value> = sets.iter().copied().filter(|s| s["metadata"]["labels"][HASH] != hash.as_str()).collect();
    let total: i64 = sets.iter().map(|s| wanted(s)).sum();
    let old_pods: i64 = old.iter().map(|s| number(&s["status"]["replicas"], 0).max(wanted(s))).sum();
    if deployment["spec"]["paused"] != true {
        let have = new.map_or(0, wanted);
        let room = if recreate { if old_pods == 0 { desired } else { 0 } } else { (desired + surge - total).max(0) };
        let target = if have > desired { desired } else { desired.min(have + room) };
        match new {
            None => acts.push(Act::Put { resource: SETS, object: set_of(deployment, sets, &hash, target) }),
            Some(set) if target != have => {
                acts.push(scaled(set, target));
                acts.push(Act::normal(deployment, "ScalingReplicaSet", scaling(set, have, target)));
            }
            Some(_) => {}
        }
        if new.is_none() {
            let message = format!("Scaled up replica set {}-{hash} from 0 to {target}", name(deployment));
            acts.push(Act::normal(deployment, "ScalingReplicaSet", message));
        }
        shrink(deployment, &old, new, (desired, unavailable, total), recreate, acts);
        let limit = number(&deployment["spec"]["revisionHistoryLimit"], HISTORY);
        let mut spare: Vec<&Value> =
            old.into_iter().filter(|s| wanted(s) == 0 && number(&s["status"]["replicas"], 0) == 0).collect();
        spare.sort_by_key(|s| revision(s));
        let surplus = spare.len().saturating_sub(usize::try_from(limit).unwrap_or(10));
        acts.extend(spare.into_iter().take(surplus).map(|s| Act::delete(SETS, s)));
    }
    let at = revision_of(sets, &hash).to_string();
    if text(&deployment["metadata"]["annotations"]["deployment.kubernetes.io/revision"]) != at {
        let mut object = deployment.clone();
        if !object["metadata"]["annotations"].is_object() {
            object["metadata"]["annotations"] = json!({});
        }
        object["metadata"]["annotations"]["deployment.kubernetes.io/revision"] = at.into();
        acts.push(Act::Put { resource: DEPLOYMENTS, object });
    }
    status(deployment, sets, new, (desired, unavailable), now, acts);
}

/// Whether a ReplicaSet is of that template: it has the same, and the label of its hash besides.
fn made_of(set: &Value, template: &Value) -> bool {
    let own = &set["spec"]["template"];
    let empty = serde_json::Map::new();
    let labels = |t: &Value| t["metadata"]["labels"].as_object().unwrap_or(&empty).len();
    own["spec"] == template["spec"]
        && own["_connects"] == template["_connects"]
        && own["metadata"]["annotations"] == template["metadata"]["annotations"]
        && super::select::subset(&template["metadata"]["labels"], &own["metadata"]["labels"])
        && labels(own) == labels(template) + 1
}

/// Takes pods of old templates away: the broken ones first, then as many as availability allows.
fn shrink(deployment: &Value, old: &[&Value], new: Option<&Value>, sizes: (i64, i64, i64), recreate: bool, acts: &mut Vec<Act>) {
    let (desired, unavailable, total) = sizes;
    let least = desired - unavailable;
    let (fresh, fresh_ready) = new.map_or((0, 0), |s| (wanted(s), number(&s["status"]["availableReplicas"], 0)));
    let mut may_go = if recreate { i64::MAX } else { total - least - (fresh - fresh_ready.min(fresh)) };
    let ready: i64 = old.iter().map(|s| number(&s["status"]["availableReplicas"], 0)).sum::<i64>() + fresh_ready;
    let mut healthy_may_go = if recreate { i64::MAX } else { ready - least };
    for set in old {
        let have = wanted(set);
        if have == 0 {
            continue;
        }
        let broken = (have - number(&set["status"]["availableReplicas"], 0)).max(0);
        let mut go = broken.min(may_go.max(0));
        let more = (have - broken).min(healthy_may_go.max(0)).min((may_go - go).max(0));
        go += more;
        healthy_may_go = healthy_may_go.saturating_sub(more);
        may_go = may_go.saturating_sub(go);
        if go > 0 {
            acts.push(scaled(set, have - go));
            acts.push(Act::normal(deployment, "ScalingReplicaSet", scaling(set, have, have - go)));
        }
    }
}

fn scaling(set: &Value, from: i64, to: i64) -> String {
    let way = if to > from { "up" } else { "down" };
    format!("Scaled {way} replica set {} from {from} to {to}", name(set))
}

fn scaled(set: &Value, replicas: i64) -> Act {
    let (namespace, name) = crate::cluster::objects::place(set);
    Act::Spec { resource: SETS, namespace, name, field: "replicas", value: replicas.into() }
}

fn revision(set: &Value) -> i64 {
    text(&set["metadata"]["annotations"]["deployment.kubernetes.io/revision"]).parse().unwrap_or(0)
}

/// The revision of the template with that hash: one more than the last when it is new.
fn revision_of(sets: &[&Value], hash: &str) -> i64 {
    let found = sets.iter().find(|s| s["metadata"]["labels"][HASH] == hash).map(|s| revision(s));
    found.unwrap_or_else(|| sets.iter().map(|s| revision(s)).max().unwrap_or(0) + 1)
}

fn set_of(deployment: &Value, sets: &[&Value], hash: &str, replicas: i64) -> Value {
    let mut template = deployment["spec"]["template"].clone();
    if !template["metadata"].is_object() {
        template["metadata"] = json!({});
    }
    if !template["metadata"]["labels"].is_object() {
        template["metadata"]["labels"] = json!({});
    }
    template["metadata"]["labels"][HASH] = hash.into();
    let mut selector = deployment["spec"]["selector"].clone();
    if !selector["matchLabels"].is_object() {
        selector["matchLabels"] = json!({});
    }
    selector["matchLabels"][HASH] = hash.into();
    json!({
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {
            "name": format!("{}-{hash}", name(deployment)),
            "namespace": deployment["metadata"]["namespace"],
            "labels": template["metadata"]["labels"],
            "annotations": {
                "deployment.kubernetes.io/desired-replicas": wanted(deployment).to_string(),
                "deployment.kubernetes.io/revision": revision_of(sets, hash).to_string(),
            },
            "ownerReferences": [reference(deployment)],
        },
        "spec": { "replicas": replicas, "selector": selector, "template": template },
    })
}

fn status(deployment: &Value, sets: &[&Value], new: Option<&Value>, sizes: (i64, i64), now: Moment, acts: &mut Vec<Act>) {
    let (desired, unavailable) = sizes;
    let sum = |field: &str| -> i64 { sets.iter().map(|s| number(&s["status"][field], 0)).sum() };
    let (replicas, ready, available) = (sum("replicas"), sum("readyReplicas"), sum("availableReplicas"));
    let updated = new.map_or(0, |s| number(&s["status"]["replicas"], 0));
    let before = &deployment["status"];
    let stamp = now.rfc3339();
    let enough = available >= desired - unavailable;
    let (state, reason, message) = if enough {
        ("True", "MinimumReplicasAvailable", "Deployment has minimum availability.")
    } else {
        ("False", "MinimumReplicasUnavailable", "Deployment does not have minimum availability.")
    };
    let old = items(&before["conditions"]).iter().find(|c| c["type"] == "Available");
    let mut is_available = conditioned(before, "Available", state, reason, message, &stamp);
    is_available["lastUpdateTime"] =
        old.filter(|c| c["status"] == state).map_or_else(|| stamp.clone().into(), |c| c["lastUpdateTime"].clone());
    let set = new.map_or_else(String::new, |s| name(s).to_owned());
    let complete = new.is_some() && updated == desired && replicas == desired && available == desired;
    let old = items(&before["conditions"]).iter().find(|c| c["type"] == "Progressing");
    let moved = number(&before["updatedReplicas"], 0) != updated
        || number(&before["availableReplicas"], 0) < available
        || number(&before["replicas"], 0) != replicas
        || before["observedGeneration"] != deployment["metadata"]["generation"];
    let last = old.and_then(|c| Moment::parse(text(&c["lastUpdateTime"]))).filter(|_| !moved).unwrap_or(now);
    let deadline =
        Duration::from_secs(u64::try_from(number(&deployment["spec"]["progressDeadlineSeconds"], DEADLINE)).unwrap_or(600));
    let (state, reason, message) = if complete {
        ("True", "NewReplicaSetAvailable", format!("ReplicaSet \"{set}\" has successfully progressed."))
    } else if now.since(last) >= deadline {
        ("False", "ProgressDeadlineExceeded", format!("ReplicaSet \"{set}\" has timed out progressing."))
    } else {
        acts.push(Act::Wake(deadline.saturating_sub(now.since(last))));
        ("True", "ReplicaSetUpdated", format!("ReplicaSet \"{set}\" is progressing."))
    };
    let mut progressing = conditioned(before, "Progressing", state, reason, &message, &stamp);
    let same = old.is_some_and(|c| c["reason"] == reason) && (complete || !moved);
    progressing["lastUpdateTime"] = match old.filter(|_| same) {
        Some(c) => c["lastUpdateTime"].clone(),
        None if state == "False" => last.rfc3339().into(),
        None => stamp.into(),
    };
    let mut conditions = vec![is_available, progressing];
    if let Some(failure) = new.and_then(|s| items(&s["status"]["conditions"]).iter().find(|c| c["type"] == "ReplicaFailure")) {
        conditions.push(failure.clone());
    }
    let mut made = json!({ "observedGeneration": deployment["metadata"]["generation"], "conditions": conditions });
    for (field, count) in [
        ("replicas", replicas),
        ("updatedReplicas", updated),
        ("readyReplicas", ready),
        ("availableReplicas", available),
        ("unavailableReplicas", (desired.max(replicas) - available).max(0)),
    ] {
        if count > 0 {
            made[field] = count.into();
        }
    }
    acts.extend(Act::status(DEPLOYMENTS, deployment, made));
}
