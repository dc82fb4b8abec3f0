//! A Gateway's listeners: programmed when their certificates are there.

use super::{granted, routes};
use crate::cluster::Objects;
use crate::cluster::controllers::fields::{items, namespace, observed, text};
use serde_json::{Value, json};

/// Their status.
pub(super) fn status(objects: &Objects, gateway: &Value, attached: &routes::Attached, now: &str) -> Vec<Value> {
    items(&gateway["spec"]["listeners"])
        .iter()
        .map(|listener| {
            let own = text(&listener["name"]);
            let empty = Value::Null;
            let before = items(&gateway["status"]["listeners"]).iter().find(|l| l["name"] == own).unwrap_or(&empty);
            let set = |kind: &str, state: &str, reason: &str, message: &str| {
                observed(gateway, before, kind, state, reason, message, now)
            };
            let conditions = match wrong(objects, gateway, listener) {
                None => vec![
                    set("Programmed", "True", "Programmed", "Listener Programmed"),
                    set("Accepted", "True", "Accepted", "Listener Accepted"),
                    set("ResolvedRefs", "True", "ResolvedRefs", "Resolved Refs"),
                ],
                Some((reason, message)) => vec![
                    set("Programmed", "False", "Invalid", "Listener Invalid"),
                    set("Accepted", "True", "Accepted", "Listener Accepted"),
                    set("ResolvedRefs", "False", reason, &message),
                ],
            };
            let kinds: Vec<Value> =
                ["HTTPRoute", "GRPCRoute"].iter().map(|k| json!({ "group": "gateway.networking.k8s.io", "kind": k })).collect();
            json!({
                "name": own, "supportedKinds": kinds, "attachedRoutes": attached.count(gateway, own), "conditions": conditions,
            })
        })
        .collect()
}

/// Why a listener's certificates cannot be used.
fn wrong(objects: &Objects, gateway: &Value, listener: &Value) -> Option<(&'static str, String)> {
    if !matches!(text(&listener["protocol"]), "HTTPS" | "TLS") || listener["tls"]["mode"] == "Passthrough" {
        return None;
    }
    let references = items(&listener["tls"]["certificateRefs"]);
    if references.is_empty() {
        return Some(("InvalidCertificateRef", "CertificateRef is invalid".to_owned()));
    }
    references.iter().find_map(|reference| {
        let own = text(&reference["name"]);
        let home = reference["namespace"].as_str().unwrap_or(namespace(gateway));
        if !granted(objects, ("gateway.networking.k8s.io", "Gateway", namespace(gateway)), ("Secret", home, own)) {
            return Some(("RefNotPermitted", "CertificateRef is not permitted".to_owned()));
        }
        let there = objects
            .get("secrets", home, own)
            .is_some_and(|s| s["data"]["tls.crt"].is_string() && s["data"]["tls.key"].is_string());
        (!there).then(|| ("InvalidCertificateRef", format!("CertificateRef is invalid: Secret \"{own}\" not found")))
    })
}
