//! The webhook's own authority: it makes it, and serves with a certificate of it.

use super::issued::{Issue, issue};
use crate::cluster::Objects;
use crate::cluster::controllers::fields::{name, namespace};
use crate::cluster::operators::own::{encoded, make};
use crate::cluster::operators::x509::{self, Subject};
use serde_json::{Value, json};
use std::time::Duration;

/// Years that the webhook's authority is good for. Source: cert-manager, `pkg/webhook/authority`.
const LIFE: Duration = Duration::from_secs(365 * 86400);

/// Makes the Secret `…-webhook-ca` when it is not there.
pub(super) fn webhook(objects: &mut Objects, deployment: &Value) {
    let (home, secret) = (namespace(deployment).to_owned(), format!("{}-ca", name(deployment)));
    if objects.get("secrets", &home, &secret).is_some() {
        return;
    }
    let made = own_authority(objects, "cert-manager-webhook-ca", LIFE);
    let object = json!({
        "apiVersion": "v1", "kind": "Secret", "type": "Opaque",
        "metadata": { "name": secret, "namespace": home, "annotations": { "cert-manager.io/allow-direct-injection": "true" } },
        "data": { "ca.crt": encoded(&made.certificate), "tls.crt": encoded(&made.certificate), "tls.key": encoded(&made.key) },
    });
    // A namespace on its way out takes none; the next beat tries again.
    let _ = make(objects, &Value::Null, object);
}

/// A key with the certificate that it signed about itself.
pub(crate) struct OwnAuthority {
    /// Certificate.
    pub certificate: String,
    /// Key.
    pub key: String,
}

/// An authority that signs itself.
pub(crate) fn own_authority(objects: &mut Objects, common_name: &str, life: Duration) -> OwnAuthority {
    let key = x509::key(objects);
    let subject = Subject { common_name: common_name.to_owned(), ..Subject::default() };
    let wish = Issue { subject: &subject, public: key.public(), authority: true, life };
    let certificate = issue(objects, &wish, (&subject, &key));
    OwnAuthority { certificate, key: key.pem() }
}
