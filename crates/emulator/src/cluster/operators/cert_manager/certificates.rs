//! Certificates: whether the Secret is what they say, and an issuance when it is not.

use super::issued::{duration, renewal};
use super::{CERTIFICATES, GROUP, MANAGER, REQUESTS, kind_of};
use crate::clock::Moment;
use crate::cluster::Objects;
use crate::cluster::controllers::fields::{conditioned, items, name, namespace, text, uid};
use crate::cluster::operators::own::{
    condition_of, decoded, encoded, keep, make, secret, secret_text, with_condition, without_condition,
};
use crate::cluster::operators::x509::{self, Key, Subject};
use serde_json::{Value, json};
use std::time::Duration;

/// Waiting after the first failure; each further one doubles it, up to 32 times. Source: cert-manager FAQ.
const BACKOFF: Duration = Duration::from_secs(3600);

/// Looks at every Certificate.
pub(super) fn run(objects: &mut Objects) {
    objects.each_live("certificates", CERTIFICATES, look);
}

/// The subject that a Certificate asks for.
pub(super) fn subject(spec: &Value) -> Subject {
    Subject {
        common_name: text(&spec["commonName"]).to_owned(),
        organization: items(&spec["subject"]["organizations"]).first().map_or("", text).to_owned(),
        names: items(&spec["dnsNames"]).iter().map(|n| text(n).to_owned()).collect(),
        addresses: items(&spec["ipAddresses"]).iter().filter_map(|a| text(a).parse().ok()).collect(),
    }
}

fn moment(value: &Value) -> Option<Moment> {
    Moment::parse(value.as_str()?)
}

/// Why a new certificate is needed; none when the Secret is as it should be.
fn wanting(objects: &mut Objects, certificate: &Value) -> Option<(&'static str, String)> {
    let spec = &certificate["spec"];
    let home = namespace(certificate);
    let Some(secret) = objects.get("secrets", home, text(&spec["secretName"])) else {
        return Some(("DoesNotExist", "Issuing certificate as Secret does not exist".to_owned()));
    };
    if ["tls.crt", "tls.key"].iter().any(|k| secret["data"][*k].as_str().is_none_or(str::is_empty)) {
        return Some(("MissingData", "Issuing certificate as Secret does not contain any data".to_owned()));
    }
    let notes = &secret["metadata"]["annotations"];
    let (issuer, kind) = (text(&notes["cert-manager.io/issuer-name"]), text(&notes["cert-manager.io/issuer-kind"]));
    if issuer != text(&spec["issuerRef"]["name"]) || kind != kind_of(&spec["issuerRef"]) {
        let message = format!("Issuing certificate as Secret was previously issued by \"{kind}.{GROUP}/{issuer}\"");
        return Some(("IncorrectIssuer", message));
    }
    if text(&notes["cert-manager.io/alt-names"]) != alternative(spec) {
        let message = "Issuing certificate as Existing issued Secret is not up to date for spec: [spec.dnsNames]";
        return Some(("SecretMismatch", message.to_owned()));
    }
    let at = moment(&certificate["status"]["renewalTime"])?;
    objects
        .reached(&format!("renewal/{}", uid(certificate)), at)
        .then(|| ("Renewing", format!("Renewing certificate as renewal was scheduled at {}", at.rfc3339())))
}

fn alternative(spec: &Value) -> String {
    let mut names: Vec<&str> = items(&spec["dnsNames"]).iter().map(text).collect();
    names.sort_unstable();
    names.join(",")
}

fn look(objects: &mut Objects, certificate: &Value) {
    let issuing = condition_of(certificate, "Issuing").is_some_and(|c| c["status"] == "True");
    if issuing {
        issue(objects, certificate);
        return;
    }
    let Some((reason, message)) = wanting(objects, certificate) else {
        if condition_of(certificate, "Ready").is_none_or(|c| c["status"] != "True") {
            ready(objects, certificate);
        }
        return;
    };
    if let Some(failed) = moment(&certificate["status"]["lastFailureTime"]) {
        let attempts = certificate["status"]["failedIssuanceAttempts"].as_u64().unwrap_or(1).clamp(1, 6);
        let again = failed.plus(BACKOFF * 2_u32.pow(u32::try_from(attempts - 1).unwrap_or(0)));
        if !objects.reached(&format!("issue/{}", uid(certificate)), again) {
            return;
        }
    }
    let now = objects.world().stamp();
    objects.event(certificate, "Normal", "Issuing", &message);
    edit(objects, certificate, |status, before, generation| {
        let mut made = conditioned(before, "Issuing", "True", reason, &message, &now);
        made["observedGeneration"] = generation.clone();
        status["conditions"] = with_condition(&status["conditions"], made);
        if reason != "Renewing" {
            let mut made = conditioned(before, "Ready", "False", reason, &message, &now);
            made["observedGeneration"] = generation.clone();
            status["conditions"] = with_condition(&status["conditions"], made);
        }
    });
}

fn edit(objects: &mut Objects, certificate: &Value, change: impl FnOnce(&mut Value, &Value, &Value)) {
    objects.edit(CERTIFICATES, namespace(certificate), name(certificate), |c| {
        let before = c["status"].clone();
        let generation = c["metadata"]["generation"].clone();
        if !c["status"].is_object() {
            c["status"] = json!({});
        }
        change(&mut c["status"], &before, &generation);
    });
}

fn ready(objects: &mut Objects, certificate: &Value) {
    let now = objects.world().stamp();
    edit(objects, certificate, |status, before, generation| {
        let message = "Certificate is up to date and has not expired";
        let mut made = conditioned(before, "Ready", "True", "Ready", message, &now);
        made["observedGeneration"] = generation.clone();
        status["conditions"] = with_condition(&status["conditions"], made);
    });
}

/// A step of the issuance: the next key, the request, and what came of it.
fn issue(objects: &mut Objects, certificate: &Value) {
    let (home, spec) = (namespace(certificate), &certificate["spec"]);
    let revision = certificate["status"]["revision"].as_i64().unwrap_or(0) + 1;
    let request_name = format!("{}-{revision}", name(certificate));
    let next = text(&certificate["status"]["nextPrivateKeySecretName"]).to_owned();
    let Some(key) = secret_text(objects, home, &next, "tls.key").and_then(|k| Key::read(&k)) else {
        next_key(objects, certificate);
        return;
    };
    let Some(request) = objects.get(REQUESTS, home, &request_name).cloned() else {
        let csr = x509::request(&subject(spec), &key);
        let object = json!({
            "apiVersion": "cert-manager.io/v1", "kind": "CertificateRequest",
            "metadata": {
                "name": request_name, "namespace": home,
                "annotations": {
                    "cert-manager.io/certificate-name": name(certificate),
                    "cert-manager.io/certificate-revision": revision.to_string(),
                    "cert-manager.io/private-key-secret-name": next,
                },
            },
            "spec": {
                "request": encoded(&csr), "issuerRef": spec["issuerRef"], "isCA": spec["isCA"].as_bool().unwrap_or(false),
                "duration": spec["duration"], "usages": spec["usages"],
                "username": "system:serviceaccount:cert-manager:cert-manager",
            },
        });
        match make(objects, certificate, object) {
            Ok(()) => {
                let message = format!("Created new CertificateRequest resource \"{request_name}\"");
                objects.event(certificate, "Normal", "Requested", &message);
            }
            Err(error) => objects.event(certificate, "Warning", "RequestFailed", &error.message),
        }
        return;
    };
    let Some(condition) = condition_of(&request, "Ready").cloned() else {
        return;
    };
    match text(&condition["reason"]) {
        "Issued" => finish(objects, certificate, &request, &key, revision, &next),
        "Failed" | "Denied" => failed(objects, certificate, &request, text(&condition["message"]), &next),
        _ => {}
    }
}

fn next_key(objects: &mut Objects, certificate: &Value) {
    let suffix = objects.cx().random_text(crate::cluster::controllers::pods::LETTERS, 5);
    let (home, spec) = (namespace(certificate).to_owned(), &certificate["spec"]);
    let name = format!("{}-{suffix}", name(certificate));
    // The key stays unless it is to change at each renewal, which is the default.
    let kept = (spec["privateKey"]["rotationPolicy"] == "Never")
        .then(|| secret_text(objects, &home, text(&spec["secretName"]), "tls.key"))
        .flatten();
    let pem = kept.unwrap_or_else(|| x509::key(objects).pem());
    let mut object = secret(&home, &name, "Opaque", &[("tls.key", &pem)]);
    object["metadata"]["labels"] = json!({ "cert-manager.io/next-private-key": "true" });
    match make(objects, certificate, object) {
        Ok(()) => {
            objects.event(
                certificate,
                "Normal",
                "Generated",
                &format!("Stored new private key in temporary Secret resource \"{name}\""),
            );
            edit(objects, certificate, |status, _, _| status["nextPrivateKeySecretName"] = name.into());
        }
        Err(error) => objects.event(certificate, "Warning", "CreateFailed", &error.message),
    }
}

fn finish(objects: &mut Objects, certificate: &Value, request: &Value, key: &Key, revision: i64, next: &str) {
    let (home, spec) = (namespace(certificate), &certificate["spec"]);
    let mut object = json!({
        "apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls",
        "metadata": {
            "name": spec["secretName"], "namespace": home,
            "labels": { "controller.cert-manager.io/fao": "true" },
            "annotations": {
                "cert-manager.io/certificate-name": name(certificate),
                "cert-manager.io/common-name": text(&spec["commonName"]),
                "cert-manager.io/alt-names": alternative(spec),
                "cert-manager.io/issuer-name": spec["issuerRef"]["name"],
                "cert-manager.io/issuer-kind": kind_of(&spec["issuerRef"]),
                "cert-manager.io/issuer-group": GROUP,
            },
        },
        "data": { "tls.crt": request["status"]["certificate"], "tls.key": encoded(&key.pem()) },
    });
    if let Some(authority) = request["status"]["ca"].as_str() {
        object["data"]["ca.crt"] = authority.into();
    }
    for field in ["labels", "annotations"] {
        for (key, value) in spec["secretTemplate"][field].as_object().into_iter().flatten() {
            object["metadata"][field][key.as_str()] = value.clone();
        }
    }
    if let Err(error) = keep(objects, &Value::Null, MANAGER, object) {
        objects.event(certificate, "Warning", "SecretUpdateFailed", &error.message);
        return;
    }
    objects.delete("secrets", home, next);
    let now = objects.world().now();
    let signed = decoded(&request["status"]["certificate"]).and_then(|pem| x509::validity(&pem));
    let (from, to) = signed.unwrap_or((now, now));
    let before = spec["renewBefore"].as_str().and_then(duration);
    objects.event(certificate, "Normal", "Issuing", "The certificate has been successfully issued");
    edit(objects, certificate, |status, before_status, generation| {
        let stamp = now.rfc3339();
        let message = "Certificate is up to date and has not expired";
        let mut made = conditioned(before_status, "Ready", "True", "Ready", message, &stamp);
        made["observedGeneration"] = generation.clone();
        status["conditions"] = with_condition(&without_condition(&status["conditions"], "Issuing"), made);
        status["revision"] = revision.into();
        status["notBefore"] = from.rfc3339().into();
        status["notAfter"] = to.rfc3339().into();
        status["renewalTime"] = renewal(from, to, before).rfc3339().into();
        for gone in ["nextPrivateKeySecretName", "lastFailureTime", "failedIssuanceAttempts"] {
            status.as_object_mut().map(|s| s.remove(gone));
        }
    });
}

fn failed(objects: &mut Objects, certificate: &Value, request: &Value, why: &str, next: &str) {
    let message = format!("The certificate request has failed to complete and will be retried: {why}");
    objects.event(certificate, "Warning", "Failed", &message);
    objects.delete("secrets", namespace(certificate), next);
    objects.delete(REQUESTS, namespace(request), name(request));
    let now = objects.world().stamp();
    edit(objects, certificate, |status, before, generation| {
        let mut made = conditioned(before, "Issuing", "False", "Failed", &message, &now);
        made["observedGeneration"] = generation.clone();
        status["conditions"] = with_condition(&status["conditions"], made);
        status["lastFailureTime"] = now.clone().into();
        status["failedIssuanceAttempts"] = (before["failedIssuanceAttempts"].as_i64().unwrap_or(0) + 1).into();
        status.as_object_mut().map(|s| s.remove("nextPrivateKeySecretName"));
    });
}
