//! How a change reaches the cluster, and in which order its parts become healthy.

use super::at_most;
use crate::{
    diagram::{Diagram, Kind, NodeId, Notation},
    facts::Facts,
};
use std::collections::BTreeMap;

/// Draws it.
pub fn draw(facts: &Facts<'_>) -> Diagram {
    let subject = facts.subject();
    let name = facts.name();
    let mut d = Diagram::new(
        "deployment",
        Notation::Flowchart,
        format!("{subject}: deployment flow"),
        "How a change of platform.yaml becomes what runs, and what waits for what.".into(),
    );
    let people = d.node(None, Kind::Person, "Operators", "change platform.yaml", Vec::new());
    let order: Vec<&str> = facts.spec.delivery.promotion.iter().map(|e| e.as_str()).collect();
    let before = order.iter().position(|e| *e == name).and_then(|at| at.checked_sub(1)).and_then(|at| order.get(at));
    let command = match before {
        Some(before) => format!("promote {before} {name}"),
        None => format!("up {name}"),
    };
    let pontoon = d.node(None, Kind::Service, "Pontoon", "plans and applies", Vec::new());
    d.edge(people, pontoon, command, false);
    let kinds: Vec<String> = facts.pools().map(|(n, _)| format!("pool {n}")).collect();
    let cloud = d.node(None, Kind::Ground, "Cloud", "DigitalOcean", at_most(cloud_parts(facts, kinds), 8));
    d.edge(pontoon, cloud, "one call a step", false);
    let by = match (facts.follower(), &facts.spec.delivery.repository) {
        (Some(follower), Some(repository)) => {
            let git = d.node(
                None,
                Kind::Outside,
                "GitHub",
                repository.github.to_string(),
                vec![format!("branch {}", *repository.branch)],
            );
            d.edge(pontoon, git, "one commit, by pull request", false);
            let own = d.node(None, Kind::Service, follower, "in the cluster", Vec::new());
            d.edge(git, own, "is read", false);
            follower
        }
        _ => {
            let api = d.node(None, Kind::Service, "Kubernetes", "the cluster's API server", Vec::new());
            d.edge(pontoon, api, "server-side apply", false);
            "Pontoon"
        }
    };
    layers(facts, &mut d, by);
    d
}

/// What the cloud consists of, by kind.
fn cloud_parts(facts: &Facts<'_>, pools: Vec<String>) -> Vec<String> {
    let mut all = pools;
    for (kind, text) in [("digitalocean.database", "database"), ("spaces.bucket", "bucket")] {
        all.extend(facts.resources(kind).map(|r| format!("{text} {}", r.address.name())));
    }
    all
}

/// What runs in the cluster, layer by layer.
fn layers(facts: &Facts<'_>, d: &mut Diagram, by: &str) {
    let contents = facts.environment.contents;
    let mut layers: BTreeMap<u32, Vec<String>> = BTreeMap::new();
    for component in &contents.components {
        layers.entry(contents.layers.get(&component.name).copied().unwrap_or(0)).or_default().push(component.name.clone());
    }
    let group = d.group(None, "In the cluster", format!("applied by {by}, each after what it needs is healthy"));
    let mut last: Option<NodeId> = None;
    for (number, names) in layers {
        let kind = if names.iter().any(|n| n.starts_with("app-") && !n.ends_with("-access")) { Kind::App } else { Kind::Service };
        let layer = d.node(Some(group), kind, format!("layer {number}"), "", names);
        if let Some(last) = last {
            d.edge(last, layer, "", false);
        }
        last = Some(layer);
    }
}
