//! CertificateRequests: approved, then signed by what their issuer is.

use super::certificates::subject;
use super::issued::{Issue, duration, issue};
use super::{CERTIFICATES, REQUESTS, kind_of, orders};
use crate::cluster::Objects;
use crate::cluster::controllers::fields::{condition, conditioned, name, namespace, text, uid};
use crate::cluster::operators::own::{condition_of, decoded, encoded, secret_text, with_condition};
use crate::cluster::operators::x509::{self, Key, Subject, read_request};
use serde_json::{Value, json};
use std::time::Duration;

/// How long a certificate is good for when nobody says. Source: cert-manager, Certificate `spec.duration`.
pub(super) const LIFE: Duration = Duration::from_secs(90 * 86400);

/// What has become of a request.
pub(super) enum Outcome {
    /// Not yet, and why.
    Pending(String),
    /// Never.
    Failed(String),
    /// The certificate, and the authority where it is known.
    Issued(String, Option<String>),
}

/// Looks at every request that is not over.
pub(super) fn run(objects: &mut Objects, home: &str) {
    for request in objects.live(REQUESTS) {
        let over = condition_of(&request, "Ready").is_some_and(|c| matches!(text(&c["reason"]), "Issued" | "Failed"));
        if over {
            continue;
        }
        if condition(&request, "Approved") != "True" {
            let message = "Certificate request has been approved by cert-manager.io";
            set(objects, &request, "Approved", "True", "cert-manager.io", message);
            objects.event(&request, "Normal", "cert-manager.io", message);
            continue;
        }
        if objects.elapsed(&format!("request/{}", uid(&request)), "certificate_signed") {
            look(objects, &request, home);
        }
    }
}

fn set(objects: &mut Objects, request: &Value, kind: &str, status: &str, reason: &str, message: &str) {
    let now = objects.world().stamp();
    objects.edit(REQUESTS, namespace(request), name(request), |r| {
        let made = conditioned(&r["status"], kind, status, reason, message, &now);
        if !r["status"].is_object() {
            r["status"] = json!({});
        }
        r["status"]["conditions"] = with_condition(&r["status"]["conditions"], made);
    });
}

fn look(objects: &mut Objects, request: &Value, home: &str) {
    let own = namespace(request);
    let reference = &request["spec"]["issuerRef"];
    let Some((issuer, secrets)) = super::issuer(objects, reference, own, home) else {
        let (kind, wanted) = (kind_of(reference), text(&reference["name"]));
        let what = kind.to_lowercase();
        let message = format!("Referenced \"{kind}\" not found: {what}.cert-manager.io \"{wanted}\" not found");
        objects.event(request, "Normal", "IssuerNotFound", &message);
        set(objects, request, "Ready", "False", "Pending", &message);
        return;
    };
    if condition(&issuer, "Ready") != "True" {
        let message = "Referenced issuer does not have a Ready status condition";
        objects.event(request, "Normal", "IssuerNotReady", message);
        set(objects, request, "Ready", "False", "Pending", message);
        return;
    }
    let outcome = if issuer["spec"]["acme"].is_object() {
        orders::of_request(objects, request, &issuer)
    } else {
        sign(objects, request, &issuer, &secrets)
    };
    match outcome {
        Outcome::Pending(message) => set(objects, request, "Ready", "False", "Pending", &message),
        Outcome::Failed(message) => {
            objects.event(request, "Warning", "Failed", &message);
            let now = objects.world().stamp();
            objects.edit(REQUESTS, own, name(request), |r| r["status"]["failureTime"] = now.into());
            set(objects, request, "Ready", "False", "Failed", &message);
        }
        Outcome::Issued(certificate, authority) => {
            objects.edit(REQUESTS, own, name(request), |r| {
                r["status"]["certificate"] = encoded(&certificate);
                if let Some(authority) = authority {
                    r["status"]["ca"] = encoded(&authority);
                }
            });
            objects.event(request, "Normal", "CertificateIssued", "Certificate fetched from issuer successfully");
            set(objects, request, "Ready", "True", "Issued", "Certificate fetched from issuer successfully");
        }
    }
}

fn life(request: &Value) -> Duration {
    request["spec"]["duration"].as_str().and_then(duration).unwrap_or(LIFE)
}

/// What a request wants to be signed: its own names are those of its Certificate.
pub(super) fn wanted(objects: &Objects, request: &Value) -> Option<(Subject, Vec<u8>)> {
    let csr = read_request(&decoded(&request["spec"]["request"])?)?;
    let certificate = text(&request["metadata"]["annotations"]["cert-manager.io/certificate-name"]);
    let spec = objects.get(CERTIFICATES, namespace(request), certificate).map(|c| &c["spec"]);
    let mut subject = spec.map(subject).unwrap_or_default();
    subject.common_name = csr.common_name;
    Some((subject, csr.public))
}

fn sign(objects: &mut Objects, request: &Value, issuer: &Value, secrets: &str) -> Outcome {
    let Some((subject, public)) = wanted(objects, request) else {
        return Outcome::Failed("Failed to decode CSR in spec.request: error decoding certificate request PEM block".to_owned());
    };
    let authority = request["spec"]["isCA"] == true;
    let wish = Issue { subject: &subject, public, authority, life: life(request) };
    if issuer["spec"]["selfSigned"].is_object() {
        let next = text(&request["metadata"]["annotations"]["cert-manager.io/private-key-secret-name"]);
        let Some(key) = secret_text(objects, namespace(request), next, "tls.key").and_then(|k| Key::read(&k)) else {
            return Outcome::Pending(format!("Referenced secret {}/{next} not found", namespace(request)));
        };
        let certificate = issue(objects, &wish, (&subject, &key));
        return Outcome::Issued(certificate.clone(), Some(certificate));
    }
    let secret = text(&issuer["spec"]["ca"]["secretName"]);
    let pair = ["tls.key", "tls.crt"].map(|k| secret_text(objects, secrets, secret, k));
    let [Some(key), Some(certificate)] = pair else {
        return Outcome::Pending(format!("Referenced secret {secrets}/{secret} not found"));
    };
    let Some(key) = Key::read(&key) else {
        return Outcome::Failed(format!("Failed to get certificate key pair from secret {secrets}/{secret}"));
    };
    let name = x509::subject_of(&certificate).unwrap_or_default();
    let made = issue(objects, &wish, (&name, &key));
    Outcome::Issued(made, Some(certificate))
}
