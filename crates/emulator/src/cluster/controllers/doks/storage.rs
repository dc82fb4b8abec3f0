//! Storage classes and the class of snapshots. Source: DigitalOcean documentation, DOKS volumes; csi-digitalocean.

use crate::cluster::Objects;
use serde_json::json;

pub(super) fn begin(objects: &mut Objects) {
    for (suffix, policy, file_system) in
        [("", "Delete", "ext4"), ("-retain", "Retain", "ext4"), ("-xfs", "Delete", "xfs"), ("-xfs-retain", "Retain", "xfs")]
    {
        let name = format!("do-block-storage{suffix}");
        let default = (suffix.is_empty()).to_string();
        objects.put(
            "storageclasses.storage.k8s.io",
            json!({
                "apiVersion": "storage.k8s.io/v1", "kind": "StorageClass",
                "metadata": {
                    "name": name,
                    "labels": { "c3.doks.digitalocean.com/component": "csi-controller-service", "c3.doks.digitalocean.com/plane": "data", "doks.digitalocean.com/managed": "true" },
                    "annotations": { "storageclass.kubernetes.io/is-default-class": default },
                },
                "provisioner": "dobs.csi.digitalocean.com",
                "parameters": { "csi.storage.k8s.io/fstype": file_system },
                "reclaimPolicy": policy,
                "allowVolumeExpansion": true,
                "volumeBindingMode": "Immediate",
            }),
        );
    }
    objects.put(
        "csidrivers.storage.k8s.io",
        json!({
            "apiVersion": "storage.k8s.io/v1", "kind": "CSIDriver",
            "metadata": { "name": "dobs.csi.digitalocean.com" },
            "spec": { "attachRequired": true, "podInfoOnMount": true, "volumeLifecycleModes": ["Persistent"], "fsGroupPolicy": "File" },
        }),
    );
    objects.put(
        "volumesnapshotclasses.snapshot.storage.k8s.io",
        json!({
            "apiVersion": "snapshot.storage.k8s.io/v1", "kind": "VolumeSnapshotClass",
            "metadata": { "name": "do-block-storage", "annotations": { "snapshot.storage.kubernetes.io/is-default-class": "true" } },
            "driver": "dobs.csi.digitalocean.com", "deletionPolicy": "Delete",
        }),
    );
}
