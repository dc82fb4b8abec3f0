//! Releases: what each environment runs, where a change is promoted from one to the next.
//!
//! With `delivery.promotion` the first environment follows the document, and each later one what its
//! release says; one that has none takes the document's at its first `up`. Local worlds keep theirs
//! beside the world, so that a rehearsal leaves the folder as it was.

use crate::{
    args::Where,
    document::shown,
    exit::{Outcome, Trouble},
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

/// The release that an environment has, if it has one.
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
    let (resolved, problems) = document.resolve_release(&release);
    let Some(resolved) = resolved.filter(|_| !problems.has_errors()) else {
        shown(settings, &problems, document.sources());
        return Err(Trouble::new(
            format!("{} cannot be resolved", path.display()),
            format!("put it back: git checkout {}", path.display()),
        ));
    };
    if let Some(spec) = specs.iter_mut().find(|s| s.environment.as_str() == environment) {
        if document.release(environment, "").is_some_and(|now| now.digest() != release.digest()) {
            note(&format!(
                "{environment} runs revision {} of {}; the document is further, and reaches it by promotion (not built yet)",
                release.revision,
                path.display()
            ));
        }
        *spec = resolved.spec;
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
    let written = path.parent().map_or(Ok(()), std::fs::create_dir_all).and_then(|()| {
        let draft = path.with_extension("draft");
        std::fs::write(&draft, release.to_yaml())?;
        std::fs::rename(draft, &path)
    });
    written.map_err(|e| {
        Trouble::new(format!("{}: cannot be written: {e}", path.display()), "make the folder writable, then run it again")
    })
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
