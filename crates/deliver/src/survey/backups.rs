//! Backups that the cluster makes: the last one that ended well, and the last word of the one that did not.

use super::seen::{Seen, text};
use serde_json::Value;
use std::collections::BTreeMap;

/// What is backed up again and again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    /// Of what, such as `database main` or `volumes (daily)`.
    pub of: String,
    /// When it is made, as its schedule says.
    pub schedule: String,
    /// When the last one ended well, RFC 3339; none where there is none yet.
    pub last: Option<String>,
    /// What the newest one says that did not end well, where none has since.
    pub broken: Option<String>,
}

/// One way of making backups: which fields say what.
struct Way<'a> {
    schedules: &'a [Value],
    made: &'a [Value],
    /// Whether a backup is one of a schedule.
    of: fn(&Value, &Value) -> bool,
    title: fn(&Value) -> String,
    ended: &'static str,
    well: &'static str,
    badly: &'static [&'static str],
    why: &'static str,
}

/// Everything that is backed up on a schedule. CloudNativePG's and Velero's own kinds.
pub fn backups(seen: &Seen) -> Vec<Backup> {
    let ways = [
        Way {
            schedules: &seen.scheduled,
            made: &seen.backups,
            of: |schedule, backup| {
                backup["metadata"]["namespace"] == schedule["metadata"]["namespace"]
                    && backup["spec"]["cluster"]["name"] == schedule["spec"]["cluster"]["name"]
            },
            title: |schedule| format!("PostgreSQL {}", text(&schedule["spec"]["cluster"]["name"])),
            ended: "stoppedAt",
            well: "completed",
            badly: &["failed"],
            why: "error",
        },
        Way {
            schedules: &seen.schedules,
            made: &seen.saved,
            of: |schedule, backup| backup["metadata"]["labels"]["velero.io/schedule-name"] == schedule["metadata"]["name"],
            title: |schedule| format!("Velero {}", text(&schedule["metadata"]["name"])),
            ended: "completionTimestamp",
            well: "Completed",
            badly: &["Failed", "PartiallyFailed", "FailedValidation"],
            why: "failureReason",
        },
    ];
    // One line for what is backed up, however many schedules do it.
    let mut all: BTreeMap<String, Backup> = BTreeMap::new();
    for way in &ways {
        for schedule in way.schedules {
            let of = (way.title)(schedule);
            all.entry(of.clone()).or_insert_with(|| way.one(schedule, of));
        }
    }
    all.into_values().collect()
}

impl Way<'_> {
    fn one(&self, schedule: &Value, of: String) -> Backup {
        let own = || self.made.iter().filter(|b| (self.of)(schedule, b));
        let newest = |phases: &[&str]| {
            own().filter(|b| phases.iter().any(|p| b["status"]["phase"] == *p)).max_by_key(|b| text(&b["status"][self.ended]))
        };
        let last = newest(&[self.well]).map(|b| text(&b["status"][self.ended])).filter(|t| !t.is_empty());
        let failed = newest(self.badly).filter(|b| last.as_ref().is_none_or(|l| text(&b["status"][self.ended]) > *l));
        let broken = failed.map(|b| {
            let why = text(&b["status"][self.why]);
            format!("{}: {}", text(&b["metadata"]["name"]), if why.is_empty() { text(&b["status"]["phase"]) } else { why })
        });
        Backup { of, schedule: text(&schedule["spec"]["schedule"]), last, broken }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn made(phase: &str, at: &str) -> Value {
        json!({
            "metadata": { "namespace": "databases", "name": format!("main-{at}") }, "spec": { "cluster": { "name": "main" } },
            "status": { "phase": phase, "stoppedAt": format!("2027-01-{at}T03:00:00Z"), "error": "no space left" },
        })
    }

    #[test]
    fn a_failure_counts_until_the_next_success() {
        let schedule = json!({
            "metadata": { "namespace": "databases", "name": "main" },
            "spec": { "schedule": "0 0 3 * * *", "cluster": { "name": "main" } },
        });
        let seen = |backups: Vec<Value>| Seen { scheduled: vec![schedule.clone()], backups, ..Seen::default() };
        let none = &backups(&seen(Vec::new()))[0];
        assert_eq!((none.of.as_str(), &none.last, &none.broken), ("PostgreSQL main", &None, &None));
        let bad = &backups(&seen(vec![made("completed", "01"), made("failed", "02")]))[0];
        assert_eq!(bad.last.as_deref(), Some("2027-01-01T03:00:00Z"));
        assert_eq!(bad.broken.as_deref(), Some("main-02: no space left"));
        let good = &backups(&seen(vec![made("completed", "03"), made("failed", "02")]))[0];
        assert_eq!((good.last.as_deref(), &good.broken), (Some("2027-01-03T03:00:00Z"), &None));
    }
}
