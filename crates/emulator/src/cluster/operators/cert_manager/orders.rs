//! Orders: what an ACME issuer makes of a request, with a Challenge for each name.

use super::requests::{Outcome, wanted};
use super::{CHALLENGES, MANAGER, ORDERS, lets_encrypt, solvers};
use crate::cluster::Objects;
use crate::cluster::controllers::fields::{items, name, namespace, text, uid};
use crate::cluster::operators::own::{encoded, keep, make};
use serde_json::{Value, json};

/// The name of a request's Order: its own and a number made of what is asked. Source: cert-manager, `ComputeName`.
fn order_name(request: &Value) -> String {
    let hash =
        request["spec"]["request"].to_string().bytes().fold(0x811c_9dc5_u32, |h, b| (h ^ u32::from(b)).wrapping_mul(0x0100_0193));
    format!("{}-{hash}", name(request))
}

/// What has become of a request's Order; makes it when there is none.
pub(super) fn of_request(objects: &mut Objects, request: &Value, issuer: &Value) -> Outcome {
    let (home, order_name) = (namespace(request), order_name(request));
    let Some(order) = objects.get(ORDERS, home, &order_name).cloned() else {
        let Some((subject, _)) = wanted(objects, request) else {
            return Outcome::Failed("Failed to decode CSR in spec.request".to_owned());
        };
        let object = json!({
            "apiVersion": "acme.cert-manager.io/v1", "kind": "Order",
            "metadata": {
                "name": order_name, "namespace": home,
                "annotations": request["metadata"]["annotations"],
            },
            "spec": {
                "request": request["spec"]["request"], "issuerRef": request["spec"]["issuerRef"],
                "commonName": if subject.common_name.is_empty() { Value::Null } else { subject.common_name.clone().into() },
                "dnsNames": subject.names,
            },
        });
        let message = format!("Created Order resource {home}/{order_name}");
        return match make(objects, request, object) {
            Ok(()) => {
                objects.event(request, "Normal", "OrderCreated", &message);
                Outcome::Pending(message)
            }
            Err(error) => Outcome::Pending(format!("Failed to create order: {}", error.message)),
        };
    };
    let state = text(&order["status"]["state"]);
    match state {
        "valid" => match objects.world().get("global/_acme_signed", uid(&order)).and_then(Value::as_str) {
            Some(pem) => Outcome::Issued(pem.to_owned(), None),
            None => finalize(objects, &order, request, issuer),
        },
        "invalid" | "errored" | "expired" => {
            let why = text(&order["status"]["reason"]);
            Outcome::Failed(format!(
                "Failed to wait for order resource \"{order_name}\" to become ready: order is in \"{state}\" state: {why}"
            ))
        }
        state => Outcome::Pending(format!("Waiting on certificate issuance from order {home}/{order_name}: \"{state}\"")),
    }
}

fn finalize(objects: &mut Objects, order: &Value, request: &Value, issuer: &Value) -> Outcome {
    let Some((subject, public)) = wanted(objects, request) else {
        return Outcome::Failed("Failed to decode CSR in spec.request".to_owned());
    };
    let pem = lets_encrypt::sign(objects, text(&issuer["spec"]["acme"]["server"]), &subject, public);
    objects.cx().put_settled("global/_acme_signed", uid(order), pem.clone().into());
    objects.edit(ORDERS, namespace(order), name(order), |o| o["status"]["certificate"] = encoded(&pem));
    objects.event(order, "Normal", "Complete", "Order completed successfully");
    Outcome::Issued(pem, None)
}

/// Looks at every Order that is not over.
pub(super) fn run(objects: &mut Objects, home: &str) {
    for order in objects.live(ORDERS) {
        if matches!(text(&order["status"]["state"]), "valid" | "invalid" | "errored" | "expired") {
            continue;
        }
        if order["status"]["url"].is_null() {
            begin(objects, &order, home);
        } else {
            follow(objects, &order, home);
        }
    }
}

fn fail(objects: &mut Objects, order: &Value, state: &str, reason: &str) {
    let now = objects.world().stamp();
    objects.edit(ORDERS, namespace(order), name(order), |o| {
        o["status"]["state"] = state.into();
        o["status"]["reason"] = reason.into();
        o["status"]["failureTime"] = now.into();
    });
}

/// Asks the server for an order: an authorization for each name.
fn begin(objects: &mut Objects, order: &Value, home: &str) {
    if !objects.elapsed(&format!("order/{}", uid(order)), "acme_order") {
        return;
    }
    let Some((issuer, _)) = super::issuer(objects, &order["spec"]["issuerRef"], namespace(order), home) else {
        return;
    };
    let server = text(&issuer["spec"]["acme"]["server"]);
    let names: Vec<String> = items(&order["spec"]["dnsNames"]).iter().map(|n| text(n).to_owned()).collect();
    if let Err(refused) = lets_encrypt::order(objects, server, &names) {
        fail(objects, order, "errored", &format!("Failed to create Order: {refused}"));
        return;
    }
    let origin = server.trim_end_matches("/directory").to_owned();
    let account = text(&issuer["status"]["acme"]["uri"]).rsplit('/').next().unwrap_or("").to_owned();
    let number = objects.cx().number();
    let mut authorizations = Vec::new();
    for name in &names {
        let id = objects.cx().number();
        let token = objects.cx().random_text("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", 43);
        let challenge = |kind: &str, mark: &str| json!({ "type": kind, "token": token, "url": format!("{origin}/acme/chall/{account}/{id}/{mark}") });
        let wildcard = name.starts_with("*.");
        // A wildcard is proved by DNS alone.
        let offered = if wildcard {
            vec![challenge("dns-01", "dN1aAA")]
        } else {
            vec![challenge("http-01", "hT1bAA"), challenge("dns-01", "dN1aAA")]
        };
        authorizations.push(json!({
            "url": format!("{origin}/acme/authz/{account}/{id}"), "identifier": name.trim_start_matches("*."),
            "wildcard": wildcard, "initialState": "pending", "challenges": offered,
        }));
    }
    objects.edit(ORDERS, namespace(order), name(order), |o| {
        o["status"] = json!({
            "state": "pending",
            "url": format!("{origin}/acme/order/{account}/{number}"),
            "finalizeURL": format!("{origin}/acme/finalize/{account}/{number}"),
            "authorizations": authorizations,
        });
    });
}

/// Makes the Challenges, and sums up what has become of them.
fn follow(objects: &mut Objects, order: &Value, home: &str) {
    let Some((issuer, _)) = super::issuer(objects, &order["spec"]["issuerRef"], namespace(order), home) else {
        return;
    };
    let mut states = Vec::new();
    for authorization in items(&order["status"]["authorizations"]) {
        let domain = text(&authorization["identifier"]);
        let Some((kind, solver)) = solvers::choose(&issuer, authorization) else {
            let message = "Failed to determine a valid solver configuration for the set of domains on the Order: no configured challenge solvers can be used for this challenge";
            objects.event(order, "Warning", "Solver", message);
            fail(objects, order, "errored", message);
            return;
        };
        let id = text(&authorization["url"]).rsplit('/').next().unwrap_or("");
        let challenge_name = format!("{}-{id}", name(order));
        if let Some(there) = objects.get(CHALLENGES, namespace(order), &challenge_name) {
            states.push((
                domain.to_owned(),
                text(&there["status"]["state"]).to_owned(),
                text(&there["status"]["reason"]).to_owned(),
            ));
            continue;
        }
        let offered = items(&authorization["challenges"]).iter().find(|c| c["type"] == kind).cloned().unwrap_or_default();
        let object = json!({
            "apiVersion": "acme.cert-manager.io/v1", "kind": "Challenge",
            "metadata": { "name": challenge_name, "namespace": namespace(order), "finalizers": ["acme.cert-manager.io/finalizer"] },
            "spec": {
                "authorizationURL": authorization["url"], "dnsName": domain, "issuerRef": order["spec"]["issuerRef"],
                "wildcard": authorization["wildcard"], "type": kind.to_uppercase(), "url": offered["url"], "token": offered["token"],
                "key": key(text(&offered["token"]), kind), "solver": solver,
            },
        });
        states.push((domain.to_owned(), String::new(), String::new()));
        match keep(objects, order, MANAGER, object) {
            Ok(()) => {
                let message = format!("Created Challenge resource \"{challenge_name}\" for domain \"{domain}\"");
                objects.event(order, "Normal", "Created", &message);
            }
            Err(error) => objects.event(order, "Warning", "CreateFailed", &error.message),
        }
    }
    if let Some((domain, _, reason)) = states.iter().find(|(_, s, _)| matches!(s.as_str(), "invalid" | "errored" | "expired")) {
        fail(objects, order, "invalid", &format!("Failed to validate \"{domain}\": {reason}"));
    } else if states.iter().all(|(_, s, _)| s == "valid") {
        for challenge in objects.list_in(CHALLENGES, namespace(order)).into_iter().cloned().collect::<Vec<_>>() {
            if items(&challenge["metadata"]["ownerReferences"]).iter().any(|r| r["uid"] == order["metadata"]["uid"]) {
                objects.delete(CHALLENGES, namespace(&challenge), name(&challenge));
            }
        }
        objects.edit(ORDERS, namespace(order), name(order), |o| o["status"]["state"] = "valid".into());
    }
}

/// What is shown as the proof: token and thumbprint, for DNS hashed.
fn key(token: &str, kind: &str) -> String {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    use sha2::{Digest, Sha256};
    let thumbprint = URL_SAFE_NO_PAD.encode(Sha256::digest(token.as_bytes()));
    let proof = format!("{token}.{thumbprint}");
    if kind == "dns-01" { URL_SAFE_NO_PAD.encode(Sha256::digest(proof.as_bytes())) } else { proof }
}
