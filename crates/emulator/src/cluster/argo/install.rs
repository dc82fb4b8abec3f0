//! The manifest that a version of Argo CD publishes in its repository. Source: Argo CD's install manifests.

mod rights;
mod workloads;

use super::kinds::DEFINITIONS;
use crate::cluster::helm::object::{config_map, object};
use crate::cluster::yaml;
use serde_json::{Value, json};

/// The namespace that the manifest's bindings name; its objects say none.
const NAMESPACE: &str = "argocd";

/// Published versions of Argo CD, with those of Dex and Redis.
const VERSIONS: &[(&str, &str, &str)] = &[("v3.4.4", "v2.45.1", "8.2.3-alpine"), ("v3.3.16", "v2.43.0", "8.2.3-alpine")];

/// `manifests/install.yaml` at a version's tag: definitions, rights, settings, services, policies and controllers, without
/// a namespace. None for a version that was never published.
#[must_use]
pub fn install_manifest(version: &str) -> Option<String> {
    let mut all = objects(version)?;
    for object in &mut all {
        // What a pod must reach is no field of Kubernetes: a published file has none.
        if let Some(template) = object["spec"]["template"].as_object_mut() {
            template.remove("_connects");
        }
    }
    Some(yaml::write_all(&all))
}

/// The labels of an object of a component.
fn labels(name: &str, component: &str) -> Value {
    let mut labels = json!({ "app.kubernetes.io/name": name, "app.kubernetes.io/part-of": "argocd" });
    if !component.is_empty() {
        labels["app.kubernetes.io/component"] = component.into();
    }
    labels
}

/// The same as objects.
pub(super) fn objects(version: &str) -> Option<Vec<Value>> {
    let (version, dex, redis) = VERSIONS.iter().find(|(v, ..)| *v == version)?;
    let mut all: Vec<Value> = DEFINITIONS
        .iter()
        .map(|d| {
            let mut object = d.object();
            let name = format!("{}.argoproj.io", d.plural);
            object["metadata"]["labels"] = json!({ "app.kubernetes.io/name": name, "app.kubernetes.io/part-of": "argocd" });
            object
        })
        .collect();
    all.extend(rights::objects());
    for (name, data) in [
        ("argocd-cm", Value::Null),
        ("argocd-cmd-params-cm", Value::Null),
        ("argocd-gpg-keys-cm", Value::Null),
        ("argocd-notifications-cm", Value::Null),
        ("argocd-rbac-cm", Value::Null),
        ("argocd-ssh-known-hosts-cm", json!({ "ssh_known_hosts": KNOWN_HOSTS })),
        ("argocd-tls-certs-cm", Value::Null),
    ] {
        let mut map = config_map(name, &labels(name, ""), data);
        if map["data"].is_null()
            && let Some(map) = map.as_object_mut()
        {
            map.remove("data");
        }
        all.push(map);
    }
    for name in ["argocd-notifications-secret", "argocd-secret"] {
        all.push(object("v1", "Secret", name, &labels(name, ""), json!({ "type": "Opaque" })));
    }
    all.extend(workloads::objects(version, dex, redis));
    Some(all)
}

/// Source: GitHub documentation, "GitHub's SSH key fingerprints".
const KNOWN_HOSTS: &str = "github.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl\n";
