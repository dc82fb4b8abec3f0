//! Server-side apply, as tables: what is applied by whom, what is there then.

use super::{Manager, apply, update};
use crate::cluster::api::schema::Schema;
use crate::cluster::api::types;
use serde_json::{Value, json};

fn manager(name: &str, operation: &'static str) -> Manager {
    Manager { name: name.to_owned(), operation, api_version: "apps/v1".to_owned(), subresource: String::new() }
}

fn schema() -> Schema<'static> {
    Schema::Type(types::named("apps.v1.Deployment").unwrap())
}

fn says(live: Option<&Value>, who: &str, spec: Value, force: bool) -> Result<Value, String> {
    let config = json!({ "apiVersion": "apps/v1", "kind": "Deployment", "metadata": { "name": "a" }, "spec": spec });
    apply(live, &config, &schema(), &manager(who, "Apply"), force, true, "t").map_err(|e| e.message)
}

fn containers(names: &[&str]) -> Value {
    let list: Vec<Value> = names.iter().map(|n| json!({ "name": n, "image": format!("{n}:1") })).collect();
    json!({ "template": { "spec": { "containers": list } } })
}

fn names(object: &Value) -> Vec<&str> {
    object["spec"]["template"]["spec"]["containers"].as_array().unwrap().iter().map(|c| c["name"].as_str().unwrap()).collect()
}

#[test]
fn what_is_no_longer_applied_is_taken_away() {
    let live = says(None, "a", json!({ "replicas": 2, "paused": true }), false).unwrap();
    let live = says(Some(&live), "a", json!({ "replicas": 2 }), false).unwrap();
    assert_eq!(live["spec"], json!({ "replicas": 2 }));
}

#[test]
fn a_field_of_two_owners_stays_until_both_let_it_go() {
    let live = says(None, "a", json!({ "replicas": 2, "paused": true }), false).unwrap();
    let live = says(Some(&live), "b", json!({ "paused": true }), false).unwrap();
    let live = says(Some(&live), "a", json!({ "replicas": 2 }), false).unwrap();
    assert_eq!(live["spec"]["paused"], true);
    let live = says(Some(&live), "b", json!({}), false).unwrap();
    assert_eq!(live["spec"], json!({ "replicas": 2 }));
}

#[test]
fn another_owner_is_a_conflict_unless_forced() {
    let live = says(None, "a", json!({ "replicas": 2, "paused": true }), false).unwrap();
    let refused = says(Some(&live), "b", json!({ "replicas": 3 }), false).unwrap_err();
    assert_eq!(refused, "Apply failed with 1 conflict: conflict with \"a\": .spec.replicas");
    let live = says(Some(&live), "b", json!({ "replicas": 3 }), true).unwrap();
    assert_eq!(live["spec"]["replicas"], 3);
    let live = says(Some(&live), "a", json!({ "paused": true }), false).unwrap();
    assert_eq!(live["spec"], json!({ "replicas": 3, "paused": true }));
}

#[test]
fn several_conflicts_are_listed_by_owner() {
    let live = says(None, "a", json!({ "replicas": 2, "paused": true }), false).unwrap();
    let refused = says(Some(&live), "b", json!({ "replicas": 3, "paused": false }), false).unwrap_err();
    assert_eq!(refused, "Apply failed with 2 conflicts: conflicts with \"a\":\n- .spec.paused\n- .spec.replicas");
}

#[test]
fn lists_with_keys_are_merged_item_by_item_in_the_applied_order() {
    let live = says(None, "a", containers(&["web", "log"]), false).unwrap();
    let live = says(Some(&live), "b", containers(&["mesh"]), false).unwrap();
    assert_eq!(names(&live), ["web", "log", "mesh"]);
    let live = says(Some(&live), "a", containers(&["log", "web"]), false).unwrap();
    assert_eq!(names(&live), ["log", "mesh", "web"]);
    let live = says(Some(&live), "a", containers(&["log"]), false).unwrap();
    assert_eq!(names(&live), ["log", "mesh"]);
}

#[test]
fn an_item_goes_with_its_defaults() {
    let mut live = says(None, "a", containers(&["web", "log"]), false).unwrap();
    live["spec"]["template"]["spec"]["containers"][1]["imagePullPolicy"] = "Always".into();
    let live = says(Some(&live), "a", containers(&["web"]), false).unwrap();
    assert_eq!(names(&live), ["web"]);
}

#[test]
fn ports_are_told_apart_by_number_and_protocol() {
    let ports = |list: Value| json!({ "template": { "spec": { "containers": [{ "name": "a", "ports": list }] } } });
    let live = says(None, "a", ports(json!([{ "containerPort": 53 }])), false).unwrap();
    let live = says(Some(&live), "b", ports(json!([{ "containerPort": 53, "protocol": "UDP" }])), false).unwrap();
    assert_eq!(live["spec"]["template"]["spec"]["containers"][0]["ports"].as_array().unwrap().len(), 2);
    let live = says(Some(&live), "b", ports(json!([{ "containerPort": 53, "protocol": "TCP" }])), false).unwrap();
    assert_eq!(live["spec"]["template"]["spec"]["containers"][0]["ports"], json!([{ "containerPort": 53, "protocol": "TCP" }]));
}

#[test]
fn atomic_values_are_replaced_whole() {
    let live = says(None, "a", json!({ "selector": { "matchLabels": { "app": "x" } } }), false).unwrap();
    let live = says(Some(&live), "a", json!({ "selector": { "matchLabels": { "app": "y" } } }), false).unwrap();
    assert_eq!(live["spec"]["selector"], json!({ "matchLabels": { "app": "y" } }));
}

#[test]
fn a_writer_owns_what_it_changes() {
    let live = says(None, "a", json!({ "replicas": 2 }), false).unwrap();
    let mut scaled = live.clone();
    scaled["spec"]["replicas"] = 5.into();
    let live = update(Some(&live), &scaled, &schema(), &manager("autoscaler", "Update"), true, "t");
    let refused = says(Some(&live), "a", json!({ "replicas": 2 }), false).unwrap_err();
    assert_eq!(refused, "Apply failed with 1 conflict: conflict with \"autoscaler\" using apps/v1: .spec.replicas");
    let live = says(Some(&live), "a", json!({}), false).unwrap();
    assert_eq!(live["spec"]["replicas"], 5);
}

#[test]
fn applying_the_same_again_changes_nothing_at_all() {
    let live = says(None, "a", containers(&["web", "log"]), false).unwrap();
    let config = json!({ "apiVersion": "apps/v1", "kind": "Deployment", "metadata": { "name": "a" }, "spec": live["spec"] });
    let again = apply(Some(&live), &config, &schema(), &manager("a", "Apply"), false, true, "later").unwrap();
    assert_eq!(again, live);
}
