//! What a run's time went to: the longest chain of what waited for what, from its events.
//!
//! The chain is read backwards. Whatever ended last is its end; before it stands, of all that it had to wait for, what
//! ended last; and so on, down to something that waited for nothing. Each link counts from the end of the one before it to
//! its own, so whatever nobody worked in between shows as well, and the links add up to the whole.

use crate::time::seconds;
use jiff::Timestamp;
use pontoon_core::{
    event::{Event, UnitState, What},
    plan::{Plan, StepId},
};
use std::collections::BTreeMap;

/// One link of the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// A unit, or what a step of the cloud was about.
    pub what: String,
    /// Seconds from the end of the link before to the end of this one.
    pub seconds: i64,
}

/// A run's events, as far as they say what waited for what.
#[derive(Debug, Default)]
pub struct Path {
    began: Option<Timestamp>,
    /// What each step of the plan waits for.
    steps: BTreeMap<StepId, Vec<StepId>>,
    /// When each step ended, and what it was about.
    done: BTreeMap<StepId, (Timestamp, String)>,
    /// What each unit waits for.
    units: BTreeMap<String, Vec<String>>,
    /// When each unit became healthy.
    healthy: BTreeMap<String, Timestamp>,
    /// When the delivery took up the units.
    contents: Option<Timestamp>,
    /// What is neither a step nor a unit, with when it was done.
    others: Vec<(Timestamp, String)>,
}

impl Path {
    /// The plan that is about to be carried out.
    pub fn plan(&mut self, plan: &Plan) {
        self.steps = plan.steps.iter().map(|s| (s.id, s.needs.iter().copied().collect())).collect();
    }

    /// Takes an event.
    pub fn take(&mut self, event: &Event) {
        let Ok(at) = event.at.parse::<Timestamp>() else { return };
        self.began.get_or_insert(at);
        match &event.what {
            What::Done { step, address, .. } => {
                self.done.insert(*step, (at, format!("{}.{}", address.kind(), address.name())));
            }
            What::Contents { needs, .. } => {
                self.units.clone_from(needs);
                self.contents = Some(at);
            }
            What::Unit { unit, state: UnitState::Healthy, .. } if self.units.contains_key(unit) => {
                self.healthy.insert(unit.clone(), at);
            }
            // The installation of what applies the units is no unit itself.
            What::Unit { unit, state: UnitState::Healthy, .. } => self.others.push((at, unit.clone())),
            What::Delivered { what } => self.others.push((at, what.clone())),
            What::Unit { unit, .. } => {
                self.healthy.remove(unit);
            }
            _ => {}
        }
    }

    /// The chain, the earliest link first; empty where nothing took time.
    pub fn chain(&self) -> Vec<Link> {
        let mut ends = self.of_units();
        let before = ends.last().and(self.contents);
        let mut early: Vec<(Timestamp, String)> =
            self.others.iter().filter(|(at, _)| before.is_none_or(|b| *at <= b)).rev().cloned().collect();
        ends.append(&mut early);
        ends.extend(self.of_steps());
        ends.reverse();
        let mut links = Vec::new();
        let mut from = self.began;
        for (at, what) in ends {
            let passed = from.map_or(0, |f| at.as_second() - f.as_second());
            if passed > 0 {
                links.push(Link { what, seconds: passed });
                from = Some(at);
            }
        }
        links
    }

    /// The chain of units, the last one first.
    fn of_units(&self) -> Vec<(Timestamp, String)> {
        let ended = |name: &String| self.healthy.get(name).map(|at| (*at, name.clone()));
        let mut chain: Vec<(Timestamp, String)> = Vec::new();
        let mut next = self.healthy.keys().filter_map(ended).max();
        while let Some((at, name)) = next {
            let needs = self.units.get(&name).into_iter().flatten();
            // Only what came later than the last one can stand before it: a circle ends here.
            next = needs.filter_map(ended).filter(|(before, other)| (before, other) < (&at, &name)).max();
            chain.push((at, name));
        }
        chain
    }

    /// The chain of steps, the last one first.
    fn of_steps(&self) -> Vec<(Timestamp, String)> {
        let ended = |id: &StepId| self.done.get(id).map(|(at, what)| (*at, *id, what.clone()));
        let mut chain = Vec::new();
        let mut next = self.done.keys().filter_map(ended).max();
        while let Some((at, id, what)) = next {
            let needs = self.steps.get(&id).into_iter().flatten();
            next = needs.filter_map(ended).filter(|(before, other, _)| (before, other) < (&at, &id)).max();
            chain.push((at, what));
        }
        chain
    }

    /// The chain in a line or two; none where nothing took time. What took less than a hundredth of the whole is summed up.
    pub fn text(&self) -> Option<String> {
        let chain = self.chain();
        let whole: i64 = chain.iter().map(|l| l.seconds).sum();
        if whole == 0 {
            return None;
        }
        let (shown, small): (Vec<&Link>, Vec<&Link>) = chain.iter().partition(|l| l.seconds * 100 >= whole);
        let mut text: Vec<String> = shown.iter().map(|l| format!("{} {}", l.what, seconds(l.seconds))).collect();
        if !small.is_empty() {
            text.push(format!("{} more {}", small.len(), seconds(small.iter().map(|l| l.seconds).sum())));
        }
        Some(format!("{}, the longest way: {}", seconds(whole), text.join(" → ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(at: &str, what: What) -> Event {
        Event { at: format!("2026-11-02T09:{at}Z"), what }
    }

    fn unit(at: &str, name: &str, state: UnitState) -> Event {
        let what = What::Unit { environment: "e".into(), unit: name.into(), title: name.into(), state, detail: String::new() };
        event(at, what)
    }

    fn path(events: &[Event]) -> Path {
        let mut path = Path::default();
        events.iter().for_each(|e| path.take(e));
        path
    }

    #[test]
    fn each_link_waited_for_the_one_before_it() {
        let needs = [
            ("issuer", vec!["certificates"]),
            ("app", vec!["issuer", "database"]),
            ("certificates", vec![]),
            ("database", vec![]),
        ];
        let needs = needs.iter().map(|(n, all)| ((*n).to_owned(), all.iter().map(|a| (*a).to_owned()).collect())).collect();
        let whole = path(&[
            event("00:00", What::Delivered { what: "repository made".into() }),
            unit("01:00", "flux", UnitState::Healthy),
            event("01:00", What::Contents { environment: "e".into(), needs }),
            unit("01:30", "database", UnitState::Healthy),
            unit("01:40", "certificates", UnitState::Healthy),
            unit("01:45", "issuer", UnitState::Progressing),
            unit("02:10", "issuer", UnitState::Healthy),
            unit("03:00", "app", UnitState::Healthy),
        ]);
        let said: Vec<(String, i64)> = whole.chain().into_iter().map(|l| (l.what, l.seconds)).collect();
        let wanted = [("flux", 60), ("certificates", 40), ("issuer", 30), ("app", 50)].map(|(w, s)| (w.to_owned(), s));
        assert_eq!(said, wanted);
        assert_eq!(whole.text().unwrap(), "3 min, the longest way: flux 60 s → certificates 40 s → issuer 30 s → app 50 s");
    }

    #[test]
    fn nothing_to_say_where_nothing_took_time() {
        assert_eq!(path(&[]).text(), None);
        assert_eq!(path(&[event("00:00", What::Stopping)]).text(), None);
    }
}
