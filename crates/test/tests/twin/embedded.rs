//! One cluster of the embedded cloud, spoken to as the real server is.

use bytes::Bytes;
use pontoon_emulator::{Clock, Cloud, Vendor, World, world::DEFAULT_TOKEN};
use pontoon_test::apiserver::Reply;
use serde_json::{Value, json};
use std::time::Duration;

/// The cluster and the administrator's token.
pub struct Embedded {
    cloud: Cloud,
    host: String,
    token: String,
}

impl Embedded {
    /// A cluster that has come up, in a world without latency: no time passes between two requests.
    pub async fn start() -> Embedded {
        let world = World::parse("latency = { min = \"0ms\", max = \"0ms\" }").expect("the world file is right");
        let cloud = Cloud::open(world, None, Clock::REAL).expect("a world in memory");
        let mut it = Embedded { cloud, host: "api.digitalocean.com".into(), token: DEFAULT_TOKEN.into() };
        let pool = json!({ "name": "work", "size": "s-2vcpu-4gb", "count": 1 });
        let wanted = json!({ "name": "twin", "region": "fra1", "version": "1.36", "node_pools": [pool] });
        let made = it.call(Vendor::DigitalOcean, "POST", "/v2/kubernetes/clusters", &[], wanted.to_string().as_bytes()).await;
        let id = made.body["kubernetes_cluster"]["id"].as_str().unwrap_or_else(|| panic!("{made:?}")).to_owned();
        tokio::time::sleep(Duration::from_secs(1800)).await;
        let path = format!("/v2/kubernetes/clusters/{id}/credentials");
        let given = it.call(Vendor::DigitalOcean, "GET", &path, &[], b"").await;
        it.token = given.body["token"].as_str().unwrap_or_else(|| panic!("{given:?}")).to_owned();
        it.host = format!("{id}.k8s.ondigitalocean.com");
        it
    }

    /// Sends a request to the cluster.
    pub async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
        self.call(Vendor::Kubernetes, method, path, headers, body).await
    }

    async fn call(&self, vendor: Vendor, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
        let mut request = http::Request::builder().method(method).uri(path).header("host", &self.host);
        request = request.header("authorization", format!("Bearer {}", self.token)).header("content-type", "application/json");
        for (name, value) in headers {
            if name.eq_ignore_ascii_case("content-type") {
                request.headers_mut().expect("it is right so far").remove("content-type");
            }
            request = request.header(*name, *value);
        }
        let request = request.body(Bytes::copy_from_slice(body)).expect("the request is right");
        let reply = self.cloud.call(vendor, request).await.expect("the world answers");
        let warnings = reply.headers().get_all("warning").iter().filter_map(|w| w.to_str().ok());
        Reply {
            status: reply.status().as_u16(),
            warnings: warnings.map(str::to_owned).collect(),
            body: serde_json::from_slice::<Value>(reply.body()).unwrap_or_default(),
        }
    }
}
