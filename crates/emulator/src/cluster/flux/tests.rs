//! Flux as a whole: a repository, and what becomes of it in a cluster.

mod kustomizations;
mod releases;

use super::conditions::condition;
use super::install_manifest;
use super::kinds::{GIT_REPOSITORIES, KUSTOMIZATIONS};
use crate::cluster::controllers::tests::Lab;
use crate::cluster::yaml;
use serde_json::{Value, json};

/// A cluster in which Flux runs and follows a private repository with these files.
fn lab(world: &str, files: Value) -> Lab {
    let mut lab = Lab::new(world, json!([{ "name": "work", "size": "s-2vcpu-4gb", "count": 3 }]), json!({}));
    lab.apply(&yaml::read(&install_manifest("v2.9.0").expect("published")).expect("yaml"));
    lab.pass(120);
    github(&mut lab, "POST", "/orgs/example/repos", json!({ "name": "platform", "private": true, "auto_init": true }));
    push(&mut lab, files);
    lab.apply(&[
        json!({
            "apiVersion": "v1", "kind": "Secret", "metadata": { "name": "git", "namespace": "flux-system" },
            "stringData": { "username": "git", "password": crate::github::DEFAULT_GITHUB_TOKEN },
        }),
        repository("platform", json!({ "secretRef": { "name": "git" } })),
    ]);
    lab
}

/// A GitRepository of the platform's repository; `with` is merged into its specification.
fn repository(name: &str, with: Value) -> Value {
    let mut object = json!({
        "apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "GitRepository", "metadata": { "name": name, "namespace": "flux-system" },
        "spec": { "interval": "1m", "url": "https://github.com/example/platform", "ref": { "branch": "main" } },
    });
    for (key, value) in with.as_object().into_iter().flatten() {
        object["spec"][key.as_str()] = value.clone();
    }
    object
}

/// A call to the embedded GitHub.
pub(crate) fn github(lab: &mut Lab, method: &str, path: &str, body: Value) -> Value {
    let request = http::Request::builder()
        .method(method)
        .uri(path)
        .header("authorization", format!("Bearer {}", crate::github::DEFAULT_GITHUB_TOKEN))
        .header("user-agent", "tests")
        .header("host", "api.github.com")
        .body(bytes::Bytes::from(body.to_string()))
        .expect("request");
    let mut req = crate::Req::new(crate::Vendor::GitHub, request);
    let reply = lab.cx(|cx| crate::github::dispatch(cx, &mut crate::limits::Counters::default(), &mut req));
    match reply.body {
        crate::reply::Body::Json(value) => value,
        crate::reply::Body::Raw(_, bytes) => serde_json::from_slice(&bytes).unwrap_or_default(),
        _ => Value::Null,
    }
}

/// The repository's files are these now; gives the commit.
pub(crate) fn push(lab: &mut Lab, files: Value) -> String {
    let mut tree = vec![json!({ "path": "README.md", "mode": "100644", "type": "blob", "content": "platform" })];
    tree.extend(
        files
            .as_object()
            .into_iter()
            .flatten()
            .map(|(path, text)| json!({ "path": path, "mode": "100644", "type": "blob", "content": text })),
    );
    let repo = "/repos/example/platform/git";
    let head = github(lab, "GET", &format!("{repo}/ref/heads/main"), Value::Null)["object"]["sha"].clone();
    let tree = github(lab, "POST", &format!("{repo}/trees"), json!({ "tree": tree }));
    let commit =
        github(lab, "POST", &format!("{repo}/commits"), json!({ "message": "change", "tree": tree["sha"], "parents": [head] }));
    let sha = commit["sha"].as_str().unwrap_or_else(|| panic!("{commit}")).to_owned();
    github(lab, "PATCH", &format!("{repo}/refs/heads/main"), json!({ "sha": sha }));
    sha
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
    let mut lab = lab("", json!({}));
    for name in ["source-controller", "kustomize-controller", "helm-controller", "notification-controller"] {
        assert_eq!(lab.get("deployments.apps", "flux-system", name)["status"]["readyReplicas"], 1, "{name}");
    }
    let commit = push(&mut lab, json!({ "a.yaml": "x" }));
    lab.apply(&[
        repository("strange", json!({})),
        repository("keyless", json!({ "secretRef": { "name": "none" } })),
        repository("branch", json!({ "secretRef": { "name": "git" }, "ref": { "branch": "next" } })),
        repository("ssh", json!({ "url": "ssh://git@github.com/example/platform" })),
    ]);
    lab.pass(20);
    let source = lab.get(GIT_REPOSITORIES, "flux-system", "platform");
    assert_eq!(source["status"]["artifact"]["revision"], format!("main@sha1:{commit}"));
    assert_eq!(ready(&source), ("True".into(), "Succeeded".into(), format!("stored artifact for revision 'main@sha1:{commit}'")));
    let clone = "failed to checkout and determine revision: unable to clone 'https://github.com/example/platform':";
    for (name, reason, message) in [
        ("strange", "GitOperationFailed", clone),
        ("keyless", "AuthenticationFailed", "failed to get secret 'flux-system/none': Secret \"none\" not found"),
        ("branch", "GitOperationFailed", &format!("{clone} couldn't find remote ref \"refs/heads/next\"")),
        (
            "ssh",
            "AuthenticationFailed",
            "failed to configure authentication options: invalid 'ssh' auth option: 'identity' is required",
        ),
    ] {
        let (status, was, said) = ready(&lab.get(GIT_REPOSITORIES, "flux-system", name));
        assert_eq!((name, status.as_str(), was.as_str()), (name, "False", reason), "{said}");
        assert!(said.starts_with(message), "{said}");
    }
    // Stopped, it does nothing any more.
    lab.k8s(|o| o.edit("deployments.apps", "flux-system", "source-controller", |d| d["spec"]["replicas"] = 0.into()));
    lab.pass(60);
    push(&mut lab, json!({ "b.yaml": "y" }));
    lab.pass(200);
    let source = lab.get(GIT_REPOSITORIES, "flux-system", "platform");
    assert_eq!(source["status"]["artifact"]["revision"], format!("main@sha1:{commit}"));
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
