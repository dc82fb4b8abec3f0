//! Which pods run on which pools, and what each asks for.

use crate::{
    diagram::{Diagram, Kind, Notation},
    facts::{Facts, Spot, amount, several},
};
use pontoon_core::content::Place;
use std::collections::BTreeMap;

/// Draws it.
pub fn draw(facts: &Facts<'_>) -> Diagram {
    let subject = facts.subject();
    let mut d = Diagram::new(
        "placement",
        Notation::Flowchart,
        format!("{subject}: placement"),
        "Which pods run on the nodes of which pool, and what each of them asks for.".into(),
    );
    let mut spots: BTreeMap<Spot, BTreeMap<(&str, bool), Vec<String>>> = BTreeMap::new();
    for (name, _) in facts.pools() {
        spots.entry(Spot::Pools(vec![name.to_owned()])).or_default();
    }
    for (component, workload) in facts.workloads() {
        let concern = if component.concern == "apps" { component.name.as_str() } else { component.concern.as_str() };
        let of = spots.entry(facts.spot(workload.place)).or_default();
        let line = format!("{}: {}", workload.name, amount(workload));
        of.entry((concern, workload.place == Place::Data)).or_default().push(line);
    }
    for (spot, concerns) in spots {
        let group = match &spot {
            Spot::EveryNode => d.group(None, "Every node", "one pod on each"),
            Spot::Pools(names) => {
                let plural = if names.len() == 1 { "Pool" } else { "Pools" };
                d.group(None, format!("{plural} {}", names.join(", ")), pools(facts, names))
            }
        };
        if concerns.is_empty() {
            d.node(Some(group), Kind::Ground, "room", "nothing is bound to this pool", Vec::new());
        }
        for ((concern, data), lines) in concerns {
            let kind = match concern.strip_prefix("app-") {
                Some(_) => Kind::App,
                None if data => Kind::Store,
                None => Kind::Service,
            };
            d.node(Some(group), kind, concern.strip_prefix("app-").unwrap_or(concern), "", lines);
        }
    }
    d
}

/// `s-4vcpu-8gb, 3 to 8 nodes, taint …`.
fn pools(facts: &Facts<'_>, names: &[String]) -> String {
    let one = |name: &String| {
        let (_, pool) = facts.pools().find(|(n, _)| n == name)?;
        let taints: Vec<String> = pool.taints.iter().map(|t| t.value.to_string()).collect();
        let taints = if taints.is_empty() { String::new() } else { format!(", taint {}", taints.join(", ")) };
        Some(format!("{}, {}{taints}", *pool.size, several(pool.nodes.least(), pool.nodes.most(), "node")))
    };
    names.iter().filter_map(one).collect::<Vec<_>>().join("; ")
}
