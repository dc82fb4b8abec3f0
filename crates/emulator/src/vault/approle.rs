//! AppRole: programs log in with a role id, which is no secret, and a secret id, which is one and ends.

use super::call::{Call, Denied, data, done};
use super::knobs::{DEFAULT_SECRET_ID, VaultRole};
use super::token::{self, Wanted};
use crate::clock::Moment;
use crate::{Cx, Reply};
use serde_json::{Value, json};
use std::time::Duration;

/// Roles made by API: name → document.
const ROLES: &str = "global/_vault/roles";
/// Secret ids made by API: secret id → `{role, accessor, until, uses}`.
const SECRETS: &str = "global/_vault/secret_ids";

/// A role that may log in.
struct Role {
    name: String,
    role_id: String,
    policies: Vec<String>,
    ttl: u64,
}

fn given<'w>(cx: &Cx<'w>, name: &str) -> Option<&'w VaultRole> {
    cx.world().vault.roles.iter().find(|r| r.name == name)
}

fn role(cx: &Cx, name: &str) -> Option<Role> {
    let knobs = &cx.world().vault;
    let ttl = |own: u64| if own == 0 { knobs.token_ttl } else { own };
    if let Some(doc) = cx.get(ROLES, name) {
        let policies = doc["token_policies"].as_array().into_iter().flatten().filter_map(|p| p.as_str().map(str::to_owned));
        let text = |key: &str| doc[key].as_str().unwrap_or_default().to_owned();
        return Some(Role {
            name: name.to_owned(),
            role_id: text("role_id"),
            policies: policies.collect(),
            ttl: ttl(doc["token_ttl"].as_u64().unwrap_or(0)),
        });
    }
    let default_id = format!("role-{name}");
    if let Some(given) = given(cx, name) {
        let role_id = if given.role_id.is_empty() { default_id } else { given.role_id.clone() };
        return Some(Role { name: name.to_owned(), role_id, policies: given.policies.clone(), ttl: ttl(given.token_ttl) });
    }
    let policies = vec![format!("platform-{name}")];
    knobs.any_role.then(|| Role { name: name.to_owned(), role_id: default_id, policies, ttl: knobs.token_ttl })
}

/// The role with that role id.
fn by_id(cx: &Cx, id: &str) -> Option<Role> {
    let made = cx.pairs(ROLES).map(|(name, _)| name.to_owned());
    let given = cx.world().vault.roles.iter().map(|r| r.name.clone());
    let any = id.strip_prefix("role-").filter(|n| !n.is_empty()).map(str::to_owned);
    let names: Vec<String> = made.chain(given).chain(any).collect();
    names.iter().filter_map(|name| role(cx, name)).find(|r| r.role_id == id)
}

/// Whether the role takes the secret id; one that was made for so many uses is used up by it.
fn takes(cx: &mut Cx, role: &Role, secret_id: &str) -> bool {
    if let Some(doc) = cx.get(SECRETS, secret_id).cloned() {
        let alive = doc["until"].as_i64().is_none_or(|until| cx.now() < Moment(until));
        let fits = doc["role"] == *role.name && alive;
        if fits {
            match doc["uses"].as_u64() {
                Some(1) => {
                    cx.remove_settled(SECRETS, secret_id);
                }
                Some(uses) if uses > 1 => {
                    if let Some(doc) = cx.edit(SECRETS, secret_id) {
                        doc["uses"] = (uses - 1).into();
                    }
                }
                _ => {}
            }
        }
        return fits;
    }
    if let Some(given) = given(cx, &role.name) {
        let start = Moment::parse(&cx.world().start).unwrap_or(Moment(0));
        let age = cx.now().since(start).as_secs();
        let alive = given.secret_id_ttl == 0 || age < given.secret_id_ttl;
        return alive && given.secret_ids.iter().any(|s| s == secret_id);
    }
    let made = cx.get(ROLES, &role.name).is_some();
    !made && cx.world().vault.any_role && secret_id == DEFAULT_SECRET_ID
}

/// Logs in; the `auth` part of the answer.
pub(super) fn enter(cx: &mut Cx, role_id: &str, secret_id: &str) -> Result<Value, Denied> {
    let refused = || Denied::new(400, &["invalid role or secret ID"]);
    if role_id.is_empty() {
        return Err(Denied::new(400, &["missing role_id"]));
    }
    let role = by_id(cx, role_id).ok_or_else(refused)?;
    if secret_id.is_empty() {
        return Err(Denied::new(400, &["missing secret_id"]));
    }
    if !takes(cx, &role, secret_id) {
        return Err(refused());
    }
    let meta = json!({ "role_name": role.name });
    let path = "auth/approle/login";
    Ok(token::make(cx, Wanted { policies: role.policies, ttl: role.ttl, path, meta, renewable: true, parent: None }))
}

pub(super) fn login(cx: &mut Cx, call: &Call) -> Result<Reply, Denied> {
    if !call.writes() {
        return Err(Denied::new(405, &["unsupported operation"]));
    }
    let auth = enter(cx, call.text("role_id"), call.text("secret_id"))?;
    Ok(token::issued(cx, auth))
}

/// `auth/approle/role/…`.
pub(super) fn answer(cx: &mut Cx, call: &Call) -> Result<Option<Reply>, Denied> {
    let Some(rest) = call.path.strip_prefix("auth/approle/") else { return Ok(None) };
    let parts: Vec<&str> = rest.split('/').collect();
    match (call.method.as_str(), parts.as_slice()) {
        ("LIST", ["role"]) => {
            let given = cx.world().vault.roles.iter().map(|r| r.name.clone());
            let mut names: Vec<String> = cx.pairs(ROLES).map(|(n, _)| n.to_owned()).chain(given).collect();
            names.sort();
            names.dedup();
            if names.is_empty() {
                return Err(Denied::nothing());
            }
            Ok(Some(data(cx, json!({ "keys": names }))))
        }
        ("GET", ["role", name]) => {
            let role = role(cx, name).ok_or_else(Denied::nothing)?;
            Ok(Some(data(
                cx,
                json!({
                    "bind_secret_id": true, "local_secret_ids": false, "secret_id_bound_cidrs": null, "secret_id_num_uses": 0,
                    "secret_id_ttl": 0, "token_bound_cidrs": [], "token_explicit_max_ttl": 0, "token_max_ttl": 0,
                    "token_no_default_policy": false, "token_num_uses": 0, "token_period": 0, "token_policies": role.policies,
                    "token_ttl": role.ttl, "token_type": "default",
                }),
            )))
        }
        ("POST" | "PUT", ["role", name]) => {
            write(cx, call, name);
            Ok(Some(done()))
        }
        ("DELETE", ["role", name]) => {
            cx.remove_settled(ROLES, name);
            Ok(Some(done()))
        }
        ("GET", ["role", name, "role-id"]) => {
            let role = role(cx, name).ok_or_else(Denied::nothing)?;
            Ok(Some(data(cx, json!({ "role_id": role.role_id }))))
        }
        ("POST" | "PUT", ["role", name, "role-id"]) => {
            let id = call.text("role_id").to_owned();
            let doc = cx.edit(ROLES, name).ok_or_else(Denied::nothing)?;
            doc["role_id"] = id.into();
            Ok(Some(done()))
        }
        ("POST" | "PUT", ["role", name, kind @ ("secret-id" | "custom-secret-id")]) => {
            let role = role(cx, name).ok_or_else(|| Denied::new(400, &[&format!("role {name:?} does not exist")]))?;
            let custom = call.text("secret_id").to_owned();
            let secret_id = if *kind == "secret-id" { cx.uuid() } else { custom };
            let made = cx.get(ROLES, &role.name).cloned().unwrap_or_default();
            let ttl = call.seconds("ttl").or(made["secret_id_ttl"].as_u64()).unwrap_or(0);
            let uses = call.body["num_uses"].as_u64().or(made["secret_id_num_uses"].as_u64()).unwrap_or(0);
            let accessor = cx.uuid();
            let until = (ttl > 0).then(|| cx.now().plus(Duration::from_secs(ttl)).0);
            let doc = json!({ "role": role.name, "accessor": accessor, "until": until, "uses": uses });
            cx.put_settled(SECRETS, &secret_id, doc);
            let shown = json!({ "secret_id": secret_id, "secret_id_accessor": accessor, "secret_id_ttl": ttl, "secret_id_num_uses": uses });
            Ok(Some(data(cx, shown)))
        }
        ("LIST", ["role", name, "secret-id"]) => {
            let keys: Vec<Value> =
                cx.list(SECRETS).into_iter().filter(|d| d["role"] == *name).map(|d| d["accessor"].clone()).collect();
            if keys.is_empty() {
                return Err(Denied::nothing());
            }
            Ok(Some(data(cx, json!({ "keys": keys }))))
        }
        ("POST" | "PUT", ["role", _, "secret-id", "destroy"]) => {
            cx.remove_settled(SECRETS, call.text("secret_id"));
            Ok(Some(done()))
        }
        ("POST" | "PUT", ["role", _, "secret-id-accessor", "destroy"]) => {
            let accessor = call.text("secret_id_accessor");
            let found = cx.pairs(SECRETS).find(|(_, d)| d["accessor"] == accessor).map(|(s, _)| s.to_owned());
            let found = found.ok_or_else(|| Denied::new(404, &["failed to find accessor entry for secret_id_accessor"]))?;
            cx.remove_settled(SECRETS, &found);
            Ok(Some(done()))
        }
        _ => Ok(None),
    }
}

fn write(cx: &mut Cx, call: &Call, name: &str) {
    let known = cx.get(ROLES, name).cloned();
    let fresh = cx.uuid();
    let mut doc = known.unwrap_or_else(|| json!({ "role_id": fresh, "token_policies": [], "token_ttl": 0 }));
    let listed = |value: &Value| -> Value {
        match value {
            // A list may come as one string.
            Value::String(text) => {
                text.split(',').map(|p| p.trim().to_owned()).filter(|p| !p.is_empty()).collect::<Vec<_>>().into()
            }
            other => other.clone(),
        }
    };
    for field in ["policies", "token_policies"] {
        if !call.body[field].is_null() {
            doc["token_policies"] = listed(&call.body[field]);
        }
    }
    for field in ["token_ttl", "secret_id_ttl", "secret_id_num_uses"] {
        if let Some(seconds) = call.seconds(field) {
            doc[field] = seconds.into();
        }
    }
    cx.put_settled(ROLES, name, doc);
}
