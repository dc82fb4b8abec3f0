//! CronJobs: a Job at every minute that fits the schedule.

use super::act::{Act, carry_out};
use super::fields::{by_owner, condition, leaving, name, number, reference, text, uid};
use crate::Moment;
use crate::cluster::Objects;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::time::Duration;

const CRONS: &str = "cronjobs.batch";
const JOBS: &str = "jobs.batch";
/// No schedule that fits at all fits later than in this many days: a little more than eight years, for leap days.
const HORIZON: i64 = 8 * 366 + 2;

/// Starts what is due, and deletes Jobs beyond the history.
pub(crate) fn run(objects: &mut Objects) {
    let mut acts = Vec::new();
    {
        let jobs = by_owner(objects.list(JOBS));
        let now = objects.world().now();
        for cron in objects.list(CRONS) {
            if !leaving(cron) {
                step(cron, jobs.get(uid(cron)).map_or(&[][..], Vec::as_slice), now, &mut acts);
            }
        }
    }
    carry_out(objects, acts);
}

fn step(cron: &Value, own: &[&Value], now: Moment, acts: &mut Vec<Act>) {
    let spec = &cron["spec"];
    let Some(schedule) = Schedule::parse(text(&spec["schedule"])) else {
        acts.push(Act::warning(cron, "UnparseableSchedule", format!("unparseable schedule: {:?}", text(&spec["schedule"]))));
        return;
    };
    let done = |j: &&&Value, kind: &str| condition(j, kind) == "True";
    for (kind, field, default) in [("Complete", "successfulJobsHistoryLimit", 3), ("Failed", "failedJobsHistoryLimit", 1)] {
        let over: Vec<&&Value> = own.iter().filter(|j| done(j, kind)).collect();
        let keep = usize::try_from(number(&spec[field], default)).unwrap_or(0);
        acts.extend(over.iter().take(over.len().saturating_sub(keep)).map(|j| Act::delete(JOBS, j)));
    }
    let active: Vec<&Value> = own.iter().copied().filter(|j| !done(&j, "Complete") && !done(&j, "Failed")).collect();
    let since = Moment::parse(text(&cron["status"]["lastScheduleTime"]))
        .or_else(|| Moment::parse(text(&cron["metadata"]["creationTimestamp"])))
        .unwrap_or(now);
    let minute = |m: Moment| m.seconds().div_euclid(60);
    let mut status = cron["status"].clone();
    if !status.is_object() {
        status = json!({});
    }
    if spec["suspend"] != true {
        let due = schedule.last(minute(since), minute(now));
        if let Some(at) = due {
            let forbidden = spec["concurrencyPolicy"] == "Forbid" && !active.is_empty();
            if forbidden {
                acts.push(Act::normal(
                    cron,
                    "JobAlreadyActive",
                    "Not starting job because prior execution is running and concurrency policy is Forbid",
                ));
            } else {
                if spec["concurrencyPolicy"] == "Replace" {
                    acts.extend(active.iter().map(|j| Act::delete(JOBS, j)));
                }
                let job = job(cron, at);
                acts.push(Act::normal(cron, "SuccessfulCreate", format!("Created job {}", name(&job))));
                acts.push(Act::Create { owner: cron.clone(), resource: JOBS, object: job });
            }
            status["lastScheduleTime"] = Moment(at * 60_000).rfc3339().into();
        }
        if let Some(next) = schedule.next(minute(now)) {
            let wait = Moment(next * 60_000).since(now);
            acts.push(Act::Wake(wait.max(Duration::from_secs(1))));
        }
    }
    let running: Vec<Value> = active
        .iter()
        .map(|j| json!({ "apiVersion": "batch/v1", "kind": "Job", "name": name(j), "namespace": j["metadata"]["namespace"], "uid": uid(j) }))
        .collect();
    if running.is_empty() {
        status.as_object_mut().map(|s| s.remove("active"));
    } else {
        status["active"] = running.into();
    }
    let last = own.iter().filter(|j| done(j, "Complete")).map(|j| text(&j["status"]["completionTime"])).max();
    if let Some(last) = last.filter(|l| *l > text(&status["lastSuccessfulTime"])) {
        status["lastSuccessfulTime"] = last.into();
    }
    acts.extend(Act::status(CRONS, cron, status));
}

fn job(cron: &Value, minute: i64) -> Value {
    let template = &cron["spec"]["jobTemplate"];
    let mut meta = json!({
        "name": format!("{}-{minute}", name(cron)),
        "namespace": cron["metadata"]["namespace"],
        "ownerReferences": [reference(cron)],
        "annotations": { "batch.kubernetes.io/cronjob-scheduled-timestamp": Moment(minute * 60_000).rfc3339() },
    });
    if template["metadata"]["labels"].is_object() {
        meta["labels"] = template["metadata"]["labels"].clone();
    }
    json!({ "apiVersion": "batch/v1", "kind": "Job", "metadata": meta, "spec": template["spec"] })
}

/// Five fields, as bits of the values that fit: minute, hour, day of month, month, day of week.
struct Schedule {
    fields: [u64; 5],
    either_day: bool,
}

impl Schedule {
    fn parse(text: &str) -> Option<Self> {
        let text = match text.trim() {
            "@hourly" => "0 * * * *",
            "@daily" | "@midnight" => "0 0 * * *",
            "@weekly" => "0 0 * * 0",
            "@monthly" => "0 0 1 * *",
            "@yearly" | "@annually" => "0 0 1 1 *",
            other => other,
        };
        let parts: Vec<&str> = text.split_whitespace().collect();
        let [minute, hour, day, month, weekday] = parts.as_slice() else {
            return None;
        };
        let names = |names: &'static [&'static str]| names;
        let months = names(&["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]);
        let days = names(&["sun", "mon", "tue", "wed", "thu", "fri", "sat"]);
        let mut week = field(weekday, 0, 7, days, 0)?;
        week |= week >> 7 & 1;
        Some(Self {
            fields: [
                field(minute, 0, 59, &[], 0)?,
                field(hour, 0, 23, &[], 0)?,
                field(day, 1, 31, &[], 0)?,
                field(month, 1, 12, months, 1)?,
                week,
            ],
            either_day: *day != "*" && *weekday != "*",
        })
    }

    fn fits(&self, day: i64) -> bool {
        let Ok(at) = Timestamp::from_second(day * 86_400) else {
            return false;
        };
        let at = at.to_zoned(jiff::tz::TimeZone::UTC);
        let (day, week) = (self.has(2, at.day().into()), self.has(4, at.weekday().to_sunday_zero_offset().into()));
        self.has(3, at.month().into()) && if self.either_day { day || week } else { day && week }
    }

    fn has(&self, field: usize, value: i64) -> bool {
        self.fields[field] >> u32::try_from(value).unwrap_or(0) & 1 == 1
    }

    /// The last minute that fits after `from`, up to `to`; of what was missed for long, only a month is looked at.
    fn last(&self, from: i64, to: i64) -> Option<i64> {
        let mut at = None;
        let mut next = self.next(from.max(to - 32 * 1440));
        while let Some(found) = next.filter(|n| *n <= to) {
            at = Some(found);
            next = self.next(found);
        }
        at
    }

    /// The first minute that fits after `from`.
    fn next(&self, from: i64) -> Option<i64> {
        let first = from.div_euclid(1440);
        (first..first + HORIZON).filter(|day| self.fits(*day)).find_map(|day| {
            let hours = (0..24).filter(|h| self.has(1, *h));
            hours.flat_map(|h| (0..60).filter(|m| self.has(0, *m)).map(move |m| day * 1440 + h * 60 + m)).find(|at| *at > from)
        })
    }
}

fn field(text: &str, min: u32, max: u32, names: &[&str], offset: usize) -> Option<u64> {
    let value = |text: &str| -> Option<u32> {
        let named = names.iter().position(|n| text.eq_ignore_ascii_case(n)).and_then(|n| u32::try_from(n + offset).ok());
        named.or_else(|| text.parse().ok()).filter(|v| (min..=max).contains(v))
    };
    let mut bits = 0u64;
    for part in text.split(',') {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, step.parse::<u32>().ok().filter(|s| *s > 0)?),
            None => (part, 1),
        };
        let (from, to) = match (range, range.split_once('-')) {
            ("*" | "?", _) => (min, max),
            (_, Some((from, to))) => (value(from)?, value(to)?),
            (one, None) => (value(one)?, if part.contains('/') { max } else { value(one)? }),
        };
        bits |= (from..=to).step_by(usize::try_from(step).ok()?).fold(0, |bits, n| bits | 1 << n);
    }
    (bits != 0).then_some(bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedules_are_those_of_cron() {
        let at = |text: &str| Moment::parse(text).unwrap().seconds() / 60;
        let monday = at("2026-11-02T09:00:00Z");
        for (text, next) in [
            ("*/15 * * * *", "2026-11-02T09:15:00Z"),
            ("0 3 * * *", "2026-11-03T03:00:00Z"),
            ("30 4 1,15 * *", "2026-11-15T04:30:00Z"),
            ("0 0 * * sun", "2026-11-08T00:00:00Z"),
            ("0 0 13 * 5", "2026-11-06T00:00:00Z"),
            ("@monthly", "2026-12-01T00:00:00Z"),
            ("0 0 29 2 *", "2028-02-29T00:00:00Z"),
        ] {
            assert_eq!(Schedule::parse(text).unwrap().next(monday), Some(at(next)), "{text}");
        }
        for wrong in ["", "* * * *", "60 * * * *", "a * * * *", "*/0 * * * *"] {
            assert!(Schedule::parse(wrong).is_none(), "{wrong}");
        }
    }
}
