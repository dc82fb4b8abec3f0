//! Volumes: block storage of one region, attached to at most one droplet.

use super::{actions, projects, regions, snapshots, tags};
use crate::{Cx, Refusal, Reply, Req, Route};
use serde_json::{Value, json};

/// Operations.
pub const ROUTES: &[Route] = &[
    Route { method: "GET", path: "/v2/volumes", scope: "block_storage:read", run: list },
    Route { method: "POST", path: "/v2/volumes", scope: "block_storage:create", run: create },
    Route { method: "DELETE", path: "/v2/volumes", scope: "block_storage:delete", run: delete_named },
    Route { method: "POST", path: "/v2/volumes/actions", scope: "block_storage_action:create", run: act_named },
    Route { method: "GET", path: "/v2/volumes/{volume_id}", scope: "block_storage:read", run: read },
    Route { method: "DELETE", path: "/v2/volumes/{volume_id}", scope: "block_storage:delete", run: delete },
    Route { method: "GET", path: "/v2/volumes/{volume_id}/actions", scope: "block_storage_action:read", run: history },
    Route { method: "POST", path: "/v2/volumes/{volume_id}/actions", scope: "block_storage_action:create", run: act },
    Route { method: "GET", path: "/v2/volumes/{volume_id}/actions/{action_id}", scope: "block_storage_action:read", run: action },
];

/// Collection of volumes, by id.
const VOLUMES: &str = "volumes";

/// Volumes that one droplet can have. Source: DigitalOcean documentation, Volumes Block Storage.
const PER_DROPLET: usize = 15;

fn list(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let mut docs = cx.visible(VOLUMES);
    if let Some(name) = req.query("name") {
        docs.retain(|v| v["name"] == name);
    }
    if let Some(region) = req.query("region") {
        docs.retain(|v| v["region"]["slug"] == region);
    }
    Reply::page(req, "volumes", docs)
}

fn create(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let name = req.text("name")?.to_owned();
    checked_name(&name)?;
    let origin = match req.opt_text("snapshot_id")?.filter(|s| !s.is_empty()) {
        Some(id) => Some(cx.get("snapshots", id).cloned().ok_or_else(Refusal::not_found)?),
        None => None,
    };
    let region = match (req.opt_filled("region")?, &origin) {
        (Some(region), _) => regions::checked(region)?.to_owned(),
        (None, Some(snapshot)) => snapshot["regions"][0].as_str().unwrap_or("").to_owned(),
        (None, None) => return Err(Refusal::unprocessable("region is required")),
    };
    let size = checked_size(req.number("size_gigabytes")?)?;
    if origin.as_ref().is_some_and(|s| s["min_disk_size"].as_i64().unwrap_or(0) > size) {
        return Err(Refusal::unprocessable("size is smaller than the snapshot"));
    }
    if cx.count(VOLUMES) >= cx.limits().volumes {
        return Err(Refusal::forbidden("failed to create volume: volume limit exceeded"));
    }
    if cx.list(VOLUMES).into_iter().any(|v| v["name"] == name.as_str() && v["region"]["slug"] == region.as_str()) {
        return Err(Refusal::conflict("a volume with this name already exists in this region"));
    }
    let wanted = req.opt_texts("tags")?.unwrap_or_default();
    tags::touch(cx, &wanted)?;
    let id = cx.uuid();
    let doc = json!({
        "id": id,
        "droplet_ids": [],
        "name": name,
        "description": req.opt_text("description")?.unwrap_or(""),
        "size_gigabytes": size,
        "created_at": cx.stamp(),
        "tags": wanted,
        "region": regions::region(&region),
        "filesystem_type": req.opt_text("filesystem_type")?.unwrap_or(""),
        "filesystem_label": req.opt_text("filesystem_label")?.unwrap_or(""),
    });
    cx.put(VOLUMES, &id, doc.clone());
    projects::enrol(cx, &format!("do:volume:{id}"), &format!("/v2/volumes/{id}"), None)?;
    Ok(Reply::created("volume", doc))
}

/// Lower-case letters, digits and dashes, beginning with a letter, at most 64. Source: the contract's `volume_base.name`.
fn checked_name(name: &str) -> Result<(), Refusal> {
    let fits = name.len() <= 64
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if fits { Ok(()) } else { Err(Refusal::unprocessable("invalid volume name")) }
}

/// 1 GiB to 16 TiB. Source: DigitalOcean documentation, Volumes Block Storage.
fn checked_size(size: i64) -> Result<i64, Refusal> {
    if (1..=16_384).contains(&size) {
        Ok(size)
    } else {
        Err(Refusal::unprocessable("size_gigabytes must be between 1 and 16384"))
    }
}

fn read(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    Ok(Reply::ok("volume", cx.find(VOLUMES, req.param("volume_id"))?))
}

fn delete(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let id = req.param("volume_id");
    let doc = cx.find(VOLUMES, id)?;
    checked_detached(&doc)?;
    destroy(cx, id);
    Ok(Reply::no_content())
}

fn checked_detached(doc: &Value) -> Result<(), Refusal> {
    if doc["droplet_ids"].as_array().is_some_and(|ids| !ids.is_empty()) {
        return Err(Refusal::conflict("a volume that is attached cannot be deleted"));
    }
    Ok(())
}

/// Ends a volume, attached or not. Its snapshots stay.
pub fn destroy(cx: &mut Cx, id: &str) {
    let _ = detach(cx, id);
    cx.remove(VOLUMES, id);
    projects::withdraw(cx, &format!("do:volume:{id}"));
}

fn named(cx: &Cx, name: Option<&str>, region: Option<&str>) -> Result<String, Refusal> {
    let region = region.unwrap_or("");
    cx.list(VOLUMES)
        .into_iter()
        .find(|v| Some(v["name"].as_str().unwrap_or("")) == name && v["region"]["slug"] == region)
        .and_then(|v| v["id"].as_str().map(str::to_owned))
        .ok_or_else(Refusal::not_found)
}

fn delete_named(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let id = named(cx, req.query("name"), req.query("region"))?;
    let doc = cx.find(VOLUMES, &id)?;
    checked_detached(&doc)?;
    destroy(cx, &id);
    Ok(Reply::no_content())
}

/// Attaches a volume to a droplet of its region.
///
/// # Errors
/// 404 when there is no such volume or droplet; 422 when it is elsewhere, taken, or one too many.
pub fn attach(cx: &mut Cx, volume: &str, droplet: &str) -> Result<(), Refusal> {
    let machine = cx.get("droplets", droplet).cloned().ok_or_else(Refusal::not_found)?;
    let doc = cx.get(VOLUMES, volume).cloned().ok_or_else(Refusal::not_found)?;
    if doc["region"]["slug"] != machine["region"]["slug"] {
        return Err(Refusal::unprocessable("the volume and the droplet are not in the same region"));
    }
    if doc["droplet_ids"].as_array().is_some_and(|ids| !ids.is_empty()) {
        return Err(Refusal::unprocessable("Attachment not found or volume already attached to a droplet"));
    }
    if machine["volume_ids"].as_array().is_some_and(|ids| ids.len() >= PER_DROPLET) {
        return Err(Refusal::unprocessable("the droplet has as many volumes as it can"));
    }
    if let Some(ids) = cx.edit(VOLUMES, volume).and_then(|d| d["droplet_ids"].as_array_mut()) {
        ids.push(machine["id"].clone());
    }
    if let Some(ids) = cx.edit("droplets", droplet).and_then(|d| d["volume_ids"].as_array_mut()) {
        ids.push(volume.into());
    }
    Ok(())
}

/// Detaches a volume from whatever it is attached to.
///
/// # Errors
/// 422 when it is attached to nothing.
pub fn detach(cx: &mut Cx, volume: &str) -> Result<(), Refusal> {
    let held = cx.edit(VOLUMES, volume).and_then(|d| d["droplet_ids"].as_array_mut()).map(std::mem::take).unwrap_or_default();
    if held.is_empty() {
        return Err(Refusal::unprocessable("Attachment not found"));
    }
    for droplet in held {
        if let Some(ids) = cx.edit("droplets", &droplet.to_string()).and_then(|d| d["volume_ids"].as_array_mut()) {
            ids.retain(|v| v != volume);
        }
    }
    Ok(())
}

fn act_named(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let id = named(cx, req.opt_text("volume_name")?, req.opt_text("region")?)?;
    perform(cx, req, &id)
}

fn act(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    perform(cx, req, req.param("volume_id"))
}

fn perform(cx: &mut Cx, req: &Req, id: &str) -> Result<Reply, Refusal> {
    let doc = cx.find(VOLUMES, id)?;
    let kind = match req.text("type")? {
        "attach" => {
            attach(cx, id, &req.number("droplet_id")?.to_string())?;
            "attach_volume"
        }
        "detach" => {
            detach(cx, id)?;
            "detach_volume"
        }
        "resize" => {
            let size = checked_size(req.number("size_gigabytes")?)?;
            // DigitalOcean documentation, Kubernetes: a volume grows only.
            if size <= doc["size_gigabytes"].as_i64().unwrap_or(0) {
                return Err(Refusal::unprocessable("New size must be bigger than current size"));
            }
            if let Some(volume) = cx.edit(VOLUMES, id) {
                volume["size_gigabytes"] = size.into();
            }
            "resize"
        }
        _ => return Err(Refusal::unprocessable("You specified an invalid action type.")),
    };
    let region = doc["region"]["slug"].as_str().unwrap_or("");
    let resource = format!("volume:{id}");
    Ok(Reply::accepted("action", actions::record(cx, kind, &resource, region, "volume_action", None)))
}

fn history(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let id = req.param("volume_id");
    cx.find(VOLUMES, id)?;
    Reply::page(req, "actions", actions::of(cx, &format!("volume:{id}")))
}

fn action(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let resource = format!("volume:{}", req.param("volume_id"));
    Ok(Reply::ok("action", actions::one(cx, &resource, req.param("action_id"))?))
}

/// Snapshots of the volume that Kubernetes of `cluster` made.
#[must_use]
pub fn of_cluster(cx: &Cx, cluster: &str) -> (Vec<String>, Vec<String>) {
    let tag = format!("k8s:{cluster}");
    let ids: Vec<String> = cx
        .list(VOLUMES)
        .into_iter()
        .filter(|v| tags::carries(v, &tag))
        .filter_map(|v| v["id"].as_str().map(str::to_owned))
        .collect();
    let mut taken: Vec<String> = ids.iter().flat_map(|v| snapshots::ids_of(cx, v)).collect();
    for snapshot in cx.list("snapshots") {
        let id = snapshot["id"].as_str().unwrap_or("").to_owned();
        if tags::carries(snapshot, &tag) && !taken.contains(&id) {
            taken.push(id);
        }
    }
    (ids, taken)
}
