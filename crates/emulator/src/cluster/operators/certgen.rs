//! kube-webhook-certgen: Jobs of charts that make a webhook's certificate, and write its authority into configurations.
//!
//! Source: ingress-nginx/kube-webhook-certgen and jkroepke/kube-webhook-certgen, commands `create` and `patch`.

use super::cert_manager::own_authority;
use super::own::{encoded, make};
use crate::cluster::Objects;
use crate::cluster::controllers::fields::{items, namespace, text};
use serde_json::{Value, json};
use std::time::Duration;

/// A hundred years, as the program writes.
const LIFE: Duration = Duration::from_secs(100 * 365 * 86400);

/// Looks at every pod of such a Job that has come to run.
pub(super) fn run(objects: &mut Objects) {
    for pod in objects.live("pods").into_iter().filter(|p| ours(p)) {
        for container in items(&pod["spec"]["containers"]) {
            let args: Vec<&str> = items(&container["args"]).iter().map(text).collect();
            let value = |flag: &str| args.iter().find_map(|a| a.strip_prefix(&format!("--{flag}="))).unwrap_or("").to_owned();
            let home = match value("namespace").as_str() {
                "" | "$(POD_NAMESPACE)" => namespace(&pod).to_owned(),
                home => home.to_owned(),
            };
            match args.first().copied() {
                Some("create") => create(objects, &home, &value("secret-name")),
                Some("patch") => patch(objects, &home, &value("secret-name"), &value("webhook-name")),
                _ => {}
            }
        }
    }
}

fn ours(pod: &Value) -> bool {
    let began = matches!(text(&pod["status"]["phase"]), "Running" | "Succeeded");
    began && items(&pod["spec"]["containers"]).iter().any(|c| text(&c["image"]).contains("kube-webhook-certgen"))
}

fn create(objects: &mut Objects, home: &str, secret: &str) {
    if objects.get("secrets", home, secret).is_some() {
        return;
    }
    let made = own_authority(objects, "nil1", LIFE);
    let object = json!({
        "apiVersion": "v1", "kind": "Secret", "type": "Opaque", "metadata": { "name": secret, "namespace": home },
        "data": { "ca": encoded(&made.certificate), "cert": encoded(&made.certificate), "key": encoded(&made.key) },
    });
    // A refusal is the Job's: it is tried again with its next pod.
    let _ = make(objects, &Value::Null, object);
}

fn patch(objects: &mut Objects, home: &str, secret: &str, webhook: &str) {
    let Some(authority) = objects.get("secrets", home, secret).map(|s| s["data"]["ca"].clone()) else {
        return;
    };
    for kind in ["validatingwebhookconfigurations", "mutatingwebhookconfigurations"] {
        objects.edit(&format!("{kind}.admissionregistration.k8s.io"), "", webhook, |w| {
            for i in 0..items(&w["webhooks"]).len() {
                w["webhooks"][i]["clientConfig"]["caBundle"] = authority.clone();
            }
        });
    }
}
