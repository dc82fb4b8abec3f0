//! Snapshots of droplets and volumes.

use crate::{Cx, Refusal, Reply, Req, Route};
use serde_json::{Value, json};

/// Operations.
pub const ROUTES: &[Route] = &[
    Route { method: "GET", path: "/v2/snapshots", scope: "snapshot:read", run: list },
    Route { method: "GET", path: "/v2/snapshots/{snapshot_id}", scope: "snapshot:read block_storage_snapshot:read", run: read },
    Route { method: "DELETE", path: "/v2/snapshots/{snapshot_id}", scope: "image:delete snapshot:delete", run: delete },
    Route { method: "GET", path: "/v2/volumes/snapshots/{snapshot_id}", scope: "block_storage_snapshot:read", run: read_volume },
    Route { method: "DELETE", path: "/v2/volumes/snapshots/{snapshot_id}", scope: "block_storage_snapshot:delete", run: delete },
    Route { method: "GET", path: "/v2/volumes/{volume_id}/snapshots", scope: "block_storage_snapshot:read", run: of_volume },
    Route { method: "POST", path: "/v2/volumes/{volume_id}/snapshots", scope: "block_storage_snapshot:create", run: take },
];

/// Collection of snapshots, by id.
const SNAPSHOTS: &str = "snapshots";

/// What a snapshot is made of.
pub struct Source<'a> {
    /// `droplet` or `volume`.
    pub kind: &'a str,
    /// Its id.
    pub id: &'a str,
    /// Region.
    pub region: &'a str,
    /// Smallest disk, in GiB, that it fits on.
    pub disk: i64,
}

/// Makes a snapshot; one of a volume has a UUID, one of a droplet a number (it is an image, too).
pub fn insert(cx: &mut Cx, source: &Source, name: &str, tags: &[String]) -> Value {
    let id = if source.kind == "volume" { cx.uuid() } else { cx.number().to_string() };
    let doc = json!({
        "id": id,
        "name": name,
        "created_at": cx.stamp(),
        "regions": [source.region],
        "min_disk_size": source.disk,
        "size_gigabytes": 1.5,
        "resource_id": source.id,
        "resource_type": source.kind,
        "tags": tags,
    });
    cx.put(SNAPSHOTS, &id, doc.clone());
    doc
}

/// Ids of the snapshots of an object.
#[must_use]
pub fn ids_of(cx: &Cx, resource_id: &str) -> Vec<String> {
    cx.list(SNAPSHOTS)
        .into_iter()
        .filter(|s| s["resource_id"] == resource_id)
        .filter_map(|s| s["id"].as_str().map(str::to_owned))
        .collect()
}

/// Deletes a snapshot; false when there is none.
pub fn forget(cx: &mut Cx, id: &str) -> bool {
    cx.remove(SNAPSHOTS, id).is_some()
}

/// A droplet's snapshot in the form of an image.
#[must_use]
pub fn as_image(cx: &Cx, id: &str) -> Option<Value> {
    let snapshot = cx.get(SNAPSHOTS, id).filter(|s| s["resource_type"] == "droplet")?;
    Some(json!({
        "id": id.parse::<i64>().ok()?,
        "name": snapshot["name"],
        "type": "snapshot",
        "distribution": "Unknown",
        "slug": null,
        "public": false,
        "regions": snapshot["regions"],
        "created_at": snapshot["created_at"],
        "min_disk_size": snapshot["min_disk_size"],
        "size_gigabytes": snapshot["size_gigabytes"],
        "description": "",
        "tags": snapshot["tags"],
        "status": "available",
        "error_message": "",
    }))
}

fn list(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let mut docs = cx.visible(SNAPSHOTS);
    if let Some(kind) = req.query("resource_type") {
        docs.retain(|d| d["resource_type"] == kind);
    }
    Reply::page(req, "snapshots", docs)
}

fn read(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    Ok(Reply::ok("snapshot", cx.find(SNAPSHOTS, req.param("snapshot_id"))?))
}

fn read_volume(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let doc = cx.find(SNAPSHOTS, req.param("snapshot_id"))?;
    if doc["resource_type"] != "volume" {
        return Err(Refusal::not_found());
    }
    Ok(Reply::ok("snapshot", doc))
}

fn delete(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let id = req.param("snapshot_id");
    cx.find(SNAPSHOTS, id)?;
    cx.remove(SNAPSHOTS, id);
    Ok(Reply::no_content())
}

fn of_volume(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let volume = req.param("volume_id");
    cx.find("volumes", volume)?;
    let mut docs = cx.visible(SNAPSHOTS);
    docs.retain(|d| d["resource_id"] == volume);
    Reply::page(req, "snapshots", docs)
}

fn take(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let id = req.param("volume_id").to_owned();
    let volume = cx.find("volumes", &id)?;
    let name = req.text("name")?.to_owned();
    let tags = req.opt_texts("tags")?.unwrap_or_default();
    super::tags::touch(cx, &tags)?;
    let source = Source {
        kind: "volume",
        id: &id,
        region: volume["region"]["slug"].as_str().unwrap_or(""),
        disk: volume["size_gigabytes"].as_i64().unwrap_or(1),
    };
    let doc = insert(cx, &source, &name, &tags);
    Ok(Reply::created("snapshot", doc))
}
