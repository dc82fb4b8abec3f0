//! Reserved addresses: of a region, assigned to a droplet or to nothing.

use super::{actions, projects, regions};
use crate::{Cx, Refusal, Reply, Req, Route};
use serde_json::{Value, json};

/// Operations.
pub const ROUTES: &[Route] = &[
    Route { method: "GET", path: "/v2/reserved_ips", scope: "reserved_ip:read", run: list },
    Route { method: "POST", path: "/v2/reserved_ips", scope: "reserved_ip:create", run: create },
    Route { method: "GET", path: "/v2/reserved_ips/{ip}", scope: "reserved_ip:read", run: read },
    Route { method: "DELETE", path: "/v2/reserved_ips/{ip}", scope: "reserved_ip:delete", run: delete },
    Route { method: "GET", path: "/v2/reserved_ips/{ip}/actions", scope: "reserved_ip:read", run: history },
    Route { method: "POST", path: "/v2/reserved_ips/{ip}/actions", scope: "reserved_ip:update", run: act },
    Route { method: "GET", path: "/v2/reserved_ips/{ip}/actions/{action_id}", scope: "reserved_ip:read", run: action },
];

/// Collection of addresses, by address: `{ip, region, locked, project_id, _droplet}`.
const ADDRESSES: &str = "reserved_ips";

/// The address as clients see it, with its droplet.
fn shown(cx: &Cx, mut doc: Value) -> Value {
    let droplet = cx.get("droplets", &doc["_droplet"].to_string()).cloned();
    doc["droplet"] = droplet.unwrap_or(Value::Null);
    let ip = doc["ip"].as_str().unwrap_or("").to_owned();
    doc["project_id"] = projects::of(cx, &urn(&ip)).into();
    doc
}

fn urn(ip: &str) -> String {
    format!("do:floatingip:{ip}")
}

fn list(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let docs = cx.visible(ADDRESSES);
    let docs = docs.into_iter().map(|d| shown(cx, d)).collect();
    Reply::page(req, "reserved_ips", docs)
}

fn create(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    if cx.count(ADDRESSES) >= cx.limits().reserved_ips {
        return Err(Refusal::unprocessable("You have reached your reserved IP limit."));
    }
    let droplet = match req.opt_number("droplet_id")? {
        Some(id) => Some(
            cx.get("droplets", &id.to_string()).cloned().ok_or_else(|| Refusal::unprocessable("the droplet does not exist"))?,
        ),
        None => None,
    };
    let region = match &droplet {
        Some(droplet) => droplet["region"]["slug"].as_str().unwrap_or("").to_owned(),
        None => regions::checked(req.text("region")?)?.to_owned(),
    };
    let ip = cx.public_address();
    let doc = json!({
        "ip": ip,
        "region": regions::region(&region),
        "locked": false,
        "_droplet": droplet.as_ref().map(|d| d["id"].clone()),
    });
    cx.put(ADDRESSES, &ip, doc.clone());
    projects::enrol(cx, &urn(&ip), &format!("/v2/reserved_ips/{ip}"), req.opt_text("project_id")?)?;
    let mut shown = shown(cx, doc);
    let mut links = json!({});
    if let Some(droplet) = droplet {
        let action = actions::record(cx, "assign_ip", &format!("reserved_ip:{ip}"), &region, "reserved_ip_action", None);
        links = actions::links(&action, "assign_ip");
        let id = &droplet["id"];
        links["droplets"] =
            json!([{ "id": id, "rel": "droplet", "href": format!("https://api.digitalocean.com/v2/droplets/{id}") }]);
        shown["droplet"] = Value::Null;
        shown["locked"] = true.into();
    }
    Ok(Reply::json(202, json!({ "reserved_ip": shown, "links": links })))
}

fn read(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let doc = cx.find(ADDRESSES, req.param("ip"))?;
    Ok(Reply::ok("reserved_ip", shown(cx, doc)))
}

fn delete(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let ip = req.param("ip");
    cx.find(ADDRESSES, ip)?;
    release(cx, ip);
    Ok(Reply::no_content())
}

/// Gives an address back.
pub fn release(cx: &mut Cx, ip: &str) {
    cx.remove(ADDRESSES, ip);
    projects::withdraw(cx, &urn(ip));
}

fn act(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let ip = req.param("ip");
    let mut doc = cx.find(ADDRESSES, ip)?;
    let kind = match req.text("type")? {
        "assign" => {
            let id = req.number("droplet_id")?;
            let droplet =
                cx.get("droplets", &id.to_string()).ok_or_else(|| Refusal::unprocessable("the droplet does not exist"))?;
            if droplet["region"]["slug"] != doc["region"]["slug"] {
                return Err(Refusal::unprocessable("the droplet is in another region"));
            }
            doc["_droplet"] = id.into();
            "assign_ip"
        }
        "unassign" => {
            if doc["_droplet"].is_null() {
                return Err(Refusal::unprocessable("the address is not assigned"));
            }
            doc["_droplet"] = Value::Null;
            "unassign_ip"
        }
        _ => return Err(Refusal::unprocessable("You specified an invalid action type.")),
    };
    let region = doc["region"]["slug"].as_str().unwrap_or("").to_owned();
    cx.put(ADDRESSES, ip, doc);
    let resource = format!("reserved_ip:{ip}");
    let mut action = actions::record(cx, kind, &resource, &region, "reserved_ip_action", None);
    action["project_id"] = projects::of(cx, &urn(ip)).into();
    Ok(Reply::created("action", action))
}

fn history(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let ip = req.param("ip");
    cx.find(ADDRESSES, ip)?;
    Reply::page(req, "actions", actions::of(cx, &format!("reserved_ip:{ip}")))
}

fn action(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let resource = format!("reserved_ip:{}", req.param("ip"));
    let mut doc = actions::one(cx, &resource, req.param("action_id"))?;
    doc["project_id"] = projects::of(cx, &urn(req.param("ip"))).into();
    Ok(Reply::ok("action", doc))
}
