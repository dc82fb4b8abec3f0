//! Environments: their order, and their domains.

use super::{Document, derived};
use crate::tree::{Data, Node};
use pontoon_core::name::Name;

/// The names of `delivery.promotion` that are names.
pub(super) fn promotion(base: &Node) -> Vec<Name> {
    match base.find("delivery.promotion").map(|n| &n.data) {
        Some(Data::List(items)) => items.iter().filter_map(|n| n.scalar()?.parse().ok()).collect(),
        _ => Vec::new(),
    }
}

/// Brings environments into the order of promotion; those that it does not name come first, so that
/// the last is always the one that everything leads to.
pub(super) fn sort(base: &Node, environments: &mut [(Name, Node)]) {
    let order = promotion(base);
    environments.sort_by_key(|(name, _)| order.iter().position(|n| n == name).map_or(0, |i| i + 1));
}

/// The domain of an environment: its own, the document's for the last of the order, or
/// `<environment>.<domain>`.
pub(super) fn domain(document: &Document, environment: &str, own: &Node, zone: Option<&Node>) -> Option<Node> {
    if let Some(own) = own.get("domain") {
        return Some(own.clone());
    }
    let zone = zone?;
    let last = document.environments.last().is_some_and(|(n, _)| n.as_str() == environment);
    match zone.scalar() {
        Some(text) if !last => {
            let node = derived(format!("{environment}.{text}"), "domain and the environment's name");
            Some(Node { at: zone.at.clone(), head: zone.head.clone(), ..node })
        }
        _ => Some(zone.clone()),
    }
}
