//! What a record may say: names, data by type, the fields that a type has.

use crate::Refusal;
use crate::request::wrong_type;
use serde_json::{Value, json};
use std::net::{Ipv4Addr, Ipv6Addr};

/// Seconds. Source: lego's DigitalOcean provider, which refuses less because the vendor does.
const SHORTEST_TTL: i64 = 30;

/// Fields besides type, name, data and ttl that each type has; the others are null. Source: the contract's
/// `domain_record_*` schemas.
fn fields(kind: &str) -> Option<&'static [&'static str]> {
    Some(match kind {
        "A" | "AAAA" | "CNAME" | "NS" | "TXT" | "SOA" => &[],
        "CAA" => &["flags", "tag"],
        "MX" => &["priority"],
        "SRV" => &["priority", "port", "weight"],
        _ => return None,
    })
}

/// True for a name with at least two labels.
pub(super) fn is_domain(name: &str) -> bool {
    name.len() <= 253 && name.contains('.') && name.split('.').all(|l| is_label(l) && !l.contains(['*', '_']))
}

fn is_label(label: &str) -> bool {
    !label.is_empty() && label.len() <= 63 && label.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '*'))
}

/// The full name of a record.
pub(super) fn full_name(name: &str, zone: &str) -> String {
    if name == "@" { zone.to_owned() } else { format!("{name}.{zone}") }
}

/// The name as it is kept: relative to the zone, `@` for the zone itself. One that ends with a dot is absolute.
fn checked_name(name: &str, zone: &str) -> Result<String, Refusal> {
    let name = name.to_lowercase();
    let relative = match name.strip_suffix('.') {
        None => name.as_str(),
        Some(absolute) if absolute == zone => "@",
        Some(absolute) => absolute
            .strip_suffix(zone)
            .and_then(|n| n.strip_suffix('.'))
            .ok_or_else(|| Refusal::unprocessable("Name is not in this domain"))?,
    };
    if relative == "@" || relative.split('.').all(is_label) {
        Ok(relative.to_owned())
    } else {
        Err(Refusal::unprocessable("Name is invalid"))
    }
}

/// Another host, as it is kept: without the last dot, `@` for the zone itself.
///
/// Source: api-v2 issue 130 and openapi issue 884 (the sentence), the Terraform provider's record resource (`@`, and that a
/// single label is relative to the zone).
fn checked_host(data: &str, zone: &str) -> Result<String, Refusal> {
    let data = data.to_lowercase();
    match data.strip_suffix('.') {
        Some(absolute) if absolute == zone => Ok("@".to_owned()),
        Some(absolute) if !absolute.is_empty() && absolute.split('.').all(is_label) => Ok(absolute.to_owned()),
        None if data == "@" => Ok(data),
        None if !data.contains('.') && is_label(&data) => Ok(format!("{data}.{zone}")),
        Some(_) => Err(Refusal::unprocessable("Data is invalid")),
        None => Err(Refusal::unprocessable("Data needs to end with a dot (.)")),
    }
}

fn checked_data(kind: &str, data: &str, tag: Option<&str>, zone: &str) -> Result<String, Refusal> {
    let address = |fits: bool, what: &str| match fits {
        true => Ok(data.to_owned()),
        false => Err(Refusal::unprocessable(format!("Data is not a valid {what} address"))),
    };
    match kind {
        "A" => address(data.parse::<Ipv4Addr>().is_ok(), "IPv4"),
        "AAAA" => address(data.parse::<Ipv6Addr>().is_ok(), "IPv6"),
        "CNAME" | "NS" | "MX" | "SRV" => checked_host(data, zone),
        "CAA" if tag == Some("iodef") || data == ";" => Ok(data.to_owned()),
        "CAA" => checked_host(data, zone),
        _ => Ok(data.to_owned()),
    }
}

fn whole(body: &Value, field: &str, most: i64) -> Result<Value, Refusal> {
    match body.get(field).filter(|v| !v.is_null()) {
        None => Ok(Value::Null),
        Some(value) => {
            let number = value.as_i64().ok_or_else(|| wrong_type(field, "an integer"))?;
            if (0..=most).contains(&number) {
                Ok(number.into())
            } else {
                Err(Refusal::unprocessable(format!("{field} must be between 0 and {most}")))
            }
        }
    }
}

/// The record that a request makes of `before` (empty for a new one), without its id.
///
/// # Errors
/// 422 in the vendor's words where they are known.
pub(super) fn checked(before: &Value, body: &Value, zone: &str) -> Result<Value, Refusal> {
    let text = |field: &str| match body.get(field).filter(|v| !v.is_null()) {
        None => Ok(before.get(field).and_then(Value::as_str)),
        Some(value) => value.as_str().map(Some).ok_or_else(|| wrong_type(field, "a string")),
    };
    let kind = text("type")?.unwrap_or("").to_owned();
    let own = fields(&kind).ok_or_else(|| Refusal::unprocessable("Type is not included in the list"))?;
    if before["type"].as_str().is_some_and(|t| t != kind) {
        return Err(Refusal::unprocessable("Type cannot be changed"));
    }
    let ttl = match body.get("ttl").filter(|v| !v.is_null() && **v != 0) {
        None => before["ttl"].as_i64().unwrap_or(super::TTL),
        Some(value) => value.as_i64().ok_or_else(|| wrong_type("ttl", "an integer"))?,
    };
    if ttl < SHORTEST_TTL {
        return Err(Refusal::unprocessable(format!("Ttl must be at least {SHORTEST_TTL}")));
    }
    if kind == "SOA" {
        return soa(before, ttl);
    }
    let mut doc = json!({
        "type": kind, "name": null, "data": null, "priority": null, "port": null, "ttl": ttl,
        "weight": null, "flags": null, "tag": null,
    });
    let name = text("name")?.filter(|n| !n.is_empty());
    let name = match name {
        Some(name) => name,
        None if matches!(kind.as_str(), "MX" | "NS") => "@",
        None => return Err(Refusal::unprocessable("Name can't be blank")),
    };
    for field in own {
        let value = match *field {
            "tag" => text("tag")?.map_or(Value::Null, Value::from),
            "flags" => whole(body, field, 255)?,
            _ => whole(body, field, 65_535)?,
        };
        let value = if value.is_null() { before[*field].clone() } else { value };
        if value.is_null() {
            return Err(Refusal::unprocessable(format!("{field} can't be blank")));
        }
        doc[*field] = value;
    }
    let tag = doc["tag"].as_str();
    if tag.is_some_and(|t| !matches!(t, "issue" | "issuewild" | "iodef")) {
        return Err(Refusal::unprocessable("Tag must be issue, issuewild or iodef"));
    }
    let data = match body.get("data").filter(|v| !v.is_null()) {
        // What is kept has been checked, and has lost its dot.
        None => before["data"].as_str().unwrap_or("").to_owned(),
        Some(value) => {
            let data = value.as_str().ok_or_else(|| wrong_type("data", "a string"))?;
            if data.is_empty() { String::new() } else { checked_data(&kind, data, tag, zone)? }
        }
    };
    if data.is_empty() {
        return Err(Refusal::unprocessable("Data can't be blank"));
    }
    doc["name"] = checked_name(name, zone)?.into();
    doc["data"] = data.into();
    Ok(doc)
}

/// Only the time to live of the SOA record can change. Source: the contract's table of record types.
fn soa(before: &Value, ttl: i64) -> Result<Value, Refusal> {
    if before["type"] != "SOA" {
        return Err(Refusal::unprocessable("SOA records cannot be created"));
    }
    let mut doc = before.clone();
    doc["ttl"] = ttl.into();
    doc["data"] = ttl.to_string().into();
    Ok(doc)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new(body: Value) -> Result<(String, String), String> {
        checked(&json!({}), &body, "example.com")
            .map(|d| (d["name"].as_str().unwrap().to_owned(), d["data"].as_str().unwrap().to_owned()))
            .map_err(|r| r.message)
    }

    #[test]
    fn names_and_hosts_are_relative_or_absolute() {
        let cname = |name: &str, data: &str| new(json!({ "type": "CNAME", "name": name, "data": data }));
        let is = |name: &str, data: &str| Ok((name.to_owned(), data.to_owned()));
        assert_eq!(cname("www", "example.com."), is("www", "@"));
        assert_eq!(cname("www.example.com.", "@"), is("www", "@"));
        assert_eq!(cname("WWW", "app"), is("www", "app.example.com"));
        assert_eq!(cname("*.dev", "lb.other.net."), is("*.dev", "lb.other.net"));
        assert_eq!(cname("www", "lb.other.net"), Err("Data needs to end with a dot (.)".to_owned()));
        assert_eq!(cname("www.other.net.", "@"), Err("Name is not in this domain".to_owned()));
        assert_eq!(new(json!({ "type": "NS", "data": "ns9.other.net." })), is("@", "ns9.other.net"));
    }

    #[test]
    fn each_type_has_its_fields() {
        let fails = |body: Value| new(body).unwrap_err();
        assert_eq!(fails(json!({ "type": "MX", "data": "mx.other.net." })), "priority can't be blank");
        assert_eq!(fails(json!({ "type": "A", "name": "@", "data": "::1" })), "Data is not a valid IPv4 address");
        assert_eq!(fails(json!({ "type": "PTR", "name": "@", "data": "x." })), "Type is not included in the list");
        assert_eq!(fails(json!({ "type": "A", "name": "@", "data": "192.0.2.1", "ttl": 5 })), "Ttl must be at least 30");
        assert_eq!(
            fails(json!({ "type": "CAA", "name": "@", "data": "ca.org.", "flags": 0, "tag": "all" })),
            "Tag must be issue, issuewild or iodef"
        );
        assert!(new(json!({ "type": "CAA", "name": "@", "data": "mailto:a@b.c", "flags": 0, "tag": "iodef" })).is_ok());
        // Clients send zeros for what a type does not have.
        let body = json!({ "type": "A", "name": "@", "data": "192.0.2.1", "priority": 0, "weight": 0, "ttl": 0 });
        let doc = checked(&json!({}), &body, "example.com").unwrap();
        assert_eq!((&doc["priority"], &doc["ttl"]), (&Value::Null, &json!(1800)));
    }
}
