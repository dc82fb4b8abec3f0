//! The CA injector: writes the authority of a certificate into webhook configurations and definitions.

use crate::cluster::Objects;
use crate::cluster::controllers::fields::{items, leaving, name, text};
use crate::cluster::operators::own::{encoded, secret_text};
use serde_json::Value;

const WHERE: &[&str] = &[
    "validatingwebhookconfigurations.admissionregistration.k8s.io",
    "mutatingwebhookconfigurations.admissionregistration.k8s.io",
    "customresourcedefinitions.apiextensions.k8s.io",
    "apiservices.apiregistration.k8s.io",
];

/// Looks at everything that asks for it by annotation.
pub(super) fn run(objects: &mut Objects) {
    for resource in WHERE {
        // Definitions are large, and few of them ask.
        let asking: Vec<(String, Value)> = objects
            .list(resource)
            .into_iter()
            .filter(|o| !leaving(o))
            .filter_map(|o| Some((name(o).to_owned(), bundle(objects, &o["metadata"]["annotations"])?)))
            .collect();
        for (name, bundle) in asking {
            objects.edit(resource, "", &name, |o| inject(o, &bundle));
        }
    }
}

/// The authority that the annotations name, as it is written.
fn bundle(objects: &Objects, annotations: &Value) -> Option<Value> {
    let named = |key: &str| text(&annotations[key]).split_once('/');
    let (home, secret) = if let Some((home, certificate)) = named("cert-manager.io/inject-ca-from") {
        let certificate = objects.get(super::CERTIFICATES, home, certificate)?;
        (home, text(&certificate["spec"]["secretName"]))
    } else {
        named("cert-manager.io/inject-ca-from-secret")?
    };
    Some(encoded(&secret_text(objects, home, secret, "ca.crt")?))
}

fn inject(object: &mut Value, bundle: &Value) {
    let count = items(&object["webhooks"]).len();
    for i in 0..count {
        object["webhooks"][i]["clientConfig"]["caBundle"] = bundle.clone();
    }
    if object["kind"] == "APIService" {
        object["spec"]["caBundle"] = bundle.clone();
    }
    if object["spec"]["conversion"]["webhook"]["clientConfig"].is_object() {
        object["spec"]["conversion"]["webhook"]["clientConfig"]["caBundle"] = bundle.clone();
    }
}
