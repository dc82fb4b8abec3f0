//! Flux as a whole: a repository, and what becomes of it in a cluster.

mod kustomizations;
mod releases;

use super::conditions::condition;
use super::install_manifest;
use super::kinds::{GIT_REPOSITORIES, KUSTOMIZATIONS};
use crate::cluster::controllers::tests::Lab;
use crate::cluster::yaml;
use serde_json::{Value, json};

const URL: &str = "https://github.com/example/platform";

/// A commit id for a tree.
pub(super) fn commit(tree: &Value) -> String {
    use sha2::{Digest, Sha256};
    Sha256::digest(tree.to_string().as_bytes()).iter().take(20).map(|b| format!("{b:02x}")).collect()
}

/// A cluster in which Flux runs and follows a repository with these files.
fn lab(world: &str, files: Value) -> Lab {
    let mut lab = Lab::new(world, json!([{ "name": "work", "size": "s-2vcpu-4gb", "count": 3 }]), json!({}));
    lab.apply(&yaml::read(&install_manifest("v2.9.0").expect("published")).expect("yaml"));
    lab.pass(120);
    push(&mut lab, files);
    lab.apply(&[json!({
        "apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "GitRepository", "metadata": { "name": "platform", "namespace": "flux-system" },
        "spec": { "interval": "1m", "url": URL, "ref": { "branch": "main" } },
    })]);
    lab
}

/// The repository's files are these now.
fn push(lab: &mut Lab, files: Value) {
    lab.k8s(|o| o.set_note(&format!("test/{URL}"), files));
}

/// A Kustomization of a folder; `with` is merged into its specification.
fn kustomization(name: &str, path: &str, with: Value) -> Value {
    let mut object = json!({
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization", "metadata": { "name": name, "namespace": "flux-system" },
        "spec": { "interval": "10m", "retryInterval": "1m", "timeout": "5m", "path": path, "prune": true, "sourceRef": { "kind": "GitRepository", "name": "platform" } },
    });
    for (key, value) in with.as_object().into_iter().flatten() {
        object["spec"][key.as_str()] = value.clone();
    }
    object
}

/// Status, reason and message of Ready.
fn ready(object: &Value) -> (String, String, String) {
    let ready = condition(object, "Ready").cloned().unwrap_or_default();
    let text = |key: &str| ready[key].as_str().unwrap_or("").to_owned();
    (text("status"), text("reason"), text("message"))
}

#[test]
fn a_release_of_flux_is_a_manifest_and_an_unknown_one_is_nothing() {
    let objects = yaml::read(&install_manifest("v2.9.0").expect("published")).expect("yaml");
    let count = |kind: &str| objects.iter().filter(|o| o["kind"] == kind).count();
    let kinds = ["Namespace", "CustomResourceDefinition", "Deployment", "Service", "ServiceAccount", "NetworkPolicy"];
    assert_eq!(kinds.map(count), [1, 11, 4, 3, 4, 3]);
    assert!(objects.iter().all(|o| o["metadata"]["name"].is_string() && o["apiVersion"].is_string()));
    assert_eq!(install_manifest("v9.9.9"), None);
}

#[test]
fn controllers_come_up_and_fetch_what_they_are_told_to() {
    let files = json!({ "a.yaml": "x" });
    let revision = format!("main@sha1:{}", commit(&files));
    let mut lab = lab("", files);
    for name in ["source-controller", "kustomize-controller", "helm-controller", "notification-controller"] {
        assert_eq!(lab.get("deployments.apps", "flux-system", name)["status"]["readyReplicas"], 1, "{name}");
    }
    lab.pass(20);
    let source = lab.get(GIT_REPOSITORIES, "flux-system", "platform");
    assert_eq!(source["status"]["artifact"]["revision"], revision);
    assert_eq!(ready(&source), ("True".into(), "Succeeded".into(), format!("stored artifact for revision '{revision}'")));
    assert!(lab.get(KUSTOMIZATIONS, "flux-system", "platform").is_null());
}

#[test]
fn a_receiver_says_where_it_listens() {
    let receiver = |name: &str, secret: &str| {
        json!({
            "apiVersion": "notification.toolkit.fluxcd.io/v1", "kind": "Receiver", "metadata": { "name": name, "namespace": "flux-system" },
            "spec": { "type": "github", "secretRef": { "name": secret }, "resources": [{ "kind": "GitRepository", "name": "platform" }] },
        })
    };
    let mut lab = lab("", json!({}));
    let token = json!({ "apiVersion": "v1", "kind": "Secret", "metadata": { "name": "hook", "namespace": "flux-system" }, "stringData": { "token": "t" } });
    lab.apply(&[token, receiver("push", "hook"), receiver("deaf", "none")]);
    lab.pass(10);
    let said = |lab: &mut Lab, name: &str| lab.get(super::kinds::RECEIVERS, "flux-system", name);
    let push = said(&mut lab, "push");
    assert!(push["status"]["webhookPath"].as_str().is_some_and(|p| p.starts_with("/hook/") && p.len() == 70), "{push}");
    assert_eq!(
        ready(&said(&mut lab, "deaf")).2,
        "unable to read token from secret 'flux-system/none' error: secrets \"none\" not found"
    );
}
