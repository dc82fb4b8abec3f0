//! Alert policies of monitoring.

use super::uptime::{notification, word};
use crate::route::EventHandler;
use crate::{Cx, Refusal, Reply, Req, Route};
use serde_json::{Value, json};

/// Operations.
pub const ROUTES: &[Route] = &[
    Route { method: "GET", path: "/v2/monitoring/alerts", scope: "monitoring:read", run: list },
    Route { method: "POST", path: "/v2/monitoring/alerts", scope: "monitoring:create", run: create },
    Route { method: "GET", path: "/v2/monitoring/alerts/{alert_uuid}", scope: "monitoring:read", run: read },
    Route { method: "PUT", path: "/v2/monitoring/alerts/{alert_uuid}", scope: "monitoring:update", run: update },
    Route { method: "DELETE", path: "/v2/monitoring/alerts/{alert_uuid}", scope: "monitoring:delete", run: delete },
];

/// Events.
pub const EVENTS: &[(&str, EventHandler)] = &[];

/// Policies, by UUID.
const POLICIES: &str = "alert_policies";

/// What can be watched. Source: the contract's `alert_policy.type`.
const TYPES: &[&str] = &[
    "v1/insights/droplet/load_1",
    "v1/insights/droplet/load_5",
    "v1/insights/droplet/load_15",
    "v1/insights/droplet/memory_utilization_percent",
    "v1/insights/droplet/disk_utilization_percent",
    "v1/insights/droplet/cpu",
    "v1/insights/droplet/disk_read",
    "v1/insights/droplet/disk_write",
    "v1/insights/droplet/public_outbound_bandwidth",
    "v1/insights/droplet/public_inbound_bandwidth",
    "v1/insights/droplet/private_outbound_bandwidth",
    "v1/insights/droplet/private_inbound_bandwidth",
    "v1/insights/lbaas/avg_cpu_utilization_percent",
    "v1/insights/lbaas/connection_utilization_percent",
    "v1/insights/lbaas/droplet_health",
    "v1/insights/lbaas/tls_connections_per_second_utilization_percent",
    "v1/insights/lbaas/increase_in_http_error_rate_percentage_5xx",
    "v1/insights/lbaas/increase_in_http_error_rate_percentage_4xx",
    "v1/insights/lbaas/increase_in_http_error_rate_count_5xx",
    "v1/insights/lbaas/increase_in_http_error_rate_count_4xx",
    "v1/insights/lbaas/high_http_request_response_time",
    "v1/insights/lbaas/high_http_request_response_time_50p",
    "v1/insights/lbaas/high_http_request_response_time_95p",
    "v1/insights/lbaas/high_http_request_response_time_99p",
    "v1/dbaas/alerts/load_15_alerts",
    "v1/dbaas/alerts/memory_utilization_alerts",
    "v1/dbaas/alerts/disk_utilization_alerts",
    "v1/dbaas/alerts/cpu_alerts",
    "v1/droplet/autoscale_alerts/current_instances",
    "v1/droplet/autoscale_alerts/target_instances",
    "v1/droplet/autoscale_alerts/current_cpu_utilization",
    "v1/droplet/autoscale_alerts/target_cpu_utilization",
    "v1/droplet/autoscale_alerts/current_memory_utilization",
    "v1/droplet/autoscale_alerts/target_memory_utilization",
    "v1/droplet/autoscale_alerts/scale_up",
    "v1/droplet/autoscale_alerts/scale_down",
];

/// A policy of the body: everything is required, as the contract says.
fn policy(req: &Req, uuid: &str) -> Result<Value, Refusal> {
    let description = req.text("description")?;
    let compare = word("compare", req.text("compare")?, &["GreaterThan", "LessThan"])?;
    let window = word("window", req.text("window")?, &["5m", "10m", "30m", "1h"])?;
    let kind = req.text("type")?;
    if !TYPES.contains(&kind) {
        return Err(Refusal::unprocessable(format!("type '{kind}' is invalid")));
    }
    let value = req.field("value").and_then(Value::as_f64);
    let value = value.ok_or_else(|| Refusal::unprocessable("value must be a number"))?;
    if value < 0.0 || (kind.contains("percent") && value > 100.0) {
        return Err(Refusal::unprocessable("value is out of range"));
    }
    let enabled = req.opt_flag("enabled")?.ok_or_else(|| Refusal::unprocessable("enabled is required"))?;
    Ok(json!({
        "uuid": uuid,
        "type": kind,
        "description": description,
        "compare": compare,
        "value": value,
        "window": window,
        "entities": req.opt_texts("entities")?.unwrap_or_default(),
        "tags": req.opt_texts("tags")?.unwrap_or_default(),
        "alerts": notification(req.field("alerts"), "alerts")?,
        "enabled": enabled,
    }))
}

fn list(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    Reply::page(req, "policies", cx.visible(POLICIES))
}

/// Answered with 200 (the contract).
fn create(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let uuid = cx.uuid();
    let doc = policy(req, &uuid)?;
    cx.put(POLICIES, &uuid, doc.clone());
    Ok(Reply::ok("policy", doc))
}

fn read(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    Ok(Reply::ok("policy", cx.find(POLICIES, req.param("alert_uuid"))?))
}

fn update(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let uuid = req.param("alert_uuid");
    cx.find(POLICIES, uuid)?;
    let doc = policy(req, uuid)?;
    cx.put(POLICIES, uuid, doc.clone());
    Ok(Reply::ok("policy", doc))
}

fn delete(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    cx.find(POLICIES, req.param("alert_uuid"))?;
    cx.remove(POLICIES, req.param("alert_uuid"));
    Ok(Reply::no_content())
}

#[cfg(test)]
mod tests {
    use super::super::tests::*;
    use serde_json::json;

    #[tokio::test(start_paused = true)]
    async fn a_policy_is_made_replaced_and_removed() {
        let cloud = cloud();
        let body = json!({
            "alerts": { "email": ["ops@example.com"], "slack": [] }, "compare": "GreaterThan", "description": "CPU",
            "enabled": true, "entities": [], "tags": ["web"], "type": "v1/insights/droplet/cpu", "value": 80, "window": "5m",
        });
        let (status, made) = post(&cloud, "/v2/monitoring/alerts", body.clone()).await;
        assert_eq!(status, 200);
        let path = format!("/v2/monitoring/alerts/{}", made["policy"]["uuid"].as_str().unwrap());
        for (field, value) in [("window", json!("7m")), ("type", json!("v1/cpu")), ("value", json!("x")), ("alerts", json!({}))] {
            let mut bad = body.clone();
            bad[field] = value;
            assert_eq!(put(&cloud, &path, bad).await.0, 422, "{field}");
        }
        let mut other = body;
        other["value"] = 90.into();
        assert_eq!(put(&cloud, &path, other).await.1["policy"]["value"], 90.0);
        assert_eq!(get(&cloud, "/v2/monitoring/alerts").await.1["policies"][0]["value"], 90.0);
        assert_eq!(delete(&cloud, &path).await.0, 204);
        assert_eq!(get(&cloud, &path).await.0, 404);
    }
}
