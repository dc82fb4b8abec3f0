//! Firewalls: rules for the droplets that they name or that carry their tags.

use super::tags;
use crate::route::EventHandler;
use crate::{Cx, Refusal, Reply, Req, Route};
use serde_json::{Value, json};

/// Operations.
pub const ROUTES: &[Route] = &[
    Route { method: "GET", path: "/v2/firewalls", scope: "firewall:read", run: list },
    Route { method: "POST", path: "/v2/firewalls", scope: "firewall:create", run: create },
    Route { method: "GET", path: "/v2/firewalls/{firewall_id}", scope: "firewall:read", run: read },
    Route { method: "PUT", path: "/v2/firewalls/{firewall_id}", scope: "firewall:update", run: update },
    Route { method: "DELETE", path: "/v2/firewalls/{firewall_id}", scope: "firewall:delete", run: delete },
    Route { method: "POST", path: "/v2/firewalls/{firewall_id}/droplets", scope: "firewall:update", run: add_droplets },
    Route { method: "DELETE", path: "/v2/firewalls/{firewall_id}/droplets", scope: "firewall:update", run: remove_droplets },
    Route { method: "POST", path: "/v2/firewalls/{firewall_id}/tags", scope: "firewall:update", run: add_tags },
    Route { method: "DELETE", path: "/v2/firewalls/{firewall_id}/tags", scope: "firewall:update", run: remove_tags },
    Route { method: "POST", path: "/v2/firewalls/{firewall_id}/rules", scope: "firewall:update", run: add_rules },
    Route { method: "DELETE", path: "/v2/firewalls/{firewall_id}/rules", scope: "firewall:update", run: remove_rules },
];

/// Events.
pub const EVENTS: &[(&str, EventHandler)] = &[("firewall_applied", applied)];

/// Collection of firewalls, by id.
const FIREWALLS: &str = "firewalls";

/// The two lists of rules, and what each rule calls its other end.
const DIRECTIONS: [(&str, &str); 2] = [("inbound_rules", "sources"), ("outbound_rules", "destinations")];

fn list(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    Reply::page(req, "firewalls", cx.visible(FIREWALLS))
}

fn read(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    Ok(Reply::ok("firewall", cx.find(FIREWALLS, req.param("firewall_id"))?))
}

fn create(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let id = cx.uuid();
    let mut doc = json!({ "id": id, "name": "", "status": "waiting", "created_at": cx.stamp(), "pending_changes": [] });
    apply(cx, req, &mut doc)?;
    let droplets = doc["droplet_ids"].as_array().cloned().unwrap_or_default();
    doc["pending_changes"] =
        droplets.iter().map(|d| json!({ "droplet_id": d, "removing": false, "status": "waiting" })).collect();
    cx.put(FIREWALLS, &id, doc.clone());
    settle(cx, &id);
    Ok(Reply::accepted("firewall", doc))
}

fn settle(cx: &mut Cx, id: &str) {
    let wait = cx.draw("firewall");
    cx.after(wait, "firewall_applied", json!({ "id": id }));
}

/// Event: the rules are in force.
fn applied(cx: &mut Cx, args: &Value) {
    if let Some(doc) = cx.edit(FIREWALLS, args["id"].as_str().unwrap_or("")) {
        doc["status"] = "succeeded".into();
        doc["pending_changes"] = json!([]);
    }
}

/// Sets everything; an update replaces what it leaves out.
fn apply(cx: &mut Cx, req: &Req, doc: &mut Value) -> Result<(), Refusal> {
    doc["name"] = checked_name(cx, req.text("name")?, doc["id"].as_str())?.into();
    let mut rules = 0;
    for (field, end) in DIRECTIONS {
        let given = checked_rules(req, field, end)?;
        rules += given.len();
        doc[field] = given.into();
    }
    if rules == 0 {
        return Err(Refusal::unprocessable("must specify at least one rule"));
    }
    doc["droplet_ids"] = checked_droplets(cx, req)?.into();
    let chosen = req.opt_texts("tags")?.unwrap_or_default();
    tags::touch(cx, &chosen)?;
    doc["tags"] = chosen.into();
    Ok(())
}

fn update(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let id = req.param("firewall_id");
    let mut doc = cx.find(FIREWALLS, id)?;
    apply(cx, req, &mut doc)?;
    doc["status"] = "waiting".into();
    cx.put(FIREWALLS, id, doc.clone());
    settle(cx, id);
    Ok(Reply::ok("firewall", doc))
}

fn delete(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let id = req.param("firewall_id");
    cx.find(FIREWALLS, id)?;
    cx.remove(FIREWALLS, id);
    Ok(Reply::no_content())
}

/// Letters, digits, `.` and `-`, and no other firewall of that name. Source: the contract's `firewall.name`.
fn checked_name<'a>(cx: &Cx, name: &'a str, own: Option<&str>) -> Result<&'a str, Refusal> {
    let fits = name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '.' || c == '-')
        && name.len() <= 255;
    if !fits {
        return Err(Refusal::unprocessable("name is invalid"));
    }
    if cx.list(FIREWALLS).into_iter().any(|f| f["name"] == name && f["id"].as_str() != own) {
        return Err(Refusal::conflict("duplicate name"));
    }
    Ok(name)
}

fn checked_droplets(cx: &Cx, req: &Req) -> Result<Vec<Value>, Refusal> {
    let ids = req.opt_array("droplet_ids")?.cloned().unwrap_or_default();
    // Source: the vendor's limits, ten droplets a firewall.
    if ids.len() > 10 {
        return Err(Refusal::unprocessable("too many droplets"));
    }
    if ids.iter().any(|id| cx.get("droplets", &id.to_string()).is_none()) {
        return Err(Refusal::unprocessable("droplet_ids names a droplet that does not exist"));
    }
    Ok(ids)
}

fn checked_rules(req: &Req, field: &str, end: &str) -> Result<Vec<Value>, Refusal> {
    let rules = req.opt_array(field)?.cloned().unwrap_or_default();
    rules
        .into_iter()
        .map(|mut rule| {
            let protocol = rule["protocol"].as_str().unwrap_or("").to_owned();
            if !["tcp", "udp", "icmp"].contains(&protocol.as_str()) {
                return Err(Refusal::unprocessable(format!("{field}: protocol is invalid")));
            }
            if protocol == "icmp" {
                // ICMP has no ports; the vendor reads it back as 0.
                rule["ports"] = "0".into();
            } else {
                let ports = rule["ports"].as_str().unwrap_or("").to_owned();
                rule["ports"] =
                    checked_ports(&ports).ok_or_else(|| Refusal::unprocessable(format!("{field}: ports are invalid")))?.into();
            }
            if !rule[end].is_object() {
                return Err(Refusal::unprocessable(format!("{field}: {end} are required")));
            }
            Ok(rule)
        })
        .collect()
}

/// One port, a range, or all of them, which read back as `0`. Source: the contract's `firewall_rule_base.ports`.
fn checked_ports(text: &str) -> Option<String> {
    if text == "0" || text == "all" {
        return Some("0".to_owned());
    }
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (first.parse::<u16>().ok()?, last.parse::<u16>().ok()?);
    (first > 0 && first <= last).then(|| text.to_owned())
}

fn items<'c>(cx: &'c mut Cx, req: &Req, field: &str) -> Result<&'c mut Vec<Value>, Refusal> {
    let id = req.param("firewall_id");
    cx.find(FIREWALLS, id)?;
    cx.edit(FIREWALLS, id).and_then(|d| d[field].as_array_mut()).ok_or_else(Refusal::not_found)
}

fn add(cx: &mut Cx, req: &Req, field: &str, more: Vec<Value>) -> Result<(), Refusal> {
    let present = items(cx, req, field)?;
    for item in more {
        if !present.contains(&item) {
            present.push(item);
        }
    }
    Ok(())
}

fn add_droplets(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let more = checked_droplets(cx, req)?;
    add(cx, req, "droplet_ids", more)?;
    Ok(Reply::no_content())
}

fn remove_droplets(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let gone = req.opt_array("droplet_ids")?.cloned().unwrap_or_default();
    items(cx, req, "droplet_ids")?.retain(|i| !gone.contains(i));
    Ok(Reply::no_content())
}

fn add_tags(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let more = req.opt_texts("tags")?.unwrap_or_default();
    tags::touch(cx, &more)?;
    add(cx, req, "tags", more.into_iter().map(Value::from).collect())?;
    Ok(Reply::no_content())
}

fn remove_tags(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let gone = req.opt_array("tags")?.cloned().unwrap_or_default();
    items(cx, req, "tags")?.retain(|i| !gone.contains(i));
    Ok(Reply::no_content())
}

fn add_rules(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    for (field, end) in DIRECTIONS {
        let more = checked_rules(req, field, end)?;
        add(cx, req, field, more)?;
    }
    Ok(Reply::no_content())
}

fn remove_rules(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    for (field, end) in DIRECTIONS {
        let gone = checked_rules(req, field, end)?;
        items(cx, req, field)?.retain(|i| !gone.contains(i));
    }
    Ok(Reply::no_content())
}
