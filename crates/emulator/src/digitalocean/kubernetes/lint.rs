//! The vendor's checks before an upgrade. They look into the cluster; an empty one has nothing to complain about.

use super::CLUSTERS;
use crate::{Cx, Moment, Refusal, Reply, Req};
use serde_json::json;

/// The newest run of each cluster, by cluster: `{run_id, requested_at, completed_at}`.
const RUNS: &str = "_clusterlint";

pub(super) fn start(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let id = req.param("cluster_id");
    cx.find(CLUSTERS, id)?;
    let run = cx.uuid();
    let done = cx.draw("clusterlint");
    let doc = json!({
        "run_id": run,
        "requested_at": cx.stamp(),
        "completed_at": cx.now().plus(done).rfc3339(),
        "diagnostics": [],
    });
    cx.put_settled(RUNS, id, doc);
    Ok(Reply::json(202, json!({ "run_id": run })))
}

pub(super) fn read(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let id = req.param("cluster_id");
    cx.find(CLUSTERS, id)?;
    let mut doc = cx.find(RUNS, id)?;
    if req.query("run_id").is_some_and(|run| doc["run_id"] != run) {
        return Err(Refusal::not_found());
    }
    let done = doc["completed_at"].as_str().and_then(Moment::parse);
    if done.is_some_and(|done| done > cx.now())
        && let Some(map) = doc.as_object_mut()
    {
        map.remove("completed_at");
        map.remove("diagnostics");
    }
    Ok(Reply::json(200, doc))
}
