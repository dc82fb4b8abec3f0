//! What the tests of every family share: a world, a client that speaks JSON.

use crate::{Clock, Cloud, Vendor, World};
use bytes::Bytes;
use serde_json::Value;
use std::time::Duration;

/// A cloud in memory, on the test's paused clock.
pub(crate) fn cloud() -> Cloud {
    world("")
}

/// The same with a world file.
pub(crate) fn world(text: &str) -> Cloud {
    Cloud::open(World::parse(text).unwrap(), None, Clock::REAL).unwrap()
}

/// One call with the default token: status and JSON body (Null when there is none).
pub(crate) async fn call(cloud: &Cloud, method: &str, path: &str, body: Value) -> (u16, Value) {
    let bytes = if body.is_null() { Bytes::new() } else { body.to_string().into() };
    let request = http::Request::builder()
        .method(method)
        .uri(path)
        .header("authorization", format!("Bearer {}", crate::world::DEFAULT_TOKEN))
        .body(bytes)
        .unwrap();
    let response = cloud.call(Vendor::DigitalOcean, request).await.unwrap();
    let body = serde_json::from_slice(response.body()).unwrap_or(Value::Null);
    (response.status().as_u16(), body)
}

pub(crate) async fn get(cloud: &Cloud, path: &str) -> (u16, Value) {
    call(cloud, "GET", path, Value::Null).await
}

pub(crate) async fn post(cloud: &Cloud, path: &str, body: Value) -> (u16, Value) {
    call(cloud, "POST", path, body).await
}

pub(crate) async fn put(cloud: &Cloud, path: &str, body: Value) -> (u16, Value) {
    call(cloud, "PUT", path, body).await
}

pub(crate) async fn delete(cloud: &Cloud, path: &str) -> (u16, Value) {
    call(cloud, "DELETE", path, Value::Null).await
}

/// Lets virtual time pass.
pub(crate) async fn pass(seconds: u64) {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}
