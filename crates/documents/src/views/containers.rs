//! What the platform consists of: what requests come through, apps, where data is, and what serves both.

use super::{at_most, context::store};
use crate::{
    diagram::{Diagram, GroupId, Kind, NodeId, Notation},
    facts::{Facts, attribute, engine, several},
};
use pontoon_core::content::{Component, Place};
use pontoon_spec::{sections::databases::Database, types::UsesKind};
use std::collections::BTreeMap;

/// The frames of the account, shared by several pictures.
pub struct Frames {
    /// The account.
    pub account: GroupId,
    /// The network.
    pub vpc: GroupId,
    /// The cluster.
    pub cluster: GroupId,
}

/// Adds the frames.
pub fn frames(facts: &Facts<'_>, d: &mut Diagram) -> Frames {
    let spec = facts.spec;
    let account = d.group(None, "DigitalOcean", format!("region {}", *spec.region));
    let vpc = d.group(Some(account), "VPC", spec.network.vpc.to_string());
    let least: u32 = facts.pools().map(|(_, p)| p.nodes.least()).sum();
    let most: u32 = facts.pools().map(|(_, p)| p.nodes.most()).sum();
    let plane = if *spec.cluster.high_availability { ", highly available control plane" } else { "" };
    let cluster = d.group(
        Some(vpc),
        "Kubernetes cluster",
        format!("version {}, {}{plane}", *spec.cluster.version, several(least, most, "node")),
    );
    Frames { account, vpc, cluster }
}

/// The boxes of what holds data, by the path that `uses:` takes: `databases.main`.
pub fn stores(facts: &Facts<'_>, d: &mut Diagram, frames: Option<&Frames>) -> BTreeMap<String, NodeId> {
    let mut all = BTreeMap::new();
    for component in facts.inner_stores() {
        let size = component.footprint.iter().filter(|w| w.place == Place::Data).map(|w| several(w.least, w.most, "pod"));
        let volume = component.footprint.iter().filter(|w| w.volume > 0).map(|w| format!("{} GiB each", w.volume));
        let lines = vec![size.chain(volume).collect::<Vec<_>>().join(", ")];
        let node = d.node(frames.map(|f| f.cluster), Kind::Store, component.title.clone(), component.origin.path.clone(), lines);
        all.insert(component.origin.path.clone(), node);
    }
    for resource in facts.resources("digitalocean.database") {
        let name = resource.address.name();
        let nodes: u32 = attribute(resource, "num_nodes").and_then(|n| n.parse().ok()).unwrap_or(1);
        let about = vec![format!("{}, {}", attribute(resource, "size").unwrap_or_default(), several(nodes, nodes, "instance"))];
        let title = format!("{} {name}", engine(resource));
        let caption = format!("managed, version {}", attribute(resource, "version").unwrap_or_default());
        let node = d.node(frames.map(|f| f.vpc), Kind::Store, title, caption, about);
        all.insert(resource.origin.path.clone(), node);
    }
    for bucket in facts.resources("spaces.bucket") {
        let name = bucket.address.name();
        let lines = vec![attribute(bucket, "name").unwrap_or_default(), attribute(bucket, "region").unwrap_or_default()];
        let node = d.node(frames.map(|f| f.account), Kind::Store, format!("bucket {name}"), "Spaces", lines);
        all.insert(format!("buckets.{name}"), node);
    }
    all
}

/// The boxes of apps, by name.
pub fn apps(facts: &Facts<'_>, d: &mut Diagram, group: Option<GroupId>) -> BTreeMap<String, NodeId> {
    let mut all = BTreeMap::new();
    for (name, app) in facts.apps() {
        let Some(component) = facts.app(name) else { continue };
        let mut lines: Vec<String> = app.host.iter().map(|h| facts.spec.host(h)).collect();
        lines.extend(component.footprint.iter().map(|w| several(w.least, w.most, "pod")));
        let node = d.node(group, Kind::App, name, "app", lines);
        all.insert(name.to_owned(), node);
    }
    all
}

/// The arrows from apps to what they use.
pub fn uses(facts: &Facts<'_>, d: &mut Diagram, apps: &BTreeMap<String, NodeId>, stores: &BTreeMap<String, NodeId>) {
    for (name, app) in facts.apps() {
        let Some(from) = apps.get(name) else { continue };
        for one in app.uses.iter() {
            let (path, label) = match &one.value.0 {
                UsesKind::Database(n) => (format!("databases.{n}"), "SQL".to_owned()),
                UsesKind::Cache(n) => (format!("caches.{n}"), "cache".to_owned()),
                UsesKind::Queue(n, vhost) => (format!("queues.{n}"), format!("AMQP, vhost {vhost}")),
                UsesKind::Bucket(n) => (format!("buckets.{n}"), "S3".to_owned()),
                UsesKind::App(n) => {
                    if let Some(to) = apps.get(n.as_str()) {
                        d.edge(*from, *to, "calls", false);
                    }
                    continue;
                }
                UsesKind::Email => continue,
            };
            if let Some(to) = stores.get(&path) {
                d.edge(*from, *to, label, false);
            }
        }
    }
}

/// The arrows from databases to the buckets of their backups.
pub fn backups(facts: &Facts<'_>, d: &mut Diagram, stores: &BTreeMap<String, NodeId>) {
    for (name, database) in facts.spec.databases.iter() {
        let Database::CloudnativePg(pg) = &database.value else { continue };
        let Some(backups) = &pg.backups else { continue };
        let ends = (stores.get(&format!("databases.{name}")), stores.get(&format!("buckets.{}", *backups.bucket)));
        if let (Some(from), Some(to)) = ends {
            d.edge(*from, *to, format!("backups, {} kept", *backups.keep), true);
        }
    }
}

/// What runs in the cluster beside apps and what holds data, by concern; only what has pods or lets requests in.
fn concerns<'a>(facts: &Facts<'a>) -> BTreeMap<&'a str, Vec<&'a Component>> {
    let mut all: BTreeMap<&str, Vec<&Component>> = BTreeMap::new();
    let own = |c: &Component| c.concern != "apps" && !c.footprint.iter().any(|w| w.place == Place::Data);
    for component in facts.components().iter().filter(|c| own(c) && (!c.footprint.is_empty() || c.load_balancers > 0)) {
        all.entry(&component.concern).or_default().push(component);
    }
    all
}

/// Draws it.
pub fn draw(facts: &Facts<'_>) -> Diagram {
    let subject = facts.subject();
    let mut d = Diagram::new(
        "containers",
        Notation::C4Container,
        format!("{subject}: containers"),
        format!("What {subject} consists of, and who calls whom."),
    );
    let users = (!facts.hosts().is_empty()).then(|| d.node(None, Kind::Person, "Users", "", Vec::new()));
    let frames = frames(facts, &mut d);
    let way = way_in(facts, &mut d, &frames, users);
    let apps = apps(facts, &mut d, Some(frames.cluster));
    let stores = stores(facts, &mut d, Some(&frames));
    for name in facts.hosts().values() {
        if let (Some(way), Some(app)) = (way, apps.get(name)) {
            d.edge(way, *app, "routes", false);
        }
    }
    uses(facts, &mut d, &apps, &stores);
    backups(facts, &mut d, &stores);
    let serving = d.group(Some(frames.cluster), "Serving all of it", "");
    for (concern, components) in concerns(facts) {
        if components.iter().any(|c| c.load_balancers > 0) {
            continue;
        }
        let lines = components.iter().flat_map(|c| &c.footprint).map(|w| w.name.clone()).collect();
        d.node(Some(serving), Kind::Service, concern, "", at_most(lines, 7));
    }
    if let Some(follower) = facts.follower() {
        let text = facts.spec.delivery.repository.as_ref().map(|r| format!("follows {}", r.github)).unwrap_or_default();
        d.node(Some(serving), Kind::Service, follower, text, Vec::new());
    }
    let around = d.group(None, "Outside", "");
    if let Some((title, caption)) = store(facts).filter(|_| facts.component("secret-store").is_some()) {
        d.node(Some(around), Kind::Outside, title, caption, vec!["values of secrets".into()]);
    }
    if facts.component("public-issuer").is_some() {
        d.node(
            Some(around),
            Kind::Outside,
            "Let's Encrypt",
            facts.spec.certificates.issuer.to_string(),
            vec!["certificates of hosts".into()],
        );
    }
    if let Some(repository) = &facts.spec.delivery.repository {
        d.node(
            Some(around),
            Kind::Outside,
            "GitHub",
            repository.github.to_string(),
            vec![format!("branch {}", *repository.branch)],
        );
    }
    for registry in facts.resources("digitalocean.registry") {
        let tier = attribute(registry, "subscription_tier_slug").unwrap_or_default();
        d.node(
            Some(frames.account),
            Kind::Store,
            "container registry",
            attribute(registry, "name").unwrap_or_default(),
            vec![tier],
        );
    }
    d
}

/// What requests come through: the zone that names it, the load balancer and the controller.
pub fn way_in(facts: &Facts<'_>, d: &mut Diagram, frames: &Frames, users: Option<NodeId>) -> Option<NodeId> {
    let component = facts.way_in()?;
    let units = component.load_balancers;
    let balancer = d.node(
        Some(frames.vpc),
        Kind::Way,
        "load balancer",
        facts.spec.ingress.load_balancer.r#type.to_string(),
        vec![several(units, units, "unit")],
    );
    let pods = component.footprint.iter().map(|w| several(w.least, w.most, "pod")).collect();
    let way = d.node(Some(frames.cluster), Kind::Way, component.title.clone(), "way in", pods);
    let how = if facts.site().has_tls() { "HTTPS" } else { "HTTP" };
    if let Some(users) = users {
        for zone in facts.resources("digitalocean.domain") {
            let name = attribute(zone, "name").unwrap_or_else(|| short_zone(facts));
            let zone = d.node(Some(frames.account), Kind::Way, "DNS zone", name, Vec::new());
            d.edge(users, zone, "asks for hosts", true);
        }
        d.edge(users, balancer, how, false);
    }
    d.edge(balancer, way, "TCP", false);
    Some(way)
}

fn short_zone(facts: &Facts<'_>) -> String {
    facts.spec.zone.to_string()
}
