//! The kubelets: what becomes of a pod once it has a node.

use super::act::{Act, carry_out};
use super::fields::{conditioned, items, leaving, text, uid};
use super::pods::over;
use crate::cluster::Objects;
use serde_json::{Value, json};

/// Brings every pod with a node one step further.
pub(crate) fn run(objects: &mut Objects) {
    let todo: Vec<Value> = objects
        .list("pods")
        .into_iter()
        .filter(|p| p["spec"]["nodeName"].is_string() && !over(p) && !leaving(p) && !super::pods::ready(p))
        .cloned()
        .collect();
    let mut acts = Vec::new();
    for pod in todo {
        if objects.elapsed(&format!("pod/{}/pull", uid(&pod)), "image_pull")
            && objects.elapsed(&format!("pod/{}/start", uid(&pod)), "container_start")
        {
            let now = objects.world().stamp();
            let mut status = pod["status"].clone();
            status["phase"] = "Running".into();
            status["conditions"] = ["PodScheduled", "Initialized", "ContainersReady", "Ready"]
                .iter()
                .map(|c| conditioned(&pod["status"], c, "True", "", "", &now))
                .collect();
            status["containerStatuses"] = items(&pod["spec"]["containers"]).iter().map(|c| json!({ "name": text(&c["name"]), "ready": true, "started": true, "restartCount": 0, "image": c["image"] })).collect();
            acts.extend(Act::status("pods", &pod, status));
        }
    }
    carry_out(objects, acts);
}
