//! Units applied by the engine itself, where no repository is followed: each after what it needs is healthy.
//!
//! Every turn looks at all of them: what may start is written, what was written is judged, what fails is written again.
//! Nothing is remembered between runs but an inventory in the cluster, so that what is not wanted any more is removed.

use crate::{
    Delivered, Setting, Standing,
    diagnose::{self, cause},
    health::{Health, judge},
    published::{Published, patched},
    values::{Missing, Values},
};
use pontoon_catalog::components::site::FLUX;
use pontoon_core::{call::Class, content::Object, event::UnitState};
use pontoon_engine::Refusal;
use pontoon_providers::{Kubernetes, ObjectRef};
use pontoon_render::Unit;
use serde_json::{Value, json};
use std::{collections::BTreeSet, time::Duration};

/// Between two looks.
const PAUSE: Duration = Duration::from_secs(5);
/// The ConfigMap that lists what the engine applied.
const INVENTORY: &str = "pontoon-inventory";

/// What one unit has come to.
#[derive(Debug, Clone, PartialEq)]
enum Stage {
    Waiting,
    /// Written; since when, in seconds of the clock.
    Written(i64),
    Healthy,
}

/// A unit on its way.
struct Way<'u> {
    unit: &'u Unit,
    stage: Stage,
    /// What is written: its objects, with published files fetched and Secrets resolved.
    objects: Option<Vec<Object>>,
    /// Which of its objects were healthy when they were last looked at.
    healthy: BTreeSet<usize>,
    /// What was last told of it.
    told: String,
    /// The last refusal or reason.
    detail: String,
    /// Whether its time is over.
    late: bool,
    /// Since when it has been tried to write it, in seconds of the clock.
    tried: Option<i64>,
}

/// Why a delivery cannot go on at all.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    /// The server refuses us, or does not answer.
    #[error("the cluster's API server: {0}")]
    Server(String),
}

/// Applies units until all are healthy, or until nothing moves any more: a unit that is not healthy when its time is
/// over is stuck, and what needs it is left waiting.
///
/// # Errors
/// Where the server refuses this run as a whole.
pub async fn apply(
    setting: &Setting<'_>,
    units: &[Unit],
    values: &Values<'_>,
    published: &Published,
) -> Result<Delivered, Failed> {
    let mut ways: Vec<Way<'_>> = units
        .iter()
        .map(|unit| Way {
            unit,
            stage: Stage::Waiting,
            objects: None,
            healthy: BTreeSet::new(),
            told: String::new(),
            detail: String::new(),
            late: false,
            tried: None,
        })
        .collect();
    let mut written: BTreeSet<ObjectRef> = BTreeSet::new();
    setting.begin(units);
    while !setting.stop.asked() {
        let healthy: BTreeSet<String> = ways.iter().filter(|w| w.stage == Stage::Healthy).map(|w| w.unit.name.clone()).collect();
        for way in &mut ways {
            if way.stage == Stage::Waiting
                && way.unit.after.iter().all(|n| healthy.contains(n) || !units.iter().any(|u| u.name == *n))
            {
                start(setting, way, values, published, &mut written).await?;
            }
            if let Stage::Written(since) = way.stage {
                look(setting, way, since).await?;
            }
        }
        let open = ways.iter().filter(|w| w.stage != Stage::Healthy);
        let stuck = |w: &Way<'_>| w.late || (w.stage == Stage::Waiting && blocked(&ways, w.unit));
        if open.clone().all(stuck) {
            break;
        }
        setting.clock.sleep(PAUSE).await;
    }
    let stopped = setting.stop.asked();
    let standings: Vec<Standing> = ways.iter().map(|w| standing(&ways, w)).collect();
    if !stopped && standings.iter().all(|s| s.state == UnitState::Healthy) {
        prune(setting, FLUX, &written).await.map_err(|r| Failed::Server(r.message))?;
    }
    Ok(Delivered { units: standings, stopped })
}

/// Whether something that a unit needs, however far, is late.
fn blocked(ways: &[Way<'_>], unit: &Unit) -> bool {
    unit.after.iter().filter_map(|n| ways.iter().find(|w| w.unit.name == *n)).any(|w| w.late || blocked(ways, w.unit))
}

fn standing(ways: &[Way<'_>], way: &Way<'_>) -> Standing {
    let state = match way.stage {
        Stage::Healthy => UnitState::Healthy,
        _ if way.late => UnitState::Stuck,
        Stage::Waiting if way.detail.is_empty() => UnitState::Waiting,
        _ => UnitState::Progressing,
    };
    let detail = match state {
        UnitState::Waiting => {
            let open: Vec<&str> = way
                .unit
                .after
                .iter()
                .filter(|n| ways.iter().any(|w| w.unit.name == **n && w.stage != Stage::Healthy))
                .map(String::as_str)
                .collect();
            format!("comes after {}", open.join(", "))
        }
        _ => way.detail.clone(),
    };
    Standing { unit: way.unit.name.clone(), title: way.unit.title.clone(), state, detail }
}

/// Writes a unit's objects; what cannot be written yet is tried again next time.
async fn start(
    setting: &Setting<'_>,
    way: &mut Way<'_>,
    values: &Values<'_>,
    published: &Published,
    written: &mut BTreeSet<ObjectRef>,
) -> Result<(), Failed> {
    let now = setting.clock.now().as_second();
    if way.objects.is_none() {
        match gather(way.unit, values, published).await {
            Ok(objects) => way.objects = Some(objects),
            Err(detail) => {
                way.detail = detail;
                // Nothing passes by itself here: a person has to give a value, or a file has to be there.
                way.late = true;
                tell(setting, way, UnitState::Stuck);
                return Ok(());
            }
        }
    }
    for object in way.objects.iter().flatten() {
        match setting.cluster.apply(object).await {
            Ok(_) => {
                written.insert(ObjectRef::of(object));
            }
            Err(r) if r.class == Class::Denied => return Err(Failed::Server(r.message)),
            Err(r) => {
                way.detail = format!("{}: {}", ObjectRef::of(object), r.message);
                let since = *way.tried.get_or_insert(now);
                way.late = overdue(way, since, now);
                tell(setting, way, if way.late { UnitState::Stuck } else { UnitState::Progressing });
                return Ok(());
            }
        }
    }
    way.detail.clear();
    (way.late, way.tried) = (false, None);
    way.stage = Stage::Written(now);
    tell(setting, way, UnitState::Progressing);
    Ok(())
}

/// A unit's objects with everything in them. Namespaces and definitions first, as every apply does it.
async fn gather(unit: &Unit, values: &Values<'_>, published: &Published) -> Result<Vec<Object>, String> {
    if let Some((path, _)) = unit.kustomizations.first() {
        return Err(format!("the folder {path} is built by Flux from a repository, and there is none: add delivery.repository"));
    }
    let mut objects = Vec::new();
    for secret in &unit.secrets {
        objects.push(values.object(secret).await.map_err(|m| remedy(&m))?);
    }
    for (_, url, patches) in &unit.published {
        objects.extend(patched(published.objects(url).await?, patches));
    }
    objects.extend(unit.objects.iter().cloned());
    objects.sort_by_key(|o| match o["kind"].as_str() {
        Some("Namespace") => 0,
        Some("CustomResourceDefinition") => 1,
        Some("ServiceAccount" | "Secret" | "ConfigMap") => 2,
        _ => 3,
    });
    Ok(objects)
}

/// What a missing value asks of a person.
pub fn remedy(missing: &Missing) -> String {
    match missing {
        Missing::Given { owner, name, path } => {
            let environment = path.split('/').nth(1).unwrap_or_default();
            format!("{missing}; give it one: pontoon secret set {name} --env {environment} --app {owner}")
        }
        other => other.to_string(),
    }
}

async fn look(setting: &Setting<'_>, way: &mut Way<'_>, since: i64) -> Result<(), Failed> {
    let now = setting.clock.now().as_second();
    let all: Vec<usize> = (0..way.objects.as_ref().map_or(0, Vec::len)).collect();
    let open: Vec<usize> = all.iter().copied().filter(|n| !way.healthy.contains(n)).collect();
    let mut found = judged(setting, way, &open).await?;
    if found.is_none() && open.len() < all.len() {
        // What was healthy a while ago has to be so still.
        found = judged(setting, way, &all).await?;
    }
    let failed = found.as_ref().is_some_and(|(_, _, failed)| *failed);
    let pending = found.map(|(of, said, _)| (of, said));
    match pending {
        None => {
            way.stage = Stage::Healthy;
            way.late = false;
            way.detail.clear();
            tell(setting, way, UnitState::Healthy);
        }
        Some((of, said)) => {
            way.detail = format!("{of}: {said}");
            let over = failed || overdue(way, since, now);
            if over && !way.late {
                let deep = cause(setting.cluster, way.objects.as_deref().unwrap_or_default()).await.ok().flatten();
                way.detail = diagnose::told(std::mem::take(&mut way.detail), deep);
                way.late = true;
                tell(setting, way, UnitState::Stuck);
            } else if !over {
                tell(setting, way, UnitState::Progressing);
            }
        }
    }
    Ok(())
}

/// Looks at some of a unit's objects: one that is not healthy, what it says, and whether it says that it never will be.
async fn judged(setting: &Setting<'_>, way: &mut Way<'_>, which: &[usize]) -> Result<Option<(ObjectRef, String, bool)>, Failed> {
    let mut pending: Option<(ObjectRef, String, bool)> = None;
    for n in which {
        let Some(object) = way.objects.as_ref().and_then(|o| o.get(*n)) else { continue };
        let of = ObjectRef::of(object);
        let there = match setting.cluster.get(&of).await {
            Ok(there) => there,
            Err(r) if r.class == Class::Denied => return Err(Failed::Server(r.message)),
            Err(r) => return Ok(Some((of, r.message, pending.is_some_and(|p| p.2)))),
        };
        let health = there.as_ref().map_or_else(|| Health::Progressing("is not there".into()), judge);
        if health == Health::Current {
            way.healthy.insert(*n);
        } else {
            way.healthy.remove(n);
        }
        match health {
            Health::Current => {}
            Health::Progressing(said) => {
                pending.get_or_insert((of, said, false));
            }
            Health::Failed(said) => pending = Some((of, said, true)),
        }
    }
    Ok(pending)
}

fn overdue(way: &Way<'_>, since: i64, now: i64) -> bool {
    now - since > i64::from(way.unit.minutes) * 60
}

fn tell(setting: &Setting<'_>, way: &mut Way<'_>, state: UnitState) {
    let told = format!("{state} {}", way.detail);
    if told != way.told {
        setting.tell(&way.unit.name, &way.unit.title, state, &way.detail);
        way.told = told;
    }
}

/// Removes what an earlier run applied and this one did not, and writes the new inventory into the namespace `home`.
pub(crate) async fn prune(setting: &Setting<'_>, home: &str, written: &BTreeSet<ObjectRef>) -> Result<(), Refusal> {
    for gone in earlier(setting.cluster, home).await?.iter().rev().filter(|o| !written.contains(o)) {
        setting.cluster.delete(gone).await?;
    }
    let lines: Vec<String> = written.iter().map(|o| [o.api_version.as_str(), &o.kind, &o.namespace, &o.name].join(" ")).collect();
    let object: Value = json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": { "name": INVENTORY, "namespace": home },
        "data": { "objects": lines.join("\n") },
    });
    setting.cluster.apply(&object).await.map(|_| ())
}

/// What the last run that ended well applied, as the inventory in the namespace `home` says.
pub(crate) async fn earlier(cluster: &Kubernetes, home: &str) -> Result<Vec<ObjectRef>, Refusal> {
    let at = ObjectRef::new("v1", "ConfigMap", home, INVENTORY);
    let there = cluster.get(&at).await?;
    Ok(there.as_ref().and_then(|m| m["data"]["objects"].as_str()).map(read).unwrap_or_default())
}

fn read(text: &str) -> Vec<ObjectRef> {
    let one = |line: &str| {
        let parts: Vec<&str> = line.split(' ').collect();
        match parts.as_slice() {
            [version, kind, namespace, name] => Some(ObjectRef::new(version, kind, namespace, name)),
            _ => None,
        }
    };
    text.lines().filter_map(one).collect()
}
