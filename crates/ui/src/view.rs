//! What a person wants to know of a run, folded from its events.

use jiff::Timestamp;
use pontoon_core::{
    address::Address,
    event::{Event, UnitState, What},
    operation::Ending,
    plan::{Plan, StepId},
};
use std::collections::BTreeMap;

/// A step that is under way.
#[derive(Debug, Clone, PartialEq)]
pub struct Running {
    /// Its address.
    pub address: Address,
    /// What it does.
    pub title: String,
    /// Since when.
    pub since: Option<Timestamp>,
    /// What the vendor says of it, or why it pauses; empty at first.
    pub state: String,
    /// Seconds that it usually takes.
    pub typical: u32,
}

/// A step that has not begun, and what it waits for.
#[derive(Debug, Clone, PartialEq)]
pub struct Waiting {
    /// Its address.
    pub address: Address,
    /// What it will do.
    pub title: String,
    /// The titles of what must end first.
    pub for_what: Vec<String>,
}

/// A run, as far as its events have told.
#[derive(Debug, Default)]
pub struct View {
    plan: Option<Plan>,
    /// Under way, by number.
    pub running: BTreeMap<StepId, Running>,
    /// Ended, and whether well.
    pub ended: BTreeMap<StepId, bool>,
    /// The units of the cluster's contents, by name: how they stand, and why.
    pub units: BTreeMap<String, (UnitState, String)>,
    /// How the run ended.
    pub ending: Option<Ending>,
    /// The time of the last event.
    pub now: Option<Timestamp>,
}

impl View {
    /// The view of a plan that is about to be carried out.
    pub fn of(plan: &Plan) -> View {
        View { plan: Some(plan.clone()), ..View::default() }
    }

    /// How many steps there are.
    pub fn total(&self) -> usize {
        self.plan.as_ref().map_or(0, |p| p.steps.len())
    }

    /// Takes an event.
    pub fn take(&mut self, event: &Event) {
        self.now = event.at.parse().ok().or(self.now);
        let now = self.now;
        match &event.what {
            What::Began { step, address, title, .. } => {
                let typical = self.plan.as_ref().and_then(|p| p.step(*step)).map_or(0, |s| s.typical);
                let running =
                    Running { address: address.clone(), title: title.clone(), since: now, state: String::new(), typical };
                self.running.insert(*step, running);
            }
            What::Waiting { step, state, .. } => self.state(*step, state.clone()),
            What::Retrying { step: Some(step), message, .. } => self.state(*step, message.clone()),
            What::Settling { step, seconds, .. } => {
                self.state(*step, format!("no answer came; looking again in {}", crate::time::seconds(*seconds)));
            }
            What::Done { step, .. } => {
                self.running.remove(step);
                self.ended.insert(*step, true);
            }
            What::Failed { step, .. } | What::Stalled { step, .. } => {
                self.running.remove(step);
                self.ended.insert(*step, false);
            }
            What::Closed { ending, .. } => self.ending = Some(*ending),
            What::Unit { unit, state, detail, .. } => {
                self.units.insert(unit.clone(), (*state, detail.clone()));
            }
            What::Recovering { .. }
            | What::Settled { .. }
            | What::Opened { .. }
            | What::Retrying { .. }
            | What::Contents { .. }
            | What::Delivered { .. }
            | What::Stopping => {}
        }
    }

    /// Time passes without news.
    pub fn tick(&mut self, now: Timestamp) {
        self.now = Some(now);
    }

    fn state(&mut self, step: StepId, state: String) {
        if let Some(running) = self.running.get_mut(&step) {
            running.state = state;
        }
    }

    /// What has not begun, in the plan's order.
    pub fn waiting(&self) -> Vec<Waiting> {
        let Some(plan) = &self.plan else { return Vec::new() };
        let open = |id: &StepId| !self.ended.contains_key(id);
        let steps = plan.steps.iter().filter(|s| open(&s.id) && !self.running.contains_key(&s.id));
        steps
            .map(|s| Waiting {
                address: s.address.clone(),
                title: s.title.clone(),
                for_what: s.needs.iter().filter(|n| open(n)).filter_map(|n| plan.step(*n)).map(|n| n.title.clone()).collect(),
            })
            .collect()
    }

    /// Seconds that are usually left: the longest way of what has not ended.
    pub fn seconds_left(&self) -> u64 {
        let Some(plan) = &self.plan else { return 0 };
        let mut way: BTreeMap<StepId, u64> = BTreeMap::new();
        // Needs have smaller distance from the start; relax until nothing grows (plans are shallow).
        for _ in 0..plan.steps.len() {
            let mut grew = false;
            for s in &plan.steps {
                let before = s.needs.iter().filter_map(|n| way.get(n)).copied().max().unwrap_or(0);
                let own = match (self.ended.contains_key(&s.id), self.running.get(&s.id)) {
                    (true, _) => 0,
                    (false, Some(r)) => u64::from(s.typical).saturating_sub(self.elapsed(r)),
                    (false, None) => u64::from(s.typical),
                };
                let total = before + own;
                if way.get(&s.id) != Some(&total) {
                    way.insert(s.id, total);
                    grew = true;
                }
            }
            if !grew {
                break;
            }
        }
        way.values().copied().max().unwrap_or(0)
    }

    /// Seconds since a running step began.
    pub fn elapsed(&self, running: &Running) -> u64 {
        match (self.now, running.since) {
            (Some(now), Some(since)) => u64::try_from(now.as_second() - since.as_second()).unwrap_or(0),
            _ => 0,
        }
    }
}
