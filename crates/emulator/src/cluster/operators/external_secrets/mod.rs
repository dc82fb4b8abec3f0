//! External Secrets: stores that are looked into, and Secrets made of what lies there. Vault is the one that is known.
//!
//! Source: external-secrets 2.9, its controllers; reasons and messages are its own.

mod store;
mod sync;
mod template;

use super::cert_manager::own_authority;
use super::own::{encoded, running};
use crate::cluster::Objects;
use crate::cluster::controllers::fields::{items, name, namespace};
use serde_json::Value;
use std::time::Duration;

/// What its three Deployments do.
pub(super) fn run(objects: &mut Objects) {
    if running(objects, &[("app.kubernetes.io/name", "external-secrets-cert-controller")]).is_some() {
        certificates(objects);
    }
    if running(objects, &[("app.kubernetes.io/name", "external-secrets")]).is_none() {
        return;
    }
    for resource in [store::CLUSTER, store::NAMESPACED] {
        objects.each_live("external-secrets", resource, |objects, one| store::look(objects, resource, one));
    }
    objects.each_live("external-secrets", sync::RESOURCE, sync::look);
}

/// The webhook's Secret is filled, and its authority written where the server looks.
fn certificates(objects: &mut Objects) {
    const LABEL: &str = "external-secrets.io/component";
    let marked = |o: &&Value| o["metadata"]["labels"][LABEL] == "webhook";
    let Some(secret) = objects.list("secrets").into_iter().find(marked).cloned() else {
        return;
    };
    if secret["data"]["tls.crt"].is_null() {
        let made = own_authority(objects, "external-secrets-webhook", Duration::from_secs(365 * 86400));
        objects.edit("secrets", namespace(&secret), name(&secret), |s| {
            for (key, text) in
                [("ca.crt", &made.certificate), ("ca.key", &made.key), ("tls.crt", &made.certificate), ("tls.key", &made.key)]
            {
                s["data"][key] = encoded(text);
            }
        });
        return;
    }
    let authority = secret["data"]["ca.crt"].clone();
    let resource = "validatingwebhookconfigurations.admissionregistration.k8s.io";
    let names: Vec<String> = objects.list(resource).into_iter().filter(marked).map(|w| name(w).to_owned()).collect();
    for webhook in names {
        objects.edit(resource, "", &webhook, |w| {
            for i in 0..items(&w["webhooks"]).len() {
                w["webhooks"][i]["clientConfig"]["caBundle"] = authority.clone();
            }
        });
    }
}
