//! Schedules of five fields, and the longest time that one leaves without a run.

use super::{Duration, Misread, text_quantity};
use jiff::civil::{Date, Weekday, date};
use std::{fmt, str::FromStr};

/// A schedule such as `0 2 * * *`: minute, hour, day of month, month, day of week, in UTC.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Cron {
    text: String,
    minutes: u64,
    hours: u64,
    days: u64,
    months: u64,
    weekdays: u64,
    /// Cron's oddity: when both days are restricted, either of them is enough.
    either_day: bool,
}

const FIELDS: [(&str, u32, u32); 5] =
    [("minute", 0, 59), ("hour", 0, 23), ("day of month", 1, 31), ("month", 1, 12), ("day of week", 0, 7)];
const MONTHS: &[&str] = &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS: &[&str] = &["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

impl Cron {
    /// The longest time between two runs that follow each other, over four years with a leap day.
    /// None for a schedule that never runs, such as on the 30th of February.
    pub fn longest_gap(&self) -> Option<Duration> {
        let times: Vec<u64> = bits(self.hours).flat_map(|h| bits(self.minutes).map(move |m| (h * 60 + m) * 60)).collect();
        let (first, last) = (*times.first()?, *times.last()?);
        let inside = times.windows(2).filter_map(|w| Some(w.get(1)? - w.first()?)).max().unwrap_or(0);
        let (mut longest, mut before) = (0, None);
        for (index, day) in date(2027, 1, 1).series(jiff::Span::new().days(1)).take(1461).enumerate() {
            if !self.runs_on(day) {
                continue;
            }
            let midnight = index as u64 * 86_400;
            if let Some(before) = before {
                longest = longest.max(midnight + first - before).max(inside);
            }
            before = Some(midnight + last);
        }
        before.map(|_| Duration::of_seconds(longest.max(inside)))
    }

    fn runs_on(&self, day: Date) -> bool {
        let has = |set: u64, n: i8| u32::try_from(n).is_ok_and(|n| set & (1 << n) != 0);
        let weekday = has(self.weekdays, day.weekday().since(Weekday::Sunday));
        let of_month = has(self.days, day.day());
        has(self.months, day.month()) && if self.either_day { weekday || of_month } else { weekday && of_month }
    }
}

fn bits(set: u64) -> impl Iterator<Item = u64> {
    (0..64).filter(move |n| set & (1 << n) != 0)
}

impl FromStr for Cron {
    type Err = Misread;
    fn from_str(text: &str) -> Result<Cron, Misread> {
        let fields: Vec<&str> = text.split_whitespace().collect();
        let [minute, hour, day, month, weekday] = fields.as_slice() else {
            return Err(Misread::new(format!("`{text}` has {} fields; a schedule has five", fields.len()))
                .hint("write minute, hour, day of month, month and day of week, such as \"0 2 * * *\""));
        };
        let read = |field: &str, i: usize, names: &[&str]| {
            let (what, low, high) = FIELDS.get(i).copied().unwrap_or(("field", 0, 59));
            field_set(field, low, high, names).ok_or_else(|| {
                Misread::new(format!("`{field}` is not a {what}, which runs from {low} to {high}"))
                    .hint("write numbers, ranges (1-5), lists (1,3), steps (*/15) or *")
            })
        };
        let weekdays = read(weekday, 4, WEEKDAYS)?;
        Ok(Cron {
            text: fields.join(" "),
            minutes: read(minute, 0, &[])?,
            hours: read(hour, 1, &[])?,
            days: read(day, 2, &[])?,
            months: read(month, 3, MONTHS)?,
            // Seven is Sunday too.
            weekdays: (weekdays | weekdays >> 7) & 0x7f,
            either_day: !day.starts_with('*') && !weekday.starts_with('*'),
        })
    }
}

/// The numbers that a field names, as bits.
fn field_set(field: &str, low: u32, high: u32, names: &[&str]) -> Option<u64> {
    let number = |t: &str| {
        let named = names.iter().position(|n| n.eq_ignore_ascii_case(t)).and_then(|i| u32::try_from(i).ok()).map(|i| i + low);
        let digits = (!t.is_empty() && t.bytes().all(|b| b.is_ascii_digit())).then(|| t.parse::<u32>().ok()).flatten();
        named.or(digits).filter(|n| (low..=high).contains(n))
    };
    let mut set = 0u64;
    for part in field.split(',') {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, step.parse::<u32>().ok().filter(|s| *s > 0 && *s <= high)?),
            None => (part, 1),
        };
        let (from, to) = match range.split_once('-') {
            _ if range == "*" => (low, high),
            Some((from, to)) => (number(from)?, number(to)?),
            None if part.contains('/') => (number(range)?, high),
            None => (number(range)?, number(range)?),
        };
        if from > to {
            return None;
        }
        let mut n = from;
        while n <= to {
            set |= 1 << n;
            n += step;
        }
    }
    Some(set)
}

impl fmt::Display for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
text_quantity!(Cron);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps() {
        let gap = |t: &str| t.parse::<Cron>().unwrap().longest_gap().map(Duration::seconds);
        for (text, hours) in [
            ("0 2 * * *", 24),
            ("0 1 * * 0", 168),
            ("0 1 * * 7", 168),
            ("0 */6 * * *", 6),
            ("0 8,20 * * *", 12),
            ("0 2 1 * *", 744),
            ("0 0 * * mon-fri", 72),
        ] {
            assert_eq!(gap(text), Some(hours * 3600), "{text}");
        }
        assert_eq!(gap("*/15 * * * *"), Some(900));
        assert_eq!(gap("0 0 30 2 *"), None, "never");
        assert_eq!(gap("0 0 1 * 0"), Some(7 * 86_400), "either day is enough");
    }

    #[test]
    fn refuses_what_is_no_schedule() {
        for wrong in [
            "",
            "* * * *",
            "60 * * * *",
            "* 24 * * *",
            "* * 0 * *",
            "* * * 13 *",
            "* * * * 8",
            "a * * * *",
            "5-1 * * * *",
            "*/0 * * * *",
            "@daily",
        ] {
            assert!(wrong.parse::<Cron>().is_err(), "{wrong}");
        }
    }
}
