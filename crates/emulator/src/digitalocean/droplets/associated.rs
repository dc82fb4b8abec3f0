//! Deletion of a droplet together with what belongs to it.

use super::{DROPLETS, destroy};
use crate::digitalocean::{reserved_ips, snapshots, volumes};
use crate::{Cx, Refusal, Reply, Req};
use serde_json::{Value, json};

/// Scopes of both deletions.
pub(super) const SCOPE: &str =
    "droplet:delete block_storage:delete block_storage_snapshot:delete image:delete reserved_ip:delete";

/// Kind, and the ids that belong to the droplet.
fn found(cx: &Cx, id: &str) -> [(&'static str, Vec<String>); 4] {
    let number = Value::from(id.parse::<i64>().unwrap_or_default());
    let attached: Vec<String> = cx
        .list("volumes")
        .into_iter()
        .filter(|v| v["droplet_ids"].as_array().is_some_and(|ids| ids.contains(&number)))
        .filter_map(|v| v["id"].as_str().map(str::to_owned))
        .collect();
    let of_volumes = attached.iter().flat_map(|v| snapshots::ids_of(cx, v)).collect();
    let addresses = cx.pairs("reserved_ips").filter(|(_, d)| d["_droplet"] == number).map(|(key, _)| key.to_owned()).collect();
    [
        ("reserved_ips", addresses),
        ("snapshots", snapshots::ids_of(cx, id)),
        ("volumes", attached),
        ("volume_snapshots", of_volumes),
    ]
}

fn entries(cx: &Cx, kind: &str, ids: &[String]) -> Value {
    let (collection, cost) = match kind {
        "reserved_ips" => ("reserved_ips", "0.00"),
        "volumes" => ("volumes", "10.00"),
        _ => ("snapshots", "0.06"),
    };
    ids.iter()
        .map(|id| {
            let name = cx.get(collection, id).and_then(|d| d["name"].as_str()).unwrap_or(id);
            json!({ "id": id, "name": name, "cost": cost })
        })
        .collect()
}

pub(super) fn list(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let id = req.param("droplet_id");
    cx.find(DROPLETS, id)?;
    let mut body = json!({ "floating_ips": [] });
    for (kind, ids) in found(cx, id) {
        body[kind] = entries(cx, kind, &ids);
    }
    body["floating_ips"] = body["reserved_ips"].clone();
    Ok(Reply::json(200, body))
}

pub(super) fn dangerous(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    if req.header("x-dangerous") != Some("true") {
        return Err(Refusal::unprocessable("the X-Dangerous header must be true"));
    }
    remove(cx, req, |_, _| true)
}

pub(super) fn selective(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    remove(cx, req, |kind, id| {
        let named = |field: &str| req.field(field).and_then(Value::as_array).is_some_and(|ids| ids.iter().any(|i| i == id));
        named(kind) || (kind == "reserved_ips" && named("floating_ips"))
    })
}

fn remove(cx: &mut Cx, req: &Req, wanted: impl Fn(&str, &str) -> bool) -> Result<Reply, Refusal> {
    let id = req.param("droplet_id");
    let droplet = cx.find(DROPLETS, id)?;
    let groups = found(cx, id);
    destroy(cx, id);
    let now = cx.stamp();
    let mut done = json!({});
    for (kind, ids) in groups {
        let mut gone = Vec::new();
        for one in ids.iter().filter(|one| wanted(kind, one)) {
            match kind {
                "volumes" => volumes::destroy(cx, one),
                "reserved_ips" => reserved_ips::release(cx, one),
                _ => {
                    snapshots::forget(cx, one);
                }
            }
            gone.push(json!({ "id": one, "name": one, "destroyed_at": now, "error_message": "" }));
        }
        done[kind] = gone.into();
    }
    done["floating_ips"] = done["reserved_ips"].clone();
    let report = json!({
        "droplet": { "id": id, "name": droplet["name"], "destroyed_at": now, "error_message": "" },
        "resources": done,
        "completed_at": now,
        "failures": 0,
    });
    cx.put_settled("_droplet_deletions", id, report);
    Ok(Reply { status: 202, ..Reply::no_content() })
}

pub(super) fn status(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    Ok(Reply::json(200, cx.find("_droplet_deletions", req.param("droplet_id"))?))
}
