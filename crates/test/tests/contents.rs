//! The trees of the examples before any cluster sees them: kustomize builds every folder, `kubeconform` knows every field,
//! and charts know every value.

use pontoon_test::{
    conform::conform_or_skip,
    context::Folder,
    definitions::Definitions,
    gitops::{Tree, objects, title},
    trees,
};
use serde_json::{Value, json};

const EXAMPLES: &[&str] = &["minimal", "single-cluster", "gitops"];

fn tree(example: &str) -> Option<Tree> {
    Tree::open_or_skip("contents", trees::written(example).path())
}

/// Every object of every environment, once each.
fn all_objects(tree: &Tree, example: &str) -> Vec<Value> {
    let mut all: Vec<Value> = Vec::new();
    for environment in tree.environments() {
        let layers = tree.layers(&environment).unwrap_or_else(|e| panic!("{example} {environment}: {e}"));
        for object in layers.iter().flat_map(objects).flatten() {
            if !all.contains(&object) {
                all.push(object);
            }
        }
    }
    all
}

#[test]
fn kustomize_builds_every_folder() {
    for example in EXAMPLES {
        let Some(tree) = tree(example) else { return };
        let folders = tree.kustomizations();
        assert!(folders.len() > 5, "{example}: {folders:?}");
        for folder in folders {
            let built = tree.build(&folder, &Value::Null).unwrap_or_else(|e| panic!("{example}: {e}"));
            assert!(!built.objects.is_empty() || !built.outside.is_empty(), "{example}: {folder} holds nothing");
        }
    }
}

#[test]
fn no_two_layers_of_an_environment_hold_the_same_object() {
    for example in EXAMPLES {
        let Some(tree) = tree(example) else { return };
        for environment in tree.environments() {
            let mut held: Vec<(String, String)> = Vec::new();
            for layer in tree.layers(&environment).expect("it can be built") {
                for object in &layer.objects {
                    let title = title(object);
                    if let Some((_, other)) = held.iter().find(|(t, _)| *t == title) {
                        panic!("{example} {environment}: {title} is in {other} and in {}", layer.name);
                    }
                    held.push((title, layer.name.clone()));
                }
            }
        }
    }
}

#[test]
fn every_object_is_valid_and_has_no_unknown_field() {
    let Some(definitions) = Definitions::read_or_skip("contents") else { return };
    for example in EXAMPLES {
        let Some(tree) = tree(example) else { return };
        let all = all_objects(&tree, example);
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
