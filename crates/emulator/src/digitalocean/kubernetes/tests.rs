//! Clusters and pools through the API, on virtual time.

use crate::digitalocean::tests::*;
use serde_json::{Value, json};

fn body(name: &str, pools: Value) -> Value {
    json!({ "name": name, "region": "fra1", "version": "1.36", "node_pools": pools })
}

fn pool(name: &str, count: u64) -> Value {
    json!({ "name": name, "size": "s-2vcpu-4gb", "count": count })
}

async fn cluster(cloud: &crate::Cloud, name: &str, pools: Value) -> String {
    let (status, doc) = post(cloud, "/v2/kubernetes/clusters", body(name, pools)).await;
    assert_eq!(status, 201, "{doc}");
    format!("/v2/kubernetes/clusters/{}", doc["kubernetes_cluster"]["id"].as_str().unwrap())
}

#[tokio::test(start_paused = true)]
async fn a_cluster_comes_up_and_leaves_nothing_but_its_default_vpc() {
    let cloud = cloud();
    post(&cloud, "/v2/vpcs", json!({ "name": "default", "region": "fra1" })).await;
    let (_, own) = post(&cloud, "/v2/vpcs", json!({ "name": "own", "region": "fra1" })).await;
    let mut wanted = body("a", json!([pool("system", 2)]));
    wanted["vpc_uuid"] = own["vpc"]["id"].clone();
    let (_, made) = post(&cloud, "/v2/kubernetes/clusters", wanted).await;
    let path = format!("/v2/kubernetes/clusters/{}", made["kubernetes_cluster"]["id"].as_str().unwrap());
    let (_, doc) = get(&cloud, &path).await;
    assert_eq!(doc["kubernetes_cluster"]["status"]["state"], "provisioning");
    assert_eq!(doc["kubernetes_cluster"]["version"], "1.36.1-do.0");
    assert_eq!(doc["kubernetes_cluster"]["ha"], true);
    assert_eq!(get(&cloud, &format!("{path}/kubeconfig")).await.0, 412);
    pass(480).await;
    let (_, doc) = get(&cloud, &path).await;
    let doc = &doc["kubernetes_cluster"];
    assert_eq!(doc["status"]["state"], "running");
    assert_eq!(doc["node_pools"][0]["nodes"][1]["status"]["state"], "running");
    let id = doc["id"].as_str().unwrap();
    let (_, droplets) = get(&cloud, &format!("/v2/droplets?tag_name=k8s:{id}")).await;
    assert_eq!(droplets["meta"]["total"], 2);
    assert_eq!(droplets["droplets"][0]["status"], "active");
    let vpc = format!("/v2/vpcs/{}", doc["vpc_uuid"].as_str().unwrap());
    assert_eq!(get(&cloud, &format!("{vpc}/members")).await.1["meta"]["total"], 3);
    assert_eq!(delete(&cloud, &path).await.0, 204);
    assert_eq!(get(&cloud, &path).await.1["kubernetes_cluster"]["status"]["state"], "deleting");
    pass(90).await;
    assert_eq!(get(&cloud, &path).await.0, 404);
    assert_eq!(delete(&cloud, &vpc).await.0, 409, "its members are gone since a moment only");
    pass(180).await;
    assert_eq!(delete(&cloud, &vpc).await.0, 204);
    let objects = cloud.objects();
    let left: Vec<&String> = objects.as_object().unwrap().keys().collect();
    assert_eq!(left, ["projects", "vpcs"]);
}

#[tokio::test(start_paused = true)]
async fn pools_come_and_go_but_keep_their_size_and_one_stays() {
    let cloud = cloud();
    let path = cluster(&cloud, "a", json!([pool("system", 1)])).await;
    pass(480).await;
    let pools = format!("{path}/node_pools");
    let (status, made) = post(&cloud, &pools, pool("work", 2)).await;
    assert_eq!(status, 201);
    let of = |doc: &Value| format!("{pools}/{}", doc["id"].as_str().unwrap());
    let work = of(&made["node_pool"]);
    assert_eq!(made["node_pool"]["nodes"][0]["status"]["state"], "provisioning");
    pass(180).await;
    assert_eq!(get(&cloud, &work).await.1["node_pool"]["nodes"][1]["status"]["state"], "running");
    let resized = json!({ "name": "work", "count": 2, "size": "s-4vcpu-8gb" });
    assert_eq!(put(&cloud, &work, resized).await.0, 422);
    assert_eq!(put(&cloud, &work, json!({ "name": "work", "count": 3 })).await.0, 202);
    assert_eq!(get(&cloud, &work).await.1["node_pool"]["nodes"].as_array().unwrap().len(), 3);
    let (_, list) = get(&cloud, &pools).await;
    let system = of(&list["node_pools"][0]);
    assert_eq!(delete(&cloud, &system).await.0, 204);
    assert_eq!(delete(&cloud, &work).await.0, 422, "the last one");
    pass(60).await;
    assert_eq!(get(&cloud, &system).await.0, 404);
    assert_eq!(cloud.objects()["droplets"].as_array().unwrap().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn what_the_vendor_refuses() {
    let cloud = world("[[teams]]\nuuid = '7f1c1d5e-8a52-4b0e-9a53-1f6d0c7a2b10'\nlimits = { droplets = 3 }\n");
    let clusters = "/v2/kubernetes/clusters";
    let mut wrong = body("a", json!([pool("p", 1)]));
    wrong["version"] = "1.29".into();
    assert_eq!(post(&cloud, clusters, wrong).await.0, 422, "a version that is not offered");
    let mut wrong = body("a", json!([pool("p", 1)]));
    wrong["cluster_subnet"] = "10.50.0.0/16".into();
    assert_eq!(post(&cloud, clusters, wrong.clone()).await.0, 422, "both ranges or none");
    wrong["service_subnet"] = "10.50.8.0/20".into();
    assert_eq!(post(&cloud, clusters, wrong).await.0, 422, "overlapping ranges");
    assert_eq!(post(&cloud, clusters, body("a", json!([]))).await.0, 422, "no pool");
    assert_eq!(post(&cloud, clusters, body("a", json!([pool("p", 4)]))).await.0, 422, "the droplet limit");
    assert!(cloud.objects().get("vpcs").is_none(), "a refusal leaves nothing behind");
    let path = cluster(&cloud, "a", json!([pool("p", 1)])).await;
    assert_eq!(put(&cloud, &path, json!({ "name": "a", "ha": false })).await.0, 422, "ha turned off");
    assert_eq!(post(&cloud, clusters, body("a", json!([pool("p", 1)]))).await.0, 422, "the same name");
}

#[tokio::test(start_paused = true)]
async fn native_ranges_overlap_nothing_in_the_account() {
    let cloud = cloud();
    let mut first = body("a", json!([pool("p", 1)]));
    first["cluster_subnet"] = "10.50.0.0/16".into();
    first["service_subnet"] = "10.51.0.0/16".into();
    assert_eq!(post(&cloud, "/v2/kubernetes/clusters", first.clone()).await.0, 201);
    let vpc = json!({ "name": "v", "region": "fra1", "ip_range": "10.51.4.0/24" });
    assert_eq!(post(&cloud, "/v2/vpcs", vpc).await.0, 422);
    first["name"] = "b".into();
    assert_eq!(post(&cloud, "/v2/kubernetes/clusters", first).await.0, 422);
}

#[tokio::test(start_paused = true)]
async fn upgrades_go_one_step_at_a_time_and_replace_nodes() {
    let cloud = cloud();
    let mut wanted = body("a", json!([pool("p", 1)]));
    wanted["version"] = "1.34.7-do.0".into();
    let (_, doc) = post(&cloud, "/v2/kubernetes/clusters", wanted).await;
    let path = format!("/v2/kubernetes/clusters/{}", doc["kubernetes_cluster"]["id"].as_str().unwrap());
    assert_eq!(doc["kubernetes_cluster"]["ha"], false, "left out before 1.36");
    pass(480).await;
    let (_, next) = get(&cloud, &format!("{path}/upgrades")).await;
    assert_eq!(next["available_upgrade_versions"][0]["slug"], "1.35.4-do.0");
    assert_eq!(next["available_upgrade_versions"].as_array().unwrap().len(), 1);
    let upgrade = format!("{path}/upgrade");
    assert_eq!(post(&cloud, &upgrade, json!({ "version": "1.36.1-do.0" })).await.0, 422);
    let (_, before) = get(&cloud, &path).await;
    assert_eq!(post(&cloud, &upgrade, json!({ "version": "1.35.4-do.0" })).await.0, 202);
    pass(1200).await;
    let (_, after) = get(&cloud, &path).await;
    let node = |doc: &Value| doc["kubernetes_cluster"]["node_pools"][0]["nodes"][0].clone();
    assert_eq!(after["kubernetes_cluster"]["version"], "1.35.4-do.0");
    assert_eq!(node(&after)["status"]["state"], "running");
    assert_ne!(node(&before)["droplet_id"], node(&after)["droplet_id"]);
    assert_eq!(cloud.objects()["droplets"].as_array().unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_kubernetes_made_stays_unless_asked() {
    let cloud = cloud();
    let path = cluster(&cloud, "a", json!([pool("p", 1)])).await;
    pass(480).await;
    let id = path.rsplit('/').next().unwrap();
    let volume = json!({ "name": "pvc-1", "region": "fra1", "size_gigabytes": 5, "tags": [format!("k8s:{id}")] });
    assert_eq!(post(&cloud, "/v2/volumes", volume).await.0, 201);
    let balancer = json!({
        "name": "lb", "region": "fra1", "type": "REGIONAL_NETWORK", "tag": format!("k8s:{id}"),
        "forwarding_rules": [{ "entry_protocol": "tcp", "entry_port": 80, "target_protocol": "tcp", "target_port": 30080 }],
    });
    assert_eq!(post(&cloud, "/v2/load_balancers", balancer).await.0, 202);
    let along = format!("{path}/destroy_with_associated_resources");
    let (_, found) = get(&cloud, &along).await;
    assert_eq!(found["volumes"][0]["name"], "pvc-1");
    let chosen = json!({ "load_balancers": [found["load_balancers"][0]["id"]] });
    assert_eq!(call(&cloud, "DELETE", &format!("{along}/selective"), chosen).await.0, 204);
    pass(90).await;
    let objects = cloud.objects();
    assert!(objects.get("load_balancers").is_none());
    assert_eq!(objects["volumes"].as_array().unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_creation_can_fail() {
    let cloud = world("[[faults]]\nmethod = 'POST'\npath = '/v2/kubernetes/clusters'\nkind = 'fail_creation'\n");
    let path = cluster(&cloud, "a", json!([pool("p", 1)])).await;
    pass(480).await;
    assert_eq!(get(&cloud, &path).await.1["kubernetes_cluster"]["status"]["state"], "error");
}

#[tokio::test(start_paused = true)]
async fn taints_are_read_in_any_case_and_shown_in_one() {
    let cloud = cloud();
    let mut wanted = pool("p", 1);
    wanted["taints"] = json!([{ "Key": "role", "Value": "system", "Effect": "NoSchedule" }]);
    let path = cluster(&cloud, "a", json!([wanted])).await;
    let (_, doc) = get(&cloud, &path).await;
    let shown = &doc["kubernetes_cluster"]["node_pools"][0]["taints"];
    assert_eq!(*shown, json!([{ "key": "role", "value": "system", "effect": "NoSchedule" }]));
    let nothing = json!({ "name": "q", "size": "s-2vcpu-4gb", "count": 1, "taints": [{ "key": "a", "effect": "Never" }] });
    assert_eq!(post(&cloud, &format!("{path}/node_pools"), nothing).await.0, 422);
}

#[tokio::test(start_paused = true)]
async fn the_autoscaler_owns_the_count_within_its_bounds() {
    let cloud = cloud();
    let scaled = json!({ "name": "p", "size": "s-2vcpu-4gb", "count": 2, "auto_scale": true, "min_nodes": 2, "max_nodes": 4 });
    let path = cluster(&cloud, "a", json!([scaled])).await;
    let (_, list) = get(&cloud, &format!("{path}/node_pools")).await;
    let pool = format!("{path}/node_pools/{}", list["node_pools"][0]["id"].as_str().unwrap());
    let change = |count: u64, min: u64| json!({ "name": "p", "count": count, "auto_scale": true, "min_nodes": min });
    assert_eq!(put(&cloud, &pool, change(4, 2)).await.1["node_pool"]["count"], 2);
    assert_eq!(put(&cloud, &pool, change(2, 3)).await.1["node_pool"]["count"], 3);
    assert_eq!(put(&cloud, &pool, change(2, 0)).await.0, 422);
}
