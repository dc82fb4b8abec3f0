//! Issuers and ClusterIssuers: whether they can sign.

use crate::cluster::Objects;
use crate::cluster::controllers::fields::{conditioned, name, namespace, text};
use crate::cluster::operators::own::{make, secret, secret_text, with_condition};
use crate::cluster::operators::x509;
use serde_json::{Value, json};

/// Looks at every issuer.
pub(super) fn run(objects: &mut Objects, home: &str) {
    for resource in ["clusterissuers.cert-manager.io", "issuers.cert-manager.io"] {
        objects.each_live("issuers", resource, |objects, issuer| {
            let secrets = if namespace(issuer).is_empty() { home } else { namespace(issuer) };
            look(objects, resource, issuer, secrets);
        });
    }
}

fn look(objects: &mut Objects, resource: &str, issuer: &Value, secrets: &str) {
    let spec = &issuer["spec"];
    let mut status = issuer["status"].take_or_empty();
    let (ok, reason, message) = if spec["selfSigned"].is_object() {
        (true, "IsReady", String::new())
    } else if spec["ca"].is_object() {
        authority(objects, secrets, text(&spec["ca"]["secretName"]))
    } else if spec["acme"].is_object() {
        match account(objects, issuer, secrets, &mut status) {
            Some(answer) => answer,
            None => return,
        }
    } else {
        // Vault and the others have no counterpart here, so they never become ready.
        (
            false,
            "ErrInitIssuer",
            "Error initializing issuer: issuer type is not supported by the embedded cert-manager".to_owned(),
        )
    };
    let now = objects.world().stamp();
    let mut condition = conditioned(&issuer["status"], "Ready", if ok { "True" } else { "False" }, reason, &message, &now);
    condition["observedGeneration"] = issuer["metadata"]["generation"].clone();
    status["conditions"] = with_condition(&status["conditions"], condition);
    if objects.set_status(resource, namespace(issuer), name(issuer), status) && !ok {
        objects.event(issuer, "Warning", reason, &message);
    }
}

fn authority(objects: &Objects, home: &str, secret: &str) -> (bool, &'static str, String) {
    if objects.get("secrets", home, secret).is_none() {
        let message = format!("Error getting keypair for CA issuer: secrets \"{secret}\" not found");
        return (false, "ErrGetKeyPair", message);
    }
    match secret_text(objects, home, secret, "tls.key").and_then(|k| x509::Key::read(&k)) {
        Some(_) => (true, "KeyPairVerified", "Signing CA verified".to_owned()),
        None => (
            false,
            "ErrInvalidKeyPair",
            format!("Error getting keypair for CA issuer: error decoding private key PEM block in secret {home}/{secret}"),
        ),
    }
}

/// Registers with the ACME server, which takes a moment; the key lies in the Secret that the issuer names.
fn account(objects: &mut Objects, issuer: &Value, home: &str, status: &mut Value) -> Option<(bool, &'static str, String)> {
    let acme = &issuer["spec"]["acme"];
    let server = text(&acme["server"]);
    let known = server.starts_with("https://acme-v02.api.letsencrypt.org/")
        || server.starts_with("https://acme-staging-v02.api.letsencrypt.org/");
    if !known {
        let message = format!("Failed to register ACME account: Get \"{server}\": dial tcp: lookup failed: no such host");
        return Some((false, "ErrRegisterACMEAccount", message));
    }
    if !objects.elapsed(&format!("acme/{}/{}", text(&issuer["metadata"]["uid"]), server), "acme_account") {
        return None;
    }
    let secret_name = text(&acme["privateKeySecretRef"]["name"]);
    let key = match text(&acme["privateKeySecretRef"]["key"]) {
        "" => "tls.key",
        key => key,
    };
    if objects.get("secrets", home, secret_name).is_none() {
        let pem = x509::key(objects).pem();
        if let Err(error) = make(objects, &Value::Null, secret(home, secret_name, "Opaque", &[(key, &pem)])) {
            return Some((false, "ErrRegisterACMEAccount", format!("Failed to register ACME account: {}", error.message)));
        }
    }
    if status["acme"]["uri"].is_null() {
        let number = objects.cx().number();
        let origin = server.trim_end_matches("/directory");
        status["acme"] = json!({ "uri": format!("{origin}/acme/acct/{number}") });
    }
    status["acme"]["lastRegisteredEmail"] = acme["email"].clone();
    Some((true, "ACMEAccountRegistered", "The ACME account was registered with the ACME server".to_owned()))
}

trait TakeOrEmpty {
    fn take_or_empty(&self) -> Value;
}

impl TakeOrEmpty for Value {
    fn take_or_empty(&self) -> Value {
        if self.is_object() { self.clone() } else { json!({}) }
    }
}
