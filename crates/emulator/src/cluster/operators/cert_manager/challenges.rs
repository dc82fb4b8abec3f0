//! Challenges: the proof is shown, looked for, and judged; then it is taken away.

use super::http01;
use super::{CHALLENGES, issuer};
use crate::Refusal;
use crate::cluster::Objects;
use crate::cluster::controllers::fields::{leaving, name, namespace, text, uid};
use crate::cluster::operators::own::secret_text;
use crate::digitalocean::within;
use serde_json::{Value, json};

const FINALIZER: &str = "acme.cert-manager.io/finalizer";

/// Looks at every Challenge.
pub(super) fn run(objects: &mut Objects, home: &str) {
    let leaving: Vec<Value> = objects.list(CHALLENGES).into_iter().filter(|c| leaving(c)).cloned().collect();
    for challenge in leaving {
        clean(objects, &challenge, home);
        objects.finalize(CHALLENGES, namespace(&challenge), name(&challenge), FINALIZER);
    }
    for challenge in objects.live(CHALLENGES) {
        if !matches!(text(&challenge["status"]["state"]), "valid" | "invalid" | "errored") {
            look(objects, &challenge, home);
        }
    }
}

fn reason(objects: &mut Objects, challenge: &Value, text: &str) {
    objects.edit(CHALLENGES, namespace(challenge), name(challenge), |c| {
        c["status"]["processing"] = true.into();
        c["status"]["state"] = "pending".into();
        c["status"]["reason"] = text.into();
    });
}

fn look(objects: &mut Objects, challenge: &Value, home: &str) {
    let dns = challenge["spec"]["type"] == "DNS-01";
    let mechanism = if dns { "DNS-01" } else { "HTTP-01" };
    if challenge["status"]["presented"] != true {
        let shown = if dns { present(objects, challenge, home) } else { http01::present(objects, challenge) };
        match shown {
            Ok(record) => {
                objects.edit(CHALLENGES, namespace(challenge), name(challenge), |c| {
                    c["status"]["presented"] = true.into();
                    c["status"]["processing"] = true.into();
                    c["status"]["state"] = "pending".into();
                    c["_record"] = record;
                });
                let message = format!("Presented challenge using {mechanism} challenge mechanism");
                objects.event(challenge, "Normal", "Presented", &message);
            }
            Err(why) => {
                objects.event(challenge, "Warning", "PresentError", &format!("Error presenting challenge: {why}"));
                reason(objects, challenge, &why);
                // What is missing may come: the token in a Secret, the zone at the vendor.
                objects.wake_in(std::time::Duration::from_secs(30));
            }
        }
        return;
    }
    let seen = if dns { propagated(objects, challenge) } else { http01::reachable(objects, challenge) };
    if let Err(why) = seen {
        reason(objects, challenge, &format!("Waiting for {mechanism} challenge propagation: {why}"));
        return;
    }
    let domain = text(&challenge["spec"]["dnsName"]);
    let message = format!("Domain \"{domain}\" verified with \"{mechanism}\" validation");
    objects.event(challenge, "Normal", "DomainVerified", &message);
    clean(objects, challenge, home);
    objects.edit(CHALLENGES, namespace(challenge), name(challenge), |c| {
        c["status"] =
            json!({ "presented": false, "processing": false, "reason": "Successfully authorized domain", "state": "valid" });
    });
}

/// The token of DigitalOcean's solver, from the Secret that it names.
fn token(objects: &Objects, challenge: &Value, home: &str) -> Result<String, String> {
    let solver = &challenge["spec"]["solver"]["dns01"];
    let reference = &solver["digitalocean"]["tokenSecretRef"];
    if !reference.is_object() {
        return Err("no DNS provider that is known here is configured: digitalocean alone is".to_owned());
    }
    let secrets =
        issuer(objects, &challenge["spec"]["issuerRef"], namespace(challenge), home).map_or(home.to_owned(), |(_, s)| s);
    let (secret, key) = (text(&reference["name"]), text(&reference["key"]));
    if objects.get("secrets", &secrets, secret).is_none() {
        return Err(format!("error getting digitalocean token: secrets \"{secret}\" not found"));
    }
    secret_text(objects, &secrets, secret, key)
        .map(|t| t.trim().to_owned())
        .ok_or_else(|| format!("error getting digitalocean token: no key \"{key}\" in secret \"{secrets}/{secret}\""))
}

/// Writes the text record into the account's zone; gives where it is.
fn present(objects: &mut Objects, challenge: &Value, home: &str) -> Result<Value, String> {
    let token = token(objects, challenge, home)?;
    let domain = text(&challenge["spec"]["dnsName"]);
    let (zone, relative) = zone(objects, &token, domain)?;
    let record = if relative.is_empty() { "_acme-challenge".to_owned() } else { format!("_acme-challenge.{relative}") };
    let path = format!("/v2/domains/{zone}/records");
    let body = json!({ "type": "TXT", "name": record, "data": challenge["spec"]["key"], "ttl": 60 });
    let made = within::call(objects.cx(), &token, "POST", &path, &body).map_err(|r| within::in_words("POST", &path, &r))?;
    Ok(json!({ "zone": zone, "id": made["domain_record"]["id"] }))
}

/// The zone that a host lies in, and the rest of its name.
fn zone(objects: &mut Objects, token: &str, domain: &str) -> Result<(String, String), String> {
    let mut name = domain;
    loop {
        let path = format!("/v2/domains/{name}");
        match within::call(objects.cx(), token, "GET", &path, &Value::Null) {
            Ok(_) => {
                let relative = domain.strip_suffix(name).unwrap_or("").trim_end_matches('.');
                return Ok((name.to_owned(), relative.to_owned()));
            }
            Err(Refusal { status: 404, .. }) => {}
            Err(refusal) => return Err(within::in_words("GET", &format!("{path}/records"), &refusal)),
        }
        match name.split_once('.') {
            Some((_, parent)) if parent.contains('.') => name = parent,
            _ => {
                let refusal = Refusal::not_found();
                return Err(within::in_words("GET", &format!("/v2/domains/{domain}/records"), &refusal));
            }
        }
    }
}

/// Whether the world's name servers give the record: the zone must be delegated, and records take their time.
fn propagated(objects: &mut Objects, challenge: &Value) -> Result<(), String> {
    let waiting = format!("DNS record for \"{}\" not yet propagated", text(&challenge["spec"]["dnsName"]));
    let zone = text(&challenge["_record"]["zone"]).to_owned();
    if !crate::cluster::operators::delegation::delegated(objects, &zone) {
        return Err(waiting);
    }
    if objects.elapsed(&format!("propagated/{}", uid(challenge)), "acme_dns01") { Ok(()) } else { Err(waiting) }
}

/// Takes the proof away.
fn clean(objects: &mut Objects, challenge: &Value, home: &str) {
    if challenge["status"]["presented"] != true {
        return;
    }
    if challenge["spec"]["type"] != "DNS-01" {
        http01::clean(objects, challenge);
        return;
    }
    let record = &challenge["_record"];
    if let (Ok(token), Some(zone)) = (token(objects, challenge, home), record["zone"].as_str()) {
        let path = format!("/v2/domains/{zone}/records/{}", record["id"]);
        // A record that somebody else took away is gone all the same.
        let _ = within::call(objects.cx(), &token, "DELETE", &path, &Value::Null);
    }
}
