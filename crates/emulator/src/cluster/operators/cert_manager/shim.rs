//! Ingress and Gateway shim: an annotation makes Certificates for the hosts that ask for TLS.

use super::{CERTIFICATES, MANAGER};
use crate::cluster::Objects;
use crate::cluster::controllers::fields::{items, name, namespace, text};
use crate::cluster::operators::own::keep;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Looks at every Ingress and Gateway.
pub(super) fn run(objects: &mut Objects) {
    objects.each_live("shim", "ingresses.networking.k8s.io", |objects, ingress| {
        let mut wanted = BTreeMap::new();
        for tls in items(&ingress["spec"]["tls"]) {
            let hosts: Vec<String> = items(&tls["hosts"]).iter().map(|h| text(h).to_owned()).collect();
            wanted.entry(text(&tls["secretName"]).to_owned()).or_insert_with(Vec::new).extend(hosts);
        }
        certify(objects, ingress, wanted);
    });
    // `enableGatewayAPI` is on by default since 1.15 where the definitions are.
    objects.each_live("shim", "gateways.gateway.networking.k8s.io", |objects, gateway| {
        let mut wanted: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for listener in items(&gateway["spec"]["listeners"]) {
            let host = text(&listener["hostname"]);
            if host.is_empty() || listener["tls"]["mode"] == "Passthrough" {
                continue;
            }
            for reference in items(&listener["tls"]["certificateRefs"]) {
                let hosts = wanted.entry(text(&reference["name"]).to_owned()).or_default();
                if !hosts.iter().any(|h| h == host) {
                    hosts.push(host.to_owned());
                }
            }
        }
        certify(objects, gateway, wanted);
    });
}

/// The issuer that the annotations name.
fn issuer(notes: &Value) -> Option<Value> {
    let named = |key: &str, kind: &str| {
        let name = notes[key].as_str()?;
        Some(json!({ "name": name, "kind": kind, "group": "cert-manager.io" }))
    };
    named("cert-manager.io/cluster-issuer", "ClusterIssuer").or_else(|| named("cert-manager.io/issuer", "Issuer"))
}

fn certify(objects: &mut Objects, owner: &Value, wanted: BTreeMap<String, Vec<String>>) {
    let notes = &owner["metadata"]["annotations"];
    let Some(issuer) = issuer(notes) else {
        return;
    };
    for (secret, hosts) in wanted {
        if secret.is_empty() || hosts.is_empty() {
            continue;
        }
        let home = namespace(owner);
        let foreign = objects
            .get(CERTIFICATES, home, &secret)
            .is_some_and(|c| !items(&c["metadata"]["ownerReferences"]).iter().any(|r| r["uid"] == owner["metadata"]["uid"]));
        if foreign {
            let message =
                format!("Certificate resource \"{secret}\" is not owned by this object. Refusing to update non-owned resource");
            objects.event(owner, "Warning", "BadConfig", &message);
            continue;
        }
        let fresh = objects.get(CERTIFICATES, home, &secret).is_none();
        let mut spec = json!({ "secretName": secret, "dnsNames": hosts, "issuerRef": issuer, "usages": ["digital signature", "key encipherment"] });
        for (note, field) in [("duration", "duration"), ("renew-before", "renewBefore"), ("common-name", "commonName")] {
            if let Some(value) = notes[format!("cert-manager.io/{note}").as_str()].as_str() {
                spec[field] = value.into();
            }
        }
        let object = json!({
            "apiVersion": "cert-manager.io/v1", "kind": "Certificate",
            "metadata": { "name": secret, "namespace": home }, "spec": spec,
        });
        match keep(objects, owner, MANAGER, object) {
            Ok(()) if fresh => {
                let message = format!("Successfully created Certificate \"{secret}\"");
                objects.event(owner, "Normal", "CreateCertificate", &message);
            }
            Ok(()) => {}
            Err(error) => objects.event(owner, "Warning", "CreateFailed", &format!("{}: {}", name(owner), error.message)),
        }
    }
}
