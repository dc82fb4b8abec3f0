//! The order: each component after everything that provides what it needs.

use pontoon_core::{
    content::{Capability, Component, Contents},
    graph::Graph,
};
use std::collections::{BTreeMap, BTreeSet};

/// Orders components. Who is needed only through somebody else is not named as needed: nothing waits twice.
///
/// # Errors
/// The circle, by names.
pub fn order(environment: &str, all: Vec<Component>) -> Result<Contents, Vec<String>> {
    let mut providers: BTreeMap<&Capability, Vec<&str>> = BTreeMap::new();
    for component in &all {
        for what in &component.provides {
            providers.entry(what).or_default().push(&component.name);
        }
    }
    let mut graph: Graph<String> = Graph::new();
    let mut direct: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for component in &all {
        graph.node(component.name.clone());
        let needs = component.needs.iter().filter_map(|n| providers.get(n)).flatten();
        let names: BTreeSet<String> = needs.filter(|n| **n != component.name).map(|n| (*n).to_owned()).collect();
        for name in &names {
            graph.edge(component.name.clone(), name.clone());
        }
        direct.insert(component.name.clone(), names);
    }
    let order = graph.order().map_err(|cycle| cycle.0)?;
    let mut below: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut layers: BTreeMap<String, u32> = BTreeMap::new();
    let mut after: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for name in &order {
        let Some(needs) = direct.get(name) else { continue };
        let through: BTreeSet<&str> = needs.iter().flat_map(|n| below.get(n.as_str()).into_iter().flatten().copied()).collect();
        let nearest = needs.iter().filter(|n| !through.contains(n.as_str())).cloned().collect();
        let layer = needs.iter().filter_map(|n| layers.get(n)).map(|l| l + 1).max().unwrap_or(0);
        let mut all_below = through;
        all_below.extend(needs.iter().map(String::as_str));
        below.insert(name, all_below);
        layers.insert(name.clone(), layer);
        after.insert(name.clone(), nearest);
    }
    let mut by_name: BTreeMap<String, Component> = all.into_iter().map(|c| (c.name.clone(), c)).collect();
    let mut components: Vec<Component> = order.iter().filter_map(|n| by_name.remove(n)).collect();
    components.sort_by_key(|c| layers.get(&c.name).copied().unwrap_or(0));
    Ok(Contents { environment: environment.into(), components, after, layers })
}
