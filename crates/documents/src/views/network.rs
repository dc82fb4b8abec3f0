//! Ranges, and who may talk to whom: everything that is not drawn is closed.

use super::data::fetches_metrics;
use crate::{
    diagram::{Diagram, GroupId, Kind, NodeId, Notation},
    facts::{Facts, attribute, engine},
};
use pontoon_core::content::Party;
use std::collections::{BTreeMap, BTreeSet};

/// Who takes part, as the picture has them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum End {
    /// A namespace.
    Namespace(String),
    /// Addresses outside of the cluster: managed databases.
    Range(String),
    /// Hosts of the world.
    Hosts(String),
    /// Whoever comes from the world.
    Internet,
    /// Any address of the world.
    World,
}

/// The openings between namespaces and to the outside, with their ports; not those inside of one namespace, to the API server or
/// the nodes. Metrics that are fetched are counted apart.
pub fn openings(facts: &Facts<'_>) -> BTreeMap<(End, End), BTreeSet<u16>> {
    let mut all: BTreeMap<(End, End), BTreeSet<u16>> = BTreeMap::new();
    for component in facts.components() {
        for opening in component.openings.iter().filter(|o| !fetches_metrics(facts, component, o)) {
            let from = if opening.from == Party::World { Some(End::Internet) } else { end(&opening.from) };
            if let (Some(from), Some(to)) = (from, end(&opening.to))
                && from != to
            {
                all.entry((from, to)).or_default().extend(&opening.ports);
            }
        }
    }
    all
}

fn end(party: &Party) -> Option<End> {
    match party {
        Party::Pods { namespace, .. } => Some(End::Namespace(namespace.clone())),
        Party::Range(range) => Some(End::Range(range.clone())),
        Party::Hosts(hosts) => {
            let plain: Vec<&str> = hosts.iter().map(String::as_str).filter(|h| !h.starts_with('*')).collect();
            Some(End::Hosts(plain.join(", ")))
        }
        Party::World => Some(End::World),
        Party::Anyone | Party::ApiServer | Party::Nodes => None,
    }
}

/// Draws it.
pub fn draw(facts: &Facts<'_>) -> Diagram {
    let (subject, spec) = (facts.subject(), facts.spec);
    let mut d = Diagram::new(
        "network",
        Notation::Flowchart,
        format!("{subject}: network"),
        "Ranges of addresses, and what is open between namespaces and to the outside. What is not drawn is closed; the API server, the nodes and Prometheus fetching metrics are left out.".into(),
    );
    let vpc = d.group(None, "VPC", format!("{}, {}", spec.network.vpc.value, *spec.region));
    let (pods, services) = match (&spec.network.pods, &spec.network.services) {
        (Some(pods), Some(services)) => (pods.to_string(), services.to_string()),
        _ => ("the vendor's range".to_owned(), "the vendor's range".to_owned()),
    };
    let cluster = d.group(Some(vpc), "Namespaces of the cluster", format!("pods {pods}, services {services}"));
    let outside = d.group(None, "Outside", "");
    let mut nodes: BTreeMap<End, NodeId> = BTreeMap::new();
    let databases: Vec<String> = facts
        .resources("digitalocean.database")
        .map(|r| format!("{} {}, version {}", engine(r), r.address.name(), attribute(r, "version").unwrap_or_default()))
        .collect();
    for ((from, to), ports) in openings(facts) {
        let a = node(&mut d, &mut nodes, from, [vpc, cluster, outside], &databases);
        let b = node(&mut d, &mut nodes, to, [vpc, cluster, outside], &databases);
        let ports: Vec<String> = ports.iter().map(ToString::to_string).collect();
        d.edge(a, b, if ports.is_empty() { "any port".to_owned() } else { ports.join(" ") }, false);
    }
    for (name, pool) in facts.pools() {
        let addresses = format!("{} addresses", *spec.cluster.nodes);
        d.node(Some(vpc), Kind::Ground, format!("pool {name}"), addresses, vec![pool.size.to_string()]);
    }
    d
}

fn node(
    d: &mut Diagram,
    nodes: &mut BTreeMap<End, NodeId>,
    end: End,
    [vpc, cluster, outside]: [GroupId; 3],
    databases: &[String],
) -> NodeId {
    if let Some(there) = nodes.get(&end) {
        return *there;
    }
    let id = match &end {
        End::Namespace(name) => d.node(Some(cluster), Kind::Service, name.clone(), "", Vec::new()),
        End::Range(range) => d.node(Some(vpc), Kind::Store, "managed databases", range.clone(), databases.to_vec()),
        End::Hosts(hosts) => d.node(Some(outside), Kind::Outside, hosts.clone(), "", Vec::new()),
        End::Internet => d.node(None, Kind::Person, "the internet", "", Vec::new()),
        End::World => d.node(Some(outside), Kind::Outside, "any address", "", Vec::new()),
    };
    nodes.insert(end, id);
    id
}
