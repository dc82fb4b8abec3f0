//! What `drift` tells: of every field of every kind, and of what people and vendors do.

use super::{built, by_hand, id, variant};
use pontoon_catalog::{
    Compare::{Once, Unseen},
    find, resource_types,
};
use pontoon_core::{platform::Platform, value::Value as Attribute};
use pontoon_operate::Drifting;
use pontoon_plan::{Options, What, drift};
use pontoon_test::{context::Context, platforms};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Other values than this one, in the order in which they are tried.
fn others(value: &Attribute) -> Vec<Attribute> {
    match value {
        Attribute::Bool(b) => vec![(!b).into()],
        Attribute::Number(n) => vec![(n.as_i64().unwrap_or_default() + 1).into()],
        Attribute::Text(t) => vec![format!("other-{t}").into(), "9.9".into()],
        Attribute::List(items) => {
            let without = Attribute::List(items.iter().skip(1).cloned().collect());
            let more = Attribute::List(items.iter().cloned().chain(["other".into()]).collect());
            let each = (0..items.len()).flat_map(|i| {
                others(&items[i]).into_iter().map(move |o| {
                    let mut items = items.clone();
                    items[i] = o;
                    Attribute::List(items)
                })
            });
            [without, more].into_iter().chain(each).collect()
        }
        Attribute::Map(entries) => entries
            .iter()
            .flat_map(|(key, value)| {
                others(value).into_iter().map(move |o| {
                    let mut entries = entries.clone();
                    entries.insert(key.clone(), o);
                    Attribute::Map(entries)
                })
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// Puts a value at a dotted path.
fn put(object: &mut Attribute, path: &str, value: Attribute) {
    let Some((first, rest)) = path.split_once('.').or((!path.is_empty()).then_some((path, ""))) else {
        *object = value;
        return;
    };
    match object {
        Attribute::Map(entries) => put(entries.entry(first.into()).or_default(), rest, value),
        Attribute::List(items) => {
            if let Some(item) = first.parse::<usize>().ok().and_then(|i| items.get_mut(i)) {
                put(item, rest, value);
            }
        }
        _ => {}
    }
}

/// Changes each field of each thing alone, and asks what is told. Returns the kinds and fields that were tried.
async fn each_field(platform: &Platform) -> BTreeSet<String> {
    let context = built(platform).await;
    let (prepared, _) =
        context.run(&context.me, platform, pontoon_core::plan::Command::Up, &Options::default(), false).await.unwrap();
    let records = context.records(platform);
    let calm = drift(&records, &prepared.seen);
    assert!(calm.is_empty(), "{:#?}", calm.drifted);
    let mut tried = BTreeSet::new();
    for (address, recorded) in records.values().flat_map(|r| &r.resources) {
        let kind = find(address.kind()).unwrap();
        for field in kind.fields {
            let there = &prepared.seen.matched[address].object;
            let Some(applied) = recorded.attributes.get(field.name) else { continue };
            let shown = there.at(field.at).cloned().unwrap_or_else(|| applied.clone());
            let Some(other) = others(&shown).into_iter().find(|o| !field.same(applied, Some(o))) else { continue };
            let mut seen = prepared.seen.clone();
            put(&mut seen.matched.get_mut(address).unwrap().object, field.at, other.clone());
            let told = drift(&records, &seen);
            // What only the vendor moves is told as well, and is no drift where nothing leads back.
            let moved = told.moved.iter().any(|m| m.address == *address && m.field == field.name && m.actual == other);
            let drifted = matches!(told.drifted.as_slice(), [d] if d.address == *address
                && matches!(&d.what, What::Changed { fields } if fields.len() == 1
                    && fields[0].field == field.name && fields[0].recorded == *applied && fields[0].actual == Some(other.clone())));
            assert!(drifted != (moved && field.mover.is_some()), "{address} {}: {told:#?}", field.name);
            tried.insert(format!("{} {}", kind.kind, field.name));
        }
    }
    tried
}

#[tokio::test(start_paused = true)]
async fn every_changed_field_is_told_and_no_other() {
    let tried = each_field(&platforms::example("single-cluster", 0)).await;
    assert!(tried.len() > 25, "{tried:#?}");
    for kind in resource_types() {
        let all = each_field(&platforms::kind(kind.kind)).await;
        let seen = |f: &&pontoon_catalog::Field| !matches!(f.compare, Once | Unseen) && (kind.sample)().contains_key(f.name);
        for field in kind.fields.iter().filter(seen) {
            assert!(all.contains(&format!("{} {}", kind.kind, field.name)), "{} {} cannot drift", kind.kind, field.name);
        }
    }
}

/// What is told, one line each, sorted.
fn lines(found: &Drifting) -> Vec<String> {
    let mut all: Vec<String> = found.drift.drifted.iter().map(|d| format!("{} {:?}", d.address, d.what)).collect();
    all.extend(found.by_hand.iter().map(|h| format!("{} holds {} {}", h.inside, h.kind, h.label)));
    all.sort();
    all
}

async fn told(context: &Context, platform: &Platform) -> Vec<String> {
    lines(&context.drifting(platform).await.unwrap())
}

#[tokio::test(start_paused = true)]
async fn what_is_made_by_hand_inside_of_ours_is_told_and_the_vendors_own_is_not() {
    let platform = platforms::example("minimal", 0);
    let context = built(&platform).await;
    assert_eq!(told(&context, &platform).await, [""; 0]);
    let zone = by_hand(&context, "GET", "/v2/domains", Value::Null).await["domains"][0]["name"].as_str().unwrap().to_owned();
    let cluster = id(&context, "/v2/kubernetes/clusters", "kubernetes_clusters").await;
    let database = id(&context, "/v2/databases", "databases").await;
    let record = json!({ "type": "A", "name": "mine", "data": "192.0.2.7" });
    by_hand(&context, "POST", &format!("/v2/domains/{zone}/records"), record).await;
    let pool = json!({ "name": "mine", "size": "s-2vcpu-4gb", "count": 1 });
    by_hand(&context, "POST", &format!("/v2/kubernetes/clusters/{cluster}/node_pools"), pool).await;
    by_hand(&context, "POST", &format!("/v2/databases/{database}/users"), json!({ "name": "mine" })).await;
    by_hand(&context, "POST", &format!("/v2/databases/{database}/dbs"), json!({ "name": "mine" })).await;
    let all = [
        "production/digitalocean.cluster.main holds digitalocean.node_pool mine",
        "production/digitalocean.database.main holds digitalocean.database_db mine",
        "production/digitalocean.database.main holds digitalocean.database_user mine",
        "shared/digitalocean.domain.main holds digitalocean.record A mine 192.0.2.7",
    ];
    assert_eq!(told(&context, &platform).await, all);
    assert!(context.plan(&platform).await.unwrap().is_empty(), "nothing of a person's is touched");
}

#[tokio::test(start_paused = true)]
async fn what_was_deleted_is_told_with_what_went_along() {
    let platform = platforms::example("minimal", 0);
    let context = built(&platform).await;
    let database = id(&context, "/v2/databases", "databases").await;
    by_hand(&context, "DELETE", &format!("/v2/databases/{database}"), Value::Null).await;
    let found = context.drifting(&platform).await.unwrap();
    let main = "production/digitalocean.database.main".parse().unwrap();
    let gone = |d: &pontoon_plan::Drifted| matches!(&d.what, What::Deleted { with: None, loss } if !loss.is_empty());
    assert!(found.drift.drifted.iter().any(|d| d.address == main && gone(d)), "{:#?}", found.drift);
    let firewall = found.drift.drifted.iter().find(|d| d.address.kind() == "digitalocean.database_firewall").unwrap();
    assert!(matches!(&firewall.what, What::Deleted { with: Some(parent), .. } if *parent == main), "{firewall:#?}");
}

#[tokio::test(start_paused = true)]
async fn what_the_vendor_and_the_autoscaler_move_is_no_drift() {
    let platform = platforms::document(
        "apiVersion: pontoon.dev/v1alpha1\nplatform: hello\nblueprint: single-cluster\ndomain: hello.example.com\n\
         contact: ops@example.com\nenvironments: { production: { region: nyc3, network: 10.20.0.0/20 } }\n\
         cluster: { version: \"1.35\", pools: { default: { size: s-4vcpu-8gb, nodes: { min: 1, max: 3 } } } }\n",
    );
    let context = built(&platform).await;
    let cluster = id(&context, "/v2/kubernetes/clusters", "kubernetes_clusters").await;
    let path = format!("/v2/kubernetes/clusters/{cluster}/upgrades");
    let next = by_hand(&context, "GET", &path, Value::Null).await["available_upgrade_versions"][0]["slug"].clone();
    let path = format!("/v2/kubernetes/clusters/{cluster}/upgrade");
    by_hand(&context, "POST", &path, json!({ "version": next })).await;
    tokio::time::sleep(std::time::Duration::from_secs(3600)).await;
    let found = context.drifting(&platform).await.unwrap();
    assert_eq!(lines(&found), [""; 0]);
    let moved: Vec<String> = found.drift.moved.iter().map(|m| format!("{} {} {}", m.address, m.field, m.by)).collect();
    assert!(moved.contains(&"production/digitalocean.cluster.main version the vendor".to_owned()), "{moved:?}");
    assert!(moved.contains(&"production/digitalocean.node_pool.default count the autoscaler".to_owned()), "{moved:?}");
}

#[tokio::test(start_paused = true)]
async fn a_resize_by_hand_is_drift_although_nothing_leads_back() {
    let platform = variant("10.20.0.0/20", "s-2vcpu-4gb", "db-s-1vcpu-2gb");
    let context = built(&platform).await;
    let database = id(&context, "/v2/databases", "databases").await;
    let body = json!({ "size": "db-s-2vcpu-4gb", "num_nodes": 1 });
    by_hand(&context, "PUT", &format!("/v2/databases/{database}/resize"), body).await;
    tokio::time::sleep(std::time::Duration::from_secs(3600)).await;
    let found = context.drifting(&platform).await.unwrap();
    let [only] = found.drift.drifted.as_slice() else { panic!("{:#?}", found.drift) };
    let What::Changed { fields } = &only.what else { panic!("{only:#?}") };
    assert_eq!((only.address.to_string().as_str(), fields[0].field), ("production/digitalocean.database.main", "size"));
    assert!(fields[0].stays.is_some(), "{fields:#?}");
}
