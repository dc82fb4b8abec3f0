//! One transaction over the world: documents, ids, time, and what happens later.

use crate::Refusal;
use crate::clock::Moment;
use crate::looks::{Looks, Reads};
use crate::reply::public;
use crate::state::{Event, Slot, State};
use crate::storage::{Line, Op};
use crate::world::{Limits, Range, Team, World};
use serde_json::Value;
use std::cell::RefCell;
use std::collections::BTreeMap;
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
    before: BTreeMap<(String, String), Option<Slot>>,
    planned: Vec<(i64, u64)>,
    slow: f64,
    failing: bool,
    /// What is read, for each that wants to know, the innermost last.
    reads: RefCell<Vec<Reads>>,
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
        let name = self.name(collection);
        self.noted(&name, Some(key));
        self.state.docs.get(&name)?.get(key).map(|slot| &slot.doc)
    }

    /// The same, for bookkeeping on which no decision rests: nobody is said to have read it.
    pub(crate) fn peek(&self, collection: &str, key: &str) -> Option<&Value> {
        self.state.docs.get(&self.name(collection))?.get(key).map(|slot| &slot.doc)
    }

    /// The document, to be changed.
    pub fn edit(&mut self, collection: &str, key: &str) -> Option<&mut Value> {
        let name = self.name(collection);
        self.noted(&name, Some(key));
        self.remember(&name, key);
        self.state.docs.get_mut(&name)?.get_mut(key).map(|slot| &mut slot.doc)
    }

    /// Puts a document in without any lag: for records behind other objects.
    pub fn put_settled(&mut self, collection: &str, key: &str, doc: Value) {
        self.insert(collection, key, doc, (0, 0));
    }

    /// Takes a document out without any lag.
    pub fn remove_settled(&mut self, collection: &str, key: &str) -> Option<Value> {
        let name = self.name(collection);
        self.remember(&name, key);
        Some(self.state.docs.get_mut(&name)?.take(key)?.doc)
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
        let name = self.name(collection);
        self.remember(&name, key);
        if let Some(slot) = self.state.docs.get_mut(&name).and_then(|c| c.get_mut(key)) {
            slot.doc = doc;
            return;
        }
        let slot = Slot { seq: self.state.sequence(), read_at, list_at, doc };
        self.state.docs.entry(name).or_default().set(key, slot);
    }

    /// Takes a document out; lists may show it for a while yet.
    pub fn remove(&mut self, collection: &str, key: &str) -> Option<Value> {
        let name = self.name(collection);
        self.remember(&name, key);
        let slot = self.state.docs.get_mut(&name)?.take(key)?;
        let list_at = self.lag(self.world.list_lag);
        if list_at > 0 {
            let ghosts = format!("{name}{GHOSTS}");
            let ghost = format!("{key}#{}", slot.seq);
            self.remember(&ghosts, &ghost);
            let shadow = Slot { list_at, ..slot.clone() };
            self.state.docs.entry(ghosts).or_default().set(&ghost, shadow);
        }
        Some(slot.doc)
    }

    /// Every document of the collection as it is, in the order of creation.
    #[must_use]
    pub fn list(&self, collection: &str) -> Vec<&Value> {
        self.pairs(collection).map(|(_, doc)| doc).collect()
    }

    /// Every document with its key, in the order of creation.
    pub fn pairs(&self, collection: &str) -> impl Iterator<Item = (&str, &Value)> {
        let name = self.name(collection);
        self.noted(&name, None);
        self.state.docs.get(&name).into_iter().flat_map(|c| c.iter().map(|(key, slot)| (key, &slot.doc)))
    }

    /// Every document whose key begins with `home` and a slash, in the order of creation.
    pub(crate) fn list_in(&self, collection: &str, home: &str) -> Vec<&Value> {
        let name = self.name(collection);
        self.noted(&name, Some(&format!("{home}/")));
        self.state.docs.get(&name).into_iter().flat_map(|c| c.iter_in(home)).map(|slot| &slot.doc).collect()
    }

    /// How many documents there are.
    #[must_use]
    pub fn count(&self, collection: &str) -> usize {
        let name = self.name(collection);
        self.noted(&name, None);
        self.state.docs.get(&name).map_or(0, crate::state::Collection::len)
    }

    /// The document as a client reads it: 404 when there is none, or not yet.
    pub fn find(&self, collection: &str, key: &str) -> Result<Value, Refusal> {
        let name = self.name(collection);
        self.noted(&name, Some(key));
        self.state
            .docs
            .get(&name)
            .and_then(|c| c.get(key))
            .filter(|slot| slot.read_at <= self.now.0)
            .map(|slot| slot.doc.clone())
            .ok_or_else(Refusal::not_found)
    }

    /// The collection as a client lists it: without what is too new, with what was deleted just now.
    #[must_use]
    pub fn visible(&self, collection: &str) -> Vec<Value> {
        let name = self.name(collection);
        self.noted(&name, None);
        self.noted(&format!("{name}{GHOSTS}"), None);
        let live = self
            .state
            .docs
            .get(&name)
            .into_iter()
            .flat_map(|c| c.iter().map(|(_, slot)| slot).filter(|slot| slot.list_at <= self.now.0));
        let ghosts = self
            .state
            .docs
            .get(&format!("{name}{GHOSTS}"))
            .into_iter()
            .flat_map(|c| c.iter().map(|(_, slot)| slot).filter(|slot| slot.list_at > self.now.0));
        let mut slots: Vec<&Slot> = live.chain(ghosts).collect();
        slots.sort_by_key(|slot| slot.seq);
        slots.into_iter().map(|slot| slot.doc.clone()).collect()
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

    fn name(&self, collection: &str) -> String {
        if collection.starts_with("global/") { collection.to_owned() } else { format!("{}/{collection}", self.team) }
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
    pub(crate) fn reads_same(&self, reads: &Reads) -> bool {
        reads.same(&self.state.docs)
    }

    /// What this reader wrote just now under a key says nothing new to it.
    pub(crate) fn known(&mut self, collection: &str, key: &str) {
        let name = self.name(collection);
        for reads in self.reads.get_mut() {
            reads.forget(&name, key);
            reads.note(&self.state.docs, &name, Some(key));
        }
    }

    /// What the controllers of a cluster read when they last looked.
    pub(crate) fn looks(&mut self, cluster: &str) -> &mut Looks {
        self.state.looks.entry(cluster.to_owned()).or_default()
    }

    fn noted(&self, name: &str, key: Option<&str>) {
        if let Some(reads) = self.reads.borrow_mut().last_mut() {
            reads.note(&self.state.docs, name, key);
        }
    }

    fn remember(&mut self, name: &str, key: &str) {
        let id = (name.to_owned(), key.to_owned());
        if !self.before.contains_key(&id) {
            let slot = self.state.docs.get(name).and_then(|c| c.get(key)).cloned();
            self.before.insert(id, slot);
        }
    }

    /// What changed, for the log.
    pub(crate) fn changes(&self) -> Vec<Op> {
        let docs = self.before.iter().filter_map(|((name, key), before)| {
            let after = self.state.docs.get(name).and_then(|c| c.get(key));
            match after {
                Some(slot) if before.as_ref() == Some(slot) => None,
                Some(slot) => Some(Op::Put(name.clone(), key.clone(), slot.clone())),
                None => before.as_ref().map(|_| Op::Remove(name.clone(), key.clone())),
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
        for ((name, key), slot) in self.before {
            let collection = self.state.docs.entry(name).or_default();
            match slot {
                Some(slot) => collection.set(&key, slot),
                None => {
                    collection.take(&key);
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
