//! What a pod's claims say about where it can go.

use super::room::Room;
use crate::cluster::Objects;
use crate::cluster::controllers::fields::{items, leaving, name, namespace, text};
use serde_json::Value;
use std::collections::BTreeSet;

/// Volumes that one droplet can have. Source: DigitalOcean documentation, volume limits.
pub(crate) const PER_NODE: usize = 15;

/// Names of the claims that a pod mounts, those of ephemeral volumes included.
pub(crate) fn claim_names(pod: &Value) -> Vec<String> {
    items(&pod["spec"]["volumes"])
        .iter()
        .filter_map(|v| {
            if v["ephemeral"].is_object() {
                return Some(format!("{}-{}", name(pod), text(&v["name"])));
            }
            v["persistentVolumeClaim"]["claimName"].as_str().map(str::to_owned)
        })
        .collect()
}

/// Whether every claim exists, and is bound where it does not wait for the pod.
///
/// # Errors
/// The scheduler's words.
pub(super) fn claims(objects: &Objects, pod: &Value) -> Result<(), String> {
    for claim in claim_names(pod) {
        let Some(object) = objects.get("persistentvolumeclaims", namespace(pod), &claim) else {
            return Err(format!("persistentvolumeclaim \"{claim}\" not found"));
        };
        if leaving(object) {
            return Err(format!("persistentvolumeclaim \"{claim}\" is being deleted"));
        }
        if object["spec"]["volumeName"].is_string() {
            continue;
        }
        let class = text(&object["spec"]["storageClassName"]);
        let class = objects.get("storageclasses.storage.k8s.io", "", class);
        if class.is_none_or(|c| c["volumeBindingMode"] != "WaitForFirstConsumer") {
            return Err("pod has unbound immediate PersistentVolumeClaims".to_owned());
        }
    }
    Ok(())
}

/// Why the pod's volumes cannot be on that node.
pub(super) fn node_reason(objects: &Objects, pod: &Value, room: &Room) -> Option<String> {
    let wanted = claim_names(pod);
    if wanted.is_empty() {
        return None;
    }
    let mut there: BTreeSet<(String, String)> = BTreeSet::new();
    for other in &room.pods {
        there.extend(claim_names(other).into_iter().map(|c| (namespace(other).to_owned(), c)));
    }
    there.extend(wanted.iter().map(|c| (namespace(pod).to_owned(), c.clone())));
    if there.len() > PER_NODE {
        return Some("node(s) exceed max volume count".to_owned());
    }
    // Another pod on another node holds a claim that only one node can have.
    let held = objects.list_in("pods", namespace(pod)).into_iter().any(|p| {
        p["spec"]["nodeName"].is_string()
            && p["spec"]["nodeName"] != room.name()
            && !super::super::pods::over(p)
            && items(&p["spec"]["volumes"])
                .iter()
                .any(|v| wanted.iter().any(|w| v["persistentVolumeClaim"]["claimName"] == w.as_str()))
            && wanted.iter().any(|w| once_per_pod(objects, namespace(pod), w))
    });
    held.then(|| "node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode".to_owned())
}

fn once_per_pod(objects: &Objects, namespace: &str, claim: &str) -> bool {
    let object = objects.get("persistentvolumeclaims", namespace, claim);
    object.is_some_and(|o| items(&o["spec"]["accessModes"]).iter().any(|m| m == "ReadWriteOncePod"))
}
