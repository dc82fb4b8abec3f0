//! A bucket in memory for several operators at once, that loses, doubles, delays and lies.
//!
//! Operators are threads that take turns: one runs until its next request, then whose turn it is is
//! drawn. So equal seeds give equal histories, and two operators meet at every request.

use jiff::Timestamp;
use pontoon_core::call::Class;
use pontoon_engine::{
    Refusal,
    objects::{Listed, Object, Objects, Put, When},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Condvar, Mutex, MutexGuard},
    time::Duration,
};

/// What conditions are worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conditions {
    Honoured,
    /// Not looked at.
    Ignored,
    /// Of two writers within two seconds both are told that they won.
    Twice,
}

/// What happens to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Nothing is done, and nothing answered.
    Lost,
    /// It is done, and nothing answered.
    Unanswered,
    /// It is answered, and done once more some requests later.
    Doubled,
    /// Nothing is answered, and it is done some requests later.
    Late,
    /// From now on nothing is done and nothing answered: the network, or the process, is gone.
    Gone,
}

/// How a place behaves.
#[derive(Debug, Clone, Copy)]
pub struct Nature {
    pub conditions: Conditions,
    /// Seconds after which lists, and reads, show a write.
    pub lag: i64,
    /// Out of a hundred requests, so many go wrong in a way that is drawn.
    pub trouble: u64,
}

impl Default for Nature {
    fn default() -> Self {
        Nature { conditions: Conditions::Honoured, lag: 0, trouble: 0 }
    }
}

#[derive(Clone)]
struct Written {
    bytes: Option<Vec<u8>>,
    tag: String,
    at: i64,
}

struct Pending {
    after: u64,
    key: String,
    bytes: Vec<u8>,
    when: Wanted,
}

#[derive(Clone)]
enum Wanted {
    Always,
    Absent,
    Same(String),
}

/// What goes wrong on purpose: the n-th request from now, by anybody.
type Planned = Option<(u64, Fault)>;

pub struct World {
    nature: Nature,
    objects: BTreeMap<String, Vec<Written>>,
    pending: Vec<Pending>,
    /// Seconds.
    now: i64,
    requests: u64,
    planned: Planned,
    gone: bool,
    draws: u64,
    /// Who takes part, who waits for a turn, and whose turn it is.
    alive: BTreeSet<usize>,
    waiting: BTreeSet<usize>,
    turn: Option<usize>,
    /// What operators say of themselves.
    pub log: Vec<(usize, String)>,
}

/// The way of one operator to a world. Cheap to clone.
#[derive(Clone)]
pub struct Bucket {
    world: Arc<(Mutex<World>, Condvar)>,
    who: usize,
}

impl World {
    fn draw(&mut self, below: u64) -> u64 {
        self.draws = self.draws.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.draws >> 33) % below
    }

    pub fn ignore_conditions(&mut self) {
        self.nature.conditions = Conditions::Ignored;
    }

    /// Whose turn it is, once everybody waits for one.
    fn choose(&mut self) {
        if self.turn.is_none() && !self.alive.is_empty() && self.waiting == self.alive {
            let n = self.draw(self.alive.len() as u64) as usize;
            self.turn = self.alive.iter().nth(n).copied();
        }
    }

    /// The newest version that is shown.
    fn seen(&self, key: &str) -> Option<&Written> {
        let versions = self.objects.get(key)?;
        versions.iter().rev().find(|w| w.at + self.nature.lag <= self.now).filter(|w| w.bytes.is_some())
    }

    fn newest(&self, key: &str) -> Option<&Written> {
        self.objects.get(key)?.last().filter(|w| w.bytes.is_some())
    }

    fn write(&mut self, key: &str, bytes: Option<Vec<u8>>, when: &Wanted) -> Put {
        let blind = match self.nature.conditions {
            Conditions::Ignored => true,
            Conditions::Twice => self.newest(key).is_some_and(|w| w.at + 2 > self.now),
            Conditions::Honoured => false,
        };
        let holds = match (when, self.newest(key)) {
            (Wanted::Always, _) => true,
            (Wanted::Absent, found) => found.is_none(),
            (Wanted::Same(tag), found) => found.is_some_and(|w| w.tag == *tag),
        };
        if !blind && !holds {
            return Put::Refused;
        }
        let tag = bytes.as_ref().map_or(String::new(), |b| pontoon_core::digest::hex(b, 32));
        let at = self.now;
        self.objects.entry(key.into()).or_default().push(Written { bytes, tag: tag.clone(), at });
        Put::Stored(tag)
    }

    /// What happens to this request; what was late happens before it.
    fn begin(&mut self) -> Option<Fault> {
        self.requests += 1;
        let requests = self.requests;
        let (due, later) = std::mem::take(&mut self.pending).into_iter().partition(|p: &Pending| p.after <= requests);
        self.pending = later;
        for p in due {
            self.write(&p.key, Some(p.bytes), &p.when);
        }
        if self.gone {
            return Some(Fault::Gone);
        }
        if let Some((at, fault)) = self.planned
            && at <= requests
        {
            self.planned = None;
            self.gone = fault == Fault::Gone;
            return Some(fault);
        }
        if self.nature.trouble > 0 && self.draw(100) < self.nature.trouble {
            return Some([Fault::Lost, Fault::Unanswered, Fault::Doubled, Fault::Late][self.draw(4) as usize]);
        }
        None
    }
}

fn unanswered(class: Class) -> Refusal {
    Refusal { class, message: "no answer".into(), retry_after: None }
}

impl Bucket {
    pub fn new(nature: Nature, seed: u64) -> Bucket {
        let world = World {
            nature,
            objects: BTreeMap::new(),
            pending: Vec::new(),
            now: 1_795_244_400,
            requests: 0,
            planned: None,
            gone: false,
            draws: seed,
            alive: BTreeSet::new(),
            waiting: BTreeSet::new(),
            turn: None,
            log: Vec::new(),
        };
        Bucket { world: Arc::new((Mutex::new(world), Condvar::new())), who: usize::MAX }
    }
    pub fn world(&self) -> MutexGuard<'_, World> {
        self.world.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
    /// One of several operators, who take turns from now on.
    pub fn operator(&self, who: usize) -> Bucket {
        self.world().alive.insert(who);
        Bucket { world: self.world.clone(), who }
    }
    /// This operator makes no request any more.
    pub fn leave(&self) {
        let mut world = self.world();
        world.alive.remove(&self.who);
        world.choose();
        self.world.1.notify_all();
    }
    pub fn say(&self, what: impl Into<String>) {
        self.world().log.push((self.who, what.into()));
    }
    /// Lets the `at`-th request from now go wrong, counted from 0.
    pub fn fail(&self, at: u64, fault: Fault) {
        let mut world = self.world();
        world.planned = Some((world.requests + 1 + at, fault));
    }
    /// Everything works from now on, and what was late has happened.
    pub fn heal(&self) {
        let mut world = self.world();
        (world.planned, world.gone, world.nature.trouble) = (None, false, 0);
        for p in std::mem::take(&mut world.pending) {
            world.write(&p.key, Some(p.bytes), &p.when);
        }
        world.now += 3600;
    }
    pub fn requests(&self) -> u64 {
        self.world().requests
    }
    pub fn keys(&self) -> Vec<String> {
        let world = self.world();
        world.objects.keys().filter(|k| world.newest(k).is_some()).cloned().collect()
    }
    pub fn bytes(&self, key: &str) -> Vec<u8> {
        self.world().newest(key).and_then(|w| w.bytes.clone()).unwrap()
    }
    /// Changes an object behind the store's back.
    pub fn set(&self, key: &str, bytes: Option<&[u8]>) {
        self.world().write(key, bytes.map(<[u8]>::to_vec), &Wanted::Always);
    }

    /// Waits for this operator's turn.
    fn turn(&self) -> MutexGuard<'_, World> {
        let mut world = self.world();
        if world.alive.contains(&self.who) {
            world.waiting.insert(self.who);
            world.choose();
            self.world.1.notify_all();
            while world.turn != Some(self.who) {
                world = self.world.1.wait(world).unwrap_or_else(std::sync::PoisonError::into_inner);
                world.choose();
                self.world.1.notify_all();
            }
            world.turn = None;
            world.waiting.remove(&self.who);
        }
        world
    }
}

impl Objects for Bucket {
    fn get(&self, key: &str) -> Result<Option<Object>, Refusal> {
        let mut world = self.turn();
        match world.begin() {
            Some(Fault::Lost | Fault::Unanswered | Fault::Gone) => Err(unanswered(Class::Transient)),
            _ => Ok(world.seen(key).map(|w| Object { bytes: w.bytes.clone().unwrap(), tag: w.tag.clone() })),
        }
    }
    fn put(&self, key: &str, bytes: &[u8], when: When<'_>) -> Result<Put, Refusal> {
        let mut world = self.turn();
        let when = match when {
            When::Always => Wanted::Always,
            When::Absent => Wanted::Absent,
            When::Same(tag) => Wanted::Same(tag.into()),
        };
        let fault = world.begin();
        if matches!(fault, Some(Fault::Doubled | Fault::Late)) {
            let after = world.requests + 1 + world.draw(12);
            world.pending.push(Pending { after, key: key.into(), bytes: bytes.to_vec(), when: when.clone() });
        }
        if matches!(fault, Some(Fault::Lost | Fault::Late | Fault::Gone)) {
            return Err(unanswered(Class::Indeterminate));
        }
        let put = world.write(key, Some(bytes.to_vec()), &when);
        if fault == Some(Fault::Unanswered) { Err(unanswered(Class::Indeterminate)) } else { Ok(put) }
    }
    fn list(&self, prefix: &str) -> Result<Vec<Listed>, Refusal> {
        let mut world = self.turn();
        match world.begin() {
            Some(Fault::Lost | Fault::Unanswered | Fault::Gone) => Err(unanswered(Class::Transient)),
            _ => {
                let keys = world.objects.keys().filter(|k| k.starts_with(prefix));
                Ok(keys.filter_map(|k| Some(Listed { key: k.clone(), tag: world.seen(k)?.tag.clone() })).collect())
            }
        }
    }
    fn remove(&self, key: &str) -> Result<(), Refusal> {
        let mut world = self.turn();
        match world.begin() {
            Some(Fault::Lost | Fault::Late | Fault::Gone) => Err(unanswered(Class::Indeterminate)),
            fault => {
                world.write(key, None, &Wanted::Always);
                if fault == Some(Fault::Unanswered) { Err(unanswered(Class::Indeterminate)) } else { Ok(()) }
            }
        }
    }
    fn pause(&self, time: Duration) {
        // In parts, so that others come at any moment of it.
        for _ in 0..4 {
            let mut world = self.turn();
            world.now += (time.as_secs() as i64).div_euclid(4) + 1;
        }
    }
    fn now(&self) -> Timestamp {
        Timestamp::from_second(self.world().now).unwrap()
    }
    fn name(&self) -> &str {
        "s3://shop-state"
    }
}
