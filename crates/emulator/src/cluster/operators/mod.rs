//! Operators: what runs in a cluster and turns its own kinds of objects into others.
//!
//! Each acts only while its own pods are Ready, as everything in a cluster does. Which pods those are, the chart or
//! manifest says that installs it; they are found by their labels.

mod cert_manager;
mod certgen;
mod cnpg;
mod delegation;
mod external_dns;
mod external_secrets;
mod manifests;
mod own;
mod prometheus;
mod rabbitmq;
mod valkey;
pub(crate) mod x509;

pub use manifests::release_manifest;

#[cfg(test)]
mod tests;

use super::tick::Controller;

/// Every operator.
pub(crate) const CONTROLLERS: &[Controller] = &[
    cert_manager::run,
    certgen::run,
    cnpg::run,
    external_dns::run,
    external_secrets::run,
    prometheus::run,
    rabbitmq::run,
    valkey::run,
];
