//! What a fresh API server holds before anybody writes: namespaces, definitions that DOKS preinstalls.

use super::builtin::{PREINSTALLED, Preinstalled};
use super::definitions::accept;
use super::kinds::DEFINITIONS;
use crate::cluster::Objects;
use serde_json::{Value, json};

/// Puts it in.
pub(crate) fn begin(objects: &mut Objects) {
    for name in ["default", "kube-node-lease", "kube-public", "kube-system"] {
        let namespace = json!({
            "apiVersion": "v1", "kind": "Namespace",
            "metadata": { "name": name, "labels": { "kubernetes.io/metadata.name": name } },
            "spec": { "finalizers": ["kubernetes"] },
            "status": { "phase": "Active" },
        });
        objects.put("namespaces", namespace);
    }
    let now = objects.world().stamp();
    super::roles::begin(objects);
    for preinstalled in PREINSTALLED {
        objects.put(DEFINITIONS, definition(preinstalled, &now));
    }
}

fn definition((group, versions, kind, plural, namespaced, short): &Preinstalled, now: &str) -> Value {
    let schema = json!({ "openAPIV3Schema": { "type": "object", "x-kubernetes-preserve-unknown-fields": true } });
    let served: Vec<Value> = versions
        .iter()
        .enumerate()
        .map(|(i, v)| json!({ "name": v, "served": true, "storage": i == 0, "schema": schema, "subresources": { "status": {} } }))
        .collect();
    let mut definition = json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": { "name": format!("{plural}.{group}") },
        "spec": {
            "group": group,
            "names": {
                "kind": kind, "listKind": format!("{kind}List"), "plural": plural,
                "singular": kind.to_lowercase(), "shortNames": short,
            },
            "scope": if *namespaced { "Namespaced" } else { "Cluster" },
            "versions": served,
            "conversion": { "strategy": "None" },
        },
    });
    accept(&mut definition, now);
    definition
}
