//! Cron expressions with seconds, as ScheduledBackup takes them.

use crate::clock::Moment;
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// The first moment after `after` that fits; none when nothing fits within four years, or the text is none.
pub(super) fn next(schedule: &str, after: Moment) -> Option<Moment> {
    let schedule = match schedule {
        "@hourly" => "0 0 * * * *",
        "@daily" | "@midnight" => "0 0 0 * * *",
        "@weekly" => "0 0 0 * * 0",
        "@monthly" => "0 0 0 1 * *",
        other => other,
    };
    let fields: Vec<&str> = schedule.split_whitespace().collect();
    let [seconds, minutes, hours, days, months, weekdays] = fields.try_into().ok()?;
    let (seconds, minutes, hours) = (set(seconds, 0, 59)?, set(minutes, 0, 59)?, set(hours, 0, 23)?);
    let (days, months, weekdays) = (set(days, 1, 31)?, set(months, 1, 12)?, set(weekdays, 0, 7)?);
    let start = Timestamp::from_millisecond(after.0 + 1000).ok()?.to_zoned(TimeZone::UTC);
    let mut day = start.date();
    for i in 0..1461 {
        let weekday = i64::from(day.weekday().to_sunday_zero_offset());
        let fits = months.contains(&i64::from(day.month()))
            && days.contains(&i64::from(day.day()))
            && (weekdays.contains(&weekday) || weekday == 0 && weekdays.contains(&7));
        if fits {
            let least =
                if i == 0 { (i64::from(start.hour()), i64::from(start.minute()), i64::from(start.second())) } else { (0, 0, 0) };
            let times = hours.iter().flat_map(|h| minutes.iter().map(move |m| (*h, *m)));
            let found = times.flat_map(|(h, m)| seconds.iter().map(move |s| (h, m, *s))).find(|t| *t >= least);
            if let Some((h, m, s)) = found {
                return Moment::parse(&format!("{day}T{h:02}:{m:02}:{s:02}Z"));
            }
        }
        day = day.tomorrow().ok()?;
    }
    None
}

/// `*`, `5`, `1-5`, `*/15`, `1,3`, in ascending order.
fn set(text: &str, low: i64, high: i64) -> Option<Vec<i64>> {
    let mut all = Vec::new();
    for part in text.split(',') {
        let (range, step) = part.split_once('/').map_or((part, Some(1)), |(r, s)| (r, s.parse().ok()));
        let step: usize = step.filter(|s| *s > 0)?;
        let (from, to) = match range {
            "*" | "?" => (low, high),
            range => match range.split_once('-') {
                Some((from, to)) => (from.parse().ok()?, to.parse().ok()?),
                None => {
                    let one = range.parse().ok()?;
                    (one, if part.contains('/') { high } else { one })
                }
            },
        };
        if from < low || to > high {
            return None;
        }
        all.extend((from..=to).step_by(step));
    }
    all.sort_unstable();
    all.dedup();
    Some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_fields() {
        let at = Moment::parse("2026-11-02T09:30:00Z").unwrap();
        for (schedule, wanted) in [
            ("0 0 2 * * *", "2026-11-03T02:00:00Z"),
            ("0 */15 * * * *", "2026-11-02T09:45:00Z"),
            ("30 30 9 * * *", "2026-11-02T09:30:30Z"),
            ("0 0 0 1 * *", "2026-12-01T00:00:00Z"),
            ("0 0 3 * * 0", "2026-11-08T03:00:00Z"),
            ("@daily", "2026-11-03T00:00:00Z"),
        ] {
            assert_eq!(next(schedule, at).map(Moment::rfc3339).as_deref(), Some(wanted), "{schedule}");
        }
        assert_eq!(next("0 2 * * *", at), None, "five fields are none");
    }
}
