//! Fewer nodes: one whose pods would all find room elsewhere goes after ten minutes, if budgets let its pods go.

use super::pool::Pool;
use crate::cluster::Objects;
use crate::cluster::controllers::disruption;
use crate::cluster::controllers::fields::{owner, text};
use crate::cluster::controllers::pods::over;
use crate::cluster::controllers::scheduler::{
    self,
    room::{Room, requests},
};
use crate::digitalocean::kubernetes::autoscale;
use serde_json::Value;
use std::time::Duration;

/// A node is idle below this share of its processors and of its memory, in percent.
const IDLE: i64 = 50;

/// Source: cluster-autoscaler, `--scan-interval`.
const SCAN: Duration = Duration::from_secs(10);

pub(super) fn run(objects: &mut Objects, pools: &[Pool]) {
    if !objects.paced("autoscaler/scan", SCAN) {
        return;
    }
    let mut leaving = Vec::new();
    for pool in pools {
        let spare = pool.count.saturating_sub(pool.min);
        let may = spare > 0 && pool.coming == 0;
        let look = format!("autoscaler/down/{}/{may}", pool.id);
        if !objects.anew(&look) {
            continue;
        }
        let (idle, reads) = objects.watched(|| idle(objects, pool, may));
        // Where none is idle, none is until something happens.
        if idle.iter().all(|(.., spare_now)| !spare_now) {
            objects.seen(look, reads);
        }
        for (node, droplet_node, spare_now) in idle {
            let timer = format!("autoscaler/idle/{node}");
            if !spare_now {
                objects.restart(&timer);
            } else if objects.elapsed(&timer, "autoscaler_idle") && leaving.is_empty() {
                leaving.push((timer, node, droplet_node));
            }
        }
    }
    for (timer, node, id) in leaving {
        let object = objects.get("nodes", "", &node).cloned().unwrap_or_default();
        objects.event(&object, "Normal", "ScaleDown", "marked the node as toBeDeleted/unschedulable");
        objects.restart(&timer);
        autoscale::shrink(objects.cx(), &id);
    }
}

/// The nodes of a pool that run: name, id at the vendor, whether it is idle. None is where none `may` go anyway.
fn idle(objects: &Objects, pool: &Pool, may: bool) -> Vec<(String, String, bool)> {
    let mut rooms: Vec<Room> = objects.list("nodes").into_iter().map(Room::new).collect();
    for pod in objects.list("pods").into_iter().filter(|p| !over(p)) {
        if let Some(room) = rooms.iter_mut().find(|r| r.name() == text(&pod["spec"]["nodeName"])) {
            room.take(pod);
        }
    }
    let labels = |r: &Room| text(&r.node["metadata"]["labels"]["doks.digitalocean.com/node-pool-id"]).to_owned();
    (0..rooms.len())
        .filter(|at| labels(&rooms[*at]) == pool.id && rooms[*at].node["spec"]["unschedulable"] != true)
        .map(|at| {
            let id = text(&rooms[at].node["metadata"]["labels"]["doks.digitalocean.com/node-id"]).to_owned();
            (rooms[at].name().to_owned(), id, may && is_idle(objects, &rooms, at))
        })
        .collect()
}

fn is_idle(objects: &Objects, rooms: &[Room], at: usize) -> bool {
    let room = &rooms[at];
    let share = |used: i64, all: i64| if all > 0 { used.saturating_mul(100) / all } else { 0 };
    if share(room.used.cpu, room.allocatable.cpu) >= IDLE || share(room.used.memory, room.allocatable.memory) >= IDLE {
        return false;
    }
    let movable: Vec<&Value> = room.pods.iter().copied().filter(|p| owner(p).is_none_or(|o| o["kind"] != "DaemonSet")).collect();
    // Where there is too little room in all, no place has to be looked for.
    let sum =
        |of: &dyn Fn(&Room) -> i64| rooms.iter().enumerate().filter(|(n, _)| *n != at).map(|(_, r)| of(r).max(0)).sum::<i64>();
    let wanted = movable.iter().map(|p| requests(&p["spec"])).fold((0, 0), |(c, m), w| (c + w.cpu, m + w.memory));
    if sum(&|r| r.allocatable.cpu - r.used.cpu) < wanted.0 || sum(&|r| r.allocatable.memory - r.used.memory) < wanted.1 {
        return false;
    }
    if !movable.iter().all(|pod| owner(pod).is_some() && disruption::may_go(objects, pod)) {
        return false;
    }
    let mut others: Vec<Room> = rooms.iter().enumerate().filter(|(n, _)| *n != at).map(|(_, r)| r.clone()).collect();
    movable.into_iter().all(|pod| {
        let place = scheduler::place(objects, pod, &others);
        if let Ok(to) = place {
            others[to].take(pod);
        }
        place.is_ok()
    })
}
