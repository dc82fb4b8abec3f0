//! Secrets that hold a service account's token: filled for the account that they name, and gone with it.
//! Source: Kubernetes documentation, managing service accounts.

use super::fields::{leaving, name, namespace, text};
use crate::cluster::Objects;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

const KIND: &str = "kubernetes.io/service-account-token";
const NAME: &str = "kubernetes.io/service-account.name";
const UID: &str = "kubernetes.io/service-account.uid";
const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Fills and deletes.
pub(crate) fn run(objects: &mut Objects) {
    let mut empty: Vec<(String, String, Value)> = Vec::new();
    let mut orphans: Vec<(String, String)> = Vec::new();
    for secret in objects.list("secrets").into_iter().filter(|s| s["type"] == KIND && !leaving(s)) {
        let notes = &secret["metadata"]["annotations"];
        let (home, own) = (namespace(secret).to_owned(), name(secret).to_owned());
        match objects.get("serviceaccounts", &home, text(&notes[NAME])) {
            Some(account) if !secret["data"]["token"].is_string() => empty.push((home, own, account["metadata"]["uid"].clone())),
            Some(_) => {}
            None if secret["data"]["token"].is_string() => orphans.push((home, own)),
            None => {}
        }
    }
    for (home, own) in orphans {
        objects.delete("secrets", &home, &own);
    }
    for (home, own, uid) in empty {
        let parts = [36, 200, 342].map(|length| objects.cx().random_text(LETTERS, length));
        let authority =
            objects.get("configmaps", &home, "kube-root-ca.crt").map_or("", |m| text(&m["data"]["ca.crt"])).to_owned();
        let encoded = |text: &str| Value::from(STANDARD.encode(text));
        let data = json!({
            "token": encoded(&format!("ey{}", parts.join("."))), "namespace": encoded(&home), "ca.crt": encoded(&authority),
        });
        objects.edit("secrets", &home, &own, |s| {
            s["metadata"]["annotations"][UID] = uid;
            s["data"] = data;
        });
    }
}
