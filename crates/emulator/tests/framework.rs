//! The cloud apart from any resource: tokens, limits, pages, faults, the log.

use bytes::Bytes;
use pontoon_emulator::world::DEFAULT_TOKEN;
use pontoon_emulator::{Clock, Cloud, Cut, Vendor, World};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::time::Duration;

fn request(method: &str, path: &str, token: &str, body: Value) -> http::Request<Bytes> {
    let bytes = if body.is_null() { Bytes::new() } else { body.to_string().into() };
    http::Request::builder().method(method).uri(path).header("authorization", format!("Bearer {token}")).body(bytes).unwrap()
}

async fn call(cloud: &Cloud, method: &str, path: &str, body: Value) -> Result<(u16, Value), Cut> {
    let response = cloud.call(Vendor::DigitalOcean, request(method, path, DEFAULT_TOKEN, body)).await?;
    let body = serde_json::from_slice(response.body()).unwrap_or(Value::Null);
    Ok((response.status().as_u16(), body))
}

fn open(world: &str) -> Cloud {
    Cloud::open(World::parse(world).unwrap(), None, Clock::REAL).unwrap()
}

fn vpc(name: &str) -> Value {
    json!({ "name": name, "region": "fra1" })
}

fn names(cloud: &Cloud) -> Vec<String> {
    let objects = cloud.objects();
    let vpcs = objects["vpcs"].as_array().cloned().unwrap_or_default();
    vpcs.iter().map(|v| v["name"].as_str().unwrap().to_owned()).collect()
}

/// A directory of its own, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("pontoon-emulator-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        Self(path)
    }

    fn log(&self) -> PathBuf {
        let mut files: Vec<PathBuf> = std::fs::read_dir(&self.0)
            .unwrap()
            .map(|e| e.unwrap().path())
            .filter(|p| p.extension().is_some_and(|e| e == "log"))
            .collect();
        assert_eq!(files.len(), 1, "one generation at a time");
        files.pop().unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[tokio::test(start_paused = true)]
async fn tokens_and_scopes_decide() {
    let cloud = open("[[tokens]]\ntoken = 'reader'\nscopes = ['vpc:read']\n");
    let status = async |method: &str, path: &str, token: &str| {
        let request = request(method, path, token, Value::Null);
        let response = cloud.call(Vendor::DigitalOcean, request).await.unwrap();
        let body: Value = serde_json::from_slice(response.body()).unwrap();
        (response.status().as_u16(), body["id"].as_str().unwrap_or("").to_owned())
    };
    assert_eq!(status("GET", "/v2/vpcs", "wrong").await, (401, "unauthorized".to_owned()));
    assert_eq!(status("GET", "/v2/vpcs", "reader").await.0, 200);
    assert_eq!(status("POST", "/v2/vpcs", "reader").await, (403, "forbidden".to_owned()));
    assert_eq!(status("GET", "/v2/nothing", "reader").await, (404, "not_found".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn the_minute_has_a_limit_that_passes() {
    let cloud = open("latency = { min = '0s', max = '0s' }\n[rates]\nminute = 3\n");
    for _ in 0..3 {
        assert_eq!(call(&cloud, "GET", "/v2/vpcs", Value::Null).await.unwrap().0, 200);
    }
    let response = cloud.call(Vendor::DigitalOcean, request("GET", "/v2/vpcs", DEFAULT_TOKEN, Value::Null)).await.unwrap();
    assert_eq!(response.status(), 429);
    assert_eq!(response.headers()["retry-after"], "60");
    assert_eq!(response.headers()["ratelimit-limit"], "5000");
    assert_eq!(response.headers()["ratelimit-remaining"], "4997");
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(call(&cloud, "GET", "/v2/vpcs", Value::Null).await.unwrap().0, 200);
}

#[tokio::test(start_paused = true)]
async fn lists_come_in_pages_with_links() {
    let cloud = open("");
    for n in 0..25 {
        call(&cloud, "POST", "/v2/vpcs", vpc(&format!("v{n}"))).await.unwrap();
    }
    let (_, first) = call(&cloud, "GET", "/v2/vpcs", Value::Null).await.unwrap();
    assert_eq!(first["vpcs"].as_array().unwrap().len(), 20);
    assert_eq!(first["meta"]["total"], 25);
    assert_eq!(first["links"]["pages"]["next"], "https://api.digitalocean.com/v2/vpcs?page=2");
    let (_, second) = call(&cloud, "GET", "/v2/vpcs?page=2&per_page=20", Value::Null).await.unwrap();
    assert_eq!(second["vpcs"][0]["name"], "v20");
    assert_eq!(second["vpcs"].as_array().unwrap().len(), 5);
    let (status, _) = call(&cloud, "GET", "/v2/vpcs?per_page=201", Value::Null).await.unwrap();
    assert_eq!(status, 422);
}

#[tokio::test(start_paused = true)]
async fn requests_replies_and_effects_get_lost_as_told() {
    let cloud = open(
        "[[faults]]\nmethod = 'POST'\nnth = [1]\nkind = 'lose_request'\n\
         [[faults]]\nmethod = 'POST'\nnth = [2]\nkind = 'lose_reply'\n\
         [[faults]]\nmethod = 'POST'\nnth = [3]\nkind = { late_effect = '30s' }\n\
         [[faults]]\nmethod = 'POST'\nnth = [4]\nkind = { status = 503 }\n",
    );
    assert_eq!(call(&cloud, "POST", "/v2/vpcs", vpc("a")).await, Err(Cut::RequestLost));
    assert_eq!(names(&cloud), Vec::<String>::new());
    assert_eq!(call(&cloud, "POST", "/v2/vpcs", vpc("b")).await, Err(Cut::ReplyLost));
    assert_eq!(names(&cloud), ["b"]);
    assert_eq!(call(&cloud, "POST", "/v2/vpcs", vpc("c")).await, Err(Cut::Late));
    assert_eq!(names(&cloud), ["b"]);
    tokio::time::sleep(Duration::from_secs(31)).await;
    assert_eq!(names(&cloud), ["b", "c"]);
    assert_eq!(call(&cloud, "POST", "/v2/vpcs", vpc("d")).await.unwrap().0, 503);
    assert_eq!(names(&cloud), ["b", "c"]);
}

#[tokio::test(start_paused = true)]
async fn new_objects_appear_late_and_deleted_ones_linger() {
    let cloud = open(
        "latency = { min = '0s', max = '0s' }\n\
         read_lag = { min = '2s', max = '2s' }\nlist_lag = { min = '5s', max = '5s' }\n",
    );
    call(&cloud, "POST", "/v2/vpcs", vpc("first")).await.unwrap();
    let (_, made) = call(&cloud, "POST", "/v2/vpcs", vpc("a")).await.unwrap();
    let path = format!("/v2/vpcs/{}", made["vpc"]["id"].as_str().unwrap());
    let total = async || {
        let (_, list) = call(&cloud, "GET", "/v2/vpcs", Value::Null).await.unwrap();
        list["meta"]["total"].as_i64().unwrap()
    };
    assert_eq!(call(&cloud, "GET", &path, Value::Null).await.unwrap().0, 404);
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(call(&cloud, "GET", &path, Value::Null).await.unwrap().0, 200);
    assert_eq!(total().await, 0);
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(total().await, 2);
    assert_eq!(call(&cloud, "DELETE", &path, Value::Null).await.unwrap().0, 204);
    assert_eq!(total().await, 2);
    tokio::time::sleep(Duration::from_secs(6)).await;
    assert_eq!(total().await, 1);
}

#[tokio::test(start_paused = true)]
async fn a_world_goes_on_where_it_was_whatever_was_torn_off() {
    let folder = Folder::new("log");
    let reopen = || Cloud::open(World::default(), Some(folder.0.clone()), Clock::REAL);
    let cloud = reopen().unwrap();
    assert!(reopen().is_err(), "one process at a time");
    call(&cloud, "POST", "/v2/vpcs", vpc("a")).await.unwrap();
    tokio::time::sleep(Duration::from_secs(100)).await;
    call(&cloud, "POST", "/v2/vpcs", vpc("b")).await.unwrap();
    let before = (cloud.objects(), cloud.now());
    drop(cloud);

    let log = folder.log();
    let mut bytes = std::fs::read(&log).unwrap();
    bytes.extend_from_slice(b"{\"t\":12,\"rand");
    std::fs::write(&log, bytes).unwrap();

    let cloud = reopen().unwrap();
    assert_eq!(cloud.objects(), before.0);
    let passed = before.1.since(cloud.now());
    assert!(passed < Duration::from_secs(1), "time went back by {passed:?}");
    call(&cloud, "POST", "/v2/vpcs", vpc("c")).await.unwrap();
    drop(cloud);
    let cloud = reopen().unwrap();
    assert_eq!(names(&cloud), ["a", "b", "c"]);
    cloud.reset().unwrap();
    drop(cloud);
    assert_eq!(names(&reopen().unwrap()), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn equal_seeds_give_equal_traces() {
    let run = async || {
        let cloud = open("seed = 9\n");
        cloud.keep_trace(true);
        for name in ["a", "b", "c"] {
            call(&cloud, "POST", "/v2/vpcs", vpc(name)).await.unwrap();
        }
        cloud.take_trace().iter().map(|e| format!("{} {}", e.line(), String::from_utf8_lossy(&e.reply_body))).collect::<Vec<_>>()
    };
    assert_eq!(run().await, run().await);
}

#[tokio::test(start_paused = true)]
async fn unknown_keys_of_a_world_file_are_refused() {
    assert!(World::parse("sead = 1\n").is_err());
    assert!(World::parse("latency = { min = 1, max = 2 }\n").is_err());
}

#[tokio::test(start_paused = true)]
async fn deletions_and_what_is_still_to_come_survive_the_process() {
    let folder = Folder::new("events");
    let reopen = || Cloud::open(World::default(), Some(folder.0.clone()), Clock::REAL).unwrap();
    let cloud = reopen();
    call(&cloud, "POST", "/v2/vpcs", vpc("a")).await.unwrap();
    let (_, b) = call(&cloud, "POST", "/v2/vpcs", vpc("b")).await.unwrap();
    let path = format!("/v2/vpcs/{}", b["vpc"]["id"].as_str().unwrap());
    assert_eq!(call(&cloud, "DELETE", &path, Value::Null).await.unwrap().0, 204);
    let wanted = json!({
        "name": "c", "region": "fra1", "version": "latest",
        "node_pools": [{ "name": "p", "size": "s-2vcpu-4gb", "count": 1 }],
    });
    call(&cloud, "POST", "/v2/kubernetes/clusters", wanted).await.unwrap();
    drop(cloud);
    // The first opening reads the log, the second the snapshot that the first one wrote.
    for _ in 0..2 {
        let cloud = reopen();
        assert_eq!(names(&cloud), ["a"]);
        assert_eq!(cloud.objects()["kubernetes_clusters"][0]["status"]["state"], "provisioning");
    }
    let cloud = reopen();
    tokio::time::sleep(Duration::from_secs(480)).await;
    assert_eq!(cloud.objects()["kubernetes_clusters"][0]["status"]["state"], "running");
}
