//! Compiled platforms of many resources, as a document of that size would give.

use pontoon_core::{
    address::{Address, Scope},
    platform::{Origin, Platform, Resource},
    value::Value,
};

const ZONE: &str = "example.com";

fn at(scope: &Scope, kind: &str, name: impl Into<String>) -> Address {
    Address::new(scope.clone(), kind, name)
}

fn new(address: &Address) -> Resource {
    Resource::new(address.clone(), Origin::default())
}

/// A domain and its records, in the shared scope.
fn zone(platform: &mut Platform, count: usize) {
    let shared = Scope::shared();
    let domain = at(&shared, "digitalocean.domain", "main");
    platform.add(new(&domain).with("name", ZONE));
    for i in 0..count {
        let record = at(&shared, "digitalocean.record", format!("host{i}"));
        let data = format!("192.0.2.{}", i % 254 + 1);
        platform.add(
            new(&record)
                .inside(&domain)
                .with("type", "A")
                .with("name", format!("host{i}"))
                .with("data", data)
                .with("ttl", 300i64),
        );
    }
}

/// A zone with so many records.
pub fn records(count: usize) -> Platform {
    let mut platform = Platform { name: "many-records".into(), scopes: vec![Scope::shared()], ..Platform::default() };
    zone(&mut platform, count);
    platform
}

/// Three environments: 3 clusters, 9 pools, 6 databases, 12 buckets, 30 keys, 300 records, 3 load
/// balancers, and what belongs to them.
pub fn mixed() -> Platform {
    let mut platform = Platform { name: "mixed".into(), scopes: vec![Scope::shared()], ..Platform::default() };
    zone(&mut platform, 300);
    for (number, name) in [(1, "development"), (2, "staging"), (3, "production")] {
        environment(&mut platform, &Scope::environment(name), number);
    }
    platform
}

fn environment(platform: &mut Platform, scope: &Scope, number: usize) {
    platform.scopes.push(scope.clone());
    let vpc = at(scope, "digitalocean.vpc", "main");
    platform.add(
        new(&vpc).with("name", format!("mixed-{scope}")).with("region", "nyc3").with("ip_range", format!("10.{number}.0.0/16")),
    );
    cluster(platform, scope, &vpc);
    databases(platform, scope, &vpc);
    buckets(platform, scope);
    let rule = Value::map([
        ("entry_protocol", "http".into()),
        ("entry_port", 80i64.into()),
        ("target_protocol", "http".into()),
        ("target_port", 8080i64.into()),
    ]);
    platform.add(
        new(&at(scope, "digitalocean.load_balancer", "main"))
            .with("name", format!("mixed-{scope}"))
            .with("region", "nyc3")
            .with("size_unit", 1i64)
            .with("vpc_uuid", Value::of(&vpc, "id"))
            .with("forwarding_rules", Value::List(vec![rule])),
    );
}

fn cluster(platform: &mut Platform, scope: &Scope, vpc: &Address) {
    let cluster = at(scope, "digitalocean.cluster", "main");
    platform.add(
        new(&cluster)
            .with("name", format!("mixed-{scope}"))
            .with("region", "nyc3")
            .with("version", "1.36")
            .with("vpc_uuid", Value::of(vpc, "id"))
            .with("ha", false)
            .with("surge_upgrade", true)
            .with("auto_upgrade", true),
    );
    for pool in ["system", "workload", "monitoring"] {
        platform.add(
            new(&at(scope, "digitalocean.node_pool", pool))
                .inside(&cluster)
                .with("name", pool)
                .with("size", "s-2vcpu-4gb")
                .with("auto_scale", false)
                .with("count", 2i64),
        );
    }
}

fn databases(platform: &mut Platform, scope: &Scope, vpc: &Address) {
    for name in ["main", "reports"] {
        let database = at(scope, "digitalocean.database", name);
        platform.add(
            new(&database)
                .with("name", format!("mixed-{scope}-{name}"))
                .with("engine", "pg")
                .with("version", "17")
                .with("region", "nyc3")
                .with("size", "db-s-1vcpu-2gb")
                .with("num_nodes", 1i64)
                .with("private_network_uuid", Value::of(vpc, "id")),
        );
        let child = |kind: &str| new(&at(scope, &format!("digitalocean.{kind}"), name)).inside(&database);
        platform.add(child("database_db").with("name", "shop"));
        platform.add(child("database_user").with("name", "shop"));
        let source = Value::map([("type", "k8s".into()), ("value", Value::of(&at(scope, "digitalocean.cluster", "main"), "id"))]);
        platform.add(child("database_firewall").with("rules", Value::List(vec![source])));
    }
}

fn buckets(platform: &mut Platform, scope: &Scope) {
    let mut names = Vec::new();
    for name in ["files", "media", "backups", "logs"] {
        let bucket = at(scope, "spaces.bucket", name);
        platform.add(new(&bucket).with("name", format!("mixed-{scope}-{name}")).with("region", "nyc3"));
        let child = |kind: &str| new(&at(scope, &format!("spaces.{kind}"), name)).inside(&bucket).with("region", "nyc3");
        platform.add(child("bucket_versioning").with("status", "Enabled"));
        let lifecycle = Value::map([
            ("ID", "earlier-versions".into()),
            ("Status", "Enabled".into()),
            ("Filter", Value::map([("Prefix", "".into())])),
            ("NoncurrentVersionExpiration", Value::map([("NoncurrentDays", "30".into())])),
        ]);
        platform.add(child("bucket_lifecycle").with("rules", Value::List(vec![lifecycle])));
        let cors = Value::map([
            ("AllowedOrigin", Value::List(vec![format!("https://{scope}.{ZONE}").into()])),
            ("AllowedMethod", Value::List(vec!["GET".into()])),
        ]);
        platform.add(child("bucket_cors").with("rules", Value::List(vec![cors])));
        names.push(bucket);
    }
    for key in 0..10 {
        let bucket = &names[key % names.len()];
        let grant = Value::map([("bucket", Value::of(bucket, "id")), ("permission", "readwrite".into())]);
        platform.add(
            new(&at(scope, "digitalocean.spaces_key", format!("app{key}")))
                .with("name", format!("mixed-{scope}-app{key}"))
                .with("grants", Value::List(vec![grant])),
        );
    }
}
