//! Certificates: signed by itself, by a private authority, by Let's Encrypt over DNS; and each way in which none comes.

use super::{condition, install, lab};
use crate::cluster::controllers::tests::Lab;
use crate::cluster::operators::own::decoded;
use serde_json::{Value, json};

fn ready(world: &str) -> Lab {
    let mut lab = lab(world);
    install(&mut lab, "cert-manager", "cert-manager", json!({ "crds": { "enabled": true } }));
    lab
}

fn issuer(spec: Value) -> Value {
    json!({ "apiVersion": "cert-manager.io/v1", "kind": "ClusterIssuer", "metadata": { "name": "it" }, "spec": spec })
}

fn certificate(host: &str, issuer: &str) -> Value {
    json!({
        "apiVersion": "cert-manager.io/v1", "kind": "Certificate", "metadata": { "name": "web", "namespace": "default" },
        "spec": { "secretName": "web-tls", "dnsNames": [host], "issuerRef": { "name": issuer, "kind": "ClusterIssuer" } },
    })
}

fn acme(server: &str) -> Value {
    issuer(json!({ "acme": {
        "server": format!("https://{server}.api.letsencrypt.org/directory"), "email": "a@example.com",
        "privateKeySecretRef": { "name": "account" },
        "solvers": [{ "dns01": { "digitalocean": { "tokenSecretRef": { "name": "dns-token", "key": "access-token" } } } }],
    } }))
}

fn token(lab: &mut Lab, token: &str) {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    lab.apply(&[json!({
        "apiVersion": "v1", "kind": "Secret", "metadata": { "name": "dns-token", "namespace": "cert-manager" },
        "data": { "access-token": STANDARD.encode(token) },
    })]);
}

fn records(lab: &mut Lab) -> Vec<String> {
    let all = lab.call("GET", "/v2/domains/example.com/records", Value::Null);
    let all = all["domain_records"].as_array().cloned().unwrap_or_default();
    all.iter().filter(|r| r["type"] == "TXT").map(|r| r["name"].as_str().unwrap().to_owned()).collect()
}

fn challenge(lab: &mut Lab) -> Value {
    lab.k8s(|o| o.list("challenges.acme.cert-manager.io").first().map(|c| (*c).clone()).unwrap_or_default())
}

#[test]
fn a_private_authority_signs_for_services() {
    let mut lab = ready("");
    let mut authority = certificate("unused", "self");
    authority["metadata"] = json!({ "name": "authority", "namespace": "cert-manager" });
    authority["spec"]["secretName"] = "authority".into();
    authority["spec"]["isCA"] = true.into();
    authority["spec"]["commonName"] = "own".into();
    let mut own = issuer(json!({ "selfSigned": {} }));
    own["metadata"]["name"] = "self".into();
    lab.apply(&[own, authority, issuer(json!({ "ca": { "secretName": "authority" } }))]);
    let mut short = certificate("db.default.svc", "it");
    short["spec"]["duration"] = "1h".into();
    lab.apply(&[short]);
    lab.pass(1);
    let waiting = lab.get("clusterissuers.cert-manager.io", "", "it");
    assert_eq!(
        condition(&waiting, "Ready"),
        "False ErrGetKeyPair: Error getting keypair for CA issuer: secrets \"authority\" not found"
    );
    lab.pass(60);
    let made = lab.get("certificates.cert-manager.io", "default", "web");
    assert_eq!(condition(&made, "Ready"), "True Ready: Certificate is up to date and has not expired");
    let secret = lab.get("secrets", "default", "web-tls");
    let leaf = crate::digitalocean::certificates::x509::read(&decoded(&secret["data"]["tls.crt"]).unwrap()).unwrap();
    assert_eq!(leaf.names, ["db.default.svc"]);
    assert_eq!(leaf.not_after.rfc3339(), made["status"]["notAfter"].as_str().unwrap());
    let authority = lab.get("secrets", "cert-manager", "authority");
    assert_eq!(secret["data"]["ca.crt"], authority["data"]["tls.crt"]);
    // When a third of its life is left it is renewed.
    lab.pass(2400);
    assert_eq!(lab.get("certificates.cert-manager.io", "default", "web")["status"]["revision"], 2);
    // No key is left over.
    assert_eq!(lab.names("secrets", "default").iter().filter(|n| n.starts_with("web-")).count(), 1);
}

#[test]
fn lets_encrypt_signs_when_the_record_is_seen_and_it_is_taken_away() {
    let mut lab = ready("");
    lab.call("POST", "/v2/domains", json!({ "name": "example.com" }));
    token(&mut lab, crate::world::DEFAULT_TOKEN);
    lab.apply(&[acme("acme-staging-v02"), certificate("www.example.com", "it")]);
    lab.pass(30);
    assert_eq!(records(&mut lab), ["_acme-challenge.www"]);
    let pending = challenge(&mut lab);
    assert_eq!(
        pending["status"]["reason"],
        "Waiting for DNS-01 challenge propagation: DNS record for \"www.example.com\" not yet propagated"
    );
    lab.pass(600);
    let made = lab.get("certificates.cert-manager.io", "default", "web");
    assert_eq!(condition(&made, "Ready"), "True Ready: Certificate is up to date and has not expired");
    assert_eq!(records(&mut lab), Vec::<String>::new());
    assert_eq!(made["status"]["revision"], 1);
}

#[test]
fn a_zone_that_nobody_delegates_keeps_the_challenge_pending() {
    let mut lab = ready("[dns]\ndelegated = false\n");
    lab.call("POST", "/v2/domains", json!({ "name": "example.com" }));
    token(&mut lab, crate::world::DEFAULT_TOKEN);
    lab.apply(&[acme("acme-v02"), certificate("example.com", "it")]);
    lab.pass(3600);
    assert_eq!(challenge(&mut lab)["status"]["state"], "pending");
    let request = lab.get("certificaterequests.cert-manager.io", "default", "web-1");
    assert!(condition(&request, "Ready").contains("Waiting on certificate issuance from order default/web-1-"), "{request}");
}

#[test]
fn a_missing_secret_a_missing_key_and_a_wrong_token_are_named() {
    let mut lab = ready("[[tokens]]\ntoken = 'pontoon-local-token'\n[[tokens]]\ntoken = 'reader'\nscopes = ['domain:read']\n");
    lab.call("POST", "/v2/domains", json!({ "name": "example.com" }));
    lab.apply(&[acme("acme-v02"), certificate("a.example.com", "it")]);
    lab.pass(60);
    assert_eq!(challenge(&mut lab)["status"]["reason"], "error getting digitalocean token: secrets \"dns-token\" not found");
    token(&mut lab, "nobody");
    lab.pass(60);
    let why = challenge(&mut lab)["status"]["reason"].as_str().unwrap().to_owned();
    assert!(why.contains("/v2/domains/a.example.com/records: 401 Unable to authenticate you"), "{why}");
    token(&mut lab, "reader");
    lab.pass(60);
    let why = challenge(&mut lab)["status"]["reason"].as_str().unwrap().to_owned();
    assert_eq!(
        why,
        "POST https://api.digitalocean.com/v2/domains/example.com/records: 403 You are not authorized to perform this operation"
    );
    token(&mut lab, crate::world::DEFAULT_TOKEN);
    lab.pass(900);
    assert!(condition(&lab.get("certificates.cert-manager.io", "default", "web"), "Ready").starts_with("True"));
}

#[test]
fn the_sixth_certificate_of_a_week_for_the_same_names_is_refused() {
    let mut lab = ready("");
    lab.call("POST", "/v2/domains", json!({ "name": "example.com" }));
    token(&mut lab, crate::world::DEFAULT_TOKEN);
    lab.apply(&[acme("acme-v02")]);
    for _ in 0..5 {
        lab.apply(&[certificate("example.com", "it")]);
        lab.pass(900);
        assert!(condition(&lab.get("certificates.cert-manager.io", "default", "web"), "Ready").starts_with("True"));
        lab.k8s(|o| {
            o.delete("certificates.cert-manager.io", "default", "web");
            for gone in ["certificaterequests.cert-manager.io", "orders.acme.cert-manager.io", "secrets"] {
                let names: Vec<String> =
                    o.list_in(gone, "default").iter().map(|x| x["metadata"]["name"].as_str().unwrap().to_owned()).collect();
                names.iter().filter(|n| n.starts_with("web")).for_each(|n| o.remove(gone, "default", n));
            }
        });
        lab.pass(5);
    }
    lab.apply(&[certificate("example.com", "it")]);
    lab.pass(900);
    let refused = condition(&lab.get("certificates.cert-manager.io", "default", "web"), "Issuing");
    assert!(refused.contains("urn:ietf:params:acme:error:rateLimited: too many certificates (5) already issued"), "{refused}");
}

#[test]
fn an_annotation_makes_certificates_for_a_gateway() {
    let mut lab = ready("");
    lab.apply(&[
        issuer(json!({ "selfSigned": {} })),
        json!({
            "apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
            "metadata": { "name": "web", "namespace": "default", "annotations": { "cert-manager.io/cluster-issuer": "it" } },
            "spec": { "tls": [{ "hosts": ["a.example.com", "b.example.com"], "secretName": "both" }] },
        }),
    ]);
    lab.pass(60);
    let made = lab.get("certificates.cert-manager.io", "default", "both");
    assert_eq!(made["spec"]["dnsNames"], json!(["a.example.com", "b.example.com"]));
    assert!(!lab.get("secrets", "default", "both").is_null());
}
