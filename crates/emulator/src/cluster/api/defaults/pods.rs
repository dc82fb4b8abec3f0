//! Defaults of pods, and of the templates of pods.

use super::{items, set};
use serde_json::{Map, Value, json};

/// A pod itself: what templates do not get.
pub(super) fn pod(object: &mut Value) {
    let spec = &mut object["spec"];
    self::spec(spec);
    set(spec, "enableServiceLinks", true.into());
    for list in ["initContainers", "containers"] {
        for container in items(spec, list) {
            // What is limited is requested, unless something else is.
            let limits: Map<String, Value> = container["resources"]["limits"].as_object().cloned().unwrap_or_default();
            for (name, quantity) in limits {
                set(&mut container["resources"], "requests", json!({}));
                set(&mut container["resources"]["requests"], &name, quantity);
            }
        }
    }
    set(object, "status", json!({ "phase": "Pending" }));
}

/// What a pod and a template both get.
pub(super) fn spec(spec: &mut Value) {
    if !spec.is_object() {
        return;
    }
    set(spec, "restartPolicy", "Always".into());
    set(spec, "terminationGracePeriodSeconds", 30.into());
    set(spec, "dnsPolicy", "ClusterFirst".into());
    set(spec, "securityContext", json!({}));
    set(spec, "schedulerName", "default-scheduler".into());
    if let Some(account) = spec.get("serviceAccountName").filter(|a| **a != "").cloned() {
        set(spec, "serviceAccount", account);
    } else if let Some(account) = spec.get("serviceAccount").cloned() {
        spec["serviceAccountName"] = account;
    }
    for list in ["initContainers", "containers"] {
        for container in items(spec, list) {
            self::container(container);
        }
    }
    for volume in items(spec, "volumes") {
        self::volume(volume);
    }
}

fn container(container: &mut Value) {
    set(container, "terminationMessagePath", "/dev/termination-log".into());
    set(container, "terminationMessagePolicy", "File".into());
    set(container, "resources", json!({}));
    let policy = if latest(container["image"].as_str().unwrap_or("")) { "Always" } else { "IfNotPresent" };
    set(container, "imagePullPolicy", policy.into());
    for port in items(container, "ports") {
        set(port, "protocol", "TCP".into());
    }
    for variable in items(container, "env") {
        if let Some(reference) = variable.pointer_mut("/valueFrom/fieldRef") {
            set(reference, "apiVersion", "v1".into());
        }
    }
    for probe in ["livenessProbe", "readinessProbe", "startupProbe"] {
        if let Some(probe) = container.get_mut(probe) {
            set(probe, "timeoutSeconds", 1.into());
            set(probe, "periodSeconds", 10.into());
            set(probe, "successThreshold", 1.into());
            set(probe, "failureThreshold", 3.into());
            http(probe);
            if let Some(grpc) = probe.get_mut("grpc") {
                set(grpc, "service", "".into());
            }
        }
    }
    for hook in ["/lifecycle/postStart", "/lifecycle/preStop"] {
        if let Some(hook) = container.pointer_mut(hook) {
            http(hook);
        }
    }
}

fn http(probe: &mut Value) {
    if let Some(get) = probe.get_mut("httpGet") {
        set(get, "path", "/".into());
        set(get, "scheme", "HTTP".into());
    }
}

fn volume(volume: &mut Value) {
    if volume.as_object().is_some_and(|v| v.len() == 1) {
        set(volume, "emptyDir", json!({}));
    }
    for source in ["configMap", "secret", "downwardAPI", "projected"] {
        if let Some(source) = volume.get_mut(source) {
            set(source, "defaultMode", 420.into());
            for projected in items(source, "sources") {
                if let Some(token) = projected.get_mut("serviceAccountToken") {
                    set(token, "expirationSeconds", 3600.into());
                }
            }
        }
    }
    if let Some(host) = volume.get_mut("hostPath") {
        set(host, "type", "".into());
    }
}

/// Whether an image has no tag, or the tag `latest`.
fn latest(image: &str) -> bool {
    if image.contains('@') {
        return false;
    }
    let last = image.rsplit('/').next().unwrap_or(image);
    last.split_once(':').is_none_or(|(_, tag)| tag == "latest")
}
