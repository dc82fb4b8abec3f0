//! One API server of the embedded cloud: made once, and from then on the same anew for each seed.

use super::reduced::place;
use bytes::Bytes;
use pontoon_emulator::{Clock, Cloud, Vendor, World, world::DEFAULT_TOKEN};
use serde_json::{Value, json};
use std::time::Duration;

/// A cluster's API server, and the way in.
pub struct Server {
    cloud: Cloud,
    cluster: String,
    token: String,
}

/// A world with this seed in which definitions are established late.
fn world(seed: u64) -> World {
    let text = r#"
        latency = { min = "0s", max = "0s" }
        durations = { definition_established = { min = "0s", max = "30s" } }
    "#;
    World { seed, ..World::parse(text).expect("the world makes sense") }
}

impl Server {
    /// A cluster of one node, with these objects in it.
    pub async fn begin(there: &[Value]) -> Server {
        let cloud = Cloud::open(world(0), None, Clock::REAL).expect("the world makes sense");
        let mut server = Server { cloud, cluster: String::new(), token: DEFAULT_TOKEN.to_owned() };
        let wanted = json!({
            "name": "order", "region": "fra1", "version": "1.36.1-do.0",
            // Networks of its own: without them it has no Gateway.
            "cluster_subnet": "10.244.0.0/16", "service_subnet": "10.245.0.0/19",
            "node_pools": [{ "name": "one", "size": "s-2vcpu-4gb", "count": 1 }],
        });
        let made = server.send(Vendor::DigitalOcean, "POST", "/v2/kubernetes/clusters", Some(&wanted)).await;
        let id = made.1["kubernetes_cluster"]["id"].as_str().unwrap_or_else(|| panic!("{made:?}")).to_owned();
        server.pass(Duration::from_secs(20 * 60)).await;
        let access = server.send(Vendor::DigitalOcean, "GET", &format!("/v2/kubernetes/clusters/{id}/credentials"), None).await.1;
        server.token = access["token"].as_str().unwrap_or_else(|| panic!("{access}")).to_owned();
        server.cluster = id;
        for object in there {
            server.apply(object).await.expect("it is taken");
        }
        server.pass(Duration::from_secs(60)).await;
        server
    }

    /// The same server as it is now, in a world of its own.
    pub fn fork(&self, seed: u64) -> Server {
        Server { cloud: self.cloud.fork(world(seed)), cluster: self.cluster.clone(), token: self.token.clone() }
    }

    /// Virtual time passes.
    pub async fn pass(&self, time: Duration) {
        tokio::time::sleep(time).await;
        // What is due happens when somebody looks.
        let _ = self.cloud.now();
    }

    async fn send(&self, vendor: Vendor, method: &str, path: &str, body: Option<&Value>) -> (u16, Value) {
        let request = http::Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("Bearer {}", self.token))
            .header("content-type", if method == "PATCH" { "application/apply-patch+yaml" } else { "application/json" })
            .body(body.map_or_else(Bytes::new, |b| Bytes::from(b.to_string())))
            .expect("a request");
        let reply = self.cloud.call(vendor, request).await.expect("an answer");
        (reply.status().as_u16(), serde_json::from_slice(reply.body()).unwrap_or_default())
    }

    /// Applies an object.
    ///
    /// # Errors
    /// The server's refusal in its words.
    pub async fn apply(&self, object: &Value) -> Result<(), String> {
        let (collection, name) = place(object);
        let path = format!("/clusters/{}{collection}/{name}?fieldManager=pontoon&force=true", self.cluster);
        let (status, said) = self.send(Vendor::Kubernetes, "PATCH", &path, Some(object)).await;
        if status < 300 { Ok(()) } else { Err(said["message"].as_str().unwrap_or("no message").to_owned()) }
    }

    /// The names of the definitions that are established.
    pub async fn established(&self) -> Vec<String> {
        let path = format!("/clusters/{}/apis/apiextensions.k8s.io/v1/customresourcedefinitions", self.cluster);
        let all = self.send(Vendor::Kubernetes, "GET", &path, None).await.1;
        let conditions = |d: &Value| d["status"]["conditions"].as_array().cloned().unwrap_or_default();
        let there = |d: &&Value| conditions(d).iter().any(|c| c["type"] == "Established" && c["status"] == "True");
        let items = all["items"].as_array().cloned().unwrap_or_default();
        items.iter().filter(there).filter_map(|d| d["metadata"]["name"].as_str().map(str::to_owned)).collect()
    }
}
