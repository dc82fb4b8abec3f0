//! What the server puts into objects of built-in kinds where they say nothing.
//!
//! Source: Kubernetes 1.36, the `defaults.go` of each group.

mod pods;

use serde_json::{Map, Value, json};

/// Puts `value` under `key` unless something is there.
pub(super) fn set(object: &mut Value, key: &str, value: Value) {
    if object.get(key).is_none_or(Value::is_null) {
        object[key] = value;
    }
}

/// The items of a list.
fn items<'v>(object: &'v mut Value, key: &str) -> impl Iterator<Item = &'v mut Value> {
    object.get_mut(key).and_then(Value::as_array_mut).into_iter().flatten()
}

/// Completes an object of that resource.
pub(crate) fn complete(resource: &str, object: &mut Value) {
    let needs_spec = !matches!(
        resource,
        "configmaps" | "secrets" | "serviceaccounts" | "events" | "endpoints" | "roles.rbac.authorization.k8s.io"
    );
    if needs_spec && object.get("spec").is_some_and(Value::is_object) {
        specs(resource, &mut object["spec"]);
    }
    match resource {
        "pods" => pods::pod(object),
        "secrets" => secret(object),
        "namespaces" => namespace(object),
        "storageclasses.storage.k8s.io" => {
            set(object, "reclaimPolicy", "Delete".into());
            set(object, "volumeBindingMode", "Immediate".into());
        }
        "rolebindings.rbac.authorization.k8s.io" | "clusterrolebindings.rbac.authorization.k8s.io" => binding(object),
        "priorityclasses.scheduling.k8s.io" => set(object, "preemptionPolicy", "PreemptLowerPriority".into()),
        "mutatingwebhookconfigurations.admissionregistration.k8s.io" => webhooks(object, true),
        "validatingwebhookconfigurations.admissionregistration.k8s.io" => webhooks(object, false),
        "persistentvolumeclaims" | "persistentvolumes" => {
            set(object, "status", json!({ "phase": "Pending" }));
        }
        _ => {}
    }
}

fn specs(resource: &str, spec: &mut Value) {
    let rolling =
        |surge: Value| json!({ "type": "RollingUpdate", "rollingUpdate": { "maxUnavailable": surge, "maxSurge": surge } });
    match resource {
        "deployments.apps" => {
            set(spec, "replicas", 1.into());
            set(spec, "strategy", rolling("25%".into()));
            set(&mut spec["strategy"], "type", "RollingUpdate".into());
            if spec["strategy"]["type"] == "RollingUpdate" {
                set(&mut spec["strategy"], "rollingUpdate", json!({}));
                set(&mut spec["strategy"]["rollingUpdate"], "maxUnavailable", "25%".into());
                set(&mut spec["strategy"]["rollingUpdate"], "maxSurge", "25%".into());
            }
            set(spec, "revisionHistoryLimit", 10.into());
            set(spec, "progressDeadlineSeconds", 600.into());
        }
        "statefulsets.apps" => {
            set(spec, "replicas", 1.into());
            set(spec, "podManagementPolicy", "OrderedReady".into());
            set(spec, "updateStrategy", json!({}));
            set(&mut spec["updateStrategy"], "type", "RollingUpdate".into());
            if spec["updateStrategy"]["type"] == "RollingUpdate" {
                set(&mut spec["updateStrategy"], "rollingUpdate", json!({}));
                set(&mut spec["updateStrategy"]["rollingUpdate"], "partition", 0.into());
            }
            set(spec, "revisionHistoryLimit", 10.into());
            set(spec, "persistentVolumeClaimRetentionPolicy", json!({}));
            for when in ["whenDeleted", "whenScaled"] {
                set(&mut spec["persistentVolumeClaimRetentionPolicy"], when, "Retain".into());
            }
            for claim in items(spec, "volumeClaimTemplates") {
                set(claim, "apiVersion", "v1".into());
                set(claim, "kind", "PersistentVolumeClaim".into());
                set(claim, "status", json!({ "phase": "Pending" }));
                if let Some(spec) = claim.get_mut("spec") {
                    set(spec, "volumeMode", "Filesystem".into());
                }
            }
        }
        "daemonsets.apps" => {
            set(spec, "updateStrategy", json!({}));
            set(&mut spec["updateStrategy"], "type", "RollingUpdate".into());
            if spec["updateStrategy"]["type"] == "RollingUpdate" {
                set(&mut spec["updateStrategy"], "rollingUpdate", json!({}));
                set(&mut spec["updateStrategy"]["rollingUpdate"], "maxUnavailable", 1.into());
                set(&mut spec["updateStrategy"]["rollingUpdate"], "maxSurge", 0.into());
            }
            set(spec, "revisionHistoryLimit", 10.into());
        }
        "replicasets.apps" => set(spec, "replicas", 1.into()),
        "jobs.batch" => job(spec),
        "cronjobs.batch" => {
            set(spec, "concurrencyPolicy", "Allow".into());
            set(spec, "suspend", false.into());
            set(spec, "successfulJobsHistoryLimit", 3.into());
            set(spec, "failedJobsHistoryLimit", 1.into());
            if let Some(template) = spec.pointer_mut("/jobTemplate/spec/template/spec") {
                pods::spec(template);
            }
        }
        "services" => service(spec),
        "persistentvolumeclaims" => set(spec, "volumeMode", "Filesystem".into()),
        "persistentvolumes" => {
            set(spec, "volumeMode", "Filesystem".into());
            set(spec, "persistentVolumeReclaimPolicy", "Retain".into());
        }
        "networkpolicies.networking.k8s.io" => policy(spec),
        "horizontalpodautoscalers.autoscaling" => {
            set(spec, "minReplicas", 1.into());
            let cpu = json!([{ "type": "Resource", "resource": { "name": "cpu", "target": { "type": "Utilization", "averageUtilization": 80 } } }]);
            set(spec, "metrics", cpu);
        }
        "limitranges" => limits(spec),
        "customresourcedefinitions.apiextensions.k8s.io" => {
            set(spec, "conversion", json!({ "strategy": "None" }));
            spec["names"] = super::definitions::accepted_names(&spec["names"]);
        }
        _ => {}
    }
    if let Some(template) = spec.pointer_mut("/template/spec").filter(|_| resource != "cronjobs.batch") {
        pods::spec(template);
    }
}

fn job(spec: &mut Value) {
    if spec.get("completions").is_none() && spec.get("parallelism").is_none() {
        set(spec, "completions", 1.into());
    }
    set(spec, "parallelism", 1.into());
    set(spec, "backoffLimit", 6.into());
    set(spec, "completionMode", "NonIndexed".into());
    set(spec, "suspend", false.into());
    set(spec, "manualSelector", false.into());
    set(spec, "podReplacementPolicy", "TerminatingOrFailed".into());
}

fn service(spec: &mut Value) {
    set(spec, "type", "ClusterIP".into());
    set(spec, "sessionAffinity", "None".into());
    let outside = matches!(spec["type"].as_str(), Some("LoadBalancer" | "NodePort"));
    if spec["type"] != "ExternalName" {
        set(spec, "internalTrafficPolicy", "Cluster".into());
        set(spec, "ipFamilies", json!(["IPv4"]));
        set(spec, "ipFamilyPolicy", "SingleStack".into());
    }
    if outside {
        set(spec, "externalTrafficPolicy", "Cluster".into());
    }
    if spec["type"] == "LoadBalancer" {
        set(spec, "allocateLoadBalancerNodePorts", true.into());
    }
    for port in items(spec, "ports") {
        set(port, "protocol", "TCP".into());
        let number = port["port"].clone();
        set(port, "targetPort", number);
    }
}

fn policy(spec: &mut Value) {
    let mut sorts = vec![Value::from("Ingress")];
    if spec.get("egress").is_some_and(|e| e.as_array().is_some_and(|a| !a.is_empty())) {
        sorts.push("Egress".into());
    }
    set(spec, "policyTypes", sorts.into());
    for way in ["ingress", "egress"] {
        for rule in items(spec, way) {
            for port in items(rule, "ports") {
                set(port, "protocol", "TCP".into());
            }
        }
    }
}

/// Limits default to the maximum, requests to the limit.
fn limits(spec: &mut Value) {
    for limit in items(spec, "limits").filter(|l| l["type"] == "Container") {
        for (from, to) in [("max", "default"), ("default", "defaultRequest"), ("min", "defaultRequest")] {
            let given: Map<String, Value> = limit[from].as_object().cloned().unwrap_or_default();
            for (name, quantity) in given {
                set(limit, to, json!({}));
                set(&mut limit[to], &name, quantity);
            }
        }
    }
}

fn secret(object: &mut Value) {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    set(object, "type", "Opaque".into());
    let plain = object.as_object_mut().and_then(|o| o.remove("stringData"));
    for (key, value) in plain.as_ref().and_then(Value::as_object).into_iter().flatten() {
        object["data"][key.as_str()] = STANDARD.encode(value.as_str().unwrap_or("")).into();
    }
}

fn namespace(object: &mut Value) {
    set(object, "spec", json!({}));
    set(&mut object["spec"], "finalizers", json!(["kubernetes"]));
    set(object, "status", json!({}));
    set(&mut object["status"], "phase", "Active".into());
    let name = object["metadata"]["name"].clone();
    object["metadata"]["labels"]["kubernetes.io/metadata.name"] = name;
}

fn binding(object: &mut Value) {
    const GROUP: &str = "rbac.authorization.k8s.io";
    if object.get("roleRef").is_some_and(Value::is_object) {
        set(&mut object["roleRef"], "apiGroup", GROUP.into());
    }
    for subject in items(object, "subjects") {
        if matches!(subject["kind"].as_str(), Some("User" | "Group")) {
            set(subject, "apiGroup", GROUP.into());
        }
    }
}

fn webhooks(object: &mut Value, mutating: bool) {
    for hook in items(object, "webhooks") {
        set(hook, "failurePolicy", "Fail".into());
        set(hook, "matchPolicy", "Equivalent".into());
        set(hook, "namespaceSelector", json!({}));
        set(hook, "objectSelector", json!({}));
        set(hook, "timeoutSeconds", 10.into());
        if mutating {
            set(hook, "reinvocationPolicy", "Never".into());
        }
        if let Some(service) = hook.pointer_mut("/clientConfig/service") {
            set(service, "port", 443.into());
        }
        for rule in items(hook, "rules") {
            set(rule, "scope", "*".into());
        }
    }
}
