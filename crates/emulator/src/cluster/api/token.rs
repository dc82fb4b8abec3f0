//! Tokens of service accounts, signed by the cluster, and who is behind a token.

use super::error::{ApiError, Result};
use super::user::User;
use crate::cluster::Objects;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

/// Who signs, and for whom. Source: Kubernetes documentation, managing service accounts.
const ISSUER: &str = "https://kubernetes.default.svc.cluster.local";

/// A token of a service account that is good for so many seconds.
pub(crate) fn issue(
    objects: &mut Objects,
    namespace: &str,
    name: &str,
    seconds: i64,
    audiences: &Value,
) -> Result<(String, i64)> {
    let account = objects.get("serviceaccounts", namespace, name).ok_or_else(|| ApiError::not_found("serviceaccounts", name))?;
    let uid = account["metadata"]["uid"].clone();
    let now = objects.world().now().0 / 1000;
    let audiences = if audiences.as_array().is_none_or(Vec::is_empty) { json!([ISSUER]) } else { audiences.clone() };
    let claims = json!({
        "aud": audiences, "exp": now + seconds, "iat": now, "iss": ISSUER, "jti": objects.cx().uuid(),
        "kubernetes.io": { "namespace": namespace, "serviceaccount": { "name": name, "uid": uid } },
        "nbf": now, "sub": format!("system:serviceaccount:{namespace}:{name}"),
    });
    Ok((sign(objects, &claims), now + seconds))
}

fn sign(objects: &mut Objects, claims: &Value) -> String {
    let header = URL_SAFE_NO_PAD.encode(json!({ "alg": "HS256", "kid": objects.cluster() }).to_string());
    let body = format!("{header}.{}", URL_SAFE_NO_PAD.encode(claims.to_string()));
    let seal = seal(&key(objects), &body);
    format!("{body}.{seal}")
}

fn seal(key: &str, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).unwrap_or_else(|_| unreachable!("a key of any length is fine"));
    mac.update(body.as_bytes());
    URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
}

const KEYS: &str = "_cluster_signing_keys";

fn key(objects: &mut Objects) -> String {
    let cluster = objects.cluster().to_owned();
    let cx = objects.cx();
    if let Some(key) = cx.get(KEYS, &cluster).and_then(Value::as_str) {
        return key.to_owned();
    }
    let key = cx.random_text("0123456789abcdef", 64);
    cx.put_settled(KEYS, &cluster, key.clone().into());
    key
}

/// The service account behind a token; nothing when the token is none, has expired, or belongs to somebody who is gone.
pub(crate) fn read(objects: &Objects, token: &str) -> Option<User> {
    let (body, given) = token.rsplit_once('.')?;
    let key = objects.world().get(KEYS, objects.cluster()).and_then(Value::as_str)?;
    if seal(key, body) != given {
        return None;
    }
    let claims = URL_SAFE_NO_PAD.decode(body.split_once('.')?.1).ok()?;
    let claims: Value = serde_json::from_slice(&claims).ok()?;
    if claims["exp"].as_i64()? <= objects.world().now().0 / 1000 {
        return None;
    }
    let own = &claims["kubernetes.io"];
    account(objects, own["namespace"].as_str()?, own["serviceaccount"]["name"].as_str()?, &own["serviceaccount"]["uid"])
}

fn account(objects: &Objects, namespace: &str, name: &str, uid: &Value) -> Option<User> {
    let account = objects.get("serviceaccounts", namespace, name)?;
    if account["metadata"]["uid"] != *uid {
        return None;
    }
    let user = User::account(&format!("system:serviceaccount:{namespace}:{name}"))?;
    Some(User { uid: uid.as_str().unwrap_or("").to_owned(), ..user })
}

/// The service account of a Secret of type `kubernetes.io/service-account-token` that holds this token.
pub(crate) fn read_kept(objects: &Objects, token: &str) -> Option<User> {
    let encoded = STANDARD.encode(token);
    let secrets = objects.list("secrets").into_iter().filter(|s| s["type"] == "kubernetes.io/service-account-token");
    let secret = secrets.into_iter().find(|s| s["data"]["token"] == encoded)?;
    let notes = &secret["metadata"]["annotations"];
    let namespace = secret["metadata"]["namespace"].as_str()?;
    account(
        objects,
        namespace,
        notes["kubernetes.io/service-account.name"].as_str()?,
        &notes["kubernetes.io/service-account.uid"],
    )
}
