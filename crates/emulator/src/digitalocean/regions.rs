//! Regions: where things can be, and what is offered there.

use crate::{Cx, Refusal, Reply, Req, Route};
use serde_json::{Value, json};

/// Operations.
pub const ROUTES: &[Route] = &[Route { method: "GET", path: "/v2/regions", scope: "regions:read", run: list }];

/// Slug and name. Source: the vendor's list of regions; older ones that take no new accounts are left out.
pub const REGIONS: &[(&str, &str)] = &[
    ("nyc1", "New York 1"),
    ("nyc3", "New York 3"),
    ("ams3", "Amsterdam 3"),
    ("sfo2", "San Francisco 2"),
    ("sfo3", "San Francisco 3"),
    ("sgp1", "Singapore 1"),
    ("lon1", "London 1"),
    ("fra1", "Frankfurt 1"),
    ("tor1", "Toronto 1"),
    ("blr1", "Bangalore 1"),
    ("syd1", "Sydney 1"),
    ("atl1", "Atlanta 1"),
];

/// The slug, when there is such a region.
///
/// # Errors
/// 422 otherwise.
pub fn checked(slug: &str) -> Result<&'static str, Refusal> {
    REGIONS
        .iter()
        .find(|(s, _)| *s == slug)
        .map(|(s, _)| *s)
        .ok_or_else(|| Refusal::unprocessable("You specified an invalid region."))
}

fn list(_cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let docs: Vec<Value> = REGIONS.iter().map(|(slug, _)| region(slug)).collect();
    Reply::page(req, "regions", docs)
}

/// The region as documents show it; Null for an unknown slug.
#[must_use]
pub fn region(slug: &str) -> Value {
    let Some((slug, name)) = REGIONS.iter().find(|(s, _)| *s == slug) else {
        return Value::Null;
    };
    json!({
        "name": name,
        "slug": slug,
        "features": ["backups", "ipv6", "metadata", "install_agent", "storage", "image_transfer"],
        "available": true,
        "sizes": super::sizes::SIZES.iter().map(|s| s.slug).collect::<Vec<_>>(),
    })
}
