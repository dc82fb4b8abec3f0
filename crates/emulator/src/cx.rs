//! One transaction over the world: documents, ids, time, and what happens later.

use crate::Refusal;
use crate::clock::Moment;
use crate::looks::{Looks, Reads};
use crate::reply::public;
use crate::state::{Collection, Event, Slot, State};
use crate::storage::{Line, Op};
use crate::world::{Limits, Range, Team, World};
use serde_json::Value;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// A transaction: what a handler does becomes real all at once, or, when it refuses, not at all.
///
/// Collections belong to the team that asks. One whose name begins with `global/` belongs to everybody, such as buckets,
/// whose names are global.
pub struct Cx<'a> {
    state: &'a mut State,
    world: &'a World,
    now: Moment,
    team: String,
    /// What was there before this transaction, by the collection's place and the key.
    before: BTreeMap<usize, BTreeMap<String, Option<Slot>>>,
    planned: Vec<(i64, u64)>,
    slow: f64,
    failing: bool,
    /// What is read, for each that wants to know, the innermost last.
    reads: RefCell<Vec<Reads>>,
    /// The last name that was put together: there are millions.
    name: RefCell<String>,
}

impl<'a> Cx<'a> {
    pub(crate) fn new(state: &'a mut State, world: &'a World, now: Moment, team: &str) -> Self {
        Self {
            state,
            world,
            now,
            team: team.to_owned(),
            before: BTreeMap::new(),
            planned: Vec::new(),
            slow: 1.0,
            failing: false,
            reads: RefCell::default(),
            name: RefCell::default(),
        }
    }

    pub(crate) fn troubled(mut self, slow: f64, failing: bool) -> Self {
        self.slow = slow;
        self.failing = failing;
        self
    }

    /// Virtual time at which this request (or event) happens.
    #[must_use]
    pub fn now(&self) -> Moment {
        self.now
    }

    /// The same, the way the vendor writes dates.
    #[must_use]
    pub fn stamp(&self) -> String {
        self.now.rfc3339()
    }

    /// The world's knobs.
    #[must_use]
    pub fn world(&self) -> &'a World {
        self.world
    }

    /// UUID of the team in whose name this runs; empty before the dispatcher knows it.
    #[must_use]
    pub fn team_id(&self) -> &str {
        &self.team
    }

    /// Goes on in the name of another team.
    pub fn as_team(&mut self, uuid: &str) {
        uuid.clone_into(&mut self.team);
    }

    /// The team of the world file.
    #[must_use]
    pub fn team(&self) -> Option<&'a Team> {
        self.world.team(&self.team)
    }

    /// The team's limits.
    #[must_use]
    pub fn limits(&self) -> Limits {
        self.team().map(|t| t.limits.clone()).unwrap_or_default()
    }

    /// A fresh UUID.
    pub fn uuid(&mut self) -> String {
        self.state.random.uuid()
    }

    /// A fresh numeric id, greater than every one before.
    pub fn number(&mut self) -> i64 {
        // Ids of an account are neither dense nor small.
        let step = 1 + self.state.random.below(40);
        self.state.number = self.state.number.max(412_000_000) + step;
        i64::try_from(self.state.number).unwrap_or(i64::MAX)
    }

    /// The next of a row 0, 1, 2 … under `name`, over the whole world.
    pub fn ordinal(&mut self, name: &str) -> u64 {
        let key = "global/_ordinals";
        let next = self.get(key, name).and_then(Value::as_u64).unwrap_or(0);
        self.put_settled(key, name, Value::from(next + 1));
        next
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.state.random.below(bound)
    }

    /// `length` random characters of `alphabet`.
    pub fn random_text(&mut self, alphabet: &str, length: usize) -> String {
        self.state.random.text(alphabet, length)
    }

    /// A public IPv4 address that was not given out before, of a range that is routed nowhere (RFC 2544).
    pub fn public_address(&mut self) -> String {
        let n = self.ordinal("public_address") + 1;
        format!("198.{}.{}.{}", 18 + (n >> 16) % 2, (n >> 8) & 255, n & 255)
    }

    /// How long something of `kind` takes this time; see [`crate::world::default_duration`].
    pub fn draw(&mut self, kind: &str) -> Duration {
        let Range { min, max } = self.world.duration(kind);
        self.state.random.between(min, max).mul_f64(self.slow)
    }

    /// True when the world file wants what this request creates to end in the vendor's error state.
    #[must_use]
    pub fn creation_fails(&self) -> bool {
        self.failing
    }

    /// Lets the event `kind` of this vendor's tables happen later, in the name of the same team.
    pub fn after(&mut self, wait: Duration, kind: &str, args: Value) {
        let at = self.now.plus(wait).0;
        let seq = self.state.sequence();
        let event = Event { kind: kind.to_owned(), team: self.team.clone(), args };
        self.state.events.insert((at, seq), event);
        self.planned.push((at, seq));
    }

    /// The document as it is, whether clients see it yet or not.
    #[must_use]
    pub fn get(&self, collection: &str, key: &str) -> Option<&Value> {
        self.read(collection, Some(key))?.get(key).map(|slot| &*slot.doc)
    }

    /// The same, to be kept while it is changed.
    pub(crate) fn share(&self, collection: &str, key: &str) -> Option<Arc<Value>> {
        self.read(collection, Some(key))?.get(key).map(|slot| slot.doc.clone())
    }

    /// Every document of the collection, to be kept while they are changed.
    pub(crate) fn held(&self, collection: &str) -> Vec<Arc<Value>> {
        self.read(collection, None).into_iter().flat_map(|c| c.iter().map(|(_, slot)| slot.doc.clone())).collect()
    }

    /// The same, for bookkeeping on which no decision rests: nobody is said to have read it.
    pub(crate) fn peek(&self, collection: &str, key: &str) -> Option<&Value> {
        let docs = &self.state.docs;
        docs.at(self.named(collection, |name| docs.place(name))?).get(key).map(|slot| &*slot.doc)
    }

    /// The document, to be changed.
    pub fn edit(&mut self, collection: &str, key: &str) -> Option<&mut Value> {
        self.read(collection, Some(key))?;
        let place = self.named(collection, |name| self.state.docs.place(name))?;
        self.remember(place, key);
        self.state.docs.at_mut(place).get_mut(key).map(|slot| Arc::make_mut(&mut slot.doc))
    }

    /// Puts a document in without any lag: for records behind other objects.
    pub fn put_settled(&mut self, collection: &str, key: &str, doc: Value) {
        self.insert(collection, key, doc, (0, 0));
    }

    /// Takes a document out without any lag.
    pub fn remove_settled(&mut self, collection: &str, key: &str) -> Option<Value> {
        let place = self.named(collection, |name| self.state.docs.place(name))?;
        self.remember(place, key);
        Some(Arc::unwrap_or_clone(self.state.docs.at_mut(place).take(key)?.doc))
    }

    /// Puts a document in; one with that key keeps its place, a new one is seen after the world's lags.
    pub fn put(&mut self, collection: &str, key: &str, doc: Value) {
        let lags = if self.get(collection, key).is_some() {
            (0, 0)
        } else {
            let read_at = self.lag(self.world.read_lag);
            (read_at, self.lag(self.world.list_lag).max(read_at))
        };
        self.insert(collection, key, doc, lags);
    }

    fn insert(&mut self, collection: &str, key: &str, doc: Value, (read_at, list_at): (i64, i64)) {
        let place = self.open(collection);
        self.remember(place, key);
        let doc = Arc::new(doc);
        if let Some(slot) = self.state.docs.at_mut(place).get_mut(key) {
            slot.doc = doc;
            return;
        }
        let slot = Slot { seq: self.state.sequence(), read_at, list_at, doc };
        self.state.docs.at_mut(place).set(key, slot);
    }

    /// Takes a document out; lists may show it for a while yet.
    pub fn remove(&mut self, collection: &str, key: &str) -> Option<Value> {
        let place = self.named(collection, |name| self.state.docs.place(name))?;
        self.remember(place, key);
        let slot = self.state.docs.at_mut(place).take(key)?;
        let list_at = self.lag(self.world.list_lag);
        if list_at > 0 {
            let ghosts = self.open(&format!("{collection}{GHOSTS}"));
            let ghost = format!("{key}#{}", slot.seq);
            self.remember(ghosts, &ghost);
            let shadow = Slot { list_at, ..slot.clone() };
            self.state.docs.at_mut(ghosts).set(&ghost, shadow);
        }
        Some(Arc::unwrap_or_clone(slot.doc))
    }

    /// Every document of the collection as it is, in the order of creation.
    #[must_use]
    pub fn list(&self, collection: &str) -> Vec<&Value> {
        self.pairs(collection).map(|(_, doc)| doc).collect()
    }

    /// Every document with its key, in the order of creation.
    pub fn pairs(&self, collection: &str) -> impl Iterator<Item = (&str, &Value)> {
        self.read(collection, None).into_iter().flat_map(|c| c.iter().map(|(key, slot)| (key, &*slot.doc)))
    }

    /// Every document whose key begins with `home` and a slash, in the order of creation.
    pub(crate) fn list_in(&self, collection: &str, home: &str) -> Vec<&Value> {
        let all = self.read(collection, Some(&format!("{home}/")));
        all.into_iter().flat_map(|c| c.iter_in(home)).map(|slot| &*slot.doc).collect()
    }

    /// How many documents there are.
    #[must_use]
    pub fn count(&self, collection: &str) -> usize {
        self.read(collection, None).map_or(0, Collection::len)
    }

    /// The document as a client reads it: 404 when there is none, or not yet.
    pub fn find(&self, collection: &str, key: &str) -> Result<Value, Refusal> {
        let slot = self.read(collection, Some(key)).and_then(|c| c.get(key)).filter(|slot| slot.read_at <= self.now.0);
        slot.map(|slot| Value::clone(&slot.doc)).ok_or_else(Refusal::not_found)
    }

    /// The collection as a client lists it: without what is too new, with what was deleted just now.
    #[must_use]
    pub fn visible(&self, collection: &str) -> Vec<Value> {
        let all = |name: &str| self.read(name, None).into_iter().flat_map(|c| c.iter().map(|(_, slot)| slot));
        let live = all(collection).filter(|slot| slot.list_at <= self.now.0);
        let ghosts = all(&format!("{collection}{GHOSTS}")).filter(|slot| slot.list_at > self.now.0);
        let mut slots: Vec<&Slot> = live.chain(ghosts).collect();
        slots.sort_by_key(|slot| slot.seq);
        slots.into_iter().map(|slot| Value::clone(&slot.doc)).collect()
    }

    /// UUIDs of every team of the world.
    pub fn teams(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.world.teams.iter().map(|t| t.uuid.as_str())
    }

    /// The document without what is internal.
    #[must_use]
    pub fn public(&self, document: &Value) -> Value {
        public(document)
    }

    fn lag(&mut self, range: Range) -> i64 {
        if range.max.is_zero() {
            return 0;
        }
        self.now.plus(self.state.random.between(range.min, range.max)).0
    }

    /// Calls with the whole name of one of the team's collections.
    fn named<T>(&self, collection: &str, with: impl FnOnce(&str) -> T) -> T {
        if collection.starts_with("global/") {
            return with(collection);
        }
        let mut name = self.name.borrow_mut();
        name.clear();
        name.push_str(&self.team);
        name.push('/');
        name.push_str(collection);
        with(&name)
    }

    /// The place of a collection, which begins to exist.
    fn open(&mut self, collection: &str) -> usize {
        match self.named(collection, |name| self.state.docs.place(name).ok_or_else(|| name.to_owned())) {
            Ok(place) => place,
            Err(name) => self.state.docs.open(&name),
        }
    }

    /// A collection, of which a key is read, or all of it.
    fn read(&self, collection: &str, key: Option<&str>) -> Option<&Collection> {
        let docs = &self.state.docs;
        self.named(collection, |name| {
            let place = docs.place(name);
            if let Some(reads) = self.reads.borrow_mut().last_mut() {
                match place {
                    Some(place) => reads.note(docs, place, key),
                    None => reads.note_absent(name),
                }
            }
            place.map(|place| docs.at(place))
        })
    }

    /// Begins to keep what is read from now on.
    pub(crate) fn watch_reads(&self) {
        self.reads.borrow_mut().push(Reads::default());
    }

    /// What was read since then.
    pub(crate) fn take_reads(&self) -> Reads {
        let mut stack = self.reads.borrow_mut();
        let inner = stack.pop().unwrap_or_default();
        if let Some(outer) = stack.last_mut() {
            outer.merge(&inner);
        }
        inner
    }

    /// Counts these reads as the present reader's.
    pub(crate) fn read_too(&mut self, reads: &Reads) {
        if let Some(outer) = self.reads.get_mut().last_mut() {
            outer.merge(reads);
        }
    }

    /// Whether reading all of it again would give the same.
    pub(crate) fn reads_same(&self, reads: &mut Reads) -> bool {
        reads.same(&self.state.docs)
    }

    /// What this reader wrote just now under a key says nothing new to it.
    pub(crate) fn known(&mut self, collection: &str, key: &str) {
        let place = self.open(collection);
        for reads in self.reads.get_mut() {
            reads.note_again(&self.state.docs, place, key);
        }
    }

    /// What the controllers of a cluster read when they last looked.
    pub(crate) fn looks(&mut self, cluster: &str) -> &mut Looks {
        self.state.looks.entry(cluster.to_owned()).or_default()
    }

    fn remember(&mut self, place: usize, key: &str) {
        let before = self.before.entry(place).or_default();
        if !before.contains_key(key) {
            before.insert(key.to_owned(), self.state.docs.at(place).get(key).cloned());
        }
    }

    /// What changed, for the log.
    pub(crate) fn changes(&self) -> Vec<Op> {
        let all = self.before.iter().flat_map(|(place, keys)| keys.iter().map(|(key, before)| (*place, key, before)));
        let docs = all.filter_map(|(place, key, before)| {
            let name = || self.state.docs.name(place).to_owned();
            match self.state.docs.at(place).get(key) {
                Some(slot) if before.as_ref() == Some(slot) => None,
                Some(slot) => Some(Op::Put(name(), key.clone(), slot.clone())),
                None => before.as_ref().map(|_| Op::Remove(name(), key.clone())),
            }
        });
        let events = self.planned.iter().filter_map(|id| {
            let event = self.state.events.get(id)?;
            Some(Op::Plan(id.0, id.1, event.clone()))
        });
        docs.chain(events).collect()
    }

    /// The log's line for `ops`, with the generator and counters as they are.
    pub(crate) fn line(&self, ops: Vec<Op>) -> Line {
        Line::of(self.state, self.now, ops)
    }

    /// Takes everything back.
    pub(crate) fn undo(self) {
        // Whoever looked saw what never was.
        self.state.looks.clear();
        for (place, keys) in self.before {
            let collection = self.state.docs.at_mut(place);
            for (key, slot) in keys {
                match slot {
                    Some(slot) => collection.set(&key, slot),
                    None => {
                        collection.take(&key);
                    }
                }
            }
        }
        for id in self.planned {
            self.state.events.remove(&id);
        }
    }
}

/// Suffix of the collections that hold what lists still show after its deletion.
pub(crate) const GHOSTS: &str = "#gone";
