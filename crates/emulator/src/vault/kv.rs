//! The key-value store: versions that can be deleted, undeleted and destroyed; version 1 where the world mounts it.

use super::call::{Call, Denied, data, done};
use super::sys;
use crate::{Cx, Reply};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// Secrets: `<mount>/<path>` → `{versions: {n: {data, created_time, deletion_time, destroyed}}, current, …}`.
const SECRETS: &str = "global/_vault/kv";

/// How many versions are kept unless the secret says otherwise. Source: Vault documentation, KV version 2.
const KEPT: u64 = 10;

fn key(mount: &str, path: &str) -> String {
    format!("{mount}/{path}")
}

/// Everything below a mount that is key-value.
pub(super) fn answer(cx: &mut Cx, call: &Call) -> Result<Option<Reply>, Denied> {
    let Some((version, mount, rest)) = sys::mount(cx, &call.path) else { return Ok(None) };
    if version == 1 {
        return first(cx, call, &mount, rest).map(Some);
    }
    let (kind, path) = rest.split_once('/').unwrap_or((rest, ""));
    let reply = match (call.method.as_str(), kind) {
        ("LIST", "metadata") => {
            let keys = below(cx, &mount, path)?;
            data(cx, json!({ "keys": keys }))
        }
        _ if path.is_empty() && ["data", "metadata", "delete", "undelete", "destroy"].contains(&kind) => {
            return Err(Denied::new(405, &["1 error occurred:\n\t* unsupported operation\n\n"]));
        }
        ("GET", "data") => {
            let found = read(cx, &mount, path, call)?;
            data(cx, found)
        }
        ("POST" | "PUT", "data") => {
            let made = write(cx, &mount, path, call, false)?;
            data(cx, made)
        }
        ("PATCH", "data") => {
            let made = write(cx, &mount, path, call, true)?;
            data(cx, made)
        }
        ("DELETE", "data") => {
            let current = cx.get(SECRETS, &key(&mount, path)).map(|s| s["current"].clone());
            mark(cx, &mount, path, current.as_slice(), "deletion_time");
            done()
        }
        ("POST" | "PUT", "delete") => marked(cx, &mount, path, call, "deletion_time"),
        ("POST" | "PUT", "undelete") => marked(cx, &mount, path, call, "undelete"),
        ("POST" | "PUT", "destroy") => marked(cx, &mount, path, call, "destroyed"),
        ("GET", "metadata") => {
            let shown = metadata(cx, &mount, path)?;
            data(cx, shown)
        }
        ("POST" | "PUT", "metadata") => {
            set_metadata(cx, &mount, path, call);
            done()
        }
        ("DELETE", "metadata") => {
            cx.remove_settled(SECRETS, &key(&mount, path));
            done()
        }
        _ => {
            let text = "Invalid path for a versioned K/V secrets engine. See the API docs for the appropriate API endpoints to use. \
                        If using the Vault CLI, use 'vault kv get' for this operation.";
            let mut denied = Denied::nothing();
            let mut body = super::call::envelope(cx);
            body["data"] = Value::Null;
            body["warnings"] = json!([text]);
            denied.body = body;
            return Err(denied);
        }
    };
    Ok(Some(reply))
}

/// Names directly below a path; a folder ends in a slash.
fn below(cx: &Cx, mount: &str, path: &str) -> Result<Vec<String>, Denied> {
    let prefix = if path.is_empty() { format!("{mount}/") } else { format!("{mount}/{path}/") };
    let names = cx.pairs(SECRETS).filter_map(|(key, _)| key.strip_prefix(&prefix));
    let keys: BTreeSet<String> =
        names.map(|rest| rest.split_once('/').map_or(rest.to_owned(), |(d, _)| format!("{d}/"))).collect();
    if keys.is_empty() { Err(Denied::nothing()) } else { Ok(keys.into_iter().collect()) }
}

fn version_metadata(secret: &Value, number: &str) -> Value {
    let version = &secret["versions"][number];
    json!({
        "created_time": version["created_time"], "custom_metadata": secret["custom_metadata"],
        "deletion_time": version["deletion_time"], "destroyed": version["destroyed"], "version": number.parse::<u64>().unwrap_or(0),
    })
}

/// A version of a secret, the newest unless the call names one.
pub(super) fn read(cx: &Cx, mount: &str, path: &str, call: &Call) -> Result<Value, Denied> {
    let secret = cx.get(SECRETS, &key(mount, path)).ok_or_else(Denied::nothing)?;
    let asked = call.seconds("version").filter(|v| *v > 0).map(|v| v.to_string());
    let number = asked.unwrap_or_else(|| secret["current"].to_string());
    let version = secret["versions"].get(&number).ok_or_else(Denied::nothing)?;
    let metadata = version_metadata(secret, &number);
    if version["data"].is_null() || version["deletion_time"] != "" {
        let mut denied = Denied::nothing();
        denied.body = json!({
            "request_id": "", "lease_id": "", "renewable": false, "lease_duration": 0,
            "data": { "data": null, "metadata": metadata }, "wrap_info": null, "warnings": null, "auth": null,
        });
        return Err(denied);
    }
    Ok(json!({ "data": version["data"], "metadata": metadata }))
}

fn fresh(cx: &Cx) -> Value {
    json!({
        "versions": {}, "current": 0, "oldest": 0, "created_time": cx.now().rfc3339_millis(), "max_versions": 0,
        "cas_required": false, "delete_version_after": "0s", "custom_metadata": null,
    })
}

/// Puts a new version in; with `patch`, fields of the newest stay unless they are null.
fn write(cx: &mut Cx, mount: &str, path: &str, call: &Call, patch: bool) -> Result<Value, Denied> {
    let Some(given) = call.body["data"].as_object() else { return Err(Denied::new(400, &["no data provided"])) };
    let id = key(mount, path);
    let mut secret = cx.get(SECRETS, &id).cloned().unwrap_or_else(|| fresh(cx));
    let current = secret["current"].as_u64().unwrap_or(0);
    let cas = call.body["options"]["cas"].as_u64();
    if secret["cas_required"] == true && cas.is_none() {
        return Err(Denied::new(400, &["check-and-set parameter required for this call"]));
    }
    if cas.is_some_and(|cas| cas != current) {
        return Err(Denied::new(400, &["check-and-set parameter did not match the current version"]));
    }
    let mut fields: Map<String, Value> = Map::new();
    if patch {
        let newest = &secret["versions"][current.to_string()];
        let live = newest["deletion_time"] == "" && newest["data"].is_object();
        let old = newest["data"].as_object().filter(|_| live).ok_or_else(Denied::nothing)?;
        fields.extend(old.clone());
    }
    for (name, value) in given {
        if patch && value.is_null() {
            fields.remove(name);
        } else {
            fields.insert(name.clone(), value.clone());
        }
    }
    let number = (current + 1).to_string();
    secret["current"] = (current + 1).into();
    secret["updated_time"] = cx.now().rfc3339_millis().into();
    secret["versions"][&number] =
        json!({ "data": fields, "created_time": cx.now().rfc3339_millis(), "deletion_time": "", "destroyed": false });
    let kept = secret["max_versions"].as_u64().filter(|m| *m > 0).unwrap_or(KEPT);
    if let Some(versions) = secret["versions"].as_object_mut() {
        versions.retain(|n, _| n.parse::<u64>().is_ok_and(|n| n + kept > current + 1));
        let oldest = versions.keys().filter_map(|n| n.parse::<u64>().ok()).min();
        secret["oldest"] = oldest.unwrap_or(0).into();
    }
    let shown = version_metadata(&secret, &number);
    cx.put_settled(SECRETS, &id, secret);
    Ok(shown)
}

fn marked(cx: &mut Cx, mount: &str, path: &str, call: &Call, how: &str) -> Reply {
    let versions: Vec<Value> = call.body["versions"].as_array().cloned().unwrap_or_default();
    mark(cx, mount, path, &versions, how);
    done()
}

/// Deletes, undeletes or destroys versions; those that are not there are passed over.
fn mark(cx: &mut Cx, mount: &str, path: &str, versions: &[Value], how: &str) {
    let now = cx.now().rfc3339_millis();
    let Some(secret) = cx.edit(SECRETS, &key(mount, path)) else { return };
    for number in versions {
        let number = number.as_str().map_or_else(|| number.to_string(), str::to_owned);
        let Some(version) = secret["versions"].get_mut(&number) else { continue };
        match how {
            "undelete" => version["deletion_time"] = "".into(),
            "destroyed" => {
                version["destroyed"] = true.into();
                version["data"] = Value::Null;
            }
            _ if version["deletion_time"] == "" => version["deletion_time"] = now.clone().into(),
            _ => {}
        }
    }
}

fn metadata(cx: &Cx, mount: &str, path: &str) -> Result<Value, Denied> {
    let secret = cx.get(SECRETS, &key(mount, path)).ok_or_else(Denied::nothing)?;
    let versions = secret["versions"].as_object().into_iter().flatten().map(|(number, v)| {
        (
            number.clone(),
            json!({ "created_time": v["created_time"], "deletion_time": v["deletion_time"], "destroyed": v["destroyed"] }),
        )
    });
    let versions: Map<String, Value> = versions.collect();
    Ok(json!({
        "cas_required": secret["cas_required"], "created_time": secret["created_time"], "current_version": secret["current"],
        "custom_metadata": secret["custom_metadata"], "delete_version_after": secret["delete_version_after"],
        "max_versions": secret["max_versions"], "oldest_version": secret["oldest"],
        "updated_time": secret.get("updated_time").unwrap_or(&secret["created_time"]), "versions": versions,
    }))
}

fn set_metadata(cx: &mut Cx, mount: &str, path: &str, call: &Call) {
    let id = key(mount, path);
    let mut secret = cx.get(SECRETS, &id).cloned().unwrap_or_else(|| fresh(cx));
    for field in ["max_versions", "cas_required", "delete_version_after", "custom_metadata"] {
        if !call.body[field].is_null() {
            secret[field] = call.body[field].clone();
        }
    }
    cx.put_settled(SECRETS, &id, secret);
}

/// Version 1: one value a path.
fn first(cx: &mut Cx, call: &Call, mount: &str, path: &str) -> Result<Reply, Denied> {
    let id = key(mount, path);
    match call.method.as_str() {
        "GET" => {
            let found = cx.get(SECRETS, &id).cloned().ok_or_else(Denied::nothing)?;
            Ok(data(cx, found))
        }
        "LIST" => {
            let keys = below(cx, mount, path)?;
            Ok(data(cx, json!({ "keys": keys })))
        }
        "DELETE" => {
            cx.remove_settled(SECRETS, &id);
            Ok(done())
        }
        _ if call.body.as_object().is_none_or(Map::is_empty) => Err(Denied::new(400, &["missing data fields"])),
        _ => {
            cx.put_settled(SECRETS, &id, call.body.clone());
            Ok(done())
        }
    }
}
