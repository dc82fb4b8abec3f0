//! What only a person can do: a step to settle, something foreign, a pull request to merge, a value to give, a zone to
//! delegate.

use crate::{
    args::Where,
    commands::{
        gitops::reach,
        inside::{Inside, Wanted},
        reachable::{delegated, public},
        secret::missing,
    },
    compose::{Composition, trouble_of_store},
    exit::Outcome,
    settings::Settings,
};
use pontoon_core::{
    event::Event,
    operation::StepStatus,
    plan::{Gravity, Plan},
    platform::Platform,
};

/// What is waited for.
pub struct Wait {
    /// What has to be done, in one word.
    pub what: &'static str,
    /// With what.
    pub name: String,
    /// How.
    pub how: String,
    /// Whether something here stands still until it is done; otherwise it only may be open.
    pub holds: bool,
}

impl Wait {
    fn new(what: &'static str, name: impl Into<String>, how: impl Into<String>) -> Wait {
        Wait { what, name: name.into(), how: how.into(), holds: true }
    }
}

/// Everything that is waited for, in the order in which it has to be done.
pub async fn waits(
    settings: &Settings,
    composition: &Composition,
    place: &Where,
    (platform, plan): (&Platform, &Plan),
    wanted: &Wanted,
    inside: &Inside,
) -> Outcome<Vec<Wait>> {
    let mut all = stalled(composition, plan)?;
    for f in plan.findings.iter().filter(|f| f.gravity == Gravity::Error) {
        let name = f.address.as_ref().map_or_else(|| f.code.clone(), ToString::to_string);
        all.push(Wait::new("decide", name, format!("{} [{}]; {}", f.message, f.code, f.hint)));
    }
    match missing(settings, place, wanted).await {
        Ok(names) => all.extend(names.into_iter().map(|(name, how)| Wait::new("give", name, how))),
        Err(t) => all.push(Wait { holds: false, ..Wait::new("unseen", "secrets", format!("{}; {}", t.what, t.next)) }),
    }
    if let Some(repository) = wanted.spec.delivery.repository.as_ref().filter(|_| wanted.follows()) {
        match pulls(settings, composition, &platform.name, &repository.value).await {
            Ok(open) => all.extend(open),
            Err(t) => all.push(Wait { holds: false, ..Wait::new("unseen", "pull requests", format!("{}; {}", t.what, t.next)) }),
        }
    }
    all.extend(zones(composition, platform, inside)?);
    Ok(all)
}

fn stalled(composition: &Composition, plan: &Plan) -> Outcome<Vec<Wait>> {
    let scopes: Vec<_> = plan.bases.iter().map(|b| &b.scope).collect();
    let open = composition.store.unfinished().map_err(|e| trouble_of_store(&e))?;
    let own = open.iter().filter(|s| s.operation.opened.scopes.iter().any(|s| scopes.contains(&s)));
    let asks = own.filter(|s| s.operation.steps.values().any(|s| *s == StepStatus::Stalled));
    Ok(asks
        .map(|s| {
            Wait::new("settle", format!("operation {}", s.id), format!("what became of it is unclear: pontoon op show {}", s.id))
        })
        .collect())
}

async fn pulls(
    settings: &Settings,
    composition: &Composition,
    platform: &str,
    repository: &pontoon_spec::sections::delivery::Repository,
) -> Outcome<Vec<Wait>> {
    let github = composition.github_client(settings)?;
    let silent = |_: Event| {};
    let reach = reach(composition, platform, repository, &github, &silent)?;
    let refused = |e: pontoon_providers::github::GitHubError| {
        crate::exit::Trouble::new(format!("GitHub: {e}"), "what is wrong: pontoon doctor")
    };
    if github.repository(&reach.name).await.map_err(refused)?.is_none() {
        return Ok(Vec::new());
    }
    let open = github.open_pulls(&reach.name, "pontoon/").await.map_err(refused)?;
    Ok(open.into_iter().map(|p| Wait::new("merge", p.html_url, p.title)).collect())
}

/// Zones whose delegation nothing proves. Whoever holds a name's parent zone is asked by certificate authorities, not by
/// us: a certificate of theirs proves it, and one that does not come may be missing because of it.
fn zones(composition: &Composition, platform: &Platform, inside: &Inside) -> Outcome<Vec<Wait>> {
    let mut all = Vec::new();
    for scope in &platform.scopes {
        let record = composition.store.load(scope).map_err(|e| trouble_of_store(&e))?;
        for (address, zone) in record.map(|r| r.resources).unwrap_or_default() {
            if address.kind() != "digitalocean.domain" {
                continue;
            }
            if delegated(inside, &zone.id) {
                continue;
            }
            let asked = public(inside, &zone.id).next().is_some();
            let how = "at its registrar, to ns1.digitalocean.com, ns2.digitalocean.com and ns3.digitalocean.com";
            let unseen = "; no certificate proves yet that it is";
            let how = if asked { how.to_owned() } else { format!("{how}{unseen}") };
            all.push(Wait { holds: asked, ..Wait::new("delegate", zone.id, how) });
        }
    }
    Ok(all)
}
