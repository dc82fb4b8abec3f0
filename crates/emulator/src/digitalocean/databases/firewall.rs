//! Trusted sources: who may connect. An empty list lets everybody in.

use super::{RULES, cluster, id, key, parts, truth};
use crate::{Cx, Refusal, Reply, Req};
use ipnet::Ipv4Net;
use serde_json::{Value, json};
use std::net::Ipv4Addr;

/// Source: the contract's `databases_update_firewall_rules`.
const MOST: usize = 100;

/// A rule of a request.
pub struct Source {
    kind: String,
    value: String,
    description: Option<String>,
}

/// The `rules` of the request's body.
///
/// # Errors
/// 422 for an unknown type, an address that is not IPv4, or more than 100.
pub fn checked(req: &Req) -> Result<Vec<Source>, Refusal> {
    let rules = req.opt_array("rules")?.map_or(&[][..], Vec::as_slice);
    if rules.len() > MOST {
        return Err(Refusal::unprocessable(format!("a cluster can have at most {MOST} trusted sources")));
    }
    rules.iter().map(source).collect()
}

fn source(rule: &Value) -> Result<Source, Refusal> {
    let text = |field: &str| rule[field].as_str().unwrap_or("").to_owned();
    let (kind, value) = (text("type"), text("value"));
    let fits = match kind.as_str() {
        "ip_addr" => value.parse::<Ipv4Addr>().is_ok() || value.parse::<Ipv4Net>().is_ok(),
        "droplet" | "k8s" | "tag" | "app" => !value.is_empty(),
        _ => return Err(Refusal::unprocessable(format!("invalid firewall rule type '{kind}'"))),
    };
    if !fits {
        return Err(Refusal::unprocessable(format!("invalid firewall rule value '{value}' of type {kind}")));
    }
    Ok(Source { kind, value, description: rule["description"].as_str().map(str::to_owned) })
}

/// Replaces the list. What was on it before keeps its id and date.
pub fn set(cx: &mut Cx, cluster: &str, sources: Vec<Source>) {
    let before: Vec<Value> = truth(cx, RULES, cluster).into_iter().cloned().collect();
    let same = |doc: &Value, s: &Source| doc["type"] == s.kind.as_str() && doc["value"] == s.value.as_str();
    for doc in &before {
        if !sources.iter().any(|s| same(doc, s)) {
            cx.remove_settled(RULES, &key(cluster, doc["uuid"].as_str().unwrap_or("")));
        }
    }
    for s in sources {
        let mut doc = match before.iter().find(|d| same(d, &s)) {
            Some(doc) => doc.clone(),
            None => json!({
                "uuid": cx.uuid(),
                "cluster_uuid": cluster,
                "type": s.kind,
                "value": s.value,
                "created_at": cx.stamp(),
            }),
        };
        if let Some(description) = s.description {
            doc["description"] = description.into();
        }
        let at = key(cluster, doc["uuid"].as_str().unwrap_or(""));
        cx.put_settled(RULES, &at, doc);
    }
}

/// `GET …/firewall`.
pub fn read(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    cluster(cx, req)?;
    Ok(Reply::ok("rules", parts(cx, RULES, id(req)).into()))
}

/// `PUT …/firewall`.
pub fn replace(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    cluster(cx, req)?;
    if !req.has("rules") {
        return Err(Refusal::unprocessable("rules is required"));
    }
    let sources = checked(req)?;
    set(cx, id(req), sources);
    Ok(Reply::no_content())
}
