//! Whether an environment runs what its release says, and is healthy: what has to hold before another one follows it.

use super::{
    gitops::{reach, trouble},
    ground::ground,
    inside::Wanted,
    run::Session,
};
use crate::{
    args::Where,
    compose::Composition,
    document::Loaded,
    exit::{Outcome, Trouble},
    settings::Settings,
};
use pontoon_catalog::components::site::FLUX;
use pontoon_core::{
    content::Object,
    event::{Event, UnitState},
};
use pontoon_deliver::{apply::Failed, survey::behind};
use pontoon_providers::{Kubernetes, ObjectRef};
use pontoon_spec::Release;
use serde_json::json;

/// The ConfigMap that says which release the engine has brought to health, where no repository does.
const MARK: &str = "pontoon-release";

/// Writes down in a cluster which release it runs.
pub async fn mark(cluster: &Kubernetes, release: &Release) -> Outcome<()> {
    let data = json!({ "environment": release.environment, "revision": release.revision, "digest": release.digest() });
    let mut object: Object = json!({ "apiVersion": "v1", "kind": "ConfigMap" });
    object["metadata"] = json!({ "name": MARK, "namespace": FLUX });
    object["data"] = data;
    let written = cluster.apply(&object).await;
    written.map(|_| ()).map_err(|r| Trouble::new(format!("the cluster: {}", r.message), "run it again: pontoon up"))
}

/// Makes sure that an environment runs a release, and is healthy with it.
pub async fn runs(settings: &Settings, loaded: &Loaded, place: &Where, release: &Release) -> Outcome<()> {
    let environment = release.environment.as_str();
    let up = place.up(environment);
    let composition = Composition::open(settings, place, loaded.platform(), loaded.token(environment))?;
    let session = Session::open(settings, &composition, loaded.platform(), environment)?;
    let wanted = Wanted::of(settings, loaded, place, environment)?;
    let ground = ground(&composition, &session, environment).await?;
    let units = wanted.standings(ground.as_ref()).await?;
    let open: Vec<&str> = units.iter().filter(|u| u.state != UnitState::Healthy).map(|u| u.unit.as_str()).collect();
    if !open.is_empty() {
        let next = format!("bring it to health first: {up}");
        return Err(Trouble::new(format!("{environment} is not healthy: {}", open.join(", ")), next));
    }
    let ground = ground.ok_or_else(|| Trouble::new(format!("{environment} has no cluster yet"), format!("make it: {up}")))?;
    let other = |what: String| Trouble::new(what, format!("let it run revision {} first: {up}", release.revision));
    let Some(repository) = loaded.repository() else {
        let of = ObjectRef::new("v1", "ConfigMap", FLUX, MARK);
        let there = ground.cluster.get(&of).await.map_err(|r| refused(&Failed::Server(r.message)))?.unwrap_or_default();
        return match there["data"]["digest"] == release.digest() {
            true => Ok(()),
            false => Err(other(match there["data"]["revision"].as_str() {
                Some(revision) => format!("{environment} runs revision {revision}, not {}", release.revision),
                None => format!("{environment} was never brought to health with revision {}", release.revision),
            })),
        };
    };
    let github = composition.github_client(settings)?;
    let silent = |_: Event| {};
    let reach = reach(&composition, loaded.platform(), repository, &github, &silent)?;
    let seen = reach.look().await.map_err(trouble)?;
    let path = format!("releases/{environment}.yaml");
    let held = reach.read(&seen.tree, |p| p == path).await.map_err(trouble)?.remove(&path);
    let held = held.and_then(|text| Release::parse(&path, text.as_bytes()).ok());
    if held.as_ref().is_none_or(|h| h.digest() != release.digest()) {
        let holds = held.map_or_else(|| "no release of it".to_owned(), |h| format!("revision {}", h.revision));
        return Err(other(format!("{environment} does not run revision {}: {} holds {holds}", release.revision, reach.name)));
    }
    let head = seen.head.as_deref().unwrap_or_default();
    let late = behind(&ground.cluster, &wanted.built.units, wanted.applier(), head).await.map_err(|e| refused(&e))?;
    if !late.is_empty() {
        return Err(other(format!("{environment} has not followed {} yet: {}", reach.name, late.join(", "))));
    }
    Ok(())
}

fn refused(e: &Failed) -> Trouble {
    super::deliver::refused(e)
}
