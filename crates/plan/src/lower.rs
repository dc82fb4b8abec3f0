//! Decisions to steps: one call each.

use crate::{
    Inputs,
    attributes::pending_id,
    decide::{Decision, capture, kept},
    findings::error,
    order::{Draft, Facts, Role, link},
};
use pontoon_catalog::{Args, Delete, Identity, List, MarkAt, ResourceType, find};
use pontoon_core::{
    address::Address,
    call::{Call, Listing, Matcher},
    plan::{Action, Adopting, Capture, Change, Finding, Id, Impact, Lookup, Making, Outcome, Policy, Step, Until, Wait},
    record::{Deposed, Recorded},
    value::Value,
};
use std::collections::{BTreeMap, BTreeSet};

/// Seconds after which a request without an answer is given up.
const DEADLINE: u32 = 60;
/// Seconds between two looks at something that takes long.
const EVERY: u32 = 10;
/// Seconds that a removal usually takes.
const REMOVAL: u32 = 30;

/// The steps of all decisions.
pub fn steps(inputs: &Inputs<'_>, decisions: &[Decision<'_>], findings: &mut Vec<Finding>) -> Vec<Step> {
    let lowering = Lowering { inputs, by_address: decisions.iter().map(|d| (&d.address, d)).collect() };
    let embedded = lowering.embedded();
    let mut drafts = Vec::new();
    for d in decisions {
        lowering.lower(d, &embedded, &mut drafts, findings);
    }
    link(drafts, &lowering.facts())
}

struct Lowering<'a> {
    inputs: &'a Inputs<'a>,
    by_address: BTreeMap<&'a Address, &'a Decision<'a>>,
}

impl<'a> Lowering<'a> {
    fn parent_of(&self, d: &Decision<'_>) -> Option<Address> {
        d.resource.and_then(|r| r.parent.clone()).or_else(|| d.recorded.and_then(|r| r.parent.clone()))
    }

    /// The id of an address: as it will be where it is made, as it is otherwise.
    fn id(&self, address: &Address) -> Value {
        let Some(d) = self.by_address.get(address) else { return Value::of(address, "id") };
        match (d.found, d.recorded) {
            _ if d.makes() => pending_id(d.kind, address, &self.parent_id(d), &d.sent),
            (Some(found), _) => found.id.clone().into(),
            (_, Some(recorded)) => recorded.id.clone().into(),
            _ => Value::of(address, "id"),
        }
    }

    fn parent_id(&self, d: &Decision<'_>) -> Value {
        self.parent_of(d).map_or(Value::Null, |p| self.id(&p))
    }

    /// The parent's id as it is now, for removals.
    fn old_parent_id(&self, d: &Decision<'_>) -> Value {
        let parent = d.recorded.and_then(|r| r.parent.clone()).or_else(|| self.parent_of(d));
        let found = parent.and_then(|p| self.inputs.seen.matched.get(&p));
        found.map_or(Value::Null, |m| m.id.clone().into())
    }

    /// Children that are made by their parent's call: child to parent.
    fn embedded(&self) -> BTreeMap<Address, Address> {
        let mut embedded = BTreeMap::new();
        for (parent, d) in self.by_address.iter().filter(|(_, d)| d.makes()) {
            let Some(embed) = d.kind.embed else { continue };
            let child = self
                .by_address
                .iter()
                .find(|(_, c)| c.makes() && c.kind.kind == embed.kind && self.parent_of(c).as_ref() == Some(parent));
            if let Some((child, _)) = child {
                embedded.insert((*child).clone(), (*parent).clone());
            }
        }
        embedded
    }

    fn facts(&self) -> Facts {
        let mut facts = Facts::default();
        for (address, d) in &self.by_address {
            if let Some(r) = d.resource {
                facts.needs.insert((*address).clone(), r.dependencies());
            }
            if let Some(r) = d.recorded {
                let mut needed = r.needs.clone();
                needed.extend(r.parent.clone());
                if let Some(parent) = r.parent.clone().filter(|_| !d.kind.dies_with_parent) {
                    facts.holds.entry(parent.clone()).or_default().extend(r.needs.iter().filter(|n| **n != parent).cloned());
                }
                facts.needed.insert((*address).clone(), needed);
            }
            if d.gone_with_parent
                && let Some(parent) = self.parent_of(d)
            {
                facts.goes_with.insert((*address).clone(), parent);
            }
            if d.action == Action::Replace && d.restored.is_none() && (d.gone_with_parent || !d.kind.create_first) {
                facts.one_place.insert((*address).clone());
            }
        }
        facts
    }

    fn lower(
        &self,
        d: &Decision<'_>,
        embedded: &BTreeMap<Address, Address>,
        drafts: &mut Vec<Draft>,
        findings: &mut Vec<Finding>,
    ) {
        let beside = d.kind.create_first && !d.gone_with_parent || d.restored.is_some();
        let ends = matches!(d.action, Action::Delete | Action::Forget);
        let held = self.inputs.options.hold && !d.kind.secrets.is_empty() && !ends;
        if ends {
            // First: with the address goes all that is recorded of it, and nothing else knows a key without a mark.
            self.retire(d, Role::Removes, held, drafts);
        }
        match d.action {
            Action::Create => {
                self.make(d, embedded, drafts);
                if let Some(gone) = d.recorded {
                    // Somebody removed the one that the record knows.
                    drafts.push(self.bare(d, Action::Forget, Role::Retires, retired(&gone.id, &gone.incarnation)));
                }
            }
            Action::Replace if beside => {
                self.make(d, embedded, drafts);
                if let Some(found) = d.found.filter(|f| d.restored.is_none() && (!held || is_unkept(d, &f.id))) {
                    self.remove(d, &found.id, Role::Retires, retired(&found.id, &found.incarnation), drafts);
                }
            }
            Action::Replace => {
                let stays = d.found.is_some_and(|f| kept(d.kind, &f.object));
                if let (Some(found), false, false) = (d.found, d.gone_with_parent, stays) {
                    self.remove(d, &found.id, Role::Removes, Outcome::Removes, drafts);
                }
                self.make(d, embedded, drafts);
                if let (Some(found), true) = (d.found, stays) {
                    drafts.push(self.bare(d, Action::Forget, Role::Retires, retired(&found.id, &found.incarnation)));
                }
            }
            Action::Delete => {
                if let (Some(found), false) = (d.found, d.gone_with_parent) {
                    self.remove(d, &found.id, Role::Removes, Outcome::Removes, drafts);
                }
            }
            // The removal of its parent forgets it as well.
            Action::Forget if d.gone_with_parent => {}
            Action::Forget => drafts.push(self.bare(d, Action::Forget, Role::Removes, Outcome::Removes)),
            Action::Adopt | Action::Update | Action::Read | Action::NoOp => {
                if d.unrecorded
                    && let Some(adopting) = self.adopting(d)
                {
                    drafts.push(self.bare(d, Action::Adopt, Role::Provides, Outcome::Adopts(Box::new(adopting))));
                }
                if d.action == Action::Update {
                    self.update(d, drafts, findings);
                } else if d.waits {
                    let mut draft = self.bare(d, Action::Read, Role::Provides, Outcome::Keeps);
                    draft.step.wait = self.ready(d, self.id(&d.address));
                    draft.step.typical = d.kind.typical;
                    drafts.push(draft);
                }
            }
        }
        if !ends {
            self.retire(d, Role::Retires, held, drafts);
        }
    }

    /// Removes earlier incarnations, and forgets those that are gone already.
    fn retire(&self, d: &Decision<'_>, role: Role, held: bool, drafts: &mut Vec<Draft>) {
        for stray in d.strays.iter().filter(|s| !d.gone_with_parent && (!held || is_unkept(d, &s.id))) {
            self.remove(d, &stray.id, role, retired(&stray.id, &stray.incarnation), drafts);
        }
        let deposed = d.recorded.map(|r| r.deposed.as_slice()).unwrap_or_default();
        let there = |o: &&Deposed| d.strays.iter().chain(&d.stay).any(|s| s.id == o.id);
        for old in deposed.iter().filter(|o| !there(o)) {
            // It is gone already: only the record still knows it.
            drafts.push(self.bare(d, Action::Forget, role, Outcome::RemovesDeposed(old.clone())));
        }
    }

    fn step(&self, d: &Decision<'_>, action: Action, call: Option<Call>, outcomes: Vec<(Address, Outcome)>) -> Step {
        Step {
            id: 0,
            title: format!("{action} {} {}", d.kind.title, d.address.name()),
            address: d.address.clone(),
            action,
            call,
            outcomes,
            needs: BTreeSet::new(),
            wait: None,
            policy: Policy { deadline: DEADLINE, settle: d.kind.settle, patience: d.kind.timeout },
            typical: 1,
        }
    }

    /// A step without a call.
    fn bare(&self, d: &Decision<'_>, action: Action, role: Role, outcome: Outcome) -> Draft {
        Draft { role, step: self.step(d, action, None, vec![(d.address.clone(), outcome)]) }
    }

    fn make(&self, d: &Decision<'_>, embedded: &BTreeMap<Address, Address>, drafts: &mut Vec<Draft>) {
        if embedded.contains_key(&d.address) {
            // The parent's call makes it; what is left is to wait until it is ready.
            if let Some(wait) = self.ready(d, Value::of(&d.address, "id")) {
                let mut draft = self.bare(d, Action::Read, Role::Provides, Outcome::Keeps);
                draft.step.wait = Some(wait);
                draft.step.typical = d.kind.typical;
                drafts.push(draft);
            }
            return;
        }
        let mut args = Args::new(Value::Null, self.parent_id(d), &d.sent);
        let mut outcomes = vec![(d.address.clone(), Outcome::Makes(Box::new(self.making(d, d.kind.create.reply))))];
        if let Some(embed) = d.kind.embed {
            for child in embedded.iter().filter(|(_, p)| **p == d.address).filter_map(|(c, _)| self.by_address.get(c)) {
                args.embedded.push((embed.body)(&Args::new(Value::Null, Value::Null, &child.sent)));
                outcomes.push((child.address.clone(), Outcome::Makes(Box::new(self.making(child, Some(embed.reply))))));
            }
        }
        let mut step = self.step(d, Action::Create, Some((d.kind.create.call)(&args)), outcomes);
        step.wait = self.ready(d, Value::of(&d.address, "id"));
        step.typical = d.kind.typical;
        drafts.push(Draft { role: Role::Provides, step });
    }

    fn making(&self, d: &Decision<'_>, reply: Option<&str>) -> Making {
        let captures =
            |list: &[(&str, &str)]| list.iter().map(|(n, p)| Capture { name: (*n).into(), path: (*p).into() }).collect();
        let parent = self.parent_of(d);
        let id = match (d.kind.create.id, d.kind.name_is_id) {
            (Some(path), _) => Id::At(path.into()),
            (None, Some(name)) => Id::Is(name(&Args::new(Value::Null, self.parent_id(d), &d.sent))),
            (None, None) => Id::Is(d.address.name().into()),
        };
        let carries_mark = d.kind.mark_at().is_some();
        Making {
            reply: reply.map(Into::into),
            id,
            outputs: captures(d.kind.outputs),
            secrets: captures(d.kind.secrets),
            attributes: d.sent.clone(),
            needs: d.resource.map(|r| r.dependencies()).unwrap_or_default(),
            incarnation: if carries_mark { d.incarnation.clone() } else { String::new() },
            lookup: self.lookup(d, parent.as_ref()),
            parent,
        }
    }

    /// How it is found again after an unclear call.
    fn lookup(&self, d: &Decision<'_>, parent: Option<&Address>) -> Lookup {
        let field_at = |f: &str| d.kind.field(f).map_or(f, |f| f.at).to_owned();
        let matcher = match d.kind.identity {
            Identity::Only => return Lookup::Repeat,
            Identity::Opaque(instructions) => {
                return Lookup::Never { instructions: instructions.iter().map(|i| (*i).into()).collect() };
            }
            Identity::Natural(fields) => {
                Matcher::Fields(fields.iter().map(|f| (field_at(f), d.sent.get(*f).cloned().unwrap_or_default())).collect())
            }
            Identity::Marked(at) => {
                let text = mark_text(d.kind, &d.sent).unwrap_or_default();
                match at {
                    MarkAt::Tag(f) => Matcher::Holds { path: field_at(f), text },
                    MarkAt::Text(f) => Matcher::Contains { path: field_at(f), text },
                }
            }
        };
        let (listing, within) = match d.kind.list {
            List::Account(listing) => (listing(), String::new()),
            List::Region(listing) => (listing(d.sent.get("region").and_then(Value::as_text).unwrap_or_default()), String::new()),
            List::Under(listing) => (listing(&Args::new(Value::Null, self.parent_id(d), &d.sent)), String::new()),
            List::Inside(path) => match parent.and_then(|p| Some((p, find(p.kind())?.read?))) {
                Some((p, read)) => {
                    let none = BTreeMap::new();
                    let call = (read.call)(&Args::new(self.id(p), Value::Null, &none));
                    (Listing { call, items: read.item.into(), paged: false, absent_is_empty: true }, path.to_owned())
                }
                None => return Lookup::Repeat,
            },
        };
        Lookup::In { listing: Box::new(listing), within, matcher }
    }

    fn ready(&self, d: &Decision<'_>, id: Value) -> Option<Wait> {
        let (read, ready) = (d.kind.read?, d.kind.ready?);
        Some(Wait {
            read: (read.call)(&Args::new(id, self.parent_id(d), &d.sent)),
            item: read.item.into(),
            until: Until::Ready(ready()),
            failed: d.kind.failed.map(|f| f()),
            every: EVERY,
            timeout: d.kind.timeout,
            outputs: d.kind.outputs.iter().map(|(n, p)| Capture { name: (*n).into(), path: (*p).into() }).collect(),
        })
    }

    fn adopting(&self, d: &Decision<'_>) -> Option<Adopting> {
        let found = d.found?;
        // What differs is what an update then applies; until it has, the record tells what is there.
        let differs: BTreeSet<&str> = d.fields.iter().map(|f| f.field.as_str()).collect();
        Some(Adopting {
            id: found.id.clone(),
            outputs: {
                let mut outputs = capture(d.kind, &found.object);
                outputs.insert("id".into(), found.id.clone().into());
                outputs
            },
            attributes: d
                .sent
                .iter()
                .filter(|(k, _)| !differs.contains(k.as_str()))
                .map(|(k, v)| (k.clone(), v.clone()))
                .collect(),
            parent: self.parent_of(d),
            needs: d.resource.map(|r| r.dependencies()).unwrap_or_default(),
            incarnation: found.incarnation.clone(),
        })
    }

    fn update(&self, d: &Decision<'_>, drafts: &mut Vec<Draft>, findings: &mut Vec<Finding>) {
        let mut left: BTreeSet<&str> = d.fields.iter().map(|f| f.field.as_str()).collect();
        let mut sent = d.sent.clone();
        sent.extend(d.moved.clone());
        let under_way = d.kind.under_way.filter(|u| d.found.is_some_and(|f| (u.holds)().holds(&f.object)));
        for update in d.kind.updates {
            if !update.fields.iter().any(|f| left.contains(f)) {
                continue;
            }
            left.retain(|f| !update.fields.contains(f));
            if under_way.is_some_and(|u| u.fields.iter().any(|f| update.fields.contains(f))) {
                // A run that was cut off began it: what it led to is compared by the next plan.
                let mut draft = self.bare(d, Action::Read, Role::Provides, Outcome::Keeps);
                draft.step.wait = self.ready(d, self.id(&d.address));
                draft.step.typical = d.kind.typical;
                drafts.push(draft);
                continue;
            }
            let call = (update.call)(&Args::new(self.id(&d.address), self.parent_id(d), &sent));
            let applied = update.fields.iter().filter_map(|f| Some(((*f).to_owned(), d.sent.get(*f)?.clone()))).collect();
            let mut step = self.step(d, Action::Update, Some(call), vec![(d.address.clone(), Outcome::Changes(applied))]);
            step.wait = self.ready(d, self.id(&d.address));
            step.typical = d.kind.typical / 2;
            drafts.push(Draft { role: Role::Provides, step });
        }
        for field in left {
            findings.push(error(
                "PT6009",
                Some(&d.address),
                format!("nothing in the catalog changes the field {field} of a {}", d.kind.title),
                "this is a mistake in Pontoon's catalog: please report it".into(),
            ));
        }
    }

    fn remove(&self, d: &Decision<'_>, id: &str, role: Role, outcome: Outcome, drafts: &mut Vec<Draft>) {
        let parent = self.old_parent_id(d);
        let old = d.recorded.map_or(&d.sent, |r| &r.attributes);
        let mut args = Args::new(id.into(), parent.clone(), old);
        args.along = self.along(d);
        let gone = d.kind.read.map(|read| Wait {
            read: (read.call)(&Args::new(id.into(), parent.clone(), old)),
            item: read.item.into(),
            until: Until::Gone,
            failed: None,
            every: EVERY,
            timeout: d.kind.timeout,
            outputs: Vec::new(),
        });
        let whole = matches!(outcome, Outcome::Removes);
        let mut outcomes = vec![(d.address.clone(), outcome)];
        if whole {
            let along = self.by_address.values().filter(|c| c.gone_with_parent && self.parent_of(c).as_ref() == Some(&d.address));
            outcomes.extend(along.map(|c| (c.address.clone(), Outcome::Removes)));
        }
        let delete = match d.kind.delete {
            Delete::Forget => None,
            Delete::Call(write) => Some(write(&args)),
            Delete::Drain { title, drain, drained, delete } => {
                let mut step = self.step(d, Action::Update, Some(drain(&args)), vec![(d.address.clone(), Outcome::Keeps)]);
                step.title = format!("{title} {} {}", d.kind.title, d.address.name());
                step.wait = gone.clone().map(|w| Wait { until: Until::Ready(drained()), ..w });
                step.typical = REMOVAL;
                drafts.push(Draft { role, step });
                Some(delete(&args))
            }
        };
        let mut step = self.step(d, Action::Delete, delete, outcomes);
        step.wait = step.call.as_ref().and(gone);
        step.typical = REMOVAL;
        drafts.push(Draft { role, step });
    }

    /// What goes along: load balancers always, volumes and their snapshots only where stateful things may go.
    fn along(&self, d: &Decision<'_>) -> Value {
        match self.inputs.seen.along.get(&d.address) {
            Some(all) if self.inputs.options.include_stateful => all.clone(),
            Some(all) => Value::map([("load_balancers", all.at("load_balancers").cloned().unwrap_or_default())]),
            None => Value::Null,
        }
    }
}

/// Whether what this incarnation showed once was never kept, so that nothing can use it.
fn is_unkept(d: &Decision<'_>, id: &str) -> bool {
    let lost = |r: &Recorded| !d.kind.secrets.iter().any(|(name, _)| r.outputs.contains_key(&format!("fingerprint:{name}")));
    d.recorded.is_some_and(|r| {
        let earlier = r.deposed.iter().find(|o| o.id == id);
        earlier.map_or(r.id == id && lost(r), |o| o.unkept)
    })
}

/// What the removal of an earlier incarnation does to the record.
fn retired(id: &str, incarnation: &str) -> Outcome {
    Outcome::RemovesDeposed(Deposed { id: id.into(), incarnation: incarnation.into(), unkept: false })
}

fn mark_text(kind: &ResourceType, sent: &BTreeMap<String, Value>) -> Option<String> {
    let find = |t: &str| pontoon_catalog::mark::Mark::find(t).map(|m| m.to_string());
    match kind.mark_at()? {
        MarkAt::Tag(f) => sent.get(f)?.as_list()?.iter().filter_map(Value::as_text).find_map(find),
        MarkAt::Text(f) => find(sent.get(f)?.as_text()?),
    }
}

/// What a person is told of a decision; nothing where nothing happens.
pub fn change(d: &Decision<'_>, steps: &[Step]) -> Option<Change> {
    let retires = !d.strays.is_empty() && d.action != Action::Delete && steps.iter().any(|s| s.address == d.address);
    if d.action == Action::NoOp && !retires {
        return None;
    }
    let calls = steps.iter().filter(|s| s.address == d.address && s.call.is_some()).count();
    let (action, because) = match d.action {
        Action::NoOp => (Action::Delete, "an earlier incarnation is still there".to_owned()),
        action => (action, d.because.clone()),
    };
    Some(Change {
        address: d.address.clone(),
        title: d.kind.title.into(),
        action,
        because,
        fields: if matches!(d.action, Action::Update | Action::Replace | Action::Adopt) { d.fields.clone() } else { Vec::new() },
        impact: d.impact,
        consequence: if d.impact == Impact::Nothing { String::new() } else { d.consequence.clone() },
        stateful: d.kind.stateful,
        cost_before: d.cost.0,
        cost_after: d.cost.1,
        calls: u32::try_from(calls).unwrap_or(u32::MAX),
        origin: d.resource.map(|r| r.origin.clone()).unwrap_or_default(),
    })
}
