//! Desired, recorded and observed to a plan.
//!
//! 1. [`Surveyor`] says which pages of which kinds to fetch, until every address is matched or known
//!    to be absent ([`survey`], [`matching`]).
//! 2. [`decide`] compares, address by address in the order of needs, and says what happens and why.
//! 3. [`lower`] writes the steps: one call each, with what must come before ([`order`] has the essay).
//!
//! Pure: no I/O, no clock, no randomness; what is drawn (lineages, incarnations) is passed in.

mod adopt;
mod alone;
mod attributes;
mod by_hand;
pub mod codes;
mod contained;
mod costs;
mod decide;
mod diff;
mod drift;
mod ephemeral;
pub mod findings;
mod forget;
mod leaks;
mod lower;
mod matching;
mod order;
mod restore;
mod survey;

pub use adopt::Adoption;
pub use by_hand::HandMade;
pub use contained::{Contained, contained};
pub use costs::{CostLine, costs};
pub use drift::{Drift, Drifted, FieldDrift, Moved, What, drift};
pub use ephemeral::Ephemeral;
pub use forget::forget;
pub use leaks::{By, Leak, Owner, leaks, listings};
pub use matching::{How, Match, Seen, Stray, missing};
pub use restore::Restore;
pub use survey::Surveyor;

use decide::Decision;
use pontoon_core::{
    address::{Address, Scope},
    digest,
    money::Cost,
    plan::{Base, Command, Plan},
    platform::Platform,
    record::{Record, Team},
};
use std::collections::{BTreeMap, BTreeSet};

/// What a person asked for.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Only these addresses, and what they need.
    pub only: BTreeSet<Address>,
    /// Stateful things that may be destroyed.
    pub destroy: BTreeSet<Address>,
    /// Whether every stateful thing may be destroyed.
    pub include_stateful: bool,
    /// Existing things that may be taken over.
    pub adopt: BTreeSet<Address>,
    /// What is made anew although nothing about it differs: a person wants another one.
    pub renew: BTreeSet<Address>,
    /// What is made once more from a backup.
    pub restore: Option<Restore>,
    /// How far adopting goes, where it is what the plan is for.
    pub adoption: Option<Adoption>,
    /// Whether what showed a secret and was replaced stays for now: something still uses it.
    pub hold: bool,
}

/// Everything that a plan is made from.
pub struct Inputs<'a> {
    /// What should exist. For a destroy it still names the scopes.
    pub platform: &'a Platform,
    /// What the plan is for.
    pub command: Command,
    /// What is recorded, for each of the platform's scopes.
    pub records: &'a BTreeMap<Scope, Record>,
    /// What the survey saw.
    pub seen: &'a Seen,
    /// The account that the survey was made in.
    pub team: Option<Team>,
    /// Drawn for this plan: the incarnation of everything that it makes. Letters and digits.
    pub incarnation: &'a str,
    /// What a person asked for.
    pub options: &'a Options,
}

/// Makes the plan.
pub fn plan(inputs: &Inputs<'_>) -> Plan {
    let mut findings = findings::before(inputs);
    let mut decisions = decide::decide(inputs, &mut findings);
    if inputs.command == Command::Adopt {
        let likely = inputs.options.adoption.as_ref().is_some_and(|a| a.likely);
        decisions = adopt::only(decisions, likely, &mut findings);
        findings.extend(adopt::near(inputs.seen));
    }
    let steps = lower::steps(inputs, &decisions, &mut findings);
    let changes: Vec<_> = decisions.iter().filter_map(|d| lower::change(d, &steps)).collect();
    let recorded = inputs.records.values().flat_map(|r| r.resources.keys());
    let cost_before =
        costs::recorded(inputs.records).into_iter().map(|l| l.cost).sum::<Cost>() + costs::bought(inputs.platform, recorded);
    let cost_after = match inputs.command {
        Command::Adopt => changes.iter().map(|c| c.cost_after).sum::<Cost>() + cost_before,
        Command::Up => {
            let lines = costs::desired(inputs.platform).into_iter().map(|l| l.cost);
            lines.sum::<Cost>() + costs::bought(inputs.platform, inputs.platform.resources.keys())
        }
        _ => Cost::FREE,
    };
    Plan {
        version: Plan::VERSION,
        platform: inputs.platform.name.clone(),
        command: inputs.command,
        bases: inputs
            .records
            .values()
            .map(|r| Base { scope: r.scope.clone(), lineage: r.lineage.clone(), serial: r.serial })
            .collect(),
        team: inputs.team.clone(),
        digest: fingerprint(inputs.platform),
        changes,
        steps,
        findings,
        deferred: inputs.platform.deferred.clone(),
        cost_before,
        cost_after,
    }
}

/// The fingerprint of a compiled platform: a saved plan is for this one only.
pub fn fingerprint(platform: &Platform) -> String {
    // Serializing plain data to a string cannot fail; an empty text would only make the plan stale.
    digest::hex(serde_json::to_string(platform).unwrap_or_default().as_bytes(), 16)
}
