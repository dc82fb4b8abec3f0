//! `pontoon state`

use super::change::break_lock;
use crate::{
    args::{From, State as Args},
    compose::{now, open_store, trouble_of_store},
    document::read,
    exit::{Exit, Outcome, Trouble},
    print,
    settings::Settings,
    shared::{self, Wanted},
};
use pontoon_spec::sections::infrastructure::StateProvider;
use pontoon_store::{Rescue, Store, Writer, remote::Locking};
use serde_json::json;
use std::path::Path;

/// Looks at where the state is, and moves it.
pub fn state(settings: &Settings, args: &Args) -> Outcome {
    let document = read(settings, true)?.document;
    let platform = document.as_ref().and_then(|d| d.platform()).ok_or_else(|| {
        Trouble::new(format!("{} names no platform", settings.file.display()), "see what is wrong with it: pontoon check")
    })?;
    match args {
        Args::Show { local } => show(settings, platform, *local),
        Args::Rescue { file } => rescue(settings, platform, file),
        Args::Move { from, break_lock } => relocate(settings, platform, *from, *break_lock),
    }
}

/// A store, and how it is locked where that is not the system's business.
fn here(settings: &Settings, platform: &str, wanted: Option<&Wanted>) -> Outcome<(Store, Option<Locking>)> {
    match wanted {
        Some(wanted) => {
            let opened = shared::open(settings, wanted, platform)?;
            Ok((opened.store.clone(), opened.disk.locking()))
        }
        None => Ok((open_store(settings.own(), platform)?, None)),
    }
}

fn show(settings: &Settings, platform: &str, local: bool) -> Outcome {
    let (store, locking) = match local {
        true => (open_store(settings.recorded().store(), platform)?, None),
        false => here(settings, platform, shared::wanted(settings)?.as_ref())?,
    };
    let host = shared::who(settings, "").host;
    let said = |e| trouble_of_store(&e);
    let holder = store.holder(&host, now()).map_err(said)?;
    let moved = store.moved().map_err(said)?;
    let mut records = Vec::new();
    for scope in store.scopes().map_err(said)? {
        records.extend(store.load(&scope).map_err(said)?);
    }
    let open: Vec<String> = store.unfinished().map_err(said)?.into_iter().map(|o| o.id).collect();
    let place = store.dir().display().to_string();
    if settings.json {
        let records: Vec<_> = records
            .iter()
            .map(|r| json!({"scope": r.scope, "lineage": r.lineage, "serial": r.serial, "resources": r.resources.len()}))
            .collect();
        let holder = holder.map(|h| h.to_string());
        print::line(
            &json!({"place": place, "locking": locking, "holder": holder, "moved": moved, "records": records, "unfinished": open})
                .to_string(),
        );
        return Ok(Exit::Done);
    }
    print::line(&match locking {
        None => place,
        Some(Locking::Conditional) => format!("{place}, locked by writes with a condition, which it honours"),
        Some(Locking::Lease) => format!("{place}, locked by a lease: it does not honour conditions"),
    });
    if let Some(to) = moved {
        print::line(&format!("moved to {to}: nobody writes here any more"));
    }
    if let Some(holder) = holder {
        print::line(&format!("{holder} writes to it"));
    }
    for r in &records {
        let serial = format!("serial {}", r.serial);
        print::line(&format!("  {:24}{serial:12}lineage {}  {} things", r.scope.to_string(), r.lineage, r.resources.len()));
    }
    if records.is_empty() {
        print::line("nothing is recorded");
    }
    open.iter().for_each(|id| print::line(&format!("  operation {id} has not ended: pontoon op show {id}")));
    Ok(Exit::Done)
}

/// Takes in what a run could not write.
fn rescue(settings: &Settings, platform: &str, file: &Path) -> Outcome {
    let bytes = std::fs::read(file).map_err(|e| {
        Trouble::new(format!("{}: cannot be read: {e}", file.display()), "name the file that the run said it had saved")
    })?;
    let said = |e| trouble_of_store(&e);
    let rescue = Rescue::from_text(file, &bytes).map_err(said)?;
    let (store, _) = here(settings, platform, shared::wanted(settings)?.as_ref())?;
    store.lock(shared::who(settings, "pontoon state rescue"), now()).map_err(said)?.rescue(&rescue).map_err(said)?;
    if settings.json {
        print::line(&json!({"operation": rescue.operation, "frames": rescue.frames.len()}).to_string());
    } else {
        print::line(&format!("taken in; go on with: pontoon up; {} is not needed any more", file.display()));
    }
    Ok(Exit::Done)
}

/// Moves everything to where the document says that the state is.
fn relocate(settings: &Settings, platform: &str, from: From, breaks: bool) -> Outcome {
    let wanted = shared::wanted(settings)?;
    let source = match from {
        From::Local => None,
        From::Spaces | From::S3 => {
            let provider = if from == From::S3 { StateProvider::S3 } else { StateProvider::Spaces };
            let region = shared::region_of(settings, provider).ok_or_else(|| {
                Trouble::new(
                    "this computer does not know that bucket",
                    "say where it is in platform.yaml, then: pontoon state show",
                )
            })?;
            Some(Wanted { provider, region, token: wanted.as_ref().and_then(|w| w.token.clone()) })
        }
    };
    if source.as_ref().map(|w| w.provider) == wanted.as_ref().map(|w| w.provider) {
        return Err(Trouble::new(
            "the state is there already: platform.yaml says the same place",
            "say where it is to be (infrastructure: { state: { provider: … } }), then: pontoon state move --from …",
        ));
    }
    if source.is_some() && wanted.is_some() {
        return Err(Trouble::new(
            "moving from one bucket to another is not built yet",
            "move it here first (provider: local), then from here: pontoon state move --from local",
        ));
    }
    if let Some(wanted) = &wanted {
        shared::found(settings, wanted, platform)?;
    }
    let (old, _) = here(settings, platform, source.as_ref())?;
    let (new, _) = here(settings, platform, wanted.as_ref())?;
    let (said, who) = (|e| trouble_of_store(&e), shared::who(settings, "pontoon state move"));
    if breaks {
        break_lock(&old, &who.host, now())?;
    }
    let source = old.lock(who.clone(), now()).map_err(said)?;
    if old.scopes().map_err(said)?.is_empty() {
        return Err(Trouble::new(
            format!("{}: there is nothing to move", old.dir().display()),
            "see what is where: pontoon state show",
        ));
    }
    let target: Writer = new.lock_again(who, now()).map_err(said)?;
    source.copy_to(&target).map_err(said)?;
    target.leave("").map_err(said)?;
    drop(target);
    // As anybody else finds it: nothing of it is remembered here.
    let again = match &wanted {
        Some(wanted) => shared::open_anew(settings, wanted, platform)?.store.clone(),
        None => open_store(settings.own(), platform)?,
    };
    old.is_in(&again).map_err(said)?;
    let to = match &wanted {
        Some(_) => again.dir().display().to_string(),
        None => format!("{} of {}", again.dir().display(), settings.who),
    };
    source.leave(&to).map_err(said)?;
    if settings.json {
        print::line(&json!({"from": old.dir(), "to": to}).to_string());
    } else {
        print::line(&format!(
            "moved from {} to {to}, and read back; the old one stays as it was, and takes no more runs",
            old.dir().display()
        ));
    }
    Ok(Exit::Done)
}
