//! The records of a zone.

use super::rules::{checked, full_name};
use super::{DOMAINS, NAME_SERVERS, TTL, found};
use crate::{Cx, Refusal, Reply, Req};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// The collection of a zone's records.
fn of(zone: &str) -> String {
    format!("domain_records/{zone}")
}

fn insert(cx: &mut Cx, zone: &str, mut doc: Value) -> Value {
    let id = cx.number();
    // The contract's order of fields begins with the id.
    let mut whole = json!({ "id": id });
    if let (Some(whole), Some(doc)) = (whole.as_object_mut(), doc.as_object_mut()) {
        whole.append(doc);
    }
    cx.put(&of(zone), &id.to_string(), whole.clone());
    touch(cx, zone);
    whole
}

/// A change makes a new serial.
fn touch(cx: &mut Cx, zone: &str) {
    let now = cx.now().seconds();
    if let Some(doc) = cx.edit(DOMAINS, zone) {
        let before = doc["_serial"].as_i64().unwrap_or(0);
        doc["_serial"] = now.max(before + 1).into();
    }
}

/// The records that come with a zone.
pub(super) fn begin(cx: &mut Cx, zone: &str) {
    let record = |kind: &str, data: &str| {
        json!({
            "type": kind, "name": "@", "data": data, "priority": null, "port": null, "ttl": TTL,
            "weight": null, "flags": null, "tag": null,
        })
    };
    insert(cx, zone, record("SOA", &TTL.to_string()));
    for server in NAME_SERVERS {
        insert(cx, zone, record("NS", server));
    }
}

/// Takes every record of a zone away.
pub(super) fn clear(cx: &mut Cx, zone: &str) {
    let name = of(zone);
    let keys: Vec<String> = cx.pairs(&name).map(|(key, _)| key.to_owned()).collect();
    for key in keys {
        cx.remove_settled(&name, &key);
    }
}

/// Adds a record.
///
/// # Errors
/// 422 as [`checked`] says, and when a CNAME would share its name.
pub(super) fn add(cx: &mut Cx, zone: &str, body: &Value) -> Result<Value, Refusal> {
    let doc = checked(&json!({}), body, zone)?;
    alone(cx, zone, &doc, None)?;
    Ok(insert(cx, zone, doc))
}

/// A CNAME shares its name with no other record, and leads elsewhere. Source: external-dns issue 4802 (the sentence).
fn alone(cx: &Cx, zone: &str, doc: &Value, own: Option<&str>) -> Result<(), Refusal> {
    let cname = doc["type"] == "CNAME";
    let shared = cx
        .pairs(&of(zone))
        .filter(|(key, _)| own != Some(*key))
        .any(|(_, other)| other["name"] == doc["name"] && (cname || other["type"] == "CNAME"));
    if shared {
        return Err(Refusal::unprocessable("CNAME records cannot share a name with other records"));
    }
    let text = |field: &str| doc[field].as_str().unwrap_or("");
    let target = if text("data") == "@" { zone } else { text("data") };
    if cname && target == full_name(text("name"), zone) {
        return Err(Refusal::unprocessable("CNAME records cannot refer to themselves"));
    }
    Ok(())
}

/// The zone in the form of RFC 1035.
pub(super) fn zone_file(cx: &Cx, zone: &Value) -> String {
    let name = zone["name"].as_str().unwrap_or("");
    let mut text = format!("$ORIGIN {name}.\n$TTL {TTL}\n");
    for record in cx.list(&of(name)) {
        let field = |f: &str| match &record[f] {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let host = |data: String| if data == "@" { format!("{name}.") } else { format!("{data}.") };
        let owner = full_name(&field("name"), name);
        let (kind, ttl) = (field("type"), field("ttl"));
        let line = match kind.as_str() {
            "SOA" => {
                let serial = &zone["_serial"];
                let timers = format!("{serial} 10800 3600 604800 {ttl}");
                let _ = writeln!(text, "{owner}. IN SOA {}. hostmaster.{name}. {timers}", NAME_SERVERS[0]);
                continue;
            }
            "CNAME" | "NS" => host(field("data")),
            "MX" => format!("{} {}", field("priority"), host(field("data"))),
            "SRV" => format!("{} {} {} {}", field("priority"), field("weight"), field("port"), host(field("data"))),
            "CAA" => format!("{} {} \"{}\"", field("flags"), field("tag"), field("data")),
            "TXT" => format!("\"{}\"", field("data").replace('"', "\\\"")),
            _ => field("data"),
        };
        let _ = writeln!(text, "{owner}. {ttl} IN {kind} {line}");
    }
    text
}

fn zone(cx: &Cx, req: &Req) -> Result<String, Refusal> {
    Ok(found(cx, req)?["name"].as_str().unwrap_or("").to_owned())
}

/// `GET …/records`, of a type and of a full name when they are given.
pub(super) fn list(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let zone = zone(cx, req)?;
    let kind = req.query("type").filter(|t| !t.is_empty());
    let name = req.query("name").filter(|n| !n.is_empty()).map(|n| n.trim_end_matches('.').to_lowercase());
    let docs = cx
        .visible(&of(&zone))
        .into_iter()
        .filter(|d| kind.is_none_or(|k| d["type"] == k))
        .filter(|d| name.as_deref().is_none_or(|n| full_name(d["name"].as_str().unwrap_or(""), &zone) == n))
        .collect();
    Reply::page(req, "domain_records", docs)
}

/// `POST …/records`.
pub(super) fn create(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let zone = zone(cx, req)?;
    Ok(Reply::created("domain_record", add(cx, &zone, &req.body)?))
}

/// `GET …/records/{id}`.
pub(super) fn read(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let zone = zone(cx, req)?;
    Ok(Reply::ok("domain_record", cx.find(&of(&zone), req.param("domain_record_id"))?))
}

/// `PUT` and `PATCH …/records/{id}`: what is left out stays.
pub(super) fn update(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let zone = zone(cx, req)?;
    let key = req.param("domain_record_id");
    let before = cx.find(&of(&zone), key)?;
    let mut after = checked(&before, &req.body, &zone)?;
    alone(cx, &zone, &after, Some(key))?;
    let mut doc = json!({ "id": before["id"] });
    if let (Some(doc), Some(after)) = (doc.as_object_mut(), after.as_object_mut()) {
        after.remove("id");
        doc.append(after);
    }
    cx.put(&of(&zone), key, doc.clone());
    touch(cx, &zone);
    Ok(Reply::ok("domain_record", doc))
}

/// `DELETE …/records/{id}`: any but the SOA record.
pub(super) fn delete(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let zone = zone(cx, req)?;
    let key = req.param("domain_record_id");
    if cx.find(&of(&zone), key)?["type"] == "SOA" {
        return Err(Refusal::unprocessable("SOA records cannot be deleted"));
    }
    cx.remove(&of(&zone), key);
    touch(cx, &zone);
    Ok(Reply::no_content())
}
