//! Classes of block storage, besides those that every cluster of DOKS has.
//!
//! They differ in what becomes of a volume when its claim goes, in whether it may grow, and in the file system; there is
//! no faster or slower disk. Source: DigitalOcean's documentation, "Add volumes to Kubernetes clusters".

use super::{Site, write::object};
use pontoon_core::content::{Capability, Component};
use pontoon_spec::sections::storage::{Filesystem, Reclaim, StorageClass};
use serde_json::json;

/// The vendor's driver of volumes.
const PROVISIONER: &str = "dobs.csi.digitalocean.com";

/// One component for each class: what waits for one does not wait for the others.
pub fn build(site: &Site<'_>) -> Vec<Component> {
    site.spec.storage.classes.iter().map(|(name, class)| one(name.as_str(), class, class.trace())).collect()
}

fn one(name: &str, class: &StorageClass, origin: pontoon_core::platform::Origin) -> Component {
    let filesystem = match *class.filesystem {
        Filesystem::Ext4 => "ext4",
        Filesystem::Xfs => "xfs",
    };
    let reclaim = match *class.reclaim {
        Reclaim::Delete => "Delete",
        Reclaim::Retain => "Retain",
    };
    let rest = json!({
        "provisioner": PROVISIONER,
        "parameters": { "csi.storage.k8s.io/fstype": filesystem },
        "reclaimPolicy": reclaim,
        "allowVolumeExpansion": *class.expand,
        // A volume is made where its pod goes; made before, it could be in the way of the scheduler.
        "volumeBindingMode": "WaitForFirstConsumer",
    });
    let mut component = Component::new(&format!("storage-class-{name}"), "storage", "class of block storage", origin)
        .provides(Capability::StorageClass(name.into()))
        .object(object("storage.k8s.io/v1", "StorageClass", "", name, rest))
        .fact("A class cannot change once it exists. Source: Kubernetes, \"Storage Classes\".");
    if *class.reclaim == Reclaim::Retain {
        component = component.fact("Volumes stay, and go on costing, when their claims go.");
    }
    component
}
