//! Lengths of time, and times of day.

use super::{Misread, split, text_quantity};
use std::{fmt, str::FromStr};

/// A length of time in whole seconds: `60s`, `5m`, `4h`, `30d`, `2w`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Duration(u64);

const UNITS: &[(&str, u64)] = &[("w", 604_800), ("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)];

impl Duration {
    /// So many seconds.
    pub const fn of_seconds(n: u64) -> Duration {
        Duration(n)
    }
    /// In seconds.
    pub fn seconds(self) -> u64 {
        self.0
    }
    /// In days, rounded up.
    pub fn in_days(self) -> u64 {
        self.0.div_ceil(86_400)
    }
    /// In hours, rounded up.
    pub fn in_hours(self) -> u64 {
        self.0.div_ceil(3600)
    }
}

impl FromStr for Duration {
    type Err = Misread;
    fn from_str(text: &str) -> Result<Duration, Misread> {
        let no = || {
            Misread::new(format!("`{text}` is not a length of time"))
                .hint("write a whole number with s, m, h, d or w, such as 30d")
        };
        let (number, unit) = split(text).ok_or_else(no)?;
        if unit.is_empty() {
            return Err(
                Misread::new(format!("`{text}` has no unit")).hint(format!("write {number}s, {number}m, {number}h or {number}d"))
            );
        }
        let Some((_, factor)) = UNITS.iter().find(|(u, _)| *u == unit) else {
            let known = match unit.to_ascii_lowercase().as_str() {
                "sec" | "secs" | "second" | "seconds" => "s",
                "min" | "mins" | "minute" | "minutes" => "m",
                "hr" | "hrs" | "hour" | "hours" => "h",
                "day" | "days" => "d",
                "week" | "weeks" => "w",
                _ => return Err(no()),
            };
            return Err(Misread::new(format!("`{unit}` is not a unit of time here")).hint(format!("write {number}{known}")));
        };
        match number.parse::<u64>().ok().and_then(|n| n.checked_mul(*factor)) {
            Some(0) => Err(Misread::new("no time at all").hint("write a length of time such as 30d")),
            Some(seconds) => Ok(Duration(seconds)),
            None => Err(no()),
        }
    }
}

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Weeks are read, days are written: retention is spoken of in days everywhere.
        let exact = UNITS.iter().skip(1).find(|(_, factor)| self.0.is_multiple_of(*factor));
        let (unit, factor) = exact.copied().unwrap_or(("s", 1));
        write!(f, "{}{unit}", self.0 / factor)
    }
}
text_quantity!(Duration);

/// A time of day in UTC: `04:00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeOfDay {
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
}

impl FromStr for TimeOfDay {
    type Err = Misread;
    fn from_str(text: &str) -> Result<TimeOfDay, Misread> {
        let two = |t: &str| (t.len() == 2 && t.bytes().all(|b| b.is_ascii_digit())).then(|| t.parse::<u8>().ok()).flatten();
        let parts = text.split_once(':').and_then(|(h, m)| Some((two(h)?, two(m)?)));
        match parts {
            Some((hour @ 0..=23, minute @ 0..=59)) => Ok(TimeOfDay { hour, minute }),
            _ => {
                Err(Misread::new(format!("`{text}` is not a time of day"))
                    .hint("write hours and minutes in UTC, such as \"04:00\""))
            }
        }
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.hour, self.minute)
    }
}
text_quantity!(TimeOfDay);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        for (text, seconds) in [("60s", 60), ("5m", 300), ("4h", 14_400), ("30d", 2_592_000), ("2w", 1_209_600)] {
            assert_eq!(text.parse::<Duration>().map(Duration::seconds), Ok(seconds), "{text}");
        }
        assert_eq!(Duration::of_seconds(2_592_000).to_string(), "30d");
        assert_eq!(Duration::of_seconds(60).to_string(), "1m");
        assert_eq!("30".parse::<Duration>().unwrap_err().hint.as_deref(), Some("write 30s, 30m, 30h or 30d"));
        assert_eq!("5 min".parse::<Duration>().unwrap_err().hint.as_deref(), Some("write 5m"));
        for wrong in ["", "d", "-1d", "0s", "1.5h", "99999999999999999999d", "1y"] {
            assert!(wrong.parse::<Duration>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn times_of_day() {
        assert_eq!("04:00".parse::<TimeOfDay>().map(|t| t.to_string()), Ok("04:00".into()));
        for wrong in ["4:00", "24:00", "04:60", "0400", "04:00:00", "é0:00"] {
            assert!(wrong.parse::<TimeOfDay>().is_err(), "{wrong}");
        }
    }
}
