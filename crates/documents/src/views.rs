//! The pictures of an environment, each from what is built.

mod containers;
mod context;
mod data;
mod deployment;
mod network;
mod placement;
mod requests;

use crate::{diagram::Diagram, facts::Facts};

/// All of them, in the order of the architecture page.
pub fn all(facts: &Facts<'_>) -> Vec<Diagram> {
    let all = [
        context::draw(facts),
        containers::draw(facts),
        placement::draw(facts),
        data::draw(facts),
        requests::draw(facts),
        deployment::draw(facts),
        network::draw(facts),
    ];
    all.into_iter().map(Diagram::without_empty_groups).filter(|d| !d.nodes.is_empty()).collect()
}

/// At most so many lines; what is left is counted.
fn at_most(mut lines: Vec<String>, most: usize) -> Vec<String> {
    if lines.len() > most {
        let left = lines.split_off(most.saturating_sub(1)).len();
        lines.push(format!("and {left} more"));
    }
    lines
}
