//! Disruption budgets, and evictions that honour them.

use super::act::{Act, carry_out};
use super::fields::{leaving, namespace, number, observed, owner, share, text};
use super::pods::{over, ready};
use super::select;
use crate::cluster::Objects;
use serde_json::{Value, json};

const BUDGETS: &str = "poddisruptionbudgets.policy";

/// Counts what each budget allows.
pub(crate) fn run(objects: &mut Objects) {
    let mut acts = Vec::new();
    {
        let now = objects.world().stamp();
        for budget in objects.list(BUDGETS) {
            if !leaving(budget) {
                acts.extend(Act::status(BUDGETS, budget, status(objects, budget, &now)));
            }
        }
    }
    carry_out(objects, acts);
}

fn chosen<'o>(objects: &'o Objects, budget: &Value) -> Vec<&'o Value> {
    let all = objects.list_in("pods", namespace(budget)).into_iter();
    all.filter(|p| !over(p) && select::fits(&budget["spec"]["selector"], &p["metadata"]["labels"])).collect()
}

fn status(objects: &Objects, budget: &Value, now: &str) -> Value {
    let pods = chosen(objects, budget);
    let count = |n: usize| i64::try_from(n).unwrap_or(0);
    let mut owners: Vec<(&str, &str)> =
        pods.iter().filter_map(|p| owner(p)).map(|o| (text(&o["kind"]), text(&o["name"]))).collect();
    owners.sort_unstable();
    owners.dedup();
    let wanted = |(kind, name): &(&str, &str)| -> Option<i64> {
        let resource = match *kind {
            "ReplicaSet" => "replicasets.apps",
            "StatefulSet" => "statefulsets.apps",
            _ => return None,
        };
        objects.get(resource, namespace(budget), name).map(|o| number(&o["spec"]["replicas"], 1))
    };
    let scaled: Option<i64> = owners.iter().map(wanted).sum();
    let expected = scaled.unwrap_or(count(pods.len()));
    let healthy = count(pods.iter().filter(|p| ready(p)).count());
    let spec = &budget["spec"];
    let desired = if spec["maxUnavailable"].is_null() {
        share(&spec["minAvailable"], expected, true, "100%")
    } else {
        (expected - share(&spec["maxUnavailable"], expected, true, "0%")).max(0)
    };
    let allowed = if pods.is_empty() { 0 } else { (healthy - desired).max(0) };
    let (state, reason) = if allowed > 0 { ("True", "SufficientPods") } else { ("False", "InsufficientPods") };
    json!({
        "conditions": [observed(budget, &budget["status"], "DisruptionAllowed", state, reason, "", now)],
        "currentHealthy": healthy,
        "desiredHealthy": desired,
        "disruptionsAllowed": allowed,
        "expectedPods": expected,
        "observedGeneration": budget["metadata"]["generation"],
    })
}

/// Whether every budget of a pod lets it go now. A pod that is not ready goes where the budget says so, or when enough
/// others are. Source: Kubernetes documentation, unhealthy pod eviction policy.
pub(crate) fn may_go(objects: &Objects, pod: &Value) -> bool {
    objects.list_in(BUDGETS, namespace(pod)).into_iter().all(|budget| {
        let status = &budget["status"];
        let unready = !ready(pod)
            && (budget["spec"]["unhealthyPodEvictionPolicy"] == "AlwaysAllow"
                || number(&status["currentHealthy"], 0) >= number(&status["desiredHealthy"], 0));
        !select::fits(&budget["spec"]["selector"], &pod["metadata"]["labels"])
            || unready
            || number(&status["disruptionsAllowed"], 0) > 0
    })
}

/// Evicts a pod if it may go; the budgets count it at once.
pub(crate) fn evict(objects: &mut Objects, home: &str, name: &str) -> bool {
    let Some(pod) = objects.get("pods", home, name).filter(|p| may_go(objects, p)).cloned() else {
        return false;
    };
    objects.delete("pods", home, name);
    let budgets: Vec<String> = objects
        .list_in(BUDGETS, home)
        .into_iter()
        .filter(|b| select::fits(&b["spec"]["selector"], &pod["metadata"]["labels"]))
        .map(|b| super::fields::name(b).to_owned())
        .collect();
    for budget in budgets {
        objects.edit(BUDGETS, home, &budget, |b| {
            let left = number(&b["status"]["disruptionsAllowed"], 0) - i64::from(ready(&pod));
            b["status"]["disruptionsAllowed"] = left.max(0).into();
        });
    }
    true
}

/// Empties nodes that are being drained, as budgets allow.
pub(crate) fn drain(objects: &mut Objects, nodes: &[String]) {
    let doomed: Vec<(String, String)> = objects
        .list("pods")
        .into_iter()
        .filter(|p| nodes.iter().any(|n| p["spec"]["nodeName"] == n.as_str()) && !over(p) && !leaving(p))
        .filter(|p| owner(p).is_none_or(|o| o["kind"] != "DaemonSet"))
        .map(crate::cluster::objects::place)
        .collect();
    for (home, name) in doomed {
        evict(objects, &home, &name);
    }
}
