//! Plans, frames and people for the tests.
#![allow(dead_code, missing_docs)]

pub mod bucket;
pub mod memory;

use jiff::Timestamp;
use pontoon_core::{
    address::{Address, Scope},
    money::Cost,
    operation::{Ending, Entries, Frame, Opened, StepEvent},
    plan::{Action, Base, Command, Outcome, Plan, Policy, Step, StepId},
    record::{Recorded, Team},
};
use pontoon_store::Who;
use std::collections::{BTreeMap, BTreeSet};

pub fn now() -> Timestamp {
    Timestamp::from_second(1_795_244_400).unwrap()
}
pub fn who() -> Who {
    Who { user: "anna".into(), host: "laptop".into(), pid: 4711, command: "pontoon up".into() }
}
pub fn address(text: &str) -> Address {
    text.parse().unwrap()
}
pub fn scope(name: &str) -> Scope {
    Scope::environment(name)
}
pub fn base(scope_name: &str, lineage: &str, serial: u64) -> Base {
    Base { scope: scope(scope_name), lineage: lineage.into(), serial }
}
pub fn recorded(id: &str) -> Recorded {
    Recorded {
        id: id.into(),
        incarnation: "1".into(),
        attributes: BTreeMap::new(),
        outputs: BTreeMap::from([("id".into(), id.into())]),
        parent: None,
        needs: BTreeSet::new(),
        since: String::new(),
        deposed: Vec::new(),
        restored: Default::default(),
    }
}

/// A plan with one step for each address.
pub fn plan(bases: Vec<Base>, addresses: &[&str]) -> Plan {
    let step = |(i, text): (usize, &&str)| Step {
        id: i as StepId,
        title: format!("make {text}"),
        address: address(text),
        action: Action::Create,
        call: None,
        outcomes: vec![(address(text), Outcome::Keeps)],
        needs: BTreeSet::new(),
        wait: None,
        policy: Policy { deadline: 1, settle: 1, patience: 1 },
        typical: 1,
    };
    Plan {
        version: Plan::VERSION,
        platform: "shop".into(),
        command: Command::Up,
        bases,
        team: Some(Team { id: "t1".into(), name: "Team".into() }),
        digest: String::new(),
        changes: Vec::new(),
        steps: addresses.iter().enumerate().map(step).collect(),
        findings: Vec::new(),
        deferred: Vec::new(),
        cost_before: Cost::FREE,
        cost_after: Cost::FREE,
    }
}

pub fn opened(id: &str, plan: &Plan) -> Frame {
    Frame::Opened(Opened {
        operation: id.into(),
        command: plan.command,
        scopes: plan.bases.iter().map(|b| b.scope.clone()).collect(),
        at: now().to_string(),
        who: "anna@laptop".into(),
        team: plan.team.clone(),
    })
}
pub fn began(step: StepId) -> Frame {
    Frame::Step { step, event: StepEvent::Began { at: now().to_string(), settled: 0 } }
}
pub fn entries(text: &str, id: &str) -> Entries {
    Entries::from([(address(text), Some(recorded(id)))])
}
pub fn made(step: StepId, text: &str, id: &str) -> Frame {
    Frame::Step { step, event: StepEvent::Succeeded { entries: entries(text, id) } }
}
pub fn removed(step: StepId, text: &str) -> Frame {
    Frame::Step { step, event: StepEvent::Succeeded { entries: Entries::from([(address(text), None)]) } }
}
pub fn ready(step: StepId) -> Frame {
    Frame::Step { step, event: StepEvent::Ready { entries: Entries::new() } }
}
pub fn stalled(step: StepId) -> Frame {
    Frame::Step { step, event: StepEvent::Stalled { instructions: vec!["look".into()] } }
}
pub fn closed(ending: Ending) -> Frame {
    Frame::Closed { ending, at: now().to_string() }
}
