//! Zones and records as a client sees them.

use super::super::tests::*;
use crate::Cloud;
use serde_json::{Value, json};

const RECORDS: &str = "/v2/domains/example.com/records";

async fn zone() -> Cloud {
    let cloud = cloud();
    assert_eq!(post(&cloud, "/v2/domains", json!({ "name": "example.com" })).await.0, 201);
    cloud
}

#[tokio::test(start_paused = true)]
async fn a_zone_begins_with_soa_and_name_servers_and_exists_once() {
    let cloud = world(
        "[[teams]]\nuuid = 'a'\n[[teams]]\nuuid = 'b'\n\
         [[tokens]]\ntoken = 'pontoon-local-token'\nteam = 'a'\n[[tokens]]\ntoken = 'other'\nteam = 'b'\n",
    );
    let (status, made) = post(&cloud, "/v2/domains", json!({ "name": "Example.com", "ip_address": "192.0.2.1" })).await;
    assert_eq!((status, &made["domain"]["name"]), (201, &json!("example.com")));
    let list = get(&cloud, RECORDS).await.1;
    let kinds: Vec<&str> = list["domain_records"].as_array().unwrap().iter().map(|r| r["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["SOA", "NS", "NS", "NS", "A"]);
    assert_eq!(post(&cloud, "/v2/domains", json!({ "name": "example.com" })).await.0, 422);
    let request = http::Request::post("/v2/domains").header("authorization", "Bearer other");
    let request = request.body(r#"{"name":"example.com"}"#.into()).unwrap();
    assert_eq!(cloud.call(crate::Vendor::DigitalOcean, request).await.unwrap().status(), 422);
    let file = get(&cloud, "/v2/domains/example.com").await.1["domain"]["zone_file"].as_str().unwrap().to_owned();
    assert!(file.starts_with("$ORIGIN example.com.\n$TTL 1800\nexample.com. IN SOA ns1.digitalocean.com. hostmaster."), "{file}");
    assert!(file.contains("example.com. 1800 IN NS ns2.digitalocean.com.\n") && file.ends_with("IN A 192.0.2.1\n"), "{file}");
    assert_eq!(delete(&cloud, "/v2/domains/example.com").await.0, 204);
    assert_eq!(get(&cloud, RECORDS).await.0, 404);
    assert_eq!(post(&cloud, "/v2/domains", json!({ "name": "example.com" })).await.0, 201);
    assert_eq!(get(&cloud, RECORDS).await.1["meta"]["total"], 4);
}

#[tokio::test(start_paused = true)]
async fn a_cname_shares_its_name_with_nothing() {
    let cloud = zone().await;
    let add = async |kind: &str, name: &str, data: &str| {
        post(&cloud, RECORDS, json!({ "type": kind, "name": name, "data": data })).await.0
    };
    assert_eq!(add("A", "www", "192.0.2.1").await, 201);
    assert_eq!(add("CNAME", "www", "lb.other.net.").await, 422);
    assert_eq!(add("CNAME", "@", "lb.other.net.").await, 422);
    assert_eq!(add("CNAME", "app", "app.example.com.").await, 422);
    assert_eq!(add("CNAME", "app", "lb.other.net.").await, 201);
    assert_eq!(add("TXT", "app", "hello").await, 422);
    assert_eq!(add("A", "www", "192.0.2.2").await, 201);
}

#[tokio::test(start_paused = true)]
async fn a_record_changes_in_part_and_soa_only_its_ttl() {
    let cloud = zone().await;
    let body = json!({ "type": "MX", "name": "@", "data": "mx.other.net.", "priority": 10, "ttl": 600 });
    let (_, made) = post(&cloud, RECORDS, body).await;
    let path = format!("{RECORDS}/{}", made["domain_record"]["id"]);
    let (status, after) = call(&cloud, "PATCH", &path, json!({ "type": "MX", "priority": 20 })).await;
    assert_eq!(status, 200);
    let after = &after["domain_record"];
    assert_eq!((&after["priority"], &after["data"], &after["ttl"]), (&json!(20), &json!("mx.other.net"), &json!(600)));
    assert_eq!(after["id"], made["domain_record"]["id"]);
    assert_eq!(put(&cloud, &path, json!({ "type": "A", "data": "192.0.2.1" })).await.0, 422);
    assert_eq!(get(&cloud, &path).await.1["domain_record"], *after);
    let soa = get(&cloud, &format!("{RECORDS}?type=SOA")).await.1["domain_records"][0].clone();
    let path = format!("{RECORDS}/{}", soa["id"]);
    assert_eq!(delete(&cloud, &path).await.0, 422);
    assert_eq!(call(&cloud, "PATCH", &path, json!({ "type": "SOA", "ttl": 900, "data": "x" })).await.0, 200);
    let now = get(&cloud, &path).await.1["domain_record"].clone();
    assert_eq!((&now["ttl"], &now["data"]), (&json!(900), &json!("900")));
}

#[tokio::test(start_paused = true)]
async fn thousands_of_records_come_in_pages_and_by_full_name() {
    let cloud = world("[rates]\nminute = 100000\nhour = 100000\n");
    post(&cloud, "/v2/domains", json!({ "name": "example.com" })).await;
    for n in 0..2000 {
        let body = json!({ "type": "TXT", "name": format!("r{n}"), "data": "x" });
        assert_eq!(post(&cloud, RECORDS, body).await.0, 201);
    }
    let mut seen = 0;
    for page in 1..=11 {
        let list = get(&cloud, &format!("{RECORDS}?per_page=200&page={page}")).await.1;
        assert_eq!(list["meta"]["total"], 2004);
        seen += list["domain_records"].as_array().unwrap().len();
    }
    assert_eq!(seen, 2004);
    let one = get(&cloud, &format!("{RECORDS}?name=r7.example.com&type=TXT")).await.1;
    assert_eq!(one["domain_records"].as_array().unwrap().len(), 1);
    assert_eq!(get(&cloud, &format!("{RECORDS}?name=r7")).await.1["domain_records"], Value::Array(Vec::new()));
}
