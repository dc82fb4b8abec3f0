//! One budget a vendor: how many requests may be under way, and what the vendor's own headers allow.

use http::HeaderMap;
use pontoon_engine::Clock;
use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, VecDeque},
    rc::Rc,
    task::{Poll, Waker},
    time::Duration,
};

/// Requests under way at the same time.
const WIDTH: usize = 12;

/// Calls that were made, by method and path without ids.
pub type Counts = BTreeMap<String, u64>;

/// The budget of one vendor, shared by all that speak to it.
pub struct Budget {
    clock: Rc<dyn Clock>,
    running: Cell<usize>,
    queue: RefCell<VecDeque<Waker>>,
    remaining: Cell<Option<i64>>,
    reset: Cell<i64>,
    skew: Cell<i64>,
    counts: RefCell<Counts>,
}

/// The right to have one request under way.
pub struct Permit<'a>(&'a Budget);

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        self.0.running.set(self.0.running.get() - 1);
        if let Some(next) = self.0.queue.borrow_mut().pop_front() {
            next.wake();
        }
    }
}

impl Budget {
    /// A budget that nothing was spent of.
    pub fn new(clock: Rc<dyn Clock>) -> Budget {
        Budget {
            clock,
            running: Cell::new(0),
            queue: RefCell::default(),
            remaining: Cell::new(None),
            reset: Cell::new(0),
            skew: Cell::new(0),
            counts: RefCell::default(),
        }
    }

    /// The clock that it runs on.
    pub fn clock(&self) -> &dyn Clock {
        self.clock.as_ref()
    }

    /// Waits for its turn: first for a free place, then for the vendor's limit.
    pub async fn permit(&self, method: &str, path: &str) -> Permit<'_> {
        std::future::poll_fn(|cx| {
            if self.running.get() < WIDTH {
                self.running.set(self.running.get() + 1);
                return Poll::Ready(());
            }
            self.queue.borrow_mut().push_back(cx.waker().clone());
            Poll::Pending
        })
        .await;
        let permit = Permit(self);
        let now = self.clock.now().as_second() + self.skew.get();
        let left = self.reset.get() - now;
        if self.remaining.get() == Some(0) && left > 0 {
            self.clock.sleep(Duration::from_secs(left.unsigned_abs().min(60))).await;
            self.remaining.set(None);
        }
        *self.counts.borrow_mut().entry(format!("{method} {}", shape(path))).or_insert(0) += 1;
        permit
    }

    /// Learns from an answer.
    pub fn learn(&self, headers: &HeaderMap) {
        let number = |name: &str| headers.get(name)?.to_str().ok()?.parse::<i64>().ok();
        for prefix in ["", "x-"] {
            if let Some(remaining) = number(&format!("{prefix}ratelimit-remaining")) {
                self.remaining.set(Some(remaining));
                self.reset.set(number(&format!("{prefix}ratelimit-reset")).unwrap_or(0));
            }
        }
        if let Some(date) = headers.get("date").and_then(|d| d.to_str().ok()).and_then(rfc2822) {
            self.skew.set(date - self.clock.now().as_second());
        }
    }

    /// Seconds that the vendor's clock is ahead of ours.
    pub fn skew(&self) -> i64 {
        self.skew.get()
    }

    /// What was called so far.
    pub fn counts(&self) -> Counts {
        self.counts.borrow().clone()
    }
}

fn rfc2822(date: &str) -> Option<i64> {
    jiff::fmt::rfc2822::parse(date).ok().map(|z| z.timestamp().as_second())
}

/// A path with its ids taken out, so that calls can be counted by what they are.
fn shape(path: &str) -> String {
    let id = |s: &str| {
        (s.len() == 36 && s.bytes().filter(|b| *b == b'-').count() == 4)
            || (!s.is_empty() && s.bytes().all(|b| b.is_ascii_digit()))
    };
    path.split('/').map(|s| if id(s) { "{id}" } else { s }).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_counted_without_ids() {
        assert_eq!(shape("/v2/vpcs/5a4981aa-9653-4bd1-bef5-d6bff52042e4/members"), "/v2/vpcs/{id}/members");
        assert_eq!(shape("/v2/domains/example.com/records/123"), "/v2/domains/example.com/records/{id}");
    }

    #[test]
    fn dates_are_read() {
        assert_eq!(rfc2822("Sat, 21 Nov 2026 07:00:00 GMT"), Some(1_795_244_400));
    }
}
