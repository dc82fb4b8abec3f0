//! `explain`: which layer won, over what.

mod common;

use common::{document, example};

#[test]
fn says_who_won_and_over_what() {
    let gitops = example("gitops");
    let nodes = gitops.explain("sandbox", "cluster.pools.system.nodes").unwrap();
    let expected = "\
# How many nodes: a number, or `min` and `max` for the autoscaler.
nodes:
  min: 2  # environment sandbox (platform.yaml:13), over 3 of platform.yaml:28, over 3 of blueprint gitops:10
  max: 4  # environment sandbox (platform.yaml:13), over 6 of platform.yaml:28, over 6 of blueprint gitops:10
";
    assert_eq!(nodes.render(), expected);
    let json = serde_json::to_value(&nodes).unwrap();
    assert_eq!(json["entries"][0]["source"]["layer"], "environment sandbox");
    assert_eq!(json["entries"][0]["over"][0]["value"], 3);
}

#[test]
fn one_value_has_its_documentation() {
    let one = document("").explain("production", "cluster.surge").unwrap();
    assert_eq!(
        one.render(),
        "# Whether upgrades add nodes before they remove any. Needs room in the account's limit.\nsurge: true  # default\n"
    );
    assert_eq!(document("").explain("production", "cluster.nope").unwrap_err().first().map(String::as_str), Some("version"));
    assert_eq!(document("").explain("nope", "").unwrap_err(), ["production"]);
    assert!(document("").explain("production", "databases.main").unwrap().text.starts_with("A PostgreSQL database cluster."));
}
