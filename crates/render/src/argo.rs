//! Argo CD's own objects: the Application of each unit, their projects, and the root that brings all of them in waves.
//!
//! The wave of an Application is its unit's layer. The root goes on to the next wave when every Application of this one
//! is synced and healthy, which Argo CD only knows because [`health`] tells it. So the order holds when units are made
//! and when an Application itself changes, such as a chart's version or the stamp of its Secrets. A change of values alone
//! goes to its unit at once; what fails for want of another unit is tried again until it fits.
//!
//! Stamps reach a chart as values that the Application itself holds. Argo CD has no step between a chart's templates and
//! the cluster but kustomize with `--enable-helm`, which would let every folder fetch any chart past its AppProject.

pub mod health;

use crate::units::{NAMESPACES, SOURCES, Unit, units};
use pontoon_catalog::components::{site::ARGOCD, write::object};
use pontoon_core::content::{Chart, Contents, Object, Release};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The version of Argo CD that is installed.
pub const VERSION: &str = "v3.4.4";
/// The root Application.
pub const ROOT: &str = "platform";
/// The project of the platform's own Applications.
pub const PROJECT: &str = "platform";
/// The Secret with which the repository is read.
pub const GIT_SECRET: &str = "git-credential";
/// The cluster that Argo CD runs in. Source: Argo CD documentation, declarative setup.
pub const IN_CLUSTER: &str = "https://kubernetes.default.svc";
/// An Application takes its objects with it. Source: Argo CD documentation, app deletion.
const FINALIZER: &str = "resources-finalizer.argocd.argoproj.io";
/// The annotation of an object's wave. Source: Argo CD documentation, sync phases and waves.
pub const WAVE: &str = "argocd.argoproj.io/sync-wave";
/// The name by which charts find their values in the repository.
const VALUES: &str = "platform";

/// The units of an environment as Argo CD takes them: charts as they are, and no objects of Flux.
pub fn argo_units(contents: &Contents, store: bool) -> Vec<Unit> {
    let mut all = units(contents, store);
    all.retain(|u| u.name != SOURCES);
    let mut policies: Vec<Object> = Vec::new();
    for unit in &mut all {
        unit.objects.retain(|o| o["kind"] != "HelmRelease");
        unit.releases = contents.component(&unit.name).map(|c| c.releases().cloned().collect()).unwrap_or_default();
        for external in unit.objects.iter_mut().filter(|o| o["kind"] == "ExternalSecret") {
            // Before the pods that it is for, which the same sync may start anew: they read a Secret once.
            external["metadata"]["annotations"][WAVE] = "-1".into();
        }
        if !unit.releases.is_empty() {
            policies.extend(unit.objects.extract_if(.., |o| is_policy(o)));
        }
    }
    if let Some(namespaces) = all.iter_mut().find(|u| u.name == NAMESPACES) {
        namespaces.objects.extend(policies);
    }
    all
}

/// Whether an object opens or closes a way. What a chart runs before it installs anything is a hook, which Argo CD runs
/// before everything else of the Application: its ways have to be open already, so they come with the namespaces.
fn is_policy(object: &Object) -> bool {
    matches!(object["kind"].as_str(), Some("NetworkPolicy" | "CiliumNetworkPolicy"))
}

/// The file of a release's values in its unit's folder.
pub fn values_file(unit: &Unit, release: &Release) -> String {
    if unit.releases.len() == 1 { "values.yaml".into() } else { format!("{}-values.yaml", release.name) }
}

/// A chart repository as Argo CD writes it: a registry's address stands without its scheme. Source: Argo CD documentation,
/// Helm, OCI charts.
fn repository(url: &str) -> &str {
    url.strip_prefix("oci://").unwrap_or(url)
}

fn chart_source(unit: &Unit, release: &Release, git: &Git, folder: &str) -> Value {
    let mut helm = json!({ "releaseName": release.name, "namespace": release.namespace });
    helm["valueFiles"] = json!([format!("${VALUES}/{folder}/{}", values_file(unit, release))]);
    if let Some(stamped) = unit.stamped.get(&release.name) {
        // Beside the file, which is a person's to edit; and here, so that it comes in the Application's wave.
        helm["values"] = crate::yaml::document(stamped).into();
    }
    match &release.chart {
        Chart::Published { name, repository: from, version } => {
            json!({ "repoURL": repository(from), "chart": name, "targetRevision": version, "helm": helm })
        }
        Chart::Folder { path } => json!({ "repoURL": git.url, "targetRevision": git.branch, "path": path, "helm": helm }),
    }
}

/// The namespace that an Application's objects go to where they say none: its charts', or the first that one says.
fn home(unit: &Unit) -> &str {
    let said = unit.objects.iter().find_map(|o| o["metadata"]["namespace"].as_str());
    let folder = unit.kustomizations.first().map(|(_, namespace)| namespace.as_str());
    unit.releases.first().map(|r| r.namespace.as_str()).or(folder).or(said).unwrap_or("default")
}

/// Whether there is a folder to build beside the charts.
pub fn has_folder(unit: &Unit) -> bool {
    !(unit.objects.is_empty() && unit.published.is_empty() && unit.kustomizations.is_empty())
}

/// The repository that Argo CD follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Git {
    /// Where it is read.
    pub url: String,
    /// The branch that is followed.
    pub branch: String,
}

/// Whether a unit has an Application of its own: namespaces come with the root, and what only has Secrets is brought by
/// whoever has their values.
pub fn is_applied(unit: &Unit) -> bool {
    unit.name != NAMESPACES && (has_folder(unit) || !unit.releases.is_empty())
}

/// The Application of a unit; `folder` is its folder in the repository.
pub fn application(unit: &Unit, git: &Git, folder: &str) -> Object {
    let mut own = json!({ "repoURL": git.url, "targetRevision": git.branch });
    if has_folder(unit) {
        own["path"] = folder.into();
    }
    if !unit.releases.is_empty() {
        own["ref"] = VALUES.into();
    }
    let mut sources = vec![own];
    sources.extend(unit.releases.iter().map(|r| chart_source(unit, r, git, folder)));
    let spec = json!({
        "project": if unit.account.is_some() { unit.name.as_str() } else { PROJECT },
        "destination": { "server": IN_CLUSTER, "namespace": home(unit) },
        "sources": sources,
        "syncPolicy": policy(),
    });
    let mut application = object("argoproj.io/v1alpha1", "Application", ARGOCD, &unit.name, json!({ "spec": spec }));
    application["metadata"]["annotations"] = json!({ WAVE: unit.layer.to_string() });
    application["metadata"]["finalizers"] = json!([FINALIZER]);
    application
}

/// Everything by itself, for ever: a failed attempt is tried again at the newest commit.
fn policy() -> Value {
    json!({
        "automated": { "prune": true, "selfHeal": true },
        // Definitions are larger than an annotation may be; objects of kinds that come within the same sync cannot be tried before.
        "syncOptions": ["ServerSideApply=true", "SkipDryRunOnMissingResource=true", "CreateNamespace=false"],
        "retry": { "limit": -1, "refresh": true, "backoff": { "duration": "10s", "factor": 2, "maxDuration": "3m" } },
    })
}

/// The project of a unit that is applied with limited rights: its own namespaces, its own sources, nothing of the cluster.
pub fn project(unit: &Unit, git: &Git) -> Option<Object> {
    let (namespace, _) = unit.account.as_ref()?;
    let said = unit.objects.iter().filter_map(|o| o["metadata"]["namespace"].as_str());
    let mut namespaces: BTreeSet<&str> = said.chain(unit.releases.iter().map(|r| r.namespace.as_str())).collect();
    namespaces.insert(namespace);
    let mut from: BTreeSet<&str> = BTreeSet::from([git.url.as_str()]);
    from.extend(unit.releases.iter().filter_map(|r| match &r.chart {
        Chart::Published { repository: from, .. } => Some(repository(from)),
        Chart::Folder { .. } => None,
    }));
    let destinations = namespaces.iter().map(|n| json!({ "server": IN_CLUSTER, "namespace": n }));
    let spec = json!({
        "description": unit.title,
        "sourceRepos": from,
        "destinations": destinations.collect::<Vec<_>>(),
        "clusterResourceWhitelist": [],
    });
    let mut project = object("argoproj.io/v1alpha1", "AppProject", ARGOCD, &unit.name, json!({ "spec": spec }));
    project["metadata"]["annotations"] = json!({ WAVE: "-1" });
    Some(project)
}

/// What the engine installs so that everything else follows the repository: the platform's project and the root.
pub fn root(git: &Git, environment: &str) -> [Object; 2] {
    let everything = json!([{ "group": "*", "kind": "*" }]);
    let project = json!({
        "description": "what Pontoon itself brings",
        "sourceRepos": ["*"],
        "destinations": [{ "server": IN_CLUSTER, "namespace": "*" }],
        "clusterResourceWhitelist": everything,
    });
    let spec = json!({
        "project": PROJECT,
        "destination": { "server": IN_CLUSTER, "namespace": ARGOCD },
        "sources": [{ "repoURL": git.url, "targetRevision": git.branch, "path": format!("clusters/{environment}") }],
        "syncPolicy": policy(),
    });
    [
        object("argoproj.io/v1alpha1", "AppProject", ARGOCD, PROJECT, json!({ "spec": project })),
        object("argoproj.io/v1alpha1", "Application", ARGOCD, ROOT, json!({ "spec": spec })),
    ]
}

/// What is changed of Argo CD's published objects, as patches: how health is judged, and how long a sync may take.
pub fn settings() -> Vec<Object> {
    let map =
        |name: &str, data: Value| json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": name }, "data": data });
    let mut said = health::customizations();
    said.insert("application.resourceTrackingMethod".into(), "annotation".into());
    said.insert("timeout.reconciliation".into(), "60s".into());
    said.insert("timeout.reconciliation.jitter".into(), "0s".into());
    // A sync that waits for something that never comes keeps the commit that mends it from being read, so it ends some
    // time. The clock runs over the whole operation with all of its waves: it has to be longer than a first installation.
    let parameters = json!({ "controller.diff.server.side": "true", "controller.sync.timeout.seconds": "7200" });
    vec![map("argocd-cm", Value::Object(said)), map("argocd-cmd-params-cm", parameters)]
}

/// The same for whoever installs the published chart (`argo-cd`), as its values.
pub fn chart_values() -> Value {
    let [cm, params] = settings().try_into().unwrap_or([Value::Null, Value::Null]).map(|o: Object| o["data"].clone());
    json!({
        "dex": { "enabled": false },
        "notifications": { "enabled": false },
        "applicationSet": { "replicas": 0 },
        "configs": { "cm": cm, "params": params },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_registry_is_written_without_its_scheme() {
        assert_eq!(repository("oci://ghcr.io/a/charts"), "ghcr.io/a/charts");
        assert_eq!(repository("https://charts.example.com"), "https://charts.example.com");
    }
}
