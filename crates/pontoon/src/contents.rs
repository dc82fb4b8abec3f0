//! What runs in an environment's cluster, from the document and the files beside it.

use crate::{
    exit::{Outcome, Trouble},
    settings::Settings,
};
use pontoon_catalog::components::{Site, charts::Lock};
use pontoon_compiler::contents::contents;
use pontoon_core::{content::Contents, platform::Deferred};
use pontoon_render::{Follower, Unit, argo::Git, argo_units, units};
use pontoon_spec::{
    Spec,
    sections::{delivery::Gitops, secrets::SecretStore},
};
use std::path::{Path, PathBuf};

/// An environment's contents, what of the document is left out, and the units that are applied.
pub struct Built {
    /// The components, in order.
    pub contents: Contents,
    /// What is asked for and has nothing to stand on.
    pub deferred: Vec<Deferred>,
    /// What is applied.
    pub units: Vec<Unit>,
}

/// The folder of the document.
pub fn folder(settings: &Settings) -> PathBuf {
    let parent = settings.file.parent().filter(|p| !p.as_os_str().is_empty());
    parent.unwrap_or(Path::new(".")).to_path_buf()
}

/// Versions of charts that `pontoon.lock` pins.
pub fn lock(settings: &Settings) -> Outcome<Lock> {
    let path = folder(settings).join("pontoon.lock");
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Lock::new()),
        Err(e) => {
            return Err(Trouble::new(format!("{}: cannot be read", path.display()), "see who may: ls -l pontoon.lock")
                .because(e.to_string()));
        }
    };
    pontoon_catalog::components::charts::read(&text)
        .map_err(|why| Trouble::new(format!("{}: {why}", path.display()), "put it back: git checkout pontoon.lock"))
}

/// Compiles an environment's contents.
pub fn build(settings: &Settings, spec: &Spec, lock: &Lock) -> Outcome<Built> {
    let folder = folder(settings);
    let mut site = Site::new(spec, lock);
    for app in spec.apps.values() {
        let Some(path) = app.chart.as_ref().and_then(|c| c.value.path.as_ref()) else { continue };
        let values = folder.join(path.as_str()).join("values.yaml");
        let text = match std::fs::read_to_string(&values) {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => continue,
            Err(e) => return Err(Trouble::new(format!("{}: cannot be read: {e}", values.display()), "make it readable")),
        };
        let parsed = pontoon_render::yaml::read(&text).map_err(|why| {
            Trouble::new(format!("{}: {why}", values.display()), format!("correct it: helm lint {}", path.as_str()))
        })?;
        site.folders.insert(path.to_string(), parsed);
    }
    if let Some(store) = &spec.secrets.store
        && let SecretStore::Vault(vault) = &store.value
        && let Some(ca) = &vault.ca
    {
        let path = folder.join(ca.as_str());
        let text = std::fs::read_to_string(&path);
        site.vault_ca = Some(text.map_err(|e| {
            Trouble::new(format!("{}: cannot be read: {e}", path.display()), "put the certificate of Vault's authority there")
        })?);
    }
    let (contents, deferred) = contents(&site).map_err(|circle| {
        Trouble::new(
            format!("components need each other in a circle: {}", circle.join(" → ")),
            "this is a mistake of Pontoon: please report it",
        )
    })?;
    let of = if *spec.delivery.gitops == Gitops::Argocd { argo_units } else { units };
    let units = of(&contents, site.has_store());
    Ok(Built { contents, deferred, units })
}

/// The repository that Argo CD follows; nothing where it follows none.
pub fn argo_repository(spec: &Spec) -> Option<Git> {
    let repository = spec.delivery.repository.as_ref().filter(|_| *spec.delivery.gitops == Gitops::Argocd)?;
    Some(Git { url: git_url(&repository.github.to_string()), branch: repository.branch.to_string() })
}

/// Where a repository of GitHub is read.
pub fn git_url(repository: &str) -> String {
    format!("ssh://git@github.com/{repository}.git")
}

/// Who follows the tree: Argo CD where it has a repository, Flux otherwise.
pub fn follower(argo: Option<Git>, encrypted: bool) -> Follower {
    argo.map_or(Follower::Flux { encrypted }, Follower::Argo)
}
