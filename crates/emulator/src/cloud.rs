//! The cloud itself: opens a world, answers requests, keeps the log, shows what exists.

use crate::clock::{Clock, Moment, Running};
use crate::cluster::identity::Identity;
use crate::exchange::{Cut, TraceEntry, Vendor};
use crate::inner::Inner;
use crate::limits::Counters;
use crate::state::State;
use crate::storage::{Log, StorageError};
use crate::world::World;
use crate::{Req, objects};
use bytes::Bytes;
use serde_json::Value;
use std::future::Future;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Why a world cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The world file's `start` is no RFC 3339 date.
    #[error("start: {0:?} is no date such as 2026-11-02T09:00:00Z")]
    Start(String),
    /// The world file has no team, or a token of a team that it does not have.
    #[error("{0}")]
    Teams(String),
    /// A request of `preload` was refused.
    #[error("preload of {path} was refused: {message}")]
    Preload {
        /// Its path.
        path: String,
        /// What the vendor said.
        message: String,
    },
    /// The directory cannot be used.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// A world at one moment.
#[derive(Debug, Clone)]
pub struct Snapshot {
    state: State,
    clock: Clock,
    now: Moment,
    epoch: Moment,
}

/// A world that is running. Clones are the same world.
#[derive(Clone)]
pub struct Cloud {
    inner: Arc<Mutex<Inner>>,
}

impl Cloud {
    /// Opens a world, in memory or kept in `dir`, where an earlier one goes on at its own virtual time.
    ///
    /// To be called within a tokio runtime: virtual time runs along with tokio's clock, so a paused runtime gives a
    /// world that jumps from timer to timer.
    ///
    /// # Errors
    /// When the world file makes no sense, or `dir` cannot be used (also: is in use by another process).
    pub fn open(world: World, dir: Option<PathBuf>, clock: Clock) -> Result<Self, OpenError> {
        let epoch = Moment::parse(&world.start).ok_or_else(|| OpenError::Start(world.start.clone()))?;
        for token in &world.tokens {
            if world.team(&token.team).is_none() {
                return Err(OpenError::Teams(format!("a token belongs to team {:?}, which is not there", token.team)));
            }
        }
        if world.teams.is_empty() {
            return Err(OpenError::Teams("a world needs at least one team".to_owned()));
        }
        let (log, saved) = match dir {
            Some(dir) => {
                let (log, saved) = Log::open(&dir)?;
                (Some(log), saved)
            }
            None => (None, None),
        };
        let fresh = saved.is_none();
        let (state, time) = saved.unwrap_or_else(|| (State::default(), epoch));
        let mut inner = Inner {
            state,
            clock: Running::start(clock, time),
            epoch,
            log,
            counters: Counters::default(),
            trace: None,
            observer: None,
            world,
        };
        if fresh {
            inner.begin()?;
        } else {
            inner.settle_teams()?;
        }
        Ok(Self { inner: Arc::new(Mutex::new(inner)) })
    }

    /// The same world once more, in memory, as it is now: what happens in one is not seen in the other. The new one goes
    /// on under `world`'s knobs and seed.
    #[must_use]
    pub fn fork(&self, world: World) -> Self {
        Self::resume(&self.snapshot(), world)
    }

    /// The world as it is now, to be gone on with from here as often as one likes, on any thread.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let mut origin = self.lock();
        let now = origin.clock.now();
        origin.advance(now);
        Snapshot { state: origin.state.clone(), clock: origin.clock.clock, now, epoch: origin.epoch }
    }

    /// A world in memory that goes on from there, under `world`'s knobs and seed. Within a tokio runtime, as [`Cloud::open`].
    #[must_use]
    pub fn resume(from: &Snapshot, world: World) -> Self {
        let state = State { random: crate::random::Random(world.seed), ..from.state.clone() };
        let inner = Inner {
            state,
            clock: Running::start(from.clock, from.now),
            epoch: from.epoch,
            log: None,
            counters: Counters::default(),
            trace: None,
            observer: None,
            world,
        };
        Self { inner: Arc::new(Mutex::new(inner)) }
    }

    /// Answers one request, after the world's latency on tokio's clock.
    ///
    /// What the request does is done and logged as a whole at one moment in between. Dropping the future before that
    /// moment is a lost request, after it a lost reply.
    ///
    /// # Errors
    /// [`Cut`] when the world lets the connection end without a reply.
    pub fn call(
        &self,
        vendor: Vendor,
        request: http::Request<Bytes>,
    ) -> impl Future<Output = Result<http::Response<Bytes>, Cut>> + Send + 'static {
        let cloud = self.clone();
        let req = Req::new(vendor, request);
        async move {
            let (there, back, trouble) = cloud.lock().prepare(&req);
            tokio::time::sleep(there).await;
            let answer = cloud.lock().answer(req, trouble);
            tokio::time::sleep(back).await;
            answer
        }
    }

    /// All that exists, by collection, in the vendors' own form and the order of creation. No secret is in it.
    #[must_use]
    pub fn objects(&self) -> Value {
        let mut inner = self.lock();
        let now = inner.clock.now();
        inner.advance(now);
        objects::all(&inner.state)
    }

    /// Looks at all that exists where it is kept, each document with its collection, internal fields and secrets included:
    /// for whoever looks after every call, and only at a little of it.
    pub fn look<T>(&self, at: impl for<'a> FnOnce(&mut dyn Iterator<Item = (&'a str, &'a Value)>) -> T) -> T {
        let mut inner = self.lock();
        let now = inner.clock.now();
        inner.advance(now);
        at(&mut objects::each(&inner.state))
    }

    /// Another number whenever anything of the world was changed.
    #[must_use]
    pub fn changes(&self) -> u64 {
        let mut inner = self.lock();
        let now = inner.clock.now();
        inner.advance(now);
        inner.state.docs.iter().map(|(_, collection)| collection.stamp()).sum()
    }

    /// Says where clusters' API servers are served, such as `https://127.0.0.1:8443`; kubeconfigs name it from then on.
    pub fn serves_kubernetes_at(&self, address: &str) {
        address.clone_into(&mut self.lock().world.kubernetes.address);
    }

    /// What a server of clusters' API servers identifies itself with.
    #[must_use]
    pub fn identity(&self) -> Identity {
        crate::cluster::identity::of(self.lock().world.seed)
    }

    /// Virtual time.
    #[must_use]
    pub fn now(&self) -> Moment {
        self.lock().clock.now()
    }

    /// How fast virtual time runs.
    #[must_use]
    pub fn clock(&self) -> Clock {
        self.lock().clock.clock
    }

    /// Forgets everything: the world begins anew, at its start.
    ///
    /// # Errors
    /// When the log cannot be written, or `preload` is refused.
    pub fn reset(&self) -> Result<(), OpenError> {
        let mut inner = self.lock();
        if let Some(log) = &mut inner.log {
            log.clear().map_err(|source| StorageError::Io { path: PathBuf::from("world log"), source })?;
        }
        inner.state = State::default();
        inner.counters.clear();
        inner.clock = Running::start(inner.clock.clock, inner.epoch);
        inner.begin()
    }

    /// Begins to keep a trace of requests, or ends it.
    pub fn keep_trace(&self, on: bool) {
        self.lock().trace = on.then(Vec::new);
    }

    /// The trace since it was last taken.
    #[must_use]
    pub fn take_trace(&self) -> Vec<TraceEntry> {
        self.lock().trace.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// Lets `observer` look at every request and reply from now on, such as a check against the vendor's contract.
    /// It must not call the cloud.
    pub fn observe(&self, observer: impl FnMut(&TraceEntry) + Send + 'static) {
        self.lock().observer = Some(Box::new(observer));
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
