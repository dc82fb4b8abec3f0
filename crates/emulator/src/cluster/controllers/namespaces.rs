//! Namespaces: what each has from the start, and how one ends: everything in it first.

use super::act::{Act, carry_out};
use super::fields::{leaving, name, namespace, text};
use crate::cluster::Objects;
use serde_json::json;
use std::collections::BTreeMap;

/// Default service accounts, the cluster's certificate, and termination.
pub(crate) fn run(objects: &mut Objects) {
    let mut acts = Vec::new();
    let mut doomed = Vec::new();
    for object in objects.list("namespaces") {
        let own = name(object).to_owned();
        if leaving(object) {
            doomed.push(own);
            continue;
        }
        if object["spec"]["finalizers"].is_null() {
            let mut object = object.clone();
            object["spec"] = json!({ "finalizers": ["kubernetes"] });
            acts.push(Act::Put { resource: "namespaces", object });
        }
        if text(&object["status"]["phase"]) != "Active" {
            acts.extend(Act::status("namespaces", object, json!({ "phase": "Active" })));
        }
        if objects.get("serviceaccounts", &own, "default").is_none() {
            let object =
                json!({ "apiVersion": "v1", "kind": "ServiceAccount", "metadata": { "name": "default", "namespace": own } });
            acts.push(Act::Put { resource: "serviceaccounts", object });
        }
        if objects.get("configmaps", &own, "kube-root-ca.crt").is_none() {
            let object = json!({
                "apiVersion": "v1", "kind": "ConfigMap",
                "metadata": {
                    "name": "kube-root-ca.crt", "namespace": own,
                    "annotations": { "kubernetes.io/description": "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc." },
                },
                "data": { "ca.crt": "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n" },
            });
            acts.push(Act::Put { resource: "configmaps", object });
        }
    }
    carry_out(objects, acts);
    for own in doomed {
        terminate(objects, &own);
    }
}

fn terminate(objects: &mut Objects, own: &str) {
    let mut left: BTreeMap<String, usize> = BTreeMap::new();
    let mut finalizers: BTreeMap<String, usize> = BTreeMap::new();
    for resource in objects.resources() {
        if resource == "namespaces" || resource == "events" {
            continue;
        }
        let names: Vec<String> = objects.list_in(&resource, own).into_iter().map(|o| name(o).to_owned()).collect();
        for name in names {
            objects.delete(&resource, own, &name);
        }
        for object in objects.list_in(&resource, own) {
            *left.entry(resource.clone()).or_default() += 1;
            for finalizer in super::fields::items(&object["metadata"]["finalizers"]) {
                *finalizers.entry(text(finalizer).to_owned()).or_default() += 1;
            }
        }
    }
    if left.is_empty() {
        let events: Vec<String> =
            objects.list("events").into_iter().filter(|e| namespace(e) == own).map(|e| name(e).to_owned()).collect();
        for event in events {
            objects.quietly(|o| o.remove("events", own, &event));
        }
        objects.edit("namespaces", "", own, |n| n["spec"]["finalizers"] = json!([]));
        // Goes unless somebody else's finalizer holds it.
        objects.delete("namespaces", "", own);
        return;
    }
    let now = objects.world().stamp();
    let told = |all: &BTreeMap<String, usize>, what: &str| {
        all.iter().map(|(name, count)| format!("{name}{what} {count}")).collect::<Vec<_>>().join(", ")
    };
    let (status, remaining) = (!finalizers.is_empty(), told(&left, " has"));
    let content =
        format!("Some resources are remaining: {} resource instances", remaining.replace(", ", " resource instances, "));
    let waiting = format!(
        "Some content in the namespace has finalizers remaining: {}",
        told(&finalizers, " in").replace(", ", " resource instances, ") + " resource instances"
    );
    objects.edit("namespaces", "", own, |n| {
        let before = n["status"].clone();
        let yes = if status { "True" } else { "False" };
        let condition = super::fields::conditioned;
        n["status"] = json!({
            "phase": "Terminating",
            "conditions": [
                condition(&before, "NamespaceDeletionDiscoveryFailure", "False", "ResourcesDiscovered", "All resources successfully discovered", &now),
                condition(&before, "NamespaceDeletionContentFailure", "False", "ContentDeleted", "All content successfully deleted, may be waiting on finalization", &now),
                condition(&before, "NamespaceContentRemaining", "True", "SomeResourcesRemain", &content, &now),
                condition(&before, "NamespaceFinalizersRemaining", yes, if status { "SomeFinalizersRemain" } else { "ContentHasNoFinalizers" }, if status { &waiting } else { "All content-preserving finalizers finished" }, &now),
            ],
        });
    });
}
