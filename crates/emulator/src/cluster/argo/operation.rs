//! A sync under way: phase after phase, wave after wave, over many beats. Source: gitops-engine, `sync_context.go`; Argo
//! CD, `appcontroller.go`, version 3.4.

mod apply;

use super::compare::{self, Row};
use super::health::{self, Health};
use super::hooks;
use super::kinds::APPLICATIONS;
use super::manifests;
use super::settings::{Settings, seconds};
use super::status::edit;
use super::tasks::{self, State, Task};
use super::text;
use crate::Moment;
use crate::cluster::Objects;
use crate::cluster::objects::place;
use serde_json::{Value, json};
use std::time::Duration;

fn key(application: &Value, what: &str) -> String {
    format!("argo/{}/{what}", text(&application["metadata"]["uid"]))
}

/// Whether a sync is under way.
pub(super) fn under_way(application: &Value) -> bool {
    matches!(application["status"]["operationState"]["phase"].as_str(), Some("Running" | "Terminating"))
}

/// Begins a sync at these revisions.
pub(super) fn begin(objects: &mut Objects, application: &Value, revisions: &[String], automated: bool) {
    let policy = &application["spec"]["syncPolicy"];
    let asked = &application["operation"];
    let mut operation =
        if asked.is_object() { asked.clone() } else { json!({ "initiatedBy": { "automated": true }, "sync": {} }) };
    if automated {
        operation["retry"] = if policy["retry"].is_object() { policy["retry"].clone() } else { json!({ "limit": 5 }) };
        if policy["automated"]["prune"] == true {
            operation["sync"]["prune"] = true.into();
        }
        if !policy["syncOptions"].is_null() {
            operation["sync"]["syncOptions"] = policy["syncOptions"].clone();
        }
        operation["sync"]["revisions"] = json!(revisions);
    }
    let now = objects.world().stamp();
    let (namespace, name) = place(application);
    objects.edit(APPLICATIONS, &namespace, &name, |o| {
        if let Some(map) = o.as_object_mut() {
            map.remove("operation");
        }
    });
    let shown = revisions.join(", ");
    let message = format!("Initiated automated sync to '{shown}'");
    objects.event(application, "Normal", "OperationStarted", if automated { &message } else { "Initiated sync" });
    objects.set_note(&key(application, "tasks"), Value::Null);
    objects.restart(&key(application, "retry"));
    edit(objects, application, |status| {
        status["operationState"] = json!({ "operation": operation, "phase": "Running", "startedAt": now, "retryCount": 0 });
    });
    objects.wake();
}

/// Goes on with a sync.
pub(super) fn step(objects: &mut Objects, settings: &Settings, home: &str, application: &Value) {
    let state = &application["status"]["operationState"];
    if state["phase"] == "Terminating" {
        end(objects, application, "Failed", "Operation terminated");
        return;
    }
    if let (Some(limit), Some(since)) = (settings.sync_timeout(), state["startedAt"].as_str().and_then(Moment::parse))
        && objects.reached(&key(application, "timeout"), since.plus(limit))
    {
        end(objects, application, "Failed", "Operation terminated, triggered by controller sync timeout");
        return;
    }
    // A retry waits for its moment.
    if let Some(at) = objects.note(&key(application, "retry")).and_then(Value::as_i64) {
        if !objects.reached(&key(application, "retry"), Moment(at)) {
            return;
        }
        objects.set_note(&key(application, "retry"), Value::Null);
    }
    let mut all = read(objects, application);
    if all.is_empty() && !plan(objects, home, application, &mut all) {
        return;
    }
    look(objects, settings, &mut all);
    let several = tasks::several_steps(&all);
    let waits: Vec<&Task> = all.iter().filter(|t| t.state == State::Running && (several || t.hook || t.prune)).collect();
    if !waits.is_empty() {
        let message = waiting(&waits);
        write(objects, application, &all);
        running(objects, application, &message, &all);
        return;
    }
    if all.iter().any(|t| t.state == State::Failed) {
        write(objects, application, &all);
        fail(objects, application, "one or more synchronization tasks completed unsuccessfully", &all);
        return;
    }
    let Some(next) = all.iter().find(|t| t.state == State::Pending).map(|t| (t.phase, t.wave)) else {
        succeed(objects, application, "successfully synced (no more tasks)", &all);
        return;
    };
    // Between two waves Argo CD waits a moment. Source: its documentation, `ARGOCD_SYNC_WAVE_DELAY`, 2 s.
    let pause = key(application, "wave");
    if all.iter().any(|t| t.state == State::Done) && !objects.due(&pause, Duration::from_secs(2)) {
        write(objects, application, &all);
        return;
    }
    objects.restart(&pause);
    match apply::wave(objects, home, application, &mut all, next) {
        Ok(()) => {}
        Err(why) => {
            fail(objects, application, &why, &all);
            return;
        }
    }
    let open = all.iter().any(|t| t.state == State::Pending);
    let hooks = all.iter().any(|t| t.hook && (t.phase, t.wave) == next);
    write(objects, application, &all);
    if all.iter().any(|t| t.state == State::Failed) {
        fail(objects, application, "one or more objects failed to apply", &all);
    } else if open || hooks || all.iter().any(|t| t.prune && t.state == State::Running) {
        let now: Vec<&Task> = all.iter().filter(|t| t.state == State::Running).collect();
        running(objects, application, &waiting(&now), &all);
    } else {
        // The last wave is not waited for.
        succeed(objects, application, "successfully synced (all tasks run)", &all);
    }
    objects.wake();
}

/// What has to be done. False where it cannot be known now.
fn plan(objects: &mut Objects, home: &str, application: &Value, all: &mut Vec<Task>) -> bool {
    if !objects.elapsed(&key(application, "plan"), "argo_compare") {
        return false;
    }
    objects.restart(&key(application, "plan"));
    let operation = &application["status"]["operationState"]["operation"]["sync"];
    let at: Vec<String> = operation["revisions"].as_array().into_iter().flatten().map(text).collect();
    let generated = match manifests::run(objects, home, application, &at) {
        Ok(generated) => generated,
        Err(manifests::Failed(kind, why)) => {
            fail(objects, application, &format!("{kind}: {why}"), &[]);
            return false;
        }
    };
    let rows = compare::run(objects, application, &generated);
    let prunes = operation["prune"] == true;
    let pruned: Vec<(crate::cluster::flux::Reference, i64)> =
        rows.iter().filter(|r: &&Row| r.prune && prunes).map(|r| (r.at.clone(), r.wave)).collect();
    *all = tasks::of(&generated.objects, &pruned);
    let revisions = generated.revisions;
    edit(objects, application, |status| status["operationState"]["syncResult"] = json!({ "revisions": revisions }));
    if all.is_empty() {
        succeed(objects, application, "successfully synced (no more tasks)", all);
        return false;
    }
    true
}

/// How what runs stands now.
fn look(objects: &Objects, settings: &Settings, all: &mut [Task]) {
    for task in all.iter_mut().filter(|t| t.state == State::Running) {
        let live = task.at.get(objects);
        if task.prune {
            if live.is_none() {
                task.state = State::Done;
                task.message = "pruned".to_owned();
            }
            continue;
        }
        let Some(live) = live else {
            // A Job that removes itself has run.
            if task.hook {
                task.state = State::Done;
            }
            continue;
        };
        match health::of(settings, live) {
            // What nobody judges is done as soon as it is applied.
            None => task.state = State::Done,
            Some((Health::Healthy, said)) => {
                task.state = State::Done;
                task.message = if said.is_empty() { task.message.clone() } else { said };
            }
            Some((Health::Degraded, said)) => {
                task.state = State::Failed;
                task.message = said;
            }
            Some((Health::Unknown, said)) if task.hook => {
                task.state = State::Failed;
                task.message = said;
            }
            Some(_) => {}
        }
    }
}

fn waiting(tasks: &[&Task]) -> String {
    let Some(first) = tasks.iter().find(|t| t.hook).or(tasks.first()) else { return String::new() };
    let hooks = tasks.iter().any(|t| t.hook);
    let what = match (first.prune, hooks) {
        (true, _) => "deletion of",
        (false, true) => "completion of hook",
        (false, false) => "healthy state of",
    };
    let kind = if tasks.iter().all(|t| t.hook) { "hooks" } else { "resources" };
    let more = if tasks.len() > 1 { format!(" and {} more {kind}", tasks.len() - 1) } else { String::new() };
    format!("waiting for {what} {}{more}", first.show())
}

fn read(objects: &Objects, application: &Value) -> Vec<Task> {
    let note = objects.note(&key(application, "tasks"));
    note.and_then(Value::as_array).into_iter().flatten().filter_map(Task::read).collect()
}

fn write(objects: &mut Objects, application: &Value, all: &[Task]) {
    let note: Vec<Value> = all.iter().map(Task::write).collect();
    objects.set_note(&key(application, "tasks"), note.into());
}

/// Says what a sync waits for, and what it has done so far. Source: Argo CD, `SyncAppState`, which keeps both after each step.
fn running(objects: &mut Objects, application: &Value, message: &str, all: &[Task]) {
    let results = results(all);
    edit(objects, application, |status| {
        status["operationState"]["message"] = message.into();
        status["operationState"]["syncResult"]["resources"] = results.into();
    });
}

/// The results of the tasks that have begun.
fn results(all: &[Task]) -> Vec<Value> {
    let begun = all.iter().filter(|t| t.state != State::Pending);
    begun
        .map(|t| {
            let (group, version) = t.at.api_version.split_once('/').unwrap_or(("", &t.at.api_version));
            let phase = match t.state {
                State::Done => "Succeeded",
                State::Failed => "Failed",
                _ => "Running",
            };
            let mut one = json!({
                "group": group, "version": version, "kind": t.at.kind, "namespace": t.at.namespace, "name": t.at.name,
                "message": t.message, "hookPhase": phase, "syncPhase": t.phase.name(),
            });
            if t.hook {
                one["hookType"] = t.phase.name().into();
            } else {
                let status = match (t.prune, t.state) {
                    (true, _) => "Pruned",
                    (false, State::Failed) => "SyncFailed",
                    _ => "Synced",
                };
                one["status"] = status.into();
            }
            one
        })
        .collect()
}

fn succeed(objects: &mut Objects, application: &Value, message: &str, all: &[Task]) {
    // Hooks go when everything has run: an account that one brought is there for the next.
    for hook in all.iter().filter(|t| t.hook && t.state == State::Done) {
        apply::done(objects, &hook.at);
    }
    let results = results(all);
    edit(objects, application, |status| status["operationState"]["syncResult"]["resources"] = results.into());
    let (namespace, name) = place(application);
    let now = objects.world().stamp();
    let fresh = objects.get(APPLICATIONS, &namespace, &name).cloned().unwrap_or_default();
    edit(objects, application, |status| {
        let mut history = status["history"].as_array().cloned().unwrap_or_default();
        let last = history.last().and_then(|h| h["id"].as_i64()).map_or(0, |id| id + 1);
        history.push(json!({
            "id": last, "deployedAt": now, "deployStartedAt": fresh["status"]["operationState"]["startedAt"],
            "revisions": fresh["status"]["operationState"]["syncResult"]["revisions"], "sources": manifests::sources(&fresh),
        }));
        // Source: Argo CD documentation, `revisionHistoryLimit`.
        let over = history.len().saturating_sub(10);
        status["history"] = history.split_off(over).into();
    });
    end(objects, application, "Succeeded", message);
}

/// Ends a sync that did not go well, or begins it again later.
fn fail(objects: &mut Objects, application: &Value, why: &str, all: &[Task]) {
    let results = results(all);
    let state = application["status"]["operationState"].clone();
    let retry = &state["operation"]["retry"];
    let (count, limit) = (state["retryCount"].as_i64().unwrap_or(0), retry["limit"].as_i64().unwrap_or(0));
    edit(objects, application, |status| status["operationState"]["syncResult"]["resources"] = results.into());
    let first = all.iter().find(|t| t.state == State::Failed);
    let why = first.map_or_else(|| why.to_owned(), |t| format!("{why}, reason: {}", t.message));
    if limit >= 0 && count >= limit {
        let tail = if count > 0 { format!(" (retried {count} times).") } else { String::new() };
        end(objects, application, "Failed", &format!("{why}{tail}"));
        return;
    }
    let of = |v: &Value, other: u64| v.as_str().and_then(seconds).unwrap_or(other);
    let factor = retry["backoff"]["factor"].as_u64().unwrap_or(2);
    let wait =
        of(&retry["backoff"]["duration"], 5).saturating_mul(factor.saturating_pow(u32::try_from(count.min(16)).unwrap_or(16)));
    let wait = Duration::from_secs(wait.min(of(&retry["backoff"]["maxDuration"], 180)));
    let at = objects.world().now().plus(wait);
    objects.set_note(&key(application, "tasks"), Value::Null);
    objects.set_note(&key(application, "retry"), at.0.into());
    objects.reached(&key(application, "retry"), at);
    let clock = at.rfc3339();
    let clock = clock.get(11..16).unwrap_or("").to_owned();
    edit(objects, application, |status| {
        let state = &mut status["operationState"];
        state["retryCount"] = (count + 1).into();
        state["message"] = format!("{why}. Retrying attempt #{} at {clock}.", count + 1).into();
        if retry["refresh"] == true
            && let Some(sync) = state["operation"]["sync"].as_object_mut()
        {
            // The newest revision instead of the one that failed.
            sync.remove("revisions");
        }
    });
}

fn end(objects: &mut Objects, application: &Value, phase: &str, message: &str) {
    let now = objects.world().stamp();
    for task in read(objects, application).iter().filter(|t| t.hook && t.state == State::Running) {
        apply::remove(objects, &task.at);
    }
    for what in ["tasks", "retry"] {
        objects.set_note(&key(application, what), Value::Null);
    }
    for what in ["retry", "timeout", "plan", "wave"] {
        objects.restart(&key(application, what));
    }
    edit(objects, application, |status| {
        let state = &mut status["operationState"];
        state["phase"] = phase.into();
        state["message"] = message.into();
        state["finishedAt"] = now.into();
    });
    let (kind, reason) = if phase == "Succeeded" { ("Normal", "OperationCompleted") } else { ("Warning", "OperationCompleted") };
    objects.event(
        application,
        kind,
        reason,
        &format!("Sync operation {}: {message}", if phase == "Succeeded" { "succeeded" } else { "failed" }),
    );
    objects.wake();
}

/// Whether a hook that is applied again goes first.
pub(super) fn goes_first(object: &Value) -> bool {
    hooks::deletes(object, "BeforeHookCreation")
}
