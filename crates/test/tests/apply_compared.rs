//! Server-side apply of the embedded API server and of the real one, on the same random sequences: the same objects, the
//! same owners, the same refusals.
//!
//! What the seeds draw: three appliers and a writer, fields that overlap, lists with keys, sets, maps, atomic values, and
//! force. A failure prints the seed and the step.

use bytes::Bytes;
use pontoon_emulator::world::DEFAULT_TOKEN;
use pontoon_emulator::{Clock, Cloud, Vendor, World};
use pontoon_test::apiserver::ApiServer;
use serde_json::{Map, Value, json};
use std::time::Duration;

/// Sequences of each kind, and steps of each.
const SEQUENCES: u64 = 40;
const STEPS: usize = 8;

/// SplitMix64: equal seeds, equal draws.
struct Draw(u64);

impl Draw {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % bound
    }

    fn maybe(&mut self) -> bool {
        self.below(2) == 0
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[usize::try_from(self.below(of.len() as u64)).unwrap()]
    }
}

/// The embedded cloud with a cluster.
struct Embedded {
    cloud: Cloud,
    host: String,
    token: String,
}

impl Embedded {
    async fn new() -> Self {
        let world = World::parse("latency = { min = '0ms', max = '0ms' }").unwrap();
        let cloud = Cloud::open(world, None, Clock::REAL).unwrap();
        let ask = |method: &'static str, path: String, body: Value| {
            let request =
                http::Request::builder().method(method).uri(path).header("authorization", format!("Bearer {DEFAULT_TOKEN}"));
            let call = cloud.call(Vendor::DigitalOcean, request.body(Bytes::from(body.to_string())).unwrap());
            async move { serde_json::from_slice::<Value>(call.await.unwrap().body()).unwrap() }
        };
        let pool = json!({ "name": "work", "size": "s-2vcpu-4gb", "count": 1 });
        let body = json!({ "name": "a", "region": "fra1", "version": "latest", "node_pools": [pool] });
        let made = ask("POST", "/v2/kubernetes/clusters".to_owned(), body).await;
        let id = made["kubernetes_cluster"]["id"].as_str().unwrap().to_owned();
        tokio::time::sleep(Duration::from_secs(900)).await;
        let access = ask("GET", format!("/v2/kubernetes/clusters/{id}/credentials"), Value::Null).await;
        let text = |field: &str| access[field].as_str().unwrap().to_owned();
        let (host, token) = (text("server").trim_start_matches("https://").to_owned(), text("token"));
        Self { cloud, host, token }
    }

    async fn send(&self, method: &str, path: &str, kind: &str, body: &[u8]) -> (u16, Value) {
        let request = http::Request::builder()
            .method(method)
            .uri(path)
            .header("host", &self.host)
            .header("authorization", format!("Bearer {}", self.token))
            .header("content-type", kind)
            .body(Bytes::copy_from_slice(body))
            .unwrap();
        let response = self.cloud.call(Vendor::Kubernetes, request).await.unwrap();
        (response.status().as_u16(), serde_json::from_slice(response.body()).unwrap_or_default())
    }
}

fn deployment(draw: &mut Draw) -> Value {
    let mut spec =
        json!({ "selector": { "matchLabels": { "app": "a" } }, "template": { "metadata": { "labels": { "app": "a" } } } });
    if draw.maybe() {
        spec["replicas"] = (1 + draw.below(2)).into();
    }
    if draw.maybe() {
        spec["paused"] = draw.maybe().into();
    }
    if draw.below(3) == 0 {
        spec["strategy"] = json!({ "type": "RollingUpdate", "rollingUpdate": { "maxSurge": draw.one(&["1", "50%", "30%"]) } });
    }
    let mut containers = Vec::new();
    for name in ["web", "log", "mesh"] {
        // The first is always there: a Deployment without containers is refused by both.
        if name != "web" && draw.maybe() {
            continue;
        }
        let mut container = json!({ "name": name, "image": draw.one(&["nginx:1", "nginx:2"]) });
        if draw.maybe() {
            container["env"] = json!([{ "name": draw.one(&["A", "B"]), "value": draw.one(&["x", "y"]) }]);
        }
        if draw.maybe() {
            let mut ports = vec![json!({ "containerPort": 80, "name": "http" })];
            if draw.maybe() {
                ports.push(json!({ "containerPort": 53, "protocol": draw.one(&["UDP", "TCP"]) }));
            }
            container["ports"] = ports.into();
        }
        if draw.maybe() {
            container["args"] = json!([draw.one(&["a", "b"]), "c"]);
        }
        containers.push(container);
    }
    if draw.maybe() {
        containers.reverse();
    }
    spec["template"]["spec"] = json!({ "containers": containers });
    if draw.maybe() {
        spec["template"]["spec"]["nodeSelector"] = json!({ draw.one(&["disk", "zone"]): draw.one(&["x", "y"]) });
    }
    let mut object = json!({ "apiVersion": "apps/v1", "kind": "Deployment", "metadata": { "name": "a" }, "spec": spec });
    metadata(draw, &mut object);
    object
}

fn config_map(draw: &mut Draw) -> Value {
    let mut data = Map::new();
    for key in ["a", "b", "c"] {
        if draw.maybe() {
            data.insert(key.to_owned(), draw.one(&["1", "2"]).into());
        }
    }
    let mut object = json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "a" } });
    if draw.below(4) > 0 {
        object["data"] = data.into();
    }
    metadata(draw, &mut object);
    object
}

fn metadata(draw: &mut Draw, object: &mut Value) {
    if draw.maybe() {
        object["metadata"]["labels"] = json!({ draw.one(&["l", "m"]): draw.one(&["1", "2"]) });
    }
    if draw.maybe() {
        object["metadata"]["annotations"] = json!({ draw.one(&["n", "o"]): draw.one(&["1", "2"]) });
    }
    if draw.below(3) == 0 {
        object["metadata"]["finalizers"] = json!([draw.one(&["example.com/a", "example.com/b"])]);
    }
}

/// What must be equal: the object without identity, and who owns what. Status is the controllers' affair, and only one of
/// the two has any.
fn essence(body: &Value) -> Value {
    let meta = &body["metadata"];
    let owners = meta["managedFields"].as_array().cloned().unwrap_or_default();
    let mut owners: Vec<Value> = owners
        .into_iter()
        .filter(|o| o["subresource"] != "status")
        .map(|o| json!({ "manager": o["manager"], "operation": o["operation"], "fields": o["fieldsV1"] }))
        .filter(|o| !matches!(o["manager"].as_str(), Some("kube-controller-manager")))
        .collect();
    owners.sort_by_key(ToString::to_string);
    // Controllers of the embedded cluster number revisions.
    let mut annotations = meta["annotations"].clone();
    if let Some(all) = annotations.as_object_mut() {
        all.retain(|k, _| !k.starts_with("deployment.kubernetes.io/"));
        if all.is_empty() {
            annotations = Value::Null;
        }
    }
    json!({
        "labels": meta["labels"], "annotations": annotations, "finalizers": meta["finalizers"],
        "spec": body["spec"], "data": body["data"], "owners": owners,
    })
}

/// The first places where two documents differ.
fn differences(a: &Value, b: &Value, at: &str, found: &mut Vec<String>) {
    match (a, b) {
        (Value::Object(x), Value::Object(y)) => {
            let keys = x.keys().chain(y.keys().filter(|k| !x.contains_key(*k)));
            keys.for_each(|k| {
                differences(x.get(k).unwrap_or(&Value::Null), y.get(k).unwrap_or(&Value::Null), &format!("{at}/{k}"), found)
            });
        }
        (Value::Array(x), Value::Array(y)) if x.len() == y.len() => {
            x.iter().zip(y).enumerate().for_each(|(i, (x, y))| differences(x, y, &format!("{at}/{i}"), found));
        }
        _ if a == b => {}
        _ => found.push(format!("{at}: embedded {a}, real {b}")),
    }
}

async fn compare(server: &ApiServer, embedded: &Embedded, path: &str, make: fn(&mut Draw) -> Value) -> Vec<String> {
    let mut wrong = Vec::new();
    for seed in 0..SEQUENCES {
        let mut draw = Draw(seed);
        let mut told = Vec::new();
        let path = format!("{path}/s{seed}");
        for step in 0..STEPS {
            let mut object = make(&mut draw);
            object["metadata"]["name"] = format!("s{seed}").into();
            let who = draw.one(&["ann", "bob", "eve"]);
            let force = draw.maybe();
            let writes = step > 0 && draw.below(5) == 0;
            let (kind, query) = if writes {
                ("application/merge-patch+json", "fieldManager=wil".to_owned())
            } else {
                ("application/apply-patch+yaml", format!("fieldManager={who}&force={force}"))
            };
            told.push(format!("{kind} {query} {object}"));
            let (path, body) = (format!("{path}?{query}"), object.to_string());
            let real = server.send("PATCH", &path, &[("content-type", kind)], body.as_bytes());
            let (status, ours) = embedded.send("PATCH", &path, kind, body.as_bytes()).await;
            let mut found = Vec::new();
            if real.status != status || !real.ok() {
                let short = |v: &Value| v["message"].as_str().unwrap_or("").to_owned();
                if real.status != status || short(&real.body) != short(&ours) {
                    found.push(format!("embedded {status} {}\nreal {} {}", short(&ours), real.status, short(&real.body)));
                }
            } else {
                differences(&essence(&ours), &essence(&real.body), "", &mut found);
            }
            if !found.is_empty() {
                wrong.push(format!("seed {seed}, step {step}:\n{}\nafter\n{}", found.join("\n"), told.join("\n")));
                break;
            }
        }
    }
    wrong
}

#[test]
fn random_sequences_of_applies_end_alike() {
    let Some(server) = ApiServer::start_or_skip("apply_compared") else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let embedded = Embedded::new().await;
        let mut wrong = compare(&server, &embedded, "/api/v1/namespaces/default/configmaps", config_map).await;
        wrong.extend(compare(&server, &embedded, "/apis/apps/v1/namespaces/default/deployments", deployment).await);
        let first = wrong.iter().take(12).cloned().collect::<Vec<_>>().join("\n\n");
        assert!(wrong.is_empty(), "{} of {} sequences differ; the first:\n{first}", wrong.len(), 2 * SEQUENCES);
    });
}
