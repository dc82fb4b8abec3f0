//! Flux: what it installs, and its controllers. Source: Flux's reference, version 2.9.
//!
//! Each controller acts only while its own pods are Ready. What one of them has fetched or attempted it notes on the
//! cluster ([`crate::cluster::Objects::note`]); everything that people read is in the objects' conditions and events.

mod artifact;
mod cel;
mod conditions;
mod install;
mod kinds;
mod kstatus;
mod kustomization;
mod notification;
mod release;
mod sops;
mod source;
mod times;
mod turn;

pub use install::install_manifest;
pub(crate) use kstatus::Reference;

#[cfg(test)]
pub(crate) mod tests;

use crate::cluster::Objects;
use crate::cluster::tick::Controller;
use serde_json::Value;

/// Flux's controllers.
pub(crate) const CONTROLLERS: &[Controller] = &[source::run, kustomization::run, release::run, notification::run];

/// Whether the controller of that name runs, in whatever namespace it was installed.
fn runs(objects: &Objects, name: &str) -> bool {
    let resource = "deployments.apps";
    let home = match objects.get(resource, "flux-system", name) {
        Some(_) => Some("flux-system".to_owned()),
        None => objects
            .list(resource)
            .into_iter()
            .find(|d| d["metadata"]["name"] == name && d["metadata"]["labels"]["app.kubernetes.io/part-of"] == "flux")
            .map(|d| text(&d["metadata"]["namespace"])),
    };
    home.is_some_and(|namespace| crate::cluster::controllers::pods::workload_ready(objects, &namespace, resource, name))
}

/// Text of a field; empty when there is none.
fn text(value: &Value) -> String {
    value.as_str().unwrap_or("").to_owned()
}

/// The text there, or `other` when it is missing or empty.
fn text_or(value: &Value, other: &str) -> String {
    value.as_str().filter(|t| !t.is_empty()).unwrap_or(other).to_owned()
}
