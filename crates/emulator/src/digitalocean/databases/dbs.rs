//! Databases of a PostgreSQL cluster.

use super::{DBS, Engine, checked_name, cluster_of, id, key, online, parts, pick};
use crate::{Cx, Refusal, Reply, Req};
use serde_json::{Value, json};

fn found(cx: &Cx, req: &Req) -> Result<Value, Refusal> {
    cluster_of(cx, req, Engine::Pg)?;
    cx.find(DBS, &key(id(req), req.param("database_name"))).map_err(|_| Refusal::new(404, "not_found", "database not found"))
}

/// `GET …/dbs`.
pub fn list(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    cluster_of(cx, req, Engine::Pg)?;
    Ok(Reply::ok("dbs", parts(cx, DBS, id(req)).iter().map(|d| pick(d, &["name"])).collect()))
}

/// `POST …/dbs`.
pub fn create(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let cluster = cluster_of(cx, req, Engine::Pg)?;
    let name = checked_name("database", req.text("name")?)?;
    online(&cluster)?;
    let at = key(id(req), name);
    if cx.get(DBS, &at).is_some() {
        return Err(Refusal::unprocessable("database name is not available"));
    }
    cx.put(DBS, &at, json!({ "name": name, "cluster_uuid": id(req) }));
    Ok(Reply::created("db", json!({ "name": name })))
}

/// `GET …/dbs/{name}`.
pub fn read(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let doc = found(cx, req)?;
    Ok(Reply::ok("db", pick(&doc, &["name"])))
}

/// `DELETE …/dbs/{name}`.
pub fn delete(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    found(cx, req)?;
    cx.remove(DBS, &key(id(req), req.param("database_name")));
    Ok(Reply::no_content())
}
