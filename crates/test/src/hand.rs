//! A hand in a bench's local world: it breaks things there as a person with `kubectl` would, and lets virtual time pass.
//!
//! The world is opened in this process on a paused clock, between two commands of the binary, so ten minutes of waiting
//! take as long as what happens in them.

use crate::binary::Bench;
use bytes::Bytes;
use pontoon_emulator::{Clock, Cloud, Vendor, world::DEFAULT_TOKEN};
use pontoon_local::Home;
use serde_json::Value;
use std::time::Duration;

/// A world that is open, and the way into one of its clusters.
pub struct Hand {
    cloud: Cloud,
    host: String,
    token: String,
}

impl Bench {
    /// Opens this folder's world for as long as `work` runs. The first cluster of the account is at hand, if there is one.
    ///
    /// # Panics
    /// Where the folder has no world, or another process uses it.
    pub fn meddle(&self, work: impl AsyncFnOnce(&Hand)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
        runtime.expect("a runtime can be made").block_on(async {
            let home = Home::new(self.path().join(".pontoon/local"));
            let world = home.read_world(None).expect("its world file makes sense");
            let cloud = Cloud::open(world, Some(home.world()), Clock::REAL).expect("its world opens");
            let mut hand = Hand { cloud, host: String::new(), token: String::new() };
            hand.enter().await;
            work(&hand).await;
            // What happened meanwhile is written down with whatever looks at it.
            let _ = hand.cloud.objects();
        });
    }
}

impl Hand {
    async fn enter(&mut self) {
        let all = self.digitalocean("GET", "/v2/kubernetes/clusters", Value::Null).await;
        let Some(id) = all["kubernetes_clusters"][0]["id"].as_str() else { return };
        let access = self.digitalocean("GET", &format!("/v2/kubernetes/clusters/{id}/credentials"), Value::Null).await;
        let text = |field: &str| access[field].as_str().unwrap_or_default().to_owned();
        text("server").trim_start_matches("https://").clone_into(&mut self.host);
        self.token = text("token");
    }

    /// A request to DigitalOcean's API with the world's own token.
    pub async fn digitalocean(&self, method: &str, path: &str, body: Value) -> Value {
        self.vendor(Vendor::DigitalOcean, method, path, DEFAULT_TOKEN, body).await
    }

    /// A request to GitHub's API with this token.
    pub async fn github(&self, method: &str, path: &str, token: &str, body: Value) -> Value {
        self.vendor(Vendor::GitHub, method, path, token, body).await
    }

    async fn vendor(&self, vendor: Vendor, method: &str, path: &str, token: &str, body: Value) -> Value {
        let request = http::Request::builder().method(method).uri(path).header("authorization", format!("Bearer {token}"));
        self.send(
            vendor,
            request.header("host", "vendor.local").header("user-agent", "hand").header("content-type", "application/json"),
            body,
        )
        .await
    }

    async fn send(&self, vendor: Vendor, request: http::request::Builder, body: Value) -> Value {
        let bytes = if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) };
        let request = request.body(bytes).expect("a request can be made");
        let said = format!("{} {}", request.method(), request.uri());
        let response = self.cloud.call(vendor, request).await.expect("the world answers");
        let body = String::from_utf8_lossy(response.body()).into_owned();
        assert!(response.status().is_success(), "{said}: {} {body}", response.status());
        serde_json::from_str(&body).unwrap_or(Value::Null)
    }

    async fn cluster(&self, method: &str, path: &str, kind: &str, body: Value) -> Value {
        let bearer = format!("Bearer {}", self.token);
        let request = http::Request::builder().method(method).uri(path).header("host", &self.host);
        self.send(Vendor::Kubernetes, request.header("authorization", bearer).header("content-type", kind), body).await
    }

    /// Reads an object or a list of the cluster by its path, such as `/api/v1/nodes`.
    pub async fn get(&self, path: &str) -> Value {
        self.cluster("GET", path, "application/json", Value::Null).await
    }

    /// Creates an object below a path.
    pub async fn create(&self, path: &str, object: Value) -> Value {
        self.cluster("POST", path, "application/json", object).await
    }

    /// Changes an object; what is null is removed.
    pub async fn merge(&self, path: &str, patch: Value) -> Value {
        self.cluster("PATCH", path, "application/merge-patch+json", patch).await
    }

    /// Changes an object as `kubectl patch` does: containers and volumes of lists are found by their names.
    pub async fn strategic(&self, path: &str, patch: Value) -> Value {
        self.cluster("PATCH", path, "application/strategic-merge-patch+json", patch).await
    }

    /// Deletes an object.
    pub async fn delete(&self, path: &str) -> Value {
        self.cluster("DELETE", path, "application/json", Value::Null).await
    }

    /// Deletes every pod of a namespace, as `kubectl delete pod --all` does.
    pub async fn restart(&self, namespace: &str) {
        let base = format!("/api/v1/namespaces/{namespace}/pods");
        for pod in self.get(&base).await["items"].as_array().into_iter().flatten() {
            self.delete(&format!("{base}/{}", pod["metadata"]["name"].as_str().unwrap_or_default())).await;
        }
    }

    /// Lets virtual minutes pass.
    pub async fn minutes(&self, minutes: u64) {
        tokio::time::sleep(Duration::from_secs(minutes * 60)).await;
    }
}
