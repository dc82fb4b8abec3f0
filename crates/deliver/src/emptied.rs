//! What emptying nodes touches: volumes that only one node at a time can hold, data that is on the nodes alone, and budgets
//! that make a drain wait. Read from the cluster before anything is drained.

use pontoon_engine::Refusal;
use pontoon_providers::Kubernetes;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The label of a node with the name of its pool. Source: DigitalOcean's documentation, "Node labels".
const POOL: &str = "doks.digitalocean.com/node-pool";

/// What is touched when the nodes of one pool are emptied.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Emptied {
    /// How many nodes.
    pub nodes: usize,
    /// How many pods move: all but those that every node has.
    pub pods: usize,
    /// Claims whose volume one node at a time can hold, with the pod that has it: it is away until the pod runs elsewhere.
    pub volumes: Vec<String>,
    /// Data that goes with the node: pod, volume and kind.
    pub lost: Vec<String>,
    /// Budgets that let none of these pods go at the moment. The vendor's drain respects them, and waits.
    pub budgets: Vec<String>,
}

impl Emptied {
    /// Looks at the nodes of a pool.
    ///
    /// # Errors
    /// Where the API server refuses.
    pub async fn of(cluster: &Kubernetes, pool: &str) -> Result<Emptied, Refusal> {
        Ok(Emptied::among(&Objects {
            nodes: cluster.list("v1", "Node", "", &format!("{POOL}={pool}")).await?,
            pods: cluster.list("v1", "Pod", "", "").await?,
            claims: cluster.list("v1", "PersistentVolumeClaim", "", "").await?,
            volumes: cluster.list("v1", "PersistentVolume", "", "").await?,
            budgets: cluster.list("policy/v1", "PodDisruptionBudget", "", "").await?,
        }))
    }

    /// Whether nothing has to be said but that pods move.
    pub fn is_harmless(&self) -> bool {
        self.volumes.is_empty() && self.lost.is_empty() && self.budgets.is_empty()
    }

    fn among(all: &Objects) -> Emptied {
        let nodes: BTreeSet<&str> = all.nodes.iter().map(|n| text(n, "/metadata/name")).collect();
        let named = |list: &'_ [Value]| -> BTreeMap<(String, String), Value> {
            let key = |o: &Value| (text(o, "/metadata/namespace").to_owned(), text(o, "/metadata/name").to_owned());
            list.iter().map(|o| (key(o), o.clone())).collect()
        };
        let (claims, volumes) = (named(&all.claims), named(&all.volumes));
        let moving: Vec<&Value> = all.pods.iter().filter(|p| nodes.contains(text(p, "/spec/nodeName")) && moves(p)).collect();
        let mut found = Emptied { nodes: nodes.len(), pods: moving.len(), ..Emptied::default() };
        for pod in &moving {
            let (namespace, name) = (text(pod, "/metadata/namespace"), text(pod, "/metadata/name"));
            for volume in pod["spec"]["volumes"].as_array().into_iter().flatten() {
                let own = text(volume, "/name");
                if let Some(claim) = volume.pointer("/persistentVolumeClaim/claimName").and_then(Value::as_str) {
                    let claim = claims.get(&(namespace.to_owned(), claim.to_owned()));
                    let bound = claim.and_then(|c| volumes.get(&(String::new(), text(c, "/spec/volumeName").to_owned())));
                    let named = claim.map_or("", |c| text(c, "/metadata/name"));
                    if bound.is_some_and(|v| v.pointer("/spec/local").is_some() || v.pointer("/spec/hostPath").is_some()) {
                        found.lost.push(format!("{namespace}/{name}: claim {named}, on the node's own disk"));
                    } else if claim.is_some_and(one_node) {
                        found.volumes.push(format!("{namespace}/{named}, held by {name}"));
                    }
                } else if volume.get("hostPath").is_some() {
                    found.lost.push(format!("{namespace}/{name}: {own}, {} of the node", text(volume, "/hostPath/path")));
                } else if volume.get("emptyDir").is_some_and(|e| e["medium"] != "Memory") {
                    found.lost.push(format!("{namespace}/{name}: {own}, an emptyDir"));
                }
            }
        }
        for budget in all.budgets.iter().filter(|b| b["status"]["disruptionsAllowed"] == 0) {
            let (namespace, name) = (text(budget, "/metadata/namespace"), text(budget, "/metadata/name"));
            let of = |p: &&&Value| text(p, "/metadata/namespace") == namespace && selects(&budget["spec"]["selector"], p);
            if moving.iter().any(|p| of(&p)) {
                found.budgets.push(format!("{namespace}/{name}"));
            }
        }
        found
    }
}

/// What is read.
#[derive(Default)]
struct Objects {
    nodes: Vec<Value>,
    pods: Vec<Value>,
    claims: Vec<Value>,
    volumes: Vec<Value>,
    budgets: Vec<Value>,
}

fn text<'a>(object: &'a Value, pointer: &str) -> &'a str {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// Whether a drain makes a pod go: not those that every node has, nor those that have ended.
fn moves(pod: &Value) -> bool {
    let owners = pod["metadata"]["ownerReferences"].as_array().into_iter().flatten();
    let everywhere = owners.into_iter().any(|o| o["kind"] == "DaemonSet" || o["kind"] == "Node");
    !everywhere && !matches!(text(pod, "/status/phase"), "Succeeded" | "Failed")
}

/// Whether one node at a time can hold a claim's volume.
fn one_node(claim: &Value) -> bool {
    let modes = claim["spec"]["accessModes"].as_array().into_iter().flatten();
    modes.into_iter().any(|m| m == "ReadWriteOnce" || m == "ReadWriteOncePod")
}

/// Whether a selector chooses a pod. Source: Kubernetes' API reference, LabelSelector.
fn selects(selector: &Value, pod: &Value) -> bool {
    let label = |key: &str| pod["metadata"]["labels"].get(key).and_then(Value::as_str);
    let mut equal = selector["matchLabels"].as_object().into_iter().flatten();
    let mut rules = selector["matchExpressions"].as_array().into_iter().flatten();
    equal.all(|(key, value)| label(key) == value.as_str())
        && rules.all(|rule| {
            let (has, values) = (label(text(rule, "/key")), rule["values"].as_array());
            let among = has.is_some_and(|h| values.is_some_and(|v| v.iter().any(|v| v == h)));
            match text(rule, "/operator") {
                "In" => among,
                "NotIn" => !among,
                "Exists" => has.is_some(),
                "DoesNotExist" => has.is_none(),
                _ => false,
            }
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn pod(name: &str, node: &str, labels: Value, owner: &str, volumes: Value) -> Value {
        json!({
            "metadata": { "namespace": "shop", "name": name, "labels": labels, "ownerReferences": [{ "kind": owner }] },
            "spec": { "nodeName": node, "volumes": volumes },
            "status": { "phase": if name == "ended" { "Succeeded" } else { "Running" } },
        })
    }

    fn claim(name: &str, mode: &str, volume: &str) -> Value {
        json!({ "metadata": { "namespace": "shop", "name": name }, "spec": { "accessModes": [mode], "volumeName": volume } })
    }

    fn budget(name: &str, allowed: u32, selector: Value) -> Value {
        let metadata = json!({ "namespace": "shop", "name": name });
        json!({ "metadata": metadata, "spec": { "selector": selector }, "status": { "disruptionsAllowed": allowed } })
    }

    #[test]
    fn volumes_data_of_nodes_and_budgets_are_named_and_nothing_that_stays() {
        let claims = json!([
            { "name": "data", "persistentVolumeClaim": { "claimName": "data" } },
            { "name": "files", "persistentVolumeClaim": { "claimName": "files" } },
            { "name": "disk", "persistentVolumeClaim": { "claimName": "disk" } },
        ]);
        let local = json!([
            { "name": "cache", "emptyDir": {} },
            { "name": "shm", "emptyDir": { "medium": "Memory" } },
            { "name": "logs", "hostPath": { "path": "/var/log" } },
            { "name": "settings", "configMap": { "name": "settings" } },
        ]);
        let all = Objects {
            nodes: vec![json!({ "metadata": { "name": "n1" } })],
            pods: vec![
                pod("db", "n1", json!({ "app": "db" }), "StatefulSet", claims),
                pod("web", "n1", json!({ "app": "web" }), "ReplicaSet", local.clone()),
                pod("agent", "n1", json!({ "app": "agent" }), "DaemonSet", local.clone()),
                pod("ended", "n1", json!({ "app": "job" }), "Job", local.clone()),
                pod("elsewhere", "n2", json!({ "app": "other" }), "ReplicaSet", local),
            ],
            claims: vec![
                claim("data", "ReadWriteOnce", "v1"),
                claim("files", "ReadWriteMany", "v2"),
                claim("disk", "ReadWriteOnce", "v3"),
            ],
            volumes: vec![
                json!({ "metadata": { "name": "v1" }, "spec": { "csi": {} } }),
                json!({ "metadata": { "name": "v3" }, "spec": { "local": { "path": "/mnt" } } }),
            ],
            budgets: vec![
                budget("db", 0, json!({ "matchLabels": { "app": "db" } })),
                budget("free", 1, json!({ "matchLabels": { "app": "web" } })),
                budget("far", 0, json!({ "matchLabels": { "app": "other" } })),
                budget("both", 0, json!({ "matchExpressions": [{ "key": "app", "operator": "In", "values": ["web", "x"] }] })),
            ],
        };
        let found = Emptied::among(&all);
        assert_eq!((found.nodes, found.pods), (1, 2));
        assert_eq!(found.volumes, ["shop/data, held by db"]);
        let lost = [
            "shop/db: claim disk, on the node's own disk",
            "shop/web: cache, an emptyDir",
            "shop/web: logs, /var/log of the node",
        ];
        assert_eq!(found.lost, lost);
        assert_eq!(found.budgets, ["shop/db", "shop/both"]);
        assert!(!found.is_harmless() && Emptied::default().is_harmless());
    }
}
