//! More nodes: for pods that wait and that a new node of some pool would take.

use super::pool::{Pool, copies, daemons};
use crate::cluster::Objects;
use crate::cluster::controllers::act::{Act, carry_out};
use crate::cluster::controllers::fields::{condition, text};
use crate::cluster::controllers::pods::over;
use crate::cluster::controllers::scheduler::{self, room::Room};
use crate::digitalocean::kubernetes::autoscale;
use serde_json::Value;
use std::collections::BTreeMap;

/// At most so many nodes of a pool are thought of at once.
const AT_ONCE: usize = 25;
const TIMER: &str = "autoscaler/scan";

/// What was found for the pods that wait.
#[derive(Default)]
struct Plan {
    /// More nodes, by the pool's place.
    more: BTreeMap<usize, usize>,
    /// Pods for which a node comes: the pod and the pool's place.
    helped: Vec<(Value, usize)>,
    /// Pods that no pool helps, and why.
    left: Vec<(Value, String)>,
}

pub(super) fn run(objects: &mut Objects, pools: &[Pool]) {
    let waiting = objects.list("pods").into_iter().any(|p| scheduler::waits(p) && condition(p, "PodScheduled") == "False");
    if !waiting {
        objects.restart(TIMER);
        return;
    }
    if !objects.elapsed(TIMER, "autoscaler_scan") {
        return;
    }
    objects.restart(TIMER);
    let plan = plan(objects, pools);
    let mut acts = Vec::new();
    let mut failed: BTreeMap<usize, String> = BTreeMap::new();
    for (at, more) in &plan.more {
        let pool = &pools[*at];
        if let Err(refusal) = autoscale::grow(objects.cx(), &pool.id, pool.count + more) {
            failed.insert(*at, refusal.message);
        }
    }
    for (pod, at) in plan.helped {
        let pool = &pools[at];
        let more = plan.more.get(&at).copied().unwrap_or(0);
        acts.push(match failed.get(&at) {
            None => {
                let change = format!("[{{{} {}->{} (max: {})}}]", pool.name, pool.count, pool.count + more, pool.max);
                Act::normal(&pod, "TriggeredScaleUp", format!("pod triggered scale-up: {change}"))
            }
            Some(why) => Act::normal(
                &pod,
                "NotTriggerScaleUp",
                format!("pod didn't trigger scale-up: 1 in backoff after failed scale-up ({}: {why})", pool.name),
            ),
        });
    }
    for (pod, why) in plan.left {
        acts.push(Act::normal(&pod, "NotTriggerScaleUp", format!("pod didn't trigger scale-up: {why}")));
    }
    carry_out(objects, acts);
}

fn plan(objects: &Objects, pools: &[Pool]) -> Plan {
    let mut made = Plan::default();
    // The nodes that are coming, and those that could come.
    let stock: Vec<Vec<Value>> =
        pools.iter().map(|p| copies(p, (p.max.saturating_sub(p.count) + p.coming).min(AT_ONCE))).collect();
    let overhead: Vec<Vec<Value>> = pools.iter().map(|p| daemons(objects, &p.template)).collect();
    let fresh = |pool: usize, n: usize| -> Option<Room> {
        let mut room = Room::new(stock[pool].get(n)?);
        overhead[pool].iter().for_each(|d| room.take(d));
        Some(room)
    };
    let mut rooms: Vec<Room> = objects.list("nodes").into_iter().map(Room::new).collect();
    for pod in objects.list("pods").into_iter().filter(|p| !over(p)) {
        if let Some(room) = rooms.iter_mut().find(|r| r.name() == text(&pod["spec"]["nodeName"])) {
            room.take(pod);
        }
    }
    let mut used: Vec<usize> = pools.iter().map(|p| p.coming).collect();
    for (at, pool) in pools.iter().enumerate() {
        rooms.extend((0..pool.coming).filter_map(|n| fresh(at, n)));
    }
    for pod in objects.list("pods").into_iter().filter(|p| scheduler::waits(p) && condition(p, "PodScheduled") == "False") {
        if let Ok(at) = scheduler::place(objects, pod, &rooms) {
            rooms[at].take(pod);
            if let Some(pool) = pools.iter().position(|p| rooms[at].name().starts_with(&format!("template-{}-", p.name)))
                && made.more.contains_key(&pool)
            {
                made.helped.push((pod.clone(), pool));
            }
            continue;
        }
        let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
        let mut found = None;
        for (at, taken) in used.iter().enumerate() {
            let Some(room) = fresh(at, *taken) else {
                *reasons.entry("max node group size reached".to_owned()).or_default() += 1;
                continue;
            };
            rooms.push(room);
            let last = rooms.len() - 1;
            let refused = scheduler::reasons(objects, pod, &rooms[last], &rooms);
            if refused.is_empty() {
                found = Some(at);
                break;
            }
            rooms.pop();
            for reason in refused {
                *reasons.entry(reason).or_default() += 1;
            }
        }
        match found {
            Some(at) => {
                used[at] += 1;
                *made.more.entry(at).or_default() += 1;
                if let Some(room) = rooms.last_mut() {
                    room.take(pod);
                }
                made.helped.push((pod.clone(), at));
            }
            None => {
                let told: Vec<String> = reasons.iter().map(|(why, count)| format!("{count} {why}")).collect();
                made.left.push((pod.clone(), told.join(", ")));
            }
        }
    }
    made
}
