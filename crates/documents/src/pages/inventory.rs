//! What exists: resources of the cloud, components of the cluster, pods, hosts.

use super::left_out;
use crate::{
    facts::{Facts, amount, attribute, title},
    page::{Page, code, plain},
};
use pontoon_core::{
    content::{Chart, Component, Piece},
    platform::Resource,
};

/// The page.
pub fn page(facts: &Facts<'_>) -> Page {
    let mut page = Page::new("inventory", format!("Inventory of {}", facts.subject()));
    page.heading("In the cloud");
    page.text("Addresses are what `pontoon` calls things; names are the vendor's.");
    let rows = facts.environment.platform.resources.values().map(|r| {
        let name = attribute(r, "name").map(|n| code(&n)).unwrap_or_default();
        vec![code(&r.address.to_string()), title(r).to_owned(), name, about(r), code(&r.origin.path)]
    });
    page.table(&["address", "is", "name", "size, version, place", "asked for by"], rows.collect());
    page.heading("In the cluster");
    let layers = &facts.environment.contents.layers;
    let rows = facts.components().iter().map(|c| {
        let layer = layers.get(&c.name).copied().unwrap_or(0).to_string();
        let namespaces: Vec<String> = c.namespaces.iter().map(|n| code(&n.name)).collect();
        vec![code(&c.name), plain(&c.title), layer, namespaces.join(", "), version(c), code(&c.origin.path)]
    });
    page.table(&["component", "is", "layer", "namespace", "chart or release", "asked for by"], rows.collect());
    page.heading("Pods");
    let rows = facts.workloads().map(|(c, w)| vec![code(&w.name), code(&c.name), amount(w)]);
    page.table(&["workload", "of", "how many, and what each asks for"], rows.collect());
    let hosts = facts.hosts();
    if !hosts.is_empty() {
        page.heading("Hosts");
        page.table(&["host", "answered in namespace"], hosts.iter().map(|(h, n)| vec![code(h), code(n)]).collect());
    }
    let to_know = |c: &Component| c.facts.iter().map(|f| format!("{}: {}", code(&c.name), plain(f))).collect::<Vec<_>>();
    let to_know: Vec<String> = facts.components().iter().flat_map(to_know).collect();
    if !to_know.is_empty() {
        page.heading("To know");
        page.list(to_know);
    }
    left_out(facts, &mut page);
    page
}

/// Size, version, number, place, as far as a resource has them.
fn about(resource: &Resource) -> String {
    let nodes = match (attribute(resource, "min_nodes"), attribute(resource, "max_nodes")) {
        (Some(least), Some(most)) => Some(format!("{least} to {most} nodes")),
        _ => attribute(resource, "count").map(|n| format!("{n} nodes")),
    };
    let instances = attribute(resource, "num_nodes").map(|n| format!("{n} instances"));
    let own = ["engine", "version", "size", "ip_range", "subscription_tier_slug", "region"];
    own.iter()
        .filter_map(|f| attribute(resource, f))
        .chain(nodes)
        .chain(instances)
        .map(|t| plain(&t))
        .collect::<Vec<_>>()
        .join(", ")
}

/// The charts and published releases that a component installs, each with its version.
fn version(component: &Component) -> String {
    let of = |piece: &Piece| match piece {
        Piece::Release(release) => Some(match &release.chart {
            Chart::Published { name, version, .. } => format!("{} {}", code(name), plain(version)),
            Chart::Folder { path } => code(path),
        }),
        Piece::Published { url, .. } => Some(code(url)),
        Piece::Kustomization { path, .. } => Some(code(path)),
        Piece::Object(_) => None,
    };
    component.pieces.iter().filter_map(of).collect::<Vec<_>>().join(", ")
}
