//! Small clusters in which one thing is done, or one thing is missing.

mod bench;
mod cloud;
mod managed;
mod readiness;
mod scaling;
mod scheduling;
mod traffic;
mod workloads;

use crate::cluster::Objects;
use crate::random::Random;
use crate::state::State;
use crate::{Cx, Moment, World, digitalocean};
use serde_json::{Value, json};
use std::time::Duration;

/// A world with one cluster, and its clock.
pub(crate) struct Lab {
    state: State,
    world: World,
    now: Moment,
    pub(crate) cluster: String,
}

impl Lab {
    /// A cluster with the given pools that has come up. `with` is merged into the request.
    pub(crate) fn new(world: &str, pools: Value, with: Value) -> Self {
        let world = World::parse(world).unwrap();
        let now = Moment::parse(&world.start).unwrap();
        let mut lab = Self { state: State::default(), world, now, cluster: String::new() };
        lab.state.random = Random(7);
        lab.cx(digitalocean::begin);
        let mut wanted = json!({ "name": "lab", "region": "fra1", "version": "1.36", "node_pools": pools });
        for (key, value) in with.as_object().into_iter().flatten() {
            wanted[key] = value.clone();
        }
        let made = lab.call("POST", "/v2/kubernetes/clusters", wanted);
        lab.cluster = made["kubernetes_cluster"]["id"].as_str().unwrap_or_else(|| panic!("{made}")).to_owned();
        lab.pass(490);
        lab
    }

    /// Three nodes of 4 GiB.
    pub(crate) fn small() -> Self {
        Self::new("", json!([{ "name": "work", "size": "s-2vcpu-4gb", "count": 3 }]), json!({}))
    }

    /// Does something in a transaction.
    pub(crate) fn cx<T>(&mut self, act: impl FnOnce(&mut Cx) -> T) -> T {
        let team = self.world.teams[0].uuid.clone();
        let mut cx = Cx::new(&mut self.state, &self.world, self.now, &team);
        act(&mut cx)
    }

    /// Does something in the cluster.
    pub(crate) fn k8s<T>(&mut self, act: impl FnOnce(&mut Objects) -> T) -> T {
        let cluster = self.cluster.clone();
        self.cx(|cx| act(&mut Objects::new(cx, &cluster)))
    }

    /// A call to the DigitalOcean API.
    pub(crate) fn call(&mut self, method: &str, path: &str, body: Value) -> Value {
        let token = crate::world::DEFAULT_TOKEN;
        let request = http::Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("Bearer {token}"))
            .body(bytes::Bytes::from(body.to_string()))
            .unwrap();
        let mut req = crate::Req::new(crate::Vendor::DigitalOcean, request);
        let reply = self.cx(|cx| digitalocean::dispatch(cx, &mut crate::limits::Counters::default(), &mut req));
        match reply.body {
            crate::reply::Body::Json(value) => value,
            _ => Value::Null,
        }
    }

    /// Lets seconds go by, and gives how many events there were.
    pub(crate) fn pass(&mut self, seconds: u64) -> usize {
        let end = self.now.plus(Duration::from_secs(seconds));
        let mut count = 0;
        while let Some((&id, _)) = self.state.events.first_key_value() {
            if id.0 > end.0 {
                break;
            }
            let event = self.state.events.remove(&id).unwrap();
            let at = Moment(id.0);
            let mut cx = Cx::new(&mut self.state, &self.world, at, &event.team);
            let others = crate::cluster::EVENTS;
            let run = digitalocean::event(&event.kind)
                .or_else(|| others.iter().find(|(k, _)| *k == event.kind).map(|(_, run)| *run))
                .unwrap();
            run(&mut cx, &event.args);
            count += 1;
        }
        self.now = end;
        count
    }

    /// Applies the documents of a YAML-like list of JSON objects, in order.
    pub(crate) fn apply(&mut self, documents: &[Value]) {
        for document in documents {
            let document = document.clone();
            let kind = document["kind"].as_str().unwrap().to_owned();
            self.k8s(|o| crate::cluster::api::write::apply(o, "test", true, document))
                .unwrap_or_else(|e| panic!("{kind}: {}", e.message));
        }
    }

    /// An object.
    pub(crate) fn get(&mut self, resource: &str, namespace: &str, name: &str) -> Value {
        self.k8s(|o| o.get(resource, namespace, name).cloned().unwrap_or_default())
    }

    /// Names of the objects of a namespace, sorted.
    pub(crate) fn names(&mut self, resource: &str, namespace: &str) -> Vec<String> {
        let mut all: Vec<String> = self.k8s(|o| {
            let here = o.list(resource).into_iter().filter(|x| x["metadata"]["namespace"].as_str().unwrap_or("") == namespace);
            here.map(|x| x["metadata"]["name"].as_str().unwrap().to_owned()).collect()
        });
        all.sort();
        all
    }

    /// Pods whose name begins with `prefix`.
    pub(crate) fn pods(&mut self, namespace: &str, prefix: &str) -> Vec<Value> {
        self.k8s(|o| {
            let all = o.list_in("pods", namespace).into_iter();
            all.filter(|p| p["metadata"]["name"].as_str().unwrap().starts_with(prefix)).cloned().collect()
        })
    }

    /// What is wrong with the last pod of that prefix, from its containers' ends or its events; empty when it is Ready.
    pub(crate) fn complaint(&mut self, namespace: &str, prefix: &str) -> String {
        let pods = self.pods(namespace, prefix);
        let pod = pods.last().unwrap_or_else(|| panic!("no pod {prefix}"));
        if super::pods::ready(pod) {
            return String::new();
        }
        if let Some(said) = pod["status"]["containerStatuses"][0]["lastState"]["terminated"]["message"].as_str() {
            return said.to_owned();
        }
        let said = self.k8s(|o| {
            let own = |e: &&Value| e["involvedObject"]["uid"] == pod["metadata"]["uid"] && e["type"] == "Warning";
            let version = |e: &Value| e["metadata"]["resourceVersion"].as_str().and_then(|v| v.parse::<u64>().ok());
            let last = o.list("events").into_iter().filter(own).max_by_key(|e| version(e));
            last.map(|e| e["message"].as_str().unwrap().to_owned())
        });
        let said = said.unwrap_or_default();
        said.strip_prefix("Readiness probe failed: ").map_or(said.clone(), str::to_owned)
    }

    /// Messages of the events with that reason.
    pub(crate) fn events(&mut self, reason: &str) -> Vec<String> {
        self.k8s(|o| {
            let all = o.list("events").into_iter().filter(|e| e["reason"] == reason);
            all.map(|e| e["message"].as_str().unwrap().to_owned()).collect()
        })
    }
}

/// A Deployment of one container.
pub(crate) fn deployment(namespace: &str, name: &str, replicas: u32, container: Value) -> Value {
    let mut container = container;
    container["name"] = "main".into();
    if container["image"].is_null() {
        container["image"] = "docker.io/library/nginx:1.29".into();
    }
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": { "name": name, "namespace": namespace },
        "spec": {
            "replicas": replicas, "selector": { "matchLabels": { "app": name } },
            "template": { "metadata": { "labels": { "app": name } }, "spec": { "containers": [container] } },
        },
    })
}

/// A namespace.
pub(crate) fn namespace(name: &str) -> Value {
    json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": name } })
}
