//! Server-side apply of what was built, in stages: definitions, namespaces and classes first.

use crate::cluster::Objects;
use crate::cluster::api::write;
use crate::cluster::api::{ApiError, kinds};
use crate::cluster::flux::kstatus::Reference;
use crate::cluster::flux::text;
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value;

const MANAGER: &str = "kustomize-controller";

/// Kinds by the order in which they are applied; the others come between. Source: Flux's `ssa` package.
const FIRST: &[&str] = &[
    "CustomResourceDefinition",
    "Namespace",
    "ClusterClass",
    "RuntimeClass",
    "PriorityClass",
    "StorageClass",
    "VolumeSnapshotClass",
    "IngressClass",
    "GatewayClass",
    "ResourceQuota",
    "ServiceAccount",
    "Role",
    "ClusterRole",
    "RoleBinding",
    "ClusterRoleBinding",
    "ConfigMap",
    "Secret",
    "Service",
    "LimitRange",
    "Deployment",
    "StatefulSet",
    "CronJob",
    "PodDisruptionBudget",
];
const LAST: &[&str] = &["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];

fn rank(kind: &str) -> usize {
    if LAST.contains(&kind) {
        return usize::MAX;
    }
    FIRST.iter().position(|k| *k == kind).unwrap_or(FIRST.len())
}

/// Kinds that must be there before others are even tried.
fn stage(kind: &str) -> usize {
    match kind {
        "CustomResourceDefinition" | "Namespace" | "ClusterRole" => 0,
        "StorageClass"
        | "IngressClass"
        | "GatewayClass"
        | "PriorityClass"
        | "RuntimeClass"
        | "VolumeSnapshotClass"
        | "ClusterClass" => 1,
        _ => 2,
    }
}

/// Applies everything; gives the objects as they were built, or nothing while definitions among them are not served.
pub(super) fn run(objects: &mut Objects, owner: &Value, built: Vec<Value>) -> Result<Option<Vec<Value>>, String> {
    let mut all: Vec<Value> = built.into_iter().map(|o| prepared(owner, o)).collect();
    all.sort_by_key(|o| (stage(kind(o)), rank(kind(o))));
    for object in &all {
        if object.get("sops").is_some() && kind(object) == "Secret" {
            return Err(format!(
                "{} is SOPS encrypted, configuring decryption is required for this secret to be reconciled",
                Reference::of(object).show()
            ));
        }
    }
    let mut log = Vec::new();
    for step in 0..3 {
        let now: Vec<&Value> = all.iter().filter(|o| stage(kind(o)) == step && !excluded(o)).collect();
        // The whole stage is tried before anything of it is written.
        for object in &now {
            tried(objects, object)?;
        }
        for object in now {
            match one(objects, owner, object) {
                Ok(Some(line)) => log.push(line),
                Ok(None) => {}
                Err(why) => return Err(format!("{why}\n{}", log.join("\n")).trim_end().to_owned()),
            }
        }
        if step == 0 && all.iter().any(|o| kind(o) == "CustomResourceDefinition" && !served(objects, o)) {
            return Ok(None);
        }
    }
    if !log.is_empty() {
        objects.event(owner, "Normal", "Progressing", &log.join("\n"));
    }
    Ok(Some(all))
}

fn kind(object: &Value) -> &str {
    object["kind"].as_str().unwrap_or("")
}

fn excluded(object: &Value) -> bool {
    ["labels", "annotations"].iter().any(|f| {
        let meta = &object["metadata"][*f];
        meta["kustomize.toolkit.fluxcd.io/reconcile"] == "disabled" || meta["kustomize.toolkit.fluxcd.io/ssa"] == "Ignore"
    })
}

fn served(objects: &Objects, definition: &Value) -> bool {
    objects.get(kinds::DEFINITIONS, "", definition["metadata"]["name"].as_str().unwrap_or("")).is_some_and(kinds::established)
}

/// The object with its owner's labels and common metadata, its namespace where its kind has none left out, and plain
/// texts of Secrets encoded.
fn prepared(owner: &Value, mut object: Value) -> Value {
    for (field, key) in [("labels", "labels"), ("annotations", "annotations")] {
        for (name, value) in owner["spec"]["commonMetadata"][field].as_object().into_iter().flatten() {
            object["metadata"][key][name.as_str()] = value.clone();
        }
    }
    for field in ["name", "namespace"] {
        object["metadata"]["labels"][format!("kustomize.toolkit.fluxcd.io/{field}")] = owner["metadata"][field].clone();
    }
    if let Some(metadata) = object["metadata"].as_object_mut() {
        metadata.retain(|_, v| !v.is_null());
    }
    if let Some(map) = object.as_object_mut() {
        map.remove("status");
    }
    if kind(&object) == "Secret"
        && let Some(texts) = object.as_object_mut().and_then(|o| o.remove("stringData"))
    {
        for (key, value) in texts.as_object().into_iter().flatten() {
            object["data"][key.as_str()] = STANDARD.encode(value.as_str().unwrap_or("")).into();
        }
    }
    object
}

/// What a dry run finds at once: a kind that is not served, a namespace that is missing or not said.
fn tried(objects: &Objects, object: &Value) -> Result<(), String> {
    let at = Reference::of(object);
    let Some((_, namespaced)) = kinds::resource_of(objects, &at.api_version, &at.kind) else {
        return Err(format!(
            "{} dry-run failed: no matches for kind \"{}\" in version \"{}\"",
            at.show(),
            at.kind,
            at.api_version
        ));
    };
    if !namespaced {
        return Ok(());
    }
    if at.namespace.is_empty() {
        return Err(format!("{} namespace not specified: the server could not find the requested resource", at.show()));
    }
    if objects.get("namespaces", "", &at.namespace).is_none() {
        return Err(format!("{} not found: namespaces \"{}\" not found", at.show(), at.namespace));
    }
    Ok(())
}

/// Applies one object and says what became of it; nothing when nothing did.
fn one(objects: &mut Objects, owner: &Value, object: &Value) -> Result<Option<String>, String> {
    let at = Reference::of(object);
    let before = at.get(objects).map(|o| text(&o["metadata"]["resourceVersion"]));
    let if_absent =
        ["labels", "annotations"].iter().any(|f| object["metadata"][*f]["kustomize.toolkit.fluxcd.io/ssa"] == "IfNotPresent");
    if before.is_some() && if_absent {
        return Ok(None);
    }
    let mut result = write_one(objects, owner, object.clone());
    let forced = owner["spec"]["force"] == true
        || ["labels", "annotations"].iter().any(|f| object["metadata"][*f]["kustomize.toolkit.fluxcd.io/force"] == "enabled");
    if let Err(error) = &result
        && forced
        && error.reason == "Invalid"
        && error.message.contains("immutable")
    {
        if let Some((resource, namespaced)) = kinds::resource_of(objects, &at.api_version, &at.kind) {
            objects.remove(&resource, if namespaced { &at.namespace } else { "" }, &at.name);
        }
        result = write_one(objects, owner, object.clone());
    }
    let after = result.map_err(|e| refused(&at, &e))?;
    let version = text(&after["metadata"]["resourceVersion"]);
    Ok(match before {
        None => Some(format!("{} created", at.show())),
        Some(old) if old != version => Some(format!("{} configured", at.show())),
        Some(_) => None,
    })
}

fn write_one(objects: &mut Objects, owner: &Value, object: Value) -> Result<Value, ApiError> {
    let account = text(&owner["spec"]["serviceAccountName"]);
    if account.is_empty() {
        return write::apply(objects, MANAGER, true, object);
    }
    let user = format!("system:serviceaccount:{}:{account}", text(&owner["metadata"]["namespace"]));
    write::apply_as(objects, &user, MANAGER, true, object)
}

/// A refusal as Flux tells it.
fn refused(at: &Reference, error: &ApiError) -> String {
    if error.reason == "NotFound" && !error.message.starts_with("no matches for kind") {
        return format!("{} not found: {}", at.show(), error.message);
    }
    let reason = if error.message.starts_with("no matches for kind") { String::new() } else { format!(" ({})", error.reason) };
    format!("{} dry-run failed{reason}: {}", at.show(), error.message)
}
