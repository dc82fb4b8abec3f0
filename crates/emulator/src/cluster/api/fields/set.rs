//! A set of fields, as `managedFields` writes it: `f:` a field, `k:` an item by its keys, `v:` an item by its value.

use super::super::schema::{Schema, Shape};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// A set of paths, as a tree.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Fields {
    /// Whether the path that leads here is in the set.
    pub member: bool,
    /// Longer paths.
    pub children: BTreeMap<String, Self>,
}

impl Fields {
    /// Reads `fieldsV1`.
    pub fn read(v1: &Value) -> Self {
        let mut fields = Self::default();
        for (key, below) in v1.as_object().into_iter().flatten() {
            if key == "." {
                fields.member = true;
                continue;
            }
            let mut child = Self::read(below);
            if below.as_object().is_some_and(Map::is_empty) {
                child.member = true;
            }
            fields.children.insert(key.clone(), child);
        }
        fields
    }

    /// Writes `fieldsV1`.
    pub fn write(&self) -> Value {
        let mut map = Map::new();
        if self.member && !self.children.is_empty() {
            map.insert(".".to_owned(), Value::Object(Map::new()));
        }
        for (key, child) in &self.children {
            map.insert(key.clone(), child.write());
        }
        map.into()
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        !self.member && self.children.values().all(Self::is_empty)
    }

    /// What is in one or both.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        let mut all = self.clone();
        all.member |= other.member;
        for (key, child) in &other.children {
            let merged = all.children.get(key).map_or_else(|| child.clone(), |c| c.union(child));
            all.children.insert(key.clone(), merged);
        }
        all
    }

    /// What is in both.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        let mut both = Self { member: self.member && other.member, children: BTreeMap::new() };
        for (key, child) in &self.children {
            if let Some(there) = other.children.get(key) {
                both.keep(key, child.intersection(there));
            }
        }
        both
    }

    /// What is here and not there.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        let mut rest = Self { member: self.member && !other.member, children: BTreeMap::new() };
        for (key, child) in &self.children {
            let left = other.children.get(key).map_or_else(|| child.clone(), |there| child.difference(there));
            rest.keep(key, left);
        }
        rest
    }

    /// The same without `path` and all below it.
    pub fn forget(&mut self, path: &[&str]) {
        match path {
            [] => {}
            [last] => {
                self.children.remove(*last);
            }
            [first, rest @ ..] => {
                if let Some(child) = self.children.get_mut(*first) {
                    child.forget(rest);
                    if child.is_empty() {
                        self.children.remove(*first);
                    }
                }
            }
        }
    }

    /// The same with every field of a type on the way to a member as a member itself: keys of maps are not added.
    #[must_use]
    pub fn with_named(&self, schema: &Schema) -> Self {
        let mut all = Self { member: self.member, children: BTreeMap::new() };
        for (key, child) in &self.children {
            let (below, named) = descend(schema, key);
            let mut child_all = child.with_named(&below);
            child_all.member |= named && !child.children.is_empty();
            all.children.insert(key.clone(), child_all);
        }
        all
    }

    /// Every path as people read it: `.spec.ports[port=80,protocol="TCP"].name`.
    pub fn paths(&self) -> Vec<String> {
        let mut found = Vec::new();
        self.collect("", &mut found);
        found
    }

    /// What ends here before what goes on, as structured-merge-diff walks a set.
    fn collect(&self, path: &str, found: &mut Vec<String>) {
        let below = |key: &str| format!("{path}{}", readable(key));
        found.extend(self.children.iter().filter(|(_, child)| child.member).map(|(key, _)| below(key)));
        for (key, child) in &self.children {
            child.collect(&below(key), found);
        }
    }

    fn keep(&mut self, key: &str, child: Self) {
        if !child.is_empty() {
            self.children.insert(key.to_owned(), child);
        }
    }
}

/// The schema below a path element, and whether that is a field of a type.
fn descend<'a>(schema: &Schema<'a>, key: &str) -> (Schema<'a>, bool) {
    match key.strip_prefix("f:") {
        Some(name) => schema.field(name),
        None => match schema.shape() {
            Shape::Keyed(_, item) => (item, false),
            _ => (Schema::Free, false),
        },
    }
}

fn readable(key: &str) -> String {
    let Some((sort, rest)) = key.split_once(':') else {
        return key.to_owned();
    };
    match sort {
        "f" => format!(".{rest}"),
        "k" => {
            let keys: BTreeMap<String, Value> = serde_json::from_str(rest).unwrap_or_default();
            let keys: Vec<String> = keys.iter().map(|(k, v)| format!("{k}={v}")).collect();
            format!("[{}]", keys.join(","))
        }
        "v" => format!("[={rest}]"),
        _ => format!("[{rest}]"),
    }
}
