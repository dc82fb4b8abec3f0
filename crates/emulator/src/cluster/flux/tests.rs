//! Flux as a whole.

use super::install_manifest;
use crate::cluster::yaml;

#[test]
fn a_release_of_flux_is_a_manifest_and_an_unknown_one_is_nothing() {
    let objects = yaml::read(&install_manifest("v2.9.0").expect("published")).expect("yaml");
    let count = |kind: &str| objects.iter().filter(|o| o["kind"] == kind).count();
    let kinds = ["Namespace", "CustomResourceDefinition", "Deployment", "Service", "ServiceAccount", "NetworkPolicy"];
    assert_eq!(kinds.map(count), [1, 11, 4, 3, 4, 3]);
    assert!(objects.iter().all(|o| o["metadata"]["name"].is_string() && o["apiVersion"].is_string()));
    assert_eq!(install_manifest("v9.9.9"), None);
}
