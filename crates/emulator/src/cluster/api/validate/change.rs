//! What may never change once an object exists.

use super::super::quantity;
use super::Cause;
use serde_json::Value;

const IMMUTABLE: &str = "field is immutable";
/// Fields of a StatefulSet that can change.
const STATEFUL: &[&str] = &[
    "replicas",
    "ordinals",
    "template",
    "updateStrategy",
    "revisionHistoryLimit",
    "persistentVolumeClaimRetentionPolicy",
    "minReadySeconds",
];

/// The forbidden among the changes from `before` to `after`.
pub(crate) fn forbidden_changes(resource: &str, before: &Value, after: &Value) -> Vec<Cause> {
    let mut causes = Vec::new();
    let (old, new) = (&before["spec"], &after["spec"]);
    let mut fixed = |field: &str| {
        let at = |o: &Value| o.pointer(&format!("/{}", field.replace('.', "/"))).cloned().unwrap_or(Value::Null);
        if at(before) != at(after) {
            causes.push(Cause::invalid(field, &at(after), IMMUTABLE));
        }
    };
    match resource {
        "deployments.apps" | "replicasets.apps" | "daemonsets.apps" => fixed("spec.selector"),
        "jobs.batch" => {
            fixed("spec.completions");
            fixed("spec.selector");
            fixed("spec.template");
        }
        "statefulsets.apps" => {
            let rest = |spec: &Value| {
                let mut spec = spec.clone();
                if let Some(map) = spec.as_object_mut() {
                    map.retain(|k, _| !STATEFUL.contains(&k.as_str()) && !k.starts_with('_'));
                }
                spec
            };
            if rest(old) != rest(new) {
                causes.push(Cause::forbidden(
                    "spec",
                    "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', \
                     'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
                ));
            }
        }
        "persistentvolumeclaims" => causes.extend(claim(before, after)),
        "secrets" | "configmaps" => {
            if resource == "secrets" {
                fixed("type");
            }
            if before["immutable"] == true {
                for field in ["data", "binaryData", "immutable"].iter().filter(|f| before[**f] != after[**f]) {
                    causes.push(Cause::forbidden(*field, "field is immutable when `immutable` is set"));
                }
            }
        }
        "services" => {
            let headless = |s: &Value| s["type"] == "ExternalName" || s["clusterIP"].as_str().is_none_or(str::is_empty);
            if !headless(old) && new["type"] != "ExternalName" && old["clusterIP"] != new["clusterIP"] {
                let given = serde_json::json!([new["clusterIP"]]);
                causes.push(Cause::invalid("spec.clusterIPs[0]", &given, "may not change once set"));
            }
        }
        "rolebindings.rbac.authorization.k8s.io" | "clusterrolebindings.rbac.authorization.k8s.io"
            if before["roleRef"] != after["roleRef"] =>
        {
            causes.push(Cause::invalid("roleRef", &after["roleRef"], "cannot change roleRef"));
        }
        "storageclasses.storage.k8s.io" => {
            for field in ["parameters", "provisioner", "reclaimPolicy", "volumeBindingMode"] {
                if before[field] != after[field] {
                    causes.push(Cause::forbidden(field, &format!("updates to {field} are forbidden.")));
                }
            }
        }
        "customresourcedefinitions.apiextensions.k8s.io" => {
            fixed("spec.group");
            fixed("spec.scope");
            fixed("spec.names.kind");
            fixed("spec.names.plural");
        }
        "pods" => causes.extend(pod(old, new)),
        _ => {}
    }
    causes
}

fn claim(before: &Value, after: &Value) -> Option<Cause> {
    let (old, new) = (&before["spec"], &after["spec"]);
    let rest = |spec: &Value| {
        let mut spec = spec.clone();
        if let Some(map) = spec.as_object_mut() {
            for free in ["resources", "volumeAttributesClassName", "volumeName"] {
                map.remove(free);
            }
        }
        spec
    };
    if rest(old) != rest(new) {
        let why = "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims";
        return Some(Cause::forbidden("spec", why));
    }
    let size = |spec: &Value| spec["resources"]["requests"]["storage"].as_str().and_then(quantity::nanos).unwrap_or(0);
    if size(new) == size(old) {
        return None;
    }
    if before["status"]["phase"] != "Bound" {
        let why = "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims";
        return Some(Cause::forbidden("spec", why));
    }
    let capacity = before["status"]["capacity"]["storage"].as_str().and_then(quantity::nanos).unwrap_or_else(|| size(old));
    (size(new) < capacity)
        .then(|| Cause::forbidden("spec.resources.requests.storage", "field can not be less than status.capacity"))
}

/// Of a pod's spec hardly anything can change.
fn pod(old: &Value, new: &Value) -> Option<Cause> {
    let rest = |spec: &Value| {
        let mut spec = spec.clone();
        if let Some(map) = spec.as_object_mut() {
            map.retain(|k, _| {
                !matches!(
                    k.as_str(),
                    "activeDeadlineSeconds" | "tolerations" | "terminationGracePeriodSeconds" | "nodeName" | "schedulingGates"
                ) && !k.starts_with('_')
            });
        }
        for list in ["containers", "initContainers"] {
            for container in spec[list].as_array_mut().into_iter().flatten() {
                container["image"] = Value::Null;
            }
        }
        spec
    };
    (rest(old) != rest(new)).then(|| {
        let why = "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,\
                   `spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),\
                   `spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";
        Cause::forbidden("spec", why)
    })
}
