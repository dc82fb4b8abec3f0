//! Releases: what each environment runs, where a change is promoted from one to the next.
//!
//! With `delivery.promotion` the first environment follows the document, and each later one what its
//! release says; one that has none takes the document's at its first `up`. Local worlds keep theirs
//! beside the world, so that a rehearsal leaves the folder as it was.

use crate::{
    args::Where,
    document::shown,
    exit::{Outcome, Trouble},
    files::{self, Readers},
    print::note,
    settings::Settings,
};
use pontoon_spec::{Document, Spec, release::Release};
use std::path::{Path, PathBuf};

/// Where an environment's release stands.
fn path(settings: &Settings, place: &Where, environment: &str) -> PathBuf {
    let folder = if place.local { settings.local().join("releases") } else { settings.own().with_file_name("releases") };
    folder.join(format!("{environment}.yaml"))
}

/// The release that an environment runs, if it has one.
pub fn of(settings: &Settings, place: &Where, environment: &str) -> Outcome<Option<Release>> {
    read(settings, &path(settings, place, environment))
}

fn read(settings: &Settings, path: &Path) -> Outcome<Option<Release>> {
    let name = path.display().to_string();
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(e) => {
            return Err(
                Trouble::new(format!("{name}: cannot be read"), format!("see who may: ls -l {name}")).because(e.to_string())
            );
        }
    };
    Release::parse(&name, &bytes).map(Some).map_err(|problems| {
        shown(settings, &problems, &Default::default());
        Trouble::new(format!("{name} is no release"), format!("put it back: git checkout {name}"))
    })
}

/// Whether an environment follows its release instead of the document.
fn promoted(document: &Document, environment: &str) -> bool {
    let order = document.promotion();
    order.iter().any(|e| e.as_str() == environment) && order.first().is_some_and(|first| first.as_str() != environment)
}

/// The specs that are built from: the environment's release where it has one and follows it.
pub fn specs(settings: &Settings, place: &Where, document: &Document, specs: &[Spec], environment: &str) -> Outcome<Vec<Spec>> {
    let mut specs = specs.to_vec();
    if !promoted(document, environment) {
        return Ok(specs);
    }
    let path = path(settings, place, environment);
    let Some(release) = read(settings, &path)? else { return Ok(specs) };
    specs = specs_of(settings, document, &specs, &release)?;
    if document.release(environment, "").is_some_and(|now| now.digest() != release.digest()) {
        note(&format!(
            "{environment} runs revision {} of {}; the document is further, and reaches it by: pontoon promote FROM {environment}",
            release.revision,
            path.display()
        ));
    }
    Ok(specs)
}

/// Writes down what an environment runs, where environments are promoted: the first one's whenever it
/// changes, a later one's when it has none.
pub fn write(settings: &Settings, place: &Where, document: &Document, environment: &str) -> Outcome<()> {
    if !document.promotion().iter().any(|e| e.as_str() == environment) {
        return Ok(());
    }
    let path = path(settings, place, environment);
    let before = read(settings, &path)?;
    if before.is_some() && promoted(document, environment) {
        return Ok(());
    }
    let revision = before.as_ref().and_then(|r| r.revision.parse::<u64>().ok()).unwrap_or(0) + 1;
    let Some(release) = document.release(environment, &revision.to_string()) else { return Ok(()) };
    if before.is_some_and(|b| b.digest() == release.digest()) {
        return Ok(());
    }
    keep(settings, place, environment, &release.to_yaml())
}

/// An environment that was taken down runs nothing.
pub fn remove(settings: &Settings, place: &Where, environment: &str) {
    // A release that stays would only be followed again.
    let _ = std::fs::remove_file(path(settings, place, environment));
}

/// The text of an environment's release, where it has one.
pub fn text(settings: &Settings, place: &Where, environment: &str) -> Option<String> {
    std::fs::read_to_string(path(settings, place, environment)).ok()
}

/// The resolved environments where one of them runs a release.
pub fn specs_of(settings: &Settings, document: &Document, specs: &[Spec], release: &Release) -> Outcome<Vec<Spec>> {
    let mut specs = specs.to_vec();
    let (resolved, problems) = document.resolve_release(release);
    let Some(resolved) = resolved.filter(|_| !problems.has_errors()) else {
        shown(settings, &problems, document.sources());
        let name = &release.environment;
        return Err(Trouble::new(
            format!("revision {} of {name} cannot be resolved", release.revision),
            format!("put it back: git checkout releases/{name}.yaml"),
        ));
    };
    if let Some(spec) = specs.iter_mut().find(|s| s.environment.as_str() == release.environment.as_str()) {
        *spec = resolved.spec;
    }
    Ok(specs)
}

/// Keeps a release as what an environment runs from its next `up` on; the one before stays in the history.
pub fn keep(settings: &Settings, place: &Where, environment: &str, text: &str) -> Outcome<()> {
    let path = path(settings, place, environment);
    let history = history(settings, place, environment);
    let written = (|| {
        if let Ok(before) = std::fs::read_to_string(&path)
            && let Ok(release) = Release::parse("", before.as_bytes())
        {
            let kept = history.join(format!("{}.yaml", release.revision));
            std::fs::create_dir_all(&history)?;
            files::write(&kept, before.as_bytes(), Readers::Anybody)?;
        }
        path.parent().map_or(Ok(()), std::fs::create_dir_all)?;
        files::write(&path, text.as_bytes(), Readers::Anybody)
    })();
    written.map_err(|e: std::io::Error| {
        Trouble::new(format!("{}: cannot be written: {e}", path.display()), "make the folder writable, then run it again")
    })
}

/// Where earlier releases of an environment are.
fn history(settings: &Settings, place: &Where, environment: &str) -> PathBuf {
    let folder = if place.local { settings.local() } else { settings.own() };
    folder.join("history").join(environment)
}

/// The earlier releases of an environment, oldest first.
pub fn earlier(settings: &Settings, place: &Where, environment: &str) -> Vec<Release> {
    let entries = std::fs::read_dir(history(settings, place, environment)).into_iter().flatten().flatten();
    let mut all: Vec<Release> = entries.filter_map(|e| Release::parse("", &std::fs::read(e.path()).ok()?).ok()).collect();
    all.sort_by_key(|r| r.revision.parse::<u64>().unwrap_or(0));
    all
}
