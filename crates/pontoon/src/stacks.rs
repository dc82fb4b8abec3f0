//! The OpenTofu stacks of a document, for all environments and for what exists once.

use crate::{
    args::Where,
    compose::{store, trouble_of_store},
    contents::{argo_repository, git_url},
    document::Loaded,
    exit::{Outcome, Trouble},
    settings::Settings,
};
use pontoon_core::{
    address::Scope,
    content::Contents,
    platform::{Deferred, Platform},
    record::Record,
};
use pontoon_render::{argo, flux, tree::overlay_folder, yaml};
use pontoon_spec::{
    Spec,
    sections::infrastructure::{EngineKind, StateProvider},
};
use pontoon_tofu::{Backend, Follower, Inside, Part, Tree, Unit, backend::bucket, tree};
use std::collections::{BTreeMap, BTreeSet};

/// The stacks, and what the document asks for that this version does not build at the cloud.
pub struct Stacks {
    /// The files, from `infra/` on.
    pub tree: Tree,
    /// What is not built.
    pub deferred: BTreeSet<Deferred>,
}

/// What runs in the clusters of all environments.
pub struct Insides<'a> {
    /// The environments with what they consist of.
    pub grounds: &'a [(Spec, Contents)],
    /// The environments with their units.
    pub environments: &'a [pontoon_render::tree::Environment],
    /// The GitOps tree.
    pub tree: &'a BTreeMap<String, String>,
    /// Whether Secrets stand in the repository, encrypted.
    pub encrypted: bool,
}

impl<'a> Insides<'a> {
    fn of(&self, scope: &Scope) -> Option<Inside<'a>> {
        let at = self.grounds.iter().position(|(spec, _)| spec.environment.as_str() == scope.as_str())?;
        let (spec, contents) = &self.grounds[at];
        let (environment, units) = self.environments.get(at)?;
        let one = |unit: &'a pontoon_render::Unit| {
            let folder = overlay_folder(environment, unit);
            let folder = folder.strip_prefix(&format!("clusters/{environment}/")).unwrap_or(&folder).to_owned();
            let published = unit.published.iter().map(|(_, url, _)| url.as_str());
            Unit {
                name: &unit.name,
                concern: &unit.concern,
                title: &unit.title,
                folder,
                after: &unit.after,
                objects: unit.objects.iter().filter(|o| o["kind"] != "HelmRelease").collect(),
                releases: contents.component(&unit.name).into_iter().flat_map(|c| c.releases()).collect(),
                secrets: &unit.secrets,
                elsewhere: published.chain(unit.kustomizations.iter().map(|(path, _)| path.as_str())).collect(),
            }
        };
        let units = units.iter().map(one).collect();
        Some(Inside { environment, units, follower: follower(spec, environment, self.encrypted), tree: self.tree })
    }
}

/// Who brings an environment's tree into its cluster.
fn follower(spec: &Spec, environment: &str, encrypted: bool) -> Follower {
    let Some(repository) = &spec.delivery.repository else { return Follower::Nobody };
    if let Some(git) = argo_repository(spec) {
        let root = yaml::documents(&argo::root(&git, environment));
        return Follower::Argo { root, values: yaml::document(&argo::chart_values()), repository: git.url };
    }
    let url = git_url(&repository.github.to_string());
    let root = yaml::documents(&flux::root(&url, &repository.branch.to_string(), environment, encrypted));
    Follower::Flux { root, encrypted }
}

/// Writes the stacks of all environments.
///
/// With `import` they take over what the record has.
pub fn stacks(settings: &Settings, place: &Where, loaded: &Loaded, insides: &Insides<'_>, import: bool) -> Outcome<Stacks> {
    let platforms: Vec<(Scope, Platform)> = loaded
        .environments()
        .into_iter()
        .map(|e| Ok((Scope::environment(e.as_str()), loaded.cloud(settings, place, &e)?)))
        .collect::<Outcome<_>>()?;
    let mut records: BTreeMap<Scope, Record> = BTreeMap::new();
    if import {
        let store = store(settings, place, loaded.platform())?;
        for scope in platforms.iter().map(|(scope, _)| scope.clone()).chain([Scope::shared()]) {
            let record = store.load(&scope).map_err(|e| trouble_of_store(&e))?;
            records.extend(record.map(|r| (scope, r)));
        }
        if records.values().all(|r| r.resources.is_empty()) {
            return Err(Trouble::new(
                "nothing is recorded that stacks could take over",
                "write stacks that make everything: pontoon render",
            ));
        }
    }
    let part = |platform, scope: Scope, inside| {
        let (backend, record) = (backend(loaded, &scope), records.get(&scope));
        Part { platform, scope, backend, inside, record }
    };
    let mut parts = Vec::new();
    // What exists once is the same for whoever builds it.
    let shared = platforms.iter().find(|(_, p)| p.scopes.iter().any(Scope::is_shared));
    parts.extend(shared.map(|(_, platform)| part(platform, Scope::shared(), None)));
    parts.extend(platforms.iter().map(|(scope, platform)| part(platform, scope.clone(), insides.of(scope))));
    let deferred = platforms.iter().flat_map(|(_, p)| p.deferred.iter().cloned()).collect();
    Ok(Stacks { tree: tree(&parts), deferred })
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
