//! Workloads: pods come, follow their template, and go.

use super::*;

#[test]
fn a_cluster_comes_up_with_its_own_pods_and_comes_to_rest() {
    let mut lab = Lab::small();
    lab.pass(120);
    let pods = lab.pods("kube-system", "");
    let up = pods.iter().filter(|p| crate::cluster::controllers::pods::ready(p)).count();
    assert_eq!((pods.len(), up), (3 * 4 + 1 + 2, 15), "daemons, the operator, DNS");
    assert_eq!(lab.get("deployments.apps", "kube-system", "coredns")["status"]["readyReplicas"], 2);
    assert_eq!(lab.names("serviceaccounts", "default"), ["default"]);
    lab.pass(700);
    assert_eq!(lab.pass(3600), 0, "a cluster in which nothing happens is at rest");
}

#[test]
fn a_deployment_rolls_without_ever_having_too_few() {
    let mut lab = Lab::small();
    lab.apply(&[namespace("shop"), deployment("shop", "web", 4, json!({}))]);
    lab.pass(60);
    let object = lab.get("deployments.apps", "shop", "web");
    assert_eq!(object["status"]["availableReplicas"], 4, "{object}");
    lab.apply(&[deployment("shop", "web", 4, json!({ "image": "docker.io/library/nginx:1.30" }))]);
    for _ in 0..60 {
        lab.pass(1);
        let up = lab.pods("shop", "web").iter().filter(|p| crate::cluster::controllers::pods::ready(p)).count();
        assert!(up >= 3, "{up}");
    }
    let object = lab.get("deployments.apps", "shop", "web");
    assert_eq!(object["status"]["updatedReplicas"], 4, "{object}");
    assert_eq!(lab.pods("shop", "web").len(), 4);
    assert_eq!(lab.names("replicasets.apps", "shop").len(), 2);
}

#[test]
fn a_deletion_in_the_foreground_waits_for_what_is_owned() {
    let mut lab = Lab::small();
    lab.apply(&[namespace("shop"), deployment("shop", "web", 2, json!({}))]);
    lab.pass(60);
    lab.k8s(|o| {
        o.edit("deployments.apps", "shop", "web", |d| d["metadata"]["finalizers"] = json!(["foregroundDeletion"]));
        o.delete("deployments.apps", "shop", "web")
    });
    assert_ne!(lab.get("deployments.apps", "shop", "web"), Value::Null);
    lab.pass(20);
    assert_eq!(lab.get("deployments.apps", "shop", "web"), Value::Null);
    assert_eq!((lab.pods("shop", "").len(), lab.names("replicasets.apps", "shop").len()), (0, 0));
}

#[test]
fn a_deployment_that_does_not_get_on_says_so_after_ten_minutes() {
    let mut lab = Lab::small();
    lab.apply(&[namespace("shop"), deployment("shop", "web", 1, json!({ "image": "Wrong Name" }))]);
    lab.pass(640);
    let object = lab.get("deployments.apps", "shop", "web");
    let all = object["status"]["conditions"].as_array().unwrap();
    let progressing = all.iter().find(|c| c["type"] == "Progressing").unwrap();
    assert_eq!((&progressing["status"], &progressing["reason"]), (&json!("False"), &json!("ProgressDeadlineExceeded")));
}
