//! Volumes whose claim is gone: deleted with what is behind them, or kept, as their policy says.

use super::{VOLUMES, claim_of, handle};
use crate::cluster::Objects;
use crate::cluster::controllers::fields::{items, leaving, name};
use crate::digitalocean::volumes;
use serde_json::{Value, json};

/// Releases and deletes.
pub(super) fn run(objects: &mut Objects) {
    let released: Vec<Value> = objects
        .list(VOLUMES)
        .into_iter()
        .filter(|v| v["spec"]["claimRef"].is_object() && v["status"]["phase"] != "Available" || leaving(v))
        .filter(|v| claim_of(objects, v).is_none() || leaving(v))
        .cloned()
        .collect();
    for volume in released {
        let own = name(&volume).to_owned();
        let free = claim_of(objects, &volume).is_none();
        if volume["status"]["phase"] != "Released" && free {
            objects.set_status(VOLUMES, "", &own, json!({ "phase": "Released" }));
        }
        if !free {
            // Protected as long as it is bound.
            continue;
        }
        let delete = volume["spec"]["persistentVolumeReclaimPolicy"] == "Delete";
        if let Some(id) = handle(&volume).filter(|_| delete) {
            let held = objects.world().get("volumes", id).is_some_and(|v| !items(&v["droplet_ids"]).is_empty());
            if held {
                continue;
            }
            if objects.world().get("volumes", id).is_some() {
                let id = id.to_owned();
                volumes::destroy(objects.cx(), &id);
            }
        }
        if delete || leaving(&volume) {
            objects.remove(VOLUMES, "", &own);
        }
    }
}
