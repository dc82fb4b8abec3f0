//! Snapshots of volumes: made in the account, and gone with the object unless its class keeps them.

use super::{CLAIMS, DRIVER, handle, volume_of};
use crate::cluster::Objects;
use crate::cluster::controllers::fields::{items, leaving, name, namespace, text, uid};
use crate::cluster::objects::place;
use crate::digitalocean::kubernetes::CLUSTERS;
use crate::digitalocean::snapshots;
use serde_json::{Value, json};

const SNAPSHOTS: &str = "volumesnapshots.snapshot.storage.k8s.io";
const CONTENTS: &str = "volumesnapshotcontents.snapshot.storage.k8s.io";
const CLASSES: &str = "volumesnapshotclasses.snapshot.storage.k8s.io";
/// Held until what is behind it is gone. Source: Kubernetes external-snapshotter.
const FINALIZER: &str = "snapshot.storage.kubernetes.io/volumesnapshot-bound-protection";

/// Takes and forgets.
pub(super) fn run(objects: &mut Objects) {
    let all: Vec<Value> = objects.list(SNAPSHOTS).into_iter().cloned().collect();
    for snapshot in all {
        if leaving(&snapshot) {
            forget(objects, &snapshot);
        } else if snapshot["status"]["readyToUse"] != true {
            take(objects, &snapshot);
        }
    }
}

fn failed(objects: &mut Objects, snapshot: &Value, why: &str) {
    let message = format!("Failed to create snapshot content with error {why}");
    objects.event(snapshot, "Warning", "SnapshotContentCreationFailed", &message);
    let now = objects.world().stamp();
    let (home, own) = place(snapshot);
    objects.edit(SNAPSHOTS, &home, &own, |s| {
        if s["status"]["error"]["message"] != message.as_str() {
            s["status"] = json!({ "readyToUse": false, "error": { "message": message, "time": now } });
        }
    });
}

fn take(objects: &mut Objects, snapshot: &Value) {
    let (home, own) = place(snapshot);
    let class = match snapshot["spec"]["volumeSnapshotClassName"].as_str() {
        Some(class) => objects.get(CLASSES, "", class),
        None => objects
            .list(CLASSES)
            .into_iter()
            .find(|c| c["metadata"]["annotations"]["snapshot.storage.kubernetes.io/is-default-class"] == "true"),
    };
    let Some(class) = class.filter(|c| c["driver"] == DRIVER).cloned() else {
        return failed(objects, snapshot, "cannot find default snapshot class");
    };
    let wanted = text(&snapshot["spec"]["source"]["persistentVolumeClaimName"]).to_owned();
    let Some(claim) = objects.get(CLAIMS, namespace(snapshot), &wanted) else {
        return failed(
            objects,
            snapshot,
            &format!("snapshot controller failed to update {own} on API server: cannot get claim from snapshot"),
        );
    };
    let Some(id) = volume_of(objects, claim).and_then(handle).map(str::to_owned) else {
        return failed(objects, snapshot, &format!("the PVC {wanted} is not yet bound to a PV"));
    };
    if !items(&snapshot["metadata"]["finalizers"]).iter().any(|f| f == FINALIZER) {
        objects.edit(SNAPSHOTS, &home, &own, |s| s["metadata"]["finalizers"] = json!([FINALIZER]));
    }
    if !objects.elapsed(&format!("snapshot/{}", uid(snapshot)), "snapshot") {
        return;
    }
    let cluster = objects.cluster().to_owned();
    let region = objects.world().get(CLUSTERS, &cluster).map_or("", |c| text(&c["region"])).to_owned();
    let disk = objects.world().get("volumes", &id).and_then(|v| v["size_gigabytes"].as_i64()).unwrap_or(1);
    let source = snapshots::Source { kind: "volume", id: &id, region: &region, disk };
    let made = snapshots::insert(objects.cx(), &source, &format!("snapshot-{}", uid(snapshot)), &[format!("k8s:{cluster}")]);
    let content = format!("snapcontent-{}", uid(snapshot));
    let now = objects.world().stamp();
    objects.put(
        CONTENTS,
        json!({
            "apiVersion": "snapshot.storage.k8s.io/v1", "kind": "VolumeSnapshotContent", "metadata": { "name": content },
            "spec": {
                "deletionPolicy": class["deletionPolicy"], "driver": DRIVER, "source": { "volumeHandle": id },
                "volumeSnapshotClassName": name(&class),
                "volumeSnapshotRef": { "apiVersion": "snapshot.storage.k8s.io/v1", "kind": "VolumeSnapshot", "name": own, "namespace": home, "uid": uid(snapshot) },
            },
            "status": { "readyToUse": true, "restoreSize": disk * 1_073_741_824, "snapshotHandle": made["id"] },
        }),
    );
    let status = json!({
        "boundVolumeSnapshotContentName": content, "creationTime": now, "readyToUse": true, "restoreSize": format!("{disk}Gi"),
    });
    objects.set_status(SNAPSHOTS, &home, &own, status);
    objects.event(snapshot, "Normal", "SnapshotReady", &format!("Snapshot {home}/{own} is ready to use."));
}

fn forget(objects: &mut Objects, snapshot: &Value) {
    let (home, own) = place(snapshot);
    let content = text(&snapshot["status"]["boundVolumeSnapshotContentName"]).to_owned();
    let kept = objects
        .get(CONTENTS, "", &content)
        .map(|c| (c["spec"]["deletionPolicy"] == "Retain", c["status"]["snapshotHandle"].clone()));
    if let Some((false, handle)) = kept {
        snapshots::forget(objects.cx(), text(&handle));
        objects.delete(CONTENTS, "", &content);
    }
    objects.finalize(SNAPSHOTS, &home, &own, FINALIZER);
}
