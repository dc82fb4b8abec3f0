//! Subscription tiers of the container registry, and the regions that it has.

use serde_json::{Value, json};

/// A tier. Source: the contract's example of `/v2/registry/options`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tier {
    /// Name in the API.
    pub slug: &'static str,
    name: &'static str,
    repositories: u32,
    storage: u64,
    cents: u32,
    overage_cents: u32,
    /// How many registries an account can have. Source: the contract's "Container Registries": up to nine additional ones,
    /// on the professional plan only.
    pub registries: usize,
}

const TIERS: &[Tier] = &[
    Tier { slug: "starter", name: "Starter", repositories: 1, storage: 500 << 20, cents: 0, overage_cents: 0, registries: 1 },
    Tier { slug: "basic", name: "Basic", repositories: 5, storage: 5 << 30, cents: 500, overage_cents: 2, registries: 1 },
    Tier {
        slug: "professional",
        name: "Professional",
        repositories: 0,
        storage: 100 << 30,
        cents: 2000,
        overage_cents: 2,
        registries: 10,
    },
];

/// Regions of `/v2/registries`; the first is the vendor's choice when none is given.
pub const REGIONS: &[&str] = &["nyc3", "sfo3", "sfo2", "ams3", "sgp1", "fra1", "blr1", "syd1"];

/// The tier of that name.
#[must_use]
pub fn tier(slug: &str) -> Option<&'static Tier> {
    TIERS.iter().find(|t| t.slug == slug)
}

impl Tier {
    /// The tier as documents show it.
    #[must_use]
    pub fn document(&self) -> Value {
        json!({
            "name": self.name,
            "slug": self.slug,
            "included_repositories": self.repositories,
            "included_storage_bytes": self.storage,
            "allow_storage_overage": self.overage_cents > 0,
            "included_bandwidth_bytes": self.storage,
            "monthly_price_in_cents": self.cents,
            "storage_overage_price_in_cents": self.overage_cents,
        })
    }
}

/// The options, for an account that has so many registries.
#[must_use]
pub fn options(registries: usize) -> Value {
    let tiers: Vec<Value> = TIERS
        .iter()
        .map(|tier| {
            let mut doc = tier.document();
            doc["eligible"] = (registries <= tier.registries).into();
            doc
        })
        .collect();
    json!({ "available_regions": REGIONS, "subscription_tiers": tiers })
}
