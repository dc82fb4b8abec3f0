//! What is left in an account of a platform, and no record holds: by mark, by tag, by the cluster that made it, by name.
//!
//! Nothing of it is anybody's drift or plan, and all of it may be billed. What lives in something else (records, pools)
//! goes with that, so only what the account itself lists is looked at.

use crate::{
    attributes::{id_of, mark_of, shown},
    decide::kept,
};
use pontoon_catalog::{List, ResourceType, mark::WORD, resource::Attributes, resource_types};
use pontoon_core::{call::Listing, money::Cost, value::Value};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// What the vendor makes by itself and nobody pays for.
const FREE: &[&str] = &["digitalocean.tag", "digitalocean.ssh_key"];

/// Whose leftovers are looked for.
#[derive(Debug, Clone, Default)]
pub struct Owner {
    /// The platform.
    pub platform: String,
    /// Its environments, and `shared` where that is meant as well.
    pub scopes: Vec<String>,
    /// What records hold: kinds and ids.
    pub recorded: BTreeSet<(String, String)>,
}

/// Why something is taken for a leftover.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "by", rename_all = "kebab-case")]
pub enum By {
    /// It carries a mark of the platform.
    Mark {
        /// Of which environment, or `shared`.
        scope: String,
    },
    /// It carries the tag of an environment.
    Tag {
        /// Which.
        tag: String,
    },
    /// Kubernetes made it, in a cluster that is gone.
    Cluster {
        /// The cluster's id.
        cluster: String,
    },
    /// It has a name that only the platform derives.
    Name,
    /// Nothing uses it. Whose it was, nobody can tell.
    Idle,
}

/// One thing that is left.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Leak {
    /// Its kind.
    pub kind: &'static str,
    /// What people call its kind.
    pub title: &'static str,
    /// The vendor's id.
    pub id: String,
    /// Its name; empty where it has none.
    pub name: String,
    /// What it costs a month.
    #[serde(skip)]
    pub cost: Cost,
    /// Why it is taken for a leftover.
    #[serde(flatten)]
    pub by: By,
}

/// What to list, by kind. `regions`: where the platform has buckets.
pub fn listings(regions: &BTreeSet<String>) -> Vec<(&'static ResourceType, Listing)> {
    let mut all = Vec::new();
    for kind in resource_types().iter().copied().filter(|k| k.parent.is_none() && !FREE.contains(&k.kind)) {
        match kind.list {
            List::Account(listing) => all.push((kind, listing())),
            List::Region(listing) => all.extend(regions.iter().map(|r| (kind, listing(r)))),
            List::Under(_) | List::Inside(_) => {}
        }
    }
    all
}

/// What is left among these objects, dearest first.
pub fn leaks(objects: &BTreeMap<&'static str, Vec<Value>>, owner: &Owner) -> Vec<Leak> {
    // Where clusters cannot be listed, nobody knows which of them are gone.
    let alive: Option<BTreeSet<&str>> =
        objects.get("digitalocean.cluster").map(|all| all.iter().filter_map(|c| c.at("id")?.as_text()).collect());
    let mut found = Vec::new();
    for kind in resource_types() {
        for object in objects.get(kind.kind).into_iter().flatten() {
            let Some(id) = id_of(kind, object, &Value::Null) else { continue };
            if owner.recorded.contains(&(kind.kind.to_owned(), id.clone())) || kept(kind, object) {
                continue;
            }
            if let Some(by) = left_by(kind, object, owner, alive.as_ref()) {
                let name = text(kind, object, "name");
                found.push(Leak { kind: kind.kind, title: kind.title, id, name, cost: price(kind, object), by });
            }
        }
    }
    found.sort_by(|a, b| b.cost.minimum.cmp(&a.cost.minimum).then_with(|| (a.kind, &a.id).cmp(&(b.kind, &b.id))));
    found.dedup_by(|a, b| (a.kind, &a.id) == (b.kind, &b.id));
    found
}

fn text(kind: &ResourceType, object: &Value, field: &str) -> String {
    let at = kind.field(field).map_or(field, |f| f.at);
    object.at(at).and_then(Value::as_text).unwrap_or_default().to_owned()
}

fn left_by(kind: &ResourceType, object: &Value, owner: &Owner, alive: Option<&BTreeSet<&str>>) -> Option<By> {
    let tags = object.at("tags").and_then(Value::as_list).unwrap_or_default();
    let mut tags = tags.iter().chain(object.at("tag")).filter_map(Value::as_text);
    // Nodes and volumes of a cluster that lives are its own, although nodes carry the tags, and so the mark, of their pool.
    let cluster = tags.clone().filter_map(|t| t.strip_prefix("k8s:")).find(|c| *c != "worker");
    if cluster.is_some_and(|c| alive.is_none_or(|a| a.contains(c))) {
        return None;
    }
    if let Some(mark) = mark_of(kind, object) {
        let ours = mark.platform == owner.platform && owner.scopes.contains(&mark.scope);
        return ours.then_some(By::Mark { scope: mark.scope });
    }
    if let Some(cluster) = cluster {
        return Some(By::Cluster { cluster: cluster.to_owned() });
    }
    let own = |scope: &String| format!("{WORD}:{}:{scope}", owner.platform);
    if let Some(tag) = tags.find(|t| owner.scopes.iter().any(|s| **t == own(s))) {
        return Some(By::Tag { tag: tag.to_owned() });
    }
    let name = text(kind, object, "name");
    let derived = |scope: &String| {
        let lead = format!("{}-{scope}", owner.platform);
        name == lead || name.strip_prefix(&lead).is_some_and(|rest| rest.starts_with('-'))
    };
    if kind.names.is_some() && owner.scopes.iter().any(derived) {
        return Some(By::Name);
    }
    let idle = kind.kind == "digitalocean.reserved_ip" && object.at("droplet").is_none_or(|d| *d == Value::Null);
    idle.then_some(By::Idle)
}

/// Its price, from its fields and from what the vendor shows besides (the size of a snapshot).
fn price(kind: &ResourceType, object: &Value) -> Cost {
    let mut attributes: Attributes = object.as_map().cloned().unwrap_or_default();
    let seen = shown(kind, object);
    if kind.kind == "digitalocean.reserved_ip" {
        attributes.clear();
    }
    attributes.extend(seen);
    (kind.price)(&attributes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn leftovers_are_known_by_mark_tag_cluster_and_name_and_nobody_elses_are() {
        let owner = Owner {
            platform: "shop".into(),
            scopes: vec!["staging".into()],
            recorded: [("digitalocean.volume".to_owned(), "recorded".to_owned())].into(),
        };
        let volume = |id: &str, name: &str, tags: &[&str]| -> Value {
            json!({ "id": id, "name": name, "size_gigabytes": 10, "region": { "slug": "nyc3" }, "tags": tags }).into()
        };
        let volumes = vec![
            volume("recorded", "shop-staging-data", &[]),
            volume("gone", "pvc-1", &["k8s:dead"]),
            volume("alive", "pvc-2", &["k8s:alive"]),
            volume("named", "shop-staging-old", &[]),
            volume("alike", "shop-staging2-old", &[]),
            volume("tagged", "x", &["pontoon:shop:staging"]),
            volume("another", "y", &["pontoon:shop:production"]),
        ];
        let vpc =
            |id: &str, mark: &str| -> Value { json!({ "id": id, "name": "n", "description": mark, "default": false }).into() };
        let snapshot = json!({ "id": "s", "name": "z", "size_gigabytes": 2.5, "tags": ["k8s:dead"] });
        let node =
            json!({ "id": 7, "name": "main-x", "size_slug": "s-1vcpu-1gb", "tags": ["k8s:alive", "pontoon:shop:staging:l:h:i"] });
        let objects = BTreeMap::from([
            ("digitalocean.droplet", vec![node.into()]),
            ("digitalocean.cluster", vec![json!({ "id": "alive", "name": "c", "tags": [] }).into()]),
            ("digitalocean.volume", volumes),
            ("digitalocean.volume_snapshot", vec![snapshot.into()]),
            ("digitalocean.vpc", vec![vpc("v1", "pontoon:shop:staging:l:h:i"), vpc("v2", "pontoon:ship:staging:l:h:i")]),
            (
                "digitalocean.reserved_ip",
                vec![json!({ "ip": "192.0.2.1", "droplet": null, "region": { "slug": "nyc3" } }).into()],
            ),
        ]);
        let found = leaks(&objects, &owner);
        let ids: BTreeSet<&str> = found.iter().map(|l| l.id.as_str()).collect();
        assert_eq!(ids, BTreeSet::from(["gone", "named", "tagged", "s", "v1", "192.0.2.1"]));
        let of = |id: &str| found.iter().find(|l| l.id == id).unwrap();
        assert_eq!(of("gone").by, By::Cluster { cluster: "dead".into() });
        assert_eq!((of("gone").cost.to_string(), of("s").cost.to_string()), ("1.00".into(), "0.18".into()));
        assert_eq!((of("192.0.2.1").cost.to_string(), of("v1").cost.is_free()), ("5.00".into(), true));
    }
}
