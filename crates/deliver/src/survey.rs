//! One look at how a cluster stands, without waiting for anything: its units, and what leads to them.

pub mod backups;
pub mod certificates;
pub mod endpoints;
pub mod seen;

use crate::{
    Standing,
    apply::Failed,
    diagnose::{cause_of, passes, told},
    health::{Health, judge},
};
use pontoon_catalog::components::site::ARGOCD;
use pontoon_core::{call::Class, event::UnitState};
use pontoon_providers::{Kubernetes, ObjectRef};
use pontoon_render::{Unit, argo, flux, units::WITH_ROOT};
use serde_json::Value;

/// The version of Flux's Kustomizations.
pub(crate) const VERSION: &str = "kustomize.toolkit.fluxcd.io/v1";
/// Their kind.
pub(crate) const KIND: &str = "Kustomization";

/// Who applies the units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applier {
    /// The engine itself.
    Engine,
    /// Flux, from a repository.
    Flux,
    /// Argo CD, from a repository.
    Argo,
}

/// How each unit stands now.
///
/// # Errors
/// Where the server refuses this run as a whole.
pub async fn survey(cluster: &Kubernetes, units: &[Unit], applier: Applier) -> Result<Vec<Standing>, Failed> {
    let flux = if applier == Applier::Flux { by_flux(cluster).await? } else { Vec::new() };
    let mut all: Vec<Standing> = Vec::new();
    for unit in units {
        let open: Vec<&str> = unit
            .after
            .iter()
            .filter(|n| all.iter().any(|s| s.unit == **n && s.state != UnitState::Healthy))
            .map(String::as_str)
            .collect();
        let said = match applier {
            Applier::Flux if !WITH_ROOT.contains(&unit.name.as_str()) => {
                let of = ObjectRef::new(VERSION, KIND, flux::home(unit), &unit.name);
                let there = flux.iter().find(|(at, _)| *at == of);
                there.map_or_else(|| Some(gone(&of)), |(_, there)| unhealthy(&of, there))
            }
            Applier::Argo if argo::is_applied(unit) => said(cluster, &application(&unit.name)).await?,
            _ => by_objects(cluster, unit).await?,
        };
        let (state, detail) = match said {
            None => (UnitState::Healthy, String::new()),
            Some(_) if !open.is_empty() => (UnitState::Waiting, format!("comes after {}", open.join(", "))),
            // A wave may wait for more than its unit needs.
            Some(said)
                if applier == Applier::Argo && said == gone(&application(&unit.name)) && !below(units, unit, &all).is_empty() =>
            {
                (UnitState::Waiting, format!("its wave comes after {}", below(units, unit, &all).join(", ")))
            }
            Some(said) => {
                let deep = cause_of(cluster, unit).await.ok().flatten();
                (UnitState::Progressing, told(said, deep))
            }
        };
        all.push(Standing { unit: unit.name.clone(), title: unit.title.clone(), state, detail });
    }
    Ok(all)
}

/// The units of lower layers that are not healthy.
pub(crate) fn below<'s>(units: &[Unit], unit: &Unit, seen: &'s [Standing]) -> Vec<&'s str> {
    let lower = |s: &&Standing| units.iter().any(|u| u.name == s.unit && u.layer < unit.layer);
    seen.iter().filter(|s| s.state != UnitState::Healthy).filter(lower).map(|s| s.unit.as_str()).collect()
}

/// The Application of that name.
pub(crate) fn application(name: &str) -> ObjectRef {
    ObjectRef::new("argoproj.io/v1alpha1", "Application", ARGOCD, name)
}

/// The units that whoever follows the repository has not brought to this commit of it.
///
/// # Errors
/// Where the server refuses this run as a whole.
pub async fn behind(cluster: &Kubernetes, units: &[Unit], applier: Applier, commit: &str) -> Result<Vec<String>, Failed> {
    let mut all = Vec::new();
    for unit in units.iter().filter(|u| !WITH_ROOT.contains(&u.name.as_str())) {
        let (of, at) = match applier {
            Applier::Flux => {
                let of = ObjectRef::new(VERSION, KIND, flux::home(unit), &unit.name);
                (of, "/status/lastAppliedRevision")
            }
            Applier::Argo if !argo::is_applied(unit) => continue,
            // Of several sources the repository is the first.
            Applier::Argo => (application(&unit.name), "/status/sync/revisions/0"),
            Applier::Engine => continue,
        };
        let there = cluster.get(&of).await.map_err(|r| Failed::Server(r.message))?.unwrap_or_default();
        let at = there.pointer(at).and_then(|v| v.as_str()).unwrap_or("");
        if !at.ends_with(commit) {
            all.push(unit.name.clone());
        }
    }
    Ok(all)
}

/// Every Kustomization: one question, however many units there are.
async fn by_flux(cluster: &Kubernetes) -> Result<Vec<(ObjectRef, Value)>, Failed> {
    match cluster.list(VERSION, KIND, "", "").await {
        Ok(all) => Ok(all.into_iter().map(|k| (ObjectRef::of(&k), k)).collect()),
        Err(r) => Err(Failed::Server(r.message)),
    }
}

pub(crate) async fn by_objects(cluster: &Kubernetes, unit: &Unit) -> Result<Option<String>, Failed> {
    for object in &unit.objects {
        // A Job that removes itself when it is done has nothing more to say.
        let passes = passes(object);
        let of = ObjectRef::of(object);
        if let Some(said) = said(cluster, &of).await?
            && !(passes && said == gone(&of))
        {
            return Ok(Some(said));
        }
    }
    Ok(None)
}

/// What an object says where it is not healthy.
async fn said(cluster: &Kubernetes, of: &ObjectRef) -> Result<Option<String>, Failed> {
    match cluster.get(of).await {
        Ok(Some(there)) => Ok(unhealthy(of, &there)),
        Ok(None) => Ok(Some(gone(of))),
        Err(r) if r.class == Class::Denied => Err(Failed::Server(r.message)),
        Err(r) => Ok(Some(r.message)),
    }
}

fn unhealthy(of: &ObjectRef, there: &Value) -> Option<String> {
    match judge(there) {
        Health::Current => None,
        Health::Progressing(said) | Health::Failed(said) => Some(format!("{of}: {said}")),
    }
}

fn gone(of: &ObjectRef) -> String {
    format!("{of} is not there")
}
