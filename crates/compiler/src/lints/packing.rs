//! Whether the pods of the platform and of its apps find a node: packed at the fewest nodes, at the most, and with one
//! node lost.
//!
//! What each pod asks for is what its component writes, so that what is left over stays pending in the cluster too. Who
//! waits at the fewest nodes of a pool that grows is not spoken of: the autoscaler adds what it waits for. And where a
//! pass has said more exactly what is too much, this one is silent.

mod demand;
mod pack;
mod remedy;

use super::{
    fit,
    page::{error, example, warning},
    say::{at, count, each, list},
    spread,
};
use demand::{Demand, Run};
use pack::{Group, Left, Room, pack};
use pontoon_core::diagnostic::{CodePage, Diagnostics};
use pontoon_spec::Spec;

pub(super) const NO_NODE: CodePage = error(
    "PT3131",
    "pods that find no node",
    "The pods of the platform's components and of apps are packed on the nodes of their pools, each with what it asks for, at the fewest nodes and at the most. What finds no node stays pending, and what waits for it does too. A node gives away what PT3111 says; of that the service's own pods are taken to ask for 300m of CPU and 400Mi of memory on each, which is assumed, on the low side, and what runs on every node comes first. A node attaches 15 volumes and runs 110 pods. Pods that the autoscaler makes room for are not spoken of. Apps that write no `resources` are not counted.",
    example!(
        "cluster: { pools: { default: { size: s-2vcpu-4gb, nodes: { min: 1, max: 2 } } } }",
        "apps: { web: { image: { repository: ghcr.io/example-org/web, tag: \"1.0\" }, replicas: 3, resources: { cpu: 600m, memory: 1Gi } } }",
    ),
    "Write what the help says, or ask for less.",
);

pub(super) const ONE_LOST: CodePage = warning(
    "PT3132",
    "pods that find no node when one is lost",
    "All pods fit at the most nodes, but not when one of them is lost: until the vendor has replaced it, what was on it stays pending. Said where `highAvailability` is asked for, or an app, database, cache or queue in the pool has two replicas; not of a pool of one node, see PT3103. Counted as PT3131 says. Instances of databases that stay away from each other may wait.",
    example!(
        "cluster: { highAvailability: true, pools: { default: { size: s-4vcpu-8gb, nodes: 2 } } }",
        "apps: { web: { image: { repository: ghcr.io/example-org/web, tag: \"1.0\" }, replicas: 2, resources: { cpu: 1500m, memory: 2Gi } } }",
    ),
    "Write what the help says, or accept it in the pool: accept: [ PT3132 ]",
);

pub fn check(specs: &[Spec], out: &mut Diagnostics) {
    each(specs, out, |spec, out| {
        let mut said = Diagnostics::new();
        fit::check(std::slice::from_ref(spec), &mut said);
        spread::check(std::slice::from_ref(spec), &mut said);
        if said.has_errors() {
            return;
        }
        let Some(demand) = Demand::of(spec) else { return };
        let Some(unfit) = found(&demand) else { return };
        let page = if unfit.certain { NO_NODE } else { ONE_LOST };
        let Some(pool) = unfit.pools.first().and_then(|i| spec.cluster.pools.values().nth(*i)) else { return };
        let hint = match remedy::smallest(spec, &demand, &unfit) {
            Some(text) => format!("write {text}"),
            None => "no change of one pool is enough: ask for less, or write a pool with a role of its own for a part".to_owned(),
        };
        let problem = at(page, &pool.nodes, unfit.message).label(pool.size.at.clone(), "the nodes' size");
        out.push(problem.hint(hint));
    });
}

/// What does not fit.
struct Unfit {
    /// Whether it is so with all nodes there.
    certain: bool,
    /// The pools whose change may help, as numbers.
    pools: Vec<usize>,
    /// Whether more nodes may help; otherwise only larger ones.
    grows: bool,
    message: String,
}

/// The first thing that does not fit: at the fewest nodes, at the most, with one node lost.
fn found(demand: &Demand) -> Option<Unfit> {
    if let Some((index, pool)) = demand.pools.iter().enumerate().find(|(_, p)| p.bare.less(demand.each).is_none()) {
        let lacks = amount(pool.bare.lacks(demand.each));
        let message = format!("what runs on every node does not fit on a node of `{}`, which lacks {lacks}", pool.name);
        return Some(Unfit { certain: true, pools: vec![index], grows: false, message });
    }
    let lost = (0..demand.pools.len()).filter(|p| demand.survives(*p)).map(Run::Lost);
    [Run::Least, Run::Most].into_iter().chain(lost).find_map(|run| unfit(demand, run))
}

fn unfit(demand: &Demand, run: Run) -> Option<Unfit> {
    let mut groups = demand.groups(run);
    if run == Run::Least {
        // Whoever may go to a pool that grows waits for the autoscaler.
        groups.retain(|group| group.pools.iter().all(|p| demand.pools.get(*p).is_some_and(|p| p.least == p.most)));
    }
    let left = pack(&demand.nodes(run), &groups);
    let left: Vec<(&Left, &Group)> = left.iter().filter_map(|l| Some((l, groups.get(l.group)?))).collect();
    let (first, group) = left.first()?;
    let when = match run {
        Run::Least => "at the fewest replicas".to_owned(),
        Run::Most => "at the most nodes and replicas".to_owned(),
        Run::Lost(pool) => format!("with one node of `{}` lost", demand.pools.get(pool).map_or("", |p| &p.name)),
    };
    let lacks = first.nearest.lacks(group.asks);
    let why = if lacks == Room::default() {
        "each node with room has one of it already, or runs as many pods as it may".to_owned()
    } else {
        format!("the nearest lacks {}", amount(lacks))
    };
    let all = left.iter().fold(Room::default(), |sum, (l, g)| sum.and(g.asks, l.pods));
    let pods: u64 = left.iter().map(|(l, _)| l.pods).sum();
    let message = format!(
        "{when}, `{}` ({}) finds no node for {}: each asks for {}, and {why}; in all, {} with {} {} left over",
        group.name,
        group.path,
        count(first.pods, "pod"),
        amount(group.asks),
        count(pods, "pod"),
        amount(all),
        if pods == 1 { "is" } else { "are" },
    );
    Some(Unfit { certain: !matches!(run, Run::Lost(_)), pools: group.pools.clone(), grows: true, message })
}

/// `100m of CPU, 256Mi of memory and 1 volume`, without what is nothing.
fn amount(room: Room) -> String {
    let parts = [
        (room.cpu, format!("{}m of CPU", room.cpu)),
        (room.memory, format!("{}Mi of memory", room.memory)),
        (room.volumes, count(room.volumes, "volume")),
    ];
    let parts: Vec<String> = parts.into_iter().filter(|(n, _)| *n > 0).map(|(_, text)| text).collect();
    list(&parts)
}
