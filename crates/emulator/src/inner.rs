//! What is behind the lock: one request as one transaction, written to the log before its reply leaves.

use crate::clock::{Moment, Running};
use crate::cloud::OpenError;
use crate::exchange::{Cut, TraceEntry, Vendor};
use crate::faults::Kind;
use crate::late::{LATE, arrived, late};
use crate::limits::Counters;
use crate::reply::{Body, Reply, make_public};
use crate::route::EventHandler;
use crate::state::State;
use crate::storage::{Line, Log, Op, StorageError};
use crate::world::World;
use crate::{Cx, Refusal, Req, cluster, digitalocean, github, spaces, vault};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;
use std::path::PathBuf;
use std::time::Duration;

pub(crate) type Observer = Box<dyn FnMut(&TraceEntry) + Send>;

pub(crate) struct Inner {
    pub world: World,
    pub state: State,
    pub clock: Running,
    pub epoch: Moment,
    pub log: Option<Log>,
    pub counters: Counters,
    pub trace: Option<Vec<TraceEntry>>,
    pub observer: Option<Observer>,
}

/// What the world has in store for one request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Trouble {
    cut: Option<Cut>,
    delay: Duration,
    status: Option<u16>,
    slow: f64,
    failing: bool,
}

impl Inner {
    /// Starts a fresh world: the seed, and the requests of `preload`.
    pub(crate) fn begin(&mut self) -> Result<(), OpenError> {
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
    pub(crate) fn settle_teams(&mut self) -> Result<(), OpenError> {
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
    pub(crate) fn prepare(&mut self, req: &Req) -> (Duration, Duration, Trouble) {
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
    pub(crate) fn answer(&mut self, mut req: Req, trouble: Trouble) -> Result<http::Response<Bytes>, Cut> {
        let now = self.clock.now();
        self.advance(now);
        let is_watched = self.observer.is_some() || self.trace.is_some();
        let seen = is_watched.then(|| {
            let (method, path, query) = (req.method.clone(), req.path.clone(), req.raw_query.clone());
            (req.vendor, method, path, query, req.headers.clone(), req.raw.clone())
        });
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
                    Vendor::Kubernetes => cluster::trouble(status),
                    Vendor::GitHub => github::trouble(status),
                    Vendor::Vault => vault::trouble(status),
                };
                Some(self.finish(&req, now, reply))
            }
            _ => match self.transact(&mut req, now, trouble.slow, trouble.failing) {
                Ok(reply) => Some(self.finish(&req, now, reply)),
                // What could not be logged did not happen.
                Err(e) => Some(self.finish(&req, now, unlogged(req.vendor, &e))),
            },
        };
        let cut = match (&response, trouble.cut) {
            (None, None) => Some(Cut::RequestLost),
            (_, cut) => cut,
        };
        if let Some((vendor, method, path, query, request_headers, request_body)) = seen {
            let shown = response.as_ref();
            let entry = TraceEntry {
                at: now,
                vendor,
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
        }
        match (cut, response) {
            (None, Some(response)) => Ok(response),
            (Some(cut), _) => Err(cut),
            (None, None) => Err(Cut::RequestLost),
        }
    }

    /// One request as one transaction; a refusal leaves nothing behind.
    pub(crate) fn transact(&mut self, req: &mut Req, now: Moment, slow: f64, failing: bool) -> std::io::Result<Reply> {
        let Self { state, world, counters, log, .. } = self;
        let mut cx = Cx::new(state, world, now, "").troubled(slow, failing);
        let reply = route(&mut cx, counters, req);
        let refused = reply.status >= 400;
        let logged = log.as_mut().map_or(Ok(()), |log| log.append(&cx.line(if refused { Vec::new() } else { cx.changes() })));
        if refused || logged.is_err() {
            cx.undo();
        }
        logged.map(|()| reply)
    }

    pub(crate) fn commit(&mut self, now: Moment, ops: Vec<Op>) -> std::io::Result<()> {
        match self.log.as_mut() {
            Some(log) => log.append(&Line::of(&self.state, now, ops)),
            None => Ok(()),
        }
    }

    /// Runs what is due, in order, each as a transaction of its own at its own moment.
    pub(crate) fn advance(&mut self, now: Moment) {
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
            } else if let Some(run) = handler(&event.kind) {
                run(&mut cx, &event.args);
            }
            let logged = log.as_mut().map_or(Ok(()), |log| {
                let mut ops = if kept { cx.changes() } else { Vec::new() };
                ops.push(Op::Done(id.0, id.1));
                log.append(&cx.line(ops))
            });
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
    pub(crate) fn finish(&mut self, req: &Req, now: Moment, reply: Reply) -> http::Response<Bytes> {
        let request_id = self.state.random.uuid();
        let (content_type, bytes) = match reply.body {
            Body::Empty => (None, Bytes::new()),
            Body::Raw(content_type, bytes) => (Some(content_type), bytes),
            Body::Json(mut document) => {
                make_public(&mut document);
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
        Vendor::Kubernetes => cluster::dispatch(cx, req),
        Vendor::GitHub => github::dispatch(cx, counters, req),
        Vendor::Vault => vault::dispatch(cx, req),
    }
}

/// 507: the world cannot write down what it would do, so it does nothing. No vendor says this; the disk
/// under a local world does.
fn unlogged(vendor: Vendor, e: &std::io::Error) -> Reply {
    let message = format!("the local cloud cannot write its log: {e}");
    match vendor {
        Vendor::DigitalOcean => digitalocean::refused(&Refusal::new(507, "insufficient_storage", message)),
        Vendor::Spaces => spaces::trouble(507),
        Vendor::Kubernetes => cluster::trouble(507),
        Vendor::GitHub => github::trouble(507),
        Vendor::Vault => vault::trouble(507),
    }
}

/// Who carries out what was put off.
fn handler(kind: &str) -> Option<EventHandler> {
    let others = [cluster::EVENTS, github::EVENTS, vault::EVENTS];
    digitalocean::event(kind).or_else(|| others.into_iter().flatten().find(|(k, _)| *k == kind).map(|(_, run)| *run))
}
