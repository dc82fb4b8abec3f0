//! `pontoon bootstrap`

use super::{
    gitops::Through,
    ground::records,
    run::{Session, block_on, engine},
};
use crate::{
    args::Bootstrap as Args,
    compose::{Composition, let_go},
    contents::keep_lock,
    document::Loaded,
    exit::{Exit, Outcome, Trouble},
    print::{self, note},
    settings::Settings,
};
use pontoon_core::event::Event;
use pontoon_deliver::repository::Landed;
use serde_json::json;

/// Makes the repository and fills it, without any cluster: tree, deploy keys, environments, protection.
pub fn bootstrap(settings: &Settings, args: &Args) -> Outcome {
    let loaded = Loaded::read(settings)?;
    engine(&loaded, &args.place)?;
    if loaded.repository().is_none() {
        return Err(Trouble::new("the document names no repository", "add delivery.repository: { github: owner/name }"));
    }
    keep_lock(settings, &args.place, &loaded, |_| false)?;
    let environments = loaded.environments();
    let mut waits = None;
    let mut head = String::new();
    block_on(settings, &args.place, async {
        for environment in &environments {
            let_go().await;
            let spec = &loaded.spec(settings, &args.place, environment)?;
            let composition = Composition::open(settings, &args.place, loaded.platform(), loaded.token(environment))?;
            let session = Session::open(settings, &composition, loaded.platform(), environment)?;
            let records = records(&composition, environment)?;
            let keeper = composition.keeper(settings, spec)?;
            let values = session.values(spec, keeper.as_ref(), &records);
            let observer = |e: Event| session.progress.take(&e);
            let protect = args.protect && environments.last() == Some(environment);
            let (composition, loaded, place) = (&composition, &loaded, &args.place);
            let through = Through { settings, composition, loaded, place, spec, proposed: None, protect };
            let github = composition.github_client(settings)?;
            match through.bootstrap(&github, &values, &observer).await? {
                Landed::On { head: at, .. } => head = at,
                Landed::Waits { url, head: at, .. } => {
                    head = at;
                    waits = Some(url);
                }
            }
        }
        Ok(())
    })?;
    let name = loaded.repository().map(|r| r.github.to_string()).unwrap_or_default();
    if settings.json {
        print::line(&json!({ "repository": name, "head": head, "waits": waits }).to_string());
    } else {
        print::line(&format!("{name} is there, at {head}"));
    }
    if let Some(url) = waits {
        note(&format!("waits for a person: merge {url}"));
        return Ok(Exit::Waits);
    }
    Ok(Exit::Done)
}
