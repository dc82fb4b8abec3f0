//! The store: whether it can be read and written, what is unfinished, and who writes.

use super::{patient::Patient, report::Report};
use crate::{
    args::Where,
    compose::{now, trouble_of_store},
    exit::Outcome,
    settings::Settings,
};
use pontoon_core::operation::StepStatus;
use pontoon_store::{Store, StoreError, Who, remote::is_elsewhere};
use std::path::Path;

/// The store of a place.
pub fn open(settings: &Settings, place: &Where, platform: &str) -> Outcome<Store> {
    crate::compose::store(settings, place, platform)
}

/// Looks at it.
pub fn check(settings: &Settings, place: &Where, patient: &Patient, report: &mut Report) {
    if patient.platform.is_empty() {
        return;
    }
    let store = match open(settings, place, &patient.platform) {
        Ok(store) => store,
        Err(trouble) => return report.trouble("store", &trouble),
    };
    if let Err(e) = readable(&store) {
        return report.trouble("store", &trouble_of_store(&e));
    }
    let dir = store.dir().strip_prefix(".").unwrap_or(store.dir()).display().to_string();
    if !is_elsewhere(store.dir()) && !store.dir().exists() {
        return match writable(store.dir()) {
            Ok(()) => report.good("store", format!("{dir} is made by the first up")),
            Err((at, e)) => {
                report.broken(
                    "store",
                    format!("{dir} cannot be made: {at}: {e}"),
                    format!("see who may write there: ls -ld {at}"),
                );
            }
        };
    }
    let (user, host) = settings.who.split_once('@').unwrap_or((settings.who.as_str(), ""));
    let who = Who { user: user.into(), host: host.into(), pid: std::process::id(), command: "pontoon doctor".into() };
    // Taking the lock writes to it; it ends with the value.
    match store.lock(who, now()) {
        Ok(_writer) => report.good("store", format!("{dir} can be read and written, and nobody else writes")),
        Err(StoreError::Locked { holder, .. }) => {
            return report.notice("store", format!("{dir}: {holder} writes to it"), "wait until it ends: pontoon status");
        }
        Err(e) => return report.trouble("store", &trouble_of_store(&e)),
    }
    unfinished(&store, report);
}

fn unfinished(store: &Store, report: &mut Report) {
    for stored in store.unfinished().unwrap_or_default() {
        if stored.operation.steps.values().any(|s| *s == StepStatus::Stalled) {
            let text = format!("{} of {} asks a person", stored.id, stored.operation.opened.at);
            report.broken("operations", text, format!("pontoon op show {}", stored.id));
        } else {
            let text = format!("{} of {} was cut off", stored.id, stored.operation.opened.at);
            report.notice("operations", text, "the next run settles it and goes on: pontoon up");
        }
    }
}

/// Reads every record and every unfinished journal.
fn readable(store: &Store) -> Result<(), StoreError> {
    for scope in store.scopes()? {
        store.load(&scope)?;
    }
    store.unfinished().map(|_| ())
}

/// Whether a folder could be made: tried with a file in the nearest one that exists.
fn writable(dir: &Path) -> Result<(), (String, std::io::Error)> {
    let above = dir.ancestors().find(|d| d.is_dir()).unwrap_or(Path::new("."));
    let trial = above.join(format!(".pontoon-doctor-{}", std::process::id()));
    std::fs::write(&trial, b"").and_then(|()| std::fs::remove_file(&trial)).map_err(|e| (above.display().to_string(), e))
}
