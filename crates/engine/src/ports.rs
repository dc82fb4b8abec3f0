//! What the engine needs of the outside, as traits.

use futures::future::LocalBoxFuture;
use jiff::Timestamp;
use pontoon_core::{
    address::Address,
    call::{Call, Class, Listing},
    event::{Event, What},
    operation::Frame,
    secret::Secret,
    value::Value,
};
use std::{cell::Cell, rc::Rc, time::Duration};

/// A future on the one thread that everything runs on.
pub type Boxed<'a, T> = LocalBoxFuture<'a, T>;

/// A vendor's answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    /// What it says.
    pub body: Value,
    /// When, by the vendor's clock; seconds since 1970.
    pub at: i64,
}

/// A vendor's refusal, or no answer at all.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    /// What it means.
    pub class: Class,
    /// What the vendor said, without any secret.
    pub message: String,
    /// When to try again, if the vendor said so.
    pub retry_after: Option<Duration>,
}

/// Sends calls.
///
/// Guarantees: a refusal of another class than `Indeterminate` had no effect. Does not retry.
/// Cancellation: dropping a future may leave the call in any state; the engine never drops one.
pub trait Provider {
    /// Sends one call and gives up after `deadline`.
    fn send<'a>(&'a self, call: &'a Call, deadline: Duration) -> Boxed<'a, Result<Reply, Refusal>>;
    /// Fetches all pages; the time is that of the first answer.
    fn list<'a>(&'a self, listing: &'a Listing) -> Boxed<'a, Result<(Vec<Value>, i64), Refusal>>;
    /// Seconds that the vendor's clock is ahead of ours, as far as its answers have told.
    fn skew(&self, provider: &str) -> i64;
}

/// Time.
pub trait Clock {
    /// Now.
    fn now(&self) -> Timestamp;
    /// Waits.
    fn sleep(&self, duration: Duration) -> Boxed<'static, ()>;
}

/// A journal that could not be written.
#[derive(Debug, thiserror::Error)]
#[error("the journal cannot be written")]
pub struct JournalError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// The journal of one operation.
pub trait Journal {
    /// Appends a frame; it may still be in memory afterwards.
    ///
    /// # Errors
    /// Where the frame could not be written.
    fn append(&mut self, frame: &Frame) -> Result<(), JournalError>;
    /// Makes everything that was appended survive a loss of power.
    ///
    /// # Errors
    /// Where that is not certain.
    fn sync(&mut self) -> Result<(), JournalError>;
}

/// Where secrets go that a vendor shows once.
pub trait Secrets {
    /// Puts one there.
    fn put<'a>(&'a self, address: &'a Address, name: &'a str, secret: Secret) -> Boxed<'a, Result<(), String>>;
}

/// A person's wish to stop: no further steps are started, running ones end.
#[derive(Debug, Clone, Default)]
pub struct Stop(Rc<Cell<bool>>);

impl Stop {
    /// A wish that was not uttered yet.
    pub fn new() -> Stop {
        Stop::default()
    }
    /// Utters it.
    pub fn ask(&self) {
        self.0.set(true);
    }
    /// Whether it was uttered.
    pub fn asked(&self) -> bool {
        self.0.get()
    }
}

/// All ports of a run but the journal, which only the coordinator writes.
pub struct Ports<'a> {
    /// Sends calls.
    pub provider: &'a dyn Provider,
    /// Time.
    pub clock: &'a dyn Clock,
    /// Takes secrets.
    pub secrets: &'a dyn Secrets,
    /// Told what happens.
    pub observer: &'a dyn Fn(Event),
    /// Asked before each step.
    pub stop: Stop,
}

impl Ports<'_> {
    /// Tells what happened, now.
    pub fn tell(&self, what: What) {
        (self.observer)(Event { at: self.clock.now().to_string(), what });
    }
    /// Seconds that have passed since a date (RFC 3339), by the clock of a vendor; none where it is no date.
    pub fn vendor_age(&self, provider: &str, date: &str) -> Option<i64> {
        let date: Timestamp = date.parse().ok()?;
        Some(self.vendor_now(provider) - date.as_second())
    }
    /// Now by the clock of a vendor, in seconds since 1970.
    pub fn vendor_now(&self, provider: &str) -> i64 {
        self.clock.now().as_second() + self.provider.skew(provider)
    }
}
