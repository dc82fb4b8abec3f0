//! Block storage: DigitalOcean's storage driver, and the controllers of Kubernetes around claims.

mod attach;
mod bind;
mod provision;
mod reclaim;
mod snapshots;

pub(crate) use attach::{attached, unattached};

use super::fields::{items, namespace, text};
use super::pods::over;
use crate::cluster::Objects;
use serde_json::Value;

pub(super) const CLAIMS: &str = "persistentvolumeclaims";
pub(super) const VOLUMES: &str = "persistentvolumes";
pub(super) const ATTACHMENTS: &str = "volumeattachments.storage.k8s.io";
pub(super) const CLASSES: &str = "storageclasses.storage.k8s.io";
/// Source: csi-digitalocean.
pub(super) const DRIVER: &str = "dobs.csi.digitalocean.com";

/// Binds, makes, grows, detaches and deletes.
pub(crate) fn run(objects: &mut Objects) {
    bind::run(objects);
    provision::run(objects);
    attach::detach(objects);
    reclaim::run(objects);
    snapshots::run(objects);
}

/// Pods that still use a claim.
fn users<'o>(objects: &'o Objects, namespace_of: &str, claim: &str) -> Vec<&'o Value> {
    let all = objects.list_in("pods", namespace_of).into_iter();
    all.filter(|p| !over(p) && super::scheduler::claim_names(p).iter().any(|c| c == claim)).collect()
}

/// The volume of a claim that is bound.
fn volume_of<'o>(objects: &'o Objects, claim: &Value) -> Option<&'o Value> {
    objects.get(VOLUMES, "", claim["spec"]["volumeName"].as_str()?)
}

/// The id at DigitalOcean of a volume that the driver made.
fn handle(volume: &Value) -> Option<&str> {
    volume["spec"]["csi"]["volumeHandle"].as_str().filter(|_| volume["spec"]["csi"]["driver"] == DRIVER)
}

/// The claim that a volume is for.
fn claim_of<'o>(objects: &'o Objects, volume: &Value) -> Option<&'o Value> {
    let reference = &volume["spec"]["claimRef"];
    let claim = objects.get(CLAIMS, text(&reference["namespace"]), text(&reference["name"]))?;
    (claim["metadata"]["uid"] == reference["uid"] || reference["uid"].is_null()).then_some(claim)
}

/// The claims of a pod, as objects.
fn claims_of<'o>(objects: &'o Objects, pod: &Value) -> Vec<&'o Value> {
    let names = super::scheduler::claim_names(pod);
    names.iter().filter_map(|n| objects.get(CLAIMS, namespace(pod), n)).collect()
}

fn single_node(claim: &Value) -> bool {
    items(&claim["spec"]["accessModes"]).iter().all(|m| m == "ReadWriteOnce" || m == "ReadWriteOncePod")
}
