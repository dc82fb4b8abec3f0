//! The environment's own network.

use super::Lower;

/// The VPC's name inside of its environment.
pub const MAIN: &str = "main";

pub fn lower(l: &mut Lower<'_>) {
    let vpc = &l.spec.network.vpc;
    let resource = l
        .resource("digitalocean.vpc", MAIN, vpc.trace())
        .with("name", l.name("digitalocean.vpc", MAIN))
        .with("region", l.region())
        .with("ip_range", vpc.to_string());
    l.platform.add(resource);
}
