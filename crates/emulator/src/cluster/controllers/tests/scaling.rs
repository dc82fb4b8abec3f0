//! Nodes come for pods that wait and go when nobody needs them; budgets, quotas and autoscalers of pods.

use super::*;
use crate::cluster::controllers::pods::ready;

const LIMIT: &str = "[[teams]]\nuuid = '7f1c1d5e-8a52-4b0e-9a53-1f6d0c7a2b10'\nlimits = { droplets = 2 }\n";

fn scaled(world: &str) -> Lab {
    let pool = json!({ "name": "work", "size": "s-2vcpu-4gb", "count": 1, "auto_scale": true, "min_nodes": 1, "max_nodes": 3 });
    let mut lab = Lab::new(world, json!([pool]), json!({}));
    lab.apply(&[namespace("shop")]);
    lab.pass(60);
    lab
}

fn wants(cpu: &str) -> Value {
    json!({ "resources": { "requests": { "cpu": cpu } } })
}

fn nodes(lab: &mut Lab) -> usize {
    lab.names("nodes", "").len()
}

#[test]
fn a_pool_grows_for_pods_that_wait_and_shrinks_when_they_are_gone() {
    let mut lab = scaled("");
    lab.apply(&[deployment("shop", "big", 2, wants("900m")), deployment("shop", "huge", 1, wants("4"))]);
    lab.pass(30);
    let said = lab.events("TriggeredScaleUp");
    assert_eq!(said.first().map(String::as_str), Some("pod triggered scale-up: [{work 1->2 (max: 3)}]"), "{said:?}");
    assert_eq!(lab.events("NotTriggerScaleUp"), ["pod didn't trigger scale-up: 1 Insufficient cpu"]);
    lab.pass(240);
    assert!(lab.pods("shop", "big").iter().all(ready));
    assert_eq!(nodes(&mut lab), 2);
    let pool = lab.call("GET", &format!("/v2/kubernetes/clusters/{}/node_pools", lab.cluster), Value::Null);
    assert_eq!(pool["node_pools"][0]["count"], 2);
    lab.k8s(|o| o.delete("deployments.apps", "shop", "big"));
    lab.k8s(|o| o.delete("deployments.apps", "shop", "huge"));
    lab.pass(500);
    assert_eq!(nodes(&mut lab), 2, "it stays for ten minutes");
    lab.pass(300);
    assert_eq!(nodes(&mut lab), 1);
    assert!(lab.pods("kube-system", "coredns").iter().all(ready));
}

#[test]
fn the_account_limits_the_pool() {
    let mut lab = scaled(LIMIT);
    lab.apply(&[deployment("shop", "big", 3, wants("900m"))]);
    lab.pass(300);
    let said = lab.events("NotTriggerScaleUp");
    assert!(
        said.iter().any(|m| m.contains("in backoff after failed scale-up (work: creating this/these droplet(s) will exceed")),
        "{said:?}"
    );
}

#[test]
fn a_quota_refuses_pods_and_the_deployment_says_so() {
    let mut lab = Lab::small();
    let quota = json!({ "apiVersion": "v1", "kind": "ResourceQuota", "metadata": { "name": "few", "namespace": "shop" }, "spec": { "hard": { "pods": "1" } } });
    lab.apply(&[namespace("shop"), quota]);
    lab.pass(5);
    lab.apply(&[deployment("shop", "web", 2, json!({}))]);
    lab.pass(60);
    assert_eq!(lab.pods("shop", "web").len(), 1);
    let said = lab.events("FailedCreate");
    assert!(said[0].starts_with("Error creating: pods \"web-") && said[0].contains("exceeded quota: few"), "{said:?}");
    let object = lab.get("deployments.apps", "shop", "web");
    let failure = object["status"]["conditions"].as_array().unwrap().iter().find(|c| c["type"] == "ReplicaFailure");
    assert!(failure.is_some_and(|c| c["reason"] == "FailedCreate"), "{object}");
    assert_eq!(lab.get("resourcequotas", "shop", "few")["status"]["used"]["pods"], "1");
}

#[test]
fn budgets_count_what_may_go() {
    let mut lab = Lab::small();
    let budget = json!({
        "apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": { "name": "web", "namespace": "shop" },
        "spec": { "minAvailable": 2, "selector": { "matchLabels": { "app": "web" } } },
    });
    lab.apply(&[namespace("shop"), budget, deployment("shop", "web", 3, json!({}))]);
    lab.pass(60);
    let status = lab.get("poddisruptionbudgets.policy", "shop", "web")["status"].clone();
    assert_eq!(
        (&status["disruptionsAllowed"], &status["currentHealthy"], &status["desiredHealthy"]),
        (&json!(1), &json!(3), &json!(2))
    );
    let gone: Vec<bool> = lab.k8s(|o| {
        let names: Vec<String> =
            o.list_in("pods", "shop").iter().map(|p| p["metadata"]["name"].as_str().unwrap().to_owned()).collect();
        names.iter().map(|n| crate::cluster::controllers::disruption::evict(o, "shop", n)).collect()
    });
    assert_eq!(gone, [true, false, false]);
}

#[test]
fn an_autoscaler_of_pods_keeps_to_its_bounds_and_misses_its_metrics() {
    let mut lab = Lab::small();
    let scaler = json!({
        "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": { "name": "web", "namespace": "shop" },
        "spec": {
            "scaleTargetRef": { "apiVersion": "apps/v1", "kind": "Deployment", "name": "web" }, "minReplicas": 2, "maxReplicas": 4,
            "metrics": [{ "type": "Resource", "resource": { "name": "cpu", "target": { "type": "Utilization", "averageUtilization": 80 } } }],
        },
    });
    lab.apply(&[namespace("shop"), deployment("shop", "web", 1, json!({})), scaler]);
    lab.pass(60);
    assert_eq!(lab.pods("shop", "web").len(), 2);
    let object = lab.get("horizontalpodautoscalers.autoscaling", "shop", "web");
    assert_eq!(
        (&object["status"]["desiredReplicas"], &object["status"]["conditions"][1]["reason"]),
        (&json!(2), &json!("FailedGetResourceMetric"))
    );
}

#[test]
fn a_cron_job_runs_on_time_and_keeps_a_short_history() {
    let mut lab = Lab::small();
    let cron = json!({
        "apiVersion": "batch/v1", "kind": "CronJob", "metadata": { "name": "tick", "namespace": "shop" },
        "spec": { "schedule": "*/5 * * * *", "jobTemplate": { "spec": { "template": { "spec": {
            "restartPolicy": "OnFailure", "containers": [{ "name": "main", "image": "docker.io/library/busybox:1.37" }],
        } } } } },
    });
    lab.apply(&[namespace("shop"), cron]);
    lab.pass(3600);
    assert_eq!(lab.names("jobs.batch", "shop").len(), 3, "the last three");
    assert_eq!(lab.pods("shop", "tick").len(), 3, "pods go with their Jobs");
}

#[test]
fn a_node_that_goes_takes_its_pods_and_they_come_back_elsewhere() {
    let mut lab = Lab::small();
    lab.apply(&[namespace("shop"), deployment("shop", "web", 3, json!({}))]);
    lab.pass(60);
    let path = format!("/v2/kubernetes/clusters/{}/node_pools", lab.cluster);
    let pool = lab.call("GET", &path, Value::Null)["node_pools"][0].clone();
    let (id, node) = (pool["id"].as_str().unwrap(), pool["nodes"][0]["id"].as_str().unwrap());
    lab.call("DELETE", &format!("{path}/{id}/nodes/{node}"), Value::Null);
    lab.pass(120);
    assert_eq!(nodes(&mut lab), 2);
    let pods = lab.pods("shop", "web");
    assert!(pods.len() == 3 && pods.iter().all(ready));
    assert!(pods.iter().all(|p| p["spec"]["nodeName"] != pool["nodes"][0]["name"]));
}
