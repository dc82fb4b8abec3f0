//! The OpenTofu stacks of a document, for all environments and for what exists once.

use crate::{args::Where, document::Loaded, exit::Outcome, settings::Settings};
use pontoon_core::{
    address::Scope,
    platform::{Deferred, Platform},
};
use pontoon_spec::sections::infrastructure::{EngineKind, StateProvider};
use pontoon_tofu::{Backend, Part, Tree, backend::bucket, tree};
use std::collections::BTreeSet;

/// The stacks, and what the document asks for that this version does not build at the cloud.
pub struct Stacks {
    /// The files, from `infra/` on.
    pub tree: Tree,
    /// What is not built.
    pub deferred: BTreeSet<Deferred>,
}

/// Writes the stacks of all environments.
pub fn stacks(settings: &Settings, place: &Where, loaded: &Loaded) -> Outcome<Stacks> {
    let platforms: Vec<(Scope, Platform)> = loaded
        .environments()
        .into_iter()
        .map(|e| Ok((Scope::environment(e.as_str()), loaded.cloud(settings, place, &e)?)))
        .collect::<Outcome<_>>()?;
    let mut parts = Vec::new();
    // What exists once is the same for whoever builds it.
    let shared = platforms.iter().find(|(_, p)| p.scopes.iter().any(Scope::is_shared));
    parts.extend(shared.map(|(_, platform)| part(loaded, platform, Scope::shared())));
    parts.extend(platforms.iter().map(|(scope, platform)| part(loaded, platform, scope.clone())));
    let deferred = platforms.iter().flat_map(|(_, p)| p.deferred.iter().cloned()).collect();
    Ok(Stacks { tree: tree(&parts), deferred })
}

fn part<'a>(loaded: &Loaded, platform: &'a Platform, scope: Scope) -> Part<'a> {
    let backend = backend(loaded, &scope);
    Part { platform, scope, backend }
}

/// Where the state of a scope's stacks is kept.
fn backend(loaded: &Loaded, scope: &Scope) -> Backend {
    let first = loaded.first();
    let state = &first.infrastructure.state;
    let region = state.region.as_ref().map_or_else(|| first.region.to_string(), ToString::to_string);
    let own = *state.per_environment && !scope.is_shared();
    let bucket = bucket(loaded.platform(), if own { scope.as_str() } else { "" });
    match (*first.infrastructure.engine, *state.provider, &state.organization) {
        (EngineKind::HcpTerraform, _, Some(organization)) => {
            Backend::Hcp { organization: organization.to_string(), platform: loaded.platform().to_owned() }
        }
        (_, StateProvider::Spaces, _) => Backend::Spaces { bucket, region },
        (_, StateProvider::S3, _) => Backend::S3 { bucket, region },
        (_, StateProvider::Local, _) => Backend::Local,
    }
}
