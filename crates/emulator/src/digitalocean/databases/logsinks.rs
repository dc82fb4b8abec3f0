//! Where a cluster sends its logs.

use super::{SINKS, cluster, id, key, parts, pick};
use crate::reply::Body;
use crate::{Cx, Refusal, Reply, Req};
use serde_json::{Value, json};

/// About 24 characters (DigitalOcean documentation, Managed Databases).
const LONGEST_NAME: usize = 24;

/// The sink as clients see it. Its configuration may hold a password, so it is kept where no list of objects shows it.
fn document(sink: &Value) -> Value {
    let mut doc = pick(sink, &["sink_id", "sink_name", "sink_type"]);
    doc["config"] = sink["_config"].clone();
    doc
}

/// 200 without a body, as the contract declares for changes.
fn done() -> Reply {
    Reply { status: 200, headers: Vec::new(), body: Body::Empty }
}

/// The configuration of a sink of that type, with what it must have.
fn checked<'a>(req: &'a Req, kind: &str) -> Result<&'a Value, Refusal> {
    let needed: &[&str] = match kind {
        "rsyslog" => &["server", "port", "tls", "format"],
        "elasticsearch" | "opensearch" => &["url", "index_prefix"],
        "datadog" => &["site", "datadog_api_key"],
        _ => return Err(Refusal::unprocessable(format!("invalid sink_type '{kind}'"))),
    };
    let config = req.field("config").ok_or_else(|| Refusal::unprocessable("config is required"))?;
    match needed.iter().find(|f| config.get(**f).is_none_or(Value::is_null)) {
        Some(missing) => Err(Refusal::unprocessable(format!("config.{missing} is required"))),
        None => Ok(config),
    }
}

fn found(cx: &Cx, req: &Req) -> Result<Value, Refusal> {
    cluster(cx, req)?;
    cx.find(SINKS, &key(id(req), req.param("logsink_id"))).map_err(|_| Refusal::new(404, "not_found", "logsink not found"))
}

/// `GET …/logsink`.
pub fn list(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    cluster(cx, req)?;
    Ok(Reply::ok("sinks", parts(cx, SINKS, id(req)).iter().map(document).collect()))
}

/// `POST …/logsink`.
pub fn create(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    cluster(cx, req)?;
    let name = req.text("sink_name")?;
    if name.chars().count() > LONGEST_NAME {
        return Err(Refusal::unprocessable(format!("sink_name must have at most {LONGEST_NAME} characters")));
    }
    if parts(cx, SINKS, id(req)).iter().any(|s| s["sink_name"] == name) {
        return Err(Refusal::unprocessable("sink_name is not available"));
    }
    let kind = req.text("sink_type")?;
    let config = checked(req, kind)?;
    let sink = cx.uuid();
    let doc = json!({ "sink_id": sink, "sink_name": name, "sink_type": kind, "_config": config, "cluster_uuid": id(req) });
    cx.put(SINKS, &key(id(req), &sink), doc.clone());
    Ok(Reply::created("sink", document(&doc)))
}

/// `GET …/logsink/{id}`: the sink itself, without a key around it.
pub fn read(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    Ok(Reply::json(200, document(&found(cx, req)?)))
}

/// `PUT …/logsink/{id}`: its configuration.
pub fn update(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let mut doc = found(cx, req)?;
    doc["_config"] = checked(req, doc["sink_type"].as_str().unwrap_or(""))?.clone();
    cx.put(SINKS, &key(id(req), req.param("logsink_id")), doc);
    Ok(done())
}

/// `DELETE …/logsink/{id}`.
pub fn delete(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    found(cx, req)?;
    cx.remove(SINKS, &key(id(req), req.param("logsink_id")));
    Ok(done())
}
