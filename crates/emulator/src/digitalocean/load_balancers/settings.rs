//! A load balancer's settings: what a request says, and the vendor's default for everything that it leaves out.

use crate::request::wrong_type;
use crate::{Cx, Refusal, Req};
use serde_json::{Value, json};

/// `REGIONAL` in the API, `REGIONAL_NETWORK` for those of Kubernetes. Source: DigitalOcean documentation, Load Balancers.
pub(super) fn checked_kind(kind: &str, network: &str, stack: &str) -> Result<(), Refusal> {
    let known = ["REGIONAL", "REGIONAL_NETWORK", "GLOBAL"].contains(&kind)
        && ["EXTERNAL", "INTERNAL"].contains(&network)
        && ["IPV4", "DUALSTACK"].contains(&stack);
    if known { Ok(()) } else { Err(Refusal::unprocessable("type, network or network_stack is invalid")) }
}

/// Sets everything that can change. PUT resets what is left out (DigitalOcean documentation, Load Balancers), so both creation
/// and update come here.
pub(super) fn apply(cx: &Cx, req: &Req, doc: &mut Value) -> Result<(), Refusal> {
    let kind = doc["type"].as_str().unwrap_or("").to_owned();
    let plain = kind == "REGIONAL_NETWORK";
    doc["forwarding_rules"] = checked_rules(req, &kind)?.into();
    let size = match (req.opt_number("size_unit")?, req.opt_filled("size")?) {
        (Some(_), Some(_)) => return Err(Refusal::unprocessable("only one of size and size_unit can be given")),
        (Some(units), None) => units,
        (None, Some("lb-medium")) => 3,
        (None, Some("lb-large")) => 6,
        (None, Some("lb-small") | None) => 1,
        (None, Some(_)) => return Err(Refusal::unprocessable("size is invalid")),
    };
    // Source: the contract's `size_unit`.
    if !(1..=100).contains(&size) {
        return Err(Refusal::unprocessable("size_unit must be between 1 and 100"));
    }
    doc["size_unit"] = size.into();
    doc["algorithm"] = req.opt_filled("algorithm")?.unwrap_or("round_robin").into();
    doc["health_check"] = health_check(req)?;
    doc["sticky_sessions"] = sticky(req, plain)?;
    for (flag, proxied) in [
        ("redirect_http_to_https", true),
        ("enable_proxy_protocol", true),
        ("enable_backend_keepalive", true),
        ("disable_lets_encrypt_dns_records", false),
    ] {
        let on = req.opt_flag(flag)?.unwrap_or(false);
        if on && proxied && plain {
            return Err(Refusal::unprocessable(format!("{flag} is not supported by network load balancers")));
        }
        doc[flag] = on.into();
    }
    let idle = req.opt_number("http_idle_timeout_seconds")?.unwrap_or(60);
    if !(30..=600).contains(&idle) {
        return Err(Refusal::unprocessable("http_idle_timeout_seconds must be between 30 and 600"));
    }
    doc["http_idle_timeout_seconds"] = idle.into();
    doc["firewall"] = match req.opt_object("firewall")? {
        Some(rules) => json!({
            "deny": rules.get("deny").cloned().unwrap_or_else(|| json!([])),
            "allow": rules.get("allow").cloned().unwrap_or_else(|| json!([])),
        }),
        None => json!({ "deny": [], "allow": [] }),
    };
    doc["tls_cipher_policy"] = req.opt_filled("tls_cipher_policy")?.unwrap_or("DEFAULT").into();
    for field in ["domains", "glb_settings", "target_load_balancer_ids"] {
        if let Some(value) = req.field(field) {
            doc[field] = value.clone();
        }
    }
    let tag = req.opt_text("tag")?.unwrap_or("");
    let droplets = checked_droplets(cx, req)?;
    if !tag.is_empty() && !droplets.is_empty() {
        return Err(Refusal::unprocessable("only one of tag and droplet_ids can be given"));
    }
    doc["tag"] = tag.into();
    doc["droplet_ids"] = droplets.into();
    Ok(())
}

/// The droplets that a request names; 422 for one that is not there.
pub(super) fn checked_droplets(cx: &Cx, req: &Req) -> Result<Vec<Value>, Refusal> {
    let ids = req.opt_array("droplet_ids")?.cloned().unwrap_or_default();
    if ids.iter().any(|id| cx.get("droplets", &id.to_string()).is_none()) {
        return Err(Refusal::unprocessable("droplet_ids names a droplet that does not exist"));
    }
    Ok(ids)
}

/// At least one rule; a network load balancer speaks TCP and UDP only. Source: DigitalOcean documentation, Load Balancers.
pub(super) fn checked_rules(req: &Req, kind: &str) -> Result<Vec<Value>, Refusal> {
    let rules = req.opt_array("forwarding_rules")?.cloned().unwrap_or_default();
    if rules.is_empty() {
        return Err(Refusal::unprocessable("a load balancer needs at least one forwarding rule"));
    }
    rules.iter().map(|rule| checked_rule(rule, kind)).collect()
}

fn checked_rule(rule: &Value, kind: &str) -> Result<Value, Refusal> {
    let protocol = |field: &str| {
        rule[field]
            .as_str()
            .filter(|p| ["http", "https", "http2", "http3", "tcp", "udp"].contains(p))
            .ok_or_else(|| Refusal::unprocessable(format!("forwarding_rules: {field} is invalid")))
    };
    let port = |field: &str| {
        rule[field]
            .as_i64()
            .filter(|p| (1..=65_535).contains(p))
            .ok_or_else(|| Refusal::unprocessable(format!("forwarding_rules: {field} is invalid")))
    };
    let (entry, target) = (protocol("entry_protocol")?, protocol("target_protocol")?);
    let passthrough = rule["tls_passthrough"].as_bool().unwrap_or(false);
    let certificate = rule["certificate_id"].as_str().unwrap_or("");
    if kind == "REGIONAL_NETWORK" && (!["tcp", "udp"].contains(&entry) || entry != target) {
        return Err(Refusal::unprocessable("network load balancers support tcp and udp only"));
    }
    if ["https", "http2", "http3"].contains(&entry) && certificate.is_empty() && !passthrough {
        return Err(Refusal::unprocessable("a certificate or tls_passthrough is required"));
    }
    Ok(json!({
        "entry_protocol": entry,
        "entry_port": port("entry_port")?,
        "target_protocol": target,
        "target_port": port("target_port")?,
        "certificate_id": certificate,
        "tls_passthrough": passthrough,
    }))
}

/// Source of the defaults: the contract's `health_check`.
fn health_check(req: &Req) -> Result<Value, Refusal> {
    let given = req.opt_object("health_check")?;
    let number = |field: &str, default: i64| match given.and_then(|g| g.get(field)) {
        None | Some(Value::Null) => Ok(default),
        Some(value) => value.as_i64().ok_or_else(|| wrong_type(&format!("health_check.{field}"), "an integer")),
    };
    let text =
        |field: &str, default: &str| given.and_then(|g| g.get(field)).and_then(Value::as_str).unwrap_or(default).to_owned();
    let protocol = text("protocol", "http");
    if !["http", "https", "tcp"].contains(&protocol.as_str()) {
        return Err(Refusal::unprocessable("health_check.protocol is invalid"));
    }
    let path = if protocol == "tcp" { String::new() } else { text("path", "/") };
    Ok(json!({
        "protocol": protocol,
        "port": number("port", 80)?,
        "path": path,
        "check_interval_seconds": number("check_interval_seconds", 10)?,
        "response_timeout_seconds": number("response_timeout_seconds", 5)?,
        "healthy_threshold": number("healthy_threshold", 3)?,
        "unhealthy_threshold": number("unhealthy_threshold", 5)?,
    }))
}

fn sticky(req: &Req, plain: bool) -> Result<Value, Refusal> {
    let Some(given) = req.opt_object("sticky_sessions")? else {
        return Ok(json!({ "type": "none" }));
    };
    match given.get("type").and_then(Value::as_str).unwrap_or("none") {
        "none" => Ok(json!({ "type": "none" })),
        "cookies" if plain => Err(Refusal::unprocessable("sticky_sessions is not supported by network load balancers")),
        "cookies" => Ok(json!({
            "type": "cookies",
            "cookie_name": given.get("cookie_name").and_then(Value::as_str).unwrap_or("DO-LB"),
            "cookie_ttl_seconds": given.get("cookie_ttl_seconds").and_then(Value::as_i64).unwrap_or(300),
        })),
        _ => Err(Refusal::unprocessable("sticky_sessions.type is invalid")),
    }
}
