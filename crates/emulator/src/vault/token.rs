//! Tokens: root, those of logins, and those that others made; each lives for so long.

use super::call::{Call, Denied, data, done, envelope, raw};
use crate::clock::Moment;
use crate::{Cx, Reply};
use serde_json::{Value, json};
use std::time::Duration;

/// Tokens → what they are.
const TOKENS: &str = "global/_vault/tokens";
const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

fn stored<'c>(cx: &'c Cx, token: &str) -> Option<&'c Value> {
    let doc = cx.get(TOKENS, token)?;
    let until = doc["until"].as_i64();
    // One without an end is for ever.
    until.is_none_or(|until| cx.now() < Moment(until)).then_some(doc)
}

/// True for a token that lives.
pub(super) fn known(cx: &Cx, token: &str) -> bool {
    token == cx.world().vault.root_token || stored(cx, token).is_some()
}

/// The policies of a token.
pub(super) fn policies(cx: &Cx, token: &str) -> Vec<String> {
    if token == cx.world().vault.root_token {
        return vec!["root".to_owned()];
    }
    let texts = |v: &Value| v.as_array().into_iter().flatten().filter_map(|p| p.as_str().map(str::to_owned)).collect();
    stored(cx, token).map(|doc| texts(&doc["policies"])).unwrap_or_default()
}

/// What a new token is to be.
pub(super) struct Wanted {
    pub policies: Vec<String>,
    pub ttl: u64,
    pub path: &'static str,
    pub meta: Value,
    pub renewable: bool,
    /// Who made it: with that token it ends.
    pub parent: Option<String>,
}

/// Makes a token; the `auth` part of the answer.
pub(super) fn make(cx: &mut Cx, wanted: Wanted) -> Value {
    let token = format!("hvs.{}", cx.random_text(LETTERS, 92));
    let accessor = cx.random_text(LETTERS, 24);
    let until = (wanted.ttl > 0).then(|| cx.now().plus(Duration::from_secs(wanted.ttl)).0);
    let mut policies = wanted.policies;
    if !policies.contains(&"root".to_owned()) {
        policies.push("default".to_owned());
    }
    policies.sort();
    policies.dedup();
    let doc = json!({
        "policies": policies, "ttl": wanted.ttl, "until": until, "created": cx.now().seconds(), "path": wanted.path,
        "meta": wanted.meta, "accessor": accessor, "renewable": wanted.renewable, "parent": wanted.parent,
    });
    cx.put_settled(TOKENS, &token, doc);
    json!({
        "client_token": token, "accessor": accessor, "policies": policies, "token_policies": policies, "metadata": wanted.meta,
        "lease_duration": wanted.ttl, "renewable": wanted.renewable, "entity_id": "", "token_type": "service",
        "orphan": wanted.parent.is_none(), "mfa_requirement": null, "num_uses": 0,
    })
}

/// An answer that is a token.
pub(super) fn issued(cx: &mut Cx, auth: Value) -> Reply {
    let mut body = envelope(cx);
    body["auth"] = auth;
    raw(200, &body)
}

/// `auth/token/…`.
pub(super) fn answer(cx: &mut Cx, call: &Call) -> Result<Option<Reply>, Denied> {
    let Some(rest) = call.path.strip_prefix("auth/token/") else { return Ok(None) };
    match (call.method.as_str(), rest) {
        ("GET", "lookup-self") => {
            let shown = lookup(cx, &call.token)?;
            Ok(Some(data(cx, shown)))
        }
        ("POST" | "PUT", "lookup") => {
            let shown = lookup(cx, call.text("token")).map_err(|_| Denied::new(403, &["bad token"]))?;
            Ok(Some(data(cx, shown)))
        }
        ("POST" | "PUT", "renew-self") => renew(cx, call, &call.token).map(Some),
        ("POST" | "PUT", "renew") => renew(cx, call, call.text("token")).map(Some),
        ("POST" | "PUT", "revoke-self") => {
            revoke(cx, &call.token);
            Ok(Some(done()))
        }
        ("POST" | "PUT", "revoke") => {
            revoke(cx, call.text("token"));
            Ok(Some(done()))
        }
        ("POST" | "PUT", "create" | "create-orphan") => create(cx, call, rest == "create-orphan").map(Some),
        _ => Ok(None),
    }
}

fn lookup(cx: &Cx, token: &str) -> Result<Value, Denied> {
    if token == cx.world().vault.root_token {
        return Ok(json!({
            "accessor": "root", "creation_time": 0, "creation_ttl": 0, "display_name": "root", "entity_id": "", "expire_time": null,
            "explicit_max_ttl": 0, "id": token, "meta": null, "num_uses": 0, "orphan": true, "path": "auth/token/root",
            "policies": ["root"], "ttl": 0, "type": "service",
        }));
    }
    let doc = stored(cx, token).ok_or_else(Denied::invalid_token)?;
    let until = doc["until"].as_i64().map(Moment);
    let left = until.map_or(0, |u| u.since(cx.now()).as_secs());
    Ok(json!({
        "accessor": doc["accessor"], "creation_time": doc["created"], "creation_ttl": doc["ttl"], "display_name": "token",
        "entity_id": "", "expire_time": until.map(Moment::rfc3339), "explicit_max_ttl": 0, "id": token, "meta": doc["meta"],
        "num_uses": 0, "orphan": doc["parent"].is_null(), "path": doc["path"], "policies": doc["policies"],
        "renewable": doc["renewable"], "ttl": left, "type": "service",
    }))
}

fn renew(cx: &mut Cx, call: &Call, token: &str) -> Result<Reply, Denied> {
    let doc = stored(cx, token).cloned().ok_or_else(|| Denied::new(403, &["token not found"]))?;
    if doc["renewable"] != true {
        return Err(Denied::new(400, &["lease is not renewable"]));
    }
    let ttl = call.seconds("increment").filter(|s| *s > 0).unwrap_or(doc["ttl"].as_u64().unwrap_or_default());
    let until = cx.now().plus(Duration::from_secs(ttl)).0;
    if let Some(stored) = cx.edit(TOKENS, token) {
        stored["until"] = until.into();
    }
    let auth = json!({
        "client_token": token, "accessor": doc["accessor"], "policies": doc["policies"], "token_policies": doc["policies"],
        "metadata": doc["meta"], "lease_duration": ttl, "renewable": true, "entity_id": "", "token_type": "service",
        "orphan": doc["parent"].is_null(), "mfa_requirement": null, "num_uses": 0,
    });
    Ok(issued(cx, auth))
}

/// Ends a token, and with it those that it made.
fn revoke(cx: &mut Cx, token: &str) {
    let mut queue = vec![token.to_owned()];
    while let Some(token) = queue.pop() {
        cx.remove_settled(TOKENS, &token);
        queue.extend(cx.pairs(TOKENS).filter(|(_, d)| d["parent"] == *token).map(|(t, _)| t.to_owned()));
    }
}

fn create(cx: &mut Cx, call: &Call, orphan: bool) -> Result<Reply, Denied> {
    let held = policies(cx, &call.token);
    let root = held.contains(&"root".to_owned());
    let asked: Option<Vec<String>> =
        call.body["policies"].as_array().map(|all| all.iter().filter_map(|p| p.as_str().map(str::to_owned)).collect());
    let wanted = asked.unwrap_or_else(|| held.clone());
    if !root && wanted.iter().any(|p| !held.contains(p)) {
        return Err(Denied::new(400, &["child policies must be subset of parent"]));
    }
    let ttl = call.seconds("ttl").or_else(|| call.seconds("period"));
    let default = if wanted.contains(&"root".to_owned()) { 0 } else { cx.world().vault.token_ttl };
    let meta = call.body["meta"].clone();
    let renewable = call.body["renewable"].as_bool().unwrap_or(true);
    let parent = (!orphan && call.body["no_parent"] != true).then(|| call.token.clone());
    let auth =
        make(cx, Wanted { policies: wanted, ttl: ttl.unwrap_or(default), path: "auth/token/create", meta, renewable, parent });
    Ok(issued(cx, auth))
}
