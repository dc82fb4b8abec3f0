//! What an account and a network have room for: droplets, database clusters, addresses.

use super::{
    page::{error, example, warning},
    say::{at, count, each, list, nowhere},
};
use pontoon_core::diagnostic::{CodePage, Diagnostics};
use pontoon_spec::{
    Spec,
    sections::databases::{Cache, Database},
};
use std::collections::BTreeMap;

pub(super) const DROPLETS: CodePage = warning(
    "PT3106",
    "more droplets than an account may have",
    "Every node is a droplet, and an account has a limit of them that only a request to the vendor raises. Counted are all pools of all environments of one account at their most, and what an upgrade adds: with `surge`, up to 10 nodes of one pool at a time. The real limit needs the network; 25 is what the vendor's reference shows, and new accounts may have less.",
    example!("cluster: { pools: { default: { size: s-2vcpu-4gb, nodes: { min: 3, max: 20 } } } }"),
    "See your limit with `pontoon doctor`. Have it raised, lower `max`, give environments accounts of their own, or accept it: accept: [ PT3106 ] in the document.",
);

pub(super) const SMALL_NETWORK: CodePage = error(
    "PT3107",
    "a network that is too small",
    "Every node and every instance of a managed database has an address in the VPC, and so has the load balancer. A VPC's range can never be changed.",
    example!(environments
        "environments: { production: { region: nyc3, network: 10.20.0.0/28 } }",
        "cluster: { surge: false, pools: { default: { size: s-2vcpu-4gb, nodes: { min: 2, max: 16 } } } }",
    ),
    "Write a larger range now: /20 has room for 4,000 addresses.",
);

pub(super) const DATABASES: CodePage = warning(
    "PT3114",
    "more database clusters than an account may have",
    "An account has 10 managed database clusters unless the vendor raises that; databases and caches of all its environments count.",
    example!(
        "databases: { a: &db { provider: digitalocean }, b: *db, c: *db, d: *db, e: *db, f: *db, g: *db, h: *db, i: *db, j: *db, k: *db }",
    ),
    "Ask the vendor for more, let apps share a database cluster (each has its own database and user there), or accept it: accept: [ PT3114 ] in the document.",
);

/// What the vendor's reference shows as an account's limit. Source: API reference, `account.droplet_limit`.
const DROPLET_LIMIT: u32 = 25;
/// Source: vendor's documentation, "Managed databases: limits".
const DATABASE_LIMIT: usize = 10;
/// How many nodes an upgrade adds at a time, at most. Source: DOKS reference, "Surge upgrades".
const SURGE: u32 = 10;

pub fn check(specs: &[Spec], out: &mut Diagnostics) {
    let mut accounts: BTreeMap<Option<&str>, Vec<&Spec>> = BTreeMap::new();
    for spec in specs {
        accounts.entry(spec.account.as_ref().map(|a| a.token.as_str())).or_default().push(spec);
    }
    for specs in accounts.values() {
        droplets(specs, out);
        databases(specs, out);
    }
    each(specs, out, small_network);
}

fn nodes(spec: &Spec) -> u32 {
    spec.cluster.pools.values().map(|p| p.nodes.most()).sum()
}

/// What an upgrade of the environment's cluster adds.
fn surge(spec: &Spec) -> u32 {
    let largest = spec.cluster.pools.values().map(|p| p.nodes.most()).max().unwrap_or(0);
    if *spec.cluster.surge { largest.min(SURGE) } else { 0 }
}

fn droplets(specs: &[&Spec], out: &mut Diagnostics) {
    let total: u32 = specs.iter().map(|s| nodes(s)).sum();
    let surge = specs.iter().map(|s| surge(s)).max().unwrap_or(0);
    if total + surge <= DROPLET_LIMIT {
        return;
    }
    let largest = specs.iter().flat_map(|s| s.cluster.pools.values()).max_by_key(|p| p.nodes.most());
    let each: Vec<String> = specs.iter().map(|s| format!("{} in {}", nodes(s), *s.environment)).collect();
    let each = if each.len() > 1 { format!(" ({})", list(&each)) } else { String::new() };
    let message = format!(
        "the pools grow to {}{each}, and an upgrade adds {surge}: {} droplets, where an account often may have {DROPLET_LIMIT}",
        count(total, "node"),
        total + surge
    );
    let problem = match largest {
        Some(pool) => at(DROPLETS, &pool.nodes, message),
        None => nowhere(DROPLETS, message),
    };
    out.push(problem.hint("see your limit: pontoon doctor; then have it raised, or lower `max`"));
}

fn databases(specs: &[&Spec], out: &mut Diagnostics) {
    let of = |s: &Spec| {
        let databases = s.databases.values().filter(|d| matches!(d.value, Database::Digitalocean(_))).count();
        databases + s.caches.values().filter(|c| matches!(c.value, Cache::Digitalocean(_))).count()
    };
    let total: usize = specs.iter().map(|s| of(s)).sum();
    if let Some(last) = specs.last().filter(|_| total > DATABASE_LIMIT) {
        let message =
            format!("{total} managed databases and caches in one account, which has {DATABASE_LIMIT} unless it is raised");
        out.push(at(DATABASES, &last.databases, message).hint("ask the vendor for more, or let apps share a database cluster"));
    }
}

fn small_network(spec: &Spec, out: &mut Diagnostics) {
    let vpc = &spec.network.vpc;
    // The network's own address and the last one are nobody's.
    let room = 2u64.pow(32u32.saturating_sub(vpc.prefix().into())).saturating_sub(2);
    let databases = spec.databases.values().map(|d| match &d.value {
        Database::Digitalocean(pg) => pg.instances.get(),
        Database::CloudnativePg(_) => 0,
    });
    let caches = spec.caches.values().map(|c| match &c.value {
        Cache::Digitalocean(valkey) => valkey.instances.get(),
        Cache::Valkey(_) | Cache::ValkeyOperator(_) => 0,
    });
    let instances: u32 = databases.chain(caches).sum();
    let wanted = u64::from(nodes(spec) + surge(spec) + instances);
    if vpc.is_v4() && wanted > room {
        let message = format!("{} has {} addresses, and nodes and databases need up to {wanted}", **vpc, room);
        out.push(at(SMALL_NETWORK, vpc, message).hint("write a larger range, such as network: 10.20.0.0/20"));
    }
}
