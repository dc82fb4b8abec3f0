//! The clock of a world as the engine's clock.

use jiff::{SignedDuration, Timestamp};
use pontoon_engine::{Clock, ports::Boxed};
use std::time::Duration;
use tokio::time::Instant;

/// Runs on tokio's clock, so that a paused runtime makes it jump from timer to timer; `scale` virtual
/// seconds pass in one second of tokio's.
pub struct WorldClock {
    base: Timestamp,
    anchor: Instant,
    scale: f64,
}

impl WorldClock {
    /// A clock that stands at `base` now.
    pub fn new(base: Timestamp, scale: f64) -> WorldClock {
        WorldClock { base, anchor: Instant::now(), scale }
    }
}

impl Clock for WorldClock {
    fn now(&self) -> Timestamp {
        let passed = SignedDuration::try_from(self.anchor.elapsed().mul_f64(self.scale)).unwrap_or_default();
        self.base.saturating_add(passed).unwrap_or(self.base)
    }
    fn sleep(&self, duration: Duration) -> Boxed<'static, ()> {
        let real = duration.div_f64(self.scale);
        Box::pin(tokio::time::sleep(real))
    }
}
