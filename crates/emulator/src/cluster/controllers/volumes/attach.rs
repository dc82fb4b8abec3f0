//! Volumes at the droplets of the nodes whose pods use them.

use super::{ATTACHMENTS, DRIVER, VOLUMES, claims_of, handle, volume_of};
use crate::cluster::Objects;
use crate::cluster::controllers::fields::{name, namespace, text, uid};
use crate::cluster::controllers::pods::{over, template_hash};
use crate::digitalocean::volumes;
use serde_json::{Value, json};

/// The droplet of a node.
fn droplet(node: &Value) -> &str {
    text(&node["spec"]["providerID"]).trim_start_matches("digitalocean://")
}

fn holders(objects: &Objects, id: &str) -> Vec<String> {
    let held = objects.world().get("volumes", id).and_then(|v| v["droplet_ids"].as_array());
    held.into_iter().flatten().map(Value::to_string).collect()
}

/// Why a volume of a pod cannot be attached to its node: a pod on another node has it.
pub(crate) fn unattached(objects: &Objects, pod: &Value) -> Option<String> {
    let node = text(&pod["spec"]["nodeName"]);
    claims_of(objects, pod).into_iter().find_map(|claim| {
        let volume = volume_of(objects, claim)?;
        let id = handle(volume)?;
        let here = droplet(objects.get("nodes", "", node)?).to_owned();
        let elsewhere = holders(objects, id).iter().any(|h| *h != here);
        let others: Vec<&str> = super::users(objects, namespace(claim), name(claim))
            .into_iter()
            .filter(|p| p["spec"]["nodeName"].is_string() && p["spec"]["nodeName"] != node && uid(p) != uid(pod))
            .map(name)
            .collect();
        (elsewhere && !others.is_empty()).then(|| {
            format!("Multi-Attach error for volume \"{}\" Volume is already used by pod(s) {}", name(volume), others.join(", "))
        })
    })
}

/// Whether every volume of a pod is attached to its node; attaches what can be.
pub(crate) fn attached(objects: &mut Objects, pod: &Value) -> bool {
    let node = text(&pod["spec"]["nodeName"]).to_owned();
    let Some(here) = objects.get("nodes", "", &node).map(|n| droplet(n).to_owned()) else {
        return false;
    };
    let mut wanted = Vec::new();
    let mut bound = true;
    let count = claims_of(objects, pod).len();
    bound &= count == crate::cluster::controllers::scheduler::claim_names(pod).len();
    for claim in claims_of(objects, pod) {
        match volume_of(objects, claim).filter(|v| v["status"]["phase"] == "Bound") {
            None => bound = false,
            Some(volume) => wanted.extend(handle(volume).map(|id| (name(volume).to_owned(), id.to_owned()))),
        }
    }
    let mut all = bound;
    for (volume, id) in wanted {
        let held = holders(objects, &id);
        if held.contains(&here) {
            continue;
        }
        all = false;
        // Elsewhere until the other node lets go.
        if !held.is_empty() || !objects.elapsed(&format!("volume/{id}/attach/{here}"), "volume_attach") {
            continue;
        }
        objects.restart(&format!("volume/{id}/attach/{here}"));
        match volumes::attach(objects.cx(), &id, &here) {
            Ok(()) => {
                objects.put(ATTACHMENTS, attachment(&volume, &node));
                let message = format!("AttachVolume.Attach succeeded for volume \"{volume}\" ");
                objects.event(pod, "Normal", "SuccessfulAttachVolume", message.trim_end());
                all = bound;
            }
            Err(refusal) => {
                let message = format!(
                    "AttachVolume.Attach failed for volume \"{volume}\" : rpc error: code = Internal desc = {}",
                    refusal.message
                );
                objects.event(pod, "Warning", "FailedAttachVolume", &message);
                objects.wake_in(std::time::Duration::from_secs(30));
            }
        }
    }
    all
}

fn attachment(volume: &str, node: &str) -> Value {
    json!({
        "apiVersion": "storage.k8s.io/v1", "kind": "VolumeAttachment",
        "metadata": { "name": format!("csi-{}{}", template_hash(&json!([volume, node]), 0), template_hash(&json!([node, volume]), 1)) },
        "spec": { "attacher": DRIVER, "nodeName": node, "source": { "persistentVolumeName": volume } },
        "status": { "attached": true },
    })
}

/// Takes volumes off nodes where no pod uses them any more.
pub(super) fn detach(objects: &mut Objects) {
    let mut idle = Vec::new();
    {
        let pods: Vec<&Value> = objects.list("pods").into_iter().filter(|p| !over(p)).collect();
        for attachment in objects.list(ATTACHMENTS) {
            let volume = text(&attachment["spec"]["source"]["persistentVolumeName"]);
            let node = text(&attachment["spec"]["nodeName"]);
            let used = pods.iter().any(|p| {
                p["spec"]["nodeName"] == node && claims_of(objects, p).iter().any(|c| c["spec"]["volumeName"] == volume)
            });
            if !used {
                let id = objects.get(VOLUMES, "", volume).and_then(handle).unwrap_or("").to_owned();
                let there = objects.get("nodes", "", node).map(|n| droplet(n).to_owned());
                idle.push((name(attachment).to_owned(), id, there));
            }
        }
    }
    for (own, id, there) in idle {
        if !objects.elapsed(&format!("attachment/{own}/detach"), "volume_detach") {
            continue;
        }
        objects.restart(&format!("attachment/{own}/detach"));
        if there.is_some_and(|t| holders(objects, &id).contains(&t)) {
            let _ = volumes::detach(objects.cx(), &id);
        }
        objects.delete(ATTACHMENTS, "", &own);
    }
}
