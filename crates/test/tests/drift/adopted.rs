//! What somebody made by hand is taken over as it is, and what that leads to.

use super::by_hand;
use pontoon_core::{
    address::Address,
    operation::Ending,
    plan::{Action, Command},
    platform::Platform,
};
use pontoon_emulator::World;
use pontoon_operate::Prepared;
use pontoon_plan::{Adoption, Options};
use pontoon_test::{context::Context, platforms};
use serde_json::{Value, json};
use std::time::Duration;

fn wanted(network: &str) -> Platform {
    platforms::document(&format!(
        "apiVersion: pontoon.dev/v1alpha1\nplatform: hello\nblueprint: single-cluster\ndomain: hello.example.com\n\
         contact: ops@example.com\nenvironments: {{ production: {{ region: nyc3, network: {network} }} }}\n\
         cluster: {{ version: \"1.36\", pools: {{ default: {{ size: s-4vcpu-8gb, nodes: 2 }} }} }}\n\
         databases: {{ main: {{ provider: digitalocean, version: \"17\", size: db-s-1vcpu-2gb, instances: 1 }} }}\n"
    ))
}

/// A zone, a network, a cluster and a database that somebody made under names of their own.
async fn made_by_hand() -> Context {
    let context = Context::new(World::default());
    by_hand(&context, "POST", "/v2/domains", json!({ "name": "hello.example.com" })).await;
    let vpc = json!({ "name": "their-net", "region": "nyc3", "ip_range": "10.20.0.0/20" });
    let vpc = by_hand(&context, "POST", "/v2/vpcs", vpc).await["vpc"]["id"].clone();
    let pools = json!([{ "name": "workers", "size": "s-4vcpu-8gb", "count": 3 }]);
    let cluster = json!({ "name": "theirs", "region": "nyc3", "version": "1.36.1-do.0", "vpc_uuid": vpc, "ha": false,
        "node_pools": pools });
    by_hand(&context, "POST", "/v2/kubernetes/clusters", cluster).await;
    let database = json!({ "name": "their-db", "engine": "pg", "version": "17", "region": "nyc3", "size": "db-s-1vcpu-2gb",
        "num_nodes": 1, "private_network_uuid": vpc });
    by_hand(&context, "POST", "/v2/databases", database).await;
    tokio::time::sleep(Duration::from_secs(3600)).await;
    context
}

async fn adopt(context: &Context, platform: &Platform, adoption: Adoption) -> Prepared {
    let options = Options { adoption: Some(adoption), ..Options::default() };
    let (prepared, report) = context.run(&context.me, platform, Command::Adopt, &options, true).await.unwrap();
    assert!(report.is_none_or(|r| r.ending == Ending::Done));
    prepared
}

fn named(prepared: &Prepared) -> Vec<String> {
    prepared.plan.changes.iter().map(|c| c.address.to_string()).collect()
}

const ALL: [&str; 5] = [
    "production/digitalocean.cluster.main",
    "production/digitalocean.database.main",
    "production/digitalocean.node_pool.default",
    "production/digitalocean.vpc.main",
    "shared/digitalocean.domain.main",
];

#[tokio::test(start_paused = true)]
async fn what_fits_is_taken_over_untouched_and_never_replaced() {
    let (context, platform) = (made_by_hand().await, wanted("10.20.0.0/20"));
    let before = context.cloud.objects();
    let prepared = adopt(&context, &platform, Adoption { likely: true, ..Adoption::default() }).await;
    let taken = named(&prepared);
    assert!(ALL.iter().all(|a| taken.iter().any(|t| t == a)), "{taken:?}");
    assert_eq!(prepared.plan.calls(), 0);
    assert_eq!(context.cloud.objects(), before, "nothing is touched");

    let next = context.plan(&platform).await.unwrap();
    let replaced: Vec<_> = next.changes.iter().filter(|c| matches!(c.action, Action::Replace | Action::Delete)).collect();
    assert!(replaced.is_empty(), "{replaced:#?}");
    let made: Vec<_> = next.changes.iter().filter(|c| c.action == Action::Create).map(|c| c.address.to_string()).collect();
    assert!(ALL.iter().all(|a| !made.iter().any(|m| m == a)), "{made:?}");
    let pool = next.changes.iter().find(|c| c.address.kind() == "digitalocean.node_pool").unwrap();
    assert!(pool.fields.iter().any(|f| f.field == "count"), "a later plan says what it changes: {pool:#?}");

    let report = context.up(&platform).await.unwrap().unwrap();
    assert_eq!(report.ending, Ending::Done, "{:#?}", report.failures);
    let settled = context.plan(&platform).await.unwrap();
    assert!(settled.is_empty(), "{:#?}", settled.changes);
    let census = context.census();
    assert_eq!((census["kubernetes_clusters"], census["databases"], census["node_pools"]), (1, 1, 1));
    assert!(context.drifting(&platform).await.unwrap().drift.is_empty());
    let database = by_hand(&context, "GET", "/v2/databases", Value::Null).await["databases"][0]["name"].clone();
    assert_eq!(database, "their-db", "a name that cannot change stays");
}

#[tokio::test(start_paused = true)]
async fn what_is_only_likely_waits_for_a_person() {
    let (context, platform) = (made_by_hand().await, wanted("10.20.0.0/20"));
    let prepared = adopt(&context, &platform, Adoption::default()).await;
    assert_eq!(named(&prepared), ["shared/digitalocean.domain.main"], "its name is the only certain thing");
    let near = wanted("10.20.0.0/20");
    let other = Platform {
        resources: near
            .resources
            .into_iter()
            .map(|(a, mut r)| {
                if a.kind() == "digitalocean.cluster" {
                    r.attributes.insert("version".into(), "1.35".into());
                }
                (a, r)
            })
            .collect(),
        ..near
    };
    let options = Options { adoption: Some(Adoption { likely: true, ..Adoption::default() }), ..Options::default() };
    let (looked, _) = context.run(&context.me, &other, Command::Adopt, &options, false).await.unwrap();
    let said = looked.plan.findings.iter().find(|f| f.code == "PT6014").expect("the cluster is told of");
    assert!(said.message.contains("but version, which is \"1.36.1-do.0\""), "{said:#?}");
    let vpc: Address = "production/digitalocean.vpc.main".parse().unwrap();
    let said = prepared.plan.findings.iter().find(|f| f.address.as_ref() == Some(&vpc)).unwrap();
    assert!(said.code == "PT6015" && said.hint.contains("--take production/digitalocean.vpc.main="), "{said:#?}");
    let id = said.message.split(' ').next().unwrap().to_owned();
    let take = [(vpc.clone(), id)].into();
    let prepared = adopt(&context, &platform, Adoption { take, ..Adoption::default() }).await;
    assert_eq!(named(&prepared), ["production/digitalocean.vpc.main"]);
}

#[tokio::test(start_paused = true)]
async fn what_would_have_to_be_replaced_is_not_taken_even_when_it_is_named() {
    let (context, platform) = (made_by_hand().await, wanted("10.99.0.0/20"));
    let vpcs = by_hand(&context, "GET", "/v2/vpcs", Value::Null).await;
    let theirs = vpcs["vpcs"].as_array().unwrap().iter().find(|v| v["name"] == "their-net").unwrap()["id"].clone();
    let vpc: Address = "production/digitalocean.vpc.main".parse().unwrap();
    let take = [(vpc.clone(), theirs.as_str().unwrap().to_owned())].into();
    let prepared = adopt(&context, &platform, Adoption { take, likely: true, ..Adoption::default() }).await;
    assert_eq!(named(&prepared), ["shared/digitalocean.domain.main"]);
    let said = prepared.plan.findings.iter().find(|f| f.address.as_ref() == Some(&vpc)).unwrap();
    assert!(said.code == "PT6014" && said.message.contains("ip_range"), "{said:#?}");
}

#[tokio::test(start_paused = true)]
async fn one_thing_is_destroyed_with_what_lives_in_it_and_what_needs_it_is_named() {
    let platform = wanted("10.20.0.0/20");
    let context = super::built(&platform).await;
    let only = |address: &str| Options { only: [address.parse().unwrap()].into(), include_stateful: true, ..Options::default() };
    let vpc = only("production/digitalocean.vpc.main");
    let (prepared, _) = context.run(&context.me, &platform, Command::Destroy, &vpc, false).await.unwrap();
    assert!(!prepared.plan.is_allowed(), "a cluster stands in it");
    let said =
        |a: &str| prepared.plan.findings.iter().any(|f| f.code == "PT6016" && f.address.as_ref().unwrap().to_string() == a);
    assert!(said("production/digitalocean.cluster.main") && said("production/digitalocean.database.main"));

    let before = context.records(&platform).values().map(|r| r.resources.len()).sum::<usize>();
    let database = only("production/digitalocean.database.main");
    let (prepared, report) = context.run(&context.me, &platform, Command::Destroy, &database, true).await.unwrap();
    assert_eq!(report.unwrap().ending, Ending::Done);
    let gone = named(&prepared);
    assert_eq!(gone, ["production/digitalocean.database.main", "production/digitalocean.database_firewall.main"]);
    let after = context.records(&platform).values().map(|r| r.resources.len()).sum::<usize>();
    assert_eq!((context.census().get("databases"), before - after), (None, 2), "nothing of it stays recorded");
    assert_eq!(context.census()["kubernetes_clusters"], 1);

    let twice = context.run(&context.me, &platform, Command::Destroy, &database, false).await.unwrap().0;
    assert!(twice.plan.findings.iter().any(|f| f.code == "PT6011"), "{:#?}", twice.plan.findings);
    let report = context.up(&platform).await.unwrap().unwrap();
    assert_eq!(report.ending, Ending::Done);
    assert!(context.plan(&platform).await.unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_first_document_says_what_is_there_and_the_next_plan_agrees() {
    let context = made_by_hand().await;
    let balancer = json!({ "name": "their-front", "region": "nyc3", "size_unit": 1, "droplet_ids": [], "forwarding_rules":
        [{ "entry_protocol": "http", "entry_port": 80, "target_protocol": "http", "target_port": 80 }] });
    by_hand(&context, "POST", "/v2/load_balancers", balancer).await;
    let raised = pontoon_compiler::raise(&context.everything().await, &pontoon_compiler::Choice::default()).unwrap();
    assert!(raised.left_out.iter().any(|l| l.contains("load balancer their-front")), "{:?}", raised.left_out);
    assert!(raised.text.contains("#   load balancer their-front"), "{}", raised.text);
    let platform = platforms::document(&raised.text);
    let before = context.cloud.objects();
    let taken = adopt(&context, &platform, Adoption { take: raised.take.clone(), ..Adoption::default() }).await;
    let taken = named(&taken);
    assert!(raised.take.keys().all(|a| taken.contains(&a.to_string())), "{:?} of {:?}", taken, raised.take);
    assert_eq!(context.cloud.objects(), before, "nothing is touched");
    let next = context.plan(&platform).await.unwrap();
    for change in next.changes.iter().filter(|c| raised.take.contains_key(&c.address)) {
        assert_eq!(change.action, Action::Update, "{change:#?}");
        // Names and marks are Pontoon's own; everything that the document says is as it is.
        let own = |f: &str| ["name", "tags", "description"].contains(&f);
        assert!(change.fields.iter().all(|f| own(&f.field)), "{change:#?}");
    }
    assert!(next.findings.is_empty(), "{:#?}", next.findings);
}
