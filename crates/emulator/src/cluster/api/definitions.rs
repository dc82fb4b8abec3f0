//! Custom resource definitions: when the server begins to serve what they define.

use super::kinds::{DEFINITIONS, established};
use crate::cluster::Objects;
use crate::cluster::objects::place;
use crate::cluster::tick::Controller;
use serde_json::{Value, json};

/// What the server itself does for definitions.
pub(crate) const CONTROLLERS: &[Controller] = &[establish, clean];

/// Holds a definition until no object of it is left.
pub(crate) const CLEANUP: &str = "customresourcecleanup.apiextensions.k8s.io";

/// Deletes the objects of a definition that is to go, and lets it go when none is left.
fn clean(objects: &mut Objects) {
    let going: Vec<String> = objects
        .list(DEFINITIONS)
        .into_iter()
        .filter(|d| !d["metadata"]["deletionTimestamp"].is_null())
        .filter_map(|d| d["metadata"]["name"].as_str().map(str::to_owned))
        .collect();
    for resource in going {
        let left: Vec<(String, String)> = objects.list(&resource).into_iter().map(place).collect();
        for (namespace, name) in &left {
            objects.delete(&resource, namespace, name);
        }
        if objects.list(&resource).is_empty() {
            objects.finalize(DEFINITIONS, "", &resource, CLEANUP);
        }
    }
}

/// Accepts the names of new definitions, and serves them a moment later.
fn establish(objects: &mut Objects) {
    let waiting: Vec<(String, String)> = objects
        .list(DEFINITIONS)
        .into_iter()
        .filter(|d| !established(d))
        .map(|d| {
            let text = |v: &Value| v.as_str().unwrap_or("").to_owned();
            (text(&d["metadata"]["name"]), text(&d["metadata"]["uid"]))
        })
        .collect();
    for (name, uid) in waiting {
        if objects.elapsed(&timer(&uid), "definition_established") {
            let now = objects.world().stamp();
            objects.edit(DEFINITIONS, "", &name, |d| accept(d, &now));
        }
    }
}

/// Starts the clock of a definition that has just been written.
pub(crate) fn written(objects: &mut Objects, definition: &Value) {
    if let (false, Some(uid)) = (established(definition), definition["metadata"]["uid"].as_str()) {
        objects.elapsed(&timer(uid), "definition_established");
    }
}

fn timer(uid: &str) -> String {
    format!("definition/{uid}")
}

/// Writes what the server writes when it serves a definition.
pub(crate) fn accept(definition: &mut Value, now: &str) {
    let spec = &definition["spec"];
    let stored: Vec<Value> =
        spec["versions"].as_array().into_iter().flatten().filter(|v| v["storage"] == true).map(|v| v["name"].clone()).collect();
    let names = accepted_names(&spec["names"]);
    definition["status"] = json!({
        "conditions": [
            { "lastTransitionTime": now, "message": "no conflicts found", "reason": "NoConflicts", "status": "True", "type": "NamesAccepted" },
            { "lastTransitionTime": now, "message": "the initial names have been accepted", "reason": "InitialNamesAccepted", "status": "True", "type": "Established" },
        ],
        "acceptedNames": names,
        "storedVersions": stored,
    });
}

/// The names with what the server adds to them.
pub(crate) fn accepted_names(names: &Value) -> Value {
    let mut names = names.clone();
    let kind = names["kind"].as_str().unwrap_or("").to_owned();
    if names["singular"].as_str().is_none_or(str::is_empty) {
        names["singular"] = kind.to_lowercase().into();
    }
    if names["listKind"].as_str().is_none_or(str::is_empty) {
        names["listKind"] = format!("{kind}List").into();
    }
    names
}
