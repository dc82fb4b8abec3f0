//! Argo CD as a whole: a repository, and what becomes of it in a cluster.

mod syncs;

use super::kinds::{APPLICATIONS, PROJECTS};
use super::{install, install_manifest};
use crate::cluster::controllers::tests::Lab;
use crate::cluster::flux::tests::{github, push};
use crate::cluster::yaml;
use serde_json::{Value, json};

const REPOSITORY: &str = "https://github.com/example/platform";
/// The health of Applications as Argo CD's documentation restores it.
const RESTORED: &str = "hs = {}\nhs.status = \"Progressing\"\nhs.message = \"\"\nif obj.status ~= nil then\n  if obj.status.health ~= nil and obj.status.sync.status == \"Synced\" then\n    hs.status = obj.status.health.status\n  end\nend\nreturn hs\n";

/// A cluster in which Argo CD runs and reads a private repository with these files; `settings` are `argocd-cm`'s.
fn lab(settings: Value, files: Value) -> Lab {
    let mut lab = Lab::new("", json!([{ "name": "work", "size": "s-2vcpu-4gb", "count": 3 }]), json!({}));
    lab.apply(&[json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": "argocd" } })]);
    let mut all = yaml::read(&install_manifest("v3.4.4").expect("published")).expect("yaml");
    let cluster = ["CustomResourceDefinition", "ClusterRole", "ClusterRoleBinding"];
    for object in all.iter_mut().filter(|o| !cluster.contains(&o["kind"].as_str().unwrap_or(""))) {
        object["metadata"]["namespace"] = "argocd".into();
        if object["metadata"]["name"] == "argocd-cm" {
            object["data"] = settings.clone();
        }
    }
    lab.apply(&all);
    lab.pass(150);
    github(&mut lab, "POST", "/orgs/example/repos", json!({ "name": "platform", "private": true, "auto_init": true }));
    push(&mut lab, files);
    lab.apply(&[
        json!({
            "apiVersion": "v1", "kind": "Secret",
            "metadata": { "name": "git", "namespace": "argocd", "labels": { "argocd.argoproj.io/secret-type": "repository" } },
            "stringData": { "type": "git", "url": REPOSITORY, "password": crate::github::DEFAULT_GITHUB_TOKEN },
        }),
        json!({
            "apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject", "metadata": { "name": "default", "namespace": "argocd" },
            "spec": {
                "sourceRepos": ["*"], "destinations": [{ "server": "*", "namespace": "*" }],
                "clusterResourceWhitelist": [{ "group": "*", "kind": "*" }],
            },
        }),
    ]);
    lab
}

/// An Application of a folder; `with` is merged into its specification.
fn application(name: &str, path: &str, wave: i64, with: Value) -> Value {
    let mut object = json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
        "metadata": {
            "name": name, "namespace": "argocd", "annotations": { "argocd.argoproj.io/sync-wave": wave.to_string() },
            "finalizers": ["resources-finalizer.argocd.argoproj.io"],
        },
        "spec": {
            "project": "default", "destination": { "server": "https://kubernetes.default.svc", "namespace": "shop" },
            "source": { "repoURL": REPOSITORY, "targetRevision": "main", "path": path },
            "syncPolicy": {
                "automated": { "prune": true, "selfHeal": true }, "syncOptions": ["ServerSideApply=true"],
                "retry": { "limit": -1, "refresh": true, "backoff": { "duration": "5s", "factor": 2, "maxDuration": "1m" } },
            },
        },
    });
    for (key, value) in with.as_object().into_iter().flatten() {
        object["spec"][key.as_str()] = value.clone();
    }
    object
}

/// Sync status, health, and phase of the last operation.
fn said(lab: &mut Lab, name: &str) -> [String; 3] {
    let status = lab.get(APPLICATIONS, "argocd", name)["status"].clone();
    let text = |v: &Value| v.as_str().unwrap_or("").to_owned();
    [text(&status["sync"]["status"]), text(&status["health"]["status"]), text(&status["operationState"]["phase"])]
}

const WELL: [&str; 3] = ["Synced", "Healthy", "Succeeded"];

#[test]
fn a_version_is_a_manifest_and_an_unknown_one_is_nothing() {
    let objects = yaml::read(&install_manifest("v3.4.4").expect("published")).expect("yaml");
    let count = |kind: &str| objects.iter().filter(|o| o["kind"] == kind).count();
    // As the chart of the same version has it, without its Job.
    let kinds = ["CustomResourceDefinition", "Deployment", "StatefulSet", "Service", "ServiceAccount", "NetworkPolicy"];
    assert_eq!(kinds.map(count), [3, 6, 1, 8, 7, 7]);
    assert!(objects.iter().all(|o| o["metadata"]["namespace"].is_null()));
    assert_eq!(install_manifest("v9.9.9"), None);
    assert!(install::objects("v3.4.4").is_some());
}

#[test]
fn it_comes_up_and_says_what_it_cannot_do() {
    let mut lab = lab(json!({}), json!({ "shop/a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n" }));
    for name in ["argocd-repo-server", "argocd-server", "argocd-redis"] {
        assert_eq!(lab.get("deployments.apps", "argocd", name)["status"]["readyReplicas"], 1, "{name}");
    }
    let narrow = json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject", "metadata": { "name": "narrow", "namespace": "argocd" },
        "spec": { "sourceRepos": [REPOSITORY], "destinations": [{ "server": "*", "namespace": "other" }] },
    });
    let source =
        |url: &str, path: &str, revision: &str| json!({ "source": { "repoURL": url, "path": path, "targetRevision": revision } });
    lab.apply(&[
        narrow,
        application("lost", "shop", 0, json!({ "project": "nobody" })),
        application("far", "shop", 0, json!({ "project": "narrow" })),
        application("absent", "nowhere", 0, json!({})),
        application("branch", "shop", 0, source(REPOSITORY, "shop", "next")),
        application("stranger", "shop", 0, source("https://github.com/example/other", "shop", "main")),
        application("homeless", "shop", 0, json!({})),
    ]);
    lab.pass(30);
    let place = "Failed to load target state: failed to generate manifest for source 1 of 1: rpc error: code = Unknown desc =";
    for (name, kind, message) in [
        ("lost", "InvalidSpecError", "Application referencing project nobody which does not exist".to_owned()),
        (
            "far",
            "InvalidSpecError",
            "application destination server 'https://kubernetes.default.svc' and namespace 'shop' do not match any of the allowed destinations in project 'narrow'".to_owned(),
        ),
        ("absent", "ComparisonError", format!("{place} nowhere: app path does not exist")),
        ("branch", "ComparisonError", format!("{place} unable to resolve 'next' to a commit SHA")),
        ("stranger", "ComparisonError", format!("{place} failed to list refs:")),
    ] {
        let status = lab.get(APPLICATIONS, "argocd", name)["status"].clone();
        assert_eq!((status["sync"]["status"].as_str(), status["conditions"][0]["type"].as_str()), (Some("Unknown"), Some(kind)), "{name}");
        let said = status["conditions"][0]["message"].as_str().unwrap_or("");
        assert!(said.starts_with(&message), "{name}: {said}");
    }
    // Nobody makes the namespace: it is tried again and again.
    let state = lab.get(APPLICATIONS, "argocd", "homeless")["status"]["operationState"].clone();
    assert_eq!(state["phase"], "Running");
    assert!(
        state["message"]
            .as_str()
            .is_some_and(|m| m.contains("namespaces \"shop\" not found") && m.contains("Retrying attempt #")),
        "{state}"
    );
    lab.apply(&[json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": "shop" } })]);
    lab.pass(60);
    assert_eq!(said(&mut lab, "homeless"), WELL);
    assert_eq!(lab.get(PROJECTS, "argocd", "narrow")["metadata"]["name"], "narrow");
}
