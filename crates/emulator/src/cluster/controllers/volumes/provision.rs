//! Volumes for claims that have none: made in the account, at once or when a pod has found its node.

use super::{CLAIMS, CLASSES, DRIVER, VOLUMES, bind, single_node, users};
use crate::cluster::Objects;
use crate::cluster::controllers::fields::{leaving, name, namespace, text, uid};
use crate::cluster::controllers::quantity::units;
use crate::cluster::objects::place;
use crate::digitalocean::internally;
use crate::digitalocean::kubernetes::CLUSTERS;
use serde_json::{Value, json};

/// Makes what is missing.
pub(super) fn run(objects: &mut Objects) {
    let pending: Vec<Value> = objects
        .list(CLAIMS)
        .into_iter()
        .filter(|c| c["status"]["phase"] == "Pending" && !leaving(c) && !text(&c["spec"]["storageClassName"]).is_empty())
        .cloned()
        .collect();
    for claim in pending {
        step(objects, &claim);
    }
}

fn step(objects: &mut Objects, claim: &Value) {
    let wanted = text(&claim["spec"]["storageClassName"]);
    let Some(class) = objects.get(CLASSES, "", wanted).cloned() else {
        let message = format!("storageclass.storage.k8s.io \"{wanted}\" not found");
        objects.event(claim, "Warning", "ProvisioningFailed", &message);
        return;
    };
    if class["provisioner"] != DRIVER {
        let message = format!(
            "Waiting for a volume to be created either by the external provisioner '{}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.",
            text(&class["provisioner"])
        );
        objects.event(claim, "Normal", "ExternalProvisioning", &message);
        return;
    }
    let waits = class["volumeBindingMode"] == "WaitForFirstConsumer";
    if waits && !users(objects, namespace(claim), name(claim)).iter().any(|p| p["spec"]["nodeName"].is_string()) {
        objects.event(claim, "Normal", "WaitForFirstConsumer", "waiting for first consumer to be created before binding");
        return;
    }
    let failed = |objects: &mut Objects, why: &str| {
        let message = format!("failed to provision volume with StorageClass \"{wanted}\": rpc error: {why}");
        objects.event(claim, "Warning", "ProvisioningFailed", &message);
        // Tried again after a while. Source: external-provisioner's retries.
        objects.wake_in(std::time::Duration::from_secs(60));
    };
    if !single_node(claim) {
        failed(
            objects,
            "code = InvalidArgument desc = invalid volume capabilities requested. Only SINGLE_NODE_WRITER is supported ('accessModes.ReadWriteOnce' on Kubernetes)",
        );
        return;
    }
    if !objects.elapsed(&format!("claim/{}/provision", uid(claim)), "volume") {
        return;
    }
    let bytes = units(&claim["spec"]["resources"]["requests"]["storage"]);
    let gib = ((bytes + 1_073_741_823) / 1_073_741_824).max(1);
    match make(objects, claim, gib) {
        Ok(id) => {
            let volume = volume(objects, claim, &class, &id, gib);
            let own = name(&volume).to_owned();
            objects.put(VOLUMES, volume);
            let (home, named) = place(claim);
            bind::bind(objects, &home, &named, &own);
            objects.event(claim, "Normal", "ProvisioningSucceeded", &format!("Successfully provisioned volume {own}"));
        }
        Err(why) => failed(objects, &why),
    }
}

/// The volume at DigitalOcean: one of that name is taken as it is.
fn make(objects: &mut Objects, claim: &Value, gib: i64) -> Result<String, String> {
    let cluster = objects.cluster().to_owned();
    let region = objects.world().get(CLUSTERS, &cluster).map_or(String::new(), |c| text(&c["region"]).to_owned());
    let named = format!("pvc-{}", uid(claim));
    if let Some(there) = objects.world().list("volumes").into_iter().find(|v| v["name"] == named.as_str()) {
        return Ok(text(&there["id"]).to_owned());
    }
    let limit = objects.world().limits().volumes;
    let count = objects.world().count("volumes");
    if count >= limit {
        return Err(format!(
            "code = ResourceExhausted desc = volume limit ({limit}) has been reached. Current number of volumes: {count}. Please contact support."
        ));
    }
    let source = snapshot(objects, claim)?;
    let mut body = json!({
        "name": named, "region": region, "size_gigabytes": gib, "description": "Created by DigitalOcean CSI driver",
        "tags": [format!("k8s:{cluster}")],
    });
    if let Some(source) = source {
        body["snapshot_id"] = source.into();
        body.as_object_mut().map(|b| b.remove("region"));
    }
    let made = internally(objects.cx(), "POST", "/v2/volumes", &body).map_err(|r| {
        let code = if r.status == 403 { "ResourceExhausted" } else { "Internal" };
        format!("code = {code} desc = {}", r.message)
    })?;
    Ok(text(&made["volume"]["id"]).to_owned())
}

/// The snapshot that a claim is restored from.
fn snapshot(objects: &Objects, claim: &Value) -> Result<Option<String>, String> {
    let source = &claim["spec"]["dataSource"];
    if source["kind"] != "VolumeSnapshot" {
        return Ok(None);
    }
    let wanted = text(&source["name"]);
    let snapshot = objects.get("volumesnapshots.snapshot.storage.k8s.io", namespace(claim), wanted);
    let snapshot = snapshot.ok_or_else(|| format!("code = NotFound desc = error getting snapshot {wanted} from api server"))?;
    let content = objects.get(
        "volumesnapshotcontents.snapshot.storage.k8s.io",
        "",
        text(&snapshot["status"]["boundVolumeSnapshotContentName"]),
    );
    match content.and_then(|c| c["status"]["snapshotHandle"].as_str()) {
        Some(handle) if snapshot["status"]["readyToUse"] == true => Ok(Some(handle.to_owned())),
        _ => Err(format!("code = FailedPrecondition desc = snapshot {wanted} is not ready")),
    }
}

fn volume(objects: &Objects, claim: &Value, class: &Value, id: &str, gib: i64) -> Value {
    let region = objects.world().get(CLUSTERS, objects.cluster()).map_or(Value::Null, |c| c["region"].clone());
    let file_system = class["parameters"]["csi.storage.k8s.io/fstype"].as_str().unwrap_or("ext4");
    json!({
        "apiVersion": "v1", "kind": "PersistentVolume",
        "metadata": {
            "name": format!("pvc-{}", uid(claim)),
            "annotations": { "pv.kubernetes.io/provisioned-by": DRIVER },
            "finalizers": ["external-provisioner.volume.kubernetes.io/finalizer", "kubernetes.io/pv-protection"],
        },
        "spec": {
            "accessModes": claim["spec"]["accessModes"],
            "capacity": { "storage": format!("{gib}Gi") },
            "csi": { "driver": DRIVER, "fsType": file_system, "volumeHandle": id, "volumeAttributes": {} },
            "nodeAffinity": { "required": { "nodeSelectorTerms": [{ "matchExpressions": [{ "key": "region", "operator": "In", "values": [region] }] }] } },
            "persistentVolumeReclaimPolicy": class["reclaimPolicy"].as_str().unwrap_or("Delete"),
            "storageClassName": name(class),
            "volumeMode": "Filesystem",
        },
        "status": { "phase": "Available" },
    })
}
