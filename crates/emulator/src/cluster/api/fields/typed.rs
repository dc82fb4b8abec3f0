//! Merging, comparing and pruning values with the knowledge of their schema.
//!
//! The rules are those of sigs.k8s.io/structured-merge-diff, by which every API server applies.

use super::super::schema::{Schema, Shape};
use super::set::Fields;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The fields that a value has.
pub(crate) fn fields_of(value: &Value, schema: &Schema) -> Fields {
    let mut fields = Fields::default();
    collect(value, schema, &mut fields);
    fields
}

fn collect(value: &Value, schema: &Schema, out: &mut Fields) {
    match (schema.shape(), value) {
        (Shape::Map, Value::Object(map)) => {
            out.member |= map.is_empty();
            for (name, below) in map {
                let (schema, named) = schema.field(name);
                let child = out.children.entry(format!("f:{name}")).or_default();
                child.member |= !named;
                collect(below, &schema, child);
            }
        }
        (Shape::Keyed(keys, schema), Value::Array(items)) => {
            for item in items {
                let child = out.children.entry(item_key(&keys, item)).or_default();
                child.member = true;
                if !item.as_object().is_some_and(Map::is_empty) {
                    collect(item, &schema, child);
                }
            }
        }
        (Shape::Set, Value::Array(items)) => {
            for item in items {
                out.children.entry(format!("v:{item}")).or_default().member = true;
            }
        }
        _ => out.member = true,
    }
}

/// How an item of a list is called in paths.
fn item_key(keys: &[(&str, Option<Value>)], item: &Value) -> String {
    let mut found: BTreeMap<&str, Value> = BTreeMap::new();
    for (key, default) in keys {
        match item.get(*key).filter(|v| !v.is_null()).or(default.as_ref()) {
            Some(value) => found.insert(key, value.clone()),
            None => continue,
        };
    }
    format!("k:{}", serde_json::to_string(&found).unwrap_or_default())
}

/// What differs between two values.
#[derive(Debug, Default)]
pub(crate) struct Difference {
    /// Fields that are new.
    pub added: Fields,
    /// Fields with another value.
    pub modified: Fields,
    /// Fields that are gone.
    pub removed: Fields,
}

/// Compares.
pub(crate) fn compare(before: Option<&Value>, after: Option<&Value>, schema: &Schema) -> Difference {
    let mut all = Difference::default();
    match (before, after) {
        (None, None) => {}
        (None, Some(value)) => {
            all.added = existing(value, schema);
        }
        (Some(value), None) => {
            all.removed = existing(value, schema);
        }
        (Some(a), Some(b)) if a == b => {}
        (Some(a), Some(b)) => match (schema.shape(), a, b) {
            (Shape::Map, Value::Object(x), Value::Object(y)) if !(x.is_empty() && y.is_empty()) => {
                let mut names: Vec<&String> = x.keys().collect();
                names.extend(y.keys().filter(|k| !x.contains_key(*k)));
                for name in names {
                    let below = compare(x.get(name), y.get(name), &schema.field(name).0);
                    all.nest(&format!("f:{name}"), below);
                }
            }
            (Shape::Keyed(keys, schema), Value::Array(x), Value::Array(y)) => {
                let (x, y) = (by_key(&keys, x), by_key(&keys, y));
                let mut names: Vec<&String> = x.keys().collect();
                names.extend(y.keys().filter(|k| !x.contains_key(*k)));
                for name in names {
                    let below = compare(x.get(name).copied(), y.get(name).copied(), &schema);
                    all.nest(name, below);
                }
            }
            (Shape::Set, Value::Array(x), Value::Array(y)) => {
                for item in y.iter().filter(|i| !x.contains(i)) {
                    all.added.children.entry(format!("v:{item}")).or_default().member = true;
                }
                for item in x.iter().filter(|i| !y.contains(i)) {
                    all.removed.children.entry(format!("v:{item}")).or_default().member = true;
                }
            }
            _ => all.modified.member = true,
        },
    }
    all
}

/// All of a value that comes or goes: its fields, and every map, list and item on the way to them.
fn existing(value: &Value, schema: &Schema) -> Fields {
    fn whole(fields: &mut Fields) {
        fields.member = true;
        fields.children.values_mut().for_each(whole);
    }
    let mut fields = fields_of(value, schema);
    whole(&mut fields);
    fields
}

impl Difference {
    fn nest(&mut self, key: &str, below: Self) {
        for (all, below) in
            [(&mut self.added, below.added), (&mut self.modified, below.modified), (&mut self.removed, below.removed)]
        {
            if !below.is_empty() {
                all.children.insert(key.to_owned(), below);
            }
        }
    }
}

fn by_key<'v>(keys: &[(&str, Option<Value>)], items: &'v [Value]) -> BTreeMap<String, &'v Value> {
    items.iter().map(|i| (item_key(keys, i), i)).collect()
}

/// `live` with what `config` says.
pub(crate) fn merge(live: &Value, config: &Value, schema: &Schema) -> Value {
    match (schema.shape(), live, config) {
        (Shape::Map, Value::Object(x), Value::Object(y)) => {
            let mut all = x.clone();
            for (name, value) in y {
                let merged = x.get(name).map_or_else(|| value.clone(), |v| merge(v, value, &schema.field(name).0));
                all.insert(name.clone(), merged);
            }
            all.into()
        }
        (Shape::Keyed(keys, item), Value::Array(x), Value::Array(y)) => {
            let name = |i: &Value| item_key(&keys, i);
            merge_lists(x, y, &name, &|a, b| merge(a, b, &item))
        }
        (Shape::Set, Value::Array(x), Value::Array(y)) => merge_lists(x, y, &|i| format!("v:{i}"), &|_, b| b.clone()),
        _ => config.clone(),
    }
}

/// Merges lists item by item: shared items stand in the applied order, the others where they stood between them.
fn merge_lists(
    live: &[Value],
    config: &[Value],
    name: &dyn Fn(&Value) -> String,
    merge: &dyn Fn(&Value, &Value) -> Value,
) -> Value {
    let (left, right): (Vec<String>, Vec<String>) = (live.iter().map(name).collect(), config.iter().map(name).collect());
    let mut shared = right.iter().filter(|k| left.contains(k));
    let mut next = shared.next();
    let mut done: Vec<&String> = Vec::new();
    let mut out = Vec::new();
    let (mut l, mut r) = (0, 0);
    let combine = |r: usize, out: &mut Vec<Value>| {
        let there = left.iter().position(|k| *k == right[r]);
        out.push(there.map_or_else(|| config[r].clone(), |i| merge(&live[i], &config[r])));
    };
    while l < left.len() || r < right.len() {
        if l < left.len() && r < right.len() {
            if left[l] == right[r] {
                combine(r, &mut out);
                done.push(&right[r]);
                (l, r) = (l + 1, r + 1);
                next = shared.next();
                continue;
            }
            if right.contains(&left[l]) && next.is_some_and(|n| *n != left[l]) {
                l += 1;
                continue;
            }
        }
        if l < left.len() {
            if !right.contains(&left[l]) {
                out.push(live[l].clone());
                l += 1;
                continue;
            }
            if done.contains(&&left[l]) {
                l += 1;
            }
        }
        if r < right.len() {
            combine(r, &mut out);
            done.push(&right[r]);
            if next == Some(&right[r]) {
                next = shared.next();
            }
            r += 1;
        }
    }
    out.into()
}

/// `value` without these fields and items, each with all below it.
pub(crate) fn remove(value: &Value, fields: &Fields, schema: &Schema) -> Value {
    match (schema.shape(), value) {
        (Shape::Map, Value::Object(map)) => {
            let kept: Map<String, Value> = map
                .iter()
                .filter_map(|(name, below)| match fields.children.get(&format!("f:{name}")) {
                    Some(child) if child.member => None,
                    Some(child) => Some((name.clone(), remove(below, child, &schema.field(name).0))),
                    None => Some((name.clone(), below.clone())),
                })
                .collect();
            kept.into()
        }
        (Shape::Keyed(keys, schema), Value::Array(items)) => {
            let kept: Vec<Value> = items
                .iter()
                .filter_map(|item| match fields.children.get(&item_key(&keys, item)) {
                    Some(child) if child.member => None,
                    Some(child) => Some(remove(item, child, &schema)),
                    None => Some(item.clone()),
                })
                .collect();
            kept.into()
        }
        (Shape::Set, Value::Array(items)) => {
            let gone = |i: &Value| fields.children.get(&format!("v:{i}")).is_some_and(|c| c.member);
            items.iter().filter(|i| !gone(i)).cloned().collect::<Vec<_>>().into()
        }
        _ => value.clone(),
    }
}
