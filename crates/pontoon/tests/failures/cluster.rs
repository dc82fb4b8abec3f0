//! What goes wrong inside of the cluster, or at its edges.

use super::{cove, fails, followed, mended, within};
use pontoon_test::{binary::Bench, hand::Hand};
use serde_json::json;

const UNREACHABLE: &str = "[charts]\nunreachable = [\"https://charts.jetstack.io\"]\n";

/// Whoever installs it says the same of a chart that cannot be fetched, and goes on when it can.
#[track_caller]
fn waits_for_a_chart(bench: &Bench) {
    let said = [
        "sources stuck: HelmRepository flux-system/charts-jetstack-io",
        "failed to fetch Helm repository index",
        "next: let the cluster reach the address",
        "public-issuer waiting: comes after cert-manager",
    ];
    fails(within(bench, "up", UNREACHABLE), &said);
    mended(bench);
}

#[test]
fn a_chart_that_cannot_be_fetched() {
    waits_for_a_chart(&cove());
}

#[test]
fn a_chart_that_flux_cannot_fetch() {
    waits_for_a_chart(&followed());
}

#[test]
fn a_webhook_that_never_answers() {
    let bench = cove();
    let silent = "silent_webhooks = [\"webhook.cert-manager.io\"]\n";
    let said = [
        "private-issuer stuck: ",
        "failed calling webhook \"webhook.cert-manager.io\"",
        "context deadline exceeded",
        "next: bring back what serves the webhook",
    ];
    fails(within(&bench, "up", silent), &said);
    mended(&bench);
}

#[test]
fn a_pod_that_does_not_fit() {
    let bench = cove();
    within(&bench, "up --layer cloud", "").ends_with(0);
    // Somebody else's program takes the nodes.
    let pods = "/apis/apps/v1/namespaces/default/deployments";
    bench.meddle(async |hand: &Hand| {
        let room = json!({ "requests": { "memory": "5200Mi" } });
        let spec = json!({ "containers": [{ "name": "main", "image": "example.org/batch:1", "resources": room }] });
        let labels = json!({ "app": "batch" });
        let object = json!({
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": { "name": "batch" },
            "spec": { "replicas": 2, "selector": { "matchLabels": labels }, "template": { "metadata": { "labels": labels }, "spec": spec } },
        });
        hand.create(pods, object).await;
        hand.minutes(5).await;
    });
    let said = ["stuck: ", "Unschedulable: 0/2 nodes are available", "Insufficient memory", "next: add nodes"];
    fails(within(&bench, "up", ""), &said);
    bench.meddle(async |hand: &Hand| {
        hand.delete(&format!("{pods}/batch")).await;
    });
    mended(&bench);
}

#[test]
fn a_zone_that_nobody_delegates() {
    let bench = cove();
    // The platform itself is healthy: only a person can do this, and is told so.
    let up = within(&bench, "up", "[dns]\ndelegated = false\n").ends_with(0);
    assert!(up.out.contains("waits for a person: cove.example.com: delegate it to ns1.digitalocean.com"), "{}", up.all());
    bench.meddle(async |hand: &Hand| hand.minutes(20).await);
    let why = bench.type_in("why api --local").ends_with(1);
    for part in ["BROKEN  certificate", "Challenge api/api-tls", "next: delegate the domain at its registrar"] {
        assert!(why.out.contains(part), "{part}: {}", why.all());
    }
    within(&bench, "up", "").ends_with(0);
    bench.meddle(async |hand: &Hand| hand.minutes(40).await);
    bench.type_in("why api --local").ends_with(0);
}
