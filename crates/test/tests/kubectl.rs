//! The real kubectl against an embedded cluster, served on loopback with TLS.
//!
//! `witness/tools.sh` builds kubectl. Where it is missing the test says so and is skipped; under `CI=true` that is a
//! failure.

use bytes::Bytes;
use pontoon_emulator::world::DEFAULT_TOKEN;
use pontoon_emulator::{Clock, Cloud, Vendor, World};
use pontoon_test::context::Folder;
use pontoon_test::judges::{Said, run, tool_or_skip};
use serde_json::Value;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// Virtual seconds in a real one: pods start within seconds, and a cluster within few.
const SPEED: f64 = 60.0;

/// A served cluster in a thread of its own, and kubectl with its kubeconfig, until it is dropped.
struct Served {
    kubectl: PathBuf,
    folder: Folder,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Served {
    fn begin_or_skip() -> Option<Self> {
        let kubectl = tool_or_skip("kubectl", "kubectl")?;
        let (started, config) = mpsc::channel();
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let text = serve().await;
                started.send(text).expect("the test waits");
                let _ = stopped.await;
            });
        });
        let folder = Folder::new();
        let text = config.recv().expect("the cluster is served");
        std::fs::write(folder.path().join("kubeconfig"), text).expect("a file can be written");
        Some(Self { kubectl, folder, stop: Some(stop), thread: Some(thread) })
    }

    fn run(&self, line: &str) -> Said {
        let config = self.folder.path().join("kubeconfig");
        run(&self.kubectl, self.folder.path(), &[("KUBECONFIG", config.to_str().expect("a plain path"))], line.split_whitespace())
    }

    #[track_caller]
    fn good(&self, line: &str) -> String {
        self.run(line).good(line)
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.folder.path().join(name), text).expect("a file can be written");
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.stop.take();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Serves a cluster of two nodes; gives its kubeconfig.
async fn serve() -> Bytes {
    let world = World::parse("latency = { min = '0ms', max = '0ms' }").expect("the world is right");
    let cloud = Cloud::open(world, None, Clock::times(SPEED)).expect("a world in memory");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    cloud.serves_kubernetes_at(&format!("https://{}", listener.local_addr().expect("its address")));
    tokio::spawn(cloud.clone().serve(Vendor::Kubernetes, listener));
    let ask = |method: &'static str, path: String, body: &'static str| {
        let request =
            http::Request::builder().method(method).uri(path).header("authorization", format!("Bearer {DEFAULT_TOKEN}"));
        let call = cloud.call(Vendor::DigitalOcean, request.body(Bytes::from(body)).expect("a request"));
        async move { call.await.expect("an answer").into_body() }
    };
    let body = r#"{"name":"a","region":"fra1","version":"latest","node_pools":[{"name":"work","size":"s-4vcpu-8gb","count":2}]}"#;
    let made: Value = serde_json::from_slice(&ask("POST", "/v2/kubernetes/clusters".to_owned(), body).await).expect("a cluster");
    let id = made["kubernetes_cluster"]["id"].as_str().expect("an id").to_owned();
    loop {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let text = ask("GET", format!("/v2/kubernetes/clusters/{id}/kubeconfig"), "").await;
        if text.starts_with(b"apiVersion") {
            return text;
        }
    }
}

const APP: &str = "
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: shop}
data: {_hidden: '1', a: b}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop, labels: {app: web}}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: web, image: 'nginx:1.27', ports: [{containerPort: 80}], resources: {requests: {cpu: 100m, memory: 64Mi}}}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{port: 80}]}
";

const BOATS: &str = "
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: boats.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {plural: boats, kind: Boat, shortNames: [bo]}
  versions:
  - name: v1
    served: true
    storage: true
    additionalPrinterColumns: [{name: Size, type: integer, jsonPath: .spec.size}]
    schema:
      openAPIV3Schema:
        type: object
        properties: {spec: {type: object, properties: {size: {type: integer}}}}
";

#[test]
fn kubectl_works_as_with_any_cluster() {
    let Some(cluster) = Served::begin_or_skip() else { return };
    let nodes = cluster.good("wait node --all --for=condition=Ready --timeout=60s");
    assert_eq!(nodes.matches("condition met").count(), 2, "{nodes}");
    cluster.write("app.yaml", APP);

    let first = cluster.good("apply -f app.yaml");
    assert_eq!(first.matches("created").count(), 4, "{first}");
    let second = cluster.good("apply -f app.yaml");
    assert_eq!(second.matches("unchanged").count(), 4, "{second}");
    assert_eq!(cluster.good("diff -f app.yaml"), "");
    cluster.good("wait -n shop deployment/web --for=condition=Available --timeout=60s");
    let pods = cluster.good("get pods -n shop");
    assert!(pods.starts_with("NAME") && pods.matches("1/1     Running   0").count() == 2, "{pods}");
    assert_eq!(cluster.good("get cm settings -n shop -o jsonpath={.data._hidden}"), "1");
    let told = cluster.good("describe deployment web -n shop");
    assert!(told.contains("2 desired | 2 updated | 2 total | 2 available") && told.contains("Scaled up replica set"), "{told}");

    cluster.write("app.yaml", &APP.replace("replicas: 2", "replicas: 3"));
    let difference = cluster.run("diff -f app.yaml");
    assert!(!difference.ok && difference.out.contains("-  replicas: 2\n+  replicas: 3"), "{difference:?}");
    let conflict = cluster.run("apply --server-side -f app.yaml");
    assert!(conflict.err.contains("conflict with \"kubectl-client-side-apply\" using apps/v1: .spec.replicas"), "{conflict:?}");
    let mut watch = Command::new(&cluster.kubectl)
        .args(["get", "pods", "-n", "shop", "-w", "--request-timeout=60s"])
        .env("KUBECONFIG", cluster.folder.path().join("kubeconfig"))
        .current_dir(cluster.folder.path())
        .stdout(Stdio::piped())
        .spawn()
        .expect("kubectl starts");
    cluster.good("apply --server-side --force-conflicts -f app.yaml");
    cluster.good("rollout status -n shop deployment/web --timeout=60s");
    let seen = cluster.good("get pods -n shop -o name");
    assert_eq!(seen.lines().count(), 3, "{seen}");

    cluster.good("delete deployment web -n shop --wait=true --timeout=60s");
    cluster.good("delete -f app.yaml --ignore-not-found --timeout=60s");
    let gone = cluster.run("get namespace shop");
    assert!(gone.err.contains("namespaces \"shop\" not found"), "{gone:?}");
    let _ = watch.kill();
    let told = watch.wait_with_output().expect("what the watch said");
    let told = String::from_utf8_lossy(&told.stdout);
    assert!(told.contains("0/1") && told.lines().count() > 4, "it said what happened, as it happened:\n{told}");
}

#[test]
fn kubectl_finds_what_definitions_define_and_says_what_is_refused() {
    let Some(cluster) = Served::begin_or_skip() else { return };
    cluster.write("boats.yaml", BOATS);
    cluster.good("apply --server-side -f boats.yaml");
    cluster.good("wait crd/boats.example.com --for=condition=Established --timeout=60s");
    cluster.write("boat.yaml", "apiVersion: example.com/v1\nkind: Boat\nmetadata: {name: a}\nspec: {size: 7}\n");
    cluster.good("apply -f boat.yaml");
    let table = cluster.good("get bo");
    let cells: Vec<&str> = table.lines().flat_map(str::split_whitespace).collect();
    assert_eq!(cells, ["NAME", "SIZE", "a", "7"], "{table}");
    cluster.write("boat.yaml", "apiVersion: example.com/v1\nkind: Boat\nmetadata: {name: a}\nspec: {size: large, sail: 1}\n");
    let refused = cluster.run("apply -f boat.yaml");
    assert!(!refused.ok && refused.err.contains("unknown field \"spec.sail\""), "{refused:?}");
    let refused = cluster.run("apply -f boat.yaml --validate=false");
    assert!(
        refused.err.contains("spec.size: Invalid value: \"string\": spec.size in body must be of type integer"),
        "{refused:?}"
    );
    assert_eq!(cluster.run("auth can-i get pods --as=system:serviceaccount:default:default").out.trim(), "no");
    assert_eq!(cluster.good("auth can-i get pods").trim(), "yes");
    let forbidden = cluster.run("get pods --as=somebody");
    let words =
        "pods is forbidden: User \"somebody\" cannot list resource \"pods\" in API group \"\" in the namespace \"default\"";
    assert!(forbidden.err.contains(words), "{forbidden:?}");
    cluster.good("delete crd boats.example.com --timeout=60s");
}
