//! Droplet sizes and their prices.

use super::regions::REGIONS;
use crate::{Cx, Refusal, Reply, Req, Route};
use serde_json::{Value, json};

/// Operations.
pub const ROUTES: &[Route] = &[Route { method: "GET", path: "/v2/sizes", scope: "sizes:read regions:read", run: list }];

/// A droplet size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Name in the API.
    pub slug: &'static str,
    /// Memory in MiB.
    pub memory: u32,
    /// Virtual processors.
    pub vcpus: u32,
    /// Disk in GiB.
    pub disk: u32,
    /// Transfer in TiB a month.
    pub transfer: u32,
    /// US dollars a month.
    pub monthly: u32,
}

const fn size(slug: &'static str, memory: u32, vcpus: u32, disk: u32, transfer: u32, monthly: u32) -> Size {
    Size { slug, memory, vcpus, disk, transfer, monthly }
}

/// The sizes offered. Source: DigitalOcean documentation, pricing; the rest from the vendor's price list, 2026-11.
pub const SIZES: &[Size] = &[
    size("s-1vcpu-512mb-10gb", 512, 1, 10, 0, 4),
    size("s-1vcpu-1gb", 1024, 1, 25, 1, 6),
    size("s-1vcpu-2gb", 2048, 1, 50, 2, 12),
    size("s-2vcpu-2gb", 2048, 2, 60, 3, 18),
    size("s-2vcpu-4gb", 4096, 2, 80, 4, 24),
    size("s-4vcpu-8gb", 8192, 4, 160, 5, 48),
    size("s-8vcpu-16gb", 16384, 8, 320, 6, 96),
    size("c-2", 4096, 2, 25, 4, 42),
    size("c-4", 8192, 4, 50, 5, 84),
    size("c-8", 16384, 8, 100, 6, 168),
    size("g-2vcpu-8gb", 8192, 2, 25, 4, 63),
    size("g-4vcpu-16gb", 16384, 4, 50, 5, 126),
    size("g-8vcpu-32gb", 32768, 8, 100, 6, 252),
    size("m-2vcpu-16gb", 16384, 2, 50, 4, 84),
    size("m-4vcpu-32gb", 32768, 4, 100, 6, 168),
    size("m-8vcpu-64gb", 65536, 8, 200, 7, 336),
];

/// The size of that name.
///
/// # Errors
/// 422 otherwise.
pub fn checked(slug: &str) -> Result<&'static Size, Refusal> {
    SIZES
        .iter()
        .find(|s| s.slug == slug)
        .ok_or_else(|| Refusal::unprocessable("You specified an invalid size for Droplet creation."))
}

/// The size as documents show it.
#[must_use]
pub fn document(size: &Size) -> Value {
    let regions: Vec<&str> = REGIONS.iter().map(|(slug, _)| *slug).collect();
    // A month is billed as at most 672 hours (DigitalOcean documentation, pricing).
    let hourly = (f64::from(size.monthly) / 672.0 * 100_000.0).round() / 100_000.0;
    let transfer = if size.transfer == 0 { json!(0.5) } else { json!(f64::from(size.transfer)) };
    json!({
        "slug": size.slug,
        "memory": size.memory,
        "vcpus": size.vcpus,
        "disk": size.disk,
        "transfer": transfer,
        "price_monthly": f64::from(size.monthly),
        "price_hourly": hourly,
        "regions": regions,
        "available": true,
        "description": description(size.slug),
    })
}

fn description(slug: &str) -> &'static str {
    match slug.split('-').next() {
        Some("c") => "CPU-Optimized",
        Some("g") => "General Purpose",
        Some("m") => "Memory-Optimized",
        _ => "Basic",
    }
}

fn list(_cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    Reply::page(req, "sizes", SIZES.iter().map(document).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_are_those_of_the_facts() {
        let monthly = |slug: &str| checked(slug).unwrap().monthly;
        assert_eq!(monthly("s-1vcpu-2gb"), 12);
        assert_eq!(monthly("s-2vcpu-2gb"), 18);
        assert_eq!(monthly("s-2vcpu-4gb"), 24);
        assert_eq!(monthly("s-4vcpu-8gb"), 48);
        assert_eq!(monthly("s-8vcpu-16gb"), 96);
        assert_eq!(monthly("m-2vcpu-16gb"), 84);
        assert_eq!(monthly("m-4vcpu-32gb"), 168);
        assert_eq!(document(checked("s-2vcpu-4gb").unwrap())["price_hourly"], 0.03571);
    }
}
