//! Lints: what is wrong with a platform though each of its values is well-formed.
//!
//! Each concern is one file with its passes and the pages of its codes; a pass reads the resolved
//! specs of all environments and pushes diagnostics. Whatever needs the contents of the cluster, an
//! account or a repository is not decided here. An error is said only where it is certain; where a
//! figure is assumed, and not on the low side, it is a warning. The page names the assumption.

mod access;
mod account;
mod buckets;
mod budget;
mod connections;
mod databases;
mod delivery;
mod fit;
mod hosts;
mod images;
mod ingress;
mod login;
mod mail;
mod objectives;
mod packing;
mod page;
mod places;
mod pools;
mod ranges;
mod say;
mod schedules;
mod secrets;
mod sites;
mod spread;
mod versions;

pub use ranges::unused;

use pontoon_core::diagnostic::{CodePage, Diagnostics};
use pontoon_spec::Spec;

/// A pass: reads all environments in the order of promotion, and says what is wrong.
pub type Pass = fn(&[Spec], &mut Diagnostics);

/// Every pass by name, in the order in which they run.
pub const PASSES: &[(&str, Pass)] = &[
    ("ranges", ranges::check),
    ("sites", sites::check),
    ("places", places::check),
    ("hosts", hosts::check),
    ("ingress", ingress::check),
    ("mail", mail::check),
    ("login", login::check),
    ("buckets", buckets::check),
    ("images", images::check),
    ("delivery", delivery::check),
    ("pools", pools::check),
    ("spread", spread::check),
    ("fit", fit::check),
    ("packing", packing::check),
    ("account", account::check),
    ("databases", databases::check),
    ("connections", connections::check),
    ("schedules", schedules::check),
    ("objectives", objectives::check),
    ("budget", budget::check),
    ("secrets", secrets::check),
    ("access", access::check),
    ("versions", versions::check),
];

/// The pages of all codes of the passes, in the order of the codes.
pub const PAGES: &[CodePage] = &[
    ranges::OVERLAP,
    ranges::APART,
    ranges::VPC,
    sites::OUTSIDE,
    sites::TAKEN,
    hosts::TWO_ENVIRONMENTS,
    mail::TWO_RECEIVERS,
    hosts::NO_WAY_IN,
    buckets::EXPIRES,
    buckets::ONE_FOLDER,
    buckets::SAME_REGION,
    places::ELSEWHERE,
    places::NO_TUNNEL,
    places::NO_FAILOVER,
    places::NOTHING_FAILS_OVER,
    sites::GATEWAY,
    mail::NO_WAY_OUT,
    mail::SENDS_ITSELF,
    mail::BLOCKED_PORT,
    ingress::PROXY_PROTOCOL,
    ingress::NOT_NATIVE,
    ingress::NO_TRACES,
    schedules::NEVER,
    delivery::NOTHING_FOLLOWS,
    delivery::NO_JOB,
    pools::NOWHERE,
    spread::TOO_FEW_NODES,
    pools::ONE_NODE,
    databases::NO_STANDBY,
    sites::CONTROL_PLANES,
    account::DROPLETS,
    account::SMALL_NETWORK,
    connections::REPLICAS,
    connections::POOLS,
    spread::EVEN,
    fit::DOES_NOT_FIT,
    fit::VOLUMES,
    pools::EMPTY,
    account::DATABASES,
    objectives::DATABASE_RPO,
    objectives::CLUSTER_RPO,
    schedules::KEPT_TOO_SHORT,
    objectives::SLO_WINDOW,
    places::DATA_IN_ONE,
    hosts::ONE_REPLICA,
    budget::CANNOT,
    budget::MAY,
    databases::UNKNOWN_SIZE,
    packing::NO_NODE,
    packing::ONE_LOST,
    delivery::ARGO_SOPS,
    login::MATTERMOST,
    login::ALLOWS_ALL,
    secrets::READABLE_STATE,
    secrets::CLUSTER_ALONE,
    access::OPEN_API,
    access::SHARED_VALKEY,
    hosts::NO_TLS,
    hosts::UNTRUSTED,
    ingress::RETIRED,
    databases::UNMAINTAINED,
    versions::NO_AUTO_UPGRADE,
    versions::NEAR_END,
    versions::LATEST,
    images::BITNAMI,
    versions::TALOS,
];

/// Runs every pass over all environments, in the order of promotion.
///
/// The result is sorted by place. What the document accepts is marked by its reader, not here.
pub fn lint(specs: &[Spec]) -> Diagnostics {
    let mut found = Diagnostics::new();
    for (_, pass) in PASSES {
        pass(specs, &mut found);
    }
    let mut found: Diagnostics = found.into_iter().map(|problem| say::in_document(specs, problem)).collect();
    found.sort();
    found
}
