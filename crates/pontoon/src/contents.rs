//! What runs in an environment's cluster, from the document and the files beside it.

use crate::{
    args::Where,
    compose::{store, trouble_of_store},
    document::Loaded,
    exit::{Outcome, Trouble},
    files::{self, Readers},
    print::note,
    settings::Settings,
};
use pontoon_catalog::components::{
    Site,
    charts::{self, Lock, Locked},
};
use pontoon_compiler::contents::contents;
use pontoon_core::{
    address::{Address, Scope},
    content::{Chart, Contents, Piece},
    platform::Deferred,
    record::Restored,
};
use pontoon_render::{Follower, Unit, argo::Git, argo_units, units};
use pontoon_spec::{
    Spec,
    sections::{delivery::Gitops, secrets::SecretStore},
};
use pontoon_store::Store;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

/// The file of charts' versions, beside the document.
const LOCK: &str = "pontoon.lock";

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
    let path = folder(settings).join(LOCK);
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

/// Writes `pontoon.lock` where a chart came or went, or where others are asked for; returns the charts whose version changed,
/// with both. A rehearsal leaves it as it is.
pub fn keep_lock(settings: &Settings, place: &Where, loaded: &Loaded, fresh: impl Fn(&str) -> bool) -> Outcome<Vec<Moved>> {
    if place.local {
        return Ok(Vec::new());
    }
    let before = lock(settings)?;
    let mut used = BTreeSet::new();
    for environment in loaded.environments() {
        used.extend(charts_of(&build(settings, &loaded.spec(settings, place, &environment)?, &before)?));
    }
    keep(settings, &before, &used, fresh)
}

/// Every environment of the document with its contents, as its own cluster holds them; the lock is kept beside. Where the
/// state cannot be read from here, as for clusters that are not made yet.
pub fn built_all(settings: &Settings, place: &Where, loaded: &Loaded) -> Outcome<Vec<(Spec, Built)>> {
    let lock = lock(settings)?;
    let state = store(settings, place, loaded.platform());
    if let Err(t) = &state {
        let text = "the state cannot be read, so this is for clusters that are not made yet";
        note(&format!("{text}: {}; {}", t.what, t.next));
    }
    let state = state.ok();
    let mut all = Vec::new();
    for environment in loaded.environments() {
        let spec = loaded.spec(settings, place, &environment)?;
        let here = state.as_ref().map_or_else(|| Ok(Here::default()), |store| here(store, &spec))?;
        let built = compile(settings, &spec, &lock, here)?;
        all.push((spec, built));
    }
    if !place.local {
        // A chart that the lock does not name yet was compiled as the lock will name it.
        keep(settings, &lock, &all.iter().flat_map(|(_, built)| charts_of(built)).collect(), |_| false)?;
    }
    Ok(all)
}

/// The names of the published charts that are installed.
fn charts_of(built: &Built) -> BTreeSet<String> {
    let pieces = built.contents.components.iter().flat_map(|c| &c.pieces);
    let name = |piece: &Piece| match piece {
        Piece::Release(release) => match &release.chart {
            Chart::Published { name, .. } => Some(name.clone()),
            _ => None,
        },
        _ => None,
    };
    pieces.filter_map(name).collect()
}

fn keep(settings: &Settings, before: &Lock, used: &BTreeSet<String>, fresh: impl Fn(&str) -> bool) -> Outcome<Vec<Moved>> {
    let after = charts::locked(before, used, fresh);
    let path = folder(settings).join(LOCK);
    if after != *before || !path.exists() {
        files::write(&path, charts::write(&after).as_bytes(), Readers::Anybody).map_err(|e| {
            Trouble::new(format!("{}: cannot be written: {e}", path.display()), "make the folder writable, then run it again")
        })?;
    }
    let moved = |(name, now): (&String, &Locked)| {
        let was = before.get(name).map(|l| l.version.clone());
        (was.as_ref() != Some(&now.version)).then(|| Moved { chart: name.clone(), before: was, after: now.version.clone() })
    };
    Ok(after.iter().filter_map(moved).collect())
}

/// A chart that the lock says something else of than before.
pub struct Moved {
    /// Which chart.
    pub chart: String,
    /// The version before, if there was one.
    pub before: Option<String>,
    /// The version now.
    pub after: String,
}

/// Compiles an environment's contents as its own cluster holds them: what is delivered and written has to be made by this.
///
/// What a cluster archives stands under the cluster's incarnation, so that one that was made anew finds an empty archive.
pub fn build_here(settings: &Settings, place: &Where, spec: &Spec, lock: &Lock) -> Outcome<Built> {
    let store = store(settings, place, spec.platform.as_str())?;
    compile(settings, spec, lock, here(&store, spec)?)
}

/// What is recorded of the cluster that contents are for; nothing where there is none yet.
#[derive(Default)]
struct Here {
    incarnation: String,
    restored: BTreeMap<String, Vec<Restored>>,
}

/// What is recorded of an environment's cluster.
fn here(store: &Store, spec: &Spec) -> Outcome<Here> {
    let scope = Scope::environment(spec.environment.as_str());
    let record = store.load(&scope).map_err(|e| trouble_of_store(&e))?;
    let address = Address::new(scope, "digitalocean.cluster", "main");
    let cluster = record.and_then(|mut r| r.resources.remove(&address));
    Ok(cluster.map(|c| Here { incarnation: c.incarnation, restored: c.restored }).unwrap_or_default())
}

/// Compiles an environment's contents, for whoever asks only what they consist of.
pub fn build(settings: &Settings, spec: &Spec, lock: &Lock) -> Outcome<Built> {
    compile(settings, spec, lock, Here::default())
}

fn compile(settings: &Settings, spec: &Spec, lock: &Lock, here: Here) -> Outcome<Built> {
    let folder = folder(settings);
    let mut site = Site { incarnation: here.incarnation, restored: here.restored, ..Site::new(spec, lock) };
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
