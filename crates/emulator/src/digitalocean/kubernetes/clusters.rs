//! Clusters: creation, reading, update, deletion.

use super::versions::{self, Version};
use super::{CLUSTERS, POOLS, document, nodes, pools, settings};
use crate::digitalocean::{projects, regions, tags, vpcs};
use crate::{Cx, Refusal, Reply, Req};
use ipnet::Ipv4Net;
use serde_json::{Value, json};

/// Ranges of a cluster that names none; they may repeat. Source: DigitalOcean documentation, Kubernetes.
const PODS: &str = "10.244.0.0/16";
const SERVICES: &str = "10.245.0.0/16";

/// From this minor on `ha` left out means true. Source: DigitalOcean documentation, Kubernetes.
const HA_BY_DEFAULT: u32 = 36;

pub(super) fn list(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let docs = cx.visible(CLUSTERS);
    let docs = docs.into_iter().map(|d| document::cluster(cx, d)).collect();
    Reply::page(req, "kubernetes_clusters", docs)
}

pub(super) fn read(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let doc = cx.find(CLUSTERS, req.param("cluster_id"))?;
    Ok(Reply::ok("kubernetes_cluster", document::cluster(cx, doc)))
}

pub(super) fn create(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let name = checked_name(cx, req.text("name")?, None)?.to_owned();
    let region = regions::checked(req.text("region")?)?;
    let version = versions::meant(cx, req.text("version")?)?;
    let wanted = req.opt_array("node_pools")?.cloned().unwrap_or_default();
    if wanted.is_empty() {
        return Err(Refusal::unprocessable("validation error: at least one node pool is required"));
    }
    let ranges = subnets(cx, req)?;
    let vpc = vpcs::place(cx, region, req.opt_text("vpc_uuid")?)?;
    if let Some((pods, services)) = &ranges {
        let network = vpcs::range_of(cx, &vpc);
        if network.is_some_and(|n| vpcs::overlap(&n, pods) || vpcs::overlap(&n, services)) {
            return Err(Refusal::unprocessable("validation error: cluster and service subnets overlap with the VPC"));
        }
    }
    let id = cx.uuid();
    let own_tags = req.opt_texts("tags")?.unwrap_or_default();
    tags::touch(cx, &own_tags)?;
    let default_ha = version.minor >= HA_BY_DEFAULT;
    let mut doc = json!({
        "id": id,
        "name": name,
        "region": region,
        "version": version.to_string(),
        "cluster_subnet": ranges.as_ref().map_or_else(|| PODS.to_owned(), |r| r.0.to_string()),
        "service_subnet": ranges.as_ref().map_or_else(|| SERVICES.to_owned(), |r| r.1.to_string()),
        "vpc_uuid": vpc,
        "ipv4": "",
        "endpoint": "",
        "tags": with_service_tags(&own_tags, &id),
        "isolated_workers": req.opt_flag("isolated_workers")?.unwrap_or(false),
        "status": { "state": "provisioning", "message": "provisioning" },
        "created_at": cx.stamp(),
        "updated_at": cx.stamp(),
        "ha": req.opt_flag("ha")?.unwrap_or(default_ha),
        "registry_enabled": req.opt_flag("registry_enabled")?.unwrap_or(false),
        "registries": [],
        "_vpc_native": ranges.is_some(),
        "_messages": [],
    });
    if let Some(subnet) = req.opt_filled("worker_subnet_uuid")? {
        doc["worker_subnet_uuid"] = subnet.into();
    }
    settings::defaults(cx, &mut doc);
    settings::apply(req, &mut doc)?;
    let urn = format!("do:kubernetes:{id}");
    cx.put(CLUSTERS, &id, doc.clone());
    projects::enrol(cx, &urn, &format!("/v2/kubernetes/clusters/{id}"), None)?;
    vpcs::join(cx, &vpc, &urn, &name);
    for pool in &wanted {
        pools::insert(cx, &id, pool, true)?;
    }
    let fails = cx.creation_fails();
    let wait = cx.draw("cluster");
    cx.after(wait, "cluster_provisioned", json!({ "id": id, "fails": fails }));
    Ok(Reply::created("kubernetes_cluster", written(cx, doc)))
}

/// The cluster as creation and update answer it: without `registries`. Source: the contract's `cluster`, as against
/// `cluster_read`.
fn written(cx: &Cx, doc: Value) -> Value {
    let mut shown = document::cluster(cx, doc);
    if let Some(map) = shown.as_object_mut() {
        map.remove("registries");
    }
    shown
}

/// Event: the control plane and the first nodes are there, or will never be.
pub(super) fn provisioned(cx: &mut Cx, args: &Value) {
    let id = args["id"].as_str().unwrap_or("").to_owned();
    if cx.get(CLUSTERS, &id).is_none_or(|c| c["status"]["state"] != "provisioning") {
        return;
    }
    let address = cx.public_address();
    let now = cx.stamp();
    let fails = args["fails"] == true;
    let Some(doc) = cx.edit(CLUSTERS, &id) else {
        return;
    };
    doc["updated_at"] = now.into();
    if fails {
        doc["status"] = json!({ "state": "error", "message": "cluster provisioning failed" });
        return;
    }
    doc["status"] = json!({ "state": "running" });
    doc["ipv4"] = address.into();
    doc["endpoint"] = format!("https://{id}.k8s.ondigitalocean.com").into();
    for pool in document::pools_of(cx, &id) {
        for node in document::nodes_of(cx, &pool) {
            nodes::started(cx, &node);
        }
    }
    crate::cluster::begin(cx, &id);
}

pub(super) fn update(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let id = req.param("cluster_id");
    let mut doc = cx.find(CLUSTERS, id)?;
    checked_present(&doc)?;
    doc["name"] = checked_name(cx, req.text("name")?, Some(id))?.into();
    if let Some(own) = req.opt_texts("tags")? {
        tags::touch(cx, &own)?;
        doc["tags"] = with_service_tags(&own, id).into();
    }
    match req.opt_flag("ha")? {
        // DigitalOcean documentation, Kubernetes: it can be turned on, never off.
        Some(false) if doc["ha"] == true => {
            return Err(Refusal::unprocessable("validation error: high availability cannot be disabled"));
        }
        Some(on) => doc["ha"] = on.into(),
        None => {}
    }
    settings::apply(req, &mut doc)?;
    doc["updated_at"] = cx.stamp().into();
    cx.put(CLUSTERS, id, doc.clone());
    Ok(Reply::accepted("kubernetes_cluster", written(cx, doc)))
}

pub(super) fn delete(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let id = req.param("cluster_id");
    cx.find(CLUSTERS, id)?;
    destroy(cx, id);
    Ok(Reply::no_content())
}

/// Starts a cluster's deletion: answered at once, done when nodes and control plane are gone. Load balancers, volumes
/// and snapshots that Kubernetes made stay. Source: DigitalOcean documentation, Kubernetes.
pub(super) fn destroy(cx: &mut Cx, id: &str) {
    let now = cx.stamp();
    let Some(doc) = cx.edit(CLUSTERS, id) else {
        return;
    };
    if doc["status"]["state"] == "deleting" {
        return;
    }
    doc["status"] = json!({ "state": "deleting", "message": "deleting" });
    doc["updated_at"] = now.into();
    for pool in document::pools_of(cx, id) {
        for node in document::nodes_of(cx, &pool) {
            nodes::mark(cx, &node, "deleting");
        }
    }
    let wait = cx.draw("cluster_delete");
    cx.after(wait, "cluster_gone", json!({ "id": id }));
}

/// Event: the cluster is gone.
pub(super) fn gone(cx: &mut Cx, args: &Value) {
    let id = args["id"].as_str().unwrap_or("").to_owned();
    for pool in document::pools_of(cx, &id) {
        for node in document::nodes_of(cx, &pool) {
            nodes::remove(cx, &node);
        }
        cx.remove_settled(POOLS, &pool);
    }
    crate::cluster::end(cx, &id);
    cx.remove(CLUSTERS, &id);
    let urn = format!("do:kubernetes:{id}");
    projects::withdraw(cx, &urn);
    vpcs::leave(cx, &urn);
}

pub(super) fn messages(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let doc = cx.find(CLUSTERS, req.param("cluster_id"))?;
    Ok(Reply::ok("messages", doc["_messages"].clone()))
}

/// 404 for a cluster that is being deleted: nothing about it can be changed any more.
pub(super) fn checked_present(doc: &Value) -> Result<(), Refusal> {
    if doc["status"]["state"] == "deleting" {
        return Err(Refusal::not_found());
    }
    Ok(())
}

/// The tags that the service adds. Source: DigitalOcean documentation, Kubernetes.
fn with_service_tags(own: &[String], id: &str) -> Vec<String> {
    let service = ["k8s".to_owned(), format!("k8s:{id}")];
    let mut all: Vec<String> = own.iter().filter(|t| !service.contains(t)).cloned().collect();
    all.extend(service);
    all
}

/// Lower-case letters, digits and dashes, at most 63, and no other cluster of that name.
fn checked_name<'a>(cx: &Cx, name: &'a str, own: Option<&str>) -> Result<&'a str, Refusal> {
    let inner = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if !inner || name.len() > 63 || name.starts_with('-') || name.ends_with('-') {
        return Err(Refusal::unprocessable("validation error: name is invalid"));
    }
    let taken =
        cx.list(CLUSTERS).into_iter().any(|c| c["name"] == name && c["id"].as_str() != own && c["status"]["state"] != "deleting");
    if taken {
        return Err(Refusal::unprocessable("a cluster with this name already exists"));
    }
    Ok(name)
}

/// Ranges of pods and services: both or none; when set they overlap nothing in the account.
/// Source: DigitalOcean documentation, Kubernetes.
fn subnets(cx: &Cx, req: &Req) -> Result<Option<(Ipv4Net, Ipv4Net)>, Refusal> {
    let given = |name: &str| -> Result<Option<Ipv4Net>, Refusal> {
        let Some(text) = req.opt_text(name)?.filter(|t| !t.is_empty()) else {
            return Ok(None);
        };
        let invalid = || Refusal::unprocessable(format!("validation error: {name} is invalid"));
        let range: Ipv4Net = text.parse().map_err(|_| invalid())?;
        if range.addr() != range.network() || !range.network().is_private() && !shared(&range) {
            return Err(invalid());
        }
        Ok(Some(range))
    };
    let (pods, services) = match (given("cluster_subnet")?, given("service_subnet")?) {
        (None, None) => return Ok(None),
        (Some(pods), Some(services)) => (pods, services),
        _ => {
            return Err(Refusal::unprocessable(
                "validation error: cluster_subnet and service_subnet must both be set or both be empty",
            ));
        }
    };
    let mut used = vpcs::ranges(cx);
    used.extend(super::ranges(cx));
    let taken = used.iter().any(|u| vpcs::overlap(u, &pods) || vpcs::overlap(u, &services));
    if taken || vpcs::overlap(&pods, &services) {
        return Err(Refusal::unprocessable(
            "validation error: cluster and service subnets overlap with another network in your account",
        ));
    }
    Ok(Some((pods, services)))
}

/// 100.64.0.0/10, which may be used for pods as well.
fn shared(range: &Ipv4Net) -> bool {
    let [first, second, ..] = range.network().octets();
    first == 100 && (64..128).contains(&second)
}

/// The version that a cluster runs.
pub(super) fn version_of(doc: &Value) -> Option<Version> {
    Version::parse(doc["version"].as_str()?)
}
