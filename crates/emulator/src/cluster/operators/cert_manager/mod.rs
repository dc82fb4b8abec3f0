//! cert-manager: from an Issuer and a Certificate to a Secret with a key and a certificate.
//!
//! A Certificate becomes a CertificateRequest for each issuance; with an ACME issuer that becomes an Order, and a
//! Challenge for each name. Source: cert-manager's documentation, concepts and ACME; reasons and messages are its own.

mod authority;
mod certificates;
mod challenges;
mod http01;
mod injector;
mod issued;
mod issuers;
mod lets_encrypt;
mod orders;
mod requests;
mod shim;
mod solvers;

pub(super) use authority::own_authority;
pub(super) use issued::duration;

use crate::cluster::Objects;
use crate::cluster::controllers::fields::{namespace, text};
use serde_json::Value;

const CERTIFICATES: &str = "certificates.cert-manager.io";
const REQUESTS: &str = "certificaterequests.cert-manager.io";
const ORDERS: &str = "orders.acme.cert-manager.io";
const CHALLENGES: &str = "challenges.acme.cert-manager.io";
const GROUP: &str = "cert-manager.io";
const MANAGER: &str = "cert-manager";

/// Everything that its three Deployments do.
pub(crate) fn run(objects: &mut Objects) {
    let running = |objects: &Objects, part| super::own::running(objects, &[("app.kubernetes.io/name", part)]).cloned();
    if let Some(webhook) = running(objects, "webhook") {
        authority::webhook(objects, &webhook);
    }
    if running(objects, "cainjector").is_some() {
        injector::run(objects);
    }
    let Some(controller) = running(objects, "cert-manager") else {
        return;
    };
    let home = namespace(&controller).to_owned();
    issuers::run(objects, &home);
    shim::run(objects);
    certificates::run(objects);
    requests::run(objects, &home);
    orders::run(objects, &home);
    challenges::run(objects, &home);
}

/// The issuer that something refers to, and the namespace in which its Secrets lie.
fn issuer(objects: &Objects, reference: &Value, own: &str, home: &str) -> Option<(Value, String)> {
    let name = text(&reference["name"]);
    if kind_of(reference) == "ClusterIssuer" {
        return Some((objects.get("clusterissuers.cert-manager.io", "", name)?.clone(), home.to_owned()));
    }
    Some((objects.get("issuers.cert-manager.io", own, name)?.clone(), own.to_owned()))
}

fn kind_of(reference: &Value) -> &str {
    match text(&reference["kind"]) {
        "" => "Issuer",
        kind => kind,
    }
}
