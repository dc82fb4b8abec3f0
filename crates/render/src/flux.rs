//! Flux's own objects: repositories of charts, releases, and the Kustomization of each unit.

use crate::{health, units::Unit};
use pontoon_catalog::components::{site::FLUX, write::object};
use pontoon_core::{
    content::{Chart, Object, Release},
    digest::hex,
};
use serde_json::{Value, json};

/// The GitRepository of the platform's own repository.
pub const REPOSITORY: &str = "platform";
/// The Secret with the key that decrypts what the repository holds encrypted.
pub const AGE_SECRET: &str = "sops-age";
/// The Secret with which the repository is read.
pub const GIT_SECRET: &str = "git-credential";
/// The version of Flux that is installed.
pub const VERSION: &str = "v2.9.0";

/// The object name of a chart repository: its host and path.
fn repository_name(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let plain: String = rest.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
    let plain = plain.trim_matches('-');
    if plain.len() <= 53 {
        plain.to_owned()
    } else {
        format!("{}-{}", plain.chars().take(46).collect::<String>().trim_end_matches('-'), hex(url.as_bytes(), 6))
    }
}

/// The HelmRepository of a repository of charts.
pub fn repository(url: &str) -> Object {
    let mut spec = json!({ "interval": "1h", "url": url });
    if url.starts_with("oci://") {
        spec["type"] = "oci".into();
    }
    object("source.toolkit.fluxcd.io/v1", "HelmRepository", FLUX, &repository_name(url), json!({ "spec": spec }))
}

/// The HelmRelease of a release.
pub fn release(release: &Release) -> Object {
    let chart = match &release.chart {
        Chart::Published { name, repository, version } => json!({ "spec": {
            "chart": name,
            "version": version,
            "sourceRef": { "kind": "HelmRepository", "name": repository_name(repository), "namespace": FLUX },
            "interval": "1h",
        }}),
        Chart::Folder { path } => json!({ "spec": {
            "chart": format!("./{path}"),
            "reconcileStrategy": "Revision",
            "sourceRef": { "kind": "GitRepository", "name": REPOSITORY, "namespace": FLUX },
            "interval": "1m",
        }}),
    };
    let mut spec = json!({
        "interval": "1h",
        "timeout": format!("{}m", release.minutes),
        "releaseName": release.name,
        "chart": chart,
        // Helm itself never upgrades definitions.
        "install": { "crds": "CreateReplace", "remediation": { "retries": 3 } },
        "upgrade": { "crds": "CreateReplace", "remediation": { "retries": 3, "remediateLastFailure": true } },
        "driftDetection": { "mode": "enabled" },
    });
    if let Some(account) = &release.service_account {
        spec["serviceAccountName"] = account.as_str().into();
    }
    spec["values"] = release.values.clone();
    if !release.values_from.is_empty() {
        let from = release
            .values_from
            .iter()
            .map(|v| json!({ "kind": "Secret", "name": v.secret, "valuesKey": v.key, "targetPath": v.target }));
        spec["valuesFrom"] = from.collect::<Vec<Value>>().into();
    }
    object("helm.toolkit.fluxcd.io/v2", "HelmRelease", &release.namespace, &release.name, json!({ "spec": spec }))
}

/// The namespace of a unit's Kustomization: its account's, since Flux takes accounts from beside the object.
pub fn home(unit: &Unit) -> &str {
    unit.account.as_ref().map_or(FLUX, |(namespace, _)| namespace)
}

/// The Kustomization that applies a unit from `path` of the repository once what it needs is healthy.
pub fn kustomization(unit: &Unit, all: &[Unit], path: &str, encrypted: bool) -> Object {
    let needs: Vec<Value> = unit
        .after
        .iter()
        .filter_map(|name| all.iter().find(|u| u.name == *name))
        .filter(|u| !crate::units::WITH_ROOT.contains(&u.name.as_str()))
        .map(|u| json!({ "name": u.name, "namespace": home(u) }))
        .collect();
    let mut spec = json!({
        "interval": "10m",
        "retryInterval": "1m",
        "timeout": format!("{}m", unit.minutes),
        "path": format!("./{path}"),
        "prune": true,
        "wait": true,
        "sourceRef": { "kind": "GitRepository", "name": REPOSITORY, "namespace": FLUX },
    });
    if !needs.is_empty() {
        spec["dependsOn"] = needs.into();
    }
    let checks = health::checks(&unit.objects);
    if !checks.is_empty() {
        spec["healthCheckExprs"] = checks.into();
    }
    match &unit.account {
        Some((_, account)) => spec["serviceAccountName"] = account.as_str().into(),
        None if encrypted => spec["decryption"] = json!({ "provider": "sops", "secretRef": { "name": AGE_SECRET } }),
        None => {}
    }
    object("kustomize.toolkit.fluxcd.io/v1", "Kustomization", home(unit), &unit.name, json!({ "spec": spec }))
}

/// What the engine installs so that everything else follows the repository: source and root Kustomization.
pub fn root(url: &str, branch: &str, environment: &str, encrypted: bool) -> [Object; 2] {
    let source = json!({
        "interval": "1m",
        "url": url,
        "ref": { "branch": branch },
        "secretRef": { "name": GIT_SECRET },
    });
    let mut root = json!({
        "interval": "10m",
        "retryInterval": "1m",
        "path": format!("./clusters/{environment}"),
        "prune": true,
        "sourceRef": { "kind": "GitRepository", "name": REPOSITORY },
    });
    if encrypted {
        root["decryption"] = json!({ "provider": "sops", "secretRef": { "name": AGE_SECRET } });
    }
    [
        object("source.toolkit.fluxcd.io/v1", "GitRepository", FLUX, REPOSITORY, json!({ "spec": source })),
        object("kustomize.toolkit.fluxcd.io/v1", "Kustomization", FLUX, REPOSITORY, json!({ "spec": root })),
    ]
}
