//! Pools with the autoscaler on, and the node that each would add.

use crate::cluster::Objects;
use crate::cluster::controllers::fields::{items, text};
use crate::cluster::controllers::nodes;
use crate::digitalocean::kubernetes::{CLUSTERS, NODES, POOLS};
use serde_json::{Value, json};

/// A pool.
pub(super) struct Pool {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Nodes that stay: running and coming.
    pub count: usize,
    /// Nodes that are coming.
    pub coming: usize,
    /// Bounds.
    pub min: usize,
    /// Bounds.
    pub max: usize,
    /// What a new node would look like.
    pub template: Value,
}

/// Every pool of the cluster with the autoscaler on.
pub(super) fn scaled(objects: &Objects) -> Vec<Pool> {
    let cx = objects.world();
    let Some(cluster) = cx.get(CLUSTERS, objects.cluster()).filter(|c| c["status"]["state"] == "running") else {
        return Vec::new();
    };
    let of_it = cx
        .list(POOLS)
        .into_iter()
        .filter(|p| p["_cluster"] == objects.cluster() && p["auto_scale"] == true && p["_deleting"] != true);
    of_it
        .map(|pool| {
            let states: Vec<&str> =
                cx.list(NODES).into_iter().filter(|n| n["_pool"] == pool["id"]).map(|n| text(&n["status"]["state"])).collect();
            let number = |field: &str| usize::try_from(pool[field].as_u64().unwrap_or(0)).unwrap_or(0);
            Pool {
                id: text(&pool["id"]).to_owned(),
                name: text(&pool["name"]).to_owned(),
                count: states.iter().filter(|s| matches!(**s, "running" | "provisioning")).count(),
                coming: states.iter().filter(|s| **s == "provisioning").count(),
                min: number("min_nodes"),
                max: number("max_nodes"),
                template: template(cluster, pool),
            }
        })
        .collect()
}

fn template(cluster: &Value, pool: &Value) -> Value {
    let mut labels = nodes::pool_labels(cluster, pool);
    let name = format!("template-{}", text(&pool["name"]));
    labels.insert("kubernetes.io/hostname".to_owned(), name.clone().into());
    let (allocatable, _) = nodes::resources(text(&pool["size"]));
    json!({
        "apiVersion": "v1", "kind": "Node", "metadata": { "name": name, "labels": labels },
        "spec": { "taints": items(&pool["taints"]) },
        "status": { "allocatable": allocatable },
    })
}

/// So many nodes like the template, each with a name and a host of its own.
pub(super) fn copies(pool: &Pool, count: usize) -> Vec<Value> {
    (0..count)
        .map(|n| {
            let mut node = pool.template.clone();
            let name = format!("template-{}-{n}", pool.name);
            node["metadata"]["labels"]["kubernetes.io/hostname"] = name.clone().into();
            node["metadata"]["name"] = name.into();
            node
        })
        .collect()
}

/// The pods that DaemonSets would put on such a node.
pub(super) fn daemons(objects: &Objects, node: &Value) -> Vec<Value> {
    use crate::cluster::controllers::scheduler::fit;
    let sets = objects.list("daemonsets.apps").into_iter().map(|d| &d["spec"]["template"]);
    let fits = |t: &&Value| fit::selected(&t["spec"], node) && fit::untolerated(&t["spec"], node).is_none();
    sets.filter(fits)
        .map(|t| json!({ "metadata": { "labels": t["metadata"]["labels"], "namespace": "" }, "spec": t["spec"] }))
        .collect()
}
