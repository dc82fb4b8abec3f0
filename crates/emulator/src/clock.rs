//! Virtual time: where the world's clock stands, and how fast it runs against tokio's.

use jiff::Timestamp;
use std::time::Duration;
use tokio::time::Instant;

/// A point of virtual time, in milliseconds since the Unix epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Moment(pub i64);

impl Moment {
    /// This moment and `duration` more.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)))
    }

    /// Time passed since `earlier`; zero when `earlier` is later.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// Whole seconds since the Unix epoch.
    #[must_use]
    pub fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// RFC 3339 in UTC with whole seconds, as DigitalOcean writes most dates: `2026-11-02T09:00:00Z`.
    #[must_use]
    pub fn rfc3339(self) -> String {
        self.timestamp().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
    }

    /// RFC 3339 in UTC with milliseconds, as S3 writes dates in XML: `2026-11-02T09:00:00.000Z`.
    #[must_use]
    pub fn rfc3339_millis(self) -> String {
        format!("{}.{:03}Z", self.timestamp().strftime("%Y-%m-%dT%H:%M:%S"), self.0.rem_euclid(1000))
    }

    /// The form of the HTTP `Date` header: `Mon, 02 Nov 2026 09:00:00 GMT`.
    #[must_use]
    pub fn http_date(self) -> String {
        self.timestamp().strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
    }

    /// Reads RFC 3339; `None` when `text` is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        text.parse::<Timestamp>().ok().map(|t| Self(t.as_millisecond()))
    }

    fn timestamp(self) -> Timestamp {
        Timestamp::from_millisecond(self.0).unwrap_or(Timestamp::UNIX_EPOCH)
    }
}

/// How fast virtual time runs: so many virtual seconds to one second of tokio's clock.
///
/// Under a paused runtime use [`Clock::REAL`]: tokio's clock then jumps from timer to timer, and the world with it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Clock {
    scale: f64,
}

impl Clock {
    /// One second is one second.
    pub const REAL: Self = Self { scale: 1.0 };
    /// For served worlds that shall be ready at once: a thousand seconds in one.
    pub const INSTANT: Self = Self { scale: 1000.0 };

    /// `scale` virtual seconds in one second; anything that is no positive number counts as 1.
    #[must_use]
    pub fn times(scale: f64) -> Self {
        if scale.is_finite() && scale > 0.0 { Self { scale } } else { Self::REAL }
    }

    /// Virtual seconds in one second of tokio's clock.
    #[must_use]
    pub fn scale(self) -> f64 {
        self.scale
    }

    /// The time that tokio must wait until `virtual_time` has passed.
    #[must_use]
    pub fn real(self, virtual_time: Duration) -> Duration {
        virtual_time.div_f64(self.scale)
    }
}

/// A running clock: a start in virtual time and the instant at which it stood there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Running {
    pub clock: Clock,
    base: Moment,
    anchor: Instant,
}

impl Running {
    pub(crate) fn start(clock: Clock, base: Moment) -> Self {
        Self { clock, base, anchor: Instant::now() }
    }

    pub(crate) fn now(&self) -> Moment {
        self.base.plus(self.anchor.elapsed().mul_f64(self.clock.scale))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_as_the_vendors_write_them() {
        let at = Moment::parse("2026-11-02T09:00:00Z").unwrap();
        assert_eq!(at.rfc3339(), "2026-11-02T09:00:00Z");
        assert_eq!(at.http_date(), "Mon, 02 Nov 2026 09:00:00 GMT");
        assert_eq!(at.plus(Duration::from_millis(7)).rfc3339_millis(), "2026-11-02T09:00:00.007Z");
    }

    #[tokio::test(start_paused = true)]
    async fn a_running_clock_follows_tokio_times_its_scale() {
        let base = Moment(0);
        let running = Running::start(Clock::times(60.0), base);
        tokio::time::sleep(Duration::from_secs(2)).await;
        assert_eq!(running.now().since(base), Duration::from_secs(120));
    }
}
