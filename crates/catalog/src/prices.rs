//! Prices in US dollars a month, in the binary, each with its date.
//!
//! Source: DigitalOcean's price pages, read 2026-08 to 2026-11. Droplet and registry prices are also
//! in the vendor's options; `pontoon doctor` compares.

use pontoon_core::{
    content::{Component, Workload},
    money::Cost,
    platform::Purchase,
};
use rust_decimal::Decimal;

/// When the prices were read.
pub const AS_OF: &str = "2026-11-01";

/// Droplets and nodes, in cents a month.
const SIZES: &[(&str, i64)] = &[
    ("s-1vcpu-512mb-10gb", 400),
    ("s-1vcpu-1gb", 600),
    ("s-1vcpu-2gb", 1200),
    ("s-2vcpu-2gb", 1800),
    ("s-2vcpu-4gb", 2400),
    ("s-4vcpu-8gb", 4800),
    ("s-8vcpu-16gb", 9600),
    ("m-2vcpu-16gb", 8400),
    ("m-4vcpu-32gb", 16800),
];

/// Database nodes, in cents a month, by the memory in the size's name.
const DATABASES: &[(&str, i64)] = &[("1gb", 1515), ("2gb", 3045), ("4gb", 6090), ("8gb", 12210)];

fn cents(cents: i64) -> Cost {
    Cost::fixed(Decimal::new(cents, 2))
}

/// A droplet or a node of a size.
pub fn droplet(size: &str) -> Cost {
    SIZES.iter().find(|(s, _)| *s == size).map_or(Cost::UNKNOWN, |(_, c)| cents(*c))
}

/// One node of a managed database of a size (`db-s-1vcpu-2gb`).
pub fn database_node(size: &str) -> Cost {
    let memory = size.strip_prefix("db-s-").and_then(|s| s.split('-').nth(1));
    memory.and_then(|m| DATABASES.iter().find(|(s, _)| *s == m)).map_or(Cost::UNKNOWN, |(_, c)| cents(*c))
}

/// The control plane of a cluster: free, or the price of high availability.
pub fn control_plane(highly_available: bool) -> Cost {
    if highly_available { cents(4000) } else { Cost::FREE }
}

/// One unit of a load balancer.
pub fn load_balancer_unit() -> Cost {
    cents(1200)
}

/// A volume of so many GiB.
pub fn volume(gib: u32) -> Cost {
    cents(10).times(gib)
}

/// What a component makes the vendor sell by itself: its load balancers, and the volumes that its pods claim, as many as there
/// are pods.
pub fn purchases(component: &Component) -> Vec<Purchase> {
    let bought = |title: String, cost: Cost| Purchase { component: component.name.clone(), title, cost };
    let mut all = Vec::new();
    match component.load_balancers {
        0 => {}
        1 => all.push(bought("load balancer".into(), load_balancer_unit())),
        n => all.push(bought(format!("load balancer of {n} units"), load_balancer_unit().times(n))),
    }
    let sum = |pods: fn(&Workload) -> u32| component.footprint.iter().map(|w| pods(w) * w.volume).sum::<u32>();
    let (least, most) = (sum(|w| w.least), sum(|w| w.most.max(w.least)));
    if most > 0 {
        let gib = if least == most { most.to_string() } else { format!("{least} to {most}") };
        let cost = Cost::between(volume(least).minimum, volume(most).maximum);
        all.push(bought(format!("volumes of {gib} GiB"), cost));
    }
    all
}

/// A snapshot of so many GiB.
pub fn snapshot(gib: u32) -> Cost {
    cents(6).times(gib)
}

/// The kind whose first thing starts the Spaces subscription.
pub const SUBSCRIBES: &str = "spaces.bucket";

/// Spaces: once an account, with 250 GiB stored and 1 TiB out included.
pub fn spaces_subscription() -> Cost {
    cents(500)
}

/// A registry's tier.
pub fn registry(tier: &str) -> Cost {
    match tier {
        "starter" => Cost::FREE,
        "basic" => cents(500),
        "professional" => cents(2000),
        _ => Cost::UNKNOWN,
    }
}

/// A reserved address that no droplet uses.
pub fn idle_reserved_ip() -> Cost {
    cents(500)
}

/// A droplet that the vendor backs up each week: a fifth more. General knowledge, not in the options.
pub fn with_backups(droplet: Cost) -> Cost {
    let factor = Decimal::new(12, 1);
    Cost { minimum: droplet.minimum * factor, maximum: droplet.maximum * factor, ..droplet }
}

/// An uptime check: the first of an account is free, each further one a dollar. General knowledge.
pub fn uptime_check() -> Cost {
    Cost::between(Decimal::ZERO, Decimal::new(100, 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_and_unknown() {
        assert_eq!(droplet("s-4vcpu-8gb").to_string(), "48.00");
        assert_eq!(database_node("db-s-1vcpu-2gb").to_string(), "30.45");
        assert_eq!(droplet("gpu-h100x1-80gb").to_string(), "unknown");
        assert_eq!(database_node("gd-2vcpu-8gb").to_string(), "unknown");
        assert_eq!(volume(100).to_string(), "10.00");
    }
}
