//! The scheduler's sentence. Source: kube-scheduler, `framework.FitError` and the preemption plugin.

use std::collections::BTreeMap;

/// Why nodes were refused, counted.
#[derive(Debug, Default)]
pub(super) struct Reasons {
    counts: BTreeMap<String, usize>,
    /// Nodes on which taking other pods away could have helped.
    full: usize,
    nodes: usize,
}

impl Reasons {
    /// One node's reasons.
    pub(super) fn add(&mut self, reasons: Vec<String>) {
        self.nodes += 1;
        let helpful = |r: &String| r.starts_with("Insufficient") || r == "Too many pods" || r.contains("free ports");
        if reasons.iter().any(helpful) {
            self.full += 1;
        }
        for reason in reasons {
            *self.counts.entry(reason).or_default() += 1;
        }
    }

    /// `0/3 nodes are available: 1 Insufficient cpu, 2 node(s) were unschedulable. preemption: …`
    pub(super) fn sentence(&self, nodes: usize) -> String {
        let mut parts: Vec<String> = self.counts.iter().map(|(reason, count)| format!("{count} {reason}")).collect();
        parts.sort();
        let mut victims = Vec::new();
        if self.full > 0 {
            victims.push(format!("{} No preemption victims found for incoming pod", self.full));
        }
        if self.nodes > self.full {
            victims.push(format!("{} Preemption is not helpful for scheduling", self.nodes - self.full));
        }
        victims.sort();
        let (parts, victims) = (parts.join(", "), victims.join(", "));
        format!("0/{nodes} nodes are available: {parts}. preemption: 0/{nodes} nodes are available: {victims}.")
    }
}

/// A reason that holds for every node.
pub(super) fn before_filtering(nodes: usize, why: &str) -> String {
    let helpless = format!("{nodes} Preemption is not helpful for scheduling");
    format!("0/{nodes} nodes are available: {why}. preemption: 0/{nodes} nodes are available: {helpless}.")
}
