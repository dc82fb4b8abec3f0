//! Nodes: the droplets of the cluster's pools that have joined, and what happens when one leaves.

use super::act::{Act, carry_out};
use super::fields::{items, name, text};
use super::quantity::mebibytes;
use crate::cluster::Objects;
use crate::digitalocean::{kubernetes, sizes};
use serde_json::{Map, Value, json};

/// Keeps one Node object for each node that has joined.
pub(crate) fn run(objects: &mut Objects) {
    let mut acts = Vec::new();
    {
        let cluster = objects.cluster();
        let cx = objects.world();
        let Some(doc) = cx.get(kubernetes::CLUSTERS, cluster) else {
            return;
        };
        let joined: Vec<&Value> = cx
            .list(kubernetes::NODES)
            .into_iter()
            .filter(|n| n["_cluster"] == cluster && n["status"]["state"] != "provisioning")
            .collect();
        for node in &joined {
            let Some(pool) = cx.get(kubernetes::POOLS, text(&node["_pool"])) else {
                continue;
            };
            let droplet = cx.get("droplets", text(&node["droplet_id"])).unwrap_or(&Value::Null);
            let before = objects.get("nodes", "", text(&node["name"]));
            let object = describe(doc, node, pool, droplet, before, objects.world().now().rfc3339());
            if before.is_none_or(|b| {
                b["spec"] != object["spec"]
                    || b["status"] != object["status"]
                    || b["metadata"]["labels"] != object["metadata"]["labels"]
            }) {
                let own = text(&node["name"]);
                if objects.get("csinodes.storage.k8s.io", "", own).is_none() {
                    acts.push(Act::Put { resource: "csinodes.storage.k8s.io", object: storage(own) });
                }
                acts.push(Act::Put { resource: "nodes", object });
            }
        }
        for object in objects.list("nodes") {
            if !joined.iter().any(|n| n["name"] == object["metadata"]["name"]) {
                acts.push(Act::normal(
                    object,
                    "RemovingNode",
                    format!("Node {} event: Removing Node {} from Controller", name(object), name(object)),
                ));
                acts.push(Act::delete("nodes", object));
                acts.push(Act::Delete {
                    resource: "csinodes.storage.k8s.io",
                    namespace: String::new(),
                    name: name(object).to_owned(),
                });
                // Pods of a node that is gone are collected. Source: Kubernetes documentation, pod garbage collection.
                let lost = objects.list("pods").into_iter().filter(|p| p["spec"]["nodeName"] == object["metadata"]["name"]);
                acts.extend(lost.map(|p| Act::delete("pods", p)));
            }
        }
    }
    carry_out(objects, acts);
    let draining: Vec<String> = {
        let cluster = objects.cluster();
        let all = objects.world().list(kubernetes::NODES).into_iter();
        all.filter(|n| n["_cluster"] == cluster && n["status"]["state"] == "draining")
            .map(|n| text(&n["name"]).to_owned())
            .collect()
    };
    if !draining.is_empty() {
        super::disruption::drain(objects, &draining);
    }
}

/// How many volumes a node can have. Source: DigitalOcean documentation, volume limits.
fn storage(node: &str) -> Value {
    let driver = json!({
        "name": "dobs.csi.digitalocean.com", "nodeID": node, "topologyKeys": ["region"], "allocatable": { "count": 15 },
    });
    json!({ "apiVersion": "storage.k8s.io/v1", "kind": "CSINode", "metadata": { "name": node }, "spec": { "drivers": [driver] } })
}

/// What of a droplet's memory pods can have, in bytes. Source: DigitalOcean documentation, DOKS node allocatable.
pub(crate) fn allocatable_memory(mebi: u32) -> i64 {
    let tenths = match mebi {
        0..=1024 => 3,
        1025..=2048 => 10,
        2049..=4096 => 25,
        4097..=8192 => 60,
        8193..=16_384 => 130,
        16_385..=32_768 => 280,
        32_769..=65_536 => 580,
        other => i64::from(other) * 580 / 65_536,
    };
    tenths * 1_073_741_824 / 10
}

/// What of a droplet's processors pods can have, in thousandths: about 0.1 less than there are.
pub(crate) fn allocatable_cpu(vcpus: u32) -> i64 {
    i64::from(vcpus) * 1000 - 100
}

/// Labels of a pool's nodes apart from the node's own.
pub(crate) fn pool_labels(cluster: &Value, pool: &Value) -> Map<String, Value> {
    let region = &cluster["region"];
    let mut labels = Map::new();
    let mut set = |key: &str, value: &Value| {
        labels.insert(key.to_owned(), value.clone());
    };
    set("beta.kubernetes.io/arch", &json!("amd64"));
    set("beta.kubernetes.io/instance-type", &pool["size"]);
    set("beta.kubernetes.io/os", &json!("linux"));
    set("doks.digitalocean.com/managed", &json!("true"));
    set("doks.digitalocean.com/node-pool", &pool["name"]);
    set("doks.digitalocean.com/node-pool-id", &pool["id"]);
    set("doks.digitalocean.com/version", &cluster["version"]);
    set("failure-domain.beta.kubernetes.io/region", region);
    set("kubernetes.io/arch", &json!("amd64"));
    set("kubernetes.io/os", &json!("linux"));
    set("node.kubernetes.io/instance-type", &pool["size"]);
    set("region", region);
    set("topology.kubernetes.io/region", region);
    for (key, value) in pool["labels"].as_object().into_iter().flatten() {
        set(key, value);
    }
    labels
}

/// Allocatable resources and capacity of a node of that size.
pub(crate) fn resources(slug: &str) -> (Value, Value) {
    let size = sizes::SIZES.iter().find(|s| s.slug == slug).unwrap_or(&sizes::SIZES[0]);
    let disk = i64::from(size.disk) * 1_073_741_824;
    let allocatable = json!({
        "cpu": format!("{}m", allocatable_cpu(size.vcpus)),
        "memory": mebibytes(allocatable_memory(size.memory)),
        "ephemeral-storage": (disk * 9 / 10).to_string(),
        "hugepages-2Mi": "0",
        "pods": "110",
    });
    let capacity = json!({
        "cpu": size.vcpus.to_string(),
        "memory": format!("{}Mi", size.memory),
        "ephemeral-storage": disk.to_string(),
        "hugepages-2Mi": "0",
        "pods": "110",
    });
    (allocatable, capacity)
}

fn describe(cluster: &Value, node: &Value, pool: &Value, droplet: &Value, before: Option<&Value>, now: String) -> Value {
    let empty = Value::Null;
    let old = before.unwrap_or(&empty);
    let own = text(&node["name"]);
    // Labels taken from a pool stay on its nodes, and so do those that somebody put on the node itself.
    let mut labels = old["metadata"]["labels"].as_object().cloned().unwrap_or_default();
    labels.extend(pool_labels(cluster, pool));
    labels.insert("kubernetes.io/hostname".to_owned(), own.into());
    labels.insert("doks.digitalocean.com/node-id".to_owned(), node["id"].clone());
    let going = node["status"]["state"] != "running";
    let mut taints: Vec<Value> = items(&pool["taints"]).to_vec();
    for taint in &mut taints {
        if text(&taint["value"]).is_empty()
            && let Some(map) = taint.as_object_mut()
        {
            map.remove("value");
        }
    }
    let unschedulable = going || old["spec"]["unschedulable"] == true;
    if unschedulable {
        taints.push(json!({ "key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule" }));
    }
    let foreign = |t: &Value| text(&t["key"]).starts_with("node.") || text(&t["key"]).starts_with("node-role.");
    for taint in items(&old["spec"]["taints"]) {
        if foreign(taint) && taint["key"] != "node.kubernetes.io/unschedulable" && !taints.contains(taint) {
            taints.push(taint.clone());
        }
    }
    let mut spec = json!({ "providerID": format!("digitalocean://{}", text(&node["droplet_id"])) });
    if unschedulable {
        spec["unschedulable"] = true.into();
    }
    if !taints.is_empty() {
        spec["taints"] = taints.into();
    }
    let addresses = |kind: &str, shown: &str| -> Option<Value> {
        let found = items(&droplet["networks"]["v4"]).iter().find(|n| n["type"] == kind)?;
        Some(json!({ "type": shown, "address": found["ip_address"] }))
    };
    let (allocatable, capacity) = resources(text(&pool["size"]));
    let since = items(&old["status"]["conditions"]).first().map_or(now.as_str(), |c| text(&c["lastTransitionTime"])).to_owned();
    let conditions: Vec<Value> = [
        ("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
        ("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
        ("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
        ("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
    ]
    .into_iter()
    .map(|(kind, status, reason, message)| {
        json!({
            "type": kind, "status": status, "reason": reason, "message": message,
            "lastTransitionTime": since, "lastHeartbeatTime": since,
        })
    })
    .collect();
    let version = text(&cluster["version"]).split('-').next().unwrap_or("").to_owned();
    let hostname = json!({ "type": "Hostname", "address": own });
    let known = [Some(hostname), addresses("private", "InternalIP"), addresses("public", "ExternalIP")];
    let known: Vec<Value> = known.into_iter().flatten().collect();
    let mut object = json!({
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": { "name": own, "labels": labels },
        "spec": spec,
        "status": {
            "capacity": capacity,
            "allocatable": allocatable,
            "conditions": conditions,
            "addresses": known,
            "nodeInfo": {
                "architecture": "amd64", "operatingSystem": "linux", "osImage": "Debian GNU/Linux 13 (trixie)",
                "kernelVersion": "6.12.0-do-amd64", "containerRuntimeVersion": "containerd://2.1.4",
                "kubeletVersion": format!("v{version}"), "kubeProxyVersion": "",
            },
        },
    });
    if let Some(annotations) = old["metadata"].get("annotations") {
        object["metadata"]["annotations"] = annotations.clone();
    }
    object
}
