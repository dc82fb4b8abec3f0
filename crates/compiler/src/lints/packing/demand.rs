//! What is packed: the pods of an environment's components, and the nodes of its pools.

use super::{
    super::fit,
    pack::{Group, Node, Room},
};
use pontoon_catalog::components::{Site, build, charts::Lock};
use pontoon_core::{
    content::{Place, Workload},
    quantity::{Effect, Taint},
};
use pontoon_spec::{
    Located, Spec,
    sections::{
        cluster::{Pool, Role},
        delivery::Gitops,
    },
};

/// What the service's own pods on a node are taken to ask for: the network, volumes, the tunnel to the control plane,
/// and the node's share of DNS. An assumption on the low side: the vendor publishes no figures.
const SERVICE: Room = Room { cpu: 300, memory: 400, volumes: 0 };
/// Pods that a node runs. Source: DOKS reference, "Cluster limits".
const PODS: u64 = 110;
/// What Flux's controllers ask for: millicores, MiB. Source: Flux's own release.
const CONTROLLERS: [(&str, u32, u32); 4] = [
    ("source-controller", 50, 64),
    ("helm-controller", 100, 64),
    ("notification-controller", 100, 64),
    ("kustomize-controller", 100, 64),
];

/// How many pods and nodes are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Run {
    /// The fewest nodes and pods.
    Least,
    /// The most nodes and pods.
    Most,
    /// The same without one node of a pool, as a number.
    Lost(usize),
}

/// A pool with what each of its nodes gives away.
#[derive(Debug, Clone)]
pub struct Nodes {
    /// Its name.
    pub name: String,
    /// How many nodes it has at least.
    pub least: u32,
    /// How many it has at most.
    pub most: u32,
    /// What one of them gives away.
    pub bare: Room,
}

/// All that is packed.
#[derive(Debug, Clone)]
pub struct Demand {
    /// The pools, in the order of the document.
    pub pools: Vec<Nodes>,
    /// What every node runs: the service's own pods, and the platform's.
    pub each: Room,
    /// Whether high availability is asked for.
    promised: bool,
    /// Each with where it comes from and the pools that it may run in.
    workloads: Vec<(Workload, String, Vec<usize>)>,
}

/// What a node of a size gives away; none where its name does not say what it has.
pub fn bare(size: &str) -> Option<Room> {
    fit::room(size).map(|given| Room { cpu: given.cpu, memory: given.memory, volumes: fit::VOLUMES_A_NODE.into() })
}

impl Demand {
    /// What an environment asks for; none where the size of a pool does not say what a node has.
    pub fn of(spec: &Spec) -> Option<Demand> {
        let nodes = |name: &str, pool: &Pool| {
            let (least, most) = (pool.nodes.least(), pool.nodes.most());
            Some(Nodes { name: name.to_owned(), least, most, bare: bare(&pool.size)? })
        };
        let pools = spec.cluster.pools.iter().map(|(n, p)| nodes(n.as_str(), p)).collect::<Option<Vec<_>>>()?;
        let lock = Lock::new();
        let mut workloads = flux(spec);
        for component in build(&Site::new(spec, &lock)) {
            let path = component.origin.path;
            workloads.extend(component.footprint.into_iter().map(|w| {
                let pools = candidates(spec, w.place);
                (w, path.clone(), pools)
            }));
        }
        let on_each = |w: &Workload| w.place == Place::EveryNode;
        let each = workloads.iter().map(|(w, ..)| w).filter(|w| on_each(w)).fold(SERVICE, |sum, w| sum.and(asks(w), 1));
        workloads.retain(|(w, ..)| !on_each(w));
        Some(Demand { pools, each, promised: *spec.cluster.high_availability, workloads })
    }

    /// The nodes of a run.
    pub fn nodes(&self, run: Run) -> Vec<Node> {
        let mut all = Vec::new();
        for (index, own) in self.pools.iter().enumerate() {
            let Some(left) = own.bare.less(self.each) else { continue };
            for _ in 0..self.count(index, run) {
                all.push(Node { pool: index, left, pods: PODS });
            }
        }
        all
    }

    /// The pods of a run that have a pool at all; of those without one PT3101 speaks. Instances that stay away from each
    /// other wait for the node that is lost: that is what they are for.
    pub fn groups(&self, run: Run) -> Vec<Group> {
        let group = |(w, path, pools): &(Workload, String, Vec<usize>)| {
            let pods = u64::from(if run == Run::Least { w.least } else { w.most });
            let nodes: u64 = pools.iter().map(|p| u64::from(self.count(*p, run))).sum();
            let lost = matches!(run, Run::Lost(_));
            let pods = if lost && (w.spread || nodes == 0) { pods.min(nodes) } else { pods };
            Group { name: w.name.clone(), path: path.clone(), pods, asks: asks(w), spread: w.spread, pools: pools.clone() }
        };
        self.workloads.iter().filter(|(_, _, pools)| !pools.is_empty()).map(group).collect()
    }

    /// Whether the loss of a node of a pool is one to survive: high availability is asked for, or the document asks for
    /// two replicas of something there.
    pub fn survives(&self, pool: usize) -> bool {
        let asked = |place: Place| matches!(place, Place::Workload | Place::Data);
        self.promised || self.workloads.iter().any(|(w, _, pools)| asked(w.place) && w.least > 1 && pools.contains(&pool))
    }

    fn count(&self, pool: usize, run: Run) -> u32 {
        let Some(own) = self.pools.get(pool) else { return 0 };
        match run {
            Run::Least => own.least,
            Run::Lost(lost) if lost == pool => own.most.saturating_sub(1),
            _ => own.most,
        }
    }
}

fn asks(w: &Workload) -> Room {
    Room { cpu: w.cpu.into(), memory: w.memory.into(), volumes: (w.volume > 0).into() }
}

/// Flux's controllers: the last only where there is a repository to follow. Its release places them nowhere, so they run
/// wherever nothing repels them.
fn flux(spec: &Spec) -> Vec<(Workload, String, Vec<usize>)> {
    let count = match *spec.delivery.gitops {
        Gitops::None => 3,
        Gitops::Flux => 4,
        Gitops::Argocd => 0,
    };
    let pools = open(spec, |_| true, &[]);
    let one = |(name, cpu, memory): &(&str, u32, u32)| {
        let (name, cpu, memory) = ((*name).to_owned(), *cpu, *memory);
        let own = Workload { name, place: Place::System, least: 1, most: 1, cpu, memory, volume: 0, spread: false };
        (own, "delivery".to_owned(), pools.clone())
    };
    CONTROLLERS.iter().take(count).map(one).collect()
}

/// The pools that what goes to a place may run in: by the label that it selects, and by the taints that it tolerates.
fn candidates(spec: &Spec, place: Place) -> Vec<usize> {
    let role = match place {
        Place::Workload => Role::Workload,
        Place::Monitoring => Role::Monitoring,
        Place::Data => Role::Data,
        Place::System | Place::EveryNode => Role::System,
    };
    let pools = || spec.cluster.pools.values().map(|p| &p.value);
    let is = |p: &Pool, wanted: Role| p.role.as_ref().is_some_and(|r| **r == wanted);
    let selected = [role, Role::System].into_iter().find(|wanted| pools().any(|p| is(p, *wanted)));
    let own = |p: &Pool| selected.map_or(p.role.is_none(), |wanted| is(p, wanted));
    let tolerated: Vec<&Taint> = pools().filter(|p| own(p)).flat_map(|p| p.taints.iter().map(|t| &t.value)).collect();
    open(spec, |p| selected.is_none() || own(p), &tolerated)
}

/// The pools of some that do not repel what tolerates these taints. Those that would rather have others come last.
fn open(spec: &Spec, of: impl Fn(&Pool) -> bool, tolerated: &[&Taint]) -> Vec<usize> {
    let strange = |p: &Pool, soft: bool| {
        let is = |t: &Located<Taint>| !tolerated.contains(&&t.value) && (t.effect == Effect::PreferNoSchedule) == soft;
        p.taints.iter().any(is)
    };
    let pools = spec.cluster.pools.values().enumerate().filter(|(_, p)| of(p) && !strange(p, false));
    let mut found: Vec<(bool, usize)> = pools.map(|(i, p)| (strange(p, true), i)).collect();
    found.sort();
    found.into_iter().map(|(_, i)| i).collect()
}
