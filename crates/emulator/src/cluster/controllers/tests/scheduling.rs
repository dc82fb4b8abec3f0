//! Pods without a node say why, in the scheduler's words.

use super::*;

fn pending(lab: &mut Lab, name: &str) -> String {
    let pod = lab.pods("shop", name).into_iter().find(|p| p["spec"]["nodeName"].is_null());
    let Some(pod) = pod else {
        return String::new();
    };
    pod["status"]["conditions"][0]["message"].as_str().unwrap_or("").to_owned()
}

#[test]
fn the_scheduler_says_what_each_node_lacks() {
    let mut lab = Lab::new(
        "",
        json!([
            { "name": "small", "size": "s-2vcpu-4gb", "count": 2 },
            { "name": "data", "size": "s-4vcpu-8gb", "count": 1, "taints": [{ "key": "dedicated", "value": "db", "effect": "NoSchedule" }] },
        ]),
        json!({}),
    );
    let big = json!({ "resources": { "requests": { "cpu": "2" } } });
    lab.apply(&[namespace("shop"), deployment("shop", "big", 1, big)]);
    lab.pass(30);
    let said = "0/3 nodes are available: 1 node(s) had untolerated taint {dedicated: db}, 2 Insufficient cpu. \
                preemption: 0/3 nodes are available: 1 Preemption is not helpful for scheduling, 2 No preemption victims found for incoming pod.";
    assert_eq!(pending(&mut lab, "big"), said);
    assert!(lab.events("FailedScheduling").contains(&said.to_owned()));
    let mut placed = deployment("shop", "placed", 1, json!({}));
    placed["spec"]["template"]["spec"]["nodeSelector"] = json!({ "topology.kubernetes.io/zone": "a" });
    let mut spread = deployment("shop", "spread", 3, json!({}));
    spread["spec"]["template"]["spec"]["affinity"] = json!({ "podAntiAffinity": { "requiredDuringSchedulingIgnoredDuringExecution": [
        { "topologyKey": "kubernetes.io/hostname", "labelSelector": { "matchLabels": { "app": "spread" } } },
    ] } });
    lab.apply(&[placed, spread]);
    lab.pass(30);
    assert!(
        pending(&mut lab, "placed").contains("2 node(s) didn't match Pod's node affinity/selector"),
        "{}",
        pending(&mut lab, "placed")
    );
    assert!(
        pending(&mut lab, "spread").contains("2 node(s) didn't match pod anti-affinity rules"),
        "{}",
        pending(&mut lab, "spread")
    );
    assert_eq!(lab.pods("shop", "spread").len(), 3);
}
