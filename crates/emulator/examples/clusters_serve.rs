//! Serves a DOKS cluster of three nodes on loopback, for a look with kubectl.
//!
//! `cargo run -p pontoon-emulator --example clusters_serve KUBECONFIG [WORLD.toml]` writes a kubeconfig and serves until
//! it is ended.
#![allow(clippy::print_stdout)]

use bytes::Bytes;
use pontoon_emulator::world::DEFAULT_TOKEN;
use pontoon_emulator::{Clock, Cloud, Vendor, World};
use std::error::Error;
use tokio::net::TcpListener;

/// Virtual seconds in a real one while the cluster comes up, and afterwards.
const SPEED: f64 = 100.0;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().ok_or("usage: clusters_serve KUBECONFIG [WORLD.toml]")?;
    let world = match arguments.next() {
        Some(path) => World::parse(&std::fs::read_to_string(path)?)?,
        None => World::parse("latency = { min = \"0ms\", max = \"0ms\" }")?,
    };
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        let cloud = Cloud::open(world, None, Clock::times(SPEED))?;
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        cloud.serves_kubernetes_at(&format!("https://{}", listener.local_addr()?));
        let ask = |method: &str, path: &str, body: &str| {
            let request = http::Request::builder()
                .method(method)
                .uri(path)
                .header("authorization", format!("Bearer {DEFAULT_TOKEN}"))
                .body(Bytes::from(body.to_owned()));
            let cloud = cloud.clone();
            async move { Ok::<_, Box<dyn Error>>(cloud.call(Vendor::DigitalOcean, request?).await?.into_body()) }
        };
        let pool =
            r#"{"name":"look","region":"fra1","version":"latest","node_pools":[{"name":"work","size":"s-4vcpu-8gb","count":3}]}"#;
        let made: serde_json::Value = serde_json::from_slice(&ask("POST", "/v2/kubernetes/clusters", pool).await?)?;
        let id = made["kubernetes_cluster"]["id"].as_str().ok_or("no cluster")?.to_owned();
        let text = loop {
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            let text = ask("GET", &format!("/v2/kubernetes/clusters/{id}/kubeconfig"), "").await?;
            if text.starts_with(b"apiVersion") {
                break text;
            }
        };
        std::fs::write(&path, text)?;
        println!("KUBECONFIG={path}");
        Ok(cloud.serve(Vendor::Kubernetes, listener).await?)
    })
}
