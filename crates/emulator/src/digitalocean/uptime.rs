//! Uptime checks, their alerts, and what the check saw.

use crate::clock::Moment;
use crate::route::EventHandler;
use crate::{Cx, Refusal, Reply, Req, Route};
use serde_json::{Value, json};
use std::time::Duration;

/// Operations.
pub const ROUTES: &[Route] = &[
    Route { method: "GET", path: "/v2/uptime/checks", scope: "uptime:read", run: list },
    Route { method: "POST", path: "/v2/uptime/checks", scope: "uptime:create", run: create },
    Route { method: "GET", path: "/v2/uptime/checks/{check_id}", scope: "uptime:read", run: read },
    Route { method: "PUT", path: "/v2/uptime/checks/{check_id}", scope: "uptime:update", run: update },
    Route { method: "DELETE", path: "/v2/uptime/checks/{check_id}", scope: "uptime:delete", run: delete },
    Route { method: "GET", path: "/v2/uptime/checks/{check_id}/state", scope: "uptime:read", run: state },
    Route { method: "GET", path: "/v2/uptime/checks/{check_id}/alerts", scope: "uptime:read", run: alerts },
    Route {
        method: "POST",
        path: "/v2/uptime/checks/{check_id}/alerts",
        scope: "uptime:create uptime:update",
        run: create_alert,
    },
    Route { method: "GET", path: "/v2/uptime/checks/{check_id}/alerts/{alert_id}", scope: "uptime:read", run: read_alert },
    Route { method: "PUT", path: "/v2/uptime/checks/{check_id}/alerts/{alert_id}", scope: "uptime:update", run: update_alert },
    Route {
        method: "DELETE",
        path: "/v2/uptime/checks/{check_id}/alerts/{alert_id}",
        scope: "uptime:delete uptime:update",
        run: delete_alert,
    },
];

/// Events.
pub const EVENTS: &[(&str, EventHandler)] = &[];

/// Checks, by id.
const CHECKS: &str = "uptime_checks";
/// Alerts, by id, each with `_check`.
const ALERTS: &str = "uptime_alerts";

/// Checks run once a minute, so a new one has seen nothing for as long.
const MINUTE: Duration = Duration::from_secs(60);

const REGIONS: &[&str] = &["us_east", "us_west", "eu_west", "se_asia"];

/// The word, when it is one of `words`.
pub(super) fn word<'a>(field: &str, value: &'a str, words: &[&str]) -> Result<&'a str, Refusal> {
    if words.contains(&value) {
        Ok(value)
    } else {
        Err(Refusal::unprocessable(format!("{field} must be one of {}", words.join(", "))))
    }
}

/// Addresses and Slack channels that an alert tells; both lists must be there (the contract's `notification`).
pub(super) fn notification(value: Option<&Value>, field: &str) -> Result<Value, Refusal> {
    let list = |name: &str| {
        let items = value.and_then(|v| v.get(name)).filter(|v| !v.is_null());
        match items {
            None => Ok(&[][..]),
            Some(items) => items
                .as_array()
                .map(Vec::as_slice)
                .ok_or_else(|| Refusal::unprocessable(format!("{field}.{name} must be an array"))),
        }
    };
    let (emails, channels) = (list("email")?, list("slack")?);
    let good = emails.iter().all(|e| e.as_str().is_some_and(|e| e.contains('@')))
        && channels.iter().all(|c| c["channel"].is_string() && c["url"].as_str().is_some_and(|u| u.starts_with("https://")));
    match (good, emails.is_empty() && channels.is_empty()) {
        (true, false) => Ok(json!({ "email": emails, "slack": channels })),
        (true, true) => Err(Refusal::unprocessable(format!("{field} needs an address or a channel"))),
        (false, _) => Err(Refusal::unprocessable(format!("{field} is invalid"))),
    }
}

/// A check of the body on top of `doc`.
fn check(req: &Req, mut doc: Value) -> Result<Value, Refusal> {
    if let Some(name) = req.opt_text("name")? {
        doc["name"] = name.into();
    }
    if let Some(kind) = req.opt_text("type")? {
        doc["type"] = word("type", kind, &["ping", "http", "https"])?.into();
    }
    if let Some(target) = req.opt_text("target")? {
        doc["target"] = target.into();
    }
    if let Some(regions) = req.opt_texts("regions")? {
        for region in &regions {
            word("regions", region, REGIONS)?;
        }
        doc["regions"] = regions.into();
    }
    if let Some(enabled) = req.opt_flag("enabled")? {
        doc["enabled"] = enabled.into();
    }
    let text = |field: &str| doc[field].as_str().unwrap_or("");
    if text("name").is_empty() || text("target").is_empty() {
        return Err(Refusal::unprocessable("name and target are required"));
    }
    let scheme = format!("{}://", text("type"));
    if text("type") != "ping" && !text("target").starts_with(&scheme) {
        return Err(Refusal::unprocessable(format!("target must begin with {scheme}")));
    }
    Ok(doc)
}

fn list(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    Reply::page(req, "checks", cx.visible(CHECKS))
}

fn create(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    for field in ["name", "type", "target"] {
        req.text(field)?;
    }
    let id = cx.uuid();
    let blank = json!({
        "id": id, "name": "", "type": "", "target": "", "regions": REGIONS, "enabled": true, "_created": cx.now().0,
    });
    let doc = check(req, blank)?;
    cx.put(CHECKS, &id, doc.clone());
    Ok(Reply::created("check", doc))
}

fn found(cx: &Cx, req: &Req) -> Result<Value, Refusal> {
    cx.find(CHECKS, req.param("check_id"))
}

fn read(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    Ok(Reply::ok("check", found(cx, req)?))
}

fn update(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let doc = check(req, found(cx, req)?)?;
    cx.put(CHECKS, req.param("check_id"), doc.clone());
    Ok(Reply::ok("check", doc))
}

/// Deleting a check deletes its alerts (the contract's description).
fn delete(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    found(cx, req)?;
    let id = req.param("check_id");
    let alerts: Vec<String> = cx.pairs(ALERTS).filter(|(_, a)| a["_check"] == id).map(|(key, _)| key.to_owned()).collect();
    for alert in alerts {
        cx.remove(ALERTS, &alert);
    }
    cx.remove(CHECKS, id);
    Ok(Reply::no_content())
}

/// What was seen from the two regions that the contract describes: in this world every target answers, from the first
/// minute on.
fn state(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let doc = found(cx, req)?;
    let created = Moment(doc["_created"].as_i64().unwrap_or(0));
    let first = created.plus(MINUTE);
    let (status, since) = if cx.now() < first { ("CHECKING", created) } else { ("UP", first) };
    let mut regions = json!({});
    for region in ["us_east", "eu_west"] {
        if doc["regions"].as_array().is_some_and(|all| all.iter().any(|r| r == region)) {
            regions[region] = json!({
                "status": status,
                "status_changed_at": since.rfc3339(),
                "thirty_day_uptime_percentage": if status == "UP" { 100.0 } else { 0.0 },
            });
        }
    }
    Ok(Reply::ok("state", json!({ "regions": regions, "previous_outage": {} })))
}

/// An alert of the body.
fn alert(req: &Req, id: &str) -> Result<Value, Refusal> {
    let name = req.text("name")?;
    let kind = word("type", req.text("type")?, &["latency", "down", "down_global", "ssl_expiry"])?;
    let period = word("period", req.text("period")?, &["2m", "3m", "5m", "10m", "15m", "30m", "1h"])?;
    let mut doc = json!({
        "id": id,
        "name": name,
        "type": kind,
        "notifications": notification(req.field("notifications"), "notifications")?,
        "period": period,
        "_check": req.param("check_id"),
    });
    match (req.opt_number("threshold")?, req.opt_text("comparison")?.filter(|c| !c.is_empty())) {
        (threshold, comparison) if matches!(kind, "latency" | "ssl_expiry") => {
            let (Some(threshold), Some(comparison)) = (threshold, comparison) else {
                return Err(Refusal::unprocessable(format!("threshold and comparison are required for {kind}")));
            };
            doc["threshold"] = threshold.into();
            doc["comparison"] = word("comparison", comparison, &["greater_than", "less_than"])?.into();
        }
        (threshold, comparison) => {
            if let Some(threshold) = threshold {
                doc["threshold"] = threshold.into();
            }
            if let Some(comparison) = comparison {
                doc["comparison"] = word("comparison", comparison, &["greater_than", "less_than"])?.into();
            }
        }
    }
    Ok(doc)
}

fn alerts(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    found(cx, req)?;
    let docs = cx.visible(ALERTS).into_iter().filter(|a| a["_check"] == req.param("check_id")).collect();
    Reply::page(req, "alerts", docs)
}

fn create_alert(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    found(cx, req)?;
    let id = cx.uuid();
    let doc = alert(req, &id)?;
    cx.put(ALERTS, &id, doc.clone());
    Ok(Reply::created("alert", doc))
}

fn found_alert(cx: &Cx, req: &Req) -> Result<Value, Refusal> {
    let doc = cx.find(ALERTS, req.param("alert_id"))?;
    if doc["_check"] == req.param("check_id") { Ok(doc) } else { Err(Refusal::not_found()) }
}

fn read_alert(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    Ok(Reply::ok("alert", found_alert(cx, req)?))
}

fn update_alert(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    found_alert(cx, req)?;
    let doc = alert(req, req.param("alert_id"))?;
    cx.put(ALERTS, req.param("alert_id"), doc.clone());
    Ok(Reply::ok("alert", doc))
}

fn delete_alert(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    found_alert(cx, req)?;
    cx.remove(ALERTS, req.param("alert_id"));
    Ok(Reply::no_content())
}

#[cfg(test)]
mod tests {
    use super::super::tests::*;
    use serde_json::json;

    #[tokio::test(start_paused = true)]
    async fn a_check_sees_after_a_minute_and_takes_its_alerts_along() {
        let cloud = cloud();
        let body =
            json!({ "name": "web", "type": "https", "target": "https://example.com", "regions": ["eu_west"], "enabled": true });
        let (status, made) = post(&cloud, "/v2/uptime/checks", body.clone()).await;
        assert_eq!(status, 201);
        let path = format!("/v2/uptime/checks/{}", made["check"]["id"].as_str().unwrap());
        let state = format!("{path}/state");
        assert_eq!(get(&cloud, &state).await.1["state"]["regions"]["eu_west"]["status"], "CHECKING");
        pass(61).await;
        let seen = get(&cloud, &state).await.1["state"]["regions"].clone();
        assert_eq!((&seen["eu_west"]["status"], &seen["us_east"]), (&json!("UP"), &json!(null)));
        let alert = json!({
            "name": "slow", "type": "latency", "threshold": 300, "comparison": "greater_than", "period": "2m",
            "notifications": { "email": ["ops@example.com"], "slack": [] },
        });
        let (status, made) = post(&cloud, &format!("{path}/alerts"), alert.clone()).await;
        assert_eq!(status, 201, "{made}");
        let mut without = alert.clone();
        without.as_object_mut().unwrap().remove("threshold");
        assert_eq!(post(&cloud, &format!("{path}/alerts"), without).await.0, 422);
        assert_eq!(put(&cloud, &path, json!({ "type": "http" })).await.0, 422);
        assert_eq!(put(&cloud, &path, json!({ "name": "site", "enabled": false })).await.1["check"]["target"], body["target"]);
        assert_eq!(delete(&cloud, &path).await.0, 204);
        let left: Vec<String> = cloud.objects().as_object().unwrap().keys().cloned().collect();
        assert_eq!(left, ["projects"]);
    }
}
