//! Claims and volumes that are there already: classes left out, volumes made by hand, protection, expansion.

use super::{CLAIMS, CLASSES, VOLUMES, claim_of, handle, users, volume_of};
use crate::cluster::Objects;
use crate::cluster::controllers::fields::{items, leaving, name, namespace, text};
use crate::cluster::controllers::quantity::units;
use crate::cluster::objects::place;
use serde_json::{Value, json};

/// Held as long as a pod uses the claim. Source: Kubernetes documentation, storage object in use protection.
const PROTECTION: &str = "kubernetes.io/pvc-protection";

/// Completes, binds to what is there, lets go and grows.
pub(super) fn run(objects: &mut Objects) {
    ephemeral(objects);
    complete(objects);
    by_hand(objects);
    let_go(objects);
    grow(objects);
}

/// Generic ephemeral volumes have claims of their own.
fn ephemeral(objects: &mut Objects) {
    let mut made = Vec::new();
    for pod in objects.list("pods") {
        for volume in items(&pod["spec"]["volumes"]).iter().filter(|v| v["ephemeral"].is_object()) {
            let own = format!("{}-{}", name(pod), text(&volume["name"]));
            if objects.get(CLAIMS, namespace(pod), &own).is_none() && !leaving(pod) {
                let template = &volume["ephemeral"]["volumeClaimTemplate"];
                made.push(json!({
                    "apiVersion": "v1", "kind": "PersistentVolumeClaim",
                    "metadata": {
                        "name": own, "namespace": namespace(pod), "labels": template["metadata"]["labels"],
                        "ownerReferences": [crate::cluster::controllers::fields::reference(pod)],
                    },
                    "spec": template["spec"],
                }));
            }
        }
    }
    for claim in made {
        objects.put(CLAIMS, claim);
    }
}

/// The default class, the finalizer and the phase, as the server and its controllers put them in.
fn complete(objects: &mut Objects) {
    let default = objects
        .list(CLASSES)
        .into_iter()
        .find(|c| c["metadata"]["annotations"]["storageclass.kubernetes.io/is-default-class"] == "true")
        .map(|c| name(c).to_owned());
    let bare: Vec<(String, String)> = objects
        .list(CLAIMS)
        .into_iter()
        .filter(|c| !leaving(c))
        .filter(|c| {
            c["spec"]["storageClassName"].is_null()
                || c["status"]["phase"].is_null()
                || !items(&c["metadata"]["finalizers"]).iter().any(|f| f == PROTECTION)
        })
        .map(place)
        .collect();
    for (home, own) in bare {
        objects.edit(CLAIMS, &home, &own, |c| {
            if c["spec"]["storageClassName"].is_null()
                && let Some(default) = &default
            {
                c["spec"]["storageClassName"] = default.clone().into();
            }
            if c["spec"]["volumeMode"].is_null() {
                c["spec"]["volumeMode"] = "Filesystem".into();
            }
            if c["status"]["phase"].is_null() {
                c["status"] = json!({ "phase": "Pending" });
            }
            match c["metadata"]["finalizers"].as_array_mut() {
                Some(all) if all.iter().any(|f| f == PROTECTION) => {}
                Some(all) => all.push(PROTECTION.into()),
                None => c["metadata"]["finalizers"] = json!([PROTECTION]),
            }
        });
    }
}

/// Binds claims to volumes that fit and are free, or that name each other.
fn by_hand(objects: &mut Objects) {
    let mut pairs = Vec::new();
    {
        let free: Vec<&Value> =
            objects.list(VOLUMES).into_iter().filter(|v| v["status"]["phase"] != "Bound" && !leaving(v)).collect();
        for claim in objects.list(CLAIMS).into_iter().filter(|c| c["status"]["phase"] == "Pending" && !leaving(c)) {
            let wanted = units(&claim["spec"]["resources"]["requests"]["storage"]);
            let found = free.iter().find(|v| {
                let reference = &v["spec"]["claimRef"];
                let named =
                    reference["name"] == claim["metadata"]["name"] && reference["namespace"] == claim["metadata"]["namespace"];
                let reserved = reference.is_object()
                    && !(named && (reference["uid"].is_null() || reference["uid"] == claim["metadata"]["uid"]));
                let asked = claim["spec"]["volumeName"].as_str();
                let fits = units(&v["spec"]["capacity"]["storage"]) >= wanted
                    && text(&v["spec"]["storageClassName"]) == text(&claim["spec"]["storageClassName"]);
                !reserved && (named || asked.map_or(fits && reference.is_null(), |n| n == name(v)))
            });
            if let Some(volume) = found
                && !pairs.iter().any(|(_, v)| v == name(volume))
            {
                pairs.push((place(claim), name(volume).to_owned()));
            }
        }
    }
    for ((home, own), volume) in pairs {
        bind(objects, &home, &own, &volume);
    }
}

/// Binds the two to each other.
pub(super) fn bind(objects: &mut Objects, home: &str, claim: &str, volume: &str) {
    let Some(uid) = objects.get(CLAIMS, home, claim).map(|c| c["metadata"]["uid"].clone()) else {
        return;
    };
    objects.edit(VOLUMES, "", volume, |v| {
        v["spec"]["claimRef"] =
            json!({ "apiVersion": "v1", "kind": "PersistentVolumeClaim", "namespace": home, "name": claim, "uid": uid });
        v["status"] = json!({ "phase": "Bound" });
    });
    let (capacity, modes) = objects
        .get(VOLUMES, "", volume)
        .map_or((Value::Null, Value::Null), |v| (v["spec"]["capacity"].clone(), v["spec"]["accessModes"].clone()));
    objects.edit(CLAIMS, home, claim, |c| {
        c["spec"]["volumeName"] = volume.into();
        if !c["metadata"]["annotations"].is_object() {
            c["metadata"]["annotations"] = json!({});
        }
        c["metadata"]["annotations"]["pv.kubernetes.io/bind-completed"] = "yes".into();
        c["metadata"]["annotations"]["pv.kubernetes.io/bound-by-controller"] = "yes".into();
        c["status"] = json!({ "phase": "Bound", "accessModes": modes, "capacity": capacity });
    });
}

/// A claim that was to be deleted goes when no pod uses it any more.
fn let_go(objects: &mut Objects) {
    let done: Vec<(String, String)> = objects
        .list(CLAIMS)
        .into_iter()
        .filter(|c| leaving(c) && items(&c["metadata"]["finalizers"]).iter().any(|f| f == PROTECTION))
        .filter(|c| users(objects, namespace(c), name(c)).is_empty())
        .map(place)
        .collect();
    for (home, own) in done {
        objects.finalize(CLAIMS, &home, &own, PROTECTION);
    }
}

/// A claim that asks for more than it has gets it, where its class allows that; a volume never shrinks.
fn grow(objects: &mut Objects) {
    let mut wanted = Vec::new();
    for claim in objects.list(CLAIMS) {
        let Some(volume) = volume_of(objects, claim).filter(|v| claim_of(objects, v).is_some()) else {
            continue;
        };
        let size = units(&claim["spec"]["resources"]["requests"]["storage"]);
        let class = objects.get(CLASSES, "", text(&volume["spec"]["storageClassName"]));
        if size > units(&volume["spec"]["capacity"]["storage"])
            && class.is_some_and(|c| c["allowVolumeExpansion"] == true)
            && let Some(id) = handle(volume)
        {
            wanted.push((claim.clone(), name(volume).to_owned(), id.to_owned(), size));
        }
    }
    for (claim, volume, id, size) in wanted {
        let gib = (size + 1_073_741_823) / 1_073_741_824;
        if !objects.elapsed(&format!("volume/{id}/resize/{gib}"), "volume_resize") {
            continue;
        }
        let path = format!("/v2/volumes/{id}/actions");
        let body = json!({ "type": "resize", "size_gigabytes": gib });
        match crate::digitalocean::internally(objects.cx(), "POST", &path, &body) {
            Ok(_) => {
                let capacity = json!({ "storage": format!("{gib}Gi") });
                objects.edit(VOLUMES, "", &volume, |v| v["spec"]["capacity"] = capacity.clone());
                let (home, own) = place(&claim);
                objects.edit(CLAIMS, &home, &own, |c| c["status"]["capacity"] = capacity);
                objects.event(
                    &claim,
                    "Normal",
                    "FileSystemResizeSuccessful",
                    "MountVolume.NodeExpandVolume succeeded for volume",
                );
            }
            Err(refusal) => {
                let message = format!(
                    "resize volume \"{volume}\" by resizer \"{}\" failed: rpc error: code = Internal desc = {}",
                    super::DRIVER,
                    refusal.message
                );
                objects.event(&claim, "Warning", "VolumeResizeFailed", &message);
            }
        }
    }
}
