//! The trees of the examples before any cluster sees them: kustomize builds every folder, `kubeconform` knows every field,
//! and charts know every value.

#[path = "contents/argo.rs"]
mod argo;
#[path = "contents/built.rs"]
mod built;
#[path = "contents/chart_values.rs"]
mod chart_values;

use built::built;
use pontoon_test::{
    conform::conform_or_skip,
    context::Folder,
    definitions::Definitions,
    gitops::{objects, title},
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Those of the environments are built as layers, with all that Flux puts on top.
#[test]
fn kustomize_builds_every_folder() {
    for (example, built) in built() {
        for (environment, layers) in &built.layers {
            let empty = layers.iter().find(|l| l.objects.is_empty() && l.brings.is_empty());
            assert!(empty.is_none(), "{example} {environment}: {empty:?} holds nothing");
        }
        let folders = built.tree.kustomizations();
        let bases = folders.iter().filter(|f| !f.starts_with("clusters/"));
        assert!(bases.clone().count() > 3, "{example}: {folders:?}");
        for folder in bases {
            let base = built.tree.build(folder, &Value::Null).unwrap_or_else(|e| panic!("{example}: {e}"));
            assert!(!base.objects.is_empty() || !base.outside.is_empty(), "{example}: {folder} holds nothing");
        }
    }
}

#[test]
fn no_two_layers_of_an_environment_hold_the_same_object() {
    for (example, built) in built() {
        for (environment, layers) in &built.layers {
            let mut held: BTreeMap<String, &str> = BTreeMap::new();
            for (layer, object) in layers.iter().flat_map(|l| l.objects.iter().map(move |o| (l, o))) {
                if let Some(other) = held.insert(title(object), &layer.name) {
                    panic!("{example} {environment}: {} is in {other} and in {}", title(object), layer.name);
                }
            }
        }
    }
}

#[test]
fn every_object_is_valid_and_has_no_unknown_field() {
    let Some(definitions) = Definitions::read_or_skip("contents") else { return };
    for (example, built) in built() {
        let mut all: Vec<Value> = Vec::new();
        for object in built.layers.values().flatten().flat_map(objects).flatten() {
            if !all.contains(&object) {
                all.push(object);
            }
        }
        let Some(wrong) = conform_or_skip("contents", Folder::new().path(), &definitions, &all) else { return };
        assert!(wrong.is_empty(), "{example}:\n{}", wrong.join("\n"));
        println!("{example}: {} objects are valid", all.len());
    }
}

/// The proof that fields are judged at all.
#[test]
fn a_field_too_many_is_found() {
    let Some(definitions) = Definitions::read_or_skip("contents") else { return };
    let meta = json!({ "name": "x", "namespace": "y" });
    let objects = [
        json!({ "apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": { "ports": [{ "port": 80, "portt": 1 }] } }),
        json!({ "apiVersion": "cert-manager.io/v1", "kind": "ClusterIssuer", "metadata": { "name": "x" }, "spec": { "selfsigned": {} } }),
        json!({ "apiVersion": "cilium.io/v2", "kind": "CiliumNetworkPolicy", "metadata": meta, "spec": { "endpointSelector": {}, "egres": [] } }),
        json!({ "apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta, "spec": { "replicas": "2" } }),
        json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": { "x": "y" } }),
        json!({ "apiVersion": "example.com/v1", "kind": "Unheard", "metadata": meta }),
    ];
    let Some(wrong) = conform_or_skip("contents", Folder::new().path(), &definitions, &objects) else { return };
    for part in ["portt", "selfsigned", "egres", "replicas", "Unheard"] {
        assert!(wrong.iter().any(|w| w.contains(part)), "{part}: {wrong:#?}");
    }
    assert_eq!(wrong.len(), 5, "{wrong:#?}");
}
