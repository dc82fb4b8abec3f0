//! Replicated databases, caches and queues in the cluster: each instance on a node of its own.

use super::{
    page::{error, example, warning},
    pools::of_role,
    say::{at, count, each},
};
use pontoon_core::diagnostic::{CodePage, Diagnostic, Diagnostics};
use pontoon_spec::{
    Located, Spec,
    sections::{
        cluster::Role,
        databases::{Cache, Database},
        queues::Queue,
    },
};

pub(super) const TOO_FEW_NODES: CodePage = error(
    "PT3102",
    "more instances than nodes",
    "Instances of a replicated database are there to survive the loss of a node, each on a node of its own. What finds no node stays pending, however far the pool grows: the copies that are claimed are never made. Counted are the nodes of the pools that take data, at their most.",
    example!("databases: { main: { provider: cloudnative-pg, instances: 5, storage: 10Gi } }"),
    "Write fewer instances, or let the pool grow: nodes: { min: 3, max: 5 }",
);

pub(super) const EVEN: CodePage = warning(
    "PT3110",
    "an even number of queue instances",
    "RabbitMQ's queues decide by majority. Two instances need both, four need three: the last one adds cost and nothing that survives.",
    example!(
        "cluster: { pools: { default: { size: s-4vcpu-8gb, nodes: 3 } } }",
        "queues: { events: { instances: 2, storage: 10Gi } }"
    ),
    "Write 1, 3 or 5 instances.",
);

/// A number that somebody wrote, with its place.
struct Claim<'a> {
    page: Box<dyn Fn(String) -> Diagnostic + 'a>,
    what: String,
    instances: u32,
}

impl<'a> Claim<'a> {
    fn new<T>(value: &'a Located<T>, what: String, instances: u32) -> Claim<'a> {
        Claim { page: Box::new(move |message| at(TOO_FEW_NODES, value, message)), what, instances }
    }
}

pub fn check(specs: &[Spec], out: &mut Diagnostics) {
    each(specs, out, |spec, out| {
        let nodes: u32 = of_role(spec, Role::Data).iter().map(|p| p.nodes.most()).sum();
        for claim in claims(spec).into_iter().filter(|c| c.instances > nodes && nodes > 0) {
            let message = format!(
                "{} has {}, each for a node of its own, and there are at most {}",
                claim.what,
                count(claim.instances, "instance"),
                count(nodes, "node")
            );
            let hint = format!("write at most {nodes}, or let a pool that takes data grow to {}", claim.instances);
            out.push((claim.page)(message).hint(hint));
        }
        for (name, queue) in spec.queues.iter() {
            let Queue::RabbitmqOperator(rabbit) = &queue.value;
            let n = rabbit.instances.get();
            if n.is_multiple_of(2) {
                let message = format!("`{name}` has {n} instances, of which {} have to be there", n / 2 + 1);
                out.push(at(EVEN, &rabbit.instances, message).hint(format!("write instances: {}", n + 1)));
            }
        }
    });
}

fn claims(spec: &Spec) -> Vec<Claim<'_>> {
    let mut all = Vec::new();
    for (name, database) in spec.databases.iter() {
        if let Database::CloudnativePg(pg) = &database.value {
            all.push(Claim::new(&pg.instances, format!("databases.{name}"), pg.instances.get()));
        }
    }
    for (name, cache) in spec.caches.iter() {
        let what = format!("caches.{name}");
        match &cache.value {
            Cache::Valkey(valkey) => all.push(Claim::new(&valkey.replicas, what, valkey.replicas.get() + 1)),
            Cache::ValkeyOperator(valkey) => {
                // Shards may share nodes, but a shard and its replicas may not; and of three shards
                // on fewer nodes a majority goes with one of them.
                let copies = valkey.replicas.get() + 1;
                let majority = valkey.shards.get().min(3);
                let claim = if copies > majority {
                    Claim::new(&valkey.replicas, what, copies)
                } else {
                    Claim::new(&valkey.shards, what, majority)
                };
                all.push(claim);
            }
            Cache::Digitalocean(_) => {}
        }
    }
    for (name, queue) in spec.queues.iter() {
        let Queue::RabbitmqOperator(rabbit) = &queue.value;
        all.push(Claim::new(&rabbit.instances, format!("queues.{name}"), rabbit.instances.get()));
    }
    all
}
