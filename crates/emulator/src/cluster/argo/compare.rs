//! What differs between what the sources say and what is there.
//!
//! As with `controller.diff.server.side` an object counts as the same when it holds everything that its manifest says, as
//! the server took it when it was applied: defaults and what other managers write are not looked at.

use super::manifests::{Generated, TRACKING};
use super::tasks::{read, write};
use super::{hooks, text};
use crate::cluster::Objects;
use crate::cluster::flux::Reference;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

/// One object of an Application.
#[derive(Debug, Clone)]
pub(super) struct Row {
    /// Which.
    pub at: Reference,
    /// Its wave.
    pub wave: i64,
    /// Whether it is as it should be.
    pub synced: bool,
    /// Whether nothing says it any more.
    pub prune: bool,
}

fn key(application: &Value) -> String {
    format!("argo/{}/rows", text(&application["metadata"]["uid"]))
}

fn id(at: &Reference) -> String {
    let group = at.api_version.split_once('/').map_or("", |(group, _)| group);
    format!("{group}/{}/{}/{}", at.kind, at.namespace, at.name)
}

fn digest(value: &Value) -> String {
    Sha256::digest(value.to_string().as_bytes()).iter().take(12).map(|b| format!("{b:02x}")).collect()
}

/// Of `live` what `target` speaks of.
fn projected(live: &Value, target: &Value) -> Value {
    match (live, target) {
        (Value::Object(live), Value::Object(target)) => {
            let said = target.iter().filter(|(k, _)| !k.starts_with('_'));
            Value::Object(said.filter_map(|(k, t)| Some((k.clone(), projected(live.get(k)?, t)))).collect::<Map<_, _>>())
        }
        (Value::Array(live), Value::Array(target)) => live
            .iter()
            .enumerate()
            .map(|(at, item)| {
                let named = target.iter().find(|t| !t["name"].is_null() && t["name"] == item["name"]);
                named.or_else(|| target.get(at)).map_or_else(|| item.clone(), |t| projected(item, t))
            })
            .collect(),
        (live, _) => live.clone(),
    }
}

/// What tells that an object was changed by somebody: its generation, or its version where it has none.
fn mark(live: &Value) -> Value {
    let generation = &live["metadata"]["generation"];
    if generation.is_null() { live["metadata"]["resourceVersion"].clone() } else { generation.clone() }
}

/// The rows that were noted last.
pub(super) fn rows(objects: &Objects, application: &Value) -> Vec<Row> {
    let note = objects.note(&key(application));
    let all = note.and_then(|n| n.as_object()).into_iter().flatten();
    all.map(|(_, row)| Row {
        at: read(&row["at"]),
        wave: row["wave"].as_i64().unwrap_or(0),
        synced: row["synced"] == true,
        prune: row["prune"] == true,
    })
    .collect()
}

/// Whether something that is there is no longer as it was when it was compared.
pub(super) fn drifted(objects: &Objects, application: &Value) -> bool {
    let note = objects.note(&key(application));
    note.and_then(|n| n.as_object()).into_iter().flatten().any(|(_, row)| {
        let live = read(&row["at"]).get(objects).map_or(Value::Null, mark);
        live != row["mark"]
    })
}

/// Compares, and notes what was seen.
pub(super) fn run(objects: &mut Objects, application: &Value, generated: &Generated) -> Vec<Row> {
    let key = key(application);
    let before = objects.note(&key).cloned().unwrap_or_else(|| json!({}));
    let mut notes = Map::new();
    let mut rows = Vec::new();
    for target in generated.objects.iter().filter(|o| !hooks::is_hook(o)) {
        let at = Reference::of(target);
        let name = id(&at);
        let said = digest(target);
        let (live_mark, seen, equal) = match at.get(objects) {
            Some(live) => {
                let shape = projected(live, target);
                (mark(live), digest(&shape), shape == *target)
            }
            None => (Value::Null, String::new(), false),
        };
        let noted = &before[&name];
        // As the server took it; where it was never applied, as it is written. What a manifest no longer says is a
        // difference too, which only what was said before tells.
        let same =
            if noted["said"].is_null() { equal } else { noted["said"] == said.as_str() && noted["taken"] == seen.as_str() };
        let synced = !live_mark.is_null() && same;
        let row = Row { at, wave: hooks::wave(target), synced, prune: false };
        notes.insert(
            name,
            json!({
                "at": write(&row.at), "wave": row.wave, "synced": synced, "mark": live_mark,
                "said": noted["said"], "taken": noted["taken"],
            }),
        );
        rows.push(row);
    }
    for (name, row) in before.as_object().into_iter().flatten() {
        if notes.contains_key(name) {
            continue;
        }
        let at = read(&row["at"]);
        let Some(live) = at.get(objects) else { continue };
        // What somebody else says now is theirs.
        let owner = text(&live["metadata"]["annotations"][TRACKING]);
        if owner.split(':').next() != application["metadata"]["name"].as_str() {
            continue;
        }
        let live_mark = mark(live);
        let wave = row["wave"].as_i64().unwrap_or(0);
        notes.insert(name.clone(), json!({ "at": write(&at), "wave": wave, "synced": false, "prune": true, "mark": live_mark }));
        rows.push(Row { at, wave, synced: false, prune: true });
    }
    objects.set_note(&key, Value::Object(notes));
    rows
}

/// Notes how the server took an object that was applied.
pub(super) fn applied(objects: &mut Objects, application: &Value, target: &Value) {
    let at = Reference::of(target);
    let Some(live) = at.get(objects) else { return };
    let taken = digest(&projected(live, target));
    let row = json!({
        "at": write(&at), "wave": hooks::wave(target), "synced": true, "mark": mark(live), "said": digest(target), "taken": taken,
    });
    let key = key(application);
    let mut all = objects.note(&key).cloned().unwrap_or_else(|| json!({}));
    all[id(&at)] = row;
    objects.set_note(&key, all);
}

/// Forgets an object that was pruned, or all of them.
pub(super) fn forget(objects: &mut Objects, application: &Value, which: Option<&Reference>) {
    let key = key(application);
    let Some(which) = which else {
        objects.set_note(&key, Value::Null);
        return;
    };
    let mut all = objects.note(&key).cloned().unwrap_or_else(|| json!({}));
    if let Some(map) = all.as_object_mut() {
        map.remove(&id(which));
    }
    objects.set_note(&key, all);
}
