//! The budget: what an environment costs at its least and at its most.

use super::{
    page::{error, example, warning},
    say::{at, each},
};
use crate::{Options, compile};
use pontoon_catalog::{find, prices};
use pontoon_core::{
    diagnostic::{CodePage, Diagnostics},
    money::Cost,
};
use pontoon_spec::{Spec, sections::ingress::Controller};
use std::collections::BTreeMap;

pub(super) const CANNOT: CodePage = error(
    "PT3121",
    "a budget that cannot be kept",
    "Even with every pool at its fewest nodes the environment costs more than `monthlyBudget`. Counted are the things of the cloud and the load balancer; what all environments share counts for the last. Volumes and traffic come on top.",
    example!("objectives: { monthlyBudget: 20 USD }"),
    "See each line with `pontoon cost`; take less or smaller things, or write the budget that is needed.",
);

pub(super) const MAY: CodePage = warning(
    "PT3122",
    "a budget that is exceeded when pools grow",
    "With every pool at its most nodes the environment costs more than `monthlyBudget`. DigitalOcean bills the most nodes that a pool had.",
    example!(
        "cluster: { pools: { default: { size: s-2vcpu-4gb, nodes: { min: 2, max: 6 } } } }",
        "objectives: { monthlyBudget: 120 USD }",
    ),
    "Lower `max`, or write the budget that growth needs.",
);

pub fn check(specs: &[Spec], out: &mut Diagnostics) {
    each(specs, out, |spec, out| {
        let Some(budget) = &spec.objectives.monthly_budget else { return };
        let (total, parts) = cost(specs, spec);
        let limit = budget.dollars();
        let unknown = if total.incomplete { ", and there are things without a known price" } else { "" };
        if total.minimum > limit {
            let message = format!(
                "the environment costs at least {:.2} USD a month ({parts}), and the budget is {}{unknown}",
                total.minimum, **budget
            );
            out.push(
                at(CANNOT, budget, message)
                    .hint(format!("write monthlyBudget: {} USD, or see: pontoon cost", total.minimum.ceil())),
            );
        } else if total.maximum > limit {
            let message = format!(
                "the environment costs up to {:.2} USD a month when pools grow ({parts}), and the budget is {}{unknown}",
                total.maximum, **budget
            );
            out.push(at(MAY, budget, message).hint(format!("write monthlyBudget: {} USD, or lower `max`", total.maximum.ceil())));
        }
    });
}

/// What an environment costs a month, and of what that consists.
fn cost(specs: &[Spec], spec: &Spec) -> (Cost, String) {
    let platform = compile(specs, spec.environment.as_str(), Options { shared: true });
    let mut parts: BTreeMap<&str, Cost> = BTreeMap::new();
    let mut add = |what, cost: Cost| {
        let part = parts.entry(what).or_insert(Cost::FREE);
        *part = *part + cost;
    };
    for (address, resource) in platform.resources.iter() {
        let shared = address.scope().is_shared();
        if shared && !spec.is_last() {
            continue;
        }
        if let Some(kind) = find(address.kind()) {
            add(kind.title, (kind.price)(&resource.attributes));
        }
    }
    if platform.resources.keys().any(|a| a.kind() == prices::SUBSCRIBES) {
        add("Spaces", prices::spaces_subscription());
    }
    if *spec.ingress.controller != Controller::None {
        add("load balancer", prices::load_balancer_unit().times(spec.ingress.load_balancer.size.get()));
    }
    let total = parts.values().copied().sum();
    let mut named: Vec<(&str, Cost)> = parts.into_iter().filter(|(_, c)| !c.is_free()).collect();
    named.sort_by_key(|(_, c)| std::cmp::Reverse(c.maximum));
    let words: Vec<String> = named.iter().map(|(what, c)| format!("{} {c}", what.to_lowercase())).collect();
    (total, words.join(", "))
}
