//! Node pools: any number, at least one, of a size that never changes.

use super::clusters::checked_present;
use super::{CLUSTERS, POOLS, document, nodes};
use crate::digitalocean::{droplets, sizes, tags};
use crate::{Cx, Refusal, Reply, Req};
use serde_json::{Value, json};

/// MiB of the smallest droplet that can be a node. Source: the vendor's list in `/v2/kubernetes/options`.
pub(super) const SMALLEST_NODE: u32 = 2048;

pub(super) fn list(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let cluster = req.param("cluster_id");
    cx.find(CLUSTERS, cluster)?;
    let ids = document::pools_of(cx, cluster);
    // The contract knows no pages here: a cluster's pools come all at once.
    Ok(Reply::ok("node_pools", ids.iter().map(|id| document::pool(cx, id)).collect()))
}

/// The pool's id when it is of that cluster.
pub(super) fn found(cx: &Cx, req: &Req) -> Result<String, Refusal> {
    let cluster = req.param("cluster_id");
    cx.find(CLUSTERS, cluster)?;
    let id = req.param("node_pool_id");
    let doc = cx.find(POOLS, id)?;
    if doc["_cluster"] == cluster { Ok(id.to_owned()) } else { Err(Refusal::not_found()) }
}

pub(super) fn read(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let id = found(cx, req)?;
    Ok(Reply::ok("node_pool", document::pool(cx, &id)))
}

pub(super) fn create(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let cluster = req.param("cluster_id");
    let doc = cx.find(CLUSTERS, cluster)?;
    checked_present(&doc)?;
    let id = insert(cx, cluster, &req.body, false)?;
    Ok(Reply::created("node_pool", document::pool(cx, &id)))
}

/// Makes a pool with its nodes. With a cluster's creation (`first`) its nodes are there when the cluster is.
pub(super) fn insert(cx: &mut Cx, cluster: &str, wanted: &Value, first: bool) -> Result<String, Refusal> {
    let text = |field: &str| {
        wanted[field]
            .as_str()
            .filter(|t| !t.is_empty())
            .ok_or_else(|| Refusal::unprocessable(format!("validation error: node pool {field} is required")))
    };
    let name = checked_name(cx, cluster, text("name")?, None)?.to_owned();
    let size = sizes::checked(text("size")?)
        .ok()
        .filter(|s| s.memory >= SMALLEST_NODE)
        .ok_or_else(|| Refusal::unprocessable("validation error: invalid node pool size"))?;
    let scale = Scale::read(wanted, None)?;
    if scale.count == 0 && (first || !others_have_nodes(cx, cluster, "")) {
        return Err(Refusal::unprocessable("validation error: a cluster needs at least one node"));
    }
    droplets::room(cx, scale.count)?;
    let own = texts(&wanted["tags"], "tags")?;
    tags::touch(cx, &own)?;
    let id = cx.uuid();
    let doc = json!({
        "id": id,
        "name": name,
        "size": size.slug,
        "count": scale.count,
        "tags": with_service_tags(&own, cluster),
        "labels": checked_labels(&wanted["labels"])?,
        "taints": checked_taints(&wanted["taints"])?,
        "auto_scale": scale.auto,
        "min_nodes": scale.min,
        "max_nodes": scale.max,
        "_cluster": cluster,
        "_deleting": false,
    });
    cx.put_settled(POOLS, &id, doc);
    for _ in 0..scale.count {
        nodes::insert(cx, &id, !first)?;
    }
    Ok(id)
}

pub(super) fn update(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let id = found(cx, req)?;
    let cluster = req.param("cluster_id");
    let mut doc = cx.find(POOLS, &id)?;
    if doc["_deleting"] == true {
        return Err(Refusal::not_found());
    }
    if let Some(size) = req.opt_text("size")?
        && doc["size"] != size
    {
        // DigitalOcean documentation, Kubernetes: a pool's size cannot change.
        return Err(Refusal::unprocessable("validation error: node pool size cannot be changed"));
    }
    doc["name"] = checked_name(cx, cluster, req.text("name")?, Some(&id))?.into();
    let scale = Scale::read(&req.body, Some(&doc))?;
    if scale.count == 0 && !others_have_nodes(cx, cluster, &id) {
        return Err(Refusal::unprocessable("validation error: a cluster needs at least one node"));
    }
    if let Some(own) = req.opt_texts("tags")? {
        tags::touch(cx, &own)?;
        doc["tags"] = with_service_tags(&own, cluster).into();
    }
    if req.field("labels").is_some() {
        doc["labels"] = checked_labels(&req.body["labels"])?;
    }
    if req.field("taints").is_some() {
        doc["taints"] = checked_taints(&req.body["taints"])?;
    }
    doc["auto_scale"] = scale.auto.into();
    doc["min_nodes"] = scale.min.into();
    doc["max_nodes"] = scale.max.into();
    doc["count"] = scale.count.into();
    cx.put_settled(POOLS, &id, doc);
    nodes::scale(cx, &id, scale.count)?;
    Ok(Reply::accepted("node_pool", document::pool(cx, &id)))
}

pub(super) fn delete(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let id = found(cx, req)?;
    let cluster = req.param("cluster_id");
    if cx.get(POOLS, &id).is_some_and(|p| p["_deleting"] == true) {
        return Ok(Reply::no_content());
    }
    let left = document::pools_of(cx, cluster)
        .iter()
        .filter(|p| **p != id)
        .any(|p| cx.get(POOLS, p).is_some_and(|p| p["_deleting"] == false));
    if !left {
        // DigitalOcean documentation, Kubernetes: every pool can go as long as one is left.
        return Err(Refusal::unprocessable("validation error: a cluster must have at least one node pool"));
    }
    if let Some(doc) = cx.edit(POOLS, &id) {
        doc["_deleting"] = true.into();
        doc["count"] = 0.into();
    }
    let doomed = document::nodes_of(cx, &id);
    if doomed.is_empty() {
        cx.remove_settled(POOLS, &id);
    }
    for node in doomed {
        nodes::end(cx, &node);
    }
    Ok(Reply::no_content())
}

/// How many nodes, and who decides.
struct Scale {
    count: usize,
    auto: bool,
    min: usize,
    max: usize,
}

impl Scale {
    /// Reads a request, over what the pool has. With the autoscaler on, `count` is its own; only the bounds move it.
    fn read(wanted: &Value, current: Option<&Value>) -> Result<Self, Refusal> {
        let number = |field: &str| -> Result<Option<usize>, Refusal> {
            match wanted.get(field).filter(|v| !v.is_null()) {
                None => Ok(None),
                Some(value) => value
                    .as_u64()
                    .and_then(|n| usize::try_from(n).ok())
                    .map(Some)
                    .ok_or_else(|| Refusal::unprocessable(format!("validation error: {field} must be a number"))),
            }
        };
        let had = |field: &str| current.and_then(|c| c[field].as_u64()).and_then(|n| usize::try_from(n).ok());
        let auto = wanted["auto_scale"].as_bool().or_else(|| current.and_then(|c| c["auto_scale"].as_bool())).unwrap_or(false);
        let given = number("count")?;
        if !auto {
            let count = given.or_else(|| had("count"));
            let count = count.ok_or_else(|| Refusal::unprocessable("validation error: count is required"))?;
            return Ok(Self { count, auto, min: 0, max: 0 });
        }
        let min = number("min_nodes")?.or_else(|| had("min_nodes")).unwrap_or(0);
        let max = number("max_nodes")?.or_else(|| had("max_nodes")).unwrap_or(0);
        if min == 0 {
            // DigitalOcean documentation, Kubernetes: 0 is a private preview.
            return Err(Refusal::unprocessable("validation error: min_nodes must be at least 1"));
        }
        if max < min {
            return Err(Refusal::unprocessable("validation error: max_nodes must be at least min_nodes"));
        }
        let count = had("count").or(given).unwrap_or(min).clamp(min, max);
        Ok(Self { count, auto, min, max })
    }
}

fn others_have_nodes(cx: &Cx, cluster: &str, except: &str) -> bool {
    document::pools_of(cx, cluster)
        .iter()
        .filter(|p| *p != except)
        .any(|p| cx.get(POOLS, p).is_some_and(|p| p["count"].as_u64().unwrap_or(0) > 0))
}

/// The tags that the service adds. Source: DigitalOcean documentation, Kubernetes.
fn with_service_tags(own: &[String], cluster: &str) -> Vec<String> {
    let service = ["k8s".to_owned(), format!("k8s:{cluster}"), "k8s:worker".to_owned()];
    let mut all: Vec<String> = own.iter().filter(|t| !service.contains(t)).cloned().collect();
    all.extend(service);
    all
}

fn checked_name<'a>(cx: &Cx, cluster: &str, name: &'a str, own: Option<&str>) -> Result<&'a str, Refusal> {
    let inner = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if !inner || name.len() > 63 || name.starts_with('-') || name.ends_with('-') {
        return Err(Refusal::unprocessable("validation error: node pool name is invalid"));
    }
    let taken = document::pools_of(cx, cluster)
        .iter()
        .filter(|p| Some(p.as_str()) != own)
        .any(|p| cx.get(POOLS, p).is_some_and(|p| p["name"] == name && p["_deleting"] == false));
    if taken {
        return Err(Refusal::unprocessable("validation error: node pool names must be unique"));
    }
    Ok(name)
}

fn texts(value: &Value, name: &str) -> Result<Vec<String>, Refusal> {
    match value {
        Value::Null => Ok(Vec::new()),
        Value::Array(items) => items
            .iter()
            .map(|i| i.as_str().map(str::to_owned))
            .collect::<Option<_>>()
            .ok_or_else(|| Refusal::unprocessable(format!("validation error: {name} must be strings"))),
        _ => Err(Refusal::unprocessable(format!("validation error: {name} must be an array"))),
    }
}

fn checked_labels(value: &Value) -> Result<Value, Refusal> {
    match value {
        Value::Null => Ok(Value::Null),
        Value::Object(map) if map.values().all(Value::is_string) => Ok(value.clone()),
        _ => Err(Refusal::unprocessable("validation error: labels must be strings")),
    }
}

/// Taints as documents show them. Keys may be capitalized: the vendor's own Go client sends `Key`, `Value`, `Effect`,
/// and the vendor reads JSON as Go does, whatever the case.
fn checked_taints(value: &Value) -> Result<Value, Refusal> {
    let items = match value {
        Value::Null => return Ok(json!([])),
        Value::Array(items) => items,
        _ => return Err(Refusal::unprocessable("validation error: taints must be an array")),
    };
    let read = |taint: &Value, name: &str| {
        let found = taint.as_object().and_then(|t| t.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)));
        found.and_then(|(_, value)| value.as_str()).unwrap_or("").to_owned()
    };
    items
        .iter()
        .map(|taint| {
            let (key, value, effect) = (read(taint, "key"), read(taint, "value"), read(taint, "effect"));
            if key.is_empty() || !["NoSchedule", "PreferNoSchedule", "NoExecute"].contains(&effect.as_str()) {
                return Err(Refusal::unprocessable("validation error: invalid taint"));
            }
            Ok(json!({ "key": key, "value": value, "effect": effect }))
        })
        .collect()
}
