//! The smallest change of one pool that makes everything fit, found by trying.

use super::{
    Unfit,
    demand::{Demand, bare},
    found,
};
use pontoon_spec::{Spec, sections::cluster::Nodes, types::Scalar};

/// How many more nodes are tried before a larger size is.
const MORE: u32 = 8;
/// Sizes that pools are made of, each larger than the one before in nothing less. Source: DOKS reference, "Node sizes".
const SIZES: [&str; 5] = ["s-2vcpu-4gb", "s-4vcpu-8gb", "s-8vcpu-16gb", "m-4vcpu-32gb", "m-8vcpu-64gb"];

/// Another number of nodes of a pool, of another size, or both.
#[derive(Clone, Copy)]
struct Change {
    pool: usize,
    size: Option<&'static str>,
    more: u32,
}

/// What to write instead, as text to type; none where no change of one pool is enough.
///
/// More nodes come before larger ones: another size replaces the pool.
pub fn smallest(spec: &Spec, demand: &Demand, unfit: &Unfit) -> Option<String> {
    let on = |size, more| unfit.pools.iter().map(move |pool| Change { pool: *pool, size, more });
    let more = if unfit.grows { MORE } else { 0 };
    let grown = (1..=more).flat_map(|more| on(None, more));
    let larger = (0..=more).flat_map(|more| SIZES.into_iter().flat_map(move |size| on(Some(size), more)));
    let solves = |demand: &Demand| found(demand).is_none_or(|next| unfit.certain && !next.certain);
    // What components ask for may depend on the nodes: what seems to solve it is tried on the whole document.
    let tried = |change: Change| {
        solves(&packed(demand, change)?).then_some(())?;
        let (changed, text) = written(spec, change)?;
        solves(&Demand::of(&changed)?).then_some(text)
    };
    grown.chain(larger).find_map(tried)
}

/// The same pods on the nodes after a change; none where the other size is no larger one.
fn packed(demand: &Demand, change: Change) -> Option<Demand> {
    let mut demand = demand.clone();
    let pool = demand.pools.get_mut(change.pool)?;
    if let Some(size) = change.size {
        let new = bare(size)?;
        if new.cpu < pool.bare.cpu || new.memory <= pool.bare.memory {
            return None;
        }
        pool.bare = new;
    }
    if pool.least == pool.most {
        pool.least += change.more;
    }
    pool.most += change.more;
    Some(demand)
}

/// The environment after a change, and what somebody has to write for it.
fn written(spec: &Spec, change: Change) -> Option<(Spec, String)> {
    let mut spec = spec.clone();
    let (name, pool) = spec.cluster.value.pools.value.get_index_mut(change.pool)?;
    let mut texts = Vec::new();
    if let Some(size) = change.size {
        pool.value.size.value = Scalar::read(size).ok()?;
        texts.push(format!("cluster.pools.{name}.size: {size}"));
    }
    if change.more > 0 {
        texts.push(format!("cluster.pools.{name}.nodes: {}", grow(&mut pool.value.nodes.value, change.more)?));
    }
    Some((spec, texts.join(" and ")))
}

/// Lets a pool have more nodes: at most, where the autoscaler decides.
fn grow(nodes: &mut Nodes, more: u32) -> Option<String> {
    let most = nodes.most() + more;
    match nodes.max.as_mut() {
        Some(max) if nodes.min.get() != max.get() => {
            max.value = Scalar::read(&most.to_string()).ok()?;
            Some(format!("{{ min: {}, max: {most} }}", nodes.min.get()))
        }
        max => {
            nodes.min.value = Scalar::read(&most.to_string()).ok()?;
            if let Some(max) = max {
                max.value = Scalar::read(&most.to_string()).ok()?;
            }
            Some(most.to_string())
        }
    }
}
