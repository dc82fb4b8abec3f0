//! What stands behind the API server of a DOKS cluster: the controllers of Kubernetes, the scheduler, the kubelets,
//! DigitalOcean's cloud controller and storage driver, the node autoscaler, and Cilium.
//!
//! A controller looks at the cluster's objects, decides ([`act::Act`]), and acts. It writes only what differs, so that a
//! cluster in which nothing happens comes to rest. In the order of [`CONTROLLERS`] each sees what the ones before it did
//! in the same beat.

pub(crate) mod act;
pub(crate) mod aggregation;
pub(crate) mod autoscaler;
pub(crate) mod balancers;
pub(crate) mod cronjobs;
pub(crate) mod daemonsets;
pub(crate) mod deployments;
pub(crate) mod disruption;
pub(crate) mod doks;
pub(crate) mod endpoints;
pub(crate) mod fields;
pub(crate) mod garbage;
pub(crate) mod gateway;
pub(crate) mod hpa;
pub(crate) mod ingress;
pub(crate) mod jobs;
pub(crate) mod kubelet;
pub(crate) mod namespaces;
pub(crate) mod nodes;
pub(crate) mod pods;
pub(crate) mod quantity;
pub(crate) mod quotas;
pub(crate) mod readiness;
pub(crate) mod replicasets;
pub(crate) mod scheduler;
pub(crate) mod select;
pub(crate) mod statefulsets;
pub(crate) mod tokens;
pub(crate) mod volumes;

#[cfg(test)]
pub(crate) mod tests;

use super::tick::Controller;

/// Every controller, in the order in which they look.
pub(crate) const CONTROLLERS: &[Controller] = &[
    nodes::run,
    namespaces::run,
    tokens::run,
    deployments::run,
    replicasets::run,
    statefulsets::run,
    daemonsets::run,
    cronjobs::run,
    jobs::run,
    scheduler::run,
    volumes::run,
    kubelet::run,
    endpoints::run,
    balancers::run,
    aggregation::run,
    gateway::run,
    ingress::run,
    disruption::run,
    quotas::run,
    hpa::run,
    autoscaler::run,
    garbage::run,
];
