//! The platform's own authority, beside an app that has to trust it.
//!
//! Databases, caches and queues of the cluster show certificates that the private issuer signed. cert-manager puts the
//! authority's certificate beside every certificate that it makes, as `ca.crt`; so an app gets one of its own, in its
//! namespace, and follows when the authority is another one. Source: cert-manager documentation, Certificate.

use super::prefix;
use crate::components::{Site, access, site::PRIVATE_ISSUER, write::object};
use pontoon_core::content::{Capability, Component, ValueFrom};
use pontoon_spec::{
    references::template::{Part, parts},
    sections::apps::App,
};
use serde_json::{Value, json};

/// The Secret, in the app's namespace.
const SECRET: &str = "private-authority";
/// Its key.
const KEY: &str = "ca.crt";

/// A variable for each thing that the app uses and that shows such a certificate: `DATABASES_MAIN_CA`, beside those that its
/// Secret gives.
pub fn variables(site: &Site<'_>, app: &App) -> Vec<Value> {
    let private = app.uses.iter().filter(|uses| access::is_private(site, &uses.value.0));
    private.map(|uses| variable(&format!("{}CA", prefix(&access::secret_name(&uses.value.0))))).collect()
}

/// A variable that holds it.
pub fn variable(name: &str) -> Value {
    json!({ "name": name, "valueFrom": { "secretKeyRef": { "name": SECRET, "key": KEY } } })
}

/// A value of a chart that is it.
pub fn value(target: String) -> ValueFrom {
    ValueFrom { secret: SECRET.into(), key: KEY.into(), target }
}

/// Whether a text is a reference to it: `${databases.main.ca}` of a database in the cluster.
pub fn is_meant(site: &Site<'_>, text: &str) -> bool {
    let parts = parts(text).unwrap_or_default();
    matches!(parts.as_slice(), [Part::Key(uses, key)] if *key == "ca" && access::is_private(site, &uses.0))
}

/// Adds the certificate that brings it.
pub fn add(c: Component, name: &str) -> Component {
    let spec = json!({
        "secretName": SECRET,
        "dnsNames": [format!("{name}.{name}.svc")],
        "usages": ["client auth"],
        "issuerRef": { "name": PRIVATE_ISSUER, "kind": "ClusterIssuer", "group": "cert-manager.io" },
    });
    c.needs(Capability::Issuer(PRIVATE_ISSUER.into()))
        .needs(Capability::Webhook("cert-manager".into()))
        .provides(Capability::secret(name, SECRET))
        .object(object("cert-manager.io/v1", "Certificate", name, SECRET, json!({ "spec": spec })))
}
