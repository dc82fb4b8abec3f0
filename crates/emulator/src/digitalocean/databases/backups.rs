//! Daily backups of PostgreSQL, kept seven days, and where a restored cluster comes from.

use super::{CLUSTERS, Engine, cluster_of};
use crate::clock::Moment;
use crate::{Cx, Refusal, Reply, Req};
use serde_json::{Value, json};
use std::time::Duration;

const DAY: Duration = Duration::from_secs(86_400);
/// How far back a restore can go, in days (DigitalOcean documentation, Managed Databases: PITR 7 days).
const KEPT: u64 = 7;
/// The first backup is made when a cluster comes up; no creation takes longer than this.
const FIRST: Duration = Duration::from_secs(600);
/// Size in GB of a backup of a cluster without data, which all of these are. Source: the contract's example.
const EMPTY: f64 = 0.033_576_96;

/// When the backups were made that there are at `now`, oldest first: one soon after the creation, then one a day.
fn times(cluster: &Value, now: Moment) -> Vec<Moment> {
    let Some(created) = cluster["created_at"].as_str().and_then(Moment::parse) else {
        return Vec::new();
    };
    let first = created.plus(FIRST);
    if now < first {
        return Vec::new();
    }
    let days = now.since(first).as_secs() / DAY.as_secs();
    let from = days.saturating_sub(KEPT - 1);
    (from..=days).map(|d| first.plus(Duration::from_secs(d * DAY.as_secs()))).collect()
}

/// `GET …/backups`.
pub fn list(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let doc = cluster_of(cx, req, Engine::Pg)?;
    let backups: Vec<Value> = times(&doc, cx.now())
        .into_iter()
        .map(|at| json!({ "created_at": at.rfc3339(), "size_gigabytes": EMPTY, "incremental": false }))
        .collect();
    let config = &doc["config"];
    let schedule = json!({
        "backup_hour": config["backup_hour"],
        "backup_minute": config["backup_minute"],
        "backup_interval_hours": 24,
    });
    Ok(Reply::json(200, json!({ "backups": backups, "scheduled_backup_time": schedule })))
}

/// The cluster that `backup_restore` names, as it is.
///
/// # Errors
/// 422 when there is none of that engine, it has no backup yet, or the moment lies outside of what is kept.
pub fn source(cx: &Cx, req: &Req, engine: Engine) -> Result<Option<Value>, Refusal> {
    let Some(restore) = req.opt_object("backup_restore")? else {
        return Ok(None);
    };
    if engine != Engine::Pg {
        return Err(super::unsupported());
    }
    let name = restore.get("database_name").and_then(Value::as_str).unwrap_or("");
    let source = cx
        .list(CLUSTERS)
        .into_iter()
        .find(|d| d["name"] == name && Engine::of(d) == engine)
        .ok_or_else(|| Refusal::unprocessable(format!("cluster '{name}' to restore from does not exist")))?;
    let oldest = times(source, cx.now()).first().copied();
    let oldest = oldest.ok_or_else(|| Refusal::unprocessable(format!("cluster '{name}' has no backup yet")))?;
    if let Some(text) = restore.get("backup_created_at").and_then(Value::as_str).filter(|t| !t.is_empty()) {
        let at = Moment::parse(text).ok_or_else(|| Refusal::unprocessable("backup_created_at is not a valid date"))?;
        if at < oldest || at > cx.now() {
            return Err(Refusal::unprocessable("there is no backup of that time"));
        }
    }
    Ok(Some(source.clone()))
}
