//! The survey: which pages of which kinds to fetch.
//!
//! In rounds, each asked all at once: what lists the account or a region; then what lists one
//! parent, for the parents that were found; then a read of each thing that the record knows and no
//! list showed (a list may lag), and of each thing that was found by its mark or name and that no
//! record knows (a list may still show what is gone); and, before a removal, what the vendor says goes along. A platform that is as
//! it should be needs the first two rounds.

use crate::{
    adopt::Adoption,
    attributes,
    by_hand::{HandMade, hand_made},
    matching::{Raw, Seen, match_all},
};
use pontoon_catalog::{Args, List, ResourceType, find, resource::Attributes};
use pontoon_core::{
    address::{Address, Scope},
    call::Listing,
    plan::{Command, Question, Survey},
    platform::Platform,
    record::Record,
    value::Value,
};
use std::collections::{BTreeMap, BTreeSet};

/// Asks until every address is matched or known to be absent.
pub struct Surveyor<'a> {
    platform: &'a Platform,
    command: Command,
    records: &'a BTreeMap<Scope, Record>,
    asked: BTreeMap<String, Purpose>,
    raw: Raw,
    whole: bool,
    adoption: Option<Adoption>,
}

#[derive(Clone)]
enum Purpose {
    /// Objects of a kind, under a parent or none.
    Objects { kind: &'static ResourceType, parent: Option<Address> },
    /// One thing by its id: there or gone.
    Confirm { kind: &'static ResourceType, parent: Option<Address>, id: String },
    /// What goes along.
    Along { address: Address },
}

impl<'a> Surveyor<'a> {
    /// A survey of what a platform names and what its records know.
    pub fn new(platform: &'a Platform, command: Command, records: &'a BTreeMap<Scope, Record>) -> Self {
        Surveyor { platform, command, records, asked: BTreeMap::new(), raw: Raw::default(), whole: false, adoption: None }
    }

    /// Also asks for what people may have made inside of what is found; [`Surveyor::by_hand`] tells.
    #[must_use]
    pub fn whole(mut self) -> Self {
        self.whole = true;
        self
    }

    /// Also matches what exists by what a person says, by names and by fields.
    #[must_use]
    pub fn adopting(mut self, adoption: Adoption) -> Self {
        self.adoption = Some(adoption);
        self
    }

    /// What stands inside of what was found, and is neither recorded nor asked for nor the vendor's own. `others`: what else
    /// is recorded, of other environments.
    pub fn by_hand(&self, seen: &Seen, others: &BTreeMap<Scope, Record>) -> Vec<HandMade> {
        hand_made(&self.addresses(), others, &self.raw, seen)
    }

    /// What was seen so far.
    pub fn seen(&self) -> Seen {
        match_all(self.platform, self.records, &self.raw, self.adoption.as_ref())
    }

    /// Every address in play with its kind, its parent and a region if it has one.
    fn addresses(&self) -> BTreeMap<Address, Option<Address>> {
        let recorded = self.records.values().flat_map(|r| r.resources.iter().map(|(a, r)| (a.clone(), r.parent.clone())));
        let desired = self.platform.resources.values().map(|r| (r.address.clone(), r.parent.clone()));
        recorded.chain(desired).collect()
    }

    fn regions(&self, kind: &str) -> BTreeSet<String> {
        let recorded = self.records.values().flat_map(|r| r.resources.iter().map(|(a, r)| (a, &r.attributes)));
        let desired = self.platform.resources.values().map(|r| (&r.address, &r.attributes));
        recorded
            .chain(desired)
            .filter(|(a, _)| a.kind() == kind)
            .filter_map(|(_, a)| a.get("region")?.as_text().map(str::to_owned))
            .collect()
    }

    fn ask(&mut self, to: &mut Vec<Question>, key: String, listing: Listing, purpose: Purpose) {
        if !self.asked.contains_key(&key) {
            self.asked.insert(key.clone(), purpose);
            to.push(Question { key, listing });
        }
    }

    /// Lists of the account and of regions, for every kind in play and what those kinds live in.
    fn ask_lists(&mut self, to: &mut Vec<Question>) {
        let mut kinds: BTreeSet<&str> = BTreeSet::new();
        let addresses = self.addresses();
        for address in addresses.keys() {
            let mut kind = find(address.kind());
            while let Some(k) = kind {
                kinds.insert(k.kind);
                kind = k.parent.and_then(find);
            }
        }
        for kind in kinds.into_iter().filter_map(find) {
            let purpose = Purpose::Objects { kind, parent: None };
            match kind.list {
                List::Account(listing) => self.ask(to, kind.kind.to_owned(), listing(), purpose),
                List::Region(listing) => {
                    for region in self.regions(kind.kind) {
                        self.ask(to, format!("{}@{region}", kind.kind), listing(&region), purpose.clone());
                    }
                }
                List::Under(_) | List::Inside(_) => {}
            }
        }
    }

    /// Lists of one parent each, for the parents that exist.
    fn ask_children(&mut self, to: &mut Vec<Question>, seen: &Seen) {
        let mut wanted: BTreeSet<(Address, &'static str)> = BTreeSet::new();
        for (address, parent) in self.addresses() {
            if let (Some(kind), Some(parent)) = (find(address.kind()), parent) {
                wanted.insert((parent, kind.kind));
            }
        }
        for (parent, found) in seen.matched.iter().filter(|_| self.whole) {
            for kind in pontoon_catalog::resource_types().iter().filter(|k| k.parent == Some(parent.kind())) {
                if kind.by_hand.is_some_and(|b| (b.of)(&found.object)) {
                    wanted.insert((parent.clone(), kind.kind));
                }
            }
        }
        for (parent, kind) in wanted {
            let (Some(kind), Some(found)) = (find(kind), seen.matched.get(&parent)) else { continue };
            if let List::Under(listing) = kind.list {
                // One child speaks for all: what a list needs of them (a region) is the parent's.
                let attributes = self.attributes_of_a(kind.kind, &parent);
                let listing = listing(&Args::new(Value::Null, found.id.clone().into(), &attributes));
                // A list may still show a parent that is gone: what lived in it is gone too.
                let listing = Listing { absent_is_empty: true, ..listing };
                let purpose = Purpose::Objects { kind, parent: Some(parent.clone()) };
                self.ask(to, format!("{} in {parent}", kind.kind), listing, purpose);
            }
        }
    }

    /// What one child of a kind is, as it should be or was.
    fn attributes_of_a(&self, kind: &str, parent: &Address) -> Attributes {
        let desired = self.platform.resources.values().map(|r| (&r.address, r.parent.as_ref(), &r.attributes));
        let recorded = self.records.values().flat_map(|r| r.resources.iter().map(|(a, r)| (a, r.parent.as_ref(), &r.attributes)));
        let mut all = desired.chain(recorded);
        all.find(|(a, p, _)| a.kind() == kind && *p == Some(parent)).map(|(_, _, a)| a.clone()).unwrap_or_default()
    }

    /// Reads of what a lagging list may have hidden, or may still show.
    fn ask_doubtful(&mut self, to: &mut Vec<Question>, seen: &Seen) {
        let mut doubtful: Vec<(Address, String)> = Vec::new();
        for record in self.records.values() {
            for (address, recorded) in &record.resources {
                let parent_there = recorded.parent.as_ref().is_none_or(|p| seen.matched.contains_key(p));
                if parent_there && !seen.matched.contains_key(address) {
                    doubtful.push((address.clone(), recorded.id.clone()));
                }
            }
        }
        doubtful.extend(seen.strays.iter().map(|s| (s.address.clone(), s.id.clone())));
        for (address, found) in seen.matched.iter().filter(|(_, m)| m.how != crate::How::Recorded) {
            doubtful.push((address.clone(), found.id.clone()));
            // Another of the same name; the recorded one may only not be listed yet.
            let recorded = self.records.values().find_map(|r| r.resources.get(address));
            doubtful.extend(recorded.map(|r| (address.clone(), r.id.clone())));
        }
        let parents = self.addresses();
        for (address, id) in doubtful {
            let Some(kind) = find(address.kind()) else { continue };
            let Some(read) = kind.read else { continue };
            let parent = parents.get(&address).cloned().flatten();
            let parent_id = parent.as_ref().and_then(|p| seen.matched.get(p)).map_or(Value::Null, |m| m.id.clone().into());
            let none = BTreeMap::new();
            let call = (read.call)(&Args::new(id.clone().into(), parent_id, &none));
            let listing = Listing { call, items: read.item.into(), paged: false, absent_is_empty: true };
            self.ask(to, format!("{} {id}", kind.kind), listing, Purpose::Confirm { kind, parent, id });
        }
    }

    /// What goes along with what is about to be removed.
    fn ask_along(&mut self, to: &mut Vec<Question>, seen: &Seen) {
        for (address, found) in &seen.matched {
            let Some(along) = find(address.kind()).and_then(|k| k.along) else { continue };
            if self.command == Command::Destroy || !self.platform.resources.contains_key(address) {
                let none = BTreeMap::new();
                let listing = along(&Args::new(found.id.clone().into(), Value::Null, &none));
                let listing = Listing { absent_is_empty: true, ..listing };
                self.ask(to, format!("along {address}"), listing, Purpose::Along { address: address.clone() });
            }
        }
    }
}

/// The object of an id in an answer: the answer itself, or what stands in it.
fn within(kind: &ResourceType, id: &str, answer: Value) -> Value {
    let is = |o: &Value| attributes::id_of(kind, o, &Value::Null).is_some_and(|i| i == id);
    let parts = match &answer {
        Value::Map(fields) if !is(&answer) => fields.values(),
        _ => return answer,
    };
    let mut objects = parts.flat_map(|v| v.as_list().unwrap_or(std::slice::from_ref(v)));
    objects.find(|o| is(o)).cloned().unwrap_or(answer)
}

impl Survey for Surveyor<'_> {
    fn questions(&mut self) -> Vec<Question> {
        let mut to = Vec::new();
        self.ask_lists(&mut to);
        if to.is_empty() {
            let seen = self.seen();
            self.ask_children(&mut to, &seen);
            if to.is_empty() {
                self.ask_doubtful(&mut to, &seen);
                self.ask_along(&mut to, &seen);
            }
        }
        to
    }

    fn answer(&mut self, key: &str, objects: Vec<Value>) {
        match self.asked.get(key).cloned() {
            Some(Purpose::Objects { kind, parent }) => self.raw.add(kind.kind, parent, objects),
            Some(Purpose::Confirm { kind, parent, id }) => {
                let there = objects.into_iter().next().map(|o| within(kind, &id, o));
                if let Some(object) = &there {
                    // Whatever stood in the list, this is how it is now.
                    debug_assert!(
                        attributes::id_of(kind, object, &Value::Null).is_none_or(|i| i == id) || kind.create.id.is_none()
                    );
                }
                self.raw.confirm(kind.kind, parent, &id, there);
            }
            Some(Purpose::Along { address }) => {
                if let Some(object) = objects.into_iter().next() {
                    self.raw.along.insert(address, object);
                }
            }
            None => {}
        }
    }
}
