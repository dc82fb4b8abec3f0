//! How Vault stands, what is mounted, and which policies there are.

use super::call::{Call, Denied, data, done, raw};
use super::knobs::VaultState;
use super::policy;
use crate::{Cx, Reply, Req};
use serde_json::{Map, Value, json};

/// Mounts made by API: path → document.
const MOUNTS: &str = "global/_vault/mounts";
/// Policies made by API: name → text.
pub(super) const POLICIES: &str = "global/_vault/policies";

/// What is answered without a token.
pub(super) fn open(cx: &Cx, call: &Call, req: &Req) -> Option<Reply> {
    let knobs = &cx.world().vault;
    let (state, closed) = (knobs.state, knobs.state.closed());
    let initialized = state != VaultState::Uninitialized;
    let standby = matches!(state, VaultState::Standby | VaultState::PerformanceStandby);
    match (call.method.as_str(), call.path.as_str()) {
        ("GET" | "HEAD", "sys/health") => {
            let asked = |name: &str| req.query(name).and_then(|c| c.parse().ok()).filter(|c| (100..600).contains(c));
            let status = match state {
                VaultState::Standby if req.query("standbyok") == Some("true") => 200,
                VaultState::PerformanceStandby if req.query("perfstandbyok") == Some("true") => 200,
                VaultState::Standby => asked("standbycode").unwrap_or(429),
                VaultState::Sealed => asked("sealedcode").unwrap_or(503),
                VaultState::Uninitialized => asked("uninitcode").unwrap_or(501),
                VaultState::Active => asked("activecode").unwrap_or(200),
                other => other.health(),
            };
            Some(raw(
                status,
                &json!({
                    "initialized": initialized, "sealed": closed, "standby": standby || closed,
                    "performance_standby": state == VaultState::PerformanceStandby, "replication_performance_mode": "disabled",
                    "replication_dr_mode": if state == VaultState::RecoverySecondary { "secondary" } else { "disabled" },
                    "server_time_utc": cx.now().seconds(), "version": knobs.version, "enterprise": false,
                    "cluster_name": "vault-cluster", "cluster_id": "5c9a2a3c-5c4f-4b0e-8f0a-2f9f6f3f2a10",
                }),
            ))
        }
        ("GET", "sys/seal-status") => Some(raw(
            200,
            &json!({
                "type": "shamir", "initialized": initialized, "sealed": closed, "t": 3, "n": 5, "progress": 0, "nonce": "",
                "version": knobs.version, "build_date": "2026-09-01T00:00:00Z", "migration": false, "cluster_name": "vault-cluster",
                "cluster_id": "5c9a2a3c-5c4f-4b0e-8f0a-2f9f6f3f2a10", "recovery_seal": false, "storage_type": "raft",
            }),
        )),
        ("GET", "sys/init") => Some(raw(200, &json!({ "initialized": initialized }))),
        ("GET", "sys/leader") => Some(raw(
            200,
            &json!({
                "ha_enabled": true, "is_self": !standby, "leader_address": "", "leader_cluster_address": "", "performance_standby": false,
            }),
        )),
        _ => None,
    }
}

/// The version of the key-value store that is mounted at a path's first part, with the mount and the rest of the path.
pub(super) fn mount<'p>(cx: &Cx, path: &'p str) -> Option<(u8, String, &'p str)> {
    let version = |kind: &str| if kind == "kv2" { 2 } else { 1 };
    let fits =
        |mount: &str| path.strip_prefix(mount).and_then(|rest| rest.strip_prefix('/').or_else(|| rest.is_empty().then_some("")));
    let own = cx.pairs(MOUNTS).filter_map(|(m, d)| Some((m.to_owned(), version(d.as_str()?))));
    let all = cx.world().vault.mounts.iter().map(|(m, kind)| (m.clone(), version(kind))).chain(own);
    all.filter_map(|(m, v)| fits(&m).map(|rest| (v, m.clone(), rest))).max_by_key(|(_, m, _)| m.len())
}

fn mounts(cx: &Cx) -> Map<String, Value> {
    let own = cx.pairs(MOUNTS).filter_map(|(m, d)| Some((m.to_owned(), d.as_str()?.to_owned())));
    let all = cx.world().vault.mounts.iter().map(|(m, k)| (m.clone(), k.clone())).chain(own);
    let kv = all.map(|(mount, kind)| {
        let options = json!({ "version": if kind == "kv2" { "2" } else { "1" } });
        (format!("{mount}/"), described("kv", "key/value secret storage", &options))
    });
    let fixed = [("cubbyhole/", "cubbyhole"), ("identity/", "identity"), ("sys/", "system")];
    kv.chain(fixed.map(|(path, kind)| (path.to_owned(), described(kind, "", &Value::Null)))).collect()
}

fn described(kind: &str, text: &str, options: &Value) -> Value {
    json!({
        "type": kind, "description": text, "accessor": format!("{kind}_0a1b2c3d"), "local": false, "seal_wrap": false,
        "external_entropy_access": false, "options": options, "uuid": "", "plugin_version": "", "running_plugin_version": "",
        "config": { "default_lease_ttl": 0, "max_lease_ttl": 0, "force_no_cache": false },
    })
}

/// What is answered with a token.
pub(super) fn answer(cx: &mut Cx, call: &Call) -> Result<Option<Reply>, Denied> {
    let Some(rest) = call.path.strip_prefix("sys/") else { return Ok(None) };
    let parts: Vec<&str> = rest.split('/').collect();
    match (call.method.as_str(), parts.as_slice()) {
        ("GET", ["mounts"]) => {
            let all = Value::from(mounts(cx));
            Ok(Some(listed(cx, all)))
        }
        ("GET", ["auth"]) => {
            let all = json!({ "approle/": described("approle", "", &Value::Null), "token/": described("token", "token based credentials", &Value::Null) });
            Ok(Some(listed(cx, all)))
        }
        ("POST" | "PUT", ["mounts", path @ ..]) if !path.is_empty() => {
            let path = path.join("/");
            if mounts(cx).contains_key(&format!("{path}/")) {
                let text = format!("path is already in use at {path}/");
                return Err(Denied::new(400, &[&text]));
            }
            let version = call.body["options"]["version"].as_str().unwrap_or("1");
            let kind = match call.text("type") {
                "kv-v2" => "kv2",
                "kv" if version == "2" => "kv2",
                "kv" => "kv1",
                other => return Err(Denied::new(400, &[&format!("plugin not found in the catalog: {other}")])),
            };
            cx.put_settled(MOUNTS, &path, kind.into());
            Ok(Some(done()))
        }
        ("DELETE", ["mounts", path @ ..]) => {
            cx.remove_settled(MOUNTS, &path.join("/"));
            Ok(Some(done()))
        }
        ("LIST" | "GET", ["policies", "acl"]) | ("GET", ["policy"]) => {
            let mut names: Vec<String> = policy::names(cx);
            names.push("root".to_owned());
            Ok(Some(data(cx, json!({ "keys": names, "policies": names }))))
        }
        ("GET", ["policies", "acl", name] | ["policy", name]) => {
            let text = policy::text(cx, name).ok_or_else(Denied::nothing)?;
            Ok(Some(data(cx, json!({ "name": name, "policy": text, "rules": text }))))
        }
        ("POST" | "PUT", ["policies", "acl", name] | ["policy", name]) => {
            if *name == "root" {
                return Err(Denied::new(400, &["cannot update \"root\" policy"]));
            }
            let text = if call.body["policy"].is_string() { call.text("policy") } else { call.text("rules") };
            policy::parse(text).map_err(|why| Denied::new(400, &[&format!("failed to parse policy: {why}")]))?;
            cx.put_settled(POLICIES, name, text.into());
            Ok(Some(done()))
        }
        ("DELETE", ["policies", "acl", name] | ["policy", name]) => {
            cx.remove_settled(POLICIES, name);
            Ok(Some(done()))
        }
        ("POST" | "PUT", ["capabilities-self"]) => {
            let paths = match &call.body["paths"] {
                Value::Array(all) => all.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
                _ => vec![call.text("path").to_owned()],
            };
            let mut out = Map::new();
            for path in paths {
                let held = policy::capabilities(cx, &call.token, &path);
                out.insert(path, held.clone().into());
                out.insert("capabilities".to_owned(), held.into());
            }
            Ok(Some(data(cx, out.into())))
        }
        // What a client asks before it reads or writes, to learn the version of the store.
        ("GET", ["internal", "ui", "mounts", path @ ..]) => {
            let path = path.join("/");
            let (version, mount, _) = mount(cx, &path).ok_or_else(Denied::forbidden)?;
            let mut doc = described("kv", "key/value secret storage", &json!({ "version": version.to_string() }));
            doc["path"] = format!("{mount}/").into();
            Ok(Some(data(cx, doc)))
        }
        _ => Ok(None),
    }
}

/// Some old lists have their entries both under `data` and beside it.
fn listed(cx: &mut Cx, all: Value) -> Reply {
    let mut body = super::call::envelope(cx);
    if let (Some(body), Some(all)) = (body.as_object_mut(), all.as_object()) {
        body.extend(all.clone());
    }
    body["data"] = all;
    raw(200, &body)
}
