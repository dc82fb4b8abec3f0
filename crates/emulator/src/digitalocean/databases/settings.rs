//! Small settings of a cluster: names in its certificate, eviction policy, growing storage.

use super::options::Size;
use super::{CLUSTERS, Engine, cluster, cluster_of, id};
use crate::request::wrong_type;
use crate::{Cx, Refusal, Reply, Req};
use serde_json::{Value, json};

/// Source: the contract's `service_cnames`.
const MOST_NAMES: usize = 16;

/// `do_settings` with the names that the certificate shall carry; none when it is left out.
///
/// # Errors
/// 422 for more than 16, and for what is no host name with a dot.
pub fn checked_names(settings: Option<&Value>) -> Result<Value, Refusal> {
    let names = settings.and_then(|s| s.get("service_cnames")).filter(|n| !n.is_null());
    let Some(names) = names else {
        return Ok(json!({ "service_cnames": [] }));
    };
    let names = names.as_array().ok_or_else(|| wrong_type("service_cnames", "an array"))?;
    if names.len() > MOST_NAMES {
        return Err(Refusal::unprocessable(format!("at most {MOST_NAMES} service_cnames are allowed")));
    }
    match names.iter().find(|n| !n.as_str().is_some_and(is_host)) {
        Some(bad) => Err(Refusal::unprocessable(format!("{bad} is not a valid hostname"))),
        None => Ok(json!({ "service_cnames": names })),
    }
}

fn is_host(name: &str) -> bool {
    let label = |l: &str| {
        !l.is_empty() && !l.starts_with('-') && !l.ends_with('-') && l.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    };
    name.len() <= 253 && name.contains('.') && name.split('.').all(label)
}

/// Autoscaling as a new cluster has it.
#[must_use]
pub fn no_autoscale() -> Value {
    json!({ "storage": { "enabled": false } })
}

/// `autoscale` of a body.
///
/// # Errors
/// 422 outside of the contract's ranges, and for a step greater than the size's most storage.
pub fn checked_autoscale(autoscale: &Value, size: &Size) -> Result<Value, Refusal> {
    let storage = &autoscale["storage"];
    let enabled = storage["enabled"].as_bool().ok_or_else(|| Refusal::unprocessable("storage.enabled is required"))?;
    let number = |field: &str, range: std::ops::RangeInclusive<i64>| match storage.get(field).filter(|v| !v.is_null()) {
        None => Ok(None),
        Some(value) => match value.as_i64().filter(|n| range.contains(n)) {
            Some(n) => Ok(Some(n)),
            None => Err(Refusal::unprocessable(format!(
                "storage autoscale {field} must be between {} and {}",
                range.start(),
                range.end()
            ))),
        },
    };
    let threshold = number("threshold_percent", 15..=95)?;
    let step = number("increment_gib", 10..=500)?;
    let mut doc = json!({ "enabled": enabled });
    if let Some(threshold) = threshold {
        doc["threshold_percent"] = threshold.into();
    }
    if let Some(step) = step {
        if step > size.most {
            return Err(Refusal::unprocessable(format!(
                "storage autoscale increment {step} must not be greater than maximum plan size {}",
                size.most
            )));
        }
        doc["increment_gib"] = step.into();
    }
    Ok(json!({ "storage": doc }))
}

/// Puts a field of the cluster's document.
fn put(cx: &mut Cx, req: &Req, mut doc: Value, field: &str, value: Value) -> Reply {
    doc[field] = value;
    cx.put(CLUSTERS, id(req), doc);
    Reply::no_content()
}

/// `GET …/do_settings`.
pub fn names(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    Ok(Reply::ok("do_settings", cluster(cx, req)?["do_settings"].clone()))
}

/// `PUT …/do_settings`.
pub fn set_names(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let doc = cluster(cx, req)?;
    let names = checked_names(req.field("do_settings"))?;
    Ok(put(cx, req, doc, "do_settings", names))
}

/// `GET …/autoscale`.
pub fn autoscale(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    Ok(Reply::ok("autoscale", cluster(cx, req)?["autoscale"].clone()))
}

/// `PUT …/autoscale`.
pub fn set_autoscale(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let doc = cluster(cx, req)?;
    let size = Engine::of(&doc).checked_layout(doc["size"].as_str().unwrap_or(""), 1)?;
    let autoscale = checked_autoscale(&req.body, size)?;
    Ok(put(cx, req, doc, "autoscale", autoscale))
}

const EVICTION: &str = "valkey_maxmemory_policy";

/// `GET …/eviction_policy`: `noeviction` until it is set.
pub fn eviction(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let doc = cluster_of(cx, req, Engine::Valkey)?;
    Ok(Reply::ok("eviction_policy", doc["config"][EVICTION].as_str().unwrap_or("noeviction").into()))
}

/// `PUT …/eviction_policy`; the same knob as in the configuration.
pub fn set_eviction(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let mut doc = cluster_of(cx, req, Engine::Valkey)?;
    let policy = req.text("eviction_policy")?;
    if !super::config::POLICIES.contains(&policy) {
        return Err(Refusal::unprocessable(format!("invalid eviction policy '{policy}'")));
    }
    doc["config"][EVICTION] = policy.into();
    cx.put(CLUSTERS, id(req), doc);
    Ok(Reply::no_content())
}
