//! The same platform for Argo CD: Applications that its definitions take, folders that kustomize builds, values where the
//! Applications look for them.

use pontoon_test::{
    conform::conform_or_skip,
    context::Folder,
    definitions::Definitions,
    gitops::{Tree, is},
    trees,
};
use serde_json::Value;

/// Every Application of an environment with what its folder holds.
fn applications(tree: &Tree, environment: &str) -> (Vec<Value>, Vec<Value>) {
    let root = tree.build(&format!("clusters/{environment}"), &Value::Null).unwrap_or_else(|e| panic!("{e}"));
    let all: Vec<Value> = root.objects.iter().filter(|o| is(o, "argoproj.io", "Application")).cloned().collect();
    let mut held = root.objects.clone();
    for application in &all {
        for source in application["spec"]["sources"].as_array().into_iter().flatten() {
            if let Some(path) = source["path"].as_str() {
                let built = tree.build(path, &Value::Null).unwrap_or_else(|e| panic!("{path}: {e}"));
                assert!(!built.objects.is_empty() || !built.outside.is_empty(), "{path} holds nothing");
                held.extend(built.objects);
            }
            for file in source["helm"]["valueFiles"].as_array().into_iter().flatten() {
                let path = file.as_str().and_then(|f| f.strip_prefix("$platform/")).unwrap_or_else(|| panic!("{file}"));
                assert!(tree.root().join(path).is_file(), "{path} is not there");
            }
        }
    }
    (all, held)
}

#[test]
fn every_object_for_argo_cd_is_valid_and_has_no_unknown_field() {
    let Some(definitions) = Definitions::read_or_skip("contents") else { return };
    let Some(tree) = Tree::open_or_skip("contents", trees::written("hybrid").path()) else { return };
    let (applications, held) = applications(&tree, "production");
    assert!(applications.len() > 10, "{} Applications", applications.len());
    assert!(held.iter().any(|o| is(o, "argoproj.io", "AppProject")), "apps have projects of their own");
    assert!(!held.iter().any(|o| o["kind"] == "Secret" || o["apiVersion"].as_str().is_some_and(|v| v.contains("fluxcd"))));
    let Some(wrong) = conform_or_skip("contents", Folder::new().path(), &definitions, &held) else { return };
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    println!("hybrid: {} objects of {} Applications are valid", held.len(), applications.len());
}
