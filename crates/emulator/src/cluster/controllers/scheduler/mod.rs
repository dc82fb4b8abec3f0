//! The scheduler: a node for each pod, or the sentence that says why there is none.
//!
//! Filters are those of kube-scheduler that can say no in a DOKS cluster, in its order; the nodes that are left are
//! scored by what is free and by how many pods of the same owner they have already. Nothing is preempted.

pub(crate) mod fit;
pub(crate) mod room;
mod sentence;
mod spread;
mod volumes;

pub(crate) use volumes::claim_names;

use super::act::{Act, carry_out};
use super::fields::{conditioned, items, leaving, name, number, owner, text};
use super::pods::over;
use crate::cluster::Objects;
use room::Room;
use serde_json::{Value, json};

/// Binds what can be bound.
pub(crate) fn run(objects: &mut Objects) {
    let mut acts = Vec::new();
    {
        let pods = objects.list("pods");
        let mut pending: Vec<&Value> = pods.iter().copied().filter(|p| waits(p)).collect();
        if pending.is_empty() {
            return;
        }
        pending.sort_by_key(|p| (-priority(objects, p), number(&p["_created"], 0)));
        let mut rooms: Vec<Room> = objects.list("nodes").into_iter().map(Room::new).collect();
        for pod in pods.iter().copied().filter(|p| !over(p)) {
            if let Some(room) = rooms.iter_mut().find(|r| r.name() == text(&pod["spec"]["nodeName"])) {
                room.take(pod);
            }
        }
        let now = objects.world().stamp();
        for pod in pending {
            match place(objects, pod, &rooms) {
                Ok(at) => {
                    rooms[at].take(pod);
                    acts.push(Act::normal(
                        pod,
                        "Scheduled",
                        format!("Successfully assigned {}/{} to {}", super::fields::namespace(pod), name(pod), rooms[at].name()),
                    ));
                    acts.push(Act::Put { resource: "pods", object: bound(pod, rooms[at].name(), &now) });
                }
                Err(message) => {
                    let mut status = pod["status"].clone();
                    status["phase"] = "Pending".into();
                    let condition = conditioned(&pod["status"], "PodScheduled", "False", "Unschedulable", &message, &now);
                    status["conditions"] = json!([condition]);
                    acts.extend(Act::status("pods", pod, status));
                    acts.push(Act::warning(pod, "FailedScheduling", message));
                }
            }
        }
    }
    carry_out(objects, acts);
}

/// Whether a pod waits for the scheduler.
pub(crate) fn waits(pod: &Value) -> bool {
    !pod["spec"]["nodeName"].is_string()
        && !leaving(pod)
        && !over(pod)
        && items(&pod["spec"]["schedulingGates"]).is_empty()
        && matches!(text(&pod["spec"]["schedulerName"]), "" | "default-scheduler")
}

fn priority(objects: &Objects, pod: &Value) -> i64 {
    if let Some(own) = pod["spec"]["priority"].as_i64() {
        return own;
    }
    match text(&pod["spec"]["priorityClassName"]) {
        "" => 0,
        "system-node-critical" => 2_000_001_000,
        "system-cluster-critical" => 2_000_000_000,
        class => objects.get("priorityclasses.scheduling.k8s.io", "", class).map_or(0, |c| number(&c["value"], 0)),
    }
}

/// The node for a pod: its place in `rooms`.
///
/// # Errors
/// The scheduler's sentence.
pub(crate) fn place(objects: &Objects, pod: &Value, rooms: &[Room]) -> Result<usize, String> {
    if rooms.is_empty() {
        return Err("no nodes available to schedule pods".to_owned());
    }
    volumes::claims(objects, pod).map_err(|why| sentence::before_filtering(rooms.len(), &why))?;
    let mut refused = sentence::Reasons::default();
    let mut best: Option<(i64, usize)> = None;
    for (at, room) in rooms.iter().enumerate() {
        let reasons = reasons(objects, pod, room, rooms);
        if reasons.is_empty() {
            let score = score(pod, room);
            if best.is_none_or(|(s, _)| score > s) {
                best = Some((score, at));
            }
        } else {
            refused.add(reasons);
        }
    }
    best.map(|(_, at)| at).ok_or_else(|| refused.sentence(rooms.len()))
}

/// Why a pod cannot go to a node; the first filter that says no speaks alone, as in kube-scheduler.
pub(crate) fn reasons(objects: &Objects, pod: &Value, room: &Room, rooms: &[Room]) -> Vec<String> {
    let spec = &pod["spec"];
    let node = room.node;
    let mut all = Vec::new();
    if node["spec"]["unschedulable"] == true && !fit::tolerates(spec, &fit::UNSCHEDULABLE_TAINT()) {
        all.push("node(s) were unschedulable".to_owned());
    } else if let Some(taint) = fit::untolerated(spec, node) {
        let value = text(&taint["value"]);
        all.push(format!("node(s) had untolerated taint {{{}: {value}}}", text(&taint["key"])));
    } else if !fit::selected(spec, node) {
        all.push("node(s) didn't match Pod's node affinity/selector".to_owned());
    } else {
        all.extend(room.lacks(pod));
        if all.is_empty() {
            all.extend(volumes::node_reason(objects, pod, room));
        }
        if all.is_empty() {
            all.extend(spread::reason(objects, pod, room, rooms));
        }
    }
    all
}

/// More is better: what is free, fewer pods of the same owner, and what the pod prefers.
fn score(pod: &Value, room: &Room) -> i64 {
    let same = owner(pod).map_or(0, |o| room.pods.iter().filter(|p| owner(p).is_some_and(|q| q["uid"] == o["uid"])).count());
    let same = i64::try_from(same).unwrap_or(0);
    let prefer_no = items(&room.node["spec"]["taints"])
        .iter()
        .filter(|t| t["effect"] == "PreferNoSchedule" && !fit::tolerates(&pod["spec"], t))
        .count();
    room.free_share() - 200 * same + fit::preferred(&pod["spec"], room.node) * 10 - 300 * i64::try_from(prefer_no).unwrap_or(0)
}

fn bound(pod: &Value, node: &str, now: &str) -> Value {
    let mut pod = pod.clone();
    pod["spec"]["nodeName"] = node.into();
    pod["status"]["phase"] = "Pending".into();
    pod["status"]["conditions"] = json!([conditioned(&pod["status"], "PodScheduled", "True", "", "", now)]);
    pod
}
