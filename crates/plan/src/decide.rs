//! What happens to each address, and why.
//!
//! Desired addresses in the order of their needs, so that whatever refers to something new or
//! replaced sees a pending value; then what the record knows and nothing desires any more.

use crate::{
    How, Inputs, Match, Stray, adopt, alone,
    attributes::marked,
    diff::{Diff, diff},
    findings::{error, warning},
    restore,
};
use pontoon_catalog::{Identity, ResourceType, find, mark::Mark, names::INCARNATION, resource::Attributes};
use pontoon_core::{
    address::Address,
    graph::Graph,
    money::Cost,
    plan::{Action, Command, FieldChange, Finding, Impact},
    platform::Resource,
    record::Recorded,
    value::{Reference, Value},
};
use std::collections::{BTreeMap, BTreeSet};

/// What happens to one address.
pub struct Decision<'a> {
    /// Where.
    pub address: Address,
    /// Its kind.
    pub kind: &'static ResourceType,
    /// What.
    pub action: Action,
    /// What should be, if it should.
    pub resource: Option<&'a Resource>,
    /// What is recorded.
    pub recorded: Option<&'a Recorded>,
    /// What is there.
    pub found: Option<&'a Match>,
    /// The attributes to send, with the mark of the incarnation that will be.
    pub sent: Attributes,
    /// The incarnation that will be.
    pub incarnation: String,
    /// What differs.
    pub fields: Vec<FieldChange>,
    /// What the vendor or somebody else moved on to, and is left: a call that says everything says this too.
    pub moved: Attributes,
    /// Why.
    pub because: String,
    /// What it does to what runs.
    pub impact: Impact,
    /// What exactly.
    pub consequence: String,
    /// Whether what is there goes away with its parent, without a call of its own.
    pub gone_with_parent: bool,
    /// Whether it is there and not in the record.
    pub unrecorded: bool,
    /// Whether it is there and not usable yet.
    pub waits: bool,
    /// Earlier incarnations to be removed.
    pub strays: Vec<&'a Stray>,
    /// Earlier incarnations that hold data and stay.
    pub stay: Vec<&'a Stray>,
    /// The attribute that makes it from a backup, where that is what is done.
    pub restored: Option<(&'static str, Value)>,
    /// What it costs now, and will.
    pub cost: (Cost, Cost),
}

impl Decision<'_> {
    /// Whether a new one is made.
    pub fn makes(&self) -> bool {
        matches!(self.action, Action::Create | Action::Replace)
    }
}

/// Decides.
pub fn decide<'a>(inputs: &'a Inputs<'a>, findings: &mut Vec<Finding>) -> Vec<Decision<'a>> {
    let mut decider = Decider { inputs, outputs: BTreeMap::new(), replaced: BTreeSet::new(), decisions: Vec::new() };
    if inputs.command.wants() {
        match order(inputs) {
            Ok(order) => order.iter().filter_map(|a| inputs.platform.resources.get(a)).for_each(|r| decider.desired(r, findings)),
            Err(cycle) => {
                let path: Vec<String> = cycle.iter().map(ToString::to_string).collect();
                findings.push(error(
                    "PT6007",
                    cycle.first(),
                    format!("these need each other: {}", path.join(" needs ")),
                    "this is a mistake in Pontoon's catalog: please report it".into(),
                ));
            }
        }
    }
    decider.undesired(findings);
    decider.decisions
}

fn order(inputs: &Inputs<'_>) -> Result<Vec<Address>, Vec<Address>> {
    let mut graph = Graph::new();
    for r in inputs.platform.resources.values() {
        graph.node(r.address.clone());
        r.dependencies().into_iter().for_each(|d| graph.edge(r.address.clone(), d));
    }
    graph.order().map_err(|c| c.0)
}

/// Whether a recorded name is the one that a replacement of this name was given: with its incarnation, which the record
/// has only of kinds that carry a mark.
fn replacement(kind: &ResourceType, name: &Value, recorded: &Value, incarnation: &str) -> bool {
    let (Some(name), Some(recorded)) = (name.as_text(), recorded.as_text()) else { return false };
    let Some(ending) = recorded.strip_prefix(name).and_then(|rest| rest.strip_prefix('-')) else { return false };
    match incarnation {
        "" => {
            kind.create_first
                && !ending.is_empty()
                && ending.len() < INCARNATION
                && ending.bytes().all(|b| b.is_ascii_alphanumeric())
        }
        own => ending == own,
    }
}

/// The addresses that a person named, and what they need; everything where nothing was named.
fn in_play(inputs: &Inputs<'_>, address: &Address) -> bool {
    let only = &inputs.options.only;
    if only.is_empty() || only.contains(address) {
        return true;
    }
    let mut todo: Vec<&Address> = only.iter().collect();
    let mut known = BTreeSet::new();
    while let Some(a) = todo.pop() {
        if let Some(r) = inputs.platform.resources.get(a) {
            for d in r.dependencies() {
                if d == *address {
                    return true;
                }
                if known.insert(d.clone())
                    && let Some((d, _)) = inputs.platform.resources.get_key_value(&d)
                {
                    todo.push(d);
                }
            }
        }
    }
    false
}

struct Decider<'a> {
    inputs: &'a Inputs<'a>,
    /// What can be referred to: `None` where it is made anew.
    outputs: BTreeMap<Address, Option<BTreeMap<String, Value>>>,
    /// What is removed and made again before its children.
    replaced: BTreeSet<Address>,
    decisions: Vec<Decision<'a>>,
}

impl<'a> Decider<'a> {
    fn lookup(&self, r: &Reference) -> Option<Value> {
        self.outputs.get(&r.address)?.as_ref()?.get(&r.field).cloned()
    }

    fn recorded(&self, address: &Address) -> Option<&'a Recorded> {
        self.inputs.records.get(address.scope())?.resources.get(address)
    }

    fn strays(&self, address: &Address) -> Vec<&'a Stray> {
        let ours = |s: &&Stray| s.address == *address && !find(address.kind()).is_some_and(|k| kept(k, &s.object));
        self.inputs.seen.strays.iter().filter(ours).collect()
    }

    fn desired(&mut self, resource: &'a Resource, findings: &mut Vec<Finding>) {
        let address = &resource.address;
        let Some(kind) = find(address.kind()) else {
            findings.push(error(
                "PT6006",
                Some(address),
                format!("there is no resource type {}", address.kind()),
                "this is a mistake in Pontoon's compiler: please report it".into(),
            ));
            return;
        };
        let recorded = self.recorded(address);
        let found = self.inputs.seen.matched.get(address);
        let attributes: Attributes =
            resource.attributes.iter().map(|(k, v)| (k.clone(), v.resolve(&|r| self.lookup(r)))).collect();
        let lineage = self.inputs.records.get(address.scope()).map(|r| r.lineage.as_str()).unwrap_or_default();
        let mark = |incarnation: &str| Mark::new(&self.inputs.platform.name, address, lineage, incarnation);
        // What was taken over without a mark gets one later, which its record then does not know.
        let mut alive = [recorded.map(|r| &r.incarnation), found.map(|f| &f.incarnation)].into_iter().flatten();
        let alive = alive.find(|i| !i.is_empty()).cloned();
        let unmarked = found.is_some() && alive.is_none();
        let (stay, strays) = restore::part(self.inputs, kind, recorded, self.strays(address), findings);
        let old = alive.unwrap_or_else(|| self.inputs.incarnation.to_owned());
        let mut d = Decision {
            address: address.clone(),
            kind,
            action: Action::NoOp,
            resource: Some(resource),
            recorded,
            found,
            sent: marked(kind, &attributes, &mark(&old)),
            incarnation: old.clone(),
            fields: Vec::new(),
            moved: Attributes::new(),
            because: String::new(),
            impact: Impact::Nothing,
            consequence: String::new(),
            gone_with_parent: false,
            // Also where the vendor gave it another id: a renewed certificate.
            unrecorded: found.is_some_and(|f| recorded.is_none_or(|r| r.id != f.id)),
            waits: false,
            strays,
            stay,
            restored: None,
            cost: (recorded.map_or(Cost::FREE, |r| (kind.price)(&r.attributes)), (kind.price)(&attributes)),
        };
        if let (Some(name), Some(recorded)) = (d.sent.get("name"), recorded)
            && let Some(longer) = recorded.attributes.get("name")
            && replacement(kind, name, longer, &recorded.incarnation)
        {
            // A replacement keeps the longer name that it was made with.
            d.sent.insert("name".into(), longer.clone());
        }
        adopt::keep_as_found(&mut d, &attributes, unmarked);
        let parent_replaced = resource.parent.as_ref().is_some_and(|p| self.replaced.contains(p));
        match found {
            Some(found) => {
                let observed = diff(kind, &d.sent, recorded.map(|r| &r.attributes), &found.object, &resource.origin.path);
                self.compare(&mut d, found, observed, findings);
                restore::decide(self.inputs, &mut d);
                if parent_replaced && kind.dies_with_parent {
                    d.action = Action::Replace;
                    d.gone_with_parent = true;
                    d.because =
                        format!("{} is replaced", resource.parent.as_ref().map_or("its parent".into(), ToString::to_string));
                }
            }
            None => {
                d.action = Action::Create;
                d.because = match recorded {
                    Some(_) if parent_replaced => "what it lives in is replaced".into(),
                    Some(_) if kind.stateful => format!("was deleted outside of Pontoon, with {}", kind.loss),
                    Some(_) => "was deleted outside of Pontoon".into(),
                    None if resource.origin.path.is_empty() => "is needed".into(),
                    None => format!("{} asks for it", resource.origin.path),
                };
            }
        }
        if d.action == Action::Update {
            // What was applied before and is emptied now has to be sent as empty.
            for f in &d.fields {
                d.sent.entry(f.field.clone()).or_insert_with(|| f.after.clone().unwrap_or_default());
            }
        }
        if !in_play(self.inputs, address) {
            d.action = Action::NoOp;
            d.waits = false;
            d.unrecorded = false;
            d.strays.clear();
        }
        if d.makes() {
            d.incarnation = self.inputs.incarnation.to_owned();
            let mut fresh = attributes;
            let beside =
                kind.create_first && !d.gone_with_parent || found.is_some_and(|f| kept(kind, &f.object)) || d.restored.is_some();
            fresh.extend(d.restored.clone().map(|(field, value)| (field.to_owned(), value)));
            if d.action == Action::Replace
                && beside
                && let Some(Value::Text(name)) = fresh.get_mut("name")
            {
                name.push('-');
                name.push_str(self.inputs.incarnation);
            }
            d.sent = marked(kind, &fresh, &mark(&d.incarnation));
        }
        if d.action == Action::NoOp && kind.stateful && !d.strays.is_empty() {
            (d.impact, d.consequence) = destroyed(kind);
        }
        if d.action == Action::Replace && d.restored.is_none() {
            let (impact, consequence) = if kind.create_first && !d.gone_with_parent {
                (Impact::Restart, "the new one is made first; the old one is removed when nothing uses it any more".into())
            } else {
                destroyed(kind)
            };
            d.impact = impact;
            d.consequence = consequence;
            if !kind.create_first || d.gone_with_parent {
                self.replaced.insert(address.clone());
            }
            self.gate(&d, findings);
        }
        let outputs = if d.makes() { None } else { Some(self.outputs_of(&d)) };
        self.outputs.insert(address.clone(), outputs);
        self.decisions.push(d);
    }

    /// Compares a thing that is there.
    fn compare(&self, d: &mut Decision<'a>, found: &Match, observed: Diff, findings: &mut Vec<Finding>) {
        let kind = d.kind;
        let failed = kind.failed.is_some_and(|f| f().holds(&found.object));
        d.waits = !failed && kind.read.is_some() && kind.ready.is_some_and(|r| !r().holds(&found.object));
        let adopts = self.inputs.command == Command::Adopt || self.inputs.options.adopt.contains(&d.address);
        let ours = found.how != How::Natural
            || d.recorded.is_some()
            || kind.parent.is_some()
            || adopts
            || matches!(kind.identity, Identity::Only);
        if !ours {
            findings.push(error(
                "PT6004",
                Some(&d.address),
                format!("a {} with this name exists already, and no record says that it is ours", kind.title),
                format!("take it over with --adopt {}, or name something else", d.address),
            ));
        }
        for (field, value) in &observed.moved {
            findings.push(warning(
                "PT6010",
                Some(&d.address),
                format!("{field} was moved on to {value} outside of Pontoon, and nothing leads back"),
                "write that in the document, to say that it is meant".into(),
            ));
            d.moved.insert((*field).into(), value.clone());
        }
        d.impact = observed.impact;
        d.consequence = observed.consequence;
        d.fields = observed.fields;
        let lost = kind
            .secrets
            .iter()
            .any(|(name, _)| d.recorded.is_none_or(|r| !r.outputs.contains_key(&format!("fingerprint:{name}"))));
        if failed {
            d.action = Action::Replace;
            d.because = "its creation failed at the vendor".into();
        } else if lost {
            d.action = Action::Replace;
            d.because = "its secret was shown once, and nobody stored it".into();
        } else if self.inputs.options.renew.contains(&d.address) {
            d.action = Action::Replace;
            d.because = "another one was asked for".into();
        } else if let Some(why) = observed.replace {
            d.action = Action::Replace;
            d.because = why.into();
        } else if !d.fields.is_empty() {
            d.action = Action::Update;
            let mut reasons: Vec<&str> = d.fields.iter().map(|f| f.because.as_str()).collect();
            reasons.sort_unstable();
            reasons.dedup();
            d.because = reasons.join(", ");
        } else if d.unrecorded {
            d.action = Action::Adopt;
        } else if d.waits {
            d.action = Action::Read;
            d.because = "is not ready yet".into();
        }
        if d.unrecorded {
            let how = match found.how {
                How::Marked => "was made by a run that could not record it",
                _ if d.recorded.is_some() => "the vendor gave it a new id",
                _ if adopts => "is taken over",
                _ => "is there already",
            };
            d.because = if d.because.is_empty() { how.into() } else { format!("{how}; {}", d.because) };
        }
    }

    fn outputs_of(&self, d: &Decision<'_>) -> BTreeMap<String, Value> {
        let mut outputs = d.recorded.map(|r| r.outputs.clone()).unwrap_or_default();
        if let Some(found) = d.found {
            outputs.extend(capture(d.kind, &found.object));
            outputs.insert("id".into(), found.id.clone().into());
        }
        outputs
    }

    /// A stateful thing is destroyed only by name.
    fn gate(&self, d: &Decision<'_>, findings: &mut Vec<Finding>) {
        let options = self.inputs.options;
        let named = |a: &Address| options.include_stateful || options.destroy.contains(a);
        let Some(found) = d.found else { return };
        let never_was = d.kind.failed.is_some_and(|f| f().holds(&found.object));
        if !d.kind.stateful || never_was || named(&d.address) {
            return;
        }
        let parent = d.resource.and_then(|r| r.parent.as_ref()).or_else(|| d.recorded.and_then(|r| r.parent.as_ref()));
        if d.gone_with_parent && parent.is_some_and(named) {
            return;
        }
        findings.push(error(
            "PT6002",
            Some(&d.address),
            format!("this would destroy it, with {} ({})", d.kind.loss, d.because),
            format!("if that is meant, name it: --destroy {}", d.address),
        ));
    }

    /// What is recorded, or carries our mark, and nothing desires.
    fn undesired(&mut self, findings: &mut Vec<Finding>) {
        let inputs = self.inputs;
        let desired = |a: &Address| inputs.command.wants() && inputs.platform.resources.contains_key(a);
        let mut deleted: BTreeSet<Address> = self.replaced.clone();
        // With what is named goes what lives in it.
        let named = |address: &Address, recorded: Option<&Recorded>, deleted: &BTreeSet<Address>| {
            let parent = recorded.and_then(|r| r.parent.as_ref()).filter(|p| deleted.contains(*p));
            let along = parent.is_some() && find(address.kind()).is_some_and(|k| k.dies_with_parent);
            inputs.options.only.is_empty() || inputs.options.only.contains(address) || along
        };
        let mut gone: Vec<(&Address, Option<&'a Recorded>)> =
            inputs.records.values().flat_map(|r| &r.resources).filter(|(a, _)| !desired(a)).map(|(a, r)| (a, Some(r))).collect();
        // Parents first, so that children know that they go along.
        gone.sort_by_key(|(a, r)| (r.is_some_and(|r| r.parent.is_some()), (*a).clone()));
        for (address, recorded) in gone {
            let Some(kind) = find(address.kind()) else { continue };
            let parent = recorded.and_then(|r| r.parent.as_ref());
            let found = inputs.seen.matched.get(address);
            let mut d = Decision {
                address: address.clone(),
                kind,
                action: if found.is_some() { Action::Delete } else { Action::Forget },
                resource: None,
                recorded,
                found,
                sent: recorded.map(|r| r.attributes.clone()).unwrap_or_default(),
                incarnation: recorded.map(|r| r.incarnation.clone()).unwrap_or_default(),
                fields: Vec::new(),
                moved: Attributes::new(),
                because: if inputs.command == Command::Destroy {
                    "destroy".into()
                } else {
                    "the document no longer has it".into()
                },
                impact: Impact::Nothing,
                consequence: String::new(),
                gone_with_parent: kind.dies_with_parent && parent.is_some_and(|p| deleted.contains(p)),
                unrecorded: false,
                waits: false,
                strays: self.strays(address),
                stay: Vec::new(),
                restored: None,
                cost: (recorded.map_or(Cost::FREE, |r| (kind.price)(&r.attributes)), Cost::FREE),
            };
            if found.is_none() {
                d.because = "is gone already".into();
            } else if found.is_some_and(|f| kept(kind, &f.object)) {
                d.action = Action::Forget;
                d.because = format!("the vendor keeps this {}, which costs nothing", kind.title);
            } else {
                let (impact, consequence) = destroyed(kind);
                d.impact = impact;
                d.consequence = consequence;
                if named(address, recorded, &deleted) {
                    deleted.insert(address.clone());
                }
            }
            if !named(address, recorded, &deleted) {
                continue;
            }
            if d.action == Action::Delete {
                self.gate(&d, findings);
                self.warn_along(&d, findings);
            }
            self.decisions.push(d);
        }
        if inputs.command == Command::Destroy {
            findings.extend(alone::findings(inputs, &deleted));
        }
    }

    /// Volumes that Kubernetes made hold data: they go along only where stateful things may go.
    fn warn_along(&self, d: &Decision<'_>, findings: &mut Vec<Finding>) {
        let Some(along) = self.inputs.seen.along.get(&d.address) else { return };
        let volumes = along.at("volumes").and_then(Value::as_list).map_or(0, <[Value]>::len);
        if volumes > 0 && !self.inputs.options.include_stateful {
            findings.push(warning(
                "PT6008",
                Some(&d.address),
                format!("{volumes} volumes that Kubernetes made in it stay, and are billed"),
                "to remove them with their data: --include-stateful".into(),
            ));
        }
    }
}

/// Whether the vendor keeps a thing whatever one does.
pub fn kept(kind: &ResourceType, object: &Value) -> bool {
    kind.kept.is_some_and(|k| k().holds(object))
}

/// What removing a thing does to what runs.
fn destroyed(kind: &ResourceType) -> (Impact, String) {
    match (kind.stateful, kind.loss) {
        (true, loss) => (Impact::LosesData, loss.into()),
        (false, "") => (Impact::Destroys, String::new()),
        (false, loss) => (Impact::Destroys, loss.into()),
    }
}

/// The outputs that an object shows.
pub fn capture(kind: &ResourceType, object: &Value) -> BTreeMap<String, Value> {
    kind.outputs.iter().filter_map(|(name, path)| Some(((*name).to_owned(), object.at(path)?.clone()))).collect()
}
