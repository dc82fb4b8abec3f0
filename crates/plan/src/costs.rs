//! What a platform costs a month, line by line.

use pontoon_catalog::find;
use pontoon_core::{
    address::{Address, Scope},
    money::Cost,
    platform::Platform,
    record::Record,
};
use serde::Serialize;
use std::collections::BTreeMap;

/// One thing that costs something, or whose price is not known.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CostLine {
    /// What.
    pub address: Address,
    /// In the catalog's words.
    pub title: String,
    /// How much a month.
    pub cost: Cost,
}

/// What should exist costs.
pub fn desired(platform: &Platform) -> Vec<CostLine> {
    lines(platform.resources.values().map(|r| (&r.address, &r.attributes)))
}

/// What is recorded costs.
pub fn recorded(records: &BTreeMap<Scope, Record>) -> Vec<CostLine> {
    lines(records.values().flat_map(|r| r.resources.iter().map(|(a, r)| (a, &r.attributes))))
}

/// What its clusters buy by themselves, where a cluster is among these resources. What ran in it before is not known: it
/// counts as what should run.
pub fn bought<'a>(platform: &Platform, mut resources: impl Iterator<Item = &'a Address>) -> Cost {
    if !resources.any(|a| a.kind() == "digitalocean.cluster" && !a.scope().is_shared()) {
        return Cost::FREE;
    }
    platform.purchases.iter().map(|p| p.cost).sum()
}

/// The lines of a compiled platform, free things left out.
pub fn costs(platform: &Platform) -> Vec<CostLine> {
    desired(platform)
}

fn lines<'a>(resources: impl Iterator<Item = (&'a Address, &'a BTreeMap<String, pontoon_core::value::Value>)>) -> Vec<CostLine> {
    let mut lines = Vec::new();
    let mut spaces: Option<&Address> = None;
    for (address, attributes) in resources {
        let Some(kind) = find(address.kind()) else { continue };
        if kind.kind == pontoon_catalog::prices::SUBSCRIBES && spaces.is_none() {
            spaces = Some(address);
        }
        let cost = (kind.price)(attributes);
        if !cost.is_free() {
            lines.push(CostLine { address: address.clone(), title: kind.title.into(), cost });
        }
    }
    // Spaces is billed once an account, however many buckets there are: it stands at the first one.
    if let Some(first) = spaces {
        lines.push(CostLine {
            address: first.clone(),
            title: "Spaces subscription".into(),
            cost: pontoon_catalog::prices::spaces_subscription(),
        });
    }
    lines
}
