//! Request limits: sliding windows on virtual time, each request with a timer of its own.

use crate::clock::Moment;
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

/// So many requests within so long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// Requests.
    pub requests: usize,
    /// The window.
    pub within: Duration,
}

/// The requests counted so far, by whoever and whatever they count for. Kept in memory only: a new process starts afresh.
#[derive(Debug, Default)]
pub(crate) struct Counters(BTreeMap<String, VecDeque<Moment>>);

impl Counters {
    /// Counts one request under `key`, or says how many seconds to wait (at least one).
    pub(crate) fn take(&mut self, key: &str, limit: Limit, now: Moment) -> Result<(), u64> {
        let times = self.recent(key, limit, now);
        if times.len() < limit.requests {
            times.push_back(now);
            return Ok(());
        }
        let oldest = times.front().copied().unwrap_or(now);
        let wait = oldest.plus(limit.within).since(now);
        Err(u64::try_from(wait.as_millis().div_ceil(1000)).unwrap_or(1).max(1))
    }

    /// Requests left under `key`, and when the oldest counted one is forgotten.
    pub(crate) fn left(&mut self, key: &str, limit: Limit, now: Moment) -> (usize, Moment) {
        let times = self.recent(key, limit, now);
        let reset = times.front().copied().unwrap_or(now).plus(limit.within);
        (limit.requests.saturating_sub(times.len()), reset)
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    fn recent(&mut self, key: &str, limit: Limit, now: Moment) -> &mut VecDeque<Moment> {
        let times = self.0.entry(key.to_owned()).or_default();
        while times.front().is_some_and(|t| t.plus(limit.within) <= now) {
            times.pop_front();
        }
        times
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_request_has_a_timer_of_its_own() {
        let limit = Limit { requests: 2, within: Duration::from_secs(10) };
        let mut counters = Counters::default();
        assert_eq!(counters.take("a", limit, Moment(0)), Ok(()));
        assert_eq!(counters.take("a", limit, Moment(4_000)), Ok(()));
        assert_eq!(counters.take("a", limit, Moment(5_500)), Err(5));
        assert_eq!(counters.take("b", limit, Moment(5_500)), Ok(()));
        assert_eq!(counters.take("a", limit, Moment(10_000)), Ok(()));
        assert_eq!(counters.take("a", limit, Moment(11_000)), Err(3));
    }
}
