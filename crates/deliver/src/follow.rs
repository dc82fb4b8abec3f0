//! Following Flux: each unit's Kustomization until it is healthy at the revision that was committed.

use crate::{
    Delivered, Setting, Standing,
    apply::Failed,
    diagnose::{self, cause},
    survey::by_objects,
};
use pontoon_core::{call::Class, event::UnitState};
use pontoon_providers::ObjectRef;
use pontoon_render::{
    Unit,
    flux::{REPOSITORY, home},
    units::WITH_ROOT,
};
use serde_json::Value;
use std::{collections::BTreeMap, time::Duration};

/// Between two looks.
const PAUSE: Duration = Duration::from_secs(5);
/// How long nothing may move before a unit counts as stuck, beyond its own time.
const GRACE: i64 = 120;

/// Follows the units until all are healthy at `revision`, or until none moves any more.
///
/// # Errors
/// Where the server refuses this run as a whole.
pub async fn follow(setting: &Setting<'_>, units: &[Unit], revision: &str) -> Result<Delivered, Failed> {
    let mut ready_since: BTreeMap<&str, i64> = BTreeMap::new();
    let mut told: BTreeMap<&str, String> = BTreeMap::new();
    loop {
        let now = setting.clock.now().as_second();
        let mut standings: Vec<Standing> = Vec::new();
        let root = look(setting, pontoon_catalog::components::site::FLUX, REPOSITORY).await?;
        for unit in units {
            let with_root = WITH_ROOT.contains(&unit.name.as_str());
            let there = if with_root { root.clone() } else { look(setting, home(unit), &unit.name).await? };
            let (mut state, mut detail) = judge(unit, units, there.as_ref(), root.as_ref(), revision, &standings);
            if with_root && state == UnitState::Healthy {
                // The root does not wait for what comes with it.
                if let Some(said) = by_objects(setting.cluster, unit).await? {
                    (state, detail) = (UnitState::Progressing, said);
                }
            }
            standings.push(Standing { unit: unit.name.clone(), title: unit.title.clone(), state, detail });
        }
        for (unit, standing) in units.iter().zip(&mut standings) {
            if standing.state != UnitState::Progressing {
                ready_since.remove(unit.name.as_str());
                continue;
            }
            let since = *ready_since.entry(unit.name.as_str()).or_insert(now);
            if now - since > i64::from(unit.minutes) * 60 + GRACE {
                standing.state = UnitState::Stuck;
                let deep = cause(setting.cluster, &unit.objects).await.ok().flatten();
                standing.detail = diagnose::told(std::mem::take(&mut standing.detail), deep);
            }
        }
        for standing in &standings {
            let line = format!("{} {}", standing.state, standing.detail);
            let unit = units.iter().find(|u| u.name == standing.unit).map_or("", |u| u.name.as_str());
            if told.get(unit) != Some(&line) {
                setting.tell(&standing.unit, &standing.title, standing.state, &standing.detail);
                told.insert(unit, line);
            }
        }
        let moves = standings.iter().any(|s| s.state == UnitState::Progressing);
        let healthy = standings.iter().all(|s| s.state == UnitState::Healthy);
        let nothing = !moves && standings.iter().any(|s| s.state == UnitState::Stuck);
        if healthy || nothing || setting.stop.asked() {
            return Ok(Delivered { units: standings, stopped: setting.stop.asked() });
        }
        setting.clock.sleep(PAUSE).await;
    }
}

async fn look(setting: &Setting<'_>, namespace: &str, name: &str) -> Result<Option<Value>, Failed> {
    match setting.cluster.get(&ObjectRef::new("kustomize.toolkit.fluxcd.io/v1", "Kustomization", namespace, name)).await {
        Ok(there) => Ok(there),
        Err(r) if r.class == Class::Denied => Err(Failed::Server(r.message)),
        // The server may restart; the next look tells.
        Err(_) => Ok(None),
    }
}

/// How a unit stands, from its Kustomization.
fn judge(
    unit: &Unit,
    all: &[Unit],
    there: Option<&Value>,
    root: Option<&Value>,
    revision: &str,
    before: &[Standing],
) -> (UnitState, String) {
    let open: Vec<&str> = unit
        .after
        .iter()
        .filter(|n| all.iter().any(|u| u.name == **n))
        .filter(|n| before.iter().any(|s| s.unit == **n && s.state != UnitState::Healthy))
        .map(String::as_str)
        .collect();
    let Some(there) = there else {
        // What Flux says of the repository is why nothing is there.
        let said = root.and_then(|r| condition(r, "Ready")).filter(|c| c["status"] != "True").and_then(|c| c["message"].as_str());
        return (UnitState::Progressing, said.unwrap_or("Flux has not seen it yet").to_owned());
    };
    let ready = condition(there, "Ready");
    let at = there["status"]["lastAppliedRevision"].as_str().unwrap_or("");
    let current = at.ends_with(revision) && there["status"]["observedGeneration"] == there["metadata"]["generation"];
    match ready {
        Some(c) if c["status"] == "True" && current => (UnitState::Healthy, String::new()),
        Some(c) if c["status"] == "True" => {
            (UnitState::Progressing, "an earlier commit is healthy; this one is not applied yet".into())
        }
        _ if !open.is_empty() => (UnitState::Waiting, format!("comes after {}", open.join(", "))),
        Some(c) => (UnitState::Progressing, c["message"].as_str().unwrap_or("").to_owned()),
        None => (UnitState::Progressing, "Flux has not looked at it yet".into()),
    }
}

fn condition<'a>(object: &'a Value, kind: &str) -> Option<&'a Value> {
    object["status"]["conditions"].as_array()?.iter().find(|c| c["type"] == kind)
}
