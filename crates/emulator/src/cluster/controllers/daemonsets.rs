//! DaemonSets: a pod on each node that it may run on.

use super::act::{Act, carry_out};
use super::fields::{by_owner, items, leaving, name, number, text, uid};
use super::pods::{from_template, over, random_name, ready, template_hash};
use super::scheduler::fit;
use crate::cluster::Objects;
use serde_json::{Value, json};

const SETS: &str = "daemonsets.apps";
const REVISION: &str = "controller-revision-hash";

/// Makes and deletes pods, and counts them.
pub(crate) fn run(objects: &mut Objects) {
    let mut acts = Vec::new();
    let mut births: Vec<(Value, String, String)> = Vec::new();
    {
        let pods = by_owner(objects.list("pods"));
        let nodes = objects.list("nodes");
        for set in objects.list(SETS) {
            if leaving(set) {
                continue;
            }
            let own = pods.get(uid(set)).map_or(&[][..], Vec::as_slice);
            let hash = template_hash(&set["spec"]["template"], 0);
            step(set, own, &nodes, &hash, &mut acts, &mut births);
        }
    }
    for (set, node, hash) in births {
        let name = random_name(objects.cx(), name(&set));
        acts.push(Act::Create { object: pod(&set, &name, &node, &hash), owner: set, resource: "pods" });
    }
    carry_out(objects, acts);
}

/// The node that a pod is for, whether it runs there yet or not.
pub(crate) fn meant_for(pod: &Value) -> &str {
    let terms = &pod["spec"]["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"];
    text(&terms[0]["matchFields"][0]["values"][0])
}

fn step(
    set: &Value,
    own: &[&Value],
    nodes: &[&Value],
    hash: &str,
    acts: &mut Vec<Act>,
    births: &mut Vec<(Value, String, String)>,
) {
    let spec = with_tolerations(&set["spec"]["template"]["spec"]);
    let eligible: Vec<&Value> =
        nodes.iter().copied().filter(|n| fit::selected(&spec, n) && fit::untolerated(&spec, n).is_none()).collect();
    let mut scheduled = 0;
    for node in &eligible {
        let here: Vec<&Value> = own.iter().copied().filter(|p| meant_for(p) == name(node)).collect();
        match here.iter().find(|p| !over(p)) {
            None => births.push((set.clone(), name(node).to_owned(), hash.to_owned())),
            Some(_) => scheduled += 1,
        }
        acts.extend(here.iter().filter(|p| over(p)).map(|p| Act::delete("pods", p)));
    }
    for pod in own.iter().filter(|p| !eligible.iter().any(|n| name(n) == meant_for(p)) && !leaving(p)) {
        acts.push(Act::delete("pods", pod));
    }
    let fresh = |p: &Value| p["metadata"]["labels"][REVISION] == hash;
    let up = own.iter().filter(|p| ready(p)).count();
    if set["spec"]["updateStrategy"]["type"] != "OnDelete" {
        let most = super::fields::share(
            &set["spec"]["updateStrategy"]["rollingUpdate"]["maxUnavailable"],
            i64::try_from(eligible.len()).unwrap_or(0),
            true,
            "0%",
        );
        let down = eligible.len().saturating_sub(up);
        let mut stale: Vec<&Value> = own.iter().copied().filter(|p| !fresh(p) && !leaving(p)).collect();
        stale.sort_by_key(|p| ready(p));
        let may_go = usize::try_from(most.max(1)).unwrap_or(1).saturating_sub(down);
        let broken = stale.iter().filter(|p| !ready(p)).count();
        acts.extend(stale.into_iter().take(may_go.max(broken)).map(|p| Act::delete("pods", p)));
    }
    let mut made = json!({
        "observedGeneration": set["metadata"]["generation"],
        "desiredNumberScheduled": eligible.len(),
        "currentNumberScheduled": scheduled,
        "numberMisscheduled": 0,
        "numberReady": up,
    });
    let updated = own.iter().filter(|p| fresh(p)).count();
    for (field, count) in
        [("updatedNumberScheduled", updated), ("numberAvailable", up), ("numberUnavailable", eligible.len().saturating_sub(up))]
    {
        if count > 0 {
            made[field] = count.into();
        }
    }
    if number(&set["status"]["numberReady"], -1) < 0 && eligible.is_empty() && nodes.is_empty() {
        made["numberReady"] = 0.into();
    }
    acts.extend(Act::status(SETS, set, made));
}

/// A pod template's spec with the tolerations that the controller adds. Source: Kubernetes documentation, DaemonSet,
/// taints and tolerations.
fn with_tolerations(spec: &Value) -> Value {
    let mut spec = spec.clone();
    let mut all: Vec<Value> = items(&spec["tolerations"]).to_vec();
    let mut add = |key: &str, effect: &str| {
        all.push(json!({ "key": format!("node.kubernetes.io/{key}"), "operator": "Exists", "effect": effect }));
    };
    add("not-ready", "NoExecute");
    add("unreachable", "NoExecute");
    add("disk-pressure", "NoSchedule");
    add("memory-pressure", "NoSchedule");
    add("pid-pressure", "NoSchedule");
    add("unschedulable", "NoSchedule");
    if spec["hostNetwork"] == true {
        add("network-unavailable", "NoSchedule");
    }
    spec["tolerations"] = all.into();
    spec
}

fn pod(set: &Value, name: &str, node: &str, hash: &str) -> Value {
    let mut pod = from_template(&set["spec"]["template"], set, name);
    pod["spec"] = with_tolerations(&pod["spec"]);
    if !pod["metadata"]["labels"].is_object() {
        pod["metadata"]["labels"] = json!({});
    }
    pod["metadata"]["labels"][REVISION] = hash.into();
    let field = json!({ "key": "metadata.name", "operator": "In", "values": [node] });
    let affinity = &mut pod["spec"]["affinity"];
    if !affinity.is_object() {
        *affinity = json!({});
    }
    affinity["nodeAffinity"] =
        json!({ "requiredDuringSchedulingIgnoredDuringExecution": { "nodeSelectorTerms": [{ "matchFields": [field] }] } });
    pod
}
