//! Engines that break the protocol, made by what stands around the engine: its wires and its disk.
//!
//! Each is a mistake that a client of this kind has made before. The simulation has to find every one of them; one that
//! it does not find says that the simulation looks away.

use crate::context::{Context, Wrap};
use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header::DATE};
use pontoon_emulator::Vendor;
use pontoon_wire::{Wire, full};
use std::{
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};
use tower::{ServiceExt, service_fn, util::BoxCloneSyncService};

/// A way to break it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mutant {
    /// After an unclear call it does not wait until the vendor has settled: the vendor's clock runs away from it.
    NoSettleWait,
    /// It takes a removal for done before it was: the answer is there first, the call leaves two seconds later.
    RecordBeforeEffect,
    /// The lock is given to whoever asks.
    NoLock,
    /// A creation that got no answer is sent again at once.
    RetryOnIndeterminate,
    /// What needs a step starts before the step is on disk: no sync of the journal does anything.
    ReleaseBeforeRecord,
}

/// Whether the process that a mutant lives in is alive, by the number of those before it.
#[derive(Clone, Default)]
pub struct Pulse(Arc<AtomicI64>);

impl Pulse {
    /// It has died: what had not left never leaves.
    pub fn stop(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
    fn beat(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }
}

impl Mutant {
    /// Puts itself between the engine and the vendors.
    pub fn stand_between(self, context: &Context, pulse: &Pulse) {
        let ahead = Arc::new(AtomicI64::new(0));
        let pulse = pulse.clone();
        let wrap: Wrap = match self {
            Mutant::NoSettleWait => Rc::new(move |_: Vendor, wire: Wire| runs_away(wire, ahead.clone())),
            Mutant::RecordBeforeEffect => Rc::new(move |_: Vendor, wire: Wire| answers_first(wire, pulse.clone())),
            Mutant::RetryOnIndeterminate => Rc::new(|_: Vendor, wire: Wire| sends_again(wire)),
            // These are in the disk.
            Mutant::NoLock | Mutant::ReleaseBeforeRecord => return,
        };
        context.wrap(wrap);
    }
}

fn runs_away(wire: Wire, ahead: Arc<AtomicI64>) -> Wire {
    BoxCloneSyncService::new(service_fn(move |request: Request<Bytes>| {
        let (wire, ahead) = (wire.clone(), ahead.clone());
        async move {
            let mut reply = wire.oneshot(request).await?;
            let seconds = ahead.fetch_add(900, Ordering::SeqCst);
            let date = reply.headers().get(DATE).and_then(|d| jiff::fmt::rfc2822::parse(d.to_str().ok()?).ok());
            let later = date.and_then(|d| d.timestamp().checked_add(jiff::SignedDuration::from_secs(seconds)).ok());
            let text = later.and_then(|t| jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&t).ok());
            if let Some(value) = text.and_then(|t| HeaderValue::from_str(&t).ok()) {
                reply.headers_mut().insert(DATE, value);
            }
            Ok(reply)
        }
    }))
}

fn answers_first(wire: Wire, pulse: Pulse) -> Wire {
    BoxCloneSyncService::new(service_fn(move |request: Request<Bytes>| {
        let (wire, pulse) = (wire.clone(), pulse.clone());
        async move {
            if request.method() != Method::DELETE {
                return wire.oneshot(request).await;
            }
            let beat = pulse.beat();
            tokio::spawn(async move {
                tokio::time::sleep(Duration::from_secs(2)).await;
                if pulse.beat() == beat {
                    // Nobody waits for the answer any more.
                    let _ = wire.oneshot(request).await;
                }
            });
            let mut reply = Response::new(full(Bytes::new()));
            *reply.status_mut() = StatusCode::NO_CONTENT;
            Ok(reply)
        }
    }))
}

fn sends_again(wire: Wire) -> Wire {
    BoxCloneSyncService::new(service_fn(move |request: Request<Bytes>| {
        let wire = wire.clone();
        async move {
            let again = request.clone();
            let changes = request.method() == Method::POST;
            match wire.clone().oneshot(request).await {
                Err(_) if changes => wire.oneshot(again).await,
                Ok(reply) if changes && reply.status().is_server_error() => wire.oneshot(again).await,
                other => other,
            }
        }
    }))
}
