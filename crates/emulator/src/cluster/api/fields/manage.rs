//! The managers of an object, and what a write means for them.

use super::set::Fields;
use super::typed::{compare, fields_of, merge, remove};
use crate::cluster::api::error::{ApiError, Result};
use crate::cluster::api::schema::Schema;
use serde_json::{Value, json};

/// Who writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Manager {
    /// Name, such as `kubectl`.
    pub name: String,
    /// `Apply` or `Update`.
    pub operation: &'static str,
    /// The version in which it writes.
    pub api_version: String,
    /// Empty for the object itself.
    pub subresource: String,
}

/// One entry of `managedFields`.
#[derive(Debug, Clone)]
struct Entry {
    name: String,
    operation: String,
    api_version: String,
    subresource: String,
    time: String,
    fields: Fields,
}

impl Entry {
    fn is(&self, manager: &Manager) -> bool {
        self.name == manager.name
            && self.operation == manager.operation
            && self.subresource == manager.subresource
            && (manager.operation == "Apply" || self.api_version == manager.api_version)
    }

    fn described(&self) -> String {
        let part = if self.subresource.is_empty() { String::new() } else { format!(" with subresource {:?}", self.subresource) };
        let version = if self.operation == "Update" { format!(" using {}", self.api_version) } else { String::new() };
        format!("{:?}{part}{version}", self.name)
    }
}

fn read(object: &Value) -> Vec<Entry> {
    let text = |v: &Value| v.as_str().unwrap_or("").to_owned();
    let entries = object["metadata"]["managedFields"].as_array();
    entries
        .into_iter()
        .flatten()
        .map(|e| Entry {
            name: text(&e["manager"]),
            operation: text(&e["operation"]),
            api_version: text(&e["apiVersion"]),
            subresource: text(&e["subresource"]),
            time: text(&e["time"]),
            fields: Fields::read(&e["fieldsV1"]),
        })
        .collect()
}

fn write(object: &mut Value, mut entries: Vec<Entry>) {
    entries.retain(|e| !e.fields.is_empty());
    entries.sort_by(|a, b| (&a.operation, &a.time, &a.name).cmp(&(&b.operation, &b.time, &b.name)));
    let entries: Vec<Value> = entries
        .into_iter()
        .map(|e| {
            let mut entry = json!({
                "manager": e.name, "operation": e.operation, "apiVersion": e.api_version,
                "time": e.time, "fieldsType": "FieldsV1", "fieldsV1": e.fields.write(),
            });
            if !e.subresource.is_empty() {
                entry["subresource"] = e.subresource.into();
            }
            entry
        })
        .collect();
    if let Some(meta) = object["metadata"].as_object_mut() {
        meta.remove("managedFields");
        if !entries.is_empty() {
            meta.insert("managedFields".to_owned(), entries.into());
        }
    }
}

/// What belongs to nobody: identity, and what the server alone writes.
fn strip(fields: &mut Fields, manager: &Manager, status: bool) {
    for own in ["apiVersion", "kind"] {
        fields.forget(&[&format!("f:{own}")]);
    }
    for own in [
        "name",
        "namespace",
        "creationTimestamp",
        "selfLink",
        "uid",
        "generation",
        "managedFields",
        "resourceVersion",
        "deletionTimestamp",
    ] {
        fields.forget(&["f:metadata", &format!("f:{own}")]);
    }
    if let Some(meta) = fields.children.get_mut("f:metadata") {
        meta.member = false;
    }
    if status && manager.subresource.is_empty() {
        fields.forget(&["f:status"]);
    }
    let internal: Vec<String> = fields.children.keys().filter(|k| k.starts_with("f:_")).cloned().collect();
    for key in internal {
        fields.children.remove(&key);
    }
    fields.children.retain(|_, child| !child.is_empty());
}

/// The object without what the server keeps for itself.
fn bare(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(meta) = object["metadata"].as_object_mut() {
        meta.remove("managedFields");
    }
    object
}

/// Applies `config` over `live`: the object as it shall be, `managedFields` included. `status` says that the kind's
/// status is written apart.
///
/// # Errors
/// 409 with the fields that others own.
pub(crate) fn apply(
    live: Option<&Value>,
    config: &Value,
    schema: &Schema,
    manager: &Manager,
    force: bool,
    status: bool,
    now: &str,
) -> Result<Value> {
    let empty = json!({});
    let before = live.map_or(empty, bare);
    let mut config = bare(config);
    if let (true, true, Some(map)) = (status, manager.subresource.is_empty(), config.as_object_mut()) {
        map.remove("status");
    }
    let mut entries = live.map(read).unwrap_or_default();
    let place = entries.iter().position(|e| e.is(manager));
    let last = place.map(|i| entries[i].fields.clone()).unwrap_or_default();
    let merged = merge(&before, &config, schema);
    // Identity counts while it is found out what to take away: an object keeps its name whoever owns it.
    let set = fields_of(&config, schema);
    let entry = Entry {
        name: manager.name.clone(),
        operation: "Apply".to_owned(),
        api_version: manager.api_version.clone(),
        subresource: manager.subresource.clone(),
        time: now.to_owned(),
        fields: set,
    };
    let place = match place {
        Some(i) => {
            entries[i] = entry;
            i
        }
        None => {
            entries.push(entry);
            entries.len() - 1
        }
    };
    let mut after = prune(&merged, &entries, &last, schema);
    strip(&mut entries[place].fields, manager, status);
    let difference = compare(live.map(|_| &before), Some(&after), schema);
    let touched = difference.added.union(&difference.modified);
    let conflicts: Vec<(usize, Fields)> = entries
        .iter()
        .enumerate()
        .filter(|(i, _)| *i != place)
        .map(|(i, e)| (i, e.fields.intersection(&touched)))
        .filter(|(_, fields)| !fields.is_empty())
        .collect();
    if !force && !conflicts.is_empty() {
        return Err(conflict(&conflicts, &entries));
    }
    for (i, fields) in &conflicts {
        entries[*i].fields = entries[*i].fields.difference(fields);
    }
    for (_, e) in entries.iter_mut().enumerate().filter(|(i, _)| *i != place) {
        e.fields = e.fields.difference(&difference.removed);
    }
    write(&mut after, entries);
    Ok(keep_times(live, after))
}

/// Takes away what the applier no longer says and nobody owns.
fn prune(merged: &Value, entries: &[Entry], last: &Fields, schema: &Schema) -> Value {
    if last.is_empty() {
        return merged.clone();
    }
    let last = last.with_named(schema);
    let owned = entries.iter().fold(Fields::default(), |all, e| all.union(&e.fields)).with_named(schema);
    let there = fields_of(merged, schema).with_named(schema);
    let pruned = fields_of(&remove(merged, &last, schema), schema).with_named(schema);
    let kept = pruned.union(&owned);
    let back = remove(merged, &there.difference(&kept), schema);
    let back = fields_of(&back, schema).with_named(schema);
    remove(merged, &there.difference(&back).intersection(&last), schema)
}

/// The refusal that names every field and its owner.
fn conflict(conflicts: &[(usize, Fields)], entries: &[Entry]) -> ApiError {
    let mut causes: Vec<(String, String)> =
        conflicts.iter().flat_map(|(i, fields)| fields.paths().into_iter().map(|p| (entries[*i].described(), p))).collect();
    // Within a manager in the order of its set.
    causes.sort_by(|(a, _), (b, _)| a.cmp(b));
    let message = if let [(who, path)] = causes.as_slice() {
        format!("conflict with {who}: {path}")
    } else {
        let mut text = String::new();
        let mut last = "";
        for (who, path) in &causes {
            if who != last {
                let line = if last.is_empty() { "" } else { "\n" };
                text += &format!("{line}conflicts with {who}:");
                last = who;
            }
            text += &format!("\n- {path}");
        }
        text
    };
    let plural = if causes.len() == 1 { "" } else { "s" };
    let message = format!("Apply failed with {} conflict{plural}: {message}", causes.len());
    let mut error = ApiError::new(409, "Conflict", message);
    let causes: Vec<Value> = causes
        .into_iter()
        .map(|(who, path)| json!({ "reason": "FieldManagerConflict", "message": format!("conflict with {who}"), "field": path }))
        .collect();
    error.details = json!({ "causes": causes });
    error
}

/// What a write other than an apply means: who wrote owns what differs. Gives `after` with its `managedFields`.
pub(crate) fn update(live: Option<&Value>, after: &Value, schema: &Schema, manager: &Manager, status: bool, now: &str) -> Value {
    let given = after["metadata"].get("managedFields").cloned();
    let mut object = bare(after);
    let mut entries = live.map(read).unwrap_or_default();
    // An empty list is how a client takes all owners away.
    if given.as_ref().and_then(Value::as_array).is_some_and(|g| g.is_empty() || *g == [json!({})]) && live.is_some() {
        entries.clear();
    }
    let before = live.map_or_else(|| skeleton(&object), bare);
    let mut difference = compare(Some(&before), Some(&object), schema);
    difference.added.member = false;
    let mut touched = difference.added.union(&difference.modified);
    for entry in &mut entries {
        entry.fields = entry.fields.difference(&difference.removed);
        if !entry.is(manager) {
            entry.fields = entry.fields.difference(&touched);
        }
    }
    strip(&mut touched, manager, status);
    if !touched.is_empty() {
        let held = entries.iter_mut().find(|e| e.is(manager));
        match held {
            Some(entry) => {
                entry.fields = entry.fields.union(&touched);
                now.clone_into(&mut entry.time);
            }
            None => entries.push(Entry {
                name: manager.name.clone(),
                operation: manager.operation.to_owned(),
                api_version: manager.api_version.clone(),
                subresource: manager.subresource.clone(),
                time: now.to_owned(),
                fields: touched,
            }),
        }
    }
    write(&mut object, entries);
    keep_times(live, object)
}

/// What every object of Go has from the start: parts that are no pointers, as far as `object` has them.
fn skeleton(object: &Value) -> Value {
    const PARTS: &[&str] =
        &["metadata", "spec", "strategy", "updateStrategy", "template", "jobTemplate", "containers", "resources"];
    match object {
        Value::Object(map) => {
            let parts = map.iter().filter(|(k, v)| PARTS.contains(&k.as_str()) && (v.is_object() || v.is_array()));
            parts.map(|(k, v)| (k.clone(), skeleton(v))).collect::<serde_json::Map<_, _>>().into()
        }
        Value::Array(_) => json!([]),
        other => other.clone(),
    }
}

/// A write that changes nothing leaves even the times as they were.
pub(crate) fn keep_times(live: Option<&Value>, mut after: Value) -> Value {
    let Some(live) = live else {
        return after;
    };
    let timeless = |object: &Value| -> Vec<Value> {
        let entries = object["metadata"]["managedFields"].as_array();
        let mut entries: Vec<Value> = entries.into_iter().flatten().cloned().collect();
        for entry in &mut entries {
            entry["time"] = Value::Null;
        }
        entries.sort_by_key(ToString::to_string);
        entries
    };
    if bare(live) == bare(&after) && timeless(live) == timeless(&after) {
        after["metadata"] = live["metadata"].clone();
    }
    after
}
