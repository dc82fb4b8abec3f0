//! What exists in a world, without what differs from one run to the next: ids are replaced by the
//! names of what they stand for, times, addresses and drawn endings by words. Two worlds in which the
//! same things stand in the same relations are equal then.

use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Ids of things and what they stand for.
type Names = BTreeMap<String, String>;

/// A collection's things, each as one line of JSON, sorted.
pub type Normal = BTreeMap<String, Vec<String>>;

/// The normal form of what `cloud.objects()` or `pontoon local objects --json` shows.
pub fn normal(objects: &Value) -> Normal {
    let mut objects = objects.clone();
    plain_names(&mut objects);
    let mut names = Names::new();
    let collections = || objects.as_object().into_iter().flatten();
    for (collection, things) in collections() {
        for thing in things.as_array().into_iter().flatten() {
            let name = name(collection, thing);
            for key in ["id", "uuid", "access_key"] {
                let id = thing.get(key).map(plain).filter(|id| !id.is_empty());
                names.extend(id.map(|id| (id, format!("<{collection} {name}>"))));
            }
        }
    }
    let line = |collection: &String, thing: &Value| {
        let mut thing = walk(&names, "", thing);
        if let (Some(object), true) = (thing.as_object_mut(), is_drawn(collection)) {
            object.insert("name".into(), name(collection, &Value::Object(object.clone())).into());
        }
        thing.to_string()
    };
    let mut normal = Normal::new();
    for (collection, things) in collections() {
        let mut lines: Vec<String> = things.as_array().into_iter().flatten().map(|t| line(collection, t)).collect();
        lines.sort();
        if !lines.is_empty() {
            normal.insert(collection.clone(), lines);
        }
    }
    normal
}

/// A replacement that stands beside what it replaces has its incarnation at the end of its name: `-n4` in tests, six
/// hexadecimal digits of the binary's.
fn plain_names(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(plain_names),
        Value::Object(fields) => fields.values_mut().for_each(plain_names),
        Value::String(s) if s.contains('-') => {
            let digits = |p: &str| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit());
            let hex = |p: &str| p.len() == 6 && p.bytes().all(|b| b.is_ascii_hexdigit());
            let incarnation = |p: &str| hex(p) || p.strip_prefix('n').is_some_and(digits);
            let parts: Vec<&str> = s.split('-').filter(|p| !incarnation(p)).collect();
            *s = parts.join("-");
        }
        _ => {}
    }
}

/// The lines by which two normal forms differ: `-` only in the first, `+` only in the second.
pub fn difference(a: &Normal, b: &Normal) -> String {
    let lines =
        |n: &Normal| -> Vec<String> { n.iter().flat_map(|(c, things)| things.iter().map(move |t| format!("{c} {t}"))).collect() };
    let (mut left, mut out) = (lines(b), String::new());
    for line in lines(a) {
        match left.iter().position(|l| *l == line) {
            Some(at) => drop(left.remove(at)),
            None => out.push_str(&format!("- {line}\n")),
        }
    }
    left.iter().for_each(|l| out.push_str(&format!("+ {l}\n")));
    out
}

/// Nodes end in drawn letters.
fn is_drawn(collection: &str) -> bool {
    matches!(collection, "nodes" | "droplets")
}

fn plain(v: &Value) -> String {
    v.as_str().map_or_else(|| v.to_string(), str::to_owned)
}

fn name(collection: &str, thing: &Value) -> String {
    let name = ["name", "ip_range", "type", "origin"].iter().find_map(|k| thing.get(*k)).map(plain).unwrap_or_default();
    match name.rsplit_once('-') {
        Some((pool, _)) if is_drawn(collection) => pool.to_owned(),
        _ => name,
    }
}

fn walk(names: &Names, key: &str, value: &Value) -> Value {
    match value {
        Value::Object(fields) if !matches!(key, "maintenance_window" | "next_backup_window") => {
            let fields: Map<String, Value> = fields.iter().map(|(k, v)| (k.clone(), walk(names, k, v))).collect();
            Value::Object(fields)
        }
        // Lists of ids and addresses are in the order of creation, which is not the same in every run.
        Value::Array(items) => {
            let mut items: Vec<Value> = items.iter().map(|v| walk(names, key, v)).collect();
            items.sort_by_key(ToString::to_string);
            Value::Array(items)
        }
        Value::Number(n) if key == "id" || key.ends_with("_id") || key.ends_with("_ids") => {
            names.get(&n.to_string()).map_or_else(|| "<id>".into(), |n| n.as_str().into())
        }
        // The vendor draws these where nobody asks for any.
        _ if key.starts_with("backup_") || matches!(key, "maintenance_window" | "sha1_fingerprint" | "next_backup_window") => {
            "<drawn>".into()
        }
        Value::String(s) => text(names, s).into(),
        other => other.clone(),
    }
}

fn text(names: &Names, s: &str) -> String {
    if let Some(name) = names.get(s) {
        return name.clone();
    }
    if s.parse::<jiff::Timestamp>().is_ok() {
        return "<time>".into();
    }
    if let Some((words, mark)) = s.split_once("pontoon:") {
        // pontoon:platform:environment:lineage:hash:incarnation, alone or after a person's words
        let parts: Vec<&str> = mark.split(':').collect();
        if let [platform, environment, _, hash, _] = parts[..] {
            return format!("{words}pontoon:{platform}:{environment}:<lineage>:{hash}:<incarnation>");
        }
    }
    if s.parse::<std::net::IpAddr>().is_ok() {
        return "<address>".into();
    }
    uuids(names, s)
}

/// Replaces every UUID within a text.
fn uuids(names: &Names, s: &str) -> String {
    const LENGTH: usize = 36;
    let is_uuid = |w: &str| {
        w.bytes().enumerate().all(|(i, b)| if matches!(i, 8 | 13 | 18 | 23) { b == b'-' } else { b.is_ascii_hexdigit() })
    };
    let (mut out, mut rest) = (String::new(), s);
    while let Some(first) = rest.chars().next() {
        match rest.get(..LENGTH).filter(|w| is_uuid(w)) {
            Some(id) => {
                out.push_str(names.get(id).map_or("<uuid>", String::as_str));
                rest = &rest[LENGTH..];
            }
            None => {
                out.push(first);
                rest = &rest[first.len_utf8()..];
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_same_things_in_the_same_relations_are_equal() {
        let world = |vpc: &str, cluster: &str, droplet: u64, letters: &str| {
            json!({
                "vpcs": [{"id": vpc, "name": "main", "created_at": "2026-11-02T09:00:00Z"}],
                "kubernetes_clusters": [{"id": cluster, "name": "main", "vpc_uuid": vpc, "tags": [format!("k8s:{cluster}")]}],
                "droplets": [{"id": droplet, "name": format!("pool-{letters}"), "ip": format!("10.0.0.{droplet}")}],
            })
        };
        let a = world("0d761b2a-513f-41aa-a13e-727a811fd6d0", "32af04e4-bc58-47e1-be78-537006416d1e", 7, "abcde");
        let b = world("11761b2a-513f-41aa-a13e-727a811fd6d0", "44af04e4-bc58-47e1-be78-537006416d1e", 9, "fghij");
        assert_eq!(normal(&a), normal(&b));
        let mut other = b.clone();
        other["kubernetes_clusters"][0]["vpc_uuid"] = "99761b2a-513f-41aa-a13e-727a811fd6d0".into();
        let lines = difference(&normal(&a), &normal(&other));
        assert!(lines.contains("<vpcs main>") && lines.contains("<uuid>"), "{lines}");
    }
}
