//! Tests that go across Vault's parts.

use super::{DEFAULT_SECRET_ID, DEFAULT_VAULT_TOKEN as ROOT};
use crate::{Clock, Cloud, Vendor, World};
use bytes::Bytes;
use serde_json::{Value, json};
use std::time::Duration;

fn world(text: &str) -> Cloud {
    Cloud::open(World::parse(text).unwrap(), None, Clock::REAL).unwrap()
}

async fn call(cloud: &Cloud, token: &str, method: &str, path: &str, body: Value) -> (u16, Value) {
    let bytes = if body.is_null() { Bytes::new() } else { body.to_string().into() };
    let request =
        http::Request::builder().method(method).uri(format!("/v1/{path}")).header("x-vault-token", token).body(bytes).unwrap();
    let response = cloud.call(Vendor::Vault, request).await.unwrap();
    (response.status().as_u16(), serde_json::from_slice(response.body()).unwrap_or(Value::Null))
}

async fn login(cloud: &Cloud, role: &str) -> String {
    let body = json!({ "role_id": format!("role-{role}"), "secret_id": DEFAULT_SECRET_ID });
    let (status, auth) = call(cloud, "", "POST", "auth/approle/login", body).await;
    assert_eq!(status, 200, "{auth}");
    auth["auth"]["client_token"].as_str().unwrap().to_owned()
}

#[tokio::test(start_paused = true)]
async fn a_role_reads_and_writes_below_its_own_prefix_for_as_long_as_its_token_lives() {
    let cloud = world("vault = { token_ttl = 600 }");
    let token = login(&cloud, "acme").await;
    let data = json!({ "data": { "password": "x" } });
    assert_eq!(call(&cloud, &token, "POST", "secret/data/acme/db", data.clone()).await.0, 200);
    assert_eq!(call(&cloud, &token, "POST", "secret/data/other/db", data).await.0, 403);
    let (_, read) = call(&cloud, &token, "GET", "secret/data/acme/db", Value::Null).await;
    assert_eq!((read["data"]["data"]["password"].as_str(), read["data"]["metadata"]["version"].as_u64()), (Some("x"), Some(1)));
    let (status, said) = call(&cloud, &token, "GET", "secret/acme/db", Value::Null).await;
    assert!(status == 404 && said["warnings"][0].as_str().unwrap().contains("versioned K/V"), "{said}");
    assert!(!cloud.objects().to_string().contains("password"));
    tokio::time::sleep(Duration::from_secs(599)).await;
    assert_eq!(call(&cloud, &token, "POST", "auth/token/renew-self", json!({})).await.0, 200);
    tokio::time::sleep(Duration::from_secs(599)).await;
    assert_eq!(call(&cloud, &token, "GET", "secret/data/acme/db", Value::Null).await.0, 200);
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert_eq!(call(&cloud, &token, "GET", "secret/data/acme/db", Value::Null).await.0, 403);
    let wrong = json!({ "role_id": "role-acme", "secret_id": "no" });
    let (status, said) = call(&cloud, "", "POST", "auth/approle/login", wrong).await;
    assert_eq!((status, said["errors"][0].as_str()), (400, Some("invalid role or secret ID")));
}

#[tokio::test(start_paused = true)]
async fn versions_are_checked_deleted_undeleted_and_destroyed() {
    let cloud = world("");
    let path = "secret/data/a/b";
    for (cas, status) in [(0, 200), (0, 400), (1, 200)] {
        let body = json!({ "options": { "cas": cas }, "data": { "n": cas } });
        assert_eq!(call(&cloud, ROOT, "POST", path, body).await.0, status);
    }
    assert_eq!(call(&cloud, ROOT, "GET", "secret/data/a/b?version=1", Value::Null).await.1["data"]["data"]["n"], 0);
    assert_eq!(call(&cloud, ROOT, "DELETE", path, Value::Null).await.0, 204);
    let (status, gone) = call(&cloud, ROOT, "GET", path, Value::Null).await;
    assert!(status == 404 && gone["data"]["metadata"]["deletion_time"] != "", "{gone}");
    assert_eq!(call(&cloud, ROOT, "POST", "secret/undelete/a/b", json!({ "versions": [2] })).await.0, 204);
    assert_eq!(call(&cloud, ROOT, "GET", path, Value::Null).await.0, 200);
    assert_eq!(call(&cloud, ROOT, "POST", "secret/destroy/a/b", json!({ "versions": [2] })).await.0, 204);
    assert_eq!(call(&cloud, ROOT, "GET", path, Value::Null).await.1["data"]["metadata"]["destroyed"], true);
    assert_eq!(call(&cloud, ROOT, "LIST", "secret/metadata", Value::Null).await.1["data"]["keys"], json!(["a/"]));
    assert_eq!(call(&cloud, ROOT, "DELETE", "secret/metadata/a/b", Value::Null).await.0, 204);
    assert_eq!(call(&cloud, ROOT, "LIST", "secret/metadata", Value::Null).await.0, 404);
}

#[tokio::test(start_paused = true)]
async fn a_policy_written_here_holds_and_a_secret_id_ends() {
    let cloud = world("");
    let policy = json!({ "policy": "path \"secret/data/shared/*\" { capabilities = [\"read\"] }" });
    assert_eq!(call(&cloud, ROOT, "PUT", "sys/policies/acl/reader", policy).await.0, 204);
    assert_eq!(call(&cloud, ROOT, "POST", "auth/approle/role/ci", json!({ "token_policies": ["reader"] })).await.0, 204);
    let (_, id) = call(&cloud, ROOT, "GET", "auth/approle/role/ci/role-id", Value::Null).await;
    let (_, secret) = call(&cloud, ROOT, "POST", "auth/approle/role/ci/secret-id", json!({ "ttl": "1h" })).await;
    let body = json!({ "role_id": id["data"]["role_id"], "secret_id": secret["data"]["secret_id"] });
    let (status, auth) = call(&cloud, "", "POST", "auth/approle/login", body.clone()).await;
    assert_eq!(status, 200);
    let token = auth["auth"]["client_token"].as_str().unwrap();
    let data = json!({ "data": { "k": "v" } });
    assert_eq!(call(&cloud, ROOT, "POST", "secret/data/shared/x", data.clone()).await.0, 200);
    assert_eq!(call(&cloud, token, "GET", "secret/data/shared/x", Value::Null).await.0, 200);
    assert_eq!(call(&cloud, token, "POST", "secret/data/shared/x", data).await.0, 403);
    tokio::time::sleep(Duration::from_secs(3601)).await;
    assert_eq!(call(&cloud, "", "POST", "auth/approle/login", body).await.0, 400);
}

#[tokio::test(start_paused = true)]
async fn health_says_how_it_stands() {
    for (state, status) in [
        ("active", 200),
        ("standby", 429),
        ("recovery-secondary", 472),
        ("performance-standby", 473),
        ("uninitialized", 501),
        ("sealed", 503),
    ] {
        let cloud = world(&format!("vault = {{ state = \"{state}\" }}"));
        assert_eq!(call(&cloud, "", "GET", "sys/health", Value::Null).await.0, status, "{state}");
        let read = call(&cloud, ROOT, "GET", "secret/data/x", Value::Null).await.0;
        assert_eq!(read, if status > 500 { 503 } else { 404 });
    }
}
