//! The garbage collector: what is owned goes with the last of its owners.

use super::fields::{items, leaving, text, uid};
use crate::cluster::Objects;
use crate::cluster::objects::place;
use serde_json::Value;
use std::collections::BTreeSet;

/// The finalizer of an object that waits for what it owns. Source: Kubernetes documentation, cascading deletion.
const FOREGROUND: &str = "foregroundDeletion";
/// The finalizer of an object that leaves behind what it owns.
const ORPHAN: &str = "orphan";

type Place = (String, String, String);

/// Deletes what no owner of is left, and ends deletions in the foreground.
pub(crate) fn run(objects: &mut Objects) {
    let mut ownerless: Vec<Place> = Vec::new();
    let mut waiting: Vec<(Place, String, bool)> = Vec::new();
    let mut children: Vec<(Place, Vec<String>)> = Vec::new();
    let mut missing: BTreeSet<String> = BTreeSet::new();
    let mut known: BTreeSet<String> = BTreeSet::new();
    for resource in objects.resources() {
        if resource == "events" {
            continue;
        }
        for object in objects.list(&resource) {
            let own = || {
                let (namespace, name) = place(object);
                (resource.clone(), namespace, name)
            };
            let owners = items(&object["metadata"]["ownerReferences"]);
            if !owners.is_empty() && !leaving(object) {
                let there = owners.iter().any(|o| {
                    let uid = text(&o["uid"]);
                    if known.contains(uid) {
                        return true;
                    }
                    if missing.contains(uid) {
                        return false;
                    }
                    let exists = objects.exists(uid);
                    if exists {
                        known.insert(uid.to_owned())
                    } else {
                        missing.insert(uid.to_owned())
                    };
                    exists
                });
                if !there {
                    ownerless.push(own());
                }
            }
            if leaving(object) {
                let held = |f: &str| items(&object["metadata"]["finalizers"]).iter().any(|x| x == f);
                if held(FOREGROUND) || held(ORPHAN) {
                    waiting.push((own(), uid(object).to_owned(), held(ORPHAN)));
                }
            }
        }
    }
    for (resource, namespace, name) in ownerless {
        objects.delete(&resource, &namespace, &name);
    }
    if waiting.is_empty() {
        return;
    }
    for resource in objects.resources() {
        for object in objects.list(&resource) {
            let owners: Vec<String> =
                items(&object["metadata"]["ownerReferences"]).iter().map(|o| text(&o["uid"]).to_owned()).collect();
            if !owners.is_empty() {
                let (namespace, name) = place(object);
                children.push(((resource.clone(), namespace, name), owners));
            }
        }
    }
    for ((resource, namespace, name), uid, orphan) in waiting {
        let mut left = 0;
        for ((r, ns, n), owners) in &children {
            if !owners.contains(&uid) {
                continue;
            }
            if orphan {
                objects.edit(r, ns, n, |o| release(o, &uid));
            } else if owners.len() == 1 {
                objects.delete(r, ns, n);
                left += usize::from(objects.get(r, ns, n).is_some());
            }
        }
        if left == 0 {
            objects.finalize(&resource, &namespace, &name, if orphan { ORPHAN } else { FOREGROUND });
        }
    }
}

fn release(object: &mut Value, owner: &str) {
    if let Some(owners) = object["metadata"]["ownerReferences"].as_array_mut() {
        owners.retain(|o| o["uid"] != owner);
    }
}
