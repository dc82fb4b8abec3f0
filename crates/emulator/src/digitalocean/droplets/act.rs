//! What can be done to a droplet: power, size, name, snapshots.

use super::DROPLETS;
use crate::digitalocean::{actions, sizes, snapshots};
use crate::{Cx, Refusal, Reply, Req};
use serde_json::{Value, json};

/// Every type of the contract's `droplet_action`.
const TYPES: &[&str] = &[
    "enable_backups",
    "disable_backups",
    "reboot",
    "power_cycle",
    "shutdown",
    "power_off",
    "power_on",
    "restore",
    "password_reset",
    "resize",
    "rebuild",
    "rename",
    "change_kernel",
    "enable_ipv6",
    "snapshot",
];

pub(super) fn list(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let id = req.param("droplet_id");
    cx.find(DROPLETS, id)?;
    Reply::page(req, "actions", actions::of(cx, &format!("droplet:{id}")))
}

pub(super) fn read(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let resource = format!("droplet:{}", req.param("droplet_id"));
    Ok(Reply::ok("action", actions::one(cx, &resource, req.param("action_id"))?))
}

pub(super) fn start(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    Ok(Reply::created("action", begin(cx, req, req.param("droplet_id"))?))
}

pub(super) fn start_tagged(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let mut docs = Vec::new();
    for id in super::tagged(cx, req)? {
        docs.push(begin(cx, req, &id)?);
    }
    Ok(Reply::created("actions", docs.into()))
}

fn begin(cx: &mut Cx, req: &Req, id: &str) -> Result<Value, Refusal> {
    let droplet = cx.find(DROPLETS, id)?;
    let action = req.text("type")?;
    if !TYPES.contains(&action) {
        return Err(Refusal::unprocessable("You specified an invalid action type."));
    }
    if droplet["locked"] == true {
        // The words that users of the API report for every action on a droplet that is in the middle of one.
        return Err(Refusal::unprocessable("Droplet already has a pending event."));
    }
    match action {
        "resize" => {
            let size = sizes::checked(req.text("size")?)?;
            if droplet["status"] == "active" {
                return Err(Refusal::unprocessable("Droplet must be powered off to be resized."));
            }
            if i64::from(size.disk) < droplet["disk"].as_i64().unwrap_or(0) {
                return Err(Refusal::unprocessable("This size is not available because it has a smaller disk."));
            }
        }
        "rename" => {
            req.text("name")?;
        }
        "power_on" if droplet["status"] == "active" => {
            return Err(Refusal::unprocessable("Droplet is already powered on."));
        }
        "power_off" | "shutdown" if droplet["status"] == "off" => {
            return Err(Refusal::unprocessable("Droplet is already powered off."));
        }
        _ => {}
    }
    let kind = if action == "snapshot" { "snapshot" } else { "droplet_action" };
    let args = json!({ "id": id, "type": action, "body": req.body });
    let region = droplet["region"]["slug"].as_str().unwrap_or("").to_owned();
    if let Some(droplet) = cx.edit(DROPLETS, id) {
        droplet["locked"] = true.into();
    }
    Ok(actions::record(cx, action, &format!("droplet:{id}"), &region, kind, Some(("droplet_acted", args))))
}

/// Event: the action's effect.
pub(super) fn acted(cx: &mut Cx, args: &Value) {
    let id = args["id"].as_str().unwrap_or("");
    let body = &args["body"];
    if let Some(droplet) = cx.edit(DROPLETS, id) {
        droplet["locked"] = false.into();
    }
    if args["type"] == "snapshot" {
        snapshot(cx, id, body["name"].as_str());
        return;
    }
    let Some(droplet) = cx.edit(DROPLETS, id) else {
        return;
    };
    match args["type"].as_str().unwrap_or("") {
        "power_off" | "shutdown" => droplet["status"] = "off".into(),
        "power_on" | "reboot" | "power_cycle" => droplet["status"] = "active".into(),
        "rename" => droplet["name"] = body["name"].clone(),
        "resize" => {
            if let Ok(size) = sizes::checked(body["size"].as_str().unwrap_or("")) {
                droplet["size_slug"] = size.slug.into();
                droplet["memory"] = size.memory.into();
                droplet["vcpus"] = size.vcpus.into();
                if body["disk"] == true {
                    droplet["disk"] = size.disk.into();
                }
                droplet["size"] = sizes::document(size);
            }
        }
        "enable_backups" => feature(droplet, "backups", true),
        "disable_backups" => feature(droplet, "backups", false),
        "enable_ipv6" => feature(droplet, "ipv6", true),
        _ => {}
    }
}

fn feature(droplet: &mut Value, name: &str, on: bool) {
    if let Some(features) = droplet["features"].as_array_mut() {
        features.retain(|f| f != name);
        if on {
            features.push(name.into());
        }
    }
}

fn snapshot(cx: &mut Cx, id: &str, name: Option<&str>) {
    let Some(droplet) = cx.get(DROPLETS, id).cloned() else {
        return;
    };
    let name = name.map_or_else(|| format!("{}-snapshot", droplet["name"].as_str().unwrap_or("")), str::to_owned);
    let source = snapshots::Source {
        kind: "droplet",
        id,
        region: droplet["region"]["slug"].as_str().unwrap_or(""),
        disk: droplet["disk"].as_i64().unwrap_or(0),
    };
    let made = snapshots::insert(cx, &source, &name, &[]);
    let number = made["id"].as_str().and_then(|i| i.parse::<i64>().ok());
    if let (Some(number), Some(ids)) = (number, cx.edit(DROPLETS, id).and_then(|d| d["snapshot_ids"].as_array_mut())) {
        ids.push(number.into());
    }
}
