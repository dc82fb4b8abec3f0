//! Container registries: names that are global, one subscription for all, and no images yet.
//!
//! `/v2/registry` is the older form for an account with one registry; where there are several, what means "the registry"
//! is answered with 412 (DigitalOcean documentation, Container Registry).

mod collections;
mod repositories;
#[cfg(test)]
mod tests;
mod tiers;

use crate::route::{EventHandler, Handler};
use crate::{Cx, Refusal, Reply, Req, Route};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use tiers::{Tier, tier};

const fn op(method: &'static str, path: &'static str, scope: &'static str, run: Handler) -> Route {
    Route { method, path, scope, run }
}

/// Operations.
pub const ROUTES: &[Route] = &[
    op("GET", "/v2/registries", "registry:read", list),
    op("POST", "/v2/registries", "registry:create", create),
    op("GET", "/v2/registries/{registry_name}", "registry:read", read),
    op("DELETE", "/v2/registries/{registry_name}", "registry:delete", delete),
    op("GET", "/v2/registries/{registry_name}/docker-credentials", "registry:read registry:update", credentials),
    op("GET", "/v2/registries/subscription", "registry:read", subscription),
    op("POST", "/v2/registries/subscription", "registry:update", change_subscription),
    op("GET", "/v2/registries/options", "registry:read", options),
    op("GET", "/v2/registries/{registry_name}/garbage-collection", "registry:read", collections::current),
    op("POST", "/v2/registries/{registry_name}/garbage-collection", "registry:update", collections::start),
    op("GET", "/v2/registries/{registry_name}/garbage-collections", "registry:read", collections::list),
    op(
        "PUT",
        "/v2/registries/{registry_name}/garbage-collection/{garbage_collection_uuid}",
        "registry:update",
        collections::cancel,
    ),
    op("GET", "/v2/registries/{registry_name}/repositoriesV2", "registry:read", repositories::list),
    op("DELETE", "/v2/registries/{registry_name}/repositories/{repository_name}", "registry:delete", repositories::absent),
    op("GET", "/v2/registries/{registry_name}/repositories/{repository_name}/tags", "registry:read", repositories::absent),
    op(
        "DELETE",
        "/v2/registries/{registry_name}/repositories/{repository_name}/tags/{repository_tag}",
        "registry:delete",
        repositories::absent,
    ),
    op("GET", "/v2/registries/{registry_name}/repositories/{repository_name}/digests", "registry:read", repositories::absent),
    op(
        "DELETE",
        "/v2/registries/{registry_name}/repositories/{repository_name}/digests/{manifest_digest}",
        "registry:delete",
        repositories::absent,
    ),
    op("POST", "/v2/registries/validate-name", "registry:create", validate_name),
    op("GET", "/v2/registry", "registry:read", read_only),
    op("POST", "/v2/registry", "registry:create", create_only),
    op("DELETE", "/v2/registry", "registry:delete", delete_only),
    op("GET", "/v2/registry/subscription", "registry:read", subscription),
    op("POST", "/v2/registry/subscription", "registry:update", change_subscription),
    op("GET", "/v2/registry/docker-credentials", "registry:read registry:update", credentials_only),
    op("POST", "/v2/registry/validate-name", "registry:create", validate_name),
    op("GET", "/v2/registry/{registry_name}/repositories", "registry:read", repositories::list),
    op("GET", "/v2/registry/{registry_name}/repositoriesV2", "registry:read", repositories::list),
    op("GET", "/v2/registry/{registry_name}/repositories/{repository_name}/tags", "registry:read", repositories::absent),
    op(
        "DELETE",
        "/v2/registry/{registry_name}/repositories/{repository_name}/tags/{repository_tag}",
        "registry:delete",
        repositories::absent,
    ),
    op("GET", "/v2/registry/{registry_name}/repositories/{repository_name}/digests", "registry:read", repositories::absent),
    op(
        "DELETE",
        "/v2/registry/{registry_name}/repositories/{repository_name}/digests/{manifest_digest}",
        "registry:delete",
        repositories::absent,
    ),
    op("POST", "/v2/registry/{registry_name}/garbage-collection", "registry:update", collections::start),
    op("GET", "/v2/registry/{registry_name}/garbage-collection", "registry:read", collections::current),
    op("GET", "/v2/registry/{registry_name}/garbage-collections", "registry:read", collections::list),
    op(
        "PUT",
        "/v2/registry/{registry_name}/garbage-collection/{garbage_collection_uuid}",
        "registry:update",
        collections::cancel,
    ),
    op("GET", "/v2/registry/options", "registry:read", options),
];

/// Events.
pub const EVENTS: &[(&str, EventHandler)] = &[("registry_collected", collections::done)];

/// Registries, by name.
const REGISTRIES: &str = "registries";
/// Names of registries of every team.
const TAKEN: &str = "global/_registry_names";
/// The subscription of the team, at the key of the same name.
const SUBSCRIPTION: &str = "_registry_subscription";

/// The team's subscription.
fn subscribed(cx: &Cx) -> Option<(&'static Tier, Value)> {
    let doc = cx.get(SUBSCRIPTION, SUBSCRIPTION)?;
    let tier = tier(doc["_tier"].as_str()?)?;
    let dates = json!({ "tier": tier.document(), "created_at": doc["created_at"], "updated_at": doc["updated_at"] });
    Some((tier, dates))
}

fn subscribe(cx: &mut Cx, tier: &Tier) {
    let now = cx.stamp();
    let created = cx.get(SUBSCRIPTION, SUBSCRIPTION).map_or_else(|| now.clone().into(), |d| d["created_at"].clone());
    let doc = json!({ "_tier": tier.slug, "created_at": created, "updated_at": now });
    cx.put_settled(SUBSCRIPTION, SUBSCRIPTION, doc);
}

/// The registry with its subscription, as `/v2/registry` and the list show it.
fn with_subscription(cx: &Cx, mut doc: Value) -> Value {
    if let Some((_, subscription)) = subscribed(cx) {
        doc["subscription"] = subscription;
    }
    doc
}

fn found(cx: &Cx, req: &Req) -> Result<Value, Refusal> {
    cx.find(REGISTRIES, req.param("registry_name"))
}

/// The name of the only registry.
fn only(cx: &Cx) -> Result<String, Refusal> {
    let mut names = cx.pairs(REGISTRIES).map(|(name, _)| name);
    match (names.next(), names.next()) {
        (Some(name), None) => Ok(name.to_owned()),
        (None, _) => Err(Refusal::not_found()),
        _ => Err(Refusal::precondition_failed(
            "This operation is not supported for accounts with multiple registries. Use /v2/registries instead.",
        )),
    }
}

fn list(cx: &mut Cx, _req: &Req) -> Result<Reply, Refusal> {
    let docs: Vec<Value> = cx.visible(REGISTRIES).into_iter().map(|d| with_subscription(cx, d)).collect();
    Ok(Reply::ok("registries", docs.into()))
}

fn create(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let doc = make(cx, req)?;
    Ok(Reply::created("registry", doc))
}

fn create_only(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    req.text("subscription_tier_slug")?;
    if cx.count(REGISTRIES) > 0 {
        return Err(Refusal::precondition_failed("The account has a container registry already. Use /v2/registries instead."));
    }
    let doc = make(cx, req)?;
    Ok(Reply::created("registry", with_subscription(cx, doc)))
}

fn make(cx: &mut Cx, req: &Req) -> Result<Value, Refusal> {
    let name = checked_name(req)?.to_owned();
    let region = match req.opt_text("region")?.filter(|r| !r.is_empty()) {
        None => tiers::REGIONS.first().copied().unwrap_or_default(),
        Some(wanted) => tiers::REGIONS
            .iter()
            .find(|r| **r == wanted)
            .ok_or_else(|| Refusal::unprocessable(format!("invalid region: {wanted}")))?,
    };
    if cx.get(TAKEN, &name).is_some() {
        return Err(Refusal::conflict("registry name is already in use"));
    }
    let wanted = match req.opt_text("subscription_tier_slug")?.filter(|s| !s.is_empty()) {
        Some(slug) => Some(tier(slug).ok_or_else(|| Refusal::unprocessable(format!("invalid subscription tier: {slug}")))?),
        None => None,
    };
    let tier = match (subscribed(cx), wanted) {
        (None, None) => return Err(Refusal::unprocessable("subscription_tier_slug is required")),
        (None, Some(tier)) => {
            subscribe(cx, tier);
            tier
        }
        (Some((tier, _)), wanted) => {
            if wanted.is_some_and(|w| w != tier) {
                return Err(Refusal::precondition_failed(format!("the account has the subscription tier {}", tier.slug)));
            }
            tier
        }
    };
    if cx.count(REGISTRIES) >= tier.registries.min(cx.limits().registries) {
        let slug = tier.slug;
        return Err(Refusal::precondition_failed(format!("the subscription tier {slug} does not allow another registry")));
    }
    cx.put_settled(TAKEN, &name, cx.team_id().into());
    let doc = json!({
        "name": name,
        "created_at": cx.stamp(),
        "region": region,
        "storage_usage_bytes": 0,
        "storage_usage_bytes_updated_at": cx.stamp(),
    });
    cx.put(REGISTRIES, &name, doc.clone());
    Ok(doc)
}

fn read(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    Ok(Reply::ok("registry", found(cx, req)?))
}

fn read_only(cx: &mut Cx, _req: &Req) -> Result<Reply, Refusal> {
    let doc = cx.find(REGISTRIES, &only(cx)?)?;
    Ok(Reply::ok("registry", with_subscription(cx, doc)))
}

fn delete(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    found(cx, req)?;
    Ok(end(cx, req.param("registry_name")))
}

fn delete_only(cx: &mut Cx, _req: &Req) -> Result<Reply, Refusal> {
    let name = only(cx)?;
    cx.find(REGISTRIES, &name)?;
    Ok(end(cx, &name))
}

/// The subscription ends with the last registry.
fn end(cx: &mut Cx, name: &str) -> Reply {
    cx.remove(REGISTRIES, name);
    cx.remove_settled(TAKEN, name);
    collections::forget(cx, name);
    if cx.count(REGISTRIES) == 0 {
        cx.remove_settled(SUBSCRIPTION, SUBSCRIPTION);
    }
    Reply::no_content()
}

fn subscription(cx: &mut Cx, _req: &Req) -> Result<Reply, Refusal> {
    let (_, doc) = subscribed(cx).ok_or_else(Refusal::not_found)?;
    Ok(Reply::ok("subscription", doc))
}

fn change_subscription(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    subscribed(cx).ok_or_else(Refusal::not_found)?;
    let slug = req.text("tier_slug")?;
    let wanted = tier(slug).ok_or_else(|| Refusal::unprocessable(format!("invalid subscription tier: {slug}")))?;
    if cx.count(REGISTRIES) > wanted.registries {
        return Err(Refusal::precondition_failed(format!("the account has more registries than the tier {slug} allows")));
    }
    subscribe(cx, wanted);
    subscription(cx, req)
}

fn options(cx: &mut Cx, _req: &Req) -> Result<Reply, Refusal> {
    Ok(Reply::ok("options", tiers::options(cx.count(REGISTRIES))))
}

fn validate_name(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let name = checked_name(req)?;
    match cx.get(TAKEN, name) {
        Some(_) => Err(Refusal::conflict("registry name is already in use")),
        None => Ok(Reply::no_content()),
    }
}

/// `^[a-z0-9-]{1,63}$`. Source: the contract.
fn checked_name(req: &Req) -> Result<&str, Refusal> {
    let name = req.text("name")?;
    let fits = name.len() <= 63 && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if fits { Ok(name) } else { Err(Refusal::unprocessable("name must match ^[a-z0-9-]{1,63}$")) }
}

fn credentials(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    found(cx, req)?;
    pull_secret(cx, req)
}

fn credentials_only(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    only(cx)?;
    pull_secret(cx, req)
}

/// A Docker configuration with a token of its own each time.
fn pull_secret(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    if req.query("expiry_seconds").is_some_and(|s| !s.is_empty() && s.parse::<u64>().is_err()) {
        return Err(Refusal::unprocessable("expiry_seconds must not be negative"));
    }
    if req.query("read_write").is_some_and(|s| !matches!(s, "" | "true" | "false")) {
        return Err(Refusal::unprocessable("read_write must be true or false"));
    }
    let token = cx.random_text("0123456789abcdef", 64);
    let auth = STANDARD.encode(format!("{token}:{token}"));
    Ok(Reply::json(200, json!({ "auths": { "registry.digitalocean.com": { "auth": auth } } })))
}
