//! The cloud itself: opens a world, answers requests, keeps the log, shows what exists.

use crate::clock::{Clock, Moment, Running};
use crate::exchange::{Cut, TraceEntry, Vendor};
use crate::faults::Kind;
use crate::limits::Counters;
use crate::reply::{Body, Reply, public};
use crate::state::{Event, State};
use crate::storage::{Line, Log, Op, StorageError};
use crate::world::World;
use crate::{Cx, Refusal, Req, digitalocean, spaces};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Map, Value, json};
use std::future::Future;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

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

type Observer = Box<dyn FnMut(&TraceEntry) + Send>;

struct Inner {
    world: World,
    state: State,
    clock: Running,
    epoch: Moment,
    log: Option<Log>,
    counters: Counters,
    trace: Option<Vec<TraceEntry>>,
    observer: Option<Observer>,
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
        let mut all: Map<String, Value> = Map::new();
        for (name, collection) in &inner.state.docs {
            let short = name.split_once('/').map_or(name.as_str(), |(_, short)| short);
            if short.starts_with('_') || short.contains('#') || collection.len() == 0 {
                continue;
            }
            let docs = collection.iter().map(|(_, slot)| without_secrets(&public(&slot.doc)));
            match all.get_mut(short) {
                Some(Value::Array(items)) => items.extend(docs),
                _ => {
                    all.insert(short.to_owned(), docs.collect::<Vec<_>>().into());
                }
            }
        }
        all.sort_keys();
        all.into()
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

/// What the world has in store for one request.
#[derive(Debug, Clone, Copy)]
struct Trouble {
    cut: Option<Cut>,
    delay: Duration,
    status: Option<u16>,
    slow: f64,
    failing: bool,
}

impl Inner {
    /// Starts a fresh world: the seed, and the requests of `preload`.
    fn begin(&mut self) -> Result<(), OpenError> {
        self.state.random = crate::random::Random(self.world.seed);
        self.settle_teams()?;
        let calm = Trouble { cut: None, delay: Duration::ZERO, status: None, slow: 1.0, failing: false };
        let first = self.world.tokens.first().map(|t| t.token.clone());
        for item in self.world.preload.clone() {
            let token = item.token.or_else(|| first.clone()).unwrap_or_default();
            let request = http::Request::builder()
                .method(item.method.as_str())
                .uri(item.path.as_str())
                .header("authorization", format!("Bearer {token}"))
                .body(Bytes::from(item.body.to_string()))
                .map_err(|e| OpenError::Preload { path: item.path.clone(), message: e.to_string() })?;
            let answer = self.answer(Req::new(Vendor::DigitalOcean, request), calm);
            if let Ok(response) = answer
                && response.status().as_u16() >= 400
            {
                return Err(OpenError::Preload {
                    path: item.path,
                    message: String::from_utf8_lossy(response.body()).into_owned(),
                });
            }
        }
        self.counters.clear();
        Ok(())
    }

    /// Gives every team what it has from the start, teams that came with a newer world file included.
    fn settle_teams(&mut self) -> Result<(), OpenError> {
        let teams: Vec<String> = self.world.teams.iter().map(|t| t.uuid.clone()).collect();
        for team in teams {
            let now = self.clock.now();
            let Self { state, world, log, .. } = self;
            let mut cx = Cx::new(state, world, now, &team);
            digitalocean::begin(&mut cx);
            let line = cx.line(cx.changes());
            let logged = log.as_mut().map_or(Ok(()), |log| log.append(&line));
            logged.map_err(|source| StorageError::Io { path: PathBuf::from("world log"), source })?;
        }
        Ok(())
    }

    /// Draws how long the request takes there and back in tokio's time, and what goes wrong with it.
    fn prepare(&mut self, req: &Req) -> (Duration, Duration, Trouble) {
        let mut trouble = Trouble { cut: None, delay: Duration::ZERO, status: None, slow: 1.0, failing: false };
        let age = self.clock.now().since(self.epoch);
        for (index, fault) in self.world.faults.iter().enumerate() {
            if !fault.fits(req.vendor.name(), &req.method, &req.path, age) {
                continue;
            }
            let count = self.state.hits.entry(index).or_default();
            *count += 1;
            if !fault.strikes(*count, &mut self.state.random) {
                continue;
            }
            match &fault.kind {
                Kind::LoseRequest => trouble.cut = Some(Cut::RequestLost),
                Kind::LoseReply => trouble.cut = Some(Cut::ReplyLost),
                Kind::LateEffect(delay) => {
                    trouble.cut = Some(Cut::Late);
                    trouble.delay = delay.0;
                }
                Kind::Status(status) => trouble.status = Some(*status),
                Kind::Slow(factor) => trouble.slow = factor.max(0.0),
                Kind::FailCreation => trouble.failing = true,
            }
        }
        let range = self.world.latency;
        let virtual_time = self.state.random.between(range.min, range.max).mul_f64(trouble.slow);
        let half = self.clock.clock.real(virtual_time) / 2;
        (half, half, trouble)
    }

    /// Carries the request out, writes it to the log, and only then gives the reply away.
    fn answer(&mut self, mut req: Req, trouble: Trouble) -> Result<http::Response<Bytes>, Cut> {
        let now = self.clock.now();
        self.advance(now);
        let request_body = req.raw.clone();
        let request_headers = req.headers.clone();
        let (method, path, query) = (req.method.clone(), req.path.clone(), req.raw_query.clone());
        let response = match (trouble.cut, trouble.status) {
            (Some(Cut::RequestLost), _) => {
                let _ = self.commit(now, Vec::new());
                None
            }
            (Some(Cut::Late), _) => {
                let event = late(&req);
                let id = (now.plus(trouble.delay).0, self.state.sequence());
                self.state.events.insert(id, event.clone());
                let _ = self.commit(now, vec![Op::Plan(id.0, id.1, event)]);
                None
            }
            (_, Some(status)) => {
                let _ = self.commit(now, Vec::new());
                let reply = match req.vendor {
                    Vendor::DigitalOcean => digitalocean::trouble(status),
                    Vendor::Spaces => spaces::trouble(status),
                };
                Some(self.finish(&req, now, reply))
            }
            _ => match self.transact(&mut req, now, trouble.slow, trouble.failing) {
                Ok(reply) => Some(self.finish(&req, now, reply)),
                // What could not be logged did not happen, and nobody is told.
                Err(_) => None,
            },
        };
        let cut = match (&response, trouble.cut) {
            (None, None) => Some(Cut::RequestLost),
            (_, cut) => cut,
        };
        let shown = response.as_ref();
        let entry = TraceEntry {
            at: now,
            vendor: req.vendor,
            method,
            path,
            query,
            request_headers,
            request_body,
            status: shown.map_or(0, |r| r.status().as_u16()),
            reply_headers: shown.map(|r| r.headers().clone()).unwrap_or_default(),
            reply_body: shown.map(|r| r.body().clone()).unwrap_or_default(),
            cut,
        };
        if let Some(observer) = &mut self.observer {
            observer(&entry);
        }
        if let Some(trace) = &mut self.trace {
            trace.push(entry);
        }
        match (cut, response) {
            (None, Some(response)) => Ok(response),
            (Some(cut), _) => Err(cut),
            (None, None) => Err(Cut::RequestLost),
        }
    }

    /// One request as one transaction; a refusal leaves nothing behind.
    fn transact(&mut self, req: &mut Req, now: Moment, slow: f64, failing: bool) -> std::io::Result<Reply> {
        let Self { state, world, counters, log, .. } = self;
        let mut cx = Cx::new(state, world, now, "").troubled(slow, failing);
        let reply = route(&mut cx, counters, req);
        let refused = reply.status >= 400;
        let line = cx.line(if refused { Vec::new() } else { cx.changes() });
        let logged = log.as_mut().map_or(Ok(()), |log| log.append(&line));
        if refused || logged.is_err() {
            cx.undo();
        }
        logged.map(|()| reply)
    }

    fn commit(&mut self, now: Moment, ops: Vec<Op>) -> std::io::Result<()> {
        match self.log.as_mut() {
            Some(log) => log.append(&Line::of(&self.state, now, ops)),
            None => Ok(()),
        }
    }

    /// Runs what is due, in order, each as a transaction of its own at its own moment.
    fn advance(&mut self, now: Moment) {
        while let Some((&id, _)) = self.state.events.first_key_value() {
            if id.0 > now.0 {
                break;
            }
            let Some(event) = self.state.events.remove(&id) else {
                break;
            };
            let at = Moment(id.0);
            let Self { state, world, counters, log, .. } = self;
            let mut cx = Cx::new(state, world, at, &event.team);
            let mut kept = true;
            if event.kind == LATE {
                kept = arrived(&event.args).is_some_and(|mut req| route(&mut cx, counters, &mut req).status < 400);
            } else if let Some(run) = digitalocean::event(&event.kind) {
                run(&mut cx, &event.args);
            }
            let mut ops = if kept { cx.changes() } else { Vec::new() };
            ops.push(Op::Done(id.0, id.1));
            let line = cx.line(ops);
            let logged = log.as_mut().map_or(Ok(()), |log| log.append(&line));
            if !kept || logged.is_err() {
                cx.undo();
            }
            if logged.is_err() {
                // It stays due, and memory goes on saying what the log says.
                self.state.events.insert(id, event);
                break;
            }
        }
    }

    /// The reply with the headers that every reply carries.
    fn finish(&mut self, req: &Req, now: Moment, reply: Reply) -> http::Response<Bytes> {
        let request_id = self.state.random.uuid();
        let (content_type, bytes) = match reply.body {
            Body::Empty => (None, Bytes::new()),
            Body::Raw(content_type, bytes) => (Some(content_type), bytes),
            Body::Json(document) => {
                let mut document = public(&document);
                if reply.status >= 400
                    && let Some(map) = document.as_object_mut()
                {
                    map.insert("request_id".to_owned(), Value::from(request_id.clone()));
                }
                (Some("application/json; charset=utf-8"), Bytes::from(document.to_string()))
            }
        };
        let mut headers = HeaderMap::new();
        let mut add = |name: &str, value: &str| {
            if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
                headers.append(name, value);
            }
        };
        if let Some(content_type) = content_type {
            add("content-type", content_type);
        }
        add("date", &now.http_date());
        add("x-request-id", &request_id);
        for (name, value) in &reply.headers {
            add(name, value);
        }
        if req.vendor == Vendor::DigitalOcean {
            for (name, value) in digitalocean::limit_headers(&mut self.counters, &self.world, req, now) {
                add(name, &value);
            }
        }
        let mut response = http::Response::new(bytes);
        *response.status_mut() = http::StatusCode::from_u16(reply.status).unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
        *response.headers_mut() = headers;
        response
    }
}

fn route(cx: &mut Cx, counters: &mut Counters, req: &mut Req) -> Reply {
    match req.vendor {
        Vendor::DigitalOcean => digitalocean::dispatch(cx, counters, req),
        Vendor::Spaces => spaces::dispatch(cx, req),
    }
}

/// The reply for a refusal, in DigitalOcean's form.
pub(crate) fn refused(refusal: &Refusal) -> Reply {
    let reply = Reply::json(refusal.status, json!({ "id": refusal.id, "message": refusal.message }));
    match refusal.retry_after {
        Some(seconds) => reply.with("retry-after", seconds.to_string()),
        None => reply,
    }
}

const LATE: &str = "late_request";

fn late(req: &Req) -> Event {
    let headers: Vec<[&str; 2]> =
        req.headers.iter().filter_map(|(name, value)| Some([name.as_str(), value.to_str().ok()?])).collect();
    let mark = if req.raw_query.is_empty() { "" } else { "?" };
    Event {
        kind: LATE.to_owned(),
        team: String::new(),
        args: json!({
            "vendor": req.vendor.name(),
            "method": req.method,
            "target": format!("{}{mark}{}", req.path, req.raw_query),
            "headers": headers,
            "body": STANDARD.encode(&req.raw),
        }),
    }
}

fn arrived(args: &Value) -> Option<Req> {
    let text = |name: &str| args.get(name).and_then(Value::as_str);
    let mut builder = http::Request::builder().method(text("method")?).uri(text("target")?);
    for pair in args.get("headers")?.as_array()? {
        builder = builder.header(pair.get(0)?.as_str()?, pair.get(1)?.as_str()?);
    }
    let body = STANDARD.decode(text("body")?).ok()?;
    Some(Req::new(Vendor::named(text("vendor")?)?, builder.body(Bytes::from(body)).ok()?))
}

/// Fields that hold secrets anywhere in the vendors' documents.
const SECRETS: &[&str] =
    &["password", "secret_key", "access_token", "private_key", "token", "uri", "kubeconfig", "client_key_data", "auth"];

fn without_secrets(document: &Value) -> Value {
    match document {
        Value::Object(map) => map
            .iter()
            .filter(|(key, _)| !SECRETS.contains(&key.as_str()))
            .map(|(key, value)| (key.clone(), without_secrets(value)))
            .collect::<Map<_, _>>()
            .into(),
        Value::Array(items) => items.iter().map(without_secrets).collect::<Vec<_>>().into(),
        other => other.clone(),
    }
}
