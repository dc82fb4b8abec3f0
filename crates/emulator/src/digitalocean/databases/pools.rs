//! Connection pools (PgBouncer) of a PostgreSQL cluster.

use super::connection::{self, Login, password};
use super::{DBS, Engine, POOLS, USERS, checked_name, cluster_of, id, key, online, parts, pick, truth};
use crate::{Cx, Refusal, Reply, Req};
use serde_json::{Value, json};

/// Connections that a cluster has for pools: 25 a GiB of memory, 3 of them reserved.
/// Source: DigitalOcean documentation, Managed Databases.
fn connections(cluster: &Value) -> i64 {
    let memory = Engine::Pg.size(cluster["size"].as_str().unwrap_or("")).map_or(1, |s| i64::from(s.memory));
    memory * 25 - 3
}

fn document(cx: &Cx, req: &Req, cluster: &Value, pool: &Value) -> Value {
    let mut doc = pick(pool, &["name", "mode", "size", "db", "user"]);
    let name = pool["name"].as_str().unwrap_or("");
    let user = pool["user"].as_str().unwrap_or("");
    let login = Login { user, password: password(cx, id(req), user) };
    let host = cluster["_host"].as_str().unwrap_or("");
    let standby = format!("replica-{host}");
    doc["connection"] = connection::to_pool(req, host, name, &login);
    doc["private_connection"] = connection::to_pool(req, &connection::private(host), name, &login);
    if cluster["num_nodes"].as_i64() > Some(1) {
        doc["standby_connection"] = connection::to_pool(req, &standby, name, &login);
        doc["standby_private_connection"] = connection::to_pool(req, &connection::private(&standby), name, &login);
    }
    doc
}

/// Mode, size, database and user of the body, checked against the cluster; `own` is the pool that they are for.
fn checked(cx: &Cx, req: &Req, cluster: &Value, own: &str) -> Result<Value, Refusal> {
    let mode = req.text("mode")?;
    if !matches!(mode, "session" | "transaction" | "statement") {
        return Err(Refusal::unprocessable("mode must be session, transaction or statement"));
    }
    let size = req.number("size")?;
    let others: i64 = truth(cx, POOLS, id(req)).into_iter().filter(|p| p["name"] != own).filter_map(|p| p["size"].as_i64()).sum();
    if size < 1 || size + others > connections(cluster) {
        return Err(Refusal::unprocessable(format!(
            "pool size must be between 1 and the {} connections that are left",
            connections(cluster) - others
        )));
    }
    let db = req.text("db")?;
    if cx.get(DBS, &key(id(req), db)).is_none() {
        return Err(Refusal::unprocessable(format!("database '{db}' does not exist")));
    }
    let mut doc = json!({ "mode": mode, "size": size, "db": db });
    if let Some(user) = req.opt_text("user")?.filter(|u| !u.is_empty()) {
        if cx.get(USERS, &key(id(req), user)).is_none() {
            return Err(Refusal::unprocessable(format!("user '{user}' does not exist")));
        }
        doc["user"] = user.into();
    }
    Ok(doc)
}

fn found(cx: &Cx, req: &Req) -> Result<(Value, Value), Refusal> {
    let cluster = cluster_of(cx, req, Engine::Pg)?;
    let pool = cx
        .find(POOLS, &key(id(req), req.param("pool_name")))
        .map_err(|_| Refusal::new(404, "not_found", "connection pool not found"))?;
    Ok((cluster, pool))
}

/// `GET …/pools`.
pub fn list(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let cluster = cluster_of(cx, req, Engine::Pg)?;
    Ok(Reply::ok("pools", parts(cx, POOLS, id(req)).iter().map(|p| document(cx, req, &cluster, p)).collect()))
}

/// `POST …/pools`.
pub fn create(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let cluster = cluster_of(cx, req, Engine::Pg)?;
    let name = checked_name("pool", req.text("name")?)?;
    online(&cluster)?;
    let mut doc = checked(cx, req, &cluster, name)?;
    let at = key(id(req), name);
    if cx.get(POOLS, &at).is_some() {
        return Err(Refusal::unprocessable("pool name is not available"));
    }
    doc["name"] = name.into();
    doc["cluster_uuid"] = id(req).into();
    cx.put(POOLS, &at, doc.clone());
    Ok(Reply::created("pool", document(cx, req, &cluster, &doc)))
}

/// `GET …/pools/{name}`.
pub fn read(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let (cluster, pool) = found(cx, req)?;
    Ok(Reply::ok("pool", document(cx, req, &cluster, &pool)))
}

/// `PUT …/pools/{name}`: everything but the name.
pub fn update(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let (cluster, _) = found(cx, req)?;
    let name = req.param("pool_name");
    let mut doc = checked(cx, req, &cluster, name)?;
    doc["name"] = name.into();
    doc["cluster_uuid"] = id(req).into();
    cx.put(POOLS, &key(id(req), name), doc);
    Ok(Reply::no_content())
}

/// `DELETE …/pools/{name}`.
pub fn delete(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    found(cx, req)?;
    cx.remove(POOLS, &key(id(req), req.param("pool_name")));
    Ok(Reply::no_content())
}
