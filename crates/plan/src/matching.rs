//! Which observed object is which address.
//!
//! By the recorded id first; then by the mark, whose lineage tells ours from another platform of the
//! same name; then by the natural key. What carries our mark and is none of these is a stray.

use crate::{
    adopt::{Adoption, match_left},
    attributes::{id_of, mark_of},
};
use pontoon_catalog::{Identity, List, ResourceType, mark};
use pontoon_core::{
    address::{Address, Scope},
    platform::{Platform, Resource},
    record::Record,
    value::Value,
};
use std::collections::{BTreeMap, BTreeSet};

/// Observed objects as they came, by kind and parent.
#[derive(Debug, Default)]
pub struct Raw {
    objects: BTreeMap<(String, Option<Address>), Vec<Value>>,
    gone: BTreeSet<(String, String)>,
    /// What the vendor says goes along with a removal.
    pub along: BTreeMap<Address, Value>,
}

impl Raw {
    /// Takes the objects of a list.
    pub fn add(&mut self, kind: &str, parent: Option<Address>, objects: Vec<Value>) {
        self.objects.entry((kind.into(), parent)).or_default().extend(objects);
    }
    /// Takes the answer to a read by id: it is there, or gone whatever a list says.
    pub fn confirm(&mut self, kind: &str, parent: Option<Address>, id: &str, there: Option<Value>) {
        match there {
            Some(object) => self.add(kind, parent, vec![object]),
            None => {
                self.gone.insert((kind.into(), id.into()));
            }
        }
    }
}

/// How an object was recognized.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum How {
    /// The record names its id.
    Recorded,
    /// It carries the address's mark, of our lineage, and no record names it.
    Marked,
    /// It has the address's natural key, and no record names it.
    Natural,
    /// A person said that it is the address. Only while adopting, as are the two below.
    Told,
    /// It has the address's name, and everything that cannot change.
    Named,
    /// It is the only one that has everything that cannot change.
    Alike,
}

/// An object that is an address.
#[derive(Debug, Clone, PartialEq)]
pub struct Match {
    /// The vendor's id.
    pub id: String,
    /// The object.
    pub object: Value,
    /// How it was recognized.
    pub how: How,
    /// The incarnation that its mark carries.
    pub incarnation: String,
}

/// An object that carries our mark and should not exist.
#[derive(Debug, Clone, PartialEq)]
pub struct Stray {
    /// The address whose mark it carries.
    pub address: Address,
    /// The vendor's id.
    pub id: String,
    /// Its incarnation.
    pub incarnation: String,
    /// The object.
    pub object: Value,
}

/// What a survey saw.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// By address.
    pub matched: BTreeMap<Address, Match>,
    /// Earlier incarnations that still exist.
    pub strays: Vec<Stray>,
    /// Addresses whose mark stands on something of another lineage: its id.
    pub foreign: BTreeMap<Address, String>,
    /// What the vendor says goes along with a removal.
    pub along: BTreeMap<Address, Value>,
    /// While adopting: the only object that lacks nothing but one field that cannot change, and what is there instead.
    pub near: Vec<(Address, String, &'static str, Value)>,
}

/// An address in play.
pub struct Candidate<'a> {
    /// The address.
    pub address: &'a Address,
    /// The id that its record names.
    pub recorded_id: Option<&'a str>,
    /// What it should be.
    pub desired: Option<&'a Resource>,
    record: &'a Record,
}

/// Matches everything, parents before children. `adoption`: while adopting, what counts besides marks and keys.
pub fn match_all(platform: &Platform, records: &BTreeMap<Scope, Record>, raw: &Raw, adoption: Option<&Adoption>) -> Seen {
    let mut seen = Seen { along: raw.along.clone(), ..Seen::default() };
    for kind in pontoon_catalog::resource_types() {
        let mut by_parent: BTreeMap<Option<Address>, Vec<Candidate<'_>>> = BTreeMap::new();
        for record in records.values() {
            let desired = platform.resources.values().filter(|r| r.address.scope() == &record.scope);
            let recorded = record.resources.iter().filter(|(a, _)| a.kind() == kind.kind);
            let mut addresses: BTreeMap<&Address, (Option<&str>, Option<&Resource>)> = BTreeMap::new();
            for (a, r) in recorded {
                addresses.entry(a).or_default().0 = Some(&r.id);
            }
            for r in desired.filter(|r| r.address.kind() == kind.kind) {
                addresses.entry(&r.address).or_default().1 = Some(r);
            }
            for (address, (recorded_id, desired)) in addresses {
                let parent = desired
                    .and_then(|r| r.parent.clone())
                    .or_else(|| record.resources.get(address).and_then(|r| r.parent.clone()));
                by_parent.entry(parent).or_default().push(Candidate { address, recorded_id, desired, record });
            }
        }
        for (parent, candidates) in by_parent {
            match_kind(kind, parent.as_ref(), &candidates, raw, adoption, &mut seen);
        }
    }
    seen
}

/// The objects of a kind under a parent, by id; a later answer replaces an earlier one.
pub fn objects(kind: &ResourceType, parent: Option<&Address>, raw: &Raw, seen: &Seen) -> BTreeMap<String, Value> {
    let parent_id = parent.and_then(|p| seen.matched.get(p)).map_or(Value::Null, |m| m.id.clone().into());
    let mut found: BTreeMap<String, Value> = BTreeMap::new();
    let mut take = |object: &Value| {
        if let Some(id) = id_of(kind, object, &parent_id) {
            found.insert(id, object.clone());
        }
    };
    if let List::Inside(path) = kind.list {
        match parent.and_then(|p| seen.matched.get(p)).and_then(|m| m.object.at(path)) {
            Some(Value::List(items)) => items.iter().for_each(&mut take),
            Some(one @ Value::Map(_)) => take(one),
            _ => {}
        }
    }
    let key = match kind.list {
        List::Account(_) | List::Region(_) => None,
        _ => parent.cloned(),
    };
    raw.objects.get(&(kind.kind.to_owned(), key)).into_iter().flatten().for_each(take);
    found.retain(|id, _| !raw.gone.contains(&(kind.kind.to_owned(), id.clone())));
    found
}

fn match_kind(
    kind: &ResourceType,
    parent: Option<&Address>,
    candidates: &[Candidate<'_>],
    raw: &Raw,
    adoption: Option<&Adoption>,
    seen: &mut Seen,
) {
    if parent.is_some_and(|p| !seen.matched.contains_key(p)) {
        return;
    }
    let mut left = objects(kind, parent, raw, seen);
    let marks: BTreeMap<String, mark::Mark> = left.iter().filter_map(|(id, o)| Some((id.clone(), mark_of(kind, o)?))).collect();
    let incarnation = |id: &str| marks.get(id).map(|m| m.incarnation.clone()).unwrap_or_default();
    for c in candidates {
        if let Some((id, object)) = c.recorded_id.and_then(|id| left.remove_entry(id)) {
            let incarnation = incarnation(&id);
            seen.matched.insert(c.address.clone(), Match { id, object, how: How::Recorded, incarnation });
        }
    }
    for c in candidates {
        for old in c.record.resources.get(c.address).map(|r| r.deposed.as_slice()).unwrap_or_default() {
            if let Some(object) = left.remove(&old.id) {
                let (address, id, incarnation) = (c.address.clone(), old.id.clone(), old.incarnation.clone());
                seen.strays.push(Stray { address, id, incarnation, object });
            }
        }
    }
    let keys: BTreeMap<String, String> = match kind.identity {
        Identity::Natural(fields) => {
            left.iter().filter_map(|(id, o)| Some((observed_key(kind, fields, o)?, id.clone()))).collect()
        }
        _ => BTreeMap::new(),
    };
    for c in candidates {
        let hash = mark::hash(c.address);
        let mine: Vec<String> = marks
            .iter()
            .filter(|(id, m)| {
                left.contains_key(*id) && m.hash == hash && m.platform == c.record.platform && m.scope == c.record.scope.as_str()
            })
            .map(|(id, _)| id.clone())
            .collect();
        for id in mine {
            let Some(object) = left.remove(&id) else { continue };
            let incarnation = incarnation(&id);
            if marks.get(&id).is_some_and(|m| m.lineage != c.record.lineage) {
                seen.foreign.insert(c.address.clone(), id);
            } else if c.desired.is_some() && c.recorded_id.is_none() && !seen.matched.contains_key(c.address) {
                seen.matched.insert(c.address.clone(), Match { id, object, how: How::Marked, incarnation });
            } else {
                seen.strays.push(Stray { address: c.address.clone(), id, incarnation, object });
            }
        }
        if seen.matched.contains_key(c.address) {
            continue;
        }
        let natural = match (kind.identity, c.desired) {
            (Identity::Natural(fields), Some(r)) => desired_key(fields, r).and_then(|k| keys.get(&k).cloned()),
            (Identity::Only, Some(_)) => left.keys().next().cloned(),
            _ => None,
        };
        if let Some((id, object)) = natural.and_then(|id| left.remove_entry(&id)) {
            seen.matched.insert(c.address.clone(), Match { id, object, how: How::Natural, incarnation: String::new() });
        }
    }
    if let Some(adoption) = adoption {
        left.retain(|id, _| !marks.contains_key(id) && !adoption.taken.contains(&(kind.kind, id.clone())));
        match_left(kind, candidates, &mut left, adoption, seen);
    }
}

fn observed_key(kind: &ResourceType, fields: &[&str], object: &Value) -> Option<String> {
    fields.iter().map(|f| object.at(kind.field(f)?.at).map(Value::to_string)).collect::<Option<Vec<_>>>().map(|k| k.join("\n"))
}

fn desired_key(fields: &[&str], resource: &Resource) -> Option<String> {
    fields
        .iter()
        .map(|f| resource.attributes.get(*f).filter(|v| v.is_known()).map(Value::to_string))
        .collect::<Option<Vec<_>>>()
        .map(|k| k.join("\n"))
}

/// What is recorded and was not seen: when it was made (RFC 3339, by the vendor's clock), and for how
/// many seconds after that nothing follows from not seeing it.
pub fn missing<'a>(records: &'a BTreeMap<Scope, Record>, seen: &'a Seen) -> impl Iterator<Item = (&'a str, u32)> {
    let resources = records.values().flat_map(|r| &r.resources);
    resources.filter_map(|(address, recorded)| {
        let visible = recorded.parent.as_ref().is_none_or(|p| seen.matched.contains_key(p));
        let settle = pontoon_catalog::find(address.kind())?.settle;
        (visible && !seen.matched.contains_key(address)).then_some((recorded.since.as_str(), settle))
    })
}
