//! Uninstalling: everything of a release but what says that it stays; then its record, its HelmChart and its finalizer.

use super::super::conditions::Status;
use super::super::kinds::{HELM_CHARTS, HELM_RELEASES};
use super::super::kstatus::Reference;
use super::super::text;
use super::super::turn::forget;
use super::{FINALIZER, action, chart, storage, target, timeout};
use crate::cluster::Objects;
use crate::cluster::api::{kinds::resource_of, write};
use crate::cluster::objects::place;
use serde_json::Value;

/// Deletes objects, the last applied first.
pub(super) fn delete(objects: &mut Objects, manifest: &[Value]) {
    for item in manifest.iter().rev() {
        if item["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep" {
            continue;
        }
        let at = Reference::of(item);
        let Some((resource, namespaced)) = resource_of(objects, &at.api_version, &at.kind) else { continue };
        let namespace = if namespaced { at.namespace.as_str() } else { "" };
        if objects.get(&resource, namespace, &at.name).is_some_and(|o| o["metadata"]["deletionTimestamp"].is_null()) {
            let _ = write::delete(objects, &resource, namespace, &at.name);
        }
    }
}

/// The deletion of a HelmRelease.
pub(super) fn run(objects: &mut Objects, object: &Value) {
    let (namespace, name) = place(object);
    let target = target(object);
    if object["spec"]["suspend"] != true
        && let Some(last) = storage::last(objects, &target, false)
    {
        delete(objects, &last.manifest);
        let left = last
            .manifest
            .iter()
            .filter(|o| {
                o["metadata"]["annotations"]["helm.sh/resource-policy"] != "keep" && Reference::of(o).get(objects).is_some()
            })
            .count();
        if left > 0 && object["spec"]["uninstall"]["disableWait"] != true {
            let timer = format!("flux/{}/uninstall", text(&object["metadata"]["uid"]));
            if objects.due(&timer, timeout(object, "uninstall")) {
                objects.restart(&timer);
                let message = format!(
                    "Helm uninstall failed for release {}/{} with chart {}@{}: context deadline exceeded",
                    target.namespace, target.name, last.chart, last.version
                );
                objects.event(object, "Warning", "UninstallFailed", &message);
                let mut status = Status::of(object, objects.world().stamp());
                status.failed("UninstallFailed", &message);
                objects.set_status(HELM_RELEASES, &namespace, &name, status.value);
            }
            return;
        }
        if object["spec"]["uninstall"]["keepHistory"] != true {
            storage::clear(objects, &target);
        }
        let message = format!(
            "Helm uninstall succeeded for release {}/{}.v{} with chart {}@{}",
            target.namespace, target.name, last.revision, last.chart, last.version
        );
        objects.event(object, "Normal", "UninstallSucceeded", &message);
    }
    if object["spec"]["chartRef"].is_null() {
        let (_, _, home, chart) = chart::origin(object);
        objects.delete(HELM_CHARTS, &home, &chart);
    }
    action::end(objects, object);
    forget(objects, object);
    objects.finalize(HELM_RELEASES, &namespace, &name, FINALIZER);
}
