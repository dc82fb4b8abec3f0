//! The application-controller: compares each Application with its sources, and syncs where its policy says so. Source:
//! Argo CD, `appcontroller.go`, version 3.4.

use super::compare::{self, Row};
use super::kinds::APPLICATIONS;
use super::manifests::{self, Failed, Generated};
use super::settings::Settings;
use super::{delete, operation, repository, status, text};
use crate::cluster::Objects;
use crate::cluster::objects::place;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::time::Duration;

const REFRESH: &str = "argocd.argoproj.io/refresh";

/// The controller.
pub(super) fn run(objects: &mut Objects) {
    if objects.list(APPLICATIONS).is_empty() {
        return;
    }
    let Some(home) = super::home(objects) else { return };
    if !super::controller_runs(objects, &home) {
        return;
    }
    let settings = Settings::of(objects, &home);
    let all: Vec<Value> = objects.list_in(APPLICATIONS, &home).into_iter().cloned().collect();
    for application in all {
        one(objects, &settings, &home, &application);
    }
}

fn key(application: &Value, what: &str) -> String {
    format!("argo/{}/{what}", text(&application["metadata"]["uid"]))
}

fn one(objects: &mut Objects, settings: &Settings, home: &str, application: &Value) {
    if !application["metadata"]["deletionTimestamp"].is_null() {
        delete::run(objects, application);
        return;
    }
    if operation::under_way(application) {
        operation::step(objects, settings, home, application);
    } else if application["operation"].is_object() {
        operation::begin(objects, application, &[], false);
    } else if due(objects, settings, home, application) && objects.elapsed(&key(application, "compare"), "argo_compare") {
        objects.restart(&key(application, "compare"));
        refresh(objects, settings, home, application);
    }
    if !application["status"]["sync"].is_null() {
        let rows = compare::rows(objects, application);
        status::health(objects, settings, application, &rows);
    }
}

/// What an Application says that a comparison stands on.
fn fingerprint(application: &Value) -> String {
    let said = json!([application["spec"], application["status"]["operationState"]["finishedAt"]]);
    Sha256::digest(said.to_string().as_bytes()).iter().take(12).map(|b| format!("{b:02x}")).collect()
}

/// Whether every source is still at what it was compared at. Argo CD keeps manifests by commit, too.
fn unmoved(objects: &mut Objects, home: &str, application: &Value) -> bool {
    let sync = &application["status"]["sync"];
    let several = sync["revisions"].is_array();
    manifests::sources(application).iter().enumerate().all(|(n, source)| {
        let seen = text(if several { &sync["revisions"][n] } else { &sync["revision"] });
        let (url, revision) = (text(&source["repoURL"]), text(&source["targetRevision"]));
        source["chart"].is_string() || repository::head(objects, home, &url, &revision).is_ok_and(|head| head == seen)
    })
}

/// Whether it is time to compare: it changed, somebody asked, something drifted, or the interval is over.
fn due(objects: &mut Objects, settings: &Settings, home: &str, application: &Value) -> bool {
    let noted = objects.note(&key(application, "seen")).cloned().unwrap_or_default();
    if noted != fingerprint(application).as_str()
        || !application["metadata"]["annotations"][REFRESH].is_null()
        || compare::drifted(objects, application)
    {
        return true;
    }
    let next = key(application, "next");
    if !objects.due(&next, settings.interval()) {
        return false;
    }
    if application["status"]["sync"]["status"] == "Synced"
        && super::repo_server_runs(objects, home)
        && unmoved(objects, home, application)
    {
        objects.restart(&next);
        objects.due(&next, settings.interval());
        return false;
    }
    true
}

fn refresh(objects: &mut Objects, settings: &Settings, home: &str, application: &Value) {
    let (namespace, name) = place(application);
    objects.edit(APPLICATIONS, &namespace, &name, |o| {
        if let Some(all) = o["metadata"]["annotations"].as_object_mut() {
            all.remove(REFRESH);
            if all.is_empty()
                && let Some(meta) = o["metadata"].as_object_mut()
            {
                meta.remove("annotations");
            }
        }
    });
    objects.set_note(&key(application, "seen"), fingerprint(application).into());
    let next = key(application, "next");
    objects.restart(&next);
    objects.due(&next, settings.interval());
    match manifests::run(objects, home, application, &[]) {
        Err(Failed(kind, why)) => {
            objects.event(application, "Warning", kind, &why);
            status::broken(objects, application, kind, &why);
        }
        Ok(generated) => {
            let rows = compare::run(objects, application, &generated);
            status::compared(objects, application, &generated, &rows);
            automate(objects, application, &generated, &rows);
        }
    }
}

/// Begins a sync where the policy says so. Source: `autoSync`.
fn automate(objects: &mut Objects, application: &Value, generated: &Generated, rows: &[Row]) {
    let policy = &application["spec"]["syncPolicy"]["automated"];
    let now = objects.world().stamp();
    let say = |objects: &mut Objects, why: Option<&str>| {
        status::edit(objects, application, |s| status::condition(s, &now, "SyncError", why));
    };
    let open: Vec<&Row> = rows.iter().filter(|r| !r.synced).collect();
    if open.is_empty() {
        objects.set_note(&key(application, "heals"), Value::Null);
    }
    if !policy.is_object() || policy["enabled"] == false || open.is_empty() {
        say(objects, None);
        return;
    }
    // Without pruning, what is only left over is nothing to sync for.
    if policy["prune"] != true && open.iter().all(|r| r.prune) {
        return;
    }
    if policy["prune"] == true && policy["allowEmpty"] != true && rows.iter().all(|r| r.prune) {
        let shown = generated.revisions.join(", ");
        say(objects, Some(&format!("Skipping sync attempt to {shown}: auto-sync will wipe out all resources")));
        return;
    }
    let state = &application["status"]["operationState"];
    let tried: Vec<String> = state["syncResult"]["revisions"].as_array().into_iter().flatten().map(text).collect();
    let same = tried == generated.revisions && objects.note(&key(application, "tried")) == Some(&sources(application));
    let healing = key(application, "heal");
    if same && state["phase"] != "Succeeded" {
        let shown = tried.join(", ");
        say(objects, Some(&format!("Failed last sync attempt to [{shown}]: {}", text(&state["message"]))));
        return;
    }
    if same {
        if policy["selfHeal"] != true {
            return;
        }
        // Source: Argo CD documentation, `controller.self.heal.timeout.seconds`: 2 s, each time three times as long, at
        // most 300 s.
        let count = objects.note(&key(application, "heals")).and_then(Value::as_u64).unwrap_or(0);
        let wait = 2 * 3_u64.saturating_pow(u32::try_from(count.min(6)).unwrap_or(6));
        if !objects.due(&healing, Duration::from_secs(wait.min(300))) {
            let again = key(application, "seen");
            objects.set_note(&again, Value::Null);
            return;
        }
        objects.set_note(&key(application, "heals"), (count + 1).into());
    }
    objects.restart(&healing);
    objects.set_note(&key(application, "tried"), sources(application));
    say(objects, None);
    operation::begin(objects, application, &generated.revisions, true);
}

fn sources(application: &Value) -> Value {
    json!([manifests::sources(application), application["spec"]["destination"]])
}
