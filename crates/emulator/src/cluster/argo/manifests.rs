//! From an Application to its objects: what the repo-server makes of each source, marked as the Application's own.

use super::helm::{self, Named, Place};
use super::{hooks, project, repository, text};
use crate::cluster::api::kinds::resource_of;
use crate::cluster::flux::install_manifest as flux_manifest;
use crate::cluster::kustomize::{self, Files, Source, is_folder, normal};
use crate::cluster::{Objects, operators, yaml};
use serde_json::{Value, json};
use std::rc::Rc;

/// The annotation by which an Application knows its objects. Source: Argo CD documentation, resource tracking.
pub(super) const TRACKING: &str = "argocd.argoproj.io/tracking-id";

/// What the sources of an Application give at one moment.
pub(super) struct Generated {
    /// Its objects, hooks among them.
    pub objects: Vec<Value>,
    /// The commit or version of each source.
    pub revisions: Vec<String>,
    /// What each source is: `Helm`, `Kustomize`, `Directory`.
    pub types: Vec<&'static str>,
    /// The project.
    pub project: Value,
}

/// What went wrong: the type of the condition, and its sentence.
pub(super) struct Failed(pub &'static str, pub String);

/// The sources of an Application.
pub(super) fn sources(application: &Value) -> Vec<Value> {
    match application["spec"]["sources"].as_array() {
        Some(all) if !all.is_empty() => all.clone(),
        _ => vec![application["spec"]["source"].clone()],
    }
}

/// Generates; at the revisions `at` where they are said.
pub(super) fn run(objects: &mut Objects, home: &str, application: &Value, at: &[String]) -> Result<Generated, Failed> {
    let sources = sources(application);
    let invalid = |why: String| Failed("InvalidSpecError", why);
    let project = project::of(objects, home, application, &sources).map_err(invalid)?;
    if !super::repo_server_runs(objects, home) {
        let why = "rpc error: code = Unavailable desc = connection error: desc = \"transport: Error while dialing: dial tcp: connect: connection refused\"";
        return Err(Failed(
            "ComparisonError",
            format!("Failed to load target state: failed to generate manifest for source 1 of {}: {why}", sources.len()),
        ));
    }
    let name = text(&application["metadata"]["name"]);
    let namespace = text(&application["spec"]["destination"]["namespace"]);
    let total = sources.len();
    let failed = |n: usize, why: String| {
        let desc = if why.starts_with("rpc error") { why } else { format!("rpc error: code = Unknown desc = {why}") };
        Failed(
            "ComparisonError",
            format!("Failed to load target state: failed to generate manifest for source {} of {total}: {desc}", n + 1),
        )
    };
    // Each repository once for each revision.
    let mut trees: Vec<Option<(String, Rc<Files>)>> = Vec::new();
    let mut named = Named::new();
    for (n, source) in sources.iter().enumerate() {
        if source["chart"].is_string() {
            trees.push(None);
            continue;
        }
        let url = text(&source["repoURL"]);
        let revision = at.get(n).cloned().unwrap_or_else(|| text(&source["targetRevision"]));
        let before = sources[..n].iter().position(|s| {
            s["repoURL"] == source["repoURL"] && s["targetRevision"] == source["targetRevision"] && !s["chart"].is_string()
        });
        let tree = match before.and_then(|b| trees.get(b).cloned().flatten()) {
            Some(tree) => tree,
            None => {
                let revision = if revision.is_empty() { "HEAD" } else { &revision };
                let (commit, files) = repository::read(objects, home, &url, revision).map_err(|why| failed(n, why))?;
                (commit, Rc::new(files))
            }
        };
        if let Some(name) = source["ref"].as_str() {
            named.insert(name.to_owned(), tree.1.clone());
        }
        trees.push(Some(tree));
    }
    let (mut all, mut revisions, mut types) = (Vec::new(), Vec::new(), Vec::new());
    for (n, (source, tree)) in sources.iter().zip(&trees).enumerate() {
        let commit = tree.as_ref().map(|(commit, _)| commit.clone()).unwrap_or_default();
        let environment = [
            // The longer name first: a shorter one begins it.
            ("ARGOCD_APP_REVISION_SHORT", commit.chars().take(7).collect()),
            ("ARGOCD_APP_REVISION", commit.clone()),
            ("ARGOCD_APP_NAMESPACE", namespace.clone()),
            ("ARGOCD_APP_NAME", name.clone()),
        ];
        let place = Place { application: &name, namespace: &namespace, environment: &environment };
        let Some((_, files)) = tree else {
            let (version, made) = helm::published(objects, source, &named, &place).map_err(|why| failed(n, why))?;
            revisions.push(version);
            types.push("Helm");
            all.extend(made);
            continue;
        };
        revisions.push(commit);
        if source["path"].is_null() && source["ref"].is_string() {
            types.push("Directory");
            continue;
        }
        let (kind, made) = folder(objects, source, files, &named, &place).map_err(|why| failed(n, why))?;
        types.push(kind);
        all.extend(made);
    }
    all.retain(|o| !o.is_null() && !hooks::is_ignored(o));
    let cluster_wide = scopes(&all);
    for object in &mut all {
        mark(objects, &name, &namespace, &cluster_wide, object);
    }
    Ok(Generated { objects: all, revisions, types, project })
}

/// A folder of a repository, as what it is.
fn folder(
    objects: &Objects,
    source: &Value,
    files: &Files,
    named: &Named,
    place: &Place,
) -> Result<(&'static str, Vec<Value>), String> {
    let path = text(&source["path"]);
    let at = normal(&path)?;
    if !is_folder(files, &at) {
        return Err(format!("{path}: app path does not exist"));
    }
    let prefix = if at.is_empty() { String::new() } else { format!("{at}/") };
    let has = |name: &str| files.contains_key(&format!("{prefix}{name}"));
    if has("Chart.yaml") {
        let own: Files = files.iter().filter_map(|(p, b)| Some((p.strip_prefix(&prefix)?.to_owned(), b.clone()))).collect();
        return helm::of_folder(source, named, &own, place).map(|all| ("Helm", all));
    }
    if ["kustomization.yaml", "kustomization.yml", "Kustomization"].into_iter().any(has) {
        let fetch = |url: &str| download(objects, url);
        let mut more = json!({});
        for key in ["namePrefix", "nameSuffix", "namespace", "patches", "components"] {
            if !source["kustomize"][key].is_null() {
                more[key] = source["kustomize"][key].clone();
            }
        }
        let built = kustomize::build(&Source { files, fetch: &fetch }, &at, &more);
        return built
            .map(|all| ("Kustomize", all))
            .map_err(|e| format!("`kustomize build <path to cached source>/{at}` failed exit status 1: Error: {e}"));
    }
    let deep = source["directory"]["recurse"] == true;
    let mut all = Vec::new();
    for (path, bytes) in files {
        let Some(rest) = path.strip_prefix(&prefix) else { continue };
        if (rest.contains('/') && !deep) || ![".yaml", ".yml", ".json"].iter().any(|end| rest.ends_with(end)) {
            continue;
        }
        let read = yaml::read(&String::from_utf8_lossy(bytes)).map_err(|e| format!("Failed to unmarshal \"{rest}\": {e}"))?;
        all.extend(read.into_iter().filter(|o| o["kind"].is_string()));
    }
    Ok(("Directory", all))
}

/// What lies behind an address that a folder names: published manifests.
fn download(objects: &Objects, url: &str) -> Option<String> {
    if objects.world().world().charts.is_unreachable(url) {
        return None;
    }
    let path = url.strip_prefix("https://github.com/")?;
    if let Some(rest) = path.strip_prefix("fluxcd/flux2/releases/download/") {
        return flux_manifest(rest.strip_suffix("/install.yaml")?);
    }
    operators::release_manifest(path)
}

/// Group and kind of what definitions among the objects make cluster-wide.
fn scopes(all: &[Value]) -> Vec<(String, String)> {
    all.iter()
        .filter(|o| o["kind"] == "CustomResourceDefinition" && o["spec"]["scope"] == "Cluster")
        .map(|o| (text(&o["spec"]["group"]), text(&o["spec"]["names"]["kind"])))
        .collect()
}

/// Puts an object into its namespace and marks it as the Application's.
fn mark(objects: &Objects, name: &str, namespace: &str, cluster_wide: &[(String, String)], object: &mut Value) {
    let (api_version, kind) = (text(&object["apiVersion"]), text(&object["kind"]));
    let group = api_version.split_once('/').map_or("", |(group, _)| group).to_owned();
    let namespaced = match resource_of(objects, &api_version, &kind) {
        Some((_, namespaced)) => namespaced,
        None => !cluster_wide.contains(&(group.clone(), kind.clone())),
    };
    if let Some(map) = object.as_object_mut() {
        map.remove("status");
    }
    if !namespaced {
        if let Some(meta) = object["metadata"].as_object_mut() {
            meta.remove("namespace");
        }
    } else if object["metadata"]["namespace"].as_str().is_none_or(str::is_empty) {
        object["metadata"]["namespace"] = namespace.into();
    }
    let meta = &object["metadata"];
    let id = format!("{name}:{group}/{kind}:{}/{}", text(&meta["namespace"]), text(&meta["name"]));
    if !hooks::is_hook(object) {
        object["metadata"]["annotations"][TRACKING] = id.into();
    }
    if let Some(meta) = object["metadata"].as_object_mut() {
        meta.retain(|_, v| !v.is_null());
    }
}
