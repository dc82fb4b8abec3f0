//! What a node has, and what of it is taken.

use crate::cluster::controllers::fields::{items, name};
use crate::cluster::controllers::quantity::{milli, units};
use serde_json::Value;

/// Processors in thousandths, memory in bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Amount {
    /// Thousandths of a processor.
    pub cpu: i64,
    /// Bytes.
    pub memory: i64,
}

impl Amount {
    fn of(resources: &Value) -> Self {
        Self { cpu: milli(&resources["cpu"]), memory: units(&resources["memory"]) }
    }

    fn plus(self, other: Self) -> Self {
        Self { cpu: self.cpu + other.cpu, memory: self.memory + other.memory }
    }

    fn most(self, other: Self) -> Self {
        Self { cpu: self.cpu.max(other.cpu), memory: self.memory.max(other.memory) }
    }
}

/// What a container requests: a limit without a request is one.
fn requested(container: &Value) -> Amount {
    let resources = &container["resources"];
    let (requests, limits) = (&resources["requests"], &resources["limits"]);
    let pick = |field: &str| if requests[field].is_null() { &limits[field] } else { &requests[field] };
    Amount { cpu: milli(pick("cpu")), memory: units(pick("memory")) }
}

/// What a pod requests: its containers together, or the largest of those that run first, whichever is more; sidecars
/// (init containers that restart always) count with the containers. Source: Kubernetes documentation, init containers.
pub(crate) fn requests(spec: &Value) -> Amount {
    let sidecar = |c: &&Value| c["restartPolicy"] == "Always";
    let init = items(&spec["initContainers"]);
    let sum =
        items(&spec["containers"]).iter().chain(init.iter().filter(sidecar)).map(requested).fold(Amount::default(), Amount::plus);
    let first = init.iter().filter(|c| !sidecar(c)).map(requested).fold(Amount::default(), Amount::most);
    sum.most(first).plus(Amount::of(&spec["overhead"]))
}

/// A node with what runs on it.
#[derive(Debug, Clone)]
pub(crate) struct Room<'a> {
    /// The Node object.
    pub node: &'a Value,
    /// Its pods.
    pub pods: Vec<&'a Value>,
    /// What pods can have.
    pub allocatable: Amount,
    /// What pods have requested.
    pub used: Amount,
    most: i64,
}

impl<'a> Room<'a> {
    /// An empty node.
    pub(crate) fn new(node: &'a Value) -> Self {
        let given = &node["status"]["allocatable"];
        let most = given["pods"].as_str().and_then(|p| p.parse().ok()).unwrap_or(110);
        Self { node, pods: Vec::new(), allocatable: Amount::of(given), used: Amount::default(), most }
    }

    /// The node's name.
    pub(crate) fn name(&self) -> &'a str {
        name(self.node)
    }

    /// Takes a pod in.
    pub(crate) fn take(&mut self, pod: &'a Value) {
        self.used = self.used.plus(requests(&pod["spec"]));
        self.pods.push(pod);
    }

    /// What there is too little of for a pod, in the scheduler's words.
    pub(crate) fn lacks(&self, pod: &Value) -> Vec<String> {
        let wanted = requests(&pod["spec"]);
        let mut all = Vec::new();
        if i64::try_from(self.pods.len()).unwrap_or(i64::MAX) >= self.most {
            all.push("Too many pods".to_owned());
        }
        if wanted.cpu > 0 && self.used.cpu + wanted.cpu > self.allocatable.cpu {
            all.push("Insufficient cpu".to_owned());
        }
        if wanted.memory > 0 && self.used.memory + wanted.memory > self.allocatable.memory {
            all.push("Insufficient memory".to_owned());
        }
        let ports = host_ports(pod);
        if !ports.is_empty() && self.pods.iter().any(|p| host_ports(p).iter().any(|q| ports.contains(q))) {
            all.push("node(s) didn't have free ports for the requested pod ports".to_owned());
        }
        all
    }

    /// What is free in thousandths, of processors and memory together.
    pub(crate) fn free_share(&self) -> i64 {
        let part = |used: i64, all: i64| if all > 0 { (all - used).max(0).saturating_mul(1000) / all } else { 0 };
        (part(self.used.cpu, self.allocatable.cpu) + part(self.used.memory, self.allocatable.memory)) / 2
    }
}

fn host_ports(pod: &Value) -> Vec<(i64, &str)> {
    items(&pod["spec"]["containers"])
        .iter()
        .flat_map(|c| items(&c["ports"]))
        .filter_map(|p| Some((p["hostPort"].as_i64().filter(|n| *n > 0)?, p["protocol"].as_str().unwrap_or("TCP"))))
        .collect()
}
