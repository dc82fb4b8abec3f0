//! The garbage collector: what is owned goes with the last of its owners.

use super::fields::{items, text, uid};
use crate::cluster::Objects;
use crate::cluster::objects::place;
use serde_json::Value;
use std::collections::BTreeMap;

/// The finalizer of an object that waits for what it owns. Source: Kubernetes documentation, cascading deletion.
const FOREGROUND: &str = "foregroundDeletion";
/// The finalizer of an object that leaves behind what it owns.
const ORPHAN: &str = "orphan";

type Place = (String, String, String);

/// What is to be done about the objects of one resource.
#[derive(Default)]
struct Found {
    ownerless: Vec<Place>,
    /// With its uid, and whether what it owns is left behind.
    waiting: Vec<(Place, String, bool)>,
}

/// Deletes what no owner of is left, and ends deletions in the foreground.
pub(crate) fn run(objects: &mut Objects) {
    let mut found = Found::default();
    for resource in objects.resources() {
        let name = format!("garbage/{resource}");
        if resource == "events" || !objects.anew(&name) {
            continue;
        }
        let (here, reads) = objects.watched(|| look(objects, &resource));
        // What waits does so for objects of any resource: it is looked at again.
        if here.waiting.is_empty() {
            objects.seen(name, reads);
        }
        found.ownerless.extend(here.ownerless);
        found.waiting.extend(here.waiting);
    }
    act(objects, found);
}

fn look(objects: &Objects, resource: &str) -> Found {
    let mut found = Found::default();
    let mut known: BTreeMap<&str, bool> = BTreeMap::new();
    for object in objects.list(resource) {
        let own = || {
            let (namespace, name) = place(object);
            (resource.to_owned(), namespace, name)
        };
        let meta = &object["metadata"];
        if !meta["deletionTimestamp"].is_null() {
            let held = |f: &str| items(&meta["finalizers"]).iter().any(|x| x == f);
            if held(FOREGROUND) || held(ORPHAN) {
                found.waiting.push((own(), uid(object).to_owned(), held(ORPHAN)));
            }
            continue;
        }
        let owners = items(&meta["ownerReferences"]);
        let mut there = |uid| *known.entry(uid).or_insert_with(|| objects.exists(uid));
        if !owners.is_empty() && !owners.iter().any(|o| there(text(&o["uid"]))) {
            found.ownerless.push(own());
        }
    }
    found
}

fn act(objects: &mut Objects, Found { ownerless, waiting }: Found) {
    for (resource, namespace, name) in ownerless {
        objects.delete(&resource, &namespace, &name);
    }
    if waiting.is_empty() {
        return;
    }
    let mut children: Vec<(Place, Vec<String>)> = Vec::new();
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
