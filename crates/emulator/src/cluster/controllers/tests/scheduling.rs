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

#[test]
fn a_node_has_fifteen_volumes_at_most() {
    let mut lab = Lab::new("", json!([{ "name": "work", "size": "s-4vcpu-8gb", "count": 1 }]), json!({}));
    let mut object = deployment("shop", "app", 1, json!({}));
    let names: Vec<String> = (0..16).map(|n| format!("d{n}")).collect();
    object["spec"]["template"]["spec"]["volumes"] =
        names.iter().map(|n| json!({ "name": n, "persistentVolumeClaim": { "claimName": n } })).collect();
    lab.apply(&[namespace("shop")]);
    for name in &names {
        lab.apply(&[json!({
            "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": { "name": name, "namespace": "shop" },
            "spec": { "accessModes": ["ReadWriteOnce"], "resources": { "requests": { "storage": "1Gi" } } },
        })]);
    }
    lab.pass(60);
    lab.apply(&[object]);
    lab.pass(10);
    assert!(
        pending(&mut lab, "app").starts_with("0/1 nodes are available: 1 node(s) exceed max volume count."),
        "{}",
        pending(&mut lab, "app")
    );
}

#[test]
fn where_every_pool_has_a_taint_names_are_not_resolved() {
    let taints = json!([{ "key": "dedicated", "value": "x", "effect": "NoSchedule" }]);
    let mut lab = Lab::new("", json!([{ "name": "work", "size": "s-4vcpu-8gb", "count": 1, "taints": taints }]), json!({}));
    lab.pass(60);
    assert_eq!(lab.get("deployments.apps", "kube-system", "coredns")["status"]["readyReplicas"], Value::Null);
    let mut object = deployment("shop", "app", 1, json!({ "env": [{ "name": "U", "value": "redis://cache.example.org:6379" }] }));
    object["spec"]["template"]["spec"]["tolerations"] = json!([{ "operator": "Exists" }]);
    lab.apply(&[namespace("shop"), object]);
    lab.pass(60);
    let said = lab.complaint("shop", "app");
    assert!(
        said.contains(
            "lookup cache.example.org on 10.245.0.10:53: i/o timeout (no ready endpoints for service kube-system/kube-dns)"
        ),
        "{said}"
    );
}

#[test]
fn pods_spread_over_hosts_as_their_constraint_says() {
    let mut lab = Lab::small();
    let mut object = deployment("shop", "web", 6, json!({}));
    object["spec"]["template"]["spec"]["topologySpreadConstraints"] = json!([{
        "maxSkew": 1, "topologyKey": "kubernetes.io/hostname", "whenUnsatisfiable": "DoNotSchedule",
        "labelSelector": { "matchLabels": { "app": "web" } },
    }]);
    let mut zoned = deployment("shop", "zoned", 1, json!({}));
    zoned["spec"]["template"]["spec"]["topologySpreadConstraints"] = json!([{
        "maxSkew": 1, "topologyKey": "topology.kubernetes.io/zone", "whenUnsatisfiable": "DoNotSchedule",
        "labelSelector": { "matchLabels": { "app": "zoned" } },
    }]);
    lab.apply(&[namespace("shop"), object, zoned]);
    lab.pass(60);
    let mut hosts: Vec<String> = lab.pods("shop", "web").iter().map(|p| p["spec"]["nodeName"].to_string()).collect();
    hosts.sort();
    let each: Vec<usize> = hosts.chunk_by(|a, b| a == b).map(<[String]>::len).collect();
    assert_eq!(each, [2, 2, 2]);
    // DigitalOcean has no zones, so a key that names them never schedules.
    assert!(
        pending(&mut lab, "zoned").contains("3 node(s) didn't match pod topology spread constraints (missing required label)")
    );
}
