//! Versions of Kubernetes: what is offered, what a request means by one, what may follow.

use crate::{Cx, Refusal};
use serde_json::{Value, json};
use std::fmt;

/// `1.36.1-do.0`: minor, patch, and the vendor's own revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Version {
    /// The 36 of 1.36.1.
    pub minor: u32,
    /// The 1 of 1.36.1.
    pub patch: u32,
    /// The 0 of `-do.0`.
    pub revision: u32,
}

impl Version {
    /// Reads a slug.
    pub(super) fn parse(slug: &str) -> Option<Self> {
        let (number, revision) = slug.split_once("-do.")?;
        let mut parts = number.strip_prefix("1.")?.split('.');
        let version =
            Self { minor: parts.next()?.parse().ok()?, patch: parts.next()?.parse().ok()?, revision: revision.parse().ok()? };
        parts.next().is_none().then_some(version)
    }

    /// The version in lists of options and upgrades.
    pub(super) fn document(&self) -> Value {
        json!({
            "slug": self.to_string(),
            "kubernetes_version": format!("1.{}.{}", self.minor, self.patch),
            "supported_features": ["cluster-autoscaler", "docr-integration", "ha-control-plane", "token-authentication"],
        })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "1.{}.{}-do.{}", self.minor, self.patch, self.revision)
    }
}

/// What the world offers, newest first.
pub(super) fn offered(cx: &Cx) -> Vec<Version> {
    let mut versions: Vec<Version> = cx.world().kubernetes.versions.iter().filter_map(|v| Version::parse(v)).collect();
    versions.sort_unstable_by(|a, b| b.cmp(a));
    versions
}

/// What a request means: a slug, a minor (`1.36`, its newest patch), a plain patch version, or `latest`.
///
/// Source: DigitalOcean documentation, Kubernetes, versions.
///
/// # Errors
/// 422 for a version that is not offered.
pub(super) fn meant(cx: &Cx, text: &str) -> Result<Version, Refusal> {
    let offered = offered(cx);
    let found = match text {
        "latest" => offered.first(),
        _ => offered.iter().find(|v| {
            let minor = format!("1.{}", v.minor);
            text == v.to_string() || text == minor || text == format!("{minor}.{}", v.patch)
        }),
    };
    found.copied().ok_or_else(|| Refusal::unprocessable(format!("validation error: invalid version slug: {text}")))
}

/// What a cluster may go to next: newer patches of its minor; without any, the newest patch of the next minor.
///
/// Source: DigitalOcean documentation, Kubernetes, upgrades: all patches of the minor first, then the next minor.
pub(super) fn next(cx: &Cx, current: Version) -> Vec<Version> {
    let offered = offered(cx);
    let patches: Vec<Version> = offered.iter().copied().filter(|v| v.minor == current.minor && *v > current).collect();
    if !patches.is_empty() {
        return patches;
    }
    offered.into_iter().find(|v| v.minor == current.minor + 1).into_iter().collect()
}
