//! The inventory: what was applied, so that what is no longer built is deleted.

use crate::cluster::Objects;
use crate::cluster::api::{kinds::resource_of, write};
use crate::cluster::flux::kstatus::Reference;
use crate::cluster::flux::text;
use serde_json::{Value, json};

/// The entries of a status.
pub(super) fn entries(status: &Value) -> Vec<Value> {
    status["inventory"]["entries"].as_array().cloned().unwrap_or_default()
}

/// The entry of an object: `namespace_name_group_kind` and the version.
pub(super) fn entry(object: &Value) -> Value {
    let at = Reference::of(object);
    let (group, version) = at.api_version.split_once('/').unwrap_or(("", &at.api_version));
    json!({ "id": format!("{}_{}_{group}_{}", at.namespace, at.name.replace(':', "__"), at.kind), "v": version })
}

/// What an entry points to.
pub(super) fn reference(entry: &Value) -> Option<Reference> {
    let id = entry["id"].as_str()?;
    let (namespace, rest) = id.split_once('_')?;
    let (rest, kind) = rest.rsplit_once('_')?;
    let (name, group) = rest.rsplit_once('_')?;
    let version = entry["v"].as_str()?;
    let api_version = if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") };
    Some(Reference { api_version, kind: kind.to_owned(), namespace: namespace.to_owned(), name: name.replace("__", ":") })
}

/// Deletes what the entries point to, unless somebody else owns it now or it says that it stays.
pub(super) fn prune(objects: &mut Objects, owner: &Value, stale: &[Value]) {
    let mut gone = Vec::new();
    let own = |field: &str| text(&owner["metadata"][field]);
    for at in stale.iter().rev().filter_map(reference) {
        let Some(object) = at.get(objects) else { continue };
        let meta = &object["metadata"];
        let label = |name: &str| meta["labels"][format!("kustomize.toolkit.fluxcd.io/{name}")].as_str().unwrap_or("");
        let ours = label("name") == own("name") && label("namespace") == own("namespace");
        let says = |key: &str| {
            ["labels", "annotations"].iter().any(|f| meta[*f][format!("kustomize.toolkit.fluxcd.io/{key}")] == "disabled")
        };
        if !ours || says("prune") || says("reconcile") || !meta["deletionTimestamp"].is_null() {
            continue;
        }
        let Some((resource, namespaced)) = resource_of(objects, &at.api_version, &at.kind) else { continue };
        if write::delete(objects, &resource, if namespaced { &at.namespace } else { "" }, &at.name).is_ok() {
            gone.push(format!("{} deleted", at.show()));
        }
    }
    if !gone.is_empty() {
        objects.event(owner, "Normal", "ReconciliationSucceeded", &gone.join("\n"));
    }
}

/// Deletes everything that a Kustomization applied, when it is deleted and its policy says so.
pub(super) fn finalize(objects: &mut Objects, owner: &Value) {
    let spec = &owner["spec"];
    let deletes = match spec["deletionPolicy"].as_str().unwrap_or("MirrorPrune") {
        "Delete" | "WaitForTermination" => true,
        "MirrorPrune" => spec["prune"] == true,
        _ => false,
    };
    if deletes && spec["suspend"] != true {
        prune(objects, owner, &entries(&owner["status"]));
    }
}
