//! The way of a request: from a host to the app that answers it, and on to what that uses.

use super::containers::{apps, stores, uses, way_in};
use crate::{
    diagram::{Diagram, Kind, Notation},
    facts::Facts,
};

/// Draws it; nothing where nothing is let in.
pub fn draw(facts: &Facts<'_>) -> Diagram {
    let subject = facts.subject();
    let mut d = Diagram::new(
        "requests",
        Notation::Flowchart,
        format!("{subject}: request flow"),
        "From a host to what answers it, link by link.".into(),
    );
    let hosts = facts.hosts();
    if hosts.is_empty() {
        return d;
    }
    let users = d.node(None, Kind::Person, "Users", "", Vec::new());
    let frames = super::containers::frames(facts, &mut d);
    let way = way_in(facts, &mut d, &frames, Some(users));
    let apps = apps(facts, &mut d, Some(frames.cluster));
    for (host, namespace) in &hosts {
        let to = match apps.get(namespace) {
            Some(app) => *app,
            None => d.node(Some(frames.cluster), Kind::Service, "Grafana", "dashboards", vec![host.clone()]),
        };
        if let Some(way) = way {
            d.edge(way, to, host.clone(), false);
        }
    }
    let mut used = Diagram::new("", Notation::Flowchart, String::new(), String::new());
    let all = stores(facts, &mut used, None);
    uses(facts, &mut used, &apps, &all);
    // Only what an app asks while it answers.
    let asked: Vec<usize> = used.edges.iter().map(|e| e.to.0).collect();
    let kept = all.iter().filter(|(_, n)| asked.contains(&n.0));
    let mut places = std::collections::BTreeMap::new();
    for (path, id) in kept {
        let Some(node) = used.nodes.get(id.0) else { continue };
        let group = match path.split('.').next() {
            Some("buckets") => frames.account,
            _ if facts.inner_stores().any(|c| c.origin.path == *path) => frames.cluster,
            _ => frames.vpc,
        };
        places.insert(path.clone(), d.node(Some(group), node.kind, node.title.clone(), node.caption.clone(), node.lines.clone()));
    }
    uses(facts, &mut d, &apps, &places);
    d
}
