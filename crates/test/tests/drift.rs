//! What people and vendors do by hand: seen as drift and by the next plan with its reason, mended by the next run.

#[path = "drift/adopted.rs"]
mod adopted;
#[path = "drift/told.rs"]
mod told;

use bytes::Bytes;
use pontoon_core::{
    operation::Ending,
    plan::{Action, Impact},
    platform::Platform,
};
use pontoon_emulator::{Vendor, World, world::DEFAULT_TOKEN};
use pontoon_plan::Options;
use pontoon_test::{context::Context, platforms};
use serde_json::{Value, json};

/// A person's own call.
async fn by_hand(context: &Context, method: &str, path: &str, body: Value) -> Value {
    let body = if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) };
    let request = http::Request::builder()
        .method(method)
        .uri(format!("http://digitalocean.local{path}"))
        .header("authorization", format!("Bearer {DEFAULT_TOKEN}"))
        .header("content-type", "application/json")
        .body(body)
        .unwrap();
    let reply = context.cloud.call(Vendor::DigitalOcean, request).await.unwrap();
    assert!(reply.status().is_success(), "{method} {path}: {:?}", reply.body());
    serde_json::from_slice(reply.body()).unwrap_or_default()
}

async fn built(platform: &Platform) -> Context {
    let context = Context::new(World::default());
    let report = context.up(platform).await.unwrap().unwrap();
    assert_eq!(report.ending, Ending::Done, "{:#?}", report.failures);
    context
}

async fn id(context: &Context, path: &str, list: &str) -> String {
    by_hand(context, "GET", path, Value::Null).await[list][0]["id"].as_str().unwrap().to_owned()
}

/// The only change that the next plan has; afterwards a run mends it.
async fn sole_change(context: &Context, platform: &Platform) -> (Action, String, String) {
    let plan = context.plan(platform).await.unwrap();
    assert_eq!(plan.changes.len(), 1, "{:#?}", plan.changes);
    let change = &plan.changes[0];
    let report = context.up(platform).await.unwrap().unwrap();
    assert_eq!(report.ending, Ending::Done, "{:#?}", report.failures);
    assert!(context.plan(platform).await.unwrap().is_empty());
    (change.action, change.address.to_string(), change.because.clone())
}

#[tokio::test(start_paused = true)]
async fn a_changed_thing_is_changed_back() {
    let platform = platforms::example("minimal", 0);
    let context = built(&platform).await;
    let vpc = by_hand(&context, "GET", "/v2/vpcs", Value::Null).await["vpcs"][0].clone();
    let (id, description) = (vpc["id"].as_str().unwrap(), vpc["description"].clone());
    by_hand(&context, "PUT", &format!("/v2/vpcs/{id}"), json!({"name": "mine", "description": description})).await;
    let (action, address, because) = sole_change(&context, &platform).await;
    assert_eq!((action, address.as_str()), (Action::Update, "production/digitalocean.vpc.main"));
    assert_eq!(because, "changed outside of Pontoon");
}

#[tokio::test(start_paused = true)]
async fn a_lost_mark_is_put_back() {
    let platform = platforms::example("minimal", 0);
    let context = built(&platform).await;
    let cluster = by_hand(&context, "GET", "/v2/kubernetes/clusters", Value::Null).await["kubernetes_clusters"][0].clone();
    let path = format!("/v2/kubernetes/clusters/{}", cluster["id"].as_str().unwrap());
    by_hand(&context, "PUT", &path, json!({"name": cluster["name"], "tags": ["mine"]})).await;
    let (action, address, _) = sole_change(&context, &platform).await;
    assert_eq!((action, address.as_str()), (Action::Update, "production/digitalocean.cluster.main"));
}

#[tokio::test(start_paused = true)]
async fn a_deleted_database_is_made_again_and_its_loss_is_said() {
    let platform = platforms::example("minimal", 0);
    let context = built(&platform).await;
    let database = id(&context, "/v2/databases", "databases").await;
    by_hand(&context, "DELETE", &format!("/v2/databases/{database}"), Value::Null).await;
    let plan = context.plan(&platform).await.unwrap();
    let main = plan.changes.iter().find(|c| c.address.to_string() == "production/digitalocean.database.main").unwrap();
    assert_eq!(main.action, Action::Create);
    assert!(main.because.contains("deleted outside of Pontoon"), "{}", main.because);
    let report = context.up(&platform).await.unwrap().unwrap();
    assert_eq!(report.ending, Ending::Done, "{:#?}", report.failures);
    let plan = context.plan(&platform).await.unwrap();
    assert!(plan.is_empty(), "{:#?}", plan.changes);
}

#[tokio::test(start_paused = true)]
async fn what_the_vendor_upgraded_is_no_reason_to_destroy() {
    let platform = platforms::example("minimal", 0);
    let context = built(&platform).await;
    let cluster = id(&context, "/v2/kubernetes/clusters", "kubernetes_clusters").await;
    let path = format!("/v2/kubernetes/clusters/{cluster}/upgrade");
    by_hand(&context, "POST", &path, json!({"version": "1.36.1-do.0"})).await;
    tokio::time::sleep(std::time::Duration::from_secs(3600)).await;
    let plan = context.plan(&platform).await.unwrap();
    assert!(plan.is_empty(), "{:#?}", plan.changes);
    assert_eq!(plan.findings.iter().map(|f| f.code.as_str()).collect::<Vec<_>>(), ["PT6010"]);
}

/// A minimal platform with other words for its network, pool and database.
fn variant(network: &str, size: &str, database: &str) -> Platform {
    platforms::document(&format!(
        "apiVersion: pontoon.dev/v1alpha1\nplatform: hello\nblueprint: single-cluster\ndomain: hello.example.com\n\
         contact: ops@example.com\nenvironments: {{ production: {{ region: nyc3, network: {network} }} }}\n\
         cluster: {{ pools: {{ default: {{ size: {size}, nodes: 2 }} }} }}\n\
         databases: {{ main: {{ provider: digitalocean, size: {database}, instances: 1 }} }}\n"
    ))
}

#[tokio::test(start_paused = true)]
async fn another_node_size_replaces_the_pool_and_never_the_cluster() {
    let context = built(&variant("10.20.0.0/20", "s-2vcpu-4gb", "db-s-1vcpu-2gb")).await;
    let after = variant("10.20.0.0/20", "s-4vcpu-8gb", "db-s-1vcpu-2gb");
    let (action, address, because) = sole_change(&context, &after).await;
    assert_eq!((action, address.as_str()), (Action::Replace, "production/digitalocean.node_pool.default"));
    assert!(because.contains("cannot change"), "{because}");
    assert_eq!(context.census()["node_pools"], 1);
}

#[tokio::test(start_paused = true)]
async fn a_smaller_database_is_destroyed_only_by_name() {
    let context = built(&variant("10.20.0.0/20", "s-2vcpu-4gb", "db-s-2vcpu-4gb")).await;
    let after = variant("10.20.0.0/20", "s-2vcpu-4gb", "db-s-1vcpu-2gb");
    let plan = context.plan(&after).await.unwrap();
    let database = "production/digitalocean.database.main".parse().unwrap();
    let change = plan.changes.iter().find(|c| c.address == database).unwrap();
    assert_eq!((change.action, change.impact), (Action::Replace, Impact::LosesData));
    assert!(!plan.is_allowed());
    assert!(context.up(&after).await.is_err());
    assert_eq!(context.census()["databases"], 1);
    let options = Options { destroy: [database].into(), ..Options::default() };
    let report = context.up_with(&after, &options).await.unwrap().unwrap();
    assert_eq!(report.ending, Ending::Done, "{:#?}", report.failures);
    assert_eq!(context.census()["databases"], 1);
    assert!(context.plan(&after).await.unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn another_network_rebuilds_what_stands_in_it_once_that_is_named() {
    let context = built(&variant("10.20.0.0/20", "s-2vcpu-4gb", "db-s-1vcpu-2gb")).await;
    let after = variant("10.30.0.0/20", "s-2vcpu-4gb", "db-s-1vcpu-2gb");
    assert!(context.up(&after).await.is_err(), "a cluster and a database stand in it");
    let options = Options { include_stateful: true, ..Options::default() };
    let report = context.up_with(&after, &options).await.unwrap().unwrap();
    assert_eq!(report.ending, Ending::Done, "{:#?}", report.failures);
    let plan = context.plan(&after).await.unwrap();
    assert!(plan.is_empty(), "{:#?}", plan.changes);
    assert_eq!((context.census()["kubernetes_clusters"], context.census()["databases"]), (1, 1));
}
