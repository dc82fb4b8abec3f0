//! The status of an Application, as people and tools read it.

use super::compare::Row;
use super::health::{self, Health};
use super::kinds::APPLICATIONS;
use super::manifests::{Generated, sources};
use super::settings::Settings;
use super::text;
use crate::cluster::Objects;
use crate::cluster::objects::place;
use serde_json::{Value, json};

/// Changes the status of an Application; nothing is written where nothing changes.
pub(super) fn edit(objects: &mut Objects, application: &Value, change: impl FnOnce(&mut Value)) {
    let (namespace, name) = place(application);
    objects.edit(APPLICATIONS, &namespace, &name, |o| {
        if !o["status"].is_object() {
            o["status"] = json!({});
        }
        change(&mut o["status"]);
    });
}

/// Sets or takes away a condition; its moment stays while nothing of it changes.
pub(super) fn condition(status: &mut Value, now: &str, kind: &str, message: Option<&str>) {
    let mut all = status["conditions"].as_array().cloned().unwrap_or_default();
    let same = all.iter().any(|c| c["type"] == kind && Some(c["message"].as_str().unwrap_or("")) == message);
    if !same {
        all.retain(|c| c["type"] != kind);
        all.extend(message.map(|m| json!({ "type": kind, "message": m, "lastTransitionTime": now })));
    }
    if all.is_empty() {
        if let Some(map) = status.as_object_mut() {
            map.remove("conditions");
        }
    } else {
        status["conditions"] = all.into();
    }
}

/// What a comparison found.
pub(super) fn compared(objects: &mut Objects, application: &Value, generated: &Generated, rows: &[Row]) {
    let now = objects.world().stamp();
    let several = application["spec"]["sources"].as_array().is_some_and(|s| !s.is_empty());
    let mut seen = json!({ "destination": application["spec"]["destination"] });
    let synced = rows.iter().all(|r| r.synced);
    let mut sync = json!({ "status": if synced { "Synced" } else { "OutOfSync" } });
    if several {
        seen["sources"] = sources(application).into();
        sync["revisions"] = json!(generated.revisions);
    } else {
        seen["source"] = application["spec"]["source"].clone();
        sync["revision"] = generated.revisions.first().cloned().unwrap_or_default().into();
    }
    sync["comparedTo"] = seen;
    let resources: Vec<Value> = rows.iter().map(resource).collect();
    edit(objects, application, |status| {
        if status["sync"] != sync {
            status["reconciledAt"] = now.as_str().into();
        }
        status["sync"] = sync;
        status["resources"] = resources.into();
        status["controllerNamespace"] = application["metadata"]["namespace"].clone();
        // Source: Argo CD documentation, upgrading to 3.0: health of each object is kept elsewhere.
        status["resourceHealthSource"] = "appTree".into();
        if several {
            status["sourceTypes"] = json!(generated.types);
        } else {
            status["sourceType"] = generated.types.first().copied().unwrap_or("").into();
        }
        for kind in ["ComparisonError", "InvalidSpecError"] {
            condition(status, &now, kind, None);
        }
    });
}

fn resource(row: &Row) -> Value {
    let (group, version) = row.at.api_version.split_once('/').unwrap_or(("", &row.at.api_version));
    let mut one = json!({ "version": version, "kind": row.at.kind, "name": row.at.name });
    if !group.is_empty() {
        one["group"] = group.into();
    }
    if !row.at.namespace.is_empty() {
        one["namespace"] = row.at.namespace.as_str().into();
    }
    one["status"] = if row.synced { "Synced" } else { "OutOfSync" }.into();
    if row.wave != 0 {
        one["syncWave"] = row.wave.into();
    }
    if row.prune {
        one["requiresPruning"] = true.into();
    }
    one
}

/// That nothing could be compared.
pub(super) fn broken(objects: &mut Objects, application: &Value, kind: &str, why: &str) {
    let now = objects.world().stamp();
    edit(objects, application, |status| {
        let compared = status["sync"]["comparedTo"].clone();
        status["sync"]["status"] = "Unknown".into();
        if compared.is_null() {
            status["sync"]["comparedTo"] = json!({ "destination": application["spec"]["destination"] });
        }
        condition(status, &now, kind, Some(why));
        if !status["health"].is_object() {
            status["health"] = json!({ "status": "Unknown", "lastTransitionTime": now });
        }
    });
}

/// The health of an Application: the worst of its objects'. Since 3.4 what is missing does not count.
pub(super) fn health(objects: &mut Objects, settings: &Settings, application: &Value, rows: &[Row]) {
    let mut worst = Health::Healthy;
    for row in rows.iter().filter(|r| !r.prune) {
        let Some(live) = row.at.get(objects) else { continue };
        if live["metadata"]["annotations"]["argocd.argoproj.io/ignore-healthcheck"] == "true" {
            continue;
        }
        if let Some((health, _)) = health::of(settings, live) {
            worst = worst.max(health);
        }
    }
    let now = objects.world().stamp();
    let (namespace, name) = place(application);
    let before = objects.get(APPLICATIONS, &namespace, &name).map(|a| text(&a["status"]["health"]["status"])).unwrap_or_default();
    if before == worst.name() {
        return;
    }
    edit(objects, application, |status| status["health"] = json!({ "status": worst.name(), "lastTransitionTime": now }));
    if !before.is_empty() {
        let message = format!("Updated health status: {before} -> {}", worst.name());
        objects.event(application, "Normal", "ResourceUpdated", &message);
    }
}
