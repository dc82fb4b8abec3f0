//! The trees of the examples before any cluster sees them: kustomize builds every folder, `kubeconform` knows every field,
//! and charts know every value.

use pontoon_test::{
    conform::conform_or_skip,
    context::Folder,
    definitions::Definitions,
    gitops::{Layer, Tree, objects, title},
    trees,
};
use serde_json::{Value, json};
use std::{collections::BTreeMap, sync::LazyLock};

const EXAMPLES: &[&str] = &["minimal", "single-cluster", "gitops"];

/// The layers of every environment of an example.
type Built = BTreeMap<String, Vec<Layer>>;

fn tree(example: &str) -> Option<Tree> {
    Tree::open_or_skip("contents", trees::written(example).path())
}

/// Every example, built once for all tests.
fn built() -> Option<&'static BTreeMap<&'static str, Built>> {
    static BUILT: LazyLock<Option<BTreeMap<&'static str, Built>>> = LazyLock::new(|| {
        let one = |example: &'static str| {
            let tree = tree(example)?;
            let layers = |e: String| {
                let layers = tree.layers(&e).unwrap_or_else(|w| panic!("{example} {e}: {w}"));
                (e, layers)
            };
            Some((example, tree.environments().into_iter().map(layers).collect()))
        };
        EXAMPLES.iter().map(|e| one(e)).collect()
    });
    BUILT.as_ref()
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
    for (example, built) in built().into_iter().flatten() {
        for (environment, layers) in built {
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
    for (example, built) in built().into_iter().flatten() {
        let mut all: Vec<Value> = Vec::new();
        for object in built.values().flatten().flat_map(objects).flatten() {
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
