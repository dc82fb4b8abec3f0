//! Images: distributions that the vendor offers, and custom ones.

use crate::route::EventHandler;
use crate::{Cx, Refusal, Reply, Req, Route};
use serde_json::{Value, json};

/// Operations.
pub const ROUTES: &[Route] = &[
    Route { method: "GET", path: "/v2/images", scope: "image:read", run: list },
    Route { method: "POST", path: "/v2/images", scope: "image:create", run: create },
    Route { method: "GET", path: "/v2/images/{image_id}", scope: "image:read", run: read },
    Route { method: "PUT", path: "/v2/images/{image_id}", scope: "image:update", run: update },
    Route { method: "DELETE", path: "/v2/images/{image_id}", scope: "image:delete", run: delete },
];

/// Events.
pub const EVENTS: &[(&str, EventHandler)] = &[("image_ready", ready)];

/// Custom images, by id.
const IMAGES: &str = "images";

/// Regions that the contract's image schema names.
const REGIONS: &[&str] = &["ams3", "blr1", "fra1", "lon1", "nyc1", "nyc3", "sfo2", "sfo3", "sgp1", "tor1", "syd1"];

/// Id, slug, name, distribution of what the vendor offers. Source: the vendor's list of distribution images, 2026-11.
const OFFERED: &[(i64, &str, &str, &str)] = &[
    (194_427_001, "ubuntu-24-04-x64", "24.04 (LTS) x64", "Ubuntu"),
    (194_427_002, "ubuntu-22-04-x64", "22.04 (LTS) x64", "Ubuntu"),
    (194_427_003, "debian-13-x64", "13 x64", "Debian"),
    (194_427_004, "debian-12-x64", "12 x64", "Debian"),
    (194_427_005, "fedora-42-x64", "42 x64", "Fedora"),
    (194_427_006, "rockylinux-9-x64", "9 x64", "Rocky Linux"),
    (194_427_007, "centos-stream-9-x64", "9 Stream x64", "CentOS"),
];

fn offered(id: i64, slug: &str, name: &str, distribution: &str) -> Value {
    json!({
        "id": id,
        "name": name,
        "type": "base",
        "distribution": distribution,
        "slug": slug,
        "public": true,
        "regions": REGIONS,
        "created_at": "2026-06-01T00:00:00Z",
        "min_disk_size": 7,
        "size_gigabytes": 0.6,
        "description": format!("{distribution} {name}"),
        "tags": [],
        "status": "available",
        "error_message": "",
    })
}

/// The image that a droplet's nodes of Kubernetes run on.
#[must_use]
pub fn of_nodes(version: &str) -> Value {
    json!({
        "id": 194_428_000,
        "name": format!("do-kube-{version}"),
        "type": "snapshot",
        "distribution": "Debian",
        "slug": null,
        "public": false,
        "regions": REGIONS,
        "created_at": "2026-06-01T00:00:00Z",
        "min_disk_size": 20,
        "size_gigabytes": 2.4,
        "description": "",
        "tags": [],
        "status": "available",
        "error_message": "",
    })
}

/// The image given by id (number or text) or slug.
///
/// # Errors
/// 422 when there is none.
pub fn checked(cx: &Cx, given: &Value) -> Result<Value, Refusal> {
    let text = given.as_str().map_or_else(|| given.to_string(), str::to_owned);
    OFFERED
        .iter()
        .find(|(id, slug, ..)| *slug == text || id.to_string() == text)
        .map(|(id, slug, name, distribution)| offered(*id, slug, name, distribution))
        .or_else(|| cx.get(IMAGES, &text).cloned())
        .or_else(|| super::snapshots::as_image(cx, &text))
        .ok_or_else(|| Refusal::unprocessable("You specified an invalid image for Droplet creation."))
}

fn list(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let own = cx.visible(IMAGES);
    let mut docs = Vec::new();
    if req.query("private") != Some("true") && req.query("type") != Some("application") {
        docs.extend(OFFERED.iter().map(|(id, slug, name, d)| offered(*id, slug, name, d)));
    }
    if req.query("type").is_none() {
        docs.extend(own);
    }
    if let Some(tag) = req.query("tag_name") {
        docs.retain(|d| super::tags::carries(d, tag));
    }
    Reply::page(req, "images", docs)
}

fn create(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let name = req.text("name")?.to_owned();
    req.text("url")?;
    let region = super::regions::checked(req.text("region")?)?;
    let tags = req.opt_texts("tags")?.unwrap_or_default();
    super::tags::touch(cx, &tags)?;
    let id = cx.number();
    let doc = json!({
        "id": id,
        "name": name,
        "type": "custom",
        "distribution": req.opt_filled("distribution")?.unwrap_or("Unknown"),
        "slug": null,
        "public": false,
        "regions": [region],
        "created_at": cx.stamp(),
        "min_disk_size": null,
        "size_gigabytes": null,
        "description": req.opt_text("description")?.unwrap_or(""),
        "tags": tags,
        "status": "NEW",
        "error_message": "",
    });
    cx.put(IMAGES, &id.to_string(), doc.clone());
    let wait = cx.draw("image");
    cx.after(wait, "image_ready", json!({ "id": id }));
    Ok(Reply::accepted("image", doc))
}

fn ready(cx: &mut Cx, args: &Value) {
    if let Some(image) = cx.edit(IMAGES, &args["id"].to_string()) {
        image["status"] = "available".into();
        image["min_disk_size"] = 10.into();
        image["size_gigabytes"] = 1.2.into();
    }
}

fn read(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let given = Value::from(req.param("image_id"));
    let doc = checked(cx, &given).map_err(|_| Refusal::not_found())?;
    Ok(Reply::ok("image", doc))
}

fn update(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let id = req.param("image_id");
    let mut doc = cx.find(IMAGES, id)?;
    for field in ["name", "distribution", "description"] {
        if let Some(text) = req.opt_text(field)? {
            doc[field] = text.into();
        }
    }
    cx.put(IMAGES, id, doc.clone());
    Ok(Reply::ok("image", doc))
}

fn delete(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let id = req.param("image_id");
    if cx.remove(IMAGES, id).is_none() && !super::snapshots::forget(cx, id) {
        return Err(Refusal::not_found());
    }
    Ok(Reply::no_content())
}
