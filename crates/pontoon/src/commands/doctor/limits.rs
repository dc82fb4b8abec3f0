//! The account's limits against what the platform may grow to.

use super::{
    account::Ask,
    patient::{Group, number},
    report::Report,
};
use pontoon_core::{call::Class, value::Value};
use pontoon_providers::Account;
use std::collections::BTreeSet;

/// Nodes that an upgrade adds to a cluster at most, before it removes any. General knowledge: the
/// vendor's guide to upgrades; the API reference gives no number.
const SURGE: i64 = 10;
/// Database clusters of an account, until support raises it. Source: DigitalOcean's limits of
/// managed databases.
const DATABASES: i64 = 10;

/// Compares.
pub async fn check(ask: &Ask<'_>, group: &Group, account: &Account, report: &mut Report) {
    droplets(group, account, report);
    volumes(group, account, report);
    databases(ask, group, report).await;
}

/// The most nodes at the same time: of all pools at their largest, and those of an upgrade.
fn most_droplets(group: &Group) -> (i64, i64) {
    let size = |pool| number(pool, "max_nodes").or_else(|| number(pool, "count")).unwrap_or(0);
    let mut surge = 0;
    for cluster in group.of("digitalocean.cluster") {
        if cluster.attributes.get("surge_upgrade").and_then(Value::as_bool) == Some(true) {
            let pools = group.of("digitalocean.node_pool").filter(|p| p.parent.as_ref() == Some(&cluster.address));
            surge += pools.map(size).sum::<i64>().min(SURGE);
        }
    }
    let own = i64::try_from(group.of("digitalocean.droplet").count()).unwrap_or(i64::MAX);
    (group.of("digitalocean.node_pool").map(size).sum::<i64>() + own, surge)
}

fn droplets(group: &Group, account: &Account, report: &mut Report) {
    let (most, surge) = most_droplets(group);
    if most == 0 {
        return;
    }
    let upgrading = if surge > 0 { format!(", and {surge} more while upgrading") } else { String::new() };
    let Some(limit) = account.droplet_limit else {
        report.notice("droplets", format!("up to {most}{upgrading}; the account shows no limit"), "see it in the control panel");
        return;
    };
    let text = format!("up to {most}{upgrading}, of {limit} that the account may have");
    if most + surge > limit {
        let next = format!("ask DigitalOcean's support for {}, or lower nodes: pontoon explain cluster.pools", most + surge);
        report.broken("droplets", text, next);
    } else {
        report.good("droplets", text);
    }
}

fn volumes(group: &Group, account: &Account, report: &mut Report) {
    let wanted = i64::try_from(group.of("digitalocean.volume").count()).unwrap_or(i64::MAX);
    let Some(limit) = account.volume_limit.filter(|_| wanted > 0) else { return };
    let text = format!("{wanted}, of {limit} that the account may have");
    if wanted > limit {
        report.broken("volumes", text, format!("ask DigitalOcean's support for {wanted}"));
    } else {
        report.good("volumes", text);
    }
}

async fn databases(ask: &Ask<'_>, group: &Group, report: &mut Report) {
    let wanted = i64::try_from(group.of("digitalocean.database").count()).unwrap_or(i64::MAX);
    if wanted == 0 {
        return;
    }
    let recorded = group.records.iter().flat_map(|r| &r.resources).filter(|(a, _)| a.kind() == "digitalocean.database");
    let ours: BTreeSet<&str> = recorded.map(|(_, r)| r.id.as_str()).collect();
    let existing = match ask.all("/v2/databases", "databases", "database:read").await {
        Ok(existing) => existing,
        // A missing scope is named by the check of scopes.
        Err(r) if r.class == Class::Denied => return,
        Err(r) => {
            report.notice("databases", r.message, "run it again: pontoon doctor");
            return;
        }
    };
    let foreign = existing.iter().filter(|d| d.at("id").and_then(Value::as_text).is_some_and(|id| !ours.contains(id))).count();
    let total = wanted + i64::try_from(foreign).unwrap_or(i64::MAX);
    let others = if foreign > 0 { format!(" and {foreign} of others") } else { String::new() };
    let text = format!("{wanted}{others}, of {DATABASES} that an account has at first");
    if total > DATABASES {
        report.notice("databases", text, "if yours was never raised, ask DigitalOcean's support for more");
    } else {
        report.good("databases", text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pontoon_core::{
        address::{Address, Scope},
        platform::{Origin, Resource},
    };

    #[test]
    fn an_upgrade_adds_at_most_ten_nodes_to_a_cluster() {
        let address = |kind: &str, name: &str| Address::new(Scope::environment("p"), kind, name);
        let mut group = Group::default();
        for (cluster, surges, most) in [("a", true, 30i64), ("b", true, 3), ("c", false, 50)] {
            let at = address("digitalocean.cluster", cluster);
            group.platform.add(Resource::new(at.clone(), Origin::default()).with("surge_upgrade", surges));
            let pool = Resource::new(address("digitalocean.node_pool", cluster), Origin::default()).inside(&at);
            group.platform.add(pool.with("max_nodes", most));
        }
        let fixed = Resource::new(address("digitalocean.node_pool", "fixed"), Origin::default());
        group.platform.add(fixed.inside(&address("digitalocean.cluster", "b")).with("count", 2i64));
        assert_eq!(most_droplets(&group), (85, 15));
    }
}
