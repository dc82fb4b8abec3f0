//! Domains (zones) and their records.
//!
//! A zone comes with its SOA record and the vendor's three NS records. Records of a zone are a collection of their own,
//! `domain_records/<zone>`, so that large zones list fast.

mod records;
mod rules;
#[cfg(test)]
mod tests;

use super::projects;
use crate::route::EventHandler;
use crate::{Cx, Refusal, Reply, Req, Route};
use serde_json::{Value, json};

/// Operations.
pub const ROUTES: &[Route] = &[
    Route { method: "GET", path: "/v2/domains", scope: "domain:read", run: list },
    Route { method: "POST", path: "/v2/domains", scope: "domain:create", run: create },
    Route { method: "GET", path: "/v2/domains/{domain_name}", scope: "domain:read", run: read },
    Route { method: "DELETE", path: "/v2/domains/{domain_name}", scope: "domain:delete", run: delete },
    Route { method: "GET", path: "/v2/domains/{domain_name}/records", scope: "domain:read", run: records::list },
    Route {
        method: "POST",
        path: "/v2/domains/{domain_name}/records",
        scope: "domain:create|domain:update",
        run: records::create,
    },
    Route {
        method: "GET",
        path: "/v2/domains/{domain_name}/records/{domain_record_id}",
        scope: "domain:read",
        run: records::read,
    },
    Route {
        method: "PATCH",
        path: "/v2/domains/{domain_name}/records/{domain_record_id}",
        scope: "domain:update",
        run: records::update,
    },
    Route {
        method: "PUT",
        path: "/v2/domains/{domain_name}/records/{domain_record_id}",
        scope: "domain:update",
        run: records::update,
    },
    Route {
        method: "DELETE",
        path: "/v2/domains/{domain_name}/records/{domain_record_id}",
        scope: "domain:delete|domain:update",
        run: records::delete,
    },
];

/// Events.
pub const EVENTS: &[(&str, EventHandler)] = &[];

/// Zones, by name.
const DOMAINS: &str = "domains";
/// Names of zones of every team, since a zone exists once.
const TAKEN: &str = "global/_domain_names";

/// Source: the contract's domain record example.
const NAME_SERVERS: [&str; 3] = ["ns1.digitalocean.com", "ns2.digitalocean.com", "ns3.digitalocean.com"];

/// Seconds. Source: the contract's `ttl` of a domain.
const TTL: i64 = 1800;

fn urn(name: &str) -> String {
    format!("do:domain:{name}")
}

/// The zone of the team that a host name lies in; none when the team has no such zone.
#[must_use]
pub fn zone_of(cx: &Cx, host: &str) -> Option<String> {
    let mut name = host.trim_end_matches('.').to_lowercase();
    loop {
        if cx.get(DOMAINS, &name).is_some() {
            return Some(name);
        }
        name = name.split_once('.')?.1.to_owned();
    }
}

fn document(cx: &Cx, zone: &Value) -> Value {
    let name = zone["name"].as_str().unwrap_or("");
    json!({ "name": name, "ttl": TTL, "zone_file": records::zone_file(cx, zone) })
}

fn list(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let docs = cx.visible(DOMAINS).iter().map(|d| document(cx, d)).collect();
    Reply::page(req, "domains", docs)
}

fn create(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let name = req.text("name")?.trim_end_matches('.').to_lowercase();
    if !rules::is_domain(&name) {
        return Err(Refusal::unprocessable(format!("{name} is not a valid domain name")));
    }
    let address = req.opt_text("ip_address")?.filter(|a| !a.is_empty());
    if cx.get(TAKEN, &name).is_some() {
        return Err(Refusal::unprocessable("Name already exists"));
    }
    cx.put_settled(TAKEN, &name, cx.team_id().into());
    let zone = json!({ "name": name, "ttl": TTL, "_serial": cx.now().seconds() });
    cx.put(DOMAINS, &name, zone);
    records::begin(cx, &name);
    if let Some(address) = address {
        records::add(cx, &name, &json!({ "type": "A", "name": "@", "data": address }))?;
    }
    projects::enrol(cx, &urn(&name), &format!("/v2/domains/{name}"), None)?;
    // The zone file is not yet written when the reply leaves.
    Ok(Reply::created("domain", json!({ "name": name, "ttl": TTL, "zone_file": null })))
}

fn found(cx: &Cx, req: &Req) -> Result<Value, Refusal> {
    cx.find(DOMAINS, &req.param("domain_name").to_lowercase())
}

fn read(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let zone = found(cx, req)?;
    Ok(Reply::ok("domain", document(cx, &zone)))
}

fn delete(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let zone = found(cx, req)?;
    let name = zone["name"].as_str().unwrap_or("").to_owned();
    records::clear(cx, &name);
    cx.remove_settled(TAKEN, &name);
    cx.remove(DOMAINS, &name);
    projects::withdraw(cx, &urn(&name));
    Ok(Reply::no_content())
}
