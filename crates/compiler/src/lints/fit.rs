//! Whether what the document itself asks for fits on the nodes, at the most of both. What the
//! platform's components take comes on top, so that a refusal here is certain.

use super::{
    page::{error, example},
    pools::of_role,
    say::{at, count, each},
};
use pontoon_core::diagnostic::{CodePage, Diagnostics};
use pontoon_spec::{
    Located, Spec,
    sections::{
        apps::{App, Resources},
        cluster::{Pool, Role},
        databases::{Cache, Database},
        queues::Queue,
    },
};

pub(super) const DOES_NOT_FIT: CodePage = error(
    "PT3111",
    "apps that do not fit on the nodes",
    "The CPU and memory that apps ask for at their most replicas is more than the nodes of their pools give away at their most; with `highAvailability`, with one node lost. A node gives away less than its size says: of 4 GB 2.5 GiB, of 8 GB 6, of 16 GB 13, of 32 GB 28, of 64 GB 58, and a tenth of a core less.",
    example!(
        "apps: { web: { image: { repository: ghcr.io/example-org/web, tag: \"1.0\" }, replicas: 4, resources: { cpu: 1000m, memory: 2Gi } } }",
    ),
    "Let the pool grow, take larger nodes, or ask for less.",
);

pub(super) const VOLUMES: CodePage = error(
    "PT3112",
    "more volumes than nodes can attach",
    "A node attaches at most 15 volumes. An instance whose volume cannot be attached stays pending.",
    example!(
        "cluster: { pools: { default: { size: s-2vcpu-4gb, nodes: 3 } } }",
        "caches: { main: { provider: valkey-operator, shards: 46, storage: 1Gi, accept: [ PT5102 ] } }",
    ),
    "Let the pools that take data grow, or write fewer instances.",
);

/// Volumes that a node attaches. Source: DOKS reference, "Volume limits".
pub(super) const VOLUMES_A_NODE: u32 = 15;

pub fn check(specs: &[Spec], out: &mut Diagnostics) {
    each(specs, out, |spec, out| {
        apps(spec, out);
        volumes(spec, out);
    });
}

/// What a node gives away: thousandths of a core, and MiB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Room {
    pub(super) cpu: u64,
    pub(super) memory: u64,
}

/// What a size gives away, if its name says what it is.
pub(super) fn room(size: &str) -> Option<Room> {
    let number = |unit: &str| size.split('-').find_map(|p| p.strip_suffix(unit)?.parse::<u64>().ok());
    let (cores, gigabytes) = (number("vcpu")?, number("gb")?);
    // Source: DOKS reference, "Allocatable memory". Sizes in between give away no more than they have.
    let memory = match gigabytes {
        4 => 2560,
        8 => 6 * 1024,
        16 => 13 * 1024,
        32 => 28 * 1024,
        64 => 58 * 1024,
        other => other * 1024,
    };
    Some(Room { cpu: (cores * 1000).saturating_sub(100), memory })
}

fn replicas(app: &App) -> u64 {
    match &app.replicas {
        Some(replicas) => replicas.most().into(),
        None => app.image.is_some().into(),
    }
}

fn apps(spec: &Spec, out: &mut Diagnostics) {
    let pools = of_role(spec, Role::Workload);
    let Some(rooms) = pools.iter().map(|p| Some((room(&p.size)?, u64::from(p.nodes.most())))).collect::<Option<Vec<_>>>() else {
        return;
    };
    let in_cloud = |app: &App| app.runs_on.is_empty() || app.runs_on.iter().any(|p| p.as_str() == "cloud");
    let asking: Vec<(&str, &App, &Located<Resources>)> = spec
        .apps
        .iter()
        .filter(|(_, app)| in_cloud(app))
        .filter_map(|(name, app)| Some((name.as_str(), &app.value, app.resources.as_ref()?)))
        .collect();
    for (name, _, resources) in &asking {
        let fits = |r: &Room| r.cpu >= u64::from(resources.cpu.millis()) && r.memory >= resources.memory.in_mebibytes();
        if !rooms.is_empty() && !rooms.iter().any(|(r, _)| fits(r)) {
            let message = format!(
                "one replica of `{name}` asks for {} of CPU and {} of memory, which no node gives away",
                *resources.cpu, *resources.memory
            );
            let problem = at(DOES_NOT_FIT, *resources, message).label(place(&pools), "the nodes' size");
            out.push(problem.hint("ask for less, or take larger nodes, such as size: s-8vcpu-16gb"));
            return;
        }
    }
    let lost = if *spec.cluster.high_availability { 1 } else { 0 };
    let largest = |of: fn(&Room) -> u64| rooms.iter().map(|(r, _)| of(r)).max().unwrap_or(0);
    let given = |of: fn(&Room) -> u64| rooms.iter().map(|(r, n)| of(r) * n).sum::<u64>().saturating_sub(lost * largest(of));
    let asked = |of: &dyn Fn(&Resources) -> u64| asking.iter().map(|(_, app, r)| of(r) * replicas(app)).sum::<u64>();
    let (cpu, memory) = (asked(&|r| r.cpu.millis().into()), asked(&|r| r.memory.in_mebibytes()));
    let (has_cpu, has_memory) = (given(|r| r.cpu), given(|r| r.memory));
    let most = asking.iter().max_by_key(|(_, app, r)| u64::from(r.cpu.millis()) * replicas(app));
    if let Some((_, _, resources)) = most.filter(|_| cpu > has_cpu || memory > has_memory) {
        let with = if lost > 0 { " with one node lost" } else { "" };
        let message = format!(
            "at their most, apps ask for {cpu}m of CPU and {memory}Mi of memory, and the nodes give away at most {has_cpu}m and {has_memory}Mi{with}"
        );
        let problem = at(DOES_NOT_FIT, *resources, message).label(place(&pools), "the nodes' size");
        out.push(problem.hint("let the pool grow, such as nodes: { min: 3, max: 6 }, or lower `replicas`"));
    }
}

fn place(pools: &[&Pool]) -> Option<pontoon_core::diagnostic::Place> {
    pools.first().and_then(|p| p.size.at.clone())
}

fn volumes(spec: &Spec, out: &mut Diagnostics) {
    let databases = spec.databases.values().map(|d| match &d.value {
        Database::CloudnativePg(pg) => pg.instances.get(),
        Database::Digitalocean(_) => 0,
    });
    let caches = spec.caches.values().map(|c| match &c.value {
        Cache::Valkey(v) => v.replicas.get() + 1,
        Cache::ValkeyOperator(v) => v.shards.get() * (v.replicas.get() + 1),
        Cache::Digitalocean(_) => 0,
    });
    let queues = spec.queues.values().map(|q| {
        let Queue::RabbitmqOperator(rabbit) = &q.value;
        rabbit.instances.get()
    });
    let wanted: u32 = databases.chain(caches).chain(queues).sum();
    let pools = of_role(spec, Role::Data);
    let nodes: u32 = pools.iter().map(|p| p.nodes.most()).sum();
    if nodes > 0
        && wanted > nodes * VOLUMES_A_NODE
        && let Some(first) = pools.first()
    {
        let message = format!(
            "databases, caches and queues have {}, and {} attach at most {}",
            count(wanted, "volume"),
            count(nodes, "node"),
            nodes * VOLUMES_A_NODE
        );
        let hint = format!("let the pools that take data grow to {} nodes", wanted.div_ceil(VOLUMES_A_NODE));
        out.push(at(VOLUMES, &first.nodes, message).hint(hint));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_give_away_less_than_they_have() {
        assert_eq!(room("s-2vcpu-4gb"), Some(Room { cpu: 1900, memory: 2560 }));
        assert_eq!(room("m-4vcpu-32gb"), Some(Room { cpu: 3900, memory: 28 * 1024 }));
        assert_eq!(room("c-2"), None, "its name does not say how much memory it has");
    }
}
