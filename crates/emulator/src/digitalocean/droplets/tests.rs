//! Droplets, and what is attached to them, through the API.

use crate::digitalocean::tests::*;
use serde_json::{Value, json};

fn body(name: &str) -> Value {
    json!({ "name": name, "region": "fra1", "size": "s-1vcpu-1gb", "image": "ubuntu-24-04-x64", "tags": ["gw"] })
}

async fn droplet(cloud: &crate::Cloud, name: &str) -> Value {
    let (status, doc) = post(cloud, "/v2/droplets", body(name)).await;
    assert_eq!(status, 202, "{doc}");
    doc["droplet"].clone()
}

#[tokio::test(start_paused = true)]
async fn a_droplet_starts_acts_and_ends() {
    let cloud = cloud();
    let made = droplet(&cloud, "a").await;
    let path = format!("/v2/droplets/{}", made["id"]);
    assert_eq!(made["status"], "new");
    pass(60).await;
    assert_eq!(get(&cloud, &path).await.1["droplet"]["status"], "active");
    let act = format!("{path}/actions");
    let resize = json!({ "type": "resize", "size": "s-2vcpu-4gb" });
    assert_eq!(post(&cloud, &act, resize.clone()).await.0, 422, "while it runs");
    let (status, action) = post(&cloud, &act, json!({ "type": "power_off" })).await;
    assert_eq!((status, &action["action"]["status"]), (201, &json!("in-progress")));
    pass(5).await;
    let action = format!("/v2/actions/{}", action["action"]["id"]);
    assert_eq!(get(&cloud, &action).await.1["action"]["status"], "completed");
    assert_eq!(get(&cloud, &path).await.1["droplet"]["status"], "off");
    assert_eq!(post(&cloud, &act, resize).await.0, 201);
    pass(5).await;
    assert_eq!(get(&cloud, &path).await.1["droplet"]["size_slug"], "s-2vcpu-4gb");
    assert_eq!(delete(&cloud, &path).await.0, 204);
    assert!(cloud.objects().get("droplets").is_none());
}

#[tokio::test(start_paused = true)]
async fn volumes_grow_only_and_block_their_deletion_while_attached() {
    let cloud = cloud();
    let machine = droplet(&cloud, "a").await;
    let wanted = json!({ "name": "data", "region": "fra1", "size_gigabytes": 10 });
    let (_, made) = post(&cloud, "/v2/volumes", wanted.clone()).await;
    assert_eq!(post(&cloud, "/v2/volumes", wanted).await.0, 409, "the same name");
    let path = format!("/v2/volumes/{}", made["volume"]["id"].as_str().unwrap());
    let act = format!("{path}/actions");
    let attach = json!({ "type": "attach", "droplet_id": machine["id"] });
    assert_eq!(post(&cloud, &act, attach.clone()).await.0, 202);
    assert_eq!(post(&cloud, &act, attach).await.0, 422, "attached already");
    assert_eq!(delete(&cloud, &path).await.0, 409);
    let sized = |gigabytes: i64| json!({ "type": "resize", "size_gigabytes": gigabytes });
    assert_eq!(post(&cloud, &act, sized(5)).await.0, 422);
    assert_eq!(post(&cloud, &act, sized(20)).await.0, 202);
    let (_, snapshot) = post(&cloud, &format!("{path}/snapshots"), json!({ "name": "s" })).await;
    assert_eq!(snapshot["snapshot"]["min_disk_size"], 20);
    assert_eq!(delete(&cloud, &format!("/v2/droplets/{}", machine["id"])).await.0, 204);
    assert_eq!(get(&cloud, &path).await.1["volume"]["droplet_ids"], json!([]));
    assert_eq!(delete(&cloud, &path).await.0, 204);
    assert_eq!(cloud.objects()["snapshots"].as_array().unwrap().len(), 1, "snapshots stay");
}

#[tokio::test(start_paused = true)]
async fn an_address_comes_free_with_its_droplet() {
    let cloud = cloud();
    let machine = droplet(&cloud, "a").await;
    let (_, made) = post(&cloud, "/v2/reserved_ips", json!({ "droplet_id": machine["id"] })).await;
    let path = format!("/v2/reserved_ips/{}", made["reserved_ip"]["ip"].as_str().unwrap());
    assert_eq!(get(&cloud, &path).await.1["reserved_ip"]["droplet"]["id"], machine["id"]);
    delete(&cloud, &format!("/v2/droplets/{}", machine["id"])).await;
    assert_eq!(get(&cloud, &path).await.1["reserved_ip"]["droplet"], Value::Null);
    let act = format!("{path}/actions");
    assert_eq!(post(&cloud, &act, json!({ "type": "unassign" })).await.0, 422);
    assert_eq!(delete(&cloud, &path).await.0, 204);
}

#[tokio::test(start_paused = true)]
async fn firewalls_apply_by_name_and_by_tag() {
    let cloud = cloud();
    let machine = droplet(&cloud, "a").await;
    let rules = json!([{ "protocol": "tcp", "ports": "all", "sources": { "addresses": ["10.0.0.0/8"] } }]);
    let wanted = json!({ "name": "fw", "inbound_rules": rules, "tags": ["gw"] });
    let (status, made) = post(&cloud, "/v2/firewalls", wanted.clone()).await;
    assert_eq!(status, 202);
    assert_eq!(made["firewall"]["inbound_rules"][0]["ports"], "0", "all reads back as 0");
    assert_eq!(post(&cloud, "/v2/firewalls", wanted).await.0, 409, "the same name");
    assert_eq!(post(&cloud, "/v2/firewalls", json!({ "name": "none" })).await.0, 422, "no rule");
    let (_, of) = get(&cloud, &format!("/v2/droplets/{}/firewalls", machine["id"])).await;
    assert_eq!(of["firewalls"][0]["name"], "fw");
    pass(5).await;
    let path = format!("/v2/firewalls/{}", made["firewall"]["id"].as_str().unwrap());
    assert_eq!(get(&cloud, &path).await.1["firewall"]["status"], "succeeded");
    assert_eq!(call(&cloud, "DELETE", &format!("{path}/tags"), json!({ "tags": ["gw"] })).await.0, 204);
    assert_eq!(get(&cloud, &format!("/v2/droplets/{}/firewalls", machine["id"])).await.1["meta"]["total"], 0);
}

#[tokio::test(start_paused = true)]
async fn what_belongs_to_a_droplet_can_go_with_it() {
    let cloud = cloud();
    let machine = droplet(&cloud, "a").await;
    let volume = json!({ "name": "data", "region": "fra1", "size_gigabytes": 10 });
    let (_, volume) = post(&cloud, "/v2/volumes", volume).await;
    let act = format!("/v2/volumes/{}/actions", volume["volume"]["id"].as_str().unwrap());
    post(&cloud, &act, json!({ "type": "attach", "droplet_id": machine["id"] })).await;
    let along = format!("/v2/droplets/{}/destroy_with_associated_resources", machine["id"]);
    assert_eq!(get(&cloud, &along).await.1["volumes"][0]["name"], "data");
    let chosen = json!({ "volumes": [volume["volume"]["id"]] });
    assert_eq!(call(&cloud, "DELETE", &format!("{along}/selective"), chosen).await.0, 202);
    let objects = cloud.objects();
    assert!(objects.get("volumes").is_none() && objects.get("droplets").is_none());
}
