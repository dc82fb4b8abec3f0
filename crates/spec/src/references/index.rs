//! What exists, by kind and name.

use crate::{
    shape::{TAG, Target},
    tree::{Data, Node},
};
use pontoon_core::diagnostic::Place;
use std::collections::BTreeMap;

/// Storage classes that DOKS has of itself. Source: DOKS reference, "Storage classes".
const VENDOR_CLASSES: &[&str] =
    &["do-block-storage", "do-block-storage-retain", "do-block-storage-xfs", "do-block-storage-xfs-retain"];

/// What a tree has, by kind and name, with its place.
#[derive(Debug, Clone, Default)]
pub struct Index {
    things: BTreeMap<(Target, String), Option<Place>>,
    vhosts: BTreeMap<String, Vec<String>>,
}

impl Index {
    /// Everything that a tree has.
    pub fn of(tree: &Node) -> Index {
        let mut index = Index::default();
        index.add(tree);
        index
    }

    /// Adds everything that a tree has.
    pub fn add(&mut self, tree: &Node) {
        for (target, path) in [
            (Target::Database, "databases"),
            (Target::Cache, "caches"),
            (Target::Queue, "queues"),
            (Target::Bucket, "buckets"),
            (Target::App, "apps"),
            (Target::Site, "sites"),
            (Target::Location, "sites"),
            (Target::StorageClass, "storage.classes"),
        ] {
            for (name, node) in tree.find(path).and_then(Node::map).into_iter().flatten() {
                let off = node.get(TAG).and_then(Node::scalar) == Some("none");
                if node.data != Data::Null && !off {
                    self.things.entry((target, name.clone())).or_insert_with(|| node.place().cloned());
                }
            }
        }
        for (name, node) in tree.get("queues").and_then(Node::map).into_iter().flatten() {
            let vhosts = node.get("vhosts").and_then(Node::map).into_iter().flat_map(|m| m.keys().cloned());
            self.vhosts.entry(name.clone()).or_default().extend(vhosts);
        }
        self.list(tree, "identity.groups", Target::Group);
        self.list(tree, "order", Target::Environment);
        if let Some(email) = tree.get("email").filter(|e| e.get(TAG).and_then(Node::scalar) != Some("none")) {
            self.things.entry((Target::Email, "email".into())).or_insert_with(|| email.place().cloned());
        }
        self.things.entry((Target::Location, "cloud".into())).or_default();
        for class in VENDOR_CLASSES {
            self.things.entry((Target::StorageClass, (*class).into())).or_default();
        }
    }

    fn list(&mut self, tree: &Node, path: &str, target: Target) {
        if let Some(Data::List(items)) = tree.find(path).map(|n| &n.data) {
            for item in items {
                if let Some(text) = item.scalar() {
                    self.things.entry((target, text.into())).or_insert_with(|| item.place().cloned());
                }
            }
        }
    }

    /// Whether there is one of this name.
    pub fn has(&self, target: Target, name: &str) -> bool {
        self.things.contains_key(&(target, name.to_owned()))
    }
    /// The names of all of a kind, sorted.
    pub fn all(&self, target: Target) -> Vec<&str> {
        self.things.keys().filter(|(t, _)| *t == target).map(|(_, n)| n.as_str()).collect()
    }
    /// Where one is written.
    pub fn place(&self, target: Target, name: &str) -> Option<Place> {
        self.things.get(&(target, name.to_owned())).cloned().flatten()
    }
    /// The virtual hosts of a queue.
    pub fn vhosts(&self, queue: &str) -> Vec<&str> {
        self.vhosts.get(queue).into_iter().flatten().map(String::as_str).collect()
    }
    /// What there is of this name, of any kind.
    pub fn kinds_of(&self, name: &str) -> Vec<Target> {
        self.things.keys().filter(|(_, n)| n == name).map(|(t, _)| *t).collect()
    }
}
