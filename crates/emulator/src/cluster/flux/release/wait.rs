//! What of a release is not ready yet.

use super::super::cel;
use super::super::kstatus::{self, Health, Reference};
use crate::cluster::Objects;
use crate::cluster::helm::workload::push;
use serde_json::{Value, json};

/// References as notes keep them.
pub(super) fn note(manifest: &[Value]) -> Value {
    let mut all = json!([]);
    for object in manifest {
        let at = Reference::of(object);
        push(&mut all, json!([at.api_version, at.kind, at.namespace, at.name]));
    }
    all
}

/// What a note refers to.
pub(super) fn references(note: &Value) -> Vec<Reference> {
    let text = |v: &Value| v.as_str().unwrap_or("").to_owned();
    let all = note.as_array().into_iter().flatten();
    all.map(|r| Reference { api_version: text(&r[0]), kind: text(&r[1]), namespace: text(&r[2]), name: text(&r[3]) }).collect()
}

/// What is not ready, as Helm says it at the end of its patience; and whether some of it has failed for good.
pub(super) fn short(objects: &Objects, release: &Value, all: &[Reference], jobs: bool) -> (Vec<String>, bool) {
    let checks = cel::checks(&release["spec"]["healthCheckExprs"]).unwrap_or_default();
    let (mut missing, mut failed) = (Vec::new(), false);
    for at in all.iter().filter(|r| jobs || r.kind != "Job") {
        let health = kstatus::of(objects, at, &checks);
        if health != Health::Current {
            failed |= health == Health::Failed;
            missing.push(format!(
                "resource {} not ready. status: {}, message: {}",
                at.show(),
                health.name(),
                message(objects, at)
            ));
        }
    }
    (missing, failed)
}

fn message(objects: &Objects, at: &Reference) -> String {
    let Some(object) = at.get(objects) else { return "Resource not found".to_owned() };
    let (spec, status) = (&object["spec"], &object["status"]);
    let number = |v: &Value, other: i64| v.as_i64().unwrap_or(other);
    match at.kind.as_str() {
        "Deployment" => format!("Available: {}/{}", number(&status["availableReplicas"], 0), number(&spec["replicas"], 1)),
        "StatefulSet" => format!("Ready: {}/{}", number(&status["readyReplicas"], 0), number(&spec["replicas"], 1)),
        "DaemonSet" => {
            format!("Available: {}/{}", number(&status["numberAvailable"], 0), number(&status["desiredNumberScheduled"], 0))
        }
        "PersistentVolumeClaim" => "PVC is not Bound. phase: Pending".to_owned(),
        "Service" => "NoIPAssigned".to_owned(),
        "Job" => "Job in progress".to_owned(),
        _ => "Resource is not ready".to_owned(),
    }
}
