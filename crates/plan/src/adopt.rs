//! Adopting: what exists is taken into the record as it is. No call is made that changes anything.
//!
//! The survey matches by mark and natural key as always; here also what a person named, what has the right name, and the
//! only one whose fixed fields are all as asked for. What would have to be replaced is never taken over: the document has
//! to say what is there.

use crate::{
    How, Match, codes,
    decide::Decision,
    findings::warning,
    matching::{Candidate, Seen},
};
use pontoon_catalog::{MarkAt, ResourceType, field::Change, resource::Attributes};
use pontoon_core::{
    address::Address,
    plan::{Action, Finding, Impact},
    platform::Resource,
    value::{Reference, Value},
};
use std::collections::{BTreeMap, BTreeSet};

/// How far adopting goes.
#[derive(Debug, Clone, Default)]
pub struct Adoption {
    /// What a person says an address is: the vendor's id.
    pub take: BTreeMap<Address, String>,
    /// What other records hold: kinds and ids.
    pub taken: BTreeSet<(&'static str, String)>,
    /// Whether what only looks like it is taken as well.
    pub likely: bool,
}

/// Matches what is left of a kind: `left` are objects that are nobody's.
pub fn match_left(
    kind: &ResourceType,
    candidates: &[Candidate<'_>],
    left: &mut BTreeMap<String, Value>,
    adoption: &Adoption,
    seen: &mut Seen,
) {
    for by in [How::Told, How::Named, How::Alike] {
        let open: Vec<(&Address, &Resource)> = candidates
            .iter()
            .filter(|c| c.recorded_id.is_none() && !seen.matched.contains_key(c.address))
            .filter_map(|c| Some((c.address, c.desired?)))
            .collect();
        let mut fits: Vec<(&Address, Vec<String>)> = Vec::new();
        for (address, desired) in open {
            let told = adoption.take.get(address);
            let ids = left.iter().filter(|(id, object)| match by {
                How::Told => told == Some(*id),
                How::Named => told.is_none() && named(kind, desired, object) && fit(kind, desired, object, seen).not.is_empty(),
                _ => {
                    let fit = fit(kind, desired, object, seen);
                    told.is_none() && kind.names.is_some() && fit.not.is_empty() && fit.agreeing > 0
                }
            });
            fits.push((address, ids.map(|(id, _)| id.clone()).collect()));
        }
        for (address, ids) in &fits {
            // Two that fit one, or one that fits two: nobody can tell which is which.
            let [id] = ids.as_slice() else { continue };
            if fits.iter().filter(|(_, ids)| ids.contains(id)).count() > 1 {
                continue;
            }
            if let Some(object) = left.remove(id) {
                let found = Match { id: id.clone(), object, how: by, incarnation: String::new() };
                seen.matched.insert((*address).clone(), found);
            }
        }
    }
    if kind.names.is_some() {
        nearly(kind, candidates, left, seen);
    }
}

fn named(kind: &ResourceType, desired: &Resource, object: &Value) -> bool {
    let observed = kind.field("name").and_then(|f| object.at(f.at));
    observed.is_some() && desired.attributes.get("name") == observed
}

/// How an object is to what is asked for, in the fields that cannot change. Its name and its mark are its own.
struct Fit {
    /// How many are as asked for.
    agreeing: usize,
    /// Which are not, each with what is there.
    not: Vec<(&'static str, Value)>,
}

fn fit(kind: &ResourceType, desired: &Resource, object: &Value, seen: &Seen) -> Fit {
    let lookup = |r: &Reference| {
        let there = seen.matched.get(&r.address)?;
        if r.field == "id" { Some(there.id.clone().into()) } else { there.object.at(&r.field).cloned() }
    };
    let marked = |field: &str| matches!(kind.mark_at(), Some(MarkAt::Tag(f) | MarkAt::Text(f)) if f == field);
    let mut fit = Fit { agreeing: 0, not: Vec::new() };
    for field in kind.fields.iter().filter(|f| !marked(f.name) && (f.name != "name" || kind.names.is_none())) {
        let Some(value) = desired.attributes.get(field.name).map(|v| v.resolve(&lookup)) else { continue };
        let observed = object.at(field.at).filter(|v| **v != Value::Null);
        let fixed = match field.change {
            Change::InPlace => continue,
            Change::Never(_) => true,
            Change::Unless(refuses) => observed.is_some_and(|o| refuses(o, &value).is_some()),
        };
        match field.same(&value, observed) {
            true if matches!(field.change, Change::Never(_)) => fit.agreeing += 1,
            false if fixed => fit.not.push((field.name, observed.cloned().unwrap_or_default())),
            _ => {}
        }
    }
    fit
}

/// The only object that lacks nothing but one field: why it was not taken.
fn nearly(kind: &ResourceType, candidates: &[Candidate<'_>], left: &BTreeMap<String, Value>, seen: &mut Seen) {
    let open = candidates.iter().filter(|c| c.recorded_id.is_none() && !seen.matched.contains_key(c.address));
    let mut near = Vec::new();
    for (address, desired) in open.filter_map(|c| Some((c.address, c.desired?))) {
        let mut all = left.iter().filter_map(|(id, object)| {
            let fit = fit(kind, desired, object, seen);
            (fit.agreeing > 0 && fit.not.len() == 1).then(|| (id.clone(), fit.not))
        });
        if let (Some((id, not)), None) = (all.next(), all.next()) {
            near.extend(not.into_iter().map(|(field, there)| (address.clone(), id.clone(), field, there)));
        }
    }
    seen.near.extend(near);
}

/// What is said of them.
pub fn near(seen: &Seen) -> impl Iterator<Item = Finding> + '_ {
    seen.near.iter().map(|(address, id, field, there)| {
        let message = format!("{id} has everything that cannot change but {field}, which is {there}, so it is not taken over");
        let hint = "if it is meant, write that into platform.yaml and adopt again".into();
        warning(codes::NOT_TAKEN, Some(address), message, hint)
    })
}

/// What was not made by Pontoon keeps what only Pontoon would have written, where that can never change: the name that it
/// came with, and whether it carries a mark.
pub fn keep_as_found(d: &mut Decision<'_>, attributes: &Attributes, unmarked: bool) {
    let Some(found) = d.found.filter(|_| unmarked) else { return };
    let fixed = |f: &str| d.kind.field(f).filter(|f| matches!(f.change, Change::Never(_)));
    if let Some(MarkAt::Tag(f) | MarkAt::Text(f)) = d.kind.mark_at()
        && fixed(f).is_some()
    {
        match attributes.get(f) {
            Some(own) => d.sent.insert(f.into(), own.clone()),
            None => d.sent.remove(f),
        };
    }
    if let (Some(name), Some(_)) = (fixed("name"), d.kind.names)
        && d.recorded.map_or(!matches!(found.how, How::Natural), |r| r.attributes.get("name") == found.object.at(name.at))
        && let Some(observed) = found.object.at(name.at)
    {
        d.sent.insert("name".into(), observed.clone());
    }
}

/// What of an up is an adoption: existing things that the record lacks, taken as they are. `likely`: whether what only
/// looks like it is taken as well.
pub fn only<'a>(decisions: Vec<Decision<'a>>, likely: bool, findings: &mut Vec<Finding>) -> Vec<Decision<'a>> {
    let mut left_out: BTreeSet<Address> = BTreeSet::new();
    let mut kept = Vec::new();
    for mut d in decisions {
        let (Some(found), None, true) = (d.found, d.recorded, d.unrecorded) else { continue };
        let needs = d.resource.map(Resource::dependencies).unwrap_or_default();
        if let Some(missing) = needs.iter().find(|n| left_out.contains(n)) {
            let message = format!("{} is not taken over, because {missing} is not", found.id);
            findings.push(warning(codes::NOT_TAKEN, Some(&d.address), message, format!("take over {missing} first")));
            left_out.insert(d.address);
            continue;
        }
        if d.action == Action::Replace {
            let fields: Vec<String> = d.fields.iter().map(|f| format!("{} is {}", f.field, said(f.before.as_ref()))).collect();
            let what = if fields.is_empty() { String::new() } else { format!(" ({})", fields.join(", ")) };
            let message = format!("{} is not taken over, because it would have to be replaced: {}{what}", found.id, d.because);
            findings.push(warning(codes::NOT_TAKEN, Some(&d.address), message, "write what is there into platform.yaml".into()));
            left_out.insert(d.address);
            continue;
        }
        if found.how == How::Alike && !likely {
            let message = format!("{} looks like it, and nothing but its fields says so", found.id);
            let hint = format!("if it is: pontoon adopt --take {}={}, or --likely for all of them", d.address, found.id);
            findings.push(warning(codes::LIKELY, Some(&d.address), message, hint));
            left_out.insert(d.address);
            continue;
        }
        d.because = format!("{}: {}", found.id, sure(found.how));
        d.action = Action::Adopt;
        d.impact = Impact::Nothing;
        d.waits = false;
        d.strays.clear();
        d.cost.0 = d.cost.1;
        kept.push(d);
    }
    // What was left out above does not stand in the way of an up.
    findings.retain(|f| f.code.as_str() >= codes::NOT_TAKEN || f.code == codes::ANOTHER_TEAM || f.code == "PT6003");
    kept
}

fn said(value: Option<&Value>) -> String {
    value.map_or("not set".into(), ToString::to_string)
}

/// How sure it is.
fn sure(how: How) -> &'static str {
    match how {
        How::Recorded => "is recorded",
        How::Marked => "certain, it carries this platform's mark",
        How::Natural => "certain, there can be no other one of this name or place",
        How::Told => "a person said so",
        How::Named => "sure, it has the name and all that cannot change",
        How::Alike => "likely, it is the only one that has all that cannot change",
    }
}
