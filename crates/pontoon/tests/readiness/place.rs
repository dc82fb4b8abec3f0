//! Where a pod runs: it fits on no node.

use super::{DEPLOYMENT, broken, parts::container};
use serde_json::{Value, json};

fn text(value: &Value) -> &str {
    value.as_str().expect("it is a text")
}

#[test]
fn requests_that_no_node_has_room_for() {
    let room = json!({ "resources": { "requests": { "memory": "7Gi" }, "limits": { "memory": "7Gi" } } });
    let patch = async |hand: &super::Hand| {
        hand.strategic(DEPLOYMENT, json!({ "spec": { "replicas": 1 } })).await;
        hand.strategic(DEPLOYMENT, container(room)).await;
    };
    broken(patch, &["0/2 nodes are available", "2 Insufficient memory"]);
}

#[test]
fn a_selector_that_no_node_matches() {
    let patch = async |hand: &super::Hand| {
        hand.strategic(DEPLOYMENT, json!({ "spec": { "template": { "spec": { "nodeSelector": { "disk": "fast" } } } } })).await;
    };
    broken(patch, &["2 node(s) didn't match Pod's node affinity/selector"]);
}

#[test]
fn a_taint_that_the_pod_does_not_tolerate() {
    let taint = async |hand: &super::Hand| {
        let all = hand.digitalocean("GET", "/v2/kubernetes/clusters", Value::Null).await;
        let cluster = &all["kubernetes_clusters"][0];
        let mut pool = cluster["node_pools"][0].clone();
        pool["taints"] = json!([{ "key": "reserved", "value": "batch", "effect": "NoSchedule" }]);
        let path = format!("/v2/kubernetes/clusters/{}/node_pools/{}", text(&cluster["id"]), text(&pool["id"]));
        hand.digitalocean("PUT", &path, json!({ "name": pool["name"], "count": 2, "taints": pool["taints"] })).await;
        hand.minutes(1).await;
    };
    broken(taint, &["2 node(s) had untolerated taint {reserved: batch}"]);
}

#[test]
fn more_volumes_than_a_node_attaches() {
    let names: Vec<String> = (0..16).map(|n| format!("part-{n}")).collect();
    let volumes: Vec<Value> = names.iter().map(|n| json!({ "name": n, "persistentVolumeClaim": { "claimName": n } })).collect();
    let patch = async |hand: &super::Hand| {
        hand.merge(
            "/api/v1/namespaces/api/resourcequotas/room",
            json!({ "spec": { "hard": { "persistentvolumeclaims": "20" } } }),
        )
        .await;
        for name in &names {
            let spec = json!({ "accessModes": ["ReadWriteOnce"], "resources": { "requests": { "storage": "1Gi" } } });
            let claim =
                json!({ "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": { "name": name }, "spec": spec });
            hand.create("/api/v1/namespaces/api/persistentvolumeclaims", claim).await;
        }
        hand.strategic(DEPLOYMENT, json!({ "spec": { "template": { "spec": { "volumes": volumes } } } })).await;
    };
    broken(patch, &["2 node(s) exceed max volume count"]);
}
