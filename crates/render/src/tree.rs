//! The tree: bases by concern that hold no environment's value or version, and what each environment puts on top.
//!
//! ```text
//! clusters/<env>/kustomization.yaml      namespaces, and the Kustomization of each unit
//! clusters/<env>/layers/<unit>.yaml      what Flux applies, after what, and when it counts as healthy
//! clusters/<env>/applications/<unit>.yaml or, for Argo CD, the Application of each unit with its wave
//! clusters/<env>/<concern>/<unit>/       the environment's values, versions and Secrets
//! platform/<concern>/<unit>/             what is the same everywhere
//! apps/<app>/                            the same for apps
//! ```
//!
//! An object that is in every environment of its unit has a base; one that is not stands whole in its environment. Of
//! what depends on the document a base holds the name only, so a change below `clusters/<env>/` changes that one alone.

mod base;
mod readme;

use crate::{
    argo, flux,
    units::{NAMESPACES, Unit, WITH_ROOT, key},
    yaml,
};
use base::{file, split};
use pontoon_core::content::SecretSpec;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Files by path, and those that hold Secrets: whoever has their values writes them, encrypted.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tree {
    /// Text by path.
    pub files: BTreeMap<String, String>,
    /// Secrets by path of the file that holds each, with its environment.
    pub secrets: BTreeMap<String, (String, SecretSpec)>,
}

/// An environment with its units, in order.
pub type Environment = (String, Vec<Unit>);

/// Who follows the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Follower {
    /// Flux.
    Flux {
        /// Whether Secrets stand in the repository, encrypted.
        encrypted: bool,
    },
    /// Argo CD, which decrypts nothing: Secrets never stand in the repository.
    Argo(argo::Git),
}

/// The tree of all environments.
pub fn tree(platform: &str, environments: &[Environment], follower: &Follower) -> Tree {
    let mut tree = Tree::default();
    let open: Vec<Environment>;
    let environments = match follower {
        Follower::Flux { .. } => environments,
        Follower::Argo(_) => {
            let without = |u: &Unit| Unit { secrets: Vec::new(), ..u.clone() };
            open = environments.iter().map(|(name, units)| (name.clone(), units.iter().map(without).collect())).collect();
            &open
        }
    };
    let names: BTreeSet<&str> = environments.iter().flat_map(|(_, units)| units.iter().map(|u| u.name.as_str())).collect();
    for name in names {
        let having: Vec<(&str, &Unit)> =
            environments.iter().filter_map(|(env, units)| Some((env.as_str(), units.iter().find(|u| u.name == name)?))).collect();
        one(&mut tree, &having);
    }
    for (environment, units) in environments {
        match follower {
            Follower::Flux { encrypted } => root(&mut tree, environment, units, *encrypted),
            Follower::Argo(git) => applications(&mut tree, environment, units, git),
        }
    }
    tree.files.insert("README.md".into(), readme::text(platform, environments, follower));
    tree
}

/// The folder of a unit below `platform/`, `apps/` or an environment.
fn folder(unit: &Unit) -> String {
    if unit.concern == "apps" {
        let name = unit.name.strip_prefix("app-").unwrap_or(&unit.name);
        return format!("apps/{name}");
    }
    if unit.concern == unit.name { unit.concern.clone() } else { format!("{}/{}", unit.concern, unit.name) }
}

fn base_folder(unit: &Unit) -> String {
    if unit.concern == "apps" { folder(unit) } else { format!("platform/{}", folder(unit)) }
}

/// The folder that an environment's Kustomization of a unit points to.
pub fn overlay_folder(environment: &str, unit: &Unit) -> String {
    format!("clusters/{environment}/{}", folder(unit))
}

/// The objects of a unit by their keys, each as its base and what an environment puts on it.
type Parts = BTreeMap<String, (Value, Option<Value>)>;

/// Writes one unit: its base, and for each environment what is put on top.
fn one(tree: &mut Tree, having: &[(&str, &Unit)]) {
    let Some((_, first)) = having.first() else { return };
    let base_at = base_folder(first);
    let mut parts: Vec<Parts> =
        having.iter().map(|(_, unit)| unit.objects.iter().map(|o| (key(o), split(o))).collect()).collect();
    // Which objects all of its environments have, with the same base.
    let same = |id: &String, base: &Value| parts.iter().all(|p| p.get(id).is_some_and(|(other, _)| other == base));
    let common: BTreeMap<String, Value> =
        parts[0].iter().filter(|(id, (base, _))| same(id, base)).map(|(id, (base, _))| (id.clone(), base.clone())).collect();
    let mut base_files: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for object in &first.objects {
        if let Some(base) = common.get(&key(object)) {
            base_files.entry(file(first, object)).or_default().push(base.clone());
        }
    }
    if !base_files.is_empty() {
        let resources: Vec<&String> = base_files.keys().collect();
        let kustomization =
            json!({ "apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization", "resources": resources });
        tree.files.insert(format!("{base_at}/kustomization.yaml"), yaml::document(&kustomization));
        for (name, objects) in &base_files {
            tree.files.insert(format!("{base_at}/{name}"), yaml::documents(objects));
        }
    }
    let based = (!base_files.is_empty()).then_some(base_at.as_str());
    for ((environment, unit), parts) in having.iter().zip(&mut parts) {
        parts.retain(|id, _| common.contains_key(id));
        overlay(tree, environment, unit, based, parts);
    }
}

/// Writes what an environment puts on a unit's base. `common` are the objects that have one.
fn overlay(tree: &mut Tree, environment: &str, unit: &Unit, base: Option<&str>, common: &mut Parts) {
    let at = overlay_folder(environment, unit);
    for release in &unit.releases {
        tree.files.insert(format!("{at}/{}", argo::values_file(unit, release)), yaml::document(&release.values));
    }
    if !argo::has_folder(unit) && unit.secrets.is_empty() {
        return;
    }
    let up = "../".repeat(at.matches('/').count() + 1);
    let mut resources: Vec<String> = base.map(|b| format!("{up}{b}")).into_iter().collect();
    let mut own: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    let mut patches: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    let releases = unit.objects.iter().filter(|o| o["kind"] == "HelmRelease").count();
    for object in &unit.objects {
        let Some((_, patch)) = common.remove(&key(object)) else {
            own.entry(file(unit, object)).or_default().push(object.clone());
            continue;
        };
        if let Some(patch) = patch {
            let single = releases == 1 && object["kind"] == "HelmRelease";
            let name = if single { "values.yaml".to_owned() } else { file(unit, object) };
            patches.entry(name).or_default().push(patch);
        }
    }
    resources.extend(own.keys().cloned());
    resources.extend(unit.published.iter().map(|(_, url, _)| url.clone()));
    resources.extend(unit.kustomizations.iter().map(|(path, _)| format!("{up}{path}")));
    for secret in &unit.secrets {
        let name = format!("{}-{}.sops.yaml", secret.namespace, secret.name);
        tree.secrets.insert(format!("{at}/{name}"), (environment.to_owned(), secret.clone()));
        resources.push(name);
    }
    let mut kustomization = json!({ "apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization" });
    if let Some((_, namespace)) = unit.kustomizations.first() {
        kustomization["namespace"] = namespace.as_str().into();
    }
    kustomization["resources"] = resources.into();
    let mut files: Vec<Value> = Vec::new();
    for (name, _, changed) in &unit.published {
        for object in changed {
            let kind = object["kind"].as_str().unwrap_or_default();
            let name = format!("patch-{name}-{}.yaml", kind.to_lowercase());
            tree.files.insert(format!("{at}/{name}"), yaml::document(object));
            // With a target, a file that has no such object any more is no mistake.
            files.push(json!({ "path": name, "target": { "kind": kind, "name": object["metadata"]["name"] } }));
        }
    }
    for (name, objects) in patches {
        // A patch is one object; several of a file are told apart by number.
        for (i, object) in objects.iter().enumerate() {
            let name = if i == 0 { name.clone() } else { name.replacen(".yaml", &format!("-{}.yaml", i + 1), 1) };
            // Kustomize takes a file either as a resource or as a patch.
            let name = if own.contains_key(&name) { format!("patch-{name}") } else { name };
            tree.files.insert(format!("{at}/{name}"), yaml::document(object));
            files.push(json!({ "path": name }));
        }
    }
    if !files.is_empty() {
        kustomization["patches"] = files.into();
    }
    for (name, objects) in own {
        tree.files.insert(format!("{at}/{name}"), yaml::documents(&objects));
    }
    tree.files.insert(format!("{at}/kustomization.yaml"), yaml::document(&kustomization));
}

/// The kustomization of an environment's folder.
fn lists(tree: &mut Tree, environment: &str, mut resources: Vec<String>) {
    resources.sort();
    let kustomization =
        json!({ "apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization", "resources": resources });
    tree.files.insert(format!("clusters/{environment}/kustomization.yaml"), yaml::document(&kustomization));
}

/// What the environment's root Kustomization applies: namespaces, and the Kustomization of each other unit.
fn root(tree: &mut Tree, environment: &str, units: &[Unit], encrypted: bool) {
    let mut resources = Vec::new();
    for unit in units {
        if WITH_ROOT.contains(&unit.name.as_str()) {
            resources.push(folder(unit));
            continue;
        }
        let object = flux::kustomization(unit, units, &overlay_folder(environment, unit), encrypted);
        let path = format!("layers/{}.yaml", unit.name);
        tree.files.insert(format!("clusters/{environment}/{path}"), yaml::document(&object));
        resources.push(path);
    }
    lists(tree, environment, resources);
}

/// What Argo CD's root applies: namespaces, and the Application of each other unit with its project.
fn applications(tree: &mut Tree, environment: &str, units: &[Unit], git: &argo::Git) {
    let mut resources: Vec<String> = units.iter().filter(|u| u.name == NAMESPACES).map(folder).collect();
    for unit in units.iter().filter(|u| argo::is_applied(u)) {
        let mut objects: Vec<Value> = argo::project(unit, git).into_iter().collect();
        objects.push(argo::application(unit, git, &overlay_folder(environment, unit)));
        let path = format!("applications/{}.yaml", unit.name);
        tree.files.insert(format!("clusters/{environment}/{path}"), yaml::documents(&objects));
        resources.push(path);
    }
    lists(tree, environment, resources);
}
