//! Pools: whether everything has somewhere to run, and what is promised of nodes.

use super::{
    page::{error, example, warning},
    say::{at, each, list},
};
use pontoon_core::{
    diagnostic::{CodePage, Diagnostics},
    quantity::{Effect, Taint},
};
use pontoon_spec::{
    Located, Spec,
    sections::cluster::{Pool, Role},
};

pub(super) const NOWHERE: CodePage = error(
    "PT3101",
    "pools that repel everything",
    "A taint with NoSchedule or NoExecute keeps away what does not tolerate it. The cluster's own DNS is the vendor's: nobody can make it tolerate anything, and without it no name is found in the cluster. So is every component whose role has no pool. (DOKS issue 31.)",
    example!(
        "cluster:",
        "  pools:",
        "    app: { role: workload, size: s-2vcpu-4gb, nodes: 2, taints: [ \"service=app:NoSchedule\" ] }",
        "    monitoring: { role: monitoring, size: s-2vcpu-4gb, nodes: 2, taints: [ \"service=monitoring:NoSchedule\" ] }",
    ),
    "Write PreferNoSchedule at one pool, or remove its taint.",
);

pub(super) const ONE_NODE: CodePage = error(
    "PT3103",
    "high availability on one node",
    "`highAvailability` makes three of the control plane. All of the platform still runs on the nodes, and stops with the only one.",
    example!("cluster: { highAvailability: true, pools: { default: { size: s-4vcpu-8gb, nodes: 1 } } }"),
    "Write `nodes: 2` or more, or highAvailability: false",
);

pub(super) const EMPTY: CodePage = warning(
    "PT3113",
    "a pool that may be empty",
    "Autoscaling down to no node is a private preview of DigitalOcean; accounts outside of it are refused when the pool is made.",
    example!(
        "cluster:",
        "  pools:",
        "    default: { size: s-2vcpu-4gb, nodes: 2 }",
        "    batch: { size: s-2vcpu-4gb, nodes: { min: 0, max: 3 } }",
    ),
    "Write `min: 1`, or accept it if your account takes part: accept: [ PT3113 ] in the pool.",
);

pub fn check(specs: &[Spec], out: &mut Diagnostics) {
    each(specs, out, |spec, out| {
        nowhere(spec, out);
        one_node(spec, out);
        for (name, pool) in spec.cluster.pools.iter() {
            if pool.nodes.least() == 0 && pool.nodes.most() > 0 {
                let message = format!("`{name}` may have no node, which only accounts of a private preview can ask for");
                out.push(at(EMPTY, &pool.nodes, message).hint("write min: 1"));
            }
        }
    });
}

/// The taint of a pool that keeps away what does not tolerate it.
fn repels(pool: &Pool) -> Option<&Located<Taint>> {
    pool.taints.iter().find(|t| matches!(t.effect, Effect::NoSchedule | Effect::NoExecute))
}

/// The pools that things of a role may run in: their own, which they tolerate, and those without a
/// role; otherwise the system's; otherwise any that repels nobody.
pub fn of_role(spec: &Spec, role: Role) -> Vec<&Pool> {
    let pools = || spec.cluster.pools.values().map(|p| &p.value);
    let own = |p: &&Pool| match &p.role {
        Some(r) => **r == role,
        None => repels(p).is_none(),
    };
    let system = |p: &&Pool| p.role.as_ref().is_some_and(|r| **r == Role::System) && repels(p).is_none();
    let mut found: Vec<&Pool> = pools().filter(own).collect();
    if found.is_empty() {
        found = pools().filter(system).collect();
    }
    if found.is_empty() {
        found = pools().filter(|p| repels(p).is_none()).collect();
    }
    found
}

fn nowhere(spec: &Spec, out: &mut Diagnostics) {
    let pools = &spec.cluster.pools;
    let taints: Vec<(&str, &Located<Taint>)> = pools.iter().filter_map(|(n, p)| Some((n.as_str(), repels(p)?))).collect();
    let (Some((_, first)), true) = (taints.first(), taints.len() == pools.len()) else { return };
    let has = |role| pools.values().any(|p| p.role.as_ref().is_some_and(|r| **r == role));
    let roles = [
        (Role::System, "the platform's own components"),
        (Role::Workload, "apps"),
        (Role::Monitoring, "telemetry"),
        (Role::Data, "databases in the cluster"),
    ];
    let mut homeless = vec!["the cluster's own DNS"];
    homeless.extend(roles.into_iter().filter(|(role, _)| !has(*role)).map(|(_, what)| what));
    let verb = if homeless.len() == 1 { "has" } else { "have" };
    let message = format!("every pool repels {}, which {verb} nowhere to run", list(&homeless));
    let problem = at(NOWHERE, first, message);
    let problem = taints.iter().skip(1).fold(problem, |p, (name, t)| p.label(t.at.clone(), format!("`{name}` repels too")));
    let gentle = Taint { effect: Effect::PreferNoSchedule, ..first.value.clone() };
    out.push(problem.hint(format!("write \"{gentle}\", or remove the taint of one pool")));
}

fn one_node(spec: &Spec, out: &mut Diagnostics) {
    let cluster = &spec.cluster;
    let nodes: u32 = cluster.pools.values().map(|p| p.nodes.least()).sum();
    if *cluster.high_availability && nodes < 2 {
        let message = "high availability is asked for, and there may be one node only";
        let problem = at(ONE_NODE, &cluster.high_availability, message);
        let pool = cluster.pools.values().next();
        let problem = problem.label(pool.and_then(|p| p.nodes.at.clone()), "may be one node");
        out.push(problem.hint("write nodes: 2, or highAvailability: false"));
    }
}
