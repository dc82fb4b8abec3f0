//! A GitOps tree as Flux reads it: the layers of an environment, each with its objects, in an order that Flux may take.
//!
//! Written from Flux's documentation and from nothing of ours. Folders are built with `kubectl kustomize`, which is kustomize.

mod build;
mod layers;
mod who;

pub use build::{Built, Tree};
pub use layers::{Layer, account_name, objects, ordered};
pub use who::{bootstrap, brings, preinstalled};

use serde_json::Value;

/// `kind namespace/name` of an object, for messages.
pub fn title(object: &Value) -> String {
    let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
    let namespace = text(&object["metadata"]["namespace"]);
    let slash = if namespace.is_empty() { "" } else { "/" };
    format!("{} {namespace}{slash}{}", text(&object["kind"]), text(&object["metadata"]["name"]))
}

/// Whether an object is of this kind of this group, at any version.
pub fn is(object: &Value, group: &str, kind: &str) -> bool {
    let version = object["apiVersion"].as_str().unwrap_or_default();
    object["kind"] == kind && version.split_once('/').map_or("", |(g, _)| g) == group
}
