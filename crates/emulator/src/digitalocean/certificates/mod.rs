//! TLS certificates for load balancers and CDN endpoints: uploaded, or from Let's Encrypt after a while.

pub(crate) mod x509;

use super::domains;
use crate::route::EventHandler;
use crate::{Cx, Refusal, Reply, Req, Route};
use serde_json::{Value, json};
use std::time::Duration;

/// Operations.
pub const ROUTES: &[Route] = &[
    Route { method: "GET", path: "/v2/certificates", scope: "certificate:read", run: list },
    Route { method: "POST", path: "/v2/certificates", scope: "certificate:create", run: create },
    Route { method: "GET", path: "/v2/certificates/{certificate_id}", scope: "certificate:read", run: read },
    Route { method: "DELETE", path: "/v2/certificates/{certificate_id}", scope: "certificate:delete", run: delete },
];

/// Events.
pub const EVENTS: &[(&str, EventHandler)] = &[("certificate_issued", issued)];

/// Certificates, by id.
const CERTIFICATES: &str = "certificates";

/// Let's Encrypt's certificates last 90 days.
const LIFE: Duration = Duration::from_secs(90 * 86_400);

/// What stands for a certificate that the vendor itself keeps for a CDN endpoint. Source: the Terraform provider's CDN
/// resource.
pub const OF_THE_CDN: &str = "needs-cloudflare-cert";

fn list(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let name = req.query("name").filter(|n| !n.is_empty());
    let docs = cx.visible(CERTIFICATES).into_iter().filter(|c| name.is_none_or(|n| c["name"] == n)).collect();
    Reply::page(req, "certificates", docs)
}

fn create(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let name = req.text("name")?.to_owned();
    if cx.list(CERTIFICATES).into_iter().any(|c| c["name"] == name.as_str()) {
        return Err(Refusal::unprocessable("Certificate name is already in use"));
    }
    let id = cx.uuid();
    let mut doc = match req.opt_text("type")?.unwrap_or("custom") {
        "custom" => custom(req)?,
        "lets_encrypt" => requested(cx, req)?,
        _ => return Err(Refusal::unprocessable("type must be custom or lets_encrypt")),
    };
    doc["id"] = id.clone().into();
    doc["name"] = name.into();
    doc["created_at"] = cx.stamp().into();
    if doc["state"] == "pending" {
        let wait = cx.draw("certificate");
        let state = if cx.creation_fails() { "error" } else { "verified" };
        cx.after(wait, "certificate_issued", json!({ "id": id, "state": state }));
    }
    cx.put(CERTIFICATES, &id, doc.clone());
    Ok(Reply::created("certificate", doc))
}

/// An uploaded certificate, good at once.
fn custom(req: &Req) -> Result<Value, Refusal> {
    let key = req.text("private_key")?;
    if !key.contains("PRIVATE KEY-----") {
        return Err(Refusal::unprocessable("The private key is invalid"));
    }
    let leaf =
        x509::read(req.text("leaf_certificate")?).ok_or_else(|| Refusal::unprocessable("The leaf certificate is invalid"))?;
    if let Some(chain) = req.opt_text("certificate_chain")?.filter(|c| !c.trim().is_empty())
        && x509::read(chain).is_none()
    {
        return Err(Refusal::unprocessable("The certificate chain is invalid"));
    }
    Ok(json!({
        "not_after": leaf.not_after.rfc3339(),
        "sha1_fingerprint": leaf.fingerprint,
        "dns_names": leaf.names,
        "state": "verified",
        "type": "custom",
    }))
}

/// One that Let's Encrypt will issue: only for names in zones of the account, where the vendor can prove itself.
fn requested(cx: &Cx, req: &Req) -> Result<Value, Refusal> {
    let names = req.opt_texts("dns_names")?.unwrap_or_default();
    if names.is_empty() {
        return Err(Refusal::unprocessable("dns_names is required"));
    }
    for name in &names {
        if domains::zone_of(cx, name.strip_prefix("*.").unwrap_or(name)).is_none() {
            return Err(Refusal::unprocessable(format!("{name} is not in a domain of your account")));
        }
    }
    Ok(json!({ "dns_names": names, "state": "pending", "type": "lets_encrypt" }))
}

fn issued(cx: &mut Cx, args: &Value) {
    let until = cx.now().plus(LIFE).rfc3339();
    let fingerprint = cx.random_text("0123456789abcdef", 40);
    if let Some(doc) = args["id"].as_str().and_then(|id| cx.edit(CERTIFICATES, id)) {
        doc["state"] = args["state"].clone();
        if doc["state"] == "verified" {
            doc["not_after"] = until.into();
            doc["sha1_fingerprint"] = fingerprint.into();
        }
    }
}

fn read(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    Ok(Reply::ok("certificate", cx.find(CERTIFICATES, req.param("certificate_id"))?))
}

/// 403 while something uses it. Source: the Terraform provider, which waits for this very sentence to end.
fn delete(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let id = req.param("certificate_id");
    cx.find(CERTIFICATES, id)?;
    let balanced = cx
        .list("load_balancers")
        .into_iter()
        .filter_map(|b| b["forwarding_rules"].as_array())
        .flatten()
        .any(|rule| rule["certificate_id"] == id);
    if balanced || cx.list("cdn_endpoints").into_iter().any(|e| e["certificate_id"] == id) {
        return Err(Refusal::forbidden("Make sure the certificate is not in use before deleting it"));
    }
    cx.remove(CERTIFICATES, id);
    Ok(Reply::no_content())
}

/// True when the certificate is there, is good, and covers the host.
#[must_use]
pub fn covers(cx: &Cx, id: &str, host: &str) -> bool {
    let wild = host.split_once('.').map(|(_, parent)| format!("*.{parent}")).unwrap_or_default();
    cx.get(CERTIFICATES, id).is_some_and(|c| {
        c["state"] == "verified" && c["dns_names"].as_array().is_some_and(|n| n.iter().any(|n| *n == host || *n == wild.as_str()))
    })
}

/// A certificate for `example.com` and `*.example.com`.
#[cfg(test)]
pub(crate) fn test_pem() -> &'static str {
    x509::tests::PEM
}

#[cfg(test)]
mod tests {
    use super::super::tests::*;
    use super::test_pem;
    use serde_json::json;

    const KEY: &str = "-----BEGIN PRIVATE KEY-----\nno real one\n-----END PRIVATE KEY-----\n";

    #[tokio::test(start_paused = true)]
    async fn lets_encrypt_takes_a_while_and_needs_the_zone() {
        let cloud = cloud();
        let body = json!({ "name": "web", "type": "lets_encrypt", "dns_names": ["*.example.com"] });
        assert_eq!(post(&cloud, "/v2/certificates", body.clone()).await.0, 422);
        post(&cloud, "/v2/domains", json!({ "name": "example.com" })).await;
        let (status, made) = post(&cloud, "/v2/certificates", body.clone()).await;
        assert_eq!((status, &made["certificate"]["state"]), (201, &json!("pending")));
        assert_eq!(post(&cloud, "/v2/certificates", body).await.0, 422);
        pass(301).await;
        let path = format!("/v2/certificates/{}", made["certificate"]["id"].as_str().unwrap());
        let (_, now) = get(&cloud, &path).await;
        assert_eq!(now["certificate"]["state"], "verified");
        assert!(now["certificate"]["not_after"].as_str().unwrap().starts_with("2027-01-31T09:0"));
        assert_eq!(get(&cloud, "/v2/certificates?name=web").await.1["meta"]["total"], 1);
        assert_eq!(get(&cloud, "/v2/certificates?name=we").await.1["meta"]["total"], 0);
        assert_eq!(delete(&cloud, &path).await.0, 204);
    }

    #[tokio::test(start_paused = true)]
    async fn an_uploaded_one_is_read_and_its_key_kept_to_itself() {
        let cloud = cloud();
        let body = json!({ "name": "own", "type": "custom", "private_key": KEY, "leaf_certificate": test_pem() });
        let (status, made) = post(&cloud, "/v2/certificates", body).await;
        assert_eq!(status, 201);
        let made = &made["certificate"];
        assert_eq!((&made["state"], &made["dns_names"][1]), (&json!("verified"), &json!("*.example.com")));
        assert!(!cloud.objects().to_string().contains("no real one"));
        let body = json!({ "name": "bad", "type": "custom", "private_key": KEY, "leaf_certificate": KEY });
        assert_eq!(post(&cloud, "/v2/certificates", body).await.0, 422);
    }

    #[tokio::test(start_paused = true)]
    async fn a_failed_one_ends_in_error() {
        let cloud = world("[[faults]]\npath = '/v2/certificates'\nmethod = 'POST'\nkind = 'fail_creation'\n");
        post(&cloud, "/v2/domains", json!({ "name": "example.com" })).await;
        let body = json!({ "name": "web", "type": "lets_encrypt", "dns_names": ["example.com"] });
        assert_eq!(post(&cloud, "/v2/certificates", body).await.0, 201);
        pass(301).await;
        assert_eq!(get(&cloud, "/v2/certificates").await.1["certificates"][0]["state"], "error");
    }
}
