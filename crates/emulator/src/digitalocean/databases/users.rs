//! Users of a PostgreSQL cluster; Valkey has one that cannot be managed.

use super::connection::{may, new_password};
use super::{Engine, USERS, checked_name, cluster_of, id, key, online, parts, pick};
use crate::request::wrong_type;
use crate::{Cx, Refusal, Reply, Req};
use serde_json::{Value, json};

/// The user as clients see it; the password needs `database:view_credentials`.
pub fn document(req: &Req, user: &Value) -> Value {
    let mut doc = pick(user, &["name", "role", "settings"]);
    if may(req, "database:view_credentials") {
        doc["password"] = user["_password"].clone();
    }
    doc
}

fn found(cx: &Cx, req: &Req) -> Result<Value, Refusal> {
    cluster_of(cx, req, Engine::Pg)?;
    cx.find(USERS, &key(id(req), req.param("username"))).map_err(|_| Refusal::new(404, "not_found", "user not found"))
}

/// `settings.pg_allow_replication`, false when left out.
fn settings(req: &Req) -> Result<Option<Value>, Refusal> {
    let Some(settings) = req.opt_object("settings")? else {
        return Ok(None);
    };
    let allowed = match settings.get("pg_allow_replication").filter(|v| !v.is_null()) {
        None => false,
        Some(value) => value.as_bool().ok_or_else(|| wrong_type("pg_allow_replication", "a boolean"))?,
    };
    Ok(Some(json!({ "pg_allow_replication": allowed })))
}

/// `GET …/users`.
pub fn list(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    cluster_of(cx, req, Engine::Pg)?;
    Ok(Reply::ok("users", parts(cx, USERS, id(req)).iter().map(|u| document(req, u)).collect()))
}

/// `POST …/users`.
pub fn create(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let cluster = cluster_of(cx, req, Engine::Pg)?;
    let name = checked_name("user", req.text("name")?)?;
    let settings = settings(req)?;
    online(&cluster)?;
    let at = key(id(req), name);
    if cx.get(USERS, &at).is_some() {
        return Err(Refusal::unprocessable("user name is not available"));
    }
    let mut doc = json!({ "name": name, "role": "normal", "cluster_uuid": id(req) });
    if let Some(settings) = settings {
        doc["settings"] = settings;
    }
    doc["_password"] = new_password(cx).into();
    cx.put(USERS, &at, doc.clone());
    // The reply of a creation carries the password whatever the token may read (the contract's description).
    let mut shown = document(req, &doc);
    shown["password"] = doc["_password"].clone();
    Ok(Reply::created("user", shown))
}

/// `GET …/users/{name}`.
pub fn read(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let doc = found(cx, req)?;
    Ok(Reply::ok("user", document(req, &doc)))
}

/// `PUT …/users/{name}`: its settings.
pub fn update(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let mut doc = found(cx, req)?;
    doc["settings"] = settings(req)?.ok_or_else(|| Refusal::unprocessable("settings is required"))?;
    cx.put(USERS, &key(id(req), req.param("username")), doc.clone());
    Ok(Reply::created("user", document(req, &doc)))
}

/// `POST …/users/{name}/reset_auth`: another password.
pub fn reset(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let mut doc = found(cx, req)?;
    doc["_password"] = new_password(cx).into();
    cx.put(USERS, &key(id(req), req.param("username")), doc.clone());
    let mut shown = document(req, &doc);
    shown["password"] = doc["_password"].clone();
    Ok(Reply::ok("user", shown))
}

/// `DELETE …/users/{name}`.
pub fn delete(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let doc = found(cx, req)?;
    if doc["role"] == "primary" {
        return Err(Refusal::unprocessable("the primary user cannot be removed"));
    }
    cx.remove(USERS, &key(id(req), req.param("username")));
    Ok(Reply::no_content())
}
