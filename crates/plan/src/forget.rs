//! Forgetting: things leave the record and stay as they are. No call is made.

use crate::{
    codes,
    costs::recorded,
    findings::{error, warning},
};
use pontoon_catalog::find;
use pontoon_core::{
    address::{Address, Scope},
    money::Cost,
    plan::{Action, Base, Change, Command, Finding, Impact, Outcome, Plan, Policy, Step},
    platform::{Origin, Platform},
    record::{Record, Recorded},
};
use std::collections::{BTreeMap, BTreeSet};

/// The plan that forgets these addresses, and what lives in them. `platform` is what the document asks for.
pub fn forget(platform: &Platform, records: &BTreeMap<Scope, Record>, wanted: &BTreeSet<Address>) -> Plan {
    let all: BTreeMap<&Address, &Recorded> = records.values().flat_map(|r| &r.resources).collect();
    let mut findings: Vec<Finding> = wanted.iter().filter(|a| !all.contains_key(a)).map(|a| unknown(a, &all)).collect();
    let gone = with_children(&all, wanted);
    let (mut changes, mut steps) = (Vec::new(), Vec::new());
    for (address, recorded) in all.iter().filter(|(a, _)| gone.contains(*a)) {
        let kind = find(address.kind());
        let (title, price) = kind.map_or(("thing", Cost::UNKNOWN), |k| (k.title, (k.price)(&recorded.attributes)));
        let asked = platform.resources.get(*address);
        findings.extend(asked.filter(|_| wanted.contains(*address)).map(|r| still_asked(address, &r.origin)));
        changes.push(Change {
            address: (*address).clone(),
            title: title.into(),
            action: Action::Forget,
            because: because(address, recorded, wanted),
            fields: Vec::new(),
            impact: Impact::Nothing,
            consequence: String::new(),
            stateful: kind.is_some_and(|k| k.stateful),
            cost_before: price,
            // It stays, and is billed as before.
            cost_after: price,
            calls: 0,
            origin: asked.map(|r| r.origin.clone()).unwrap_or_default(),
        });
        steps.push(Step {
            id: u32::try_from(steps.len()).unwrap_or(u32::MAX),
            title: format!("forget {title} {}", address.name()),
            address: (*address).clone(),
            action: Action::Forget,
            call: None,
            outcomes: vec![((*address).clone(), Outcome::Removes)],
            needs: BTreeSet::new(),
            wait: None,
            policy: Policy { deadline: 60, settle: 0, patience: 0 },
            typical: 0,
        });
    }
    findings.extend(users(&all, &gone));
    let cost = recorded(records).into_iter().map(|l| l.cost).sum::<Cost>();
    Plan {
        version: Plan::VERSION,
        platform: platform.name.clone(),
        command: Command::Forget,
        bases: records.values().map(|r| Base { scope: r.scope.clone(), lineage: r.lineage.clone(), serial: r.serial }).collect(),
        team: records.values().find_map(|r| r.team.clone()),
        digest: crate::fingerprint(platform),
        changes,
        steps,
        findings,
        deferred: Vec::new(),
        cost_before: cost,
        cost_after: cost,
    }
}

fn with_children(all: &BTreeMap<&Address, &Recorded>, wanted: &BTreeSet<Address>) -> BTreeSet<Address> {
    let mut gone: BTreeSet<Address> = wanted.iter().filter(|a| all.contains_key(a)).cloned().collect();
    loop {
        let more: Vec<Address> = all
            .iter()
            .filter(|(a, r)| !gone.contains(**a) && r.parent.as_ref().is_some_and(|p| gone.contains(p)))
            .map(|(a, _)| (*a).clone())
            .collect();
        if more.is_empty() {
            return gone;
        }
        gone.extend(more);
    }
}

fn because(address: &Address, recorded: &Recorded, wanted: &BTreeSet<Address>) -> String {
    let why = match &recorded.parent {
        Some(parent) if !wanted.contains(address) => format!("it lives in {parent}"),
        _ => "a person asked for it".into(),
    };
    match recorded.deposed.is_empty() {
        true => why,
        false => {
            let old: Vec<&str> = recorded.deposed.iter().map(|d| d.id.as_str()).collect();
            format!("{why}; what it replaced is forgotten too: {}", old.join(", "))
        }
    }
}

fn unknown(address: &Address, all: &BTreeMap<&Address, &Recorded>) -> Finding {
    let alike: Vec<String> =
        all.keys().filter(|a| a.kind() == address.kind() || a.name() == address.name()).map(ToString::to_string).collect();
    let hint = match alike.is_empty() {
        true => "what is recorded: pontoon status --json".to_owned(),
        false => format!("recorded are {}", alike.join(", ")),
    };
    error(codes::NOT_RECORDED, Some(address), "it is not recorded, so there is nothing to forget".into(), hint)
}

fn still_asked(address: &Address, origin: &Origin) -> Finding {
    let path = if origin.path.is_empty() { "the document" } else { &origin.path };
    let message = format!("{path} still asks for it: the next up takes it over again, or makes another one");
    warning(codes::ASKED_FOR, Some(address), message, "take it out of platform.yaml as well".into())
}

/// What stays recorded although something that it needs is forgotten.
fn users(all: &BTreeMap<&Address, &Recorded>, gone: &BTreeSet<Address>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (user, recorded) in all.iter().filter(|(a, _)| !gone.contains(**a)) {
        let needs: Vec<String> = recorded.needs.iter().filter(|n| gone.contains(*n)).map(ToString::to_string).collect();
        if !needs.is_empty() {
            let message = format!("it needs {} and stays recorded", needs.join(", "));
            let hint = format!("it goes on working; to forget it as well: pontoon forget {user}");
            found.push(warning(codes::USER_STAYS, Some(user), message, hint));
        }
    }
    found
}
