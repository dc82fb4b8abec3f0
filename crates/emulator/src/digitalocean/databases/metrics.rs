//! What all clusters of an account share: the certificate authority, and the credentials of the metrics endpoints.

use super::cluster;
use crate::{Cx, Refusal, Reply, Req};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

/// Documents that belong to the team as a whole.
const SHARED: &str = "_database_account";

const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// `GET …/ca`: a certificate in PEM, in base64 once more. It has the form of one, and signs nothing.
pub fn ca(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    cluster(cx, req)?;
    let pem = match cx.get(SHARED, "ca").and_then(Value::as_str) {
        Some(pem) => pem.to_owned(),
        None => {
            let body: Vec<String> = (0..22).map(|_| cx.random_text(LETTERS, 64)).collect();
            let pem = format!("-----BEGIN CERTIFICATE-----\nMIIE{}\n-----END CERTIFICATE-----\n", body.join("\n"));
            cx.put_settled(SHARED, "ca", pem.clone().into());
            pem
        }
    };
    Ok(Reply::ok("ca", json!({ "certificate": STANDARD.encode(pem) })))
}

/// `GET /v2/databases/metrics/credentials`.
///
/// The contract's schema nests `credentials` in `credentials`; its example and the vendor's Go client do not, and they
/// are followed here.
pub fn credentials(cx: &mut Cx, _req: &Req) -> Result<Reply, Refusal> {
    let doc = match cx.get(SHARED, "metrics").cloned() {
        Some(doc) => doc,
        None => {
            let password = cx.random_text(LETTERS, 24);
            let doc = json!({ "basic_auth_username": "metrics", "basic_auth_password": password });
            cx.put_settled(SHARED, "metrics", doc.clone());
            doc
        }
    };
    Ok(Reply::ok("credentials", doc))
}

/// `PUT /v2/databases/metrics/credentials`.
pub fn set_credentials(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let given = req.opt_object("credentials")?;
    let text = |field: &str| {
        let value = given.and_then(|c| c.get(field)).and_then(Value::as_str).filter(|v| !v.is_empty());
        value.ok_or_else(|| Refusal::unprocessable(format!("credentials.{field} is required")))
    };
    let doc = json!({
        "basic_auth_username": text("basic_auth_username")?,
        "basic_auth_password": text("basic_auth_password")?,
    });
    cx.put_settled(SHARED, "metrics", doc);
    Ok(Reply::no_content())
}
