//! Jobs: pods that shall run to their end, as often as wanted, with so many failures allowed.

use super::act::{Act, carry_out};
use super::fields::{by_owner, condition, conditioned, items, leaving, name, number, text, uid};
use super::pods::{from_template, over, random_name, ready};
use crate::Moment;
use crate::cluster::Objects;
use serde_json::{Value, json};
use std::time::Duration;

const JOBS: &str = "jobs.batch";
/// Source: Kubernetes documentation, `backoffLimit`; the delays between attempts are 10 s, 20 s, 40 s … up to 6 minutes.
const BACKOFF_LIMIT: i64 = 6;

/// Brings every Job one step further.
pub(crate) fn run(objects: &mut Objects) {
    let mut acts = Vec::new();
    let mut births: Vec<(Value, i64)> = Vec::new();
    {
        let jobs = objects.list(JOBS);
        let pods = by_owner(if jobs.is_empty() { Vec::new() } else { objects.list("pods") });
        let now = objects.world().now();
        for job in jobs {
            if !leaving(job) {
                let own = pods.get(uid(job)).map_or(&[][..], Vec::as_slice);
                step(job, own, now, &mut acts, &mut births);
            }
        }
    }
    for (job, count) in births {
        for _ in 0..count {
            let name = random_name(objects.cx(), name(&job));
            acts.push(Act::Create { object: pod(&job, &name), owner: job.clone(), resource: "pods" });
        }
    }
    carry_out(objects, acts);
}

fn finished(job: &Value) -> bool {
    condition(job, "Complete") == "True" || condition(job, "Failed") == "True"
}

fn step(job: &Value, own: &[&Value], now: Moment, acts: &mut Vec<Act>, births: &mut Vec<(Value, i64)>) {
    let spec = &job["spec"];
    if finished(job) {
        if let Some(ttl) = spec["ttlSecondsAfterFinished"].as_u64() {
            let end =
                items(&job["status"]["conditions"]).iter().rev().find_map(|c| Moment::parse(text(&c["lastTransitionTime"])));
            let age = end.map_or(Duration::ZERO, |e| now.since(e));
            match Duration::from_secs(ttl).checked_sub(age).filter(|left| !left.is_zero()) {
                Some(left) => acts.push(Act::Wake(left)),
                None => {
                    acts.push(Act::delete(JOBS, job));
                }
            }
        }
        return;
    }
    let phase = |wanted: &str| own.iter().filter(|p| p["status"]["phase"] == wanted).count();
    let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    let (succeeded, failed) = (count(phase("Succeeded")), count(phase("Failed")));
    let restarts: i64 =
        own.iter().filter(|p| !over(p)).map(|p| number(&p["status"]["containerStatuses"][0]["restartCount"], 0)).sum();
    let active: Vec<&Value> = own.iter().copied().filter(|p| !over(p) && !leaving(p)).collect();
    let wanted = number(&spec["completions"], number(&spec["parallelism"], 1));
    let limit = number(&spec["backoffLimit"], BACKOFF_LIMIT);
    let stamp = now.rfc3339();
    let before = &job["status"];
    let mut status = json!({});
    let started = before["startTime"].as_str().map_or_else(|| stamp.clone(), str::to_owned);
    status["startTime"] = started.clone().into();
    let past_deadline = spec["activeDeadlineSeconds"].as_u64().is_some_and(|limit| {
        let left = Duration::from_secs(limit).saturating_sub(Moment::parse(&started).map_or(Duration::ZERO, |s| now.since(s)));
        if !left.is_zero() {
            acts.push(Act::Wake(left));
        }
        left.is_zero()
    });
    let verdict = if succeeded >= wanted {
        Some(("Complete", "CompletionsReached", "Reached expected number of succeeded pods"))
    } else if past_deadline {
        Some(("Failed", "DeadlineExceeded", "Job was active longer than specified deadline"))
    } else if failed + restarts > limit {
        Some(("Failed", "BackoffLimitExceeded", "Job has reached the specified backoff limit"))
    } else {
        None
    };
    if let Some((kind, reason, message)) = verdict {
        let first = if kind == "Complete" { "SuccessCriteriaMet" } else { "FailureTarget" };
        status["conditions"] = json!([
            conditioned(before, first, "True", reason, message, &stamp),
            conditioned(before, kind, "True", reason, message, &stamp),
        ]);
        if kind == "Complete" {
            status["completionTime"] = stamp.into();
            acts.push(Act::normal(job, "Completed", "Job completed"));
        } else {
            acts.push(Act::warning(job, reason, message));
        }
        acts.extend(active.iter().map(|p| Act::delete("pods", p)));
    } else if spec["suspend"] == true {
        acts.extend(active.iter().map(|p| Act::delete("pods", p)));
        status = json!({ "conditions": [conditioned(before, "Suspended", "True", "JobSuspended", "Job suspended", &stamp)] });
    } else {
        let parallel = number(&spec["parallelism"], 1).min(wanted - succeeded);
        let missing = parallel - count(active.len());
        if missing > 0 && ready_to_retry(own, failed, now, acts) {
            births.push((job.clone(), missing));
        }
        if !active.is_empty() {
            status["active"] = active.len().into();
        }
        status["ready"] = active.iter().filter(|p| ready(p)).count().into();
    }
    for (field, count) in [("succeeded", succeeded), ("failed", failed)] {
        if count > 0 {
            status[field] = count.into();
        }
    }
    status["terminating"] = 0.into();
    status["uncountedTerminatedPods"] = json!({});
    acts.extend(Act::status(JOBS, job, status));
}

/// Whether the time between attempts is over.
fn ready_to_retry(own: &[&Value], failed: i64, now: Moment, acts: &mut Vec<Act>) -> bool {
    if failed == 0 {
        return true;
    }
    let last = own
        .iter()
        .filter(|p| p["status"]["phase"] == "Failed")
        .filter_map(|p| Moment::parse(text(&p["status"]["containerStatuses"][0]["state"]["terminated"]["finishedAt"])))
        .max();
    let wait = Duration::from_secs((10u64 << u32::try_from(failed - 1).unwrap_or(6).min(6)).min(360));
    let left = wait.saturating_sub(last.map_or(wait, |l| now.since(l)));
    if !left.is_zero() {
        acts.push(Act::Wake(left));
    }
    left.is_zero()
}

fn pod(job: &Value, pod_name: &str) -> Value {
    let mut pod = from_template(&job["spec"]["template"], job, pod_name);
    if !pod["metadata"]["labels"].is_object() {
        pod["metadata"]["labels"] = json!({});
    }
    let labels = &mut pod["metadata"]["labels"];
    for (key, value) in [
        ("batch.kubernetes.io/controller-uid", uid(job)),
        ("batch.kubernetes.io/job-name", name(job)),
        ("controller-uid", uid(job)),
        ("job-name", name(job)),
    ] {
        labels[key] = value.into();
    }
    if pod["spec"]["restartPolicy"] == "Always" {
        // The server refuses it; one that came around the server runs once.
        pod["spec"]["restartPolicy"] = "Never".into();
    }
    pod
}
