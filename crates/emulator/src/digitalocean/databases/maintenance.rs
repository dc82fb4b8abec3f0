//! The weekly window for updates, and an update ahead of it.

use super::{CLUSTERS, cluster, events, id};
use crate::{Cx, Refusal, Reply, Req};

const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// `PUT …/maintenance`. `14:00` reads back as `14:00:00` (the Terraform provider treats the two as one).
pub fn set(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let mut doc = cluster(cx, req)?;
    let day = req.text("day")?.to_lowercase();
    if !DAYS.contains(&day.as_str()) {
        return Err(Refusal::unprocessable(format!("invalid maintenance day '{day}'")));
    }
    let given = req.text("hour")?;
    let hour = time(given).ok_or_else(|| Refusal::unprocessable(format!("invalid maintenance hour '{given}'")))?;
    doc["maintenance_window"]["day"] = day.into();
    doc["maintenance_window"]["hour"] = hour.into();
    cx.put(CLUSTERS, id(req), doc);
    Ok(Reply::no_content())
}

/// `HH:MM:SS` from `HH:MM` or `HH:MM:SS`.
fn time(text: &str) -> Option<String> {
    let parts: Vec<u8> = text.split(':').map(|p| p.parse().ok().filter(|_| p.len() <= 2)).collect::<Option<_>>()?;
    match parts[..] {
        [h, m] if h < 24 && m < 60 => Some(format!("{h:02}:{m:02}:00")),
        [h, m, s] if h < 24 && m < 60 && s < 60 => Some(format!("{h:02}:{m:02}:{s:02}")),
        _ => None,
    }
}

/// `PUT …/install_update`: what was pending is done.
pub fn install(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let mut doc = cluster(cx, req)?;
    super::online(&doc)?;
    doc["maintenance_window"]["pending"] = false.into();
    doc["maintenance_window"]["description"] = serde_json::json!([]);
    events::record(cx, &doc, "cluster_maintenance_perform");
    cx.put(CLUSTERS, id(req), doc);
    Ok(Reply::no_content())
}
