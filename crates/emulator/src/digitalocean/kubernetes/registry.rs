//! Pull access of clusters to the account's registries.

use super::CLUSTERS;
use crate::{Cx, Refusal, Reply, Req};
use serde_json::{Value, json};

/// The account's registries, by name.
const REGISTRIES: &str = "registries";

fn names(cx: &Cx) -> Vec<String> {
    cx.pairs(REGISTRIES).map(|(name, _)| name.to_owned()).collect()
}

/// The only registry. Source: DigitalOcean documentation, Container Registry: 412 where there are several.
fn only(cx: &Cx) -> Result<Vec<String>, Refusal> {
    let all = names(cx);
    match all.len() {
        1 => Ok(all),
        0 => Err(Refusal::precondition_failed("the account has no container registry")),
        _ => Err(Refusal::precondition_failed("the account has several container registries: use /v2/kubernetes/registries")),
    }
}

fn named(cx: &Cx, req: &Req) -> Result<Vec<String>, Refusal> {
    let all = names(cx);
    let wanted = req.opt_texts("registries")?.unwrap_or_default();
    if wanted.is_empty() {
        return Err(Refusal::unprocessable("registries is required"));
    }
    if wanted.iter().any(|w| !all.contains(w)) {
        return Err(Refusal::not_found());
    }
    Ok(wanted)
}

pub(super) fn attach(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let registries = only(cx)?;
    change(cx, req, &registries, true)
}

pub(super) fn detach(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let registries = only(cx)?;
    change(cx, req, &registries, false)
}

pub(super) fn attach_named(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let registries = named(cx, req)?;
    change(cx, req, &registries, true)
}

pub(super) fn detach_named(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let registries = named(cx, req)?;
    change(cx, req, &registries, false)
}

fn change(cx: &mut Cx, req: &Req, registries: &[String], attached: bool) -> Result<Reply, Refusal> {
    let clusters = req.opt_texts("cluster_uuids")?.unwrap_or_default();
    if clusters.is_empty() {
        return Err(Refusal::unprocessable("cluster_uuids is required"));
    }
    for cluster in clusters {
        let doc = cx.edit(CLUSTERS, &cluster).ok_or_else(Refusal::not_found)?;
        let mut held: Vec<Value> = doc["registries"].as_array().cloned().unwrap_or_default();
        held.retain(|r| !registries.iter().any(|name| r == name));
        if attached {
            held.extend(registries.iter().cloned().map(Value::from));
        }
        doc["registry_enabled"] = (!held.is_empty()).into();
        doc["registries"] = json!(held);
    }
    Ok(Reply::no_content())
}
