//! Online migration: copying from a database elsewhere, of which the embedded cloud knows only that it takes time.

use super::{MIGRATIONS, cluster, id, online, pick};
use crate::{Cx, Refusal, Reply, Req};
use serde_json::{Value, json};

const SHOWN: &[&str] = &["id", "status", "created_at"];

/// `GET …/online-migration`: the latest.
pub fn read(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    cluster(cx, req)?;
    Ok(Reply::json(200, pick(&cx.find(MIGRATIONS, id(req))?, SHOWN)))
}

/// `PUT …/online-migration`.
pub fn start(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let doc = cluster(cx, req)?;
    let source = req.opt_object("source")?.ok_or_else(|| Refusal::unprocessable("source is required"))?;
    for field in ["host", "port", "username", "password"] {
        if source.get(field).is_none_or(Value::is_null) {
            return Err(Refusal::unprocessable(format!("source.{field} is required")));
        }
    }
    online(&doc)?;
    if cx.get(MIGRATIONS, id(req)).is_some_and(|m| m["status"] == "running") {
        return Err(Refusal::conflict("a migration is running already"));
    }
    let migration = cx.uuid();
    let doc = json!({ "id": migration, "status": "running", "created_at": cx.stamp(), "cluster_uuid": id(req) });
    cx.put_settled(MIGRATIONS, id(req), doc.clone());
    let wait = cx.draw("database_migration");
    cx.after(wait, "database_migration_done", json!({ "cluster": id(req), "id": migration }));
    Ok(Reply::json(200, pick(&doc, SHOWN)))
}

/// All is copied.
pub fn done(cx: &mut Cx, args: &Value) {
    if let Some(doc) = args["cluster"].as_str().and_then(|cluster| cx.edit(MIGRATIONS, cluster))
        && doc["id"] == args["id"]
        && doc["status"] == "running"
    {
        doc["status"] = "done".into();
    }
}

/// `DELETE …/online-migration/{id}`.
pub fn stop(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    cluster(cx, req)?;
    let mut doc = cx.find(MIGRATIONS, id(req))?;
    if doc["id"] != req.param("migration_id") {
        return Err(Refusal::not_found());
    }
    if doc["status"] == "running" {
        doc["status"] = "canceled".into();
        cx.put_settled(MIGRATIONS, id(req), doc);
    }
    Ok(Reply::no_content())
}
