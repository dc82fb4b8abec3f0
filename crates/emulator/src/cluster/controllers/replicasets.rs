//! ReplicaSets: as many pods of one template as are wanted.

use super::act::{Act, carry_out};
use super::fields::{by_owner, items, leaving, name, number, text, uid};
use super::pods::{active, from_template, random_name, ready};
use crate::cluster::Objects;
use serde_json::{Value, json};

const SETS: &str = "replicasets.apps";

/// Makes and deletes pods, and counts them.
pub(crate) fn run(objects: &mut Objects) {
    let mut acts = Vec::new();
    let mut births: Vec<(Value, i64)> = Vec::new();
    {
        let pods = by_owner(objects.list("pods"));
        for set in objects.list(SETS) {
            if leaving(set) {
                continue;
            }
            let own: Vec<&Value> = pods.get(uid(set)).into_iter().flatten().copied().filter(|p| active(p)).collect();
            let wanted = number(&set["spec"]["replicas"], 1);
            let have = i64::try_from(own.len()).unwrap_or(i64::MAX);
            if have < wanted {
                births.push((set.clone(), wanted - have));
            } else if have > wanted {
                acts.extend(surplus(&own, have - wanted).into_iter().map(|p| Act::delete("pods", p)));
            }
            acts.extend(Act::status(SETS, set, status(set, &own)));
        }
    }
    for (set, count) in births {
        for _ in 0..count.min(500) {
            let name = random_name(objects.cx(), name(&set));
            let pod = from_template(&set["spec"]["template"], &set, &name);
            acts.push(Act::Create { owner: set.clone(), resource: "pods", object: pod });
        }
    }
    carry_out(objects, acts);
}

/// Which pods go first: those without a node, then those that are not ready, then the newest.
fn surplus<'a>(own: &[&'a Value], count: i64) -> Vec<&'a Value> {
    let mut order: Vec<&Value> = own.to_vec();
    order.sort_by_key(|p| {
        let cost: i64 = text(&p["metadata"]["annotations"]["controller.kubernetes.io/pod-deletion-cost"]).parse().unwrap_or(0);
        (p["spec"]["nodeName"].is_string(), ready(p), cost, std::cmp::Reverse(number(&p["_created"], 0)))
    });
    order.truncate(usize::try_from(count).unwrap_or(0));
    order
}

fn status(set: &Value, own: &[&Value]) -> Value {
    let up = own.iter().filter(|p| ready(p)).count();
    let mut made = json!({ "replicas": own.len(), "observedGeneration": set["metadata"]["generation"] });
    if !own.is_empty() {
        made["fullyLabeledReplicas"] = own.len().into();
    }
    if up > 0 {
        made["readyReplicas"] = up.into();
        made["availableReplicas"] = up.into();
    }
    let wanted = number(&set["spec"]["replicas"], 1);
    let short = i64::try_from(own.len()).is_ok_and(|have| have < wanted);
    let failure = items(&set["status"]["conditions"]).iter().find(|c| c["type"] == "ReplicaFailure");
    if let Some(failure) = failure.filter(|_| short) {
        made["conditions"] = json!([failure]);
    }
    made
}
