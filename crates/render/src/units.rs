//! Units: components as the objects that are applied, with charts as HelmReleases and their repositories.

use crate::flux;
use pontoon_core::content::{Chart, Component, Contents, Object, Piece, Release, SecretSpec};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Units that come with the root itself, so that everything else finds them there: nobody waits for a repository of
/// charts of which nothing is needed.
pub const WITH_ROOT: &[&str] = &[NAMESPACES, SOURCES];
/// The unit of everything that charts are fetched from.
pub const SOURCES: &str = "sources";
/// The unit of namespaces, which comes before everything that lives in one.
pub const NAMESPACES: &str = "namespaces";

/// Something that is applied and judged healthy as a whole.
#[derive(Debug, Clone, PartialEq)]
pub struct Unit {
    /// Its name: the component's.
    pub name: String,
    /// The folder that it belongs to.
    pub concern: String,
    /// What it is, in a few words.
    pub title: String,
    /// How many steps above the ground.
    pub layer: u32,
    /// The units that must be healthy first.
    pub after: BTreeSet<String>,
    /// Its objects.
    pub objects: Vec<Object>,
    /// Its charts, where they are installed as they are and not by objects of Flux.
    pub releases: Vec<Release>,
    /// Values that stamps add to those charts, by the release's name.
    pub stamped: BTreeMap<String, Value>,
    /// Files of objects that somebody publishes: a short name, the address, and what is changed of them.
    pub published: Vec<(String, String, Vec<Object>)>,
    /// Folders that are built with kustomize: the folder, and the namespace that everything goes to.
    pub kustomizations: Vec<(String, String)>,
    /// The Secrets that nobody else brings: encrypted in the repository, or written by the engine.
    pub secrets: Vec<SecretSpec>,
    /// The service account in whose name it is applied, as `(namespace, name)`.
    pub account: Option<(String, String)>,
    /// How long it may take, in minutes.
    pub minutes: u32,
}

/// The units of an environment, in order. `store` is true where a store's values arrive as Secrets by themselves.
pub fn units(contents: &Contents, store: bool) -> Vec<Unit> {
    let mut repositories: BTreeMap<String, Object> = BTreeMap::new();
    let mut all: Vec<Unit> = contents.components.iter().map(|c| unit(contents, c, store, &mut repositories)).collect();
    if !repositories.is_empty() {
        let sources = Unit {
            name: SOURCES.into(),
            concern: SOURCES.into(),
            title: "where charts come from".into(),
            layer: 0,
            after: BTreeSet::new(),
            objects: repositories.into_values().collect(),
            releases: Vec::new(),
            stamped: BTreeMap::new(),
            published: Vec::new(),
            kustomizations: Vec::new(),
            secrets: Vec::new(),
            account: None,
            minutes: 5,
        };
        all.insert(0, sources);
    }
    all
}

fn unit(contents: &Contents, c: &Component, store: bool, repositories: &mut BTreeMap<String, Object>) -> Unit {
    let mut unit = Unit {
        name: c.name.clone(),
        concern: c.concern.clone(),
        title: c.title.clone(),
        layer: contents.layers.get(&c.name).copied().unwrap_or(0),
        after: contents.after.get(&c.name).cloned().unwrap_or_default(),
        objects: Vec::new(),
        releases: Vec::new(),
        stamped: BTreeMap::new(),
        published: Vec::new(),
        kustomizations: Vec::new(),
        secrets: c.secrets.iter().filter(|s| s.early || !store).cloned().collect(),
        account: c.account.clone(),
        minutes: 5,
    };
    for piece in &c.pieces {
        match piece {
            Piece::Object(object) => unit.objects.push(object.clone()),
            Piece::Release(release) => {
                if let Chart::Published { repository, .. } = &release.chart {
                    let object = flux::repository(repository);
                    repositories.insert(object["metadata"]["name"].as_str().unwrap_or_default().to_owned(), object);
                }
                unit.minutes = unit.minutes.max(release.minutes + 5);
                unit.objects.push(flux::release(release));
            }
            Piece::Published { name, url, patches, .. } => unit.published.push((name.clone(), url.clone(), patches.clone())),
            Piece::Kustomization { path, namespace } => unit.kustomizations.push((path.clone(), namespace.clone())),
        }
    }
    unit
}

/// `kind/namespace/name` of an object, which tells it from all others of a cluster.
pub fn key(object: &Value) -> String {
    let meta = |field: &str| object["metadata"][field].as_str().unwrap_or("");
    format!("{}/{}/{}", object["kind"].as_str().unwrap_or(""), meta("namespace"), meta("name"))
}
