//! StatefulSets: pods with names and claims of their own, one after the other.

use super::act::{Act, carry_out};
use super::fields::{by_owner, items, leaving, name, number, reference, text, uid};
use super::pods::{from_template, over, ready, template_hash};
use crate::cluster::Objects;
use serde_json::{Value, json};

const SETS: &str = "statefulsets.apps";
const CLAIMS: &str = "persistentvolumeclaims";
/// The label with the revision that a pod was made of.
const REVISION: &str = "controller-revision-hash";

/// Brings every set one step further.
pub(crate) fn run(objects: &mut Objects) {
    let mut acts = Vec::new();
    {
        let sets = objects.list(SETS);
        let pods = by_owner(if sets.is_empty() { Vec::new() } else { objects.list("pods") });
        for set in sets {
            if leaving(set) {
                continue;
            }
            let own = pods.get(uid(set)).map_or(&[][..], Vec::as_slice);
            step(objects, set, own, &mut acts);
        }
    }
    carry_out(objects, acts);
}

fn ordinal(set: &Value, pod: &Value) -> Option<i64> {
    name(pod).strip_prefix(name(set))?.strip_prefix('-')?.parse().ok()
}

fn step(objects: &Objects, set: &Value, own: &[&Value], acts: &mut Vec<Act>) {
    let wanted = number(&set["spec"]["replicas"], 1);
    let start = number(&set["spec"]["ordinals"]["start"], 0);
    let hash = template_hash(&set["spec"]["template"], 0);
    let revision = format!("{}-{hash}", name(set));
    let parallel = set["spec"]["podManagementPolicy"] == "Parallel";
    let find = |n: i64| own.iter().copied().find(|p| ordinal(set, p) == Some(n));
    let mut settled = true;
    for n in start..start + wanted {
        match find(n) {
            Some(pod) if over(pod) => {
                acts.push(Act::delete("pods", pod));
                settled = false;
            }
            Some(pod) => settled &= ready(pod),
            None => {
                let all = claims(objects, set, n);
                let short = all.iter().any(|c| objects.get(CLAIMS, super::fields::namespace(c), name(c)).is_none());
                if short {
                    let missing = all.into_iter().filter(|c| objects.get(CLAIMS, super::fields::namespace(c), name(c)).is_none());
                    acts.extend(missing.map(|object| Act::Create { owner: set.clone(), resource: CLAIMS, object }));
                }
                acts.push(Act::Create { owner: set.clone(), resource: "pods", object: pod(set, n, &revision) });
                settled = false;
            }
        }
        if !settled && !parallel {
            break;
        }
    }
    let mut extra: Vec<&Value> =
        own.iter().copied().filter(|p| ordinal(set, p).is_none_or(|n| n < start || n >= start + wanted)).collect();
    extra.sort_by_key(|p| std::cmp::Reverse(ordinal(set, p)));
    if !parallel && !settled {
        extra.clear();
    }
    let at_once = if parallel { extra.len() } else { 1 };
    for pod in extra.into_iter().filter(|p| !leaving(p)).take(at_once) {
        acts.push(Act::delete("pods", pod));
        if set["spec"]["persistentVolumeClaimRetentionPolicy"]["whenScaled"] == "Delete"
            && let Some(n) = ordinal(set, pod)
        {
            acts.extend(claims(objects, set, n).iter().map(|c| Act::delete(CLAIMS, c)));
        }
    }
    update(set, own, &revision, settled, acts);
    status(set, own, &revision, wanted, acts);
}

/// Replaces pods of older templates, the last first, each when the ones after it are ready.
fn update(set: &Value, own: &[&Value], revision: &str, settled: bool, acts: &mut Vec<Act>) {
    let strategy = &set["spec"]["updateStrategy"];
    if strategy["type"] == "OnDelete" {
        return;
    }
    let partition = number(&strategy["rollingUpdate"]["partition"], 0);
    let mut stale: Vec<&Value> = own
        .iter()
        .copied()
        .filter(|p| p["metadata"]["labels"][REVISION] != revision && ordinal(set, p) >= Some(partition) && !leaving(p))
        .collect();
    stale.sort_by_key(|p| (ready(p), std::cmp::Reverse(ordinal(set, p))));
    // A pod that never was ready is replaced whatever the others do: otherwise a broken template could not be mended.
    if let Some(pod) = stale.first().filter(|p| settled || !ready(p)) {
        acts.push(Act::delete("pods", pod));
    }
}

fn claims(_objects: &Objects, set: &Value, n: i64) -> Vec<Value> {
    let keep = set["spec"]["persistentVolumeClaimRetentionPolicy"]["whenDeleted"] != "Delete";
    items(&set["spec"]["volumeClaimTemplates"])
        .iter()
        .map(|template| {
            let mut meta = json!({
                "name": format!("{}-{}-{n}", name(template), name(set)),
                "namespace": set["metadata"]["namespace"],
                "labels": set["spec"]["selector"]["matchLabels"],
            });
            for (key, value) in template["metadata"]["labels"].as_object().into_iter().flatten() {
                meta["labels"][key] = value.clone();
            }
            if template["metadata"]["annotations"].is_object() {
                meta["annotations"] = template["metadata"]["annotations"].clone();
            }
            if !keep {
                meta["ownerReferences"] = json!([reference(set)]);
            }
            json!({
                "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": meta, "spec": template["spec"],
                "status": { "phase": "Pending" },
            })
        })
        .collect()
}

fn pod(set: &Value, n: i64, revision: &str) -> Value {
    let own = format!("{}-{n}", name(set));
    let mut pod = from_template(&set["spec"]["template"], set, &own);
    if !pod["metadata"]["labels"].is_object() {
        pod["metadata"]["labels"] = json!({});
    }
    pod["metadata"]["labels"][REVISION] = revision.into();
    pod["metadata"]["labels"]["statefulset.kubernetes.io/pod-name"] = own.clone().into();
    pod["metadata"]["labels"]["apps.kubernetes.io/pod-index"] = n.to_string().into();
    pod["spec"]["hostname"] = own.clone().into();
    pod["spec"]["subdomain"] = set["spec"]["serviceName"].clone();
    let mut volumes: Vec<Value> = items(&pod["spec"]["volumes"]).to_vec();
    for template in items(&set["spec"]["volumeClaimTemplates"]) {
        volumes.retain(|v| v["name"] != template["metadata"]["name"]);
        let claim = format!("{}-{own}", name(template));
        volumes.push(json!({ "name": name(template), "persistentVolumeClaim": { "claimName": claim } }));
    }
    if !volumes.is_empty() {
        pod["spec"]["volumes"] = volumes.into();
    }
    pod
}

fn status(set: &Value, own: &[&Value], revision: &str, wanted: i64, acts: &mut Vec<Act>) {
    let alive: Vec<&Value> = own.iter().copied().filter(|p| !over(p)).collect();
    let updated = alive.iter().filter(|p| p["metadata"]["labels"][REVISION] == revision).count();
    let up = alive.iter().filter(|p| ready(p)).count();
    let whole = usize::try_from(wanted).unwrap_or(0);
    let before = text(&set["status"]["currentRevision"]);
    let current = if before.is_empty() || (updated == whole && up == whole && alive.len() == whole) { revision } else { before };
    let mut made = json!({
        "observedGeneration": set["metadata"]["generation"],
        "replicas": alive.len(),
        "currentRevision": current,
        "updateRevision": revision,
        "collisionCount": 0,
        "availableReplicas": up,
    });
    let on_current = alive.iter().filter(|p| p["metadata"]["labels"][REVISION] == current).count();
    for (field, count) in [("readyReplicas", up), ("updatedReplicas", updated), ("currentReplicas", on_current)] {
        if count > 0 {
            made[field] = count.into();
        }
    }
    acts.extend(Act::status(SETS, set, made));
}
