//! Argo CD: what its release installs, and its controllers. Source: Argo CD's documentation and source, version 3.4.
//!
//! The application-controller acts while its own pods are Ready; it reads Git, charts and folders only while those of the
//! repo-server are. What is not here: sets of Applications, other clusters than its own, plugins, sync windows, signatures,
//! and the scripts that it carries for kinds of other projects.

mod application;
mod compare;
mod delete;
mod health;
mod helm;
mod hooks;
mod install;
mod kinds;
mod lua;
mod manifests;
mod operation;
mod project;
mod repository;
mod settings;
mod status;
mod tasks;

pub use install::install_manifest;

#[cfg(test)]
mod tests;

use crate::cluster::Objects;
use crate::cluster::controllers::pods::workload_ready;
use crate::cluster::tick::Controller;
use serde_json::{Value, json};

/// Argo CD's controllers.
pub(crate) const CONTROLLERS: &[Controller] = &[redis_secret, application::run];

/// Where Argo CD is installed.
fn home(objects: &Objects) -> Option<String> {
    let is = |o: &&Value| o["metadata"]["name"] == "argocd-application-controller";
    objects.list("statefulsets.apps").into_iter().find(is).map(|o| text(&o["metadata"]["namespace"]))
}

fn controller_runs(objects: &Objects, home: &str) -> bool {
    workload_ready(objects, home, "statefulsets.apps", "argocd-application-controller")
}

fn repo_server_runs(objects: &Objects, home: &str) -> bool {
    workload_ready(objects, home, "deployments.apps", "argocd-repo-server")
        && workload_ready(objects, home, "deployments.apps", "argocd-redis")
}

/// What the first container of Redis does: a password, once.
fn redis_secret(objects: &mut Objects) {
    let is =
        |o: &&Value| o["metadata"]["name"] == "argocd-redis" && o["metadata"]["labels"]["app.kubernetes.io/part-of"] == "argocd";
    let Some(home) = objects.list("deployments.apps").into_iter().find(is).map(|o| text(&o["metadata"]["namespace"])) else {
        return;
    };
    if objects.get("secrets", &home, "argocd-redis").is_some() {
        return;
    }
    let password = objects.cx().random_text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", 16);
    let secret = json!({
        "apiVersion": "v1", "kind": "Secret", "metadata": { "name": "argocd-redis", "namespace": home },
        "type": "Opaque", "stringData": { "auth": password },
    });
    // Where the namespace refuses it, Redis says that the Secret is not there.
    let _ = crate::cluster::api::write::create(objects, secret);
}

/// Text of a field; empty when there is none.
fn text(value: &Value) -> String {
    value.as_str().unwrap_or("").to_owned()
}
