//! What a cluster makes in the account: volumes and balancers, and how they go.

use super::*;
use crate::cluster::controllers::pods::ready;

fn set(replicas: u32) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": { "name": "db", "namespace": "shop" },
        "spec": {
            "replicas": replicas, "serviceName": "db", "selector": { "matchLabels": { "app": "db" } },
            "template": { "metadata": { "labels": { "app": "db" } }, "spec": { "containers": [{ "name": "main", "image": "docker.io/library/postgres:17" }] } },
            "volumeClaimTemplates": [{ "metadata": { "name": "data" }, "spec": { "accessModes": ["ReadWriteOnce"], "resources": { "requests": { "storage": "10Gi" } } } }],
        },
    })
}

fn count(lab: &mut Lab, collection: &str) -> usize {
    lab.cx(|cx| cx.count(collection))
}

#[test]
fn claims_get_volumes_that_are_attached_where_the_pod_is_and_outlive_it() {
    let mut lab = Lab::small();
    lab.apply(&[namespace("shop"), set(2)]);
    lab.pass(200);
    let pods = lab.pods("shop", "db-");
    assert!(pods.len() == 2 && pods.iter().all(ready), "{:?}", lab.events("FailedScheduling"));
    assert_eq!(lab.names("persistentvolumeclaims", "shop"), ["data-db-0", "data-db-1"]);
    let claim = lab.get("persistentvolumeclaims", "shop", "data-db-0");
    assert_eq!((&claim["status"]["phase"], &claim["status"]["capacity"]["storage"]), (&json!("Bound"), &json!("10Gi")));
    let listed = lab.call("GET", "/v2/volumes", Value::Null)["volumes"].clone();
    assert_eq!(listed[0]["droplet_ids"].as_array().unwrap().len(), 1);
    assert_eq!(listed[0]["tags"][0], format!("k8s:{}", lab.cluster));
    assert_eq!(listed[0]["name"], format!("pvc-{}", claim["metadata"]["uid"].as_str().unwrap()));
    lab.k8s(|o| {
        o.edit("persistentvolumeclaims", "shop", "data-db-0", |c| c["spec"]["resources"]["requests"]["storage"] = "20Gi".into())
    });
    lab.pass(60);
    assert_eq!(lab.get("persistentvolumeclaims", "shop", "data-db-0")["status"]["capacity"]["storage"], "20Gi");
    lab.k8s(|o| o.delete("statefulsets.apps", "shop", "db"));
    lab.pass(60);
    assert_eq!((lab.pods("shop", "db-").len(), count(&mut lab, "volumes")), (0, 2));
    lab.k8s(|o| o.delete("namespaces", "", "shop"));
    lab.pass(60);
    assert_eq!((lab.names("persistentvolumes", "").len(), count(&mut lab, "volumes")), (0, 0));
    assert_eq!(lab.get("namespaces", "", "shop"), Value::Null);
}

#[test]
fn what_the_driver_cannot_make_it_says() {
    let mut lab = Lab::new(
        "[[teams]]\nuuid = '7f1c1d5e-8a52-4b0e-9a53-1f6d0c7a2b10'\nlimits = { volumes = 1 }\n",
        json!([{ "name": "work", "size": "s-2vcpu-4gb", "count": 2 }]),
        json!({}),
    );
    let claim = |name: &str, class: &str, mode: &str| {
        json!({
            "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": { "name": name, "namespace": "shop" },
            "spec": { "accessModes": [mode], "storageClassName": class, "resources": { "requests": { "storage": "1Gi" } } },
        })
    };
    lab.apply(&[namespace("shop"), claim("none", "fast", "ReadWriteOnce"), claim("many", "do-block-storage", "ReadWriteMany")]);
    lab.apply(&[claim("one", "do-block-storage", "ReadWriteOnce")]);
    lab.pass(30);
    lab.apply(&[claim("two", "do-block-storage", "ReadWriteOnce")]);
    lab.pass(30);
    let said = lab.events("ProvisioningFailed");
    for expected in [
        "storageclass.storage.k8s.io \"fast\" not found",
        "Only SINGLE_NODE_WRITER is supported",
        "code = ResourceExhausted desc = volume limit (1) has been reached. Current number of volumes: 1.",
    ] {
        assert!(said.iter().any(|m| m.contains(expected)), "{expected}: {said:?}");
    }
    let mut object = deployment("shop", "app", 1, json!({}));
    object["spec"]["template"]["spec"]["volumes"] = json!([{ "name": "d", "persistentVolumeClaim": { "claimName": "two" } }]);
    lab.apply(&[object]);
    lab.pass(10);
    assert!(lab.events("FailedScheduling")[0].contains("pod has unbound immediate PersistentVolumeClaims"));
}

fn service(annotations: Value) -> Value {
    let mut own = json!({});
    for (key, value) in annotations.as_object().unwrap() {
        own[format!("service.beta.kubernetes.io/do-loadbalancer-{key}")] = value.clone();
    }
    json!({
        "apiVersion": "v1", "kind": "Service", "metadata": { "name": "front", "namespace": "shop", "annotations": own },
        "spec": { "type": "LoadBalancer", "selector": { "app": "web" }, "ports": [{ "port": 443, "targetPort": 8443, "nodePort": 30443 }] },
    })
}

#[test]
fn a_service_gets_a_balancer_that_lives_and_dies_with_it() {
    let mut lab = Lab::small();
    lab.apply(&[namespace("shop"), service(json!({ "name": "shop-front", "size-unit": "2" }))]);
    lab.pass(5);
    assert_eq!(lab.get("services", "shop", "front")["status"]["loadBalancer"]["ingress"], Value::Null);
    lab.pass(200);
    let balancer = lab.call("GET", "/v2/load_balancers", Value::Null)["load_balancers"][0].clone();
    assert_eq!(
        (&balancer["name"], &balancer["type"], &balancer["size_unit"]),
        (&json!("shop-front"), &json!("REGIONAL_NETWORK"), &json!(2))
    );
    assert_eq!(balancer["droplet_ids"].as_array().unwrap().len(), 3);
    let object = lab.get("services", "shop", "front");
    assert_eq!(object["status"]["loadBalancer"]["ingress"][0]["ip"], balancer["ip"], "{object}");
    let path = format!("/v2/kubernetes/clusters/{}/destroy_with_associated_resources", lab.cluster);
    assert_eq!(lab.call("GET", &path, Value::Null)["load_balancers"][0]["name"], "shop-front");
    lab.k8s(|o| o.delete("services", "shop", "front"));
    lab.pass(10);
    assert_eq!((lab.get("services", "shop", "front"), count(&mut lab, "load_balancers")), (Value::Null, 0));
}

#[test]
fn what_the_vendor_refuses_is_an_event_and_a_disowned_balancer_stays() {
    let mut lab = Lab::small();
    lab.apply(&[namespace("shop"), service(json!({ "enable-proxy-protocol": "true" }))]);
    lab.pass(5);
    let said = lab.events("SyncLoadBalancerFailed");
    assert_eq!(
        said,
        [
            "Error syncing load balancer: failed to ensure load balancer: enable_proxy_protocol is not supported by network load balancers"
        ]
    );
    lab.apply(&[service(json!({ "enable-proxy-protocol": "true", "type": "REGIONAL", "hostname": "shop.example.com" }))]);
    lab.pass(200);
    let object = lab.get("services", "shop", "front");
    assert_eq!(object["status"]["loadBalancer"]["ingress"][0]["hostname"], "shop.example.com", "{object}");
    lab.k8s(|o| {
        o.edit("services", "shop", "front", |s| {
            s["metadata"]["annotations"]["service.beta.kubernetes.io/do-loadbalancer-disown"] = "true".into()
        })
    });
    lab.k8s(|o| o.delete("services", "shop", "front"));
    lab.pass(10);
    assert_eq!((lab.get("services", "shop", "front"), count(&mut lab, "load_balancers")), (Value::Null, 1));
}

#[test]
fn a_snapshot_is_taken_restored_and_forgotten() {
    let mut lab = Lab::small();
    lab.apply(&[namespace("shop"), set(1)]);
    lab.pass(120);
    let snapshot = json!({
        "apiVersion": "snapshot.storage.k8s.io/v1", "kind": "VolumeSnapshot", "metadata": { "name": "s", "namespace": "shop" },
        "spec": { "source": { "persistentVolumeClaimName": "data-db-0" } },
    });
    lab.apply(&[snapshot]);
    lab.pass(120);
    let object = lab.get("volumesnapshots.snapshot.storage.k8s.io", "shop", "s");
    assert_eq!((&object["status"]["readyToUse"], count(&mut lab, "snapshots")), (&json!(true), 1), "{object}");
    let restored = json!({
        "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": { "name": "again", "namespace": "shop" },
        "spec": {
            "accessModes": ["ReadWriteOnce"], "resources": { "requests": { "storage": "10Gi" } },
            "dataSource": { "apiGroup": "snapshot.storage.k8s.io", "kind": "VolumeSnapshot", "name": "s" },
        },
    });
    lab.apply(&[restored]);
    lab.pass(30);
    assert_eq!(lab.get("persistentvolumeclaims", "shop", "again")["status"]["phase"], "Bound");
    lab.k8s(|o| o.delete("volumesnapshots.snapshot.storage.k8s.io", "shop", "s"));
    lab.pass(10);
    assert_eq!((lab.names("volumesnapshotcontents.snapshot.storage.k8s.io", "").len(), count(&mut lab, "snapshots")), (0, 0));
}

#[test]
fn a_secret_for_a_service_account_is_filled_and_goes_with_it() {
    let mut lab = Lab::small();
    lab.apply(&[
        namespace("shop"),
        json!({ "apiVersion": "v1", "kind": "ServiceAccount", "metadata": { "name": "ci", "namespace": "shop" } }),
        json!({
            "apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/service-account-token",
            "metadata": { "name": "ci", "namespace": "shop", "annotations": { "kubernetes.io/service-account.name": "ci" } },
        }),
    ]);
    lab.pass(5);
    assert!(lab.get("secrets", "shop", "ci")["data"]["token"].is_string());
    lab.k8s(|o| o.delete("serviceaccounts", "shop", "ci"));
    lab.pass(5);
    assert_eq!(lab.get("secrets", "shop", "ci"), Value::Null);
}
