//! Where data comes from and where it ends: apps, what they write to, its backups, and telemetry.

use super::containers::{apps, backups, stores, uses};
use crate::{
    diagram::{Diagram, Kind, NodeId, Notation},
    facts::{Facts, amount},
};
use pontoon_core::content::{Component, Opening, Party, Place};
use std::collections::BTreeMap;

/// Draws it.
pub fn draw(facts: &Facts<'_>) -> Diagram {
    let subject = facts.subject();
    let mut d = Diagram::new(
        "data",
        Notation::Flowchart,
        format!("{subject}: data flow"),
        "What apps write where, where it is backed up, and where metrics, logs and traces go.".into(),
    );
    let sources = d.group(None, "Apps", "");
    let apps = apps(facts, &mut d, Some(sources));
    let stores = stores(facts, &mut d, None);
    uses(facts, &mut d, &apps, &stores);
    backups(facts, &mut d, &stores);
    let telemetry = d.group(None, "Telemetry", "");
    let mut own: BTreeMap<&str, NodeId> = BTreeMap::new();
    let counts = |c: &&Component| c.concern == "observability" && !c.footprint.is_empty();
    for component in facts.components().iter().filter(counts) {
        let keeps = component.footprint.iter().any(|w| w.volume > 0);
        let lines = component.footprint.iter().filter(|w| w.volume > 0 || component.footprint.len() == 1);
        let lines = lines.map(|w| format!("{}: {}", w.name, amount(w))).collect();
        let kind = if keeps { Kind::Store } else { Kind::Service };
        let node = d.node(Some(telemetry), kind, component.name.clone(), component.title.clone(), lines);
        own.insert(&component.name, node);
    }
    for component in facts.components() {
        for opening in component.openings.iter().filter(|o| !fetches_metrics(facts, component, o)) {
            let from = find(facts, &opening.from).and_then(|c| node(c, &own, &apps, &stores));
            let to = find(facts, &opening.to).and_then(|c| own.get(c.name.as_str()).copied());
            if let (Some(from), Some(to)) = (from, to) {
                let ports: Vec<String> = opening.ports.iter().map(ToString::to_string).collect();
                let label = if ports.is_empty() { String::new() } else { format!("TCP {}", ports.join(" ")) };
                d.edge(from, to, label, false);
            }
        }
    }
    d
}

fn node(
    component: &Component,
    own: &BTreeMap<&str, NodeId>,
    apps: &BTreeMap<String, NodeId>,
    stores: &BTreeMap<String, NodeId>,
) -> Option<NodeId> {
    let name = component.name.as_str();
    let app = name.strip_prefix("app-").map(|n| n.strip_suffix("-access").unwrap_or(n));
    own.get(name).or_else(|| apps.get(app?)).or_else(|| stores.get(&component.origin.path)).copied()
}

/// Whose pods a party is: those of the namespace whose name, workload or chart a label says; the only one of the namespace
/// where there is one. Several are nobody's.
pub fn find<'a>(facts: &Facts<'a>, party: &Party) -> Option<&'a Component> {
    let Party::Pods { namespace, labels } = party else { return None };
    let lives = |c: &&Component| c.namespaces.iter().any(|n| n.name == *namespace) && !c.name.ends_with("-access");
    let there: Vec<&Component> = facts.components().iter().filter(lives).filter(|c| with_pods(c)).collect();
    if let [only] = there.as_slice() {
        return Some(only);
    }
    let named = |c: &&&Component| {
        let short = crate::facts::short(c);
        labels.values().any(|v| {
            *v == c.name
                || v == short && c.footprint.iter().any(|w| w.place == Place::Data)
                || c.footprint.iter().any(|w| w.name == *v)
                || c.releases().any(|r| r.name == *v)
        })
    };
    there.iter().find(named).copied()
}

/// Whether this is Prometheus that asks another for its metrics, as a third component lets it: it would point at everything.
pub fn fetches_metrics(facts: &Facts<'_>, said_by: &Component, opening: &Opening) -> bool {
    let is = |party: &Party, name: &str| find(facts, party).is_some_and(|c| c.name == name);
    let labelled = matches!(&opening.from, Party::Pods { labels, .. } if labels.values().any(|v| v == "prometheus"));
    labelled && is(&opening.from, "prometheus") && !is(&opening.to, &said_by.name)
}

fn with_pods(component: &Component) -> bool {
    !component.footprint.is_empty() || component.name.starts_with("app-")
}
