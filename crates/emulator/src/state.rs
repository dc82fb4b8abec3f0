//! What a world holds: documents by collection, events to come, the generator, the counters.

use crate::looks::Looks;
use crate::random::Random;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A document with its place in the collection and the moments from which clients see it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Slot {
    /// Order of creation, over the whole world.
    pub seq: u64,
    /// Virtual milliseconds from which a read finds it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub read_at: i64,
    /// Virtual milliseconds from which a list shows it; for a deleted one, until which lists still show it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub list_at: i64,
    /// The document: shared with whoever looks at it while others go on.
    pub doc: Arc<Value>,
}

/// Documents in the order of their creation, and when each was last touched.
#[derive(Debug, Clone, Default)]
pub(crate) struct Collection {
    /// Place in the order, and stamp of the last change, by key.
    keys: FxHashMap<String, (u64, u64)>,
    slots: BTreeMap<u64, (String, Slot)>,
    /// What lies under keys that begin with this and a slash: objects of one namespace.
    homes: FxHashMap<String, Home>,
    /// Counts changes, from 1; never goes back, also when a transaction is taken back.
    stamp: u64,
}

#[derive(Debug, Clone, Default)]
struct Home {
    /// Stamp of the last change.
    stamp: u64,
    /// Places in the order.
    places: BTreeSet<u64>,
}

impl Collection {
    pub(crate) fn get(&self, key: &str) -> Option<&Slot> {
        self.slots.get(&self.keys.get(key)?.0).map(|(_, slot)| slot)
    }

    /// The slot, to be changed.
    pub(crate) fn get_mut(&mut self, key: &str) -> Option<&mut Slot> {
        let (seq, touched) = self.keys.get_mut(key)?;
        *touched = self.stamp + 1;
        let seq = *seq;
        self.touch(key);
        self.slots.get_mut(&seq).map(|(_, slot)| slot)
    }

    /// Counts a change under a key, and gives its home.
    fn touch(&mut self, key: &str) -> Option<&mut Home> {
        self.stamp += 1;
        let (home, _) = key.split_once('/')?;
        if !self.homes.contains_key(home) {
            self.homes.insert(home.to_owned(), Home::default());
        }
        let home = self.homes.get_mut(home)?;
        home.stamp = self.stamp;
        Some(home)
    }

    /// Another number after each change of anything in here; 0 for what was never touched.
    pub(crate) fn stamp(&self) -> u64 {
        self.stamp
    }

    /// The stamp of the last change under a key; 0 when nothing is there. With a slash at its end, that of the last
    /// change under any key that begins with it.
    pub(crate) fn stamp_of(&self, key: &str) -> u64 {
        match key.strip_suffix('/') {
            Some(home) => self.homes.get(home).map_or(0, |home| home.stamp),
            None => self.keys.get(key).map_or(0, |(_, stamp)| *stamp),
        }
    }

    /// Puts the slot in, in place of one with the same key.
    pub(crate) fn set(&mut self, key: &str, slot: Slot) {
        self.take(key);
        if let Some(home) = self.touch(key) {
            home.places.insert(slot.seq);
        }
        self.keys.insert(key.to_owned(), (slot.seq, self.stamp));
        self.slots.insert(slot.seq, (key.to_owned(), slot));
    }

    pub(crate) fn take(&mut self, key: &str) -> Option<Slot> {
        let (seq, _) = self.keys.remove(key)?;
        if let Some(home) = self.touch(key) {
            home.places.remove(&seq);
        }
        self.slots.remove(&seq).map(|(_, slot)| slot)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Slot)> {
        self.slots.values().map(|(key, slot)| (key.as_str(), slot))
    }

    /// What lies under keys that begin with `home` and a slash, in the order of creation.
    pub(crate) fn iter_in(&self, home: &str) -> impl Iterator<Item = &Slot> {
        let places = self.homes.get(home).into_iter().flat_map(|home| &home.places);
        places.filter_map(|seq| self.slots.get(seq).map(|(_, slot)| slot))
    }

    pub(crate) fn len(&self) -> usize {
        self.slots.len()
    }
}

/// Every collection, by name. One that was opened keeps its place for good.
#[derive(Debug, Clone, Default)]
pub(crate) struct Docs {
    places: FxHashMap<Arc<str>, usize>,
    all: Vec<(Arc<str>, Collection)>,
}

impl Docs {
    /// Where the collection of that name is.
    pub(crate) fn place(&self, name: &str) -> Option<usize> {
        self.places.get(name).copied()
    }

    /// The same; it is there from now on.
    pub(crate) fn open(&mut self, name: &str) -> usize {
        if let Some(place) = self.place(name) {
            return place;
        }
        let name: Arc<str> = name.into();
        self.all.push((name.clone(), Collection::default()));
        self.places.insert(name, self.all.len() - 1);
        self.all.len() - 1
    }

    /// The collection at a place.
    pub(crate) fn at(&self, place: usize) -> &Collection {
        &self.all[place].1
    }

    /// The collection at a place, to be changed.
    pub(crate) fn at_mut(&mut self, place: usize) -> &mut Collection {
        &mut self.all[place].1
    }

    /// The name of the collection at a place.
    pub(crate) fn name(&self, place: usize) -> &str {
        &self.all[place].0
    }

    /// All of them, in the order of their names.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Collection)> {
        let mut all: Vec<_> = self.all.iter().map(|(name, collection)| (&**name, collection)).collect();
        all.sort_by_key(|(name, _)| *name);
        all.into_iter()
    }
}

/// Something that happens later, as data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Event {
    /// Which handler.
    pub kind: String,
    /// The team in whose name it runs.
    pub team: String,
    /// Its arguments.
    pub args: Value,
}

/// Everything that outlives the process.
#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    pub random: Random,
    /// Next sequence number, for documents and events.
    pub next: u64,
    /// Last number given out as an id.
    pub number: u64,
    /// Requests seen so far by each fault rule.
    pub hits: BTreeMap<usize, u64>,
    pub docs: Docs,
    /// Keyed by virtual milliseconds and sequence number: the order in which they run.
    pub events: BTreeMap<(i64, u64), Event>,
    /// What the controllers of clusters read when they last looked, by cluster. Kept in memory alone: after a restart
    /// all of them look again, and find nothing to do.
    pub looks: FxHashMap<String, Looks>,
}

impl State {
    pub(crate) fn sequence(&mut self) -> u64 {
        self.next += 1;
        self.next
    }
}

impl Default for Random {
    fn default() -> Self {
        Self(1)
    }
}

fn is_zero(number: &i64) -> bool {
    *number == 0
}
