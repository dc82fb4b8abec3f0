//! What runs in an environment's cluster, as plain values: whoever compiles and renders it hands it in.

use pontoon_core::content::{Object, Release, SecretSpec};
use std::collections::{BTreeMap, BTreeSet};

/// What runs in an environment's cluster, and who brings it there.
pub struct Inside<'a> {
    /// The environment.
    pub environment: &'a str,
    /// What is installed, in order.
    pub units: Vec<Unit<'a>>,
    /// Who brings it there.
    pub follower: Follower,
    /// The GitOps tree of all environments: text by path.
    pub tree: &'a BTreeMap<String, String>,
}

/// Who brings into the cluster what the tree holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Follower {
    /// Nobody: the stacks do.
    Nobody,
    /// Flux.
    Flux {
        /// The source and the Kustomization from which everything else follows, as YAML.
        root: String,
        /// Whether the repository holds Secrets, encrypted.
        encrypted: bool,
    },
    /// Argo CD.
    Argo {
        /// The project and the Application from which everything else follows, as YAML.
        root: String,
        /// Values of its chart, as YAML.
        values: String,
        /// Where the repository is read.
        repository: String,
    },
}

/// Something that is installed and judged healthy as a whole.
pub struct Unit<'a> {
    /// Its name: `cert-manager`, `app-shop`.
    pub name: &'a str,
    /// The folder that it belongs to: `cert-manager`, `databases`, `apps`.
    pub concern: &'a str,
    /// What it is, in a few words.
    pub title: &'a str,
    /// Its folder below an environment's: `databases/database-main`.
    pub folder: String,
    /// The units that must be healthy first.
    pub after: &'a BTreeSet<String>,
    /// Its objects, but for those of its charts.
    pub objects: Vec<&'a Object>,
    /// Its charts.
    pub releases: Vec<&'a Release>,
    /// The Secrets that nobody else brings.
    pub secrets: &'a [SecretSpec],
    /// Files of objects that somebody publishes, and folders that are built with kustomize: their addresses.
    pub elsewhere: Vec<&'a str>,
}

impl Unit<'_> {
    /// The folder of what is the same in every environment.
    pub fn base(&self) -> String {
        if self.concern == "apps" { self.folder.clone() } else { format!("platform/{}", self.folder) }
    }
}

/// Groups whose kinds every cluster of DigitalOcean has from the beginning, or which no group names. The same as
/// `built_in` in `modules/objects/main.tf`.
pub fn is_built_in(object: &Object) -> bool {
    let version = object["apiVersion"].as_str().unwrap_or_default();
    match version.split_once('/') {
        None => true,
        Some((group, _)) => {
            matches!(group, "apps" | "batch" | "autoscaling" | "policy" | "k8s.io" | "cilium.io") || group.ends_with(".k8s.io")
        }
    }
}
