//! What only looks: `plan` says what a person changed in a cluster and writes nothing, `status` counts it, `--watch` looks
//! again, `op` knows the delivery, `drift` says what is not as it was last applied. And what stands beside what is: trials, and
//! what was restored.
#![cfg(unix)]

#[path = "looking/drift.rs"]
mod drift;
#[path = "looking/emptied.rs"]
mod emptied;
#[path = "looking/ephemeral.rs"]
mod ephemeral;
#[path = "looking/part.rs"]
mod part;
#[path = "looking/recovered.rs"]
mod recovered;
#[path = "looking/restore.rs"]
mod restore;

use pontoon_test::{
    binary::{Bench, TINY},
    hand::Hand,
};
use serde_json::{Value, json};
use std::sync::OnceLock;

const RELEASE: &str = "/apis/helm.toolkit.fluxcd.io/v2/namespaces/kube-system/helmreleases/metrics-server";

fn healthy() -> Bench {
    static HEALTHY: OnceLock<Bench> = OnceLock::new();
    let bench = HEALTHY.get_or_init(|| {
        let bench = Bench::with(env!("CARGO_BIN_EXE_pontoon"), TINY);
        bench.type_in("up --local").ends_with(0);
        bench
    });
    bench.again()
}

#[test]
fn a_plan_lists_what_a_person_changed_and_writes_nothing() {
    let bench = healthy();
    bench.type_in("plan --local --detailed-exitcode").ends_with(0);
    let mut home = String::new();
    bench.meddle(async |hand: &Hand| {
        let releases = hand.get("/apis/helm.toolkit.fluxcd.io/v2/helmreleases").await;
        let own = releases["items"].as_array().into_iter().flatten().find(|r| r["metadata"]["name"] == "metrics-server");
        let namespace = own.and_then(|r| r["metadata"]["namespace"].as_str()).unwrap_or_default().to_owned();
        let path = RELEASE.replace("kube-system", &namespace);
        hand.merge(&path, json!({ "spec": { "values": { "replicas": 7 } } })).await;
        home = path;
    });
    for _ in 0..2 {
        let ran = bench.type_in("plan --local --detailed-exitcode").ends_with(2);
        assert!(ran.out.contains("~ HelmRelease ") && ran.out.contains("spec.values.replicas: 7 → "), "{}", ran.all());
    }
    let plan = bench.type_in("plan --local --json").ends_with(0).json()["plans"][0].clone();
    assert_eq!(plan["settled"], false, "{plan:#}");
    assert_eq!(plan["objects"].as_array().map(Vec::len), Some(1), "{plan:#}");
    bench.meddle(async |hand: &Hand| {
        assert_eq!(hand.get(&home).await["spec"]["values"]["replicas"], 7, "a plan writes nothing");
    });
    bench.type_in("up --local").ends_with(0);
    bench.type_in("plan --local --detailed-exitcode").ends_with(0);
}

#[test]
fn status_counts_backups_and_ends_as_it_is() {
    let bench = healthy();
    let status = bench.type_in("status --local --json").json();
    let production = &status["environments"]["production"];
    assert_eq!(production["backups"][0]["of"], "PostgreSQL main", "{production:#}");
    bench.meddle(async |hand: &Hand| {
        let id = hand.digitalocean("GET", "/v2/databases", Value::Null).await["databases"][0]["id"].clone();
        let path = format!("/v2/databases/{}/firewall", id.as_str().unwrap_or_default());
        hand.digitalocean("PUT", &path, json!({ "rules": [{ "type": "ip_addr", "value": "203.0.113.9" }] })).await;
    });
    let ran = bench.type_in("status --local").ends_with(1);
    for part in ["differs", "trusted sources", "next: pontoon up production --local"] {
        assert!(ran.out.contains(part), "{part}: {}", ran.all());
    }
}

#[test]
fn a_watch_on_a_pipe_shows_what_has_changed_and_ends_when_it_is_interrupted() {
    let bench = healthy();
    let ran = bench.script("timeout --signal=INT --foreground 6 \"$PONTOON\" status --local --watch=1; echo \"exit $?\"");
    assert!(ran.out.contains("exit 130") || ran.out.contains("exit 124"), "{}", ran.all());
    let blocks = ran.out.lines().filter(|l| l.starts_with("production  ")).count();
    assert!((1..4).contains(&blocks), "nothing changes by being looked at: {}", ran.all());
    assert!(!ran.out.contains('\u{1b}'), "{:?}", ran.out);
}

#[test]
fn a_delivery_is_in_the_log_with_its_operation() {
    let bench = healthy();
    let log = bench.type_in("op log --local --json").ends_with(0).json();
    let delivery = &log["deliveries"][0];
    assert_eq!(delivery["operation"], log["operations"][0]["id"], "{log:#}");
    assert_eq!(delivery["open"], json!([]), "{log:#}");
    let id = delivery["operation"].as_str().unwrap_or_default();
    let shown = bench.type_in(&format!("op show {id} --local")).ends_with(0);
    assert!(shown.out.contains("deliver") && shown.out.contains("healthy"), "{}", shown.all());
    bench.type_in("up --local").ends_with(0);
    let log = bench.type_in("op log --local").ends_with(0);
    assert_eq!(log.out.lines().filter(|l| l.contains(" deliver ")).count(), 2, "{}", log.all());
}
