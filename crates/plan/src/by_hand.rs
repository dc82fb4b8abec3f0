//! What a person made by hand inside of ours: a record in our zone, a pool in our cluster.

use crate::matching::{Raw, Seen, objects};
use pontoon_catalog::ResourceType;
use pontoon_core::{
    address::{Address, Scope},
    record::Record,
    value::Value,
};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Something inside of ours that no record knows and no document asks for.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HandMade {
    /// What it stands in.
    pub inside: Address,
    /// Its kind.
    pub kind: &'static str,
    /// What people call its kind.
    pub title: &'static str,
    /// The vendor's id.
    pub id: String,
    /// What a person knows it by.
    pub label: String,
    /// The vendor's own object.
    #[serde(skip)]
    pub object: Value,
}

/// Finds them. `parents` says what each address in play lives in.
pub fn hand_made(
    parents: &BTreeMap<Address, Option<Address>>,
    others: &BTreeMap<Scope, Record>,
    raw: &Raw,
    seen: &Seen,
) -> Vec<HandMade> {
    let mut ours: BTreeSet<(&Address, &str, &str)> = BTreeSet::new();
    let own = seen.matched.iter().map(|(a, m)| (a, &m.id)).chain(seen.strays.iter().map(|s| (&s.address, &s.id)));
    for (address, id) in own {
        if let Some(Some(parent)) = parents.get(address) {
            ours.insert((parent, address.kind(), id));
        }
    }
    for (address, recorded) in others.values().flat_map(|r| &r.resources) {
        if let Some(parent) = &recorded.parent {
            ours.insert((parent, address.kind(), &recorded.id));
        }
    }
    let mut found = Vec::new();
    for (parent, there) in &seen.matched {
        for kind in pontoon_catalog::resource_types().iter().filter(|k| k.parent == Some(parent.kind())) {
            let Some(by_hand) = kind.by_hand.filter(|b| (b.of)(&there.object)) else { continue };
            for (id, object) in objects(kind, Some(parent), raw, seen) {
                if !(by_hand.vendors)(&object) && !ours.contains(&(parent, kind.kind, id.as_str())) {
                    let label = label(kind, by_hand.label, &object);
                    found.push(HandMade { inside: parent.clone(), kind: kind.kind, title: kind.title, id, label, object });
                }
            }
        }
    }
    found
}

fn label(kind: &ResourceType, paths: &[&str], object: &Value) -> String {
    let texts: Vec<&str> = paths.iter().filter_map(|p| object.at(p).and_then(Value::as_text)).collect();
    if texts.is_empty() { kind.title.to_owned() } else { texts.join(" ") }
}
