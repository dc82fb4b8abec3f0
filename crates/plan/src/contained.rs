//! A database inside of a cluster, restored beside the one before: which one it is from now on is recorded with the cluster.
//!
//! No call is made: whoever applies the cluster's contents makes the new one, and keeps the ones before until a person names
//! them. It is an operation like any other, so that the log of operations is enough to know it again.

use crate::{codes::BEFORE, costs::recorded, findings::warning};
use pontoon_core::{
    address::{Address, Scope},
    money::Cost,
    plan::{Action, Base, Change, Command, Finding, Impact, Outcome, Plan, Policy, Step},
    platform::{Origin, Platform},
    record::{Record, Restored},
};
use std::collections::{BTreeMap, BTreeSet};

/// What is recorded of a database inside of a cluster.
#[derive(Debug, Clone)]
pub struct Contained {
    /// The cluster.
    pub cluster: Address,
    /// The document's name of the database.
    pub database: String,
    /// As what it has stood there; the last one from now on.
    pub stands: Vec<Restored>,
    /// What the step does, for a person.
    pub title: String,
    /// Why.
    pub because: String,
    /// What it does to what runs.
    pub impact: Impact,
    /// What exactly.
    pub consequence: String,
}

/// The plan that records it.
pub fn contained(platform: &Platform, records: &BTreeMap<Scope, Record>, what: &Contained) -> Plan {
    let cost = recorded(records).into_iter().map(|l| l.cost).sum::<Cost>();
    let change = Change {
        address: what.cluster.clone(),
        title: what.title.clone(),
        action: Action::Update,
        because: what.because.clone(),
        fields: Vec::new(),
        impact: what.impact,
        consequence: what.consequence.clone(),
        stateful: true,
        cost_before: Cost::FREE,
        cost_after: Cost::FREE,
        calls: 0,
        origin: Origin { path: format!("databases.{}", what.database), ..Origin::default() },
    };
    let step = Step {
        id: 0,
        title: what.title.clone(),
        address: what.cluster.clone(),
        action: Action::Update,
        call: None,
        outcomes: vec![(
            what.cluster.clone(),
            Outcome::Restores { database: what.database.clone(), stands: what.stands.clone() },
        )],
        needs: BTreeSet::new(),
        wait: None,
        policy: Policy { deadline: 60, settle: 0, patience: 0 },
        typical: 0,
    };
    Plan {
        version: Plan::VERSION,
        platform: platform.name.clone(),
        command: Command::Up,
        bases: records.values().map(|r| Base { scope: r.scope.clone(), lineage: r.lineage.clone(), serial: r.serial }).collect(),
        team: records.values().find_map(|r| r.team.clone()),
        digest: crate::fingerprint(platform),
        changes: vec![change],
        steps: vec![step],
        findings: Vec::new(),
        deferred: Vec::new(),
        cost_before: cost,
        cost_after: cost,
    }
}

/// Says which ones before stay, with their data.
pub(crate) fn before(records: &BTreeMap<Scope, Record>) -> Vec<Finding> {
    let all = records.values().flat_map(|r| &r.resources);
    let restored = all.flat_map(|(address, r)| r.restored.iter().map(move |(database, stands)| (address, database, stands)));
    let found = restored.filter_map(|(address, database, stands)| {
        let (now, old) = stands.split_last().filter(|(_, old)| !old.is_empty())?;
        let names = old.iter().map(|o| o.name.as_str()).collect::<Vec<_>>().join(" and ");
        Some(warning(
            BEFORE,
            Some(address),
            format!("databases.{database} is {} in the cluster since it was restored; {names} before it stays, with its data and its volumes, which are billed", now.name),
            format!("when nothing needs it any more: pontoon restore databases.{database} {} --remove-before", address.scope()),
        ))
    });
    found.collect()
}
