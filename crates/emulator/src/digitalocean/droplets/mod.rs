//! Droplets: virtual machines, those that are nodes of Kubernetes included.

mod act;
mod associated;
mod build;
#[cfg(test)]
mod tests;

pub use build::{New, destroy, insert, room};

use super::tags;
use crate::route::EventHandler;
use crate::{Cx, Refusal, Reply, Req, Route};
use serde_json::{Value, json};

/// Operations.
pub const ROUTES: &[Route] = &[
    Route { method: "GET", path: "/v2/droplets", scope: "droplet:read", run: list },
    Route { method: "POST", path: "/v2/droplets", scope: "droplet:create", run: create },
    Route { method: "DELETE", path: "/v2/droplets", scope: "droplet:delete", run: delete_tagged },
    Route { method: "GET", path: "/v2/droplets/{droplet_id}", scope: "droplet:read", run: read },
    Route { method: "DELETE", path: "/v2/droplets/{droplet_id}", scope: "droplet:delete", run: delete },
    Route { method: "GET", path: "/v2/droplets/{droplet_id}/backups", scope: "droplet:read", run: backups },
    Route { method: "GET", path: "/v2/droplets/{droplet_id}/snapshots", scope: "droplet:read", run: snapshots },
    Route { method: "GET", path: "/v2/droplets/{droplet_id}/kernels", scope: "droplet:read", run: kernels },
    Route { method: "GET", path: "/v2/droplets/{droplet_id}/firewalls", scope: "firewall:read", run: firewalls },
    Route { method: "GET", path: "/v2/droplets/{droplet_id}/neighbors", scope: "droplet:read", run: neighbors },
    Route { method: "GET", path: "/v2/droplets/{droplet_id}/actions", scope: "droplet:read", run: act::list },
    Route { method: "POST", path: "/v2/droplets/{droplet_id}/actions", scope: "droplet:update", run: act::start },
    Route { method: "GET", path: "/v2/droplets/{droplet_id}/actions/{action_id}", scope: "droplet:read", run: act::read },
    Route { method: "POST", path: "/v2/droplets/actions", scope: "droplet:update", run: act::start_tagged },
    Route {
        method: "GET",
        path: "/v2/droplets/{droplet_id}/destroy_with_associated_resources",
        scope: "droplet:read",
        run: associated::list,
    },
    Route {
        method: "DELETE",
        path: "/v2/droplets/{droplet_id}/destroy_with_associated_resources/selective",
        scope: associated::SCOPE,
        run: associated::selective,
    },
    Route {
        method: "DELETE",
        path: "/v2/droplets/{droplet_id}/destroy_with_associated_resources/dangerous",
        scope: associated::SCOPE,
        run: associated::dangerous,
    },
    Route {
        method: "GET",
        path: "/v2/droplets/{droplet_id}/destroy_with_associated_resources/status",
        scope: "droplet:delete",
        run: associated::status,
    },
];

/// Events.
pub const EVENTS: &[(&str, EventHandler)] = &[("droplet_active", build::active), ("droplet_acted", act::acted)];

/// Collection of droplets, by id.
pub(crate) const DROPLETS: &str = "droplets";

fn list(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let mut docs = cx.visible(DROPLETS);
    if let Some(tag) = req.query("tag_name") {
        docs.retain(|d| tags::carries(d, tag));
    }
    if let Some(name) = req.query("name") {
        docs.retain(|d| d["name"] == name);
    }
    if req.query("type") == Some("gpus") {
        docs.clear();
    }
    Reply::page(req, "droplets", docs)
}

fn create(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let names = match req.opt_texts("names")? {
        Some(names) if !names.is_empty() => names,
        _ => vec![req.text("name")?.to_owned()],
    };
    room(cx, names.len())?;
    let region = super::regions::checked(req.opt_filled("region")?.unwrap_or("nyc3"))?;
    let size = super::sizes::checked(req.text("size")?)?;
    let image = req.field("image").cloned().unwrap_or_default();
    let image = super::images::checked(cx, &image)?;
    let wanted_tags = req.opt_texts("tags")?.unwrap_or_default();
    tags::touch(cx, &wanted_tags)?;
    for key in req.opt_array("ssh_keys")?.into_iter().flatten() {
        if !super::account::has_key(cx, key) {
            return Err(Refusal::unprocessable(format!("{key} are invalid key identifiers for Droplet creation.")));
        }
    }
    let vpc = super::vpcs::place(cx, region, req.opt_text("vpc_uuid")?)?;
    let public = req.opt_flag("public_networking")?.unwrap_or(true);
    let volumes = req.opt_texts("volumes")?.unwrap_or_default();
    let mut features = vec!["droplet_agent", "private_networking"];
    for (field, feature) in [("backups", "backups"), ("ipv6", "ipv6"), ("monitoring", "monitoring")] {
        if req.opt_flag(field)?.unwrap_or(false) {
            features.push(feature);
        }
    }
    let many = req.has("names");
    let mut docs = Vec::new();
    let mut links = Vec::new();
    for name in names {
        checked_name(&name)?;
        let new = New {
            name: &name,
            region,
            size,
            image: image.clone(),
            vpc: &vpc,
            tags: &wanted_tags,
            features: &features,
            public,
            ready: "droplet",
        };
        let doc = insert(cx, new)?;
        let id = doc["id"].to_string();
        for volume in &volumes {
            super::volumes::attach(cx, volume, &id)?;
        }
        let action = super::actions::record(cx, "create", &format!("droplet:{id}"), region, "droplet", None);
        links.extend(super::actions::links(&action, "create")["actions"].as_array().cloned().unwrap_or_default());
        docs.push(cx.get(DROPLETS, &id).cloned().unwrap_or(doc));
    }
    let body = if many {
        json!({ "droplets": docs, "links": { "actions": links } })
    } else {
        json!({ "droplet": docs.first(), "links": { "actions": links } })
    };
    Ok(Reply::json(202, body))
}

/// Source: the contract's `droplet_single_create.name`.
fn checked_name(name: &str) -> Result<(), Refusal> {
    let fits = !name.is_empty()
        && name.len() <= 255
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '.' || c == '-')
        && name.chars().last().is_some_and(|c| c.is_ascii_alphanumeric());
    if fits {
        Ok(())
    } else {
        Err(Refusal::unprocessable("Only valid hostname characters are allowed. (a-z, A-Z, 0-9, . and -)"))
    }
}

fn read(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    Ok(Reply::ok("droplet", cx.find(DROPLETS, req.param("droplet_id"))?))
}

fn delete(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let id = req.param("droplet_id");
    cx.find(DROPLETS, id)?;
    destroy(cx, id);
    Ok(Reply::no_content())
}

fn tagged(cx: &Cx, req: &Req) -> Result<Vec<String>, Refusal> {
    let tag = req.query("tag_name").filter(|t| !t.is_empty()).ok_or_else(|| Refusal::unprocessable("tag_name is required"))?;
    Ok(cx.list(DROPLETS).into_iter().filter(|d| tags::carries(d, tag)).map(|d| d["id"].to_string()).collect())
}

fn delete_tagged(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    for id in tagged(cx, req)? {
        destroy(cx, &id);
    }
    Ok(Reply::no_content())
}

fn backups(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    cx.find(DROPLETS, req.param("droplet_id"))?;
    Reply::page(req, "backups", Vec::new())
}

fn kernels(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    cx.find(DROPLETS, req.param("droplet_id"))?;
    Reply::page(req, "kernels", Vec::new())
}

fn snapshots(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let id = req.param("droplet_id");
    cx.find(DROPLETS, id)?;
    let docs = super::snapshots::ids_of(cx, id)
        .iter()
        .filter_map(|s| cx.get("snapshots", s))
        .map(|s| {
            // This list shows numbers and the kind of snapshot, not what it was made of.
            json!({
                "id": s["id"].as_str().and_then(|i| i.parse::<i64>().ok()),
                "name": s["name"],
                "created_at": s["created_at"],
                "regions": s["regions"],
                "min_disk_size": s["min_disk_size"],
                "size_gigabytes": s["size_gigabytes"],
                "type": "snapshot",
            })
        })
        .collect();
    Reply::page(req, "snapshots", docs)
}

fn firewalls(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let droplet = cx.find(DROPLETS, req.param("droplet_id"))?;
    let mut docs = cx.visible("firewalls");
    docs.retain(|f| {
        let named = f["droplet_ids"].as_array().is_some_and(|ids| ids.contains(&droplet["id"]));
        let by_tag = f["tags"].as_array().into_iter().flatten().filter_map(Value::as_str);
        named || by_tag.into_iter().any(|t| tags::carries(&droplet, t))
    });
    Reply::page(req, "firewalls", docs)
}

fn neighbors(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    cx.find(DROPLETS, req.param("droplet_id"))?;
    Ok(Reply::ok("droplets", json!([])))
}
