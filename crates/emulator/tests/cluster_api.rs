//! A cluster's API server as its clients meet it: requests and answers, in process.

use bytes::Bytes;
use pontoon_emulator::world::DEFAULT_TOKEN;
use pontoon_emulator::{Clock, Cloud, Vendor, World};
use serde_json::{Value, json};
use std::time::Duration;

/// A cluster that runs, and a token for it.
struct Cluster {
    cloud: Cloud,
    host: String,
    token: String,
}

impl Cluster {
    async fn new() -> Self {
        let cloud = Cloud::open(World::parse("latency = { min = '1ms', max = '1ms' }").unwrap(), None, Clock::REAL).unwrap();
        let pool = json!({ "name": "work", "size": "s-4vcpu-8gb", "count": 2 });
        let body = json!({ "name": "a", "region": "fra1", "version": "latest", "node_pools": [pool] });
        let made = digitalocean(&cloud, "POST", "/v2/kubernetes/clusters", body).await;
        let id = made["kubernetes_cluster"]["id"].as_str().unwrap().to_owned();
        tokio::time::sleep(Duration::from_secs(900)).await;
        let access = digitalocean(&cloud, "GET", &format!("/v2/kubernetes/clusters/{id}/credentials"), Value::Null).await;
        let text = |field: &str| access[field].as_str().unwrap().to_owned();
        let host = text("server").trim_start_matches("https://").to_owned();
        Self { cloud, host, token: text("token") }
    }

    async fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &Value) -> (u16, Value) {
        let token = format!("Bearer {}", self.token);
        let mut request = http::Request::builder().method(method).uri(path).header("host", &self.host);
        if !headers.iter().any(|(k, _)| *k == "authorization") {
            request = request.header("authorization", &token);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let bytes = if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) };
        let response = self.cloud.call(Vendor::Kubernetes, request.body(bytes).unwrap()).await.unwrap();
        let body = serde_json::from_slice(response.body())
            .unwrap_or_else(|_| Value::from(String::from_utf8_lossy(response.body()).into_owned()));
        (response.status().as_u16(), body)
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        self.ask("GET", path, &[], &Value::Null).await
    }

    async fn create(&self, path: &str, object: &Value) -> (u16, Value) {
        self.ask("POST", path, &[("content-type", "application/json")], object).await
    }

    async fn apply(&self, path: &str, manager: &str, object: &Value) -> (u16, Value) {
        let headers = [("content-type", "application/apply-patch+yaml")];
        self.ask("PATCH", &format!("{path}?fieldManager={manager}&fieldValidation=Strict"), &headers, object).await
    }
}

async fn digitalocean(cloud: &Cloud, method: &str, path: &str, body: Value) -> Value {
    let bytes = if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) };
    let request = http::Request::builder().method(method).uri(path).header("authorization", format!("Bearer {DEFAULT_TOKEN}"));
    let response = cloud.call(Vendor::DigitalOcean, request.body(bytes).unwrap()).await.unwrap();
    serde_json::from_slice(response.body()).unwrap_or(Value::Null)
}

fn message(answer: &(u16, Value)) -> String {
    format!("{} {}: {}", answer.0, answer.1["reason"].as_str().unwrap_or(""), answer.1["message"].as_str().unwrap_or(""))
}

fn map(name: &str, data: Value) -> Value {
    json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": name }, "data": data })
}

fn pod(name: &str) -> Value {
    json!({ "metadata": { "name": name }, "spec": { "containers": [{ "name": "web", "image": "nginx:1" }] } })
}

const MAPS: &str = "/api/v1/namespaces/default/configmaps";
const PODS: &str = "/api/v1/namespaces/default/pods";

#[tokio::test(start_paused = true)]
async fn who_has_no_token_or_a_wrong_one_is_told_so() {
    let c = Cluster::new().await;
    let wrong = c.ask("GET", MAPS, &[("authorization", "Bearer nobody")], &Value::Null).await;
    assert_eq!(message(&wrong), "401 Unauthorized: Unauthorized");
    let nobody = c.ask("GET", MAPS, &[("authorization", "")], &Value::Null).await;
    let words = "403 Forbidden: configmaps is forbidden: User \"system:anonymous\" cannot list resource \"configmaps\" in API group \"\" \
                 in the namespace \"default\"";
    assert_eq!(message(&nobody), words);
    // A kubeconfig's token ends after a week.
    tokio::time::sleep(Duration::from_secs(8 * 86_400)).await;
    assert_eq!(c.get(MAPS).await.0, 401);
}

#[tokio::test(start_paused = true)]
async fn a_service_account_may_what_its_roles_say() {
    let c = Cluster::new().await;
    let account = "system:serviceaccount:default:reader";
    let accounts = "/api/v1/namespaces/default/serviceaccounts";
    assert_eq!(c.create(accounts, &json!({ "metadata": { "name": "reader" } })).await.0, 201);
    let (_, made) = c.create(&format!("{accounts}/reader/token"), &json!({ "spec": { "audiences": [] } })).await;
    let token = format!("Bearer {}", made["status"]["token"].as_str().unwrap());
    let own = [("authorization", token.as_str())];
    let refused = c.ask("GET", MAPS, &own, &Value::Null).await;
    assert!(message(&refused).contains(&format!("User \"{account}\" cannot list resource \"configmaps\"")), "{refused:?}");
    let role = json!({ "metadata": { "name": "view" }, "roleRef": { "kind": "ClusterRole", "name": "view" }, "subjects": [{ "kind": "ServiceAccount", "name": "reader", "namespace": "default" }] });
    assert_eq!(c.create("/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings", &role).await.0, 201);
    assert_eq!(c.ask("GET", MAPS, &own, &Value::Null).await.0, 200);
    assert_eq!(c.ask("GET", "/api/v1/namespaces/default/secrets", &own, &Value::Null).await.0, 403, "view shows no secrets");
    let other = c.ask("GET", MAPS, &[("impersonate-user", account)], &Value::Null).await;
    assert_eq!(other.0, 200);
    let nobody = c.ask("GET", MAPS, &[("authorization", token.as_str()), ("impersonate-user", "root")], &Value::Null).await;
    assert!(message(&nobody).contains("cannot impersonate resource \"users\""), "{nobody:?}");
}

#[tokio::test(start_paused = true)]
async fn writes_meet_the_versions_of_others() {
    let c = Cluster::new().await;
    let (status, made) = c.create(MAPS, &map("a", json!({ "_k": "v" }))).await;
    assert_eq!((status, &made["data"]["_k"]), (201, &json!("v")));
    assert_eq!(message(&c.create(MAPS, &map("a", json!({}))).await), "409 AlreadyExists: configmaps \"a\" already exists");
    let mut old = made.clone();
    old["data"]["x"] = "1".into();
    let path = format!("{MAPS}/a");
    assert_eq!(c.ask("PUT", &path, &[], &old).await.0, 200);
    let late = message(&c.ask("PUT", &path, &[], &old).await);
    assert!(
        late.starts_with("409 Conflict: Operation cannot be fulfilled on configmaps \"a\": the object has been modified"),
        "{late}"
    );
    let merge = [("content-type", "application/merge-patch+json")];
    let (_, patched) = c.ask("PATCH", &path, &merge, &json!({ "data": { "x": null, "y": "2" } })).await;
    assert_eq!(patched["data"], json!({ "_k": "v", "y": "2" }));
    assert_eq!(c.ask("DELETE", &format!("{path}?dryRun=All"), &[], &Value::Null).await.0, 200);
    assert_eq!(c.get(&path).await.0, 200);
    assert_eq!(c.ask("DELETE", &path, &[], &Value::Null).await.0, 200);
    assert_eq!(message(&c.get(&path).await), "404 NotFound: configmaps \"a\" not found");
    assert_eq!(
        message(&c.create("/api/v1/namespaces/none/configmaps", &map("a", json!({}))).await),
        "404 NotFound: namespaces \"none\" not found"
    );
}

#[tokio::test(start_paused = true)]
async fn lists_are_selected_and_come_in_pages() {
    let c = Cluster::new().await;
    for (name, tier) in [("a", "x"), ("b", "y"), ("c", "x")] {
        let mut object = map(name, json!({}));
        object["metadata"]["labels"] = json!({ "tier": tier });
        c.create(MAPS, &object).await;
    }
    let names = |list: &Value| {
        list["items"].as_array().unwrap().iter().map(|i| i["metadata"]["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(&c.get(&format!("{MAPS}?labelSelector=tier%3Dx")).await.1), ["a", "c"]);
    assert_eq!(names(&c.get(&format!("{MAPS}?labelSelector=tier%20in%20(x,y),tier!%3Dx")).await.1), ["b"]);
    assert_eq!(names(&c.get(&format!("{MAPS}?fieldSelector=metadata.name%3Db")).await.1), ["b"]);
    let (_, first) = c.get(&format!("{MAPS}?labelSelector=tier&limit=2")).await;
    assert_eq!((names(&first), &first["metadata"]["remainingItemCount"]), (vec!["a".to_owned(), "b".to_owned()], &json!(1)));
    let next = first["metadata"]["continue"].as_str().unwrap();
    assert_eq!(names(&c.get(&format!("{MAPS}?labelSelector=tier&limit=2&continue={next}")).await.1), ["c"]);
    let table = [("accept", "application/json;as=Table;v=v1;g=meta.k8s.io")];
    let (_, table) = c.ask("GET", &format!("{MAPS}/a"), &table, &Value::Null).await;
    assert_eq!((&table["kind"], &table["rows"][0]["cells"]), (&json!("Table"), &json!(["a", 0, "0s"])));
}

#[tokio::test(start_paused = true)]
async fn a_watch_says_what_happened_since() {
    let c = Cluster::new().await;
    let (_, before) = c.get(MAPS).await;
    let since = before["metadata"]["resourceVersion"].as_str().unwrap();
    c.create(MAPS, &map("a", json!({}))).await;
    c.create(MAPS, &map("b", json!({}))).await;
    let (_, kept) = c.get(MAPS).await;
    c.apply(&format!("{MAPS}/a"), "me", &map("a", json!({ "k": "v" }))).await;
    c.ask("DELETE", &format!("{MAPS}/b"), &[], &Value::Null).await;
    let events = |text: &Value| -> Vec<String> {
        let lines = text.as_str().map_or_else(|| text.to_string(), str::to_owned);
        let lines: Vec<Value> = lines.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
        lines
            .iter()
            .map(|e| format!("{} {}", e["type"].as_str().unwrap(), e["object"]["metadata"]["name"].as_str().unwrap_or("")))
            .collect()
    };
    let (_, all) = c.get(&format!("{MAPS}?watch=1&resourceVersion={since}")).await;
    assert_eq!(events(&all), ["ADDED a"], "what came and went in between was never there");
    let middle = kept["metadata"]["resourceVersion"].as_str().unwrap();
    let (_, rest) = c.get(&format!("{MAPS}?watch=1&resourceVersion={middle}&allowWatchBookmarks=true")).await;
    assert_eq!(events(&rest), ["MODIFIED a", "DELETED b", "BOOKMARK "]);
}

#[tokio::test(start_paused = true)]
async fn a_kind_is_served_when_its_definition_is_established_and_its_schema_is_law() {
    let c = Cluster::new().await;
    let schema = json!({ "type": "object", "properties": { "spec": {
        "type": "object", "required": ["size"],
        "properties": { "size": { "type": "integer", "minimum": 1 }, "mode": { "type": "string", "enum": ["a", "b"], "default": "a" } },
    } } });
    let definition = json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": { "name": "boats.example.com" },
        "spec": {
            "group": "example.com", "scope": "Namespaced", "names": { "plural": "boats", "kind": "Boat" },
            "versions": [{ "name": "v1", "served": true, "storage": true, "schema": { "openAPIV3Schema": schema } }],
        },
    });
    let path = "/apis/example.com/v1/namespaces/default/boats/a";
    let boat = |spec: Value| json!({ "apiVersion": "example.com/v1", "kind": "Boat", "metadata": { "name": "a" }, "spec": spec });
    assert_eq!(c.create("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", &definition).await.0, 201);
    assert_eq!(
        message(&c.apply(path, "me", &boat(json!({ "size": 1 }))).await),
        "404 NotFound: the server could not find the requested resource"
    );
    tokio::time::sleep(Duration::from_secs(10)).await;
    let (status, made) = c.apply(path, "me", &boat(json!({ "size": 1 }))).await;
    assert_eq!((status, &made["spec"]), (201, &json!({ "size": 1, "mode": "a" })));
    let wrong = message(&c.apply(path, "me", &boat(json!({ "mode": "c" }))).await);
    assert!(
        wrong.starts_with("422 Invalid: Boat.example.com \"a\" is invalid: ") && wrong.contains("spec.size: Required value"),
        "{wrong}"
    );
    assert!(wrong.contains("spec.mode: Unsupported value: \"c\": supported values: \"a\", \"b\""), "{wrong}");
    let unknown = message(&c.apply(path, "me", &boat(json!({ "size": 1, "colour": "red" }))).await);
    assert!(unknown.contains("strict decoding error: unknown field \"spec.colour\""), "{unknown}");
    let definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/boats.example.com";
    c.ask("DELETE", definitions, &[], &Value::Null).await;
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert_eq!((c.get(definitions).await.0, c.get(path).await.0), (404, 404), "its objects went with it");
}

#[tokio::test(start_paused = true)]
async fn pods_are_admitted_by_the_rules_of_their_namespace() {
    let c = Cluster::new().await;
    let namespace = json!({ "metadata": { "name": "strict", "labels": { "pod-security.kubernetes.io/enforce": "restricted" } } });
    c.create("/api/v1/namespaces", &namespace).await;
    tokio::time::sleep(Duration::from_secs(5)).await;
    let refused = message(&c.create("/api/v1/namespaces/strict/pods", &pod("a")).await);
    assert!(refused.starts_with("403 Forbidden: pods \"a\" is forbidden: violates PodSecurity \"restricted:latest\": allowPrivilegeEscalation != false (container \"web\" must set"), "{refused}");
    let quota = json!({ "metadata": { "name": "q" }, "spec": { "hard": { "requests.cpu": "1", "pods": "5" } } });
    c.create("/api/v1/namespaces/default/resourcequotas", &quota).await;
    assert_eq!(
        message(&c.create(PODS, &pod("a")).await),
        "403 Forbidden: pods \"a\" is forbidden: failed quota: q: must specify requests.cpu for: web"
    );
    let limits = json!({ "metadata": { "name": "l" }, "spec": { "limits": [{ "type": "Container", "defaultRequest": { "cpu": "600m" }, "max": { "cpu": "2" }, "default": { "cpu": "1" } }] } });
    c.create("/api/v1/namespaces/default/limitranges", &limits).await;
    let (status, made) = c.create(PODS, &pod("a")).await;
    assert_eq!((status, &made["spec"]["containers"][0]["resources"]["requests"]["cpu"]), (201, &json!("600m")), "{made}");
    assert_eq!(
        message(&c.create(PODS, &pod("b")).await),
        "403 Forbidden: pods \"b\" is forbidden: exceeded quota: q, requested: requests.cpu=600m, used: requests.cpu=600m, limited: requests.cpu=1"
    );
    let mut account = pod("c");
    account["spec"]["serviceAccountName"] = "none".into();
    assert!(message(&c.create(PODS, &account).await).contains("serviceaccount \"none\" not found"));
}

#[tokio::test(start_paused = true)]
async fn a_webhook_that_nobody_answers_refuses_what_it_judges() {
    let c = Cluster::new().await;
    let hook = json!({
        "metadata": { "name": "h" },
        "webhooks": [{
            "name": "h.example.com", "sideEffects": "None", "admissionReviewVersions": ["v1"], "failurePolicy": "Fail",
            "clientConfig": { "service": { "namespace": "default", "name": "judge", "path": "/judge" } },
            "rules": [{ "apiGroups": [""], "apiVersions": ["v1"], "resources": ["configmaps"], "operations": ["CREATE"] }],
        }],
    });
    let hooks = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations";
    assert_eq!(c.create(hooks, &hook).await.0, 201);
    let refused = message(&c.create(MAPS, &map("a", json!({}))).await);
    assert_eq!(
        refused,
        "500 InternalError: Internal error occurred: failed calling webhook \"h.example.com\": failed to call webhook: Post \"https://judge.default.svc:443/judge?timeout=10s\": service \"judge\" not found"
    );
    let service =
        json!({ "metadata": { "name": "judge" }, "spec": { "selector": { "app": "judge" }, "ports": [{ "port": 443 }] } });
    c.create("/api/v1/namespaces/default/services", &service).await;
    assert!(message(&c.create(MAPS, &map("a", json!({}))).await).ends_with("no endpoints available for service \"judge\""));
    let merge = [("content-type", "application/json-patch+json")];
    let ignore = json!([{ "op": "replace", "path": "/webhooks/0/failurePolicy", "value": "Ignore" }]);
    assert_eq!(c.ask("PATCH", &format!("{hooks}/h"), &merge, &ignore).await.0, 200);
    assert_eq!(c.create(MAPS, &map("a", json!({}))).await.0, 201);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_change_does_not() {
    let c = Cluster::new().await;
    let deployment = |app: &str| {
        json!({
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": { "name": "a" },
            "spec": { "selector": { "matchLabels": { "app": app } }, "template": { "metadata": { "labels": { "app": app } }, "spec": { "containers": [{ "name": "web", "image": "nginx:1" }] } } },
        })
    };
    let path = "/apis/apps/v1/namespaces/default/deployments/a";
    let (status, made) = c.apply(path, "me", &deployment("x")).await;
    assert_eq!((status, &made["spec"]["replicas"], &made["spec"]["strategy"]["type"]), (201, &json!(1), &json!("RollingUpdate")));
    let refused = message(&c.apply(path, "me", &deployment("y")).await);
    assert!(refused.contains("spec.selector: Invalid value: {\"matchLabels\":{\"app\":\"y\"}}: field is immutable"), "{refused}");
    let (_, again) = c.apply(path, "me", &deployment("x")).await;
    assert_eq!(again["metadata"]["generation"], 1, "{again}");
    let scaled = c.ask("PUT", &format!("{path}/scale"), &[], &json!({ "spec": { "replicas": 3 } })).await.1;
    assert_eq!((&scaled["kind"], &scaled["spec"]["replicas"]), (&json!("Scale"), &json!(3)));
    let refused = message(
        &c.apply(path, "other", &{
            let mut d = deployment("x");
            d["spec"]["replicas"] = 2.into();
            d
        })
        .await,
    );
    assert!(refused.starts_with("409 Conflict: Apply failed with 1 conflict: conflict with \"unknown\" with subresource \"scale\" using apps/v1: .spec.replicas"), "{refused}");
}

#[tokio::test(start_paused = true)]
async fn what_go_leaves_out_is_no_change() {
    let c = Cluster::new().await;
    let path = format!("{MAPS}/a");
    let (_, made) = c.apply(&path, "me", &map("a", json!({}))).await;
    tokio::time::sleep(Duration::from_secs(60)).await;
    let (_, again) = c.apply(&path, "me", &map("a", json!({}))).await;
    assert_eq!(again["metadata"]["resourceVersion"], made["metadata"]["resourceVersion"]);
}
