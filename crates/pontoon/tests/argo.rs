//! Clusters get their contents through Argo CD: the same as through Flux, and what keeps them away is told.

use pontoon_test::{binary::Bench, hand::Hand};
use serde_json::Value;
use std::collections::BTreeMap;

/// Namespaces of whoever brings the rest.
const DELIVERY: &[&str] = &["argocd", "flux-system"];
/// The annotation that says with which Secrets a pod runs.
const STAMP: &str = "/spec/template/metadata/annotations/pontoon.dev~1secrets";

/// What runs in the cluster of a folder's world, by kind, namespace and name: its images, and whether all of it is ready.
/// Pods that an operator makes by itself count for the object that they belong to.
fn workloads(bench: &Bench) -> BTreeMap<String, (Vec<String>, bool)> {
    let mut all: BTreeMap<String, (Vec<String>, bool)> = BTreeMap::new();
    let images = |pod: &Value| {
        let containers = pod["containers"].as_array().into_iter().flatten();
        let mut images: Vec<String> = containers.map(|c| c["image"].as_str().unwrap_or_default().to_owned()).collect();
        images.sort();
        images
    };
    bench.meddle(async |hand: &Hand| {
        for (kind, path) in [("Deployment", "deployments"), ("StatefulSet", "statefulsets"), ("DaemonSet", "daemonsets")] {
            let list = hand.get(&format!("/apis/apps/v1/{path}")).await;
            for one in list["items"].as_array().into_iter().flatten() {
                let status = &one["status"];
                let (wanted, ready) = match kind {
                    "DaemonSet" => (&status["desiredNumberScheduled"], &status["numberReady"]),
                    _ => (&one["spec"]["replicas"], &status["readyReplicas"]),
                };
                let ready = ready.as_i64().unwrap_or(0) == wanted.as_i64().unwrap_or(1);
                all.insert(
                    named(kind, &one["metadata"], &one["metadata"]["name"]),
                    (images(&one["spec"]["template"]["spec"]), ready),
                );
            }
        }
        let pods = hand.get("/api/v1/pods").await;
        for pod in pods["items"].as_array().into_iter().flatten() {
            let owner = &pod["metadata"]["ownerReferences"][0];
            let kind = owner["kind"].as_str().unwrap_or("Pod");
            if ["ReplicaSet", "StatefulSet", "DaemonSet", "Job"].contains(&kind) {
                continue;
            }
            let conditions = pod["status"]["conditions"].as_array().cloned().unwrap_or_default();
            let ready = conditions.iter().any(|c| c["type"] == "Ready" && c["status"] == "True");
            all.insert(named(kind, &pod["metadata"], &owner["name"]), (images(&pod["spec"]), ready));
        }
    });
    all.retain(|key, _| !DELIVERY.iter().any(|n| key.contains(&format!(" {n}/"))));
    all
}

fn named(kind: &str, metadata: &Value, name: &Value) -> String {
    let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
    format!("{kind} {}/{}", text(&metadata["namespace"]), text(name))
}

/// The stamp of a Deployment's pods.
fn stamp(bench: &Bench, namespace: &str, name: &str) -> Option<String> {
    let mut stamp = None;
    bench.meddle(async |hand: &Hand| {
        let there = hand.get(&format!("/apis/apps/v1/namespaces/{namespace}/deployments/{name}")).await;
        stamp = there.pointer(STAMP).and_then(Value::as_str).map(str::to_owned);
    });
    stamp
}

#[test]
fn it_is_the_platform_that_flux_brings_and_follows_its_secrets() {
    let flux = Bench::example(env!("CARGO_BIN_EXE_pontoon"), "gitops");
    let argo = flux.again();
    let document = std::fs::read_to_string(argo.path().join("platform.yaml")).expect("the example can be read");
    argo.write("platform.yaml", document.replace("gitops: flux", "gitops: argocd"));
    for bench in [&flux, &argo] {
        // Of an owner whose plan has no rulesets: what `up` commits is on the branch at once.
        bench.write("world.toml", "[github]\nplan = \"free\"\n");
        let up = bench.type_in("up sandbox --local --yes --world world.toml").ends_with(0);
        assert!(!up.all().contains("not built by this version"), "{}", up.all());
    }
    let (with_flux, with_argo) = (workloads(&flux), workloads(&argo));
    let waits: Vec<&String> = with_argo.iter().filter(|(_, (_, ready))| !ready).map(|(name, _)| name).collect();
    assert!(with_argo.len() > 20 && waits.is_empty(), "{} workloads, not ready: {waits:?}", with_argo.len());
    assert_eq!(with_argo, with_flux);
    argo.type_in("status sandbox --local").ends_with(0);
    // Another value of a Secret starts the pods of a chart anew, those of the catalog and those of an app.
    let stamped =
        [("GRAFANA_PASSWORD", "observability", "kube-prometheus-stack-grafana"), ("DATABASES_MAIN_PASSWORD", "api", "api")];
    let stamps = || stamped.map(|(_, namespace, name)| stamp(&argo, namespace, name));
    let before = stamps();
    for (secret, _, _) in stamped {
        argo.type_in(&format!("secret rotate {secret} --env sandbox --local")).ends_with(0);
    }
    argo.type_in("up sandbox --local --yes").ends_with(0);
    for ((before, after), (_, namespace, name)) in before.iter().zip(stamps()).zip(stamped) {
        assert!(before.is_some(), "{namespace}/{name} has no stamp");
        assert_ne!(*before, after, "{namespace}/{name} runs with what was before");
    }
}

/// The units of the environment that are in a state, by name.
fn units(status: &Value, state: &str) -> Vec<String> {
    let all = status["environments"]["production"]["units"].as_array().cloned().unwrap_or_default();
    all.iter().filter(|u| u["state"] == state).map(|u| u["unit"].as_str().unwrap_or_default().to_owned()).collect()
}

#[test]
fn a_platform_becomes_healthy_in_waves_and_stays_so() {
    let bench = Bench::example(env!("CARGO_BIN_EXE_pontoon"), "hybrid");
    let ran = bench.type_in("up --local").ends_with(0);
    let place = |line: &str| ran.err.find(line).unwrap_or_else(|| panic!("{line}: {}", ran.all()));
    // The app waits for the public issuer, and that one for cert-manager's whole wave.
    assert!(place("healthy cert-manager\n") < place("progressing public-issuer"));
    assert!(place("healthy public-issuer\n") < place("progressing app-portal:"));
    let status = bench.type_in("status --local --json").json();
    assert_eq!(units(&status, "healthy").len(), status["environments"]["production"]["units"].as_array().map_or(0, Vec::len));
    let again = bench.type_in("up --local").ends_with(0);
    assert!(!again.err.contains("files in commit"), "nothing is left to commit: {}", again.all());
}

#[test]
fn a_chart_that_cannot_be_fetched_is_told_in_argo_cds_words() {
    let bench = Bench::example(env!("CARGO_BIN_EXE_pontoon"), "minimal");
    let document = std::fs::read_to_string(bench.path().join("platform.yaml")).expect("the example can be read");
    bench.write(
        "platform.yaml",
        format!("{document}\ndelivery: {{ gitops: argocd, repository: {{ github: example-org/shop }} }}\n"),
    );
    bench.write("world.toml", "[charts]\nunreachable = [\"https://charts.jetstack.io\"]\n");
    let ran = bench.type_in("up --local --world world.toml").ends_with(1);
    let said = ran.err.lines().find(|l| l.contains("stuck cert-manager")).unwrap_or_default();
    assert!(said.contains("failed to get index: Get \"https://charts.jetstack.io/index.yaml\""), "{}", ran.all());
    let status = bench.type_in("status --local --json").json();
    assert!(units(&status, "waiting").iter().any(|u| u == "public-issuer"), "{status:#}");
}
