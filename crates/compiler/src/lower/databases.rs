//! Managed databases and caches: the cluster, who may reach it, and for each app that uses it a
//! database and a user of its own.

use super::{Lower, cluster, network};
use pontoon_catalog::mark::Mark;
use pontoon_core::{address::Address, platform::Origin, value::Value};
use pontoon_spec::{
    sections::{
        cluster::Maintenance,
        databases::{Cache, CacheUse, Database, ManagedPostgres, ManagedValkey},
    },
    types::UsesKind,
};

struct Managed<'a> {
    name: &'a str,
    engine: &'static str,
    version: String,
    size: String,
    instances: u32,
    maintenance: Option<&'a Maintenance>,
    origin: Origin,
}

pub fn lower(l: &mut Lower<'_>) {
    let spec = l.spec;
    for (name, database) in spec.databases.iter() {
        match &database.value {
            Database::Digitalocean(pg) => postgres(l, name.as_str(), pg, database.trace()),
            // What runs in the cluster is a component.
            Database::CloudnativePg(_) => {}
        }
    }
    for (name, cache) in spec.caches.iter() {
        match &cache.value {
            Cache::Digitalocean(valkey) => add_valkey(l, name.as_str(), valkey, cache.trace()),
            Cache::Valkey(_) | Cache::ValkeyOperator(_) => {}
        }
    }
}

/// Adds the cluster, its trusted sources and its window; returns its address.
fn add(l: &mut Lower<'_>, m: &Managed<'_>) -> Address {
    let address = l.address("digitalocean.database", m.name);
    let vpc = l.address("digitalocean.vpc", network::MAIN);
    let kubernetes = l.address("digitalocean.cluster", cluster::MAIN);
    let tag = Mark::environment_tag(l.spec.platform.as_str(), l.scope.as_str());
    let rule = |kind: &str, value: Value| Value::List(vec![Value::map([("type", kind.into()), ("value", value)])]);
    // Until the cluster exists, only a tag that nothing carries may reach it: an empty list would be the world.
    let resource = l
        .resource("digitalocean.database", m.name, m.origin.clone())
        .with("name", l.name("digitalocean.database", m.name))
        .with("engine", m.engine)
        .with("version", m.version.as_str())
        .with("region", l.region())
        .with("size", m.size.as_str())
        .with("num_nodes", m.instances)
        .with("private_network_uuid", Value::of(&vpc, "id"))
        .with("rules", rule("tag", tag.into()));
    l.platform.add(resource);
    let firewall = l
        .resource("digitalocean.database_firewall", m.name, m.origin.clone())
        .inside(&address)
        .with("rules", rule("k8s", Value::of(&kubernetes, "id")));
    l.platform.add(firewall);
    if let Some(window) = m.maintenance {
        let maintenance = l
            .resource("digitalocean.database_maintenance", m.name, m.origin.clone())
            .inside(&address)
            .with("day", window.day.to_string())
            .with("hour", window.start.to_string());
        l.platform.add(maintenance);
    }
    address
}

fn postgres(l: &mut Lower<'_>, name: &str, pg: &ManagedPostgres, origin: Origin) {
    let managed = Managed {
        name,
        engine: "pg",
        version: pg.version.to_string(),
        size: pg.size.to_string(),
        instances: pg.instances.get(),
        maintenance: pg.maintenance.as_ref().map(|m| &m.value),
        origin,
    };
    let address = add(l, &managed);
    let spec = l.spec;
    for (app, declared) in spec.apps.iter() {
        let Some(uses) = declared.uses.iter().find(|u| matches!(&u.0, UsesKind::Database(n) if n.as_str() == name)) else {
            continue;
        };
        let (own, inside) = (app.as_str().replace('-', "_"), format!("{name}.{app}"));
        let user = l.resource("digitalocean.database_user", &inside, uses.trace()).inside(&address).with("name", own.as_str());
        let database = l.resource("digitalocean.database_db", &inside, uses.trace()).inside(&address).with("name", own.as_str());
        let pooled = pg.pooler.as_ref().map(|pooler| {
            l.resource("digitalocean.database_pool", &inside, pooler.trace())
                .inside(&address)
                .after(&user.address)
                .after(&database.address)
                .with("name", own.as_str())
                .with("mode", pooler.mode.to_string())
                .with("size", pooler.size.get())
                .with("db", own.as_str())
                .with("user", own.as_str())
        });
        [Some(user), Some(database), pooled].into_iter().flatten().for_each(|r| l.platform.add(r));
    }
}

fn add_valkey(l: &mut Lower<'_>, name: &str, valkey: &ManagedValkey, origin: Origin) {
    let managed = Managed {
        name,
        engine: "valkey",
        version: valkey.version.to_string(),
        size: valkey.size.to_string(),
        instances: valkey.instances.get(),
        maintenance: valkey.maintenance.as_ref().map(|m| &m.value),
        origin: origin.clone(),
    };
    let address = add(l, &managed);
    let (eviction, persistence) = match *valkey.r#use {
        CacheUse::Cache => ("allkeys_lru", "off"),
        CacheUse::Sessions => ("noeviction", "rdb"),
    };
    let policy = l
        .resource("digitalocean.database_eviction_policy", name, valkey.r#use.trace())
        .inside(&address)
        .with("eviction_policy", eviction);
    let config = l
        .resource("digitalocean.database_config", name, valkey.r#use.trace())
        .inside(&address)
        .with("config", Value::map([("valkey_persistence", persistence.into())]));
    l.platform.add(policy);
    l.platform.add(config);
}
