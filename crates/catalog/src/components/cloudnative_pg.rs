//! PostgreSQL in the cluster, by CloudNativePG: the operator, its backups by Barman, and for each database the cluster, its
//! users, its pooler and its schedule.
//!
//! Each app that uses a database has a database and a role of its own in it. Backups go through the plugin: what the operator
//! had of its own for that is removed from 1.31 on.

mod database;

use super::{
    Site, access, charts,
    scrapes::Scrape,
    write::{merged, release, resources, spread, workload},
};
use access::{CNPG_LABEL, DATABASES};
use pontoon_core::content::{Capability, Component, Party, Place, Strictness};
use pontoon_spec::sections::databases::{CloudnativePg, Database, DatabaseBackups};
use serde_json::{Value, json};

/// The namespace of the operator and its plugin, which must share one.
pub const NAMESPACE: &str = "cnpg-system";
/// The group of its definitions.
const GROUP: &str = "postgresql.cnpg.io";
/// The group of the plugin's.
const PLUGIN_GROUP: &str = "barmancloud.cnpg.io";
/// The webhook that judges clusters.
const WEBHOOK: &str = "cloudnative-pg";
/// The Service of the plugin, to which the operator talks.
const PLUGIN: &str = "barman-cloud";
/// PostgreSQL, the instance manager's own port, and the exporter of metrics. Source: CloudNativePG, "Networking".
const PORTS: [u16; 2] = [5432, 8000];

/// The databases of the document that CloudNativePG runs.
fn databases<'a>(site: &Site<'a>) -> impl Iterator<Item = (&'a str, &'a CloudnativePg)> {
    site.spec.databases.iter().filter_map(|(name, database)| match &database.value {
        Database::CloudnativePg(pg) => Some((name.as_str(), pg)),
        Database::Digitalocean(_) => None,
    })
}

/// Where a database is in the cluster.
pub fn build(site: &Site<'_>) -> Vec<Component> {
    if databases(site).next().is_none() {
        return Vec::new();
    }
    let mut all = vec![operator(site)];
    if databases(site).any(|(_, pg)| pg.backups.is_some()) {
        all.push(plugin(site));
    }
    for (name, pg) in databases(site) {
        all.extend(site.stands(name).iter().map(|as_what| database::build(site, name, as_what, pg)));
    }
    all
}

/// Where a database archives: the bucket's name outside, and the folder in which each server has its own.
pub fn archive(site: &Site<'_>, backups: &DatabaseBackups) -> (String, String) {
    let folder = backups.path.as_ref().map_or_else(|| "databases".to_owned(), |p| p.to_string());
    (site.outside("spaces.bucket", &backups.bucket.to_string()), folder)
}

fn operator(site: &Site<'_>) -> Component {
    let pair = site.pair();
    let values = json!({
        "replicaCount": pair,
        "resources": resources(50, 192),
        "topologySpreadConstraints": spread(json!({ "app.kubernetes.io/name": "cloudnative-pg" })),
    });
    let values = merged(values, Value::Object(site.placement(Place::System)));
    let pods = || Party::pods(NAMESPACE, "app.kubernetes.io/name", "cloudnative-pg");
    let kinds = [
        "Backup",
        "Cluster",
        "ClusterImageCatalog",
        "Database",
        "DatabaseRole",
        "ImageCatalog",
        "Pooler",
        "Publication",
        "ScheduledBackup",
        "Subscription",
    ];
    let mut component = Component::new("cloudnative-pg", "databases", "CloudNativePG", origin(site))
        .namespace(NAMESPACE, Strictness::Restricted)
        .release(release(site, &charts::CLOUDNATIVE_PG, NAMESPACE, values))
        .defines(GROUP, &kinds)
        .provides(Capability::Webhook(WEBHOOK.into()))
        .opening(pods(), Party::ApiServer, &[])
        .opening(Party::ApiServer, pods(), &[9443])
        .opening(pods(), Party::namespace(DATABASES), &PORTS)
        .opening(pods(), Party::pods(NAMESPACE, "app.kubernetes.io/name", "plugin-barman-cloud"), &[9090])
        .workload(workload("cloudnative-pg", Place::System, pair, 50, 192));
    if pair > 1 {
        component = component.object(super::write::budget(
            NAMESPACE,
            "cloudnative-pg",
            json!({ "app.kubernetes.io/name": "cloudnative-pg" }),
        ));
    }
    component
}

fn plugin(site: &Site<'_>) -> Component {
    let values = merged(json!({ "resources": resources(25, 96) }), Value::Object(site.placement(Place::System)));
    let pods = || Party::pods(NAMESPACE, "app.kubernetes.io/name", "plugin-barman-cloud");
    Component::new("barman-cloud", "databases", "backups of databases", origin(site))
        .namespace(NAMESPACE, Strictness::Restricted)
        // It and the operator know each other by certificates.
        .needs(Capability::definition("Certificate", "cert-manager.io"))
        .needs(Capability::definition("Issuer", "cert-manager.io"))
        .needs(Capability::Webhook("cert-manager".into()))
        .needs(Capability::definition("Cluster", GROUP))
        .release(release(site, &charts::BARMAN_CLOUD, NAMESPACE, values))
        .defines(PLUGIN_GROUP, &["ObjectStore"])
        .provides(Capability::endpoint(NAMESPACE, PLUGIN, 9090))
        .opening(pods(), Party::ApiServer, &[])
        .workload(workload("plugin-barman-cloud", Place::System, 1, 25, 96))
}

fn origin(site: &Site<'_>) -> pontoon_core::platform::Origin {
    let first = site.spec.databases.values().find(|d| matches!(d.value, Database::CloudnativePg(_)));
    first.map(|d| d.trace()).unwrap_or_default()
}

/// The metrics of the operator, of each database and of its pooler.
pub fn scrapes(site: &Site<'_>) -> Vec<Scrape> {
    let mut all = Vec::new();
    let standing = |(name, pg)| site.stands(name).into_iter().map(move |s| (s.name, pg));
    for (name, pg) in databases(site).flat_map(standing) {
        let name = name.as_str();
        all.push(Scrape::new(&format!("database-{name}"), DATABASES, &[(CNPG_LABEL, name)], 9187));
        if pg.pooler.is_some() {
            let pooler = format!("{name}-pooler-rw");
            all.push(Scrape::new(&format!("database-{name}-pooler"), DATABASES, &[("cnpg.io/poolerName", &pooler)], 9127));
        }
    }
    if !all.is_empty() {
        all.push(Scrape::new("cloudnative-pg", NAMESPACE, &[("app.kubernetes.io/name", "cloudnative-pg")], 8080));
    }
    all
}
