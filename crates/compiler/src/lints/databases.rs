//! Databases and caches: what their plans and operators can do.

use super::{
    page::{error, example, warning},
    say::{at, each},
};
use pontoon_core::diagnostic::{CodePage, Diagnostics};
use pontoon_spec::{
    Located, Spec,
    sections::databases::{Cache, Database},
    types::{DatabaseSize, Whole},
};

pub(super) const NO_STANDBY: CodePage = error(
    "PT3104",
    "a plan without a standby",
    "The vendor offers its smallest databases, of 1 GB, with one instance only.",
    example!("databases: { main: { provider: digitalocean, size: db-s-1vcpu-1gb, instances: 2 } }"),
    "Write a larger size, such as size: db-s-1vcpu-2gb; databases can grow, never shrink.",
);

pub(super) const UNMAINTAINED: CodePage = warning(
    "PT5102",
    "hyperspike's Valkey operator is hardly maintained",
    "It was last changed in December 2025. It always makes a cluster of shards, and what it makes of `replicas` are further primaries (its issue 186).",
    example!("caches: { main: { provider: valkey-operator, shards: 3, storage: 8Gi } }"),
    "Write `provider: valkey`, the chart of the Valkey project. To stay: accept: [ PT5102 ] in the cache.",
);

pub fn check(specs: &[Spec], out: &mut Diagnostics) {
    each(specs, out, |spec, out| {
        for (name, database) in spec.databases.iter() {
            if let Database::Digitalocean(pg) = &database.value {
                standby(&format!("databases.{name}"), &pg.size, &pg.instances, out);
            }
        }
        for (name, cache) in spec.caches.iter() {
            match &cache.value {
                Cache::Digitalocean(valkey) => standby(&format!("caches.{name}"), &valkey.size, &valkey.instances, out),
                Cache::ValkeyOperator(_) => {
                    let message = format!("caches.{name} is made by hyperspike's operator, last changed in December 2025");
                    let hint = "write provider: valkey, or accept it in the cache: accept: [ PT5102 ]";
                    out.push(at(UNMAINTAINED, cache, message).hint(hint));
                }
                Cache::Valkey(_) => {}
            }
        }
    });
}

/// The memory of a database's size in GB, if its name says it: `db-s-1vcpu-2gb` has 2.
pub fn gigabytes(size: &str) -> Option<u32> {
    size.split('-').find_map(|part| part.strip_suffix("gb")?.parse().ok())
}

fn standby(what: &str, size: &Located<DatabaseSize>, instances: &Located<Whole<1, 3>>, out: &mut Diagnostics) {
    if gigabytes(size) == Some(1) && instances.get() > 1 {
        let message = format!("{what} asks for {} instances, and {} has no standby", instances.get(), **size);
        let problem = at(NO_STANDBY, instances, message).label(size.at.clone(), "has one instance only");
        out.push(problem.hint("write instances: 1, or size: db-s-1vcpu-2gb"));
    }
}
