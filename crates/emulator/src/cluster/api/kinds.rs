//! What can be written: built-in kinds, and definitions in the cluster that are established.

use super::builtin::{BUILTINS, Builtin};
use crate::cluster::Objects;
use serde_json::Value;

/// Where definitions are kept.
pub(crate) const DEFINITIONS: &str = "customresourcedefinitions.apiextensions.k8s.io";

/// A kind that the server serves, in one of its versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Kind {
    /// Group; empty for the core.
    pub group: String,
    /// Version that was asked for.
    pub version: String,
    /// Kind.
    pub kind: String,
    /// Plural.
    pub plural: String,
    /// Whether its objects live in namespaces.
    pub namespaced: bool,
    /// Whether its status is written apart.
    pub status: bool,
    /// Whether it has `/scale`.
    pub scale: bool,
    /// Whether it comes from a definition.
    pub custom: bool,
}

impl Kind {
    /// `deployments.apps`, `pods`.
    pub fn resource(&self) -> String {
        // Events are served in two groups and kept once.
        if self.group.is_empty() || self.group == "events.k8s.io" {
            self.plural.clone()
        } else {
            format!("{}.{}", self.plural, self.group)
        }
    }

    /// `apps/v1`, `v1`.
    pub fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.clone() } else { format!("{}/{}", self.group, self.version) }
    }

    fn builtin(b: &Builtin, version: &str) -> Self {
        Self {
            group: b.group.to_owned(),
            version: version.to_owned(),
            kind: b.kind.to_owned(),
            plural: b.plural.to_owned(),
            namespaced: b.namespaced,
            status: b.status,
            scale: b.scale,
            custom: false,
        }
    }

    fn defined(definition: &Value, version: &str) -> Option<Self> {
        let spec = &definition["spec"];
        let text = |v: &Value| v.as_str().unwrap_or("").to_owned();
        let served = spec["versions"].as_array()?.iter().find(|v| v["name"] == version && v["served"] == true)?;
        Some(Self {
            group: text(&spec["group"]),
            version: version.to_owned(),
            kind: text(&spec["names"]["kind"]),
            plural: text(&spec["names"]["plural"]),
            namespaced: spec["scope"] == "Namespaced",
            status: served["subresources"].get("status").is_some(),
            scale: served["subresources"].get("scale").is_some(),
            custom: true,
        })
    }
}

/// Group and version of an `apiVersion`.
pub(crate) fn split(api_version: &str) -> (&str, &str) {
    api_version.split_once('/').unwrap_or(("", api_version))
}

/// The kind of that `apiVersion`, when it is served now.
pub(crate) fn of_kind(objects: &Objects, api_version: &str, kind: &str) -> Option<Kind> {
    let (group, version) = split(api_version);
    let built_in = BUILTINS.iter().find(|b| b.group == group && b.kind == kind && b.versions.contains(&version));
    if let Some(b) = built_in {
        return Some(Kind::builtin(b, version));
    }
    objects
        .list(DEFINITIONS)
        .into_iter()
        .filter(|d| d["spec"]["group"] == group && d["spec"]["names"]["kind"] == kind && established(d))
        .find_map(|d| Kind::defined(d, version))
}

/// The kind behind a path, when it is served now.
pub(crate) fn of_plural(objects: &Objects, group: &str, version: &str, plural: &str) -> Option<Kind> {
    let built_in = BUILTINS.iter().find(|b| b.group == group && b.plural == plural && b.versions.contains(&version));
    if let Some(b) = built_in {
        return Some(Kind::builtin(b, version));
    }
    let definition = objects.get(DEFINITIONS, "", &format!("{plural}.{group}"))?;
    established(definition).then(|| Kind::defined(definition, version)).flatten()
}

/// Whether the server serves what this definition defines.
pub(crate) fn established(definition: &Value) -> bool {
    let conditions = definition["status"]["conditions"].as_array();
    conditions.is_some_and(|all| all.iter().any(|c| c["type"] == "Established" && c["status"] == "True"))
}

/// The resource of a kind (`plural.group`), and whether its objects live in namespaces; nothing when the server
/// does not serve it (yet).
#[must_use]
pub fn resource_of(objects: &Objects, api_version: &str, kind: &str) -> Option<(String, bool)> {
    of_kind(objects, api_version, kind).map(|k| (k.resource(), k.namespaced))
}
