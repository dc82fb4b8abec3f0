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

pub(super) const UNKNOWN_SIZE: CodePage = warning(
    "PT3123",
    "a size of databases that is not known",
    "Cores and memory of the vendor's basic sizes (`db-s-…`) come in fixed pairs. One that is not among those of this version's list is refused when the database is made, unless the vendor added it since. Other families are not checked.",
    example!("databases: { main: { provider: digitalocean, size: db-s-2vcpu-2gb } }"),
    "Write one of: db-s-1vcpu-1gb, db-s-1vcpu-2gb, db-s-2vcpu-4gb, db-s-4vcpu-8gb, db-s-6vcpu-16gb, db-s-8vcpu-32gb, db-s-16vcpu-64gb. If the vendor has it, accept it in the database: accept: [ PT3123 ]",
);

pub(super) const UNMAINTAINED: CodePage = warning(
    "PT5102",
    "hyperspike's Valkey operator is hardly maintained",
    "It was last changed in December 2025. It always makes a cluster of shards, and what it makes of `replicas` are further primaries (its issue 186).",
    example!(
        "cluster: { pools: { default: { size: s-4vcpu-8gb, nodes: 3 } } }",
        "caches: { main: { provider: valkey-operator, shards: 3, storage: 8Gi } }"
    ),
    "Write `provider: valkey`, the chart of the Valkey project. To stay: accept: [ PT5102 ] in the cache.",
);

/// The vendor's basic sizes: cores and GB. Source: `GET /v2/databases/options`, as of 2026-11.
const BASIC: &[(&str, u32)] = &[
    ("db-s-1vcpu-1gb", 1),
    ("db-s-1vcpu-2gb", 2),
    ("db-s-2vcpu-4gb", 4),
    ("db-s-4vcpu-8gb", 8),
    ("db-s-6vcpu-16gb", 16),
    ("db-s-8vcpu-32gb", 32),
    ("db-s-16vcpu-64gb", 64),
];

pub fn check(specs: &[Spec], out: &mut Diagnostics) {
    each(specs, out, |spec, out| {
        for (name, database) in spec.databases.iter() {
            if let Database::Digitalocean(pg) = &database.value {
                managed(&format!("databases.{name}"), &pg.size, &pg.instances, out);
            }
        }
        for (name, cache) in spec.caches.iter() {
            match &cache.value {
                Cache::Digitalocean(valkey) => managed(&format!("caches.{name}"), &valkey.size, &valkey.instances, out),
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

fn managed(what: &str, size: &Located<DatabaseSize>, instances: &Located<Whole<1, 3>>, out: &mut Diagnostics) {
    if size.starts_with("db-s-") && !BASIC.iter().any(|(known, _)| *known == size.as_str()) {
        let wanted = gigabytes(size).unwrap_or(1);
        let near = BASIC.iter().find(|(_, gigabytes)| *gigabytes >= wanted).or(BASIC.last());
        let message = format!("{what}: `{}` is none of the vendor's sizes that are known", **size);
        let hint = near.map_or("see: pontoon doctor".into(), |(near, _)| format!("write size: {near}"));
        out.push(at(UNKNOWN_SIZE, size, message).hint(hint));
    }
    if gigabytes(size) == Some(1) && instances.get() > 1 {
        let message = format!("{what} asks for {} instances, and {} has no standby", instances.get(), **size);
        let problem = at(NO_STANDBY, instances, message).label(size.at.clone(), "has one instance only");
        out.push(problem.hint("write instances: 1, or size: db-s-1vcpu-2gb"));
    }
}
