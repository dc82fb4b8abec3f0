//! What a pod talks to: every way to it must be open, and somebody must answer who knows its login.

use super::{Hand, broken, healthy};
use serde_json::{Value, json};

/// Deletes the policies of a namespace whose names begin so, of either kind.
async fn close(hand: &Hand, namespace: &str, lead: &str) {
    let mut closed = 0;
    for kind in ["networking.k8s.io/v1", "cilium.io/v2"] {
        let plural = if kind.starts_with("cilium") { "ciliumnetworkpolicies" } else { "networkpolicies" };
        let base = format!("/apis/{kind}/namespaces/{namespace}/{plural}");
        for policy in hand.get(&base).await["items"].as_array().into_iter().flatten() {
            let name = policy["metadata"]["name"].as_str().unwrap();
            if name.starts_with(lead) {
                hand.delete(&format!("{base}/{name}")).await;
                closed += 1;
            }
        }
    }
    assert!(closed > 0, "{namespace} has no policy {lead}…");
}

/// A policy of a person that forbids one port, whatever else is allowed.
async fn forbid(hand: &Hand, namespace: &str, direction: &str, port: &str) {
    let who = if direction == "egressDeny" { "toEntities" } else { "fromEntities" };
    let deny = json!({ who: ["all"], "toPorts": [{ "ports": [{ "port": port, "protocol": "TCP" }] }] });
    let policy = json!({
        "apiVersion": "cilium.io/v2", "kind": "CiliumNetworkPolicy", "metadata": { "name": "lockdown" },
        "spec": { "endpointSelector": {}, direction: [deny] },
    });
    hand.create(&format!("/apis/cilium.io/v2/namespaces/{namespace}/ciliumnetworkpolicies"), policy).await;
}

#[test]
fn the_way_out_to_the_database_is_forbidden() {
    let forbid = async |hand: &Hand| forbid(hand, "api", "egressDeny", "25060").await;
    broken(forbid, &["cannot connect to private-bay-production", ":25060", "egress denied by policy api/lockdown"]);
}

#[test]
fn the_way_into_the_cache_is_forbidden() {
    let forbid = async |hand: &Hand| forbid(hand, "caches", "ingressDeny", "6379").await;
    broken(forbid, &["cannot connect to main.caches", "ingress denied by policy caches/lockdown"]);
}

#[test]
fn an_opening_of_the_platform_s_own_is_gone() {
    let bench = healthy().again();
    bench.meddle(async |hand: &Hand| {
        close(hand, "api", "allow-to-range").await;
        close(hand, "caches", "allow-from-api").await;
        hand.restart("api").await;
        hand.minutes(10).await;
    });
    let why = bench.type_in("why api --local").ends_with(1);
    for link in ["api/allow-to-range", "caches/allow-from-api"] {
        let line = why.out.lines().find(|l| l.contains(link)).unwrap_or_else(|| panic!("{link}: {}", why.all()));
        assert!(line.contains("BROKEN") && line.contains("this way is closed"), "{line}");
    }
    assert!(why.out.contains("denied by policy"), "{}", why.all());
    let status = bench.type_in("status --local");
    assert!(status.out.contains("NetworkPolicy api/allow-to-range"), "{}", status.all());
    // What is gone is ours, so the next run brings it back.
    bench.type_in("up --local --yes").ends_with(0);
    bench.type_in("why api --local").ends_with(0);
}

#[test]
fn nobody_answers_for_the_cache() {
    let stop = async |hand: &Hand| {
        let base = "/apis/apps/v1/namespaces/caches";
        for kind in ["deployments", "statefulsets"] {
            for one in hand.get(&format!("{base}/{kind}")).await["items"].as_array().into_iter().flatten() {
                let path = format!("{base}/{kind}/{}", one["metadata"]["name"].as_str().unwrap());
                hand.merge(&path, json!({ "spec": { "replicas": 0 } })).await;
            }
        }
    };
    broken(stop, &["no ready endpoints for service caches/"]);
}

#[test]
fn a_password_that_the_database_does_not_take() {
    let change = async |hand: &Hand| {
        let all = hand.digitalocean("GET", "/v2/databases", Value::Null).await;
        let id = all["databases"][0]["id"].as_str().unwrap();
        hand.digitalocean("POST", &format!("/v2/databases/{id}/users/api/reset_auth"), json!({})).await;
    };
    broken(change, &["password authentication failed for user \"api\""]);
}

#[test]
fn the_way_to_the_names_is_closed() {
    let cut = async |hand: &Hand| {
        close(hand, "api", "allow-dns").await;
    };
    broken(cut, &["lookup ", "egress to kube-system/kube-dns denied by policy"]);
}
