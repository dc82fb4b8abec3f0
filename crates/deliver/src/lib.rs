//! From a running cluster to a healthy platform.
//!
//! Level-triggered and without a journal: every write here is either the same when it is done twice (server-side apply)
//! or guarded by what it replaces (a commit's parent). A run that was cut off is simply run again.

pub mod actions;
pub mod apply;
pub mod argo;
pub mod diagnose;
pub mod difference;
pub mod emptied;
pub mod follow;
pub mod gates;
pub mod health;
pub mod install;
pub mod interruption;
pub mod keys;
pub mod order;
pub mod part;
pub mod published;
pub mod repository;
mod rounds;
pub mod survey;
pub mod through;
pub mod values;
pub mod why;

use pontoon_core::event::{Event, UnitState, What};
use pontoon_engine::{Clock, Stop};
use pontoon_providers::Kubernetes;
use pontoon_render::Unit;

/// What a delivery is made in.
pub struct Setting<'a> {
    /// The cluster.
    pub cluster: &'a Kubernetes,
    /// Time.
    pub clock: &'a dyn Clock,
    /// Told what happens.
    pub observer: &'a dyn Fn(Event),
    /// Asked before each write.
    pub stop: Stop,
    /// The environment, for events.
    pub environment: &'a str,
}

impl Setting<'_> {
    /// Tells which units there will be, and what each waits for.
    pub fn begin(&self, units: &[Unit]) {
        let needs = units.iter().map(|u| (u.name.clone(), u.after.iter().cloned().collect())).collect();
        let what = What::Contents { environment: self.environment.into(), needs };
        (self.observer)(Event { at: self.clock.now().to_string(), what });
    }

    /// Tells how a unit stands.
    pub fn tell(&self, unit: &str, title: &str, state: UnitState, detail: &str) {
        let what = What::Unit {
            environment: self.environment.into(),
            unit: unit.into(),
            title: title.into(),
            state,
            detail: detail.into(),
        };
        (self.observer)(Event { at: self.clock.now().to_string(), what });
    }
}

/// How a delivery ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivered {
    /// Each unit with its state at the end, in order.
    pub units: Vec<Standing>,
    /// True where a person asked to stop.
    pub stopped: bool,
}

impl Delivered {
    /// Whether every unit is healthy.
    pub fn healthy(&self) -> bool {
        self.units.iter().all(|u| u.state == UnitState::Healthy)
    }
}

/// How a unit stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The unit.
    pub unit: String,
    /// What it is.
    pub title: String,
    /// How it stands.
    pub state: UnitState,
    /// Why, where it is not healthy: which object, and what it says.
    pub detail: String,
}
