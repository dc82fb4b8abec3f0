//! Whether an object has become what it says, from its status alone.
//!
//! The rules are those of Flux and kubectl (kstatus), and for kinds without such a status what `pontoon-render` tells
//! Flux about them.

use pontoon_render::health::{Sign, expression};
use serde_json::Value;

/// What an object's status says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    /// It is what it says.
    Current,
    /// Not yet, and why.
    Progressing(String),
    /// It will not be without a change, and why.
    Failed(String),
}

use Health::{Current, Failed, Progressing};

/// Judges an object.
pub fn judge(object: &Value) -> Health {
    if !object["metadata"]["deletionTimestamp"].is_null() {
        return Progressing("is being deleted".into());
    }
    let status = &object["status"];
    let generation = object["metadata"]["generation"].as_i64().unwrap_or(0);
    if status["observedGeneration"].as_i64().is_some_and(|seen| seen < generation) {
        return Progressing("its controller has not seen it yet".into());
    }
    if let Some(expression) = expression(object) {
        return by_sign(object, &expression.sign);
    }
    let count = |field: &str| status[field].as_i64().unwrap_or(0);
    match (object["apiVersion"].as_str().unwrap_or(""), object["kind"].as_str().unwrap_or("")) {
        ("apps/v1", "Deployment") => {
            if let Some(message) = condition(status, "Progressing").filter(|c| c["reason"] == "ProgressDeadlineExceeded") {
                return Failed(text(&message["message"]));
            }
            let wanted = object["spec"]["replicas"].as_i64().unwrap_or(1);
            // While an old pod is still there, it may be the one that is available.
            let old = count("replicas") - count("updatedReplicas");
            if old > 0 && count("updatedReplicas") >= wanted {
                return Progressing(format!("{old} of its former pods still run, until the new ones are ready"));
            }
            pods(wanted, count("updatedReplicas").min(count("availableReplicas")), status)
        }
        ("apps/v1", "StatefulSet") => pods(object["spec"]["replicas"].as_i64().unwrap_or(1), count("readyReplicas"), status),
        ("apps/v1", "DaemonSet") => pods(count("desiredNumberScheduled"), count("numberReady"), status),
        ("batch/v1", "Job") => match (condition(status, "Complete"), condition(status, "Failed")) {
            (Some(c), _) if c["status"] == "True" => Current,
            (_, Some(c)) if c["status"] == "True" => Failed(text(&c["message"])),
            _ => Progressing("has not completed".into()),
        },
        ("v1", "PersistentVolumeClaim") if status["phase"] != "Bound" => Progressing("is not bound to a volume".into()),
        ("v1", "Service") if object["spec"]["type"] == "LoadBalancer" => {
            let has = status["loadBalancer"]["ingress"].as_array().is_some_and(|i| !i.is_empty());
            if has { Current } else { Progressing("its load balancer has no address yet".into()) }
        }
        ("v1", "Pod") => match status["phase"].as_str() {
            Some("Succeeded") => Current,
            Some("Failed") => Failed(text(&status["message"])),
            _ => by_condition(status, "Ready"),
        },
        ("argoproj.io/v1alpha1", "Application") => application(status),
        // A registry is not fetched as a whole, so Flux says nothing of it.
        (_, "HelmRepository") if object["spec"]["type"] == "oci" => Current,
        ("apiextensions.k8s.io/v1", _) => by_condition(status, "Established"),
        (version, _) if version.ends_with(".toolkit.fluxcd.io/v1") || version.ends_with(".toolkit.fluxcd.io/v2") => {
            toolkit(status)
        }
        // Everything else that has a Ready condition says so itself; what has no status is what it says.
        _ => match condition(status, "Ready") {
            Some(c) if c["status"] != "True" => Progressing(text(&c["message"])),
            _ => Current,
        },
    }
}

/// An Application: nothing left to apply, and everything of it healthy.
fn application(status: &Value) -> Health {
    let (sync, health) = (text(&status["sync"]["status"]), text(&status["health"]["status"]));
    let running = matches!(status["operationState"]["phase"].as_str(), Some("Running" | "Terminating"));
    if sync == "Synced" && health == "Healthy" && !running {
        return Current;
    }
    let condition = status["conditions"].as_array().and_then(|c| c.first()).map(|c| text(&c["message"]));
    let operation = Some(text(&status["operationState"]["message"])).filter(|m| !m.is_empty() && (running || sync != "Synced"));
    Progressing(condition.or(operation).unwrap_or_else(|| match (sync.as_str(), health.as_str()) {
        ("", _) => "Argo CD has not looked at it yet".into(),
        ("Synced", health) => format!("is {health}"),
        (sync, _) => format!("is {sync}"),
    }))
}

/// Flux's own kinds: Ready, or Stalled for good.
fn toolkit(status: &Value) -> Health {
    if let Some(stalled) = condition(status, "Stalled").filter(|c| c["status"] == "True") {
        return Failed(text(&stalled["message"]));
    }
    // The controller looks at what it has applied once in an interval, and says meanwhile that it does not know. The last
    // applied revision is one whose objects were healthy.
    let known = status["lastAppliedRevision"].is_string() && status["lastAppliedRevision"] == status["lastAttemptedRevision"];
    if known && condition(status, "Ready").is_some_and(|c| c["status"] == "Unknown" && c["reason"] == "Progressing") {
        return Current;
    }
    by_condition(status, "Ready")
}

fn by_sign(object: &Value, sign: &Sign) -> Health {
    let status = &object["status"];
    match sign {
        Sign::Condition(kind) => by_condition(status, kind),
        Sign::Flag(field) if status[field] == true => Current,
        Sign::Flag(_) => match status["message"].as_str().or_else(|| status["phase"].as_str()) {
            Some(said) => Progressing(said.to_owned()),
            None => Progressing("has no status yet".into()),
        },
    }
}

fn by_condition(status: &Value, kind: &str) -> Health {
    match condition(status, kind) {
        Some(c) if c["status"] == "True" => Current,
        Some(c) => Progressing(text(&c["message"])),
        None => Progressing("has no status yet".into()),
    }
}

fn pods(wanted: i64, ready: i64, status: &Value) -> Health {
    if ready >= wanted && (wanted == 0 || status.is_object()) {
        return Current;
    }
    Progressing(format!("{ready} of {wanted} pods are ready"))
}

fn condition<'a>(status: &'a Value, kind: &str) -> Option<&'a Value> {
    status["conditions"].as_array()?.iter().find(|c| c["type"] == kind)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or("").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_kind_says_it_in_its_own_way() {
        let deployment = |ready: i64| {
            json!({ "apiVersion": "apps/v1", "kind": "Deployment", "metadata": { "generation": 2 }, "spec": { "replicas": 2 },
            "status": { "observedGeneration": 2, "updatedReplicas": 2, "availableReplicas": ready } })
        };
        assert_eq!(judge(&deployment(2)), Current);
        assert_eq!(judge(&deployment(1)), Progressing("1 of 2 pods are ready".into()));
        let mut surging = deployment(2);
        surging["status"]["replicas"] = 3.into();
        assert!(matches!(judge(&surging), Progressing(_)), "a former pod is counted for a new one that is not ready");
        let mut stale = deployment(2);
        stale["metadata"]["generation"] = 3.into();
        assert!(matches!(judge(&stale), Progressing(_)));
        let release = |status: &str| json!({ "apiVersion": "helm.toolkit.fluxcd.io/v2", "kind": "HelmRelease", "status": { "conditions": [{ "type": "Ready", "status": status, "message": "m" }] } });
        assert_eq!(judge(&release("True")), Current);
        assert_eq!(judge(&release("False")), Progressing("m".into()));
        let looked_at = |applied: &str| {
            json!({ "apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization", "status": {
                "lastAttemptedRevision": "main@sha1:2", "lastAppliedRevision": applied,
                "conditions": [{ "type": "Ready", "status": "Unknown", "reason": "Progressing", "message": "in progress" }] } })
        };
        assert_eq!(judge(&looked_at("main@sha1:2")), Current, "it is looked at again");
        assert_eq!(judge(&looked_at("main@sha1:1")), Progressing("in progress".into()), "a revision that is new");
        assert_eq!(judge(&json!({ "apiVersion": "v1", "kind": "ConfigMap" })), Current);
        let cluster = json!({ "apiVersion": "postgresql.cnpg.io/v1", "kind": "Cluster" });
        assert!(matches!(judge(&cluster), Progressing(_)), "a kind that is known to have a status has none yet");
    }
}
