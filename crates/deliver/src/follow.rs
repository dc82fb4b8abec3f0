//! Following Flux: each unit's Kustomization until it is healthy at the revision that was committed.

use crate::{
    Delivered, Setting, Standing,
    apply::Failed,
    rounds::{Rounds, over},
    survey::{KIND, VERSION, by_objects},
};
use pontoon_catalog::components::site::FLUX;
use pontoon_core::{call::Class, event::UnitState};
use pontoon_render::{
    Unit,
    flux::{REPOSITORY, home},
    units::WITH_ROOT,
};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Follows the units until all are healthy at `revision`, or until none moves any more.
///
/// # Errors
/// Where the server refuses this run as a whole.
pub async fn follow(setting: &Setting<'_>, units: &[Unit], revision: &str) -> Result<Delivered, Failed> {
    let mut rounds = Rounds::default();
    let mut hurried: BTreeSet<&str> = BTreeSet::new();
    setting.begin(units);
    loop {
        let now = setting.clock.now().as_second();
        let mut standings: Vec<Standing> = Vec::new();
        let seen = look(setting).await?;
        let at = |namespace: &str, name: &str| seen.get(&(namespace.to_owned(), name.to_owned()));
        let root = at(FLUX, REPOSITORY);
        for unit in units {
            let with_root = WITH_ROOT.contains(&unit.name.as_str());
            let there = if with_root { root } else { at(home(unit), &unit.name) };
            let (mut state, mut detail) = judge(unit, units, there, root, revision, &standings);
            if with_root && state == UnitState::Healthy {
                // The root does not wait for what comes with it.
                if let Some(said) = by_objects(setting.cluster, unit).await? {
                    (state, detail) = (UnitState::Progressing, said);
                }
            }
            if !with_root && state == UnitState::Progressing && waits_in_vain(there) && hurried.insert(&unit.name) {
                hurry(setting, unit).await?;
            }
            standings.push(Standing { unit: unit.name.clone(), title: unit.title.clone(), state, detail });
        }
        rounds.take(setting, units, now, &mut standings).await;
        if let Some(end) = over(setting, standings).await {
            return Ok(end);
        }
    }
}

/// Every Kustomization, by namespace and name: one question, however many units there are.
async fn look(setting: &Setting<'_>) -> Result<BTreeMap<(String, String), Value>, Failed> {
    let text = |v: &Value| v.as_str().unwrap_or("").to_owned();
    match setting.cluster.list(VERSION, KIND, "", "").await {
        Ok(all) => Ok(all.into_iter().map(|k| ((text(&k["metadata"]["namespace"]), text(&k["metadata"]["name"])), k)).collect()),
        Err(r) if r.class == Class::Denied => Err(Failed::Server(r.message)),
        // The server may restart; the next look tells.
        Err(_) => Ok(BTreeMap::new()),
    }
}

/// Whether Flux waits for the next of its looks although nothing is in the way any more.
fn waits_in_vain(there: Option<&Value>) -> bool {
    there.and_then(|t| condition(t, "Ready")).is_some_and(|c| c["reason"] == "DependencyNotReady")
}

/// Asks Flux to look now: it would only look half a minute after it found something missing. Source: Flux documentation,
/// `--requeue-dependency` and the annotation `reconcile.fluxcd.io/requestedAt`.
async fn hurry(setting: &Setting<'_>, unit: &Unit) -> Result<(), Failed> {
    let now = setting.clock.now().to_string();
    let asked = json!({
        "apiVersion": VERSION, "kind": KIND,
        "metadata": { "name": unit.name, "namespace": home(unit), "annotations": { "reconcile.fluxcd.io/requestedAt": now } },
    });
    match setting.cluster.apply(&asked).await {
        Err(r) if r.class == Class::Denied => Err(Failed::Server(r.message)),
        // Flux looks by itself as well, only later.
        _ => Ok(()),
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
