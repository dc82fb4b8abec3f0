//! The way into a cluster: kubeconfig, credentials, user.

use super::CLUSTERS;
use crate::{Cx, Refusal, Reply, Req};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use std::time::Duration;

/// Seven days, when 0 or nothing is asked. Source: DigitalOcean documentation, Kubernetes, kubeconfig.
const DEFAULT_EXPIRY: u64 = 604_800;

/// Tokens given out, by token: `{cluster, expires_at}`.
const TOKENS: &str = "_cluster_tokens";

struct Access {
    server: String,
    authority: String,
    token: String,
    expires_at: String,
    doc: Value,
}

/// Makes a token for the cluster.
fn grant(cx: &mut Cx, req: &Req) -> Result<Access, Refusal> {
    let id = req.param("cluster_id");
    let doc = cx.find(CLUSTERS, id)?;
    if doc["endpoint"].as_str().is_none_or(str::is_empty) {
        return Err(Refusal::new(412, "precondition_failed", "the cluster is not ready yet"));
    }
    let seconds = match req.query("expiry_seconds") {
        None | Some("") => 0,
        Some(text) => text.parse::<u64>().map_err(|_| Refusal::unprocessable("expiry_seconds must be a positive number"))?,
    };
    let seconds = if seconds == 0 { DEFAULT_EXPIRY } else { seconds };
    let token = format!("dop_v1_{}", cx.random_text("0123456789abcdef", 64));
    let expires_at = cx.now().plus(Duration::from_secs(seconds)).rfc3339();
    let kept = json!({ "cluster": id, "expires_at": expires_at });
    cx.put_settled(TOKENS, &token, kept);
    let server = cx.world().kubernetes.server(id);
    let authority = STANDARD.encode(crate::cluster::identity::of(cx.world().seed).authority);
    Ok(Access { server, authority, token, expires_at, doc })
}

pub(super) fn kubeconfig(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    if !matches!(req.query("type"), None | Some("" | "token" | "sso")) {
        return Err(Refusal::unprocessable("type must be token or sso"));
    }
    let access = grant(cx, req)?;
    let field = |name: &str| access.doc[name].as_str().unwrap_or("").to_owned();
    let context = format!("do-{}-{}", field("region"), field("name"));
    let text = format!(
        "apiVersion: v1\n\
         kind: Config\n\
         clusters:\n\
         - cluster:\n\
         \x20   certificate-authority-data: {authority}\n\
         \x20   server: {server}\n\
         \x20 name: {context}\n\
         contexts:\n\
         - context:\n\
         \x20   cluster: {context}\n\
         \x20   user: {context}-admin\n\
         \x20 name: {context}\n\
         current-context: {context}\n\
         preferences: {{}}\n\
         users:\n\
         - name: {context}-admin\n\
         \x20 user:\n\
         \x20   token: {token}\n",
        authority = access.authority,
        server = access.server,
        token = access.token,
    );
    Ok(Reply::raw(200, "application/yaml", text))
}

pub(super) fn credentials(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    let access = grant(cx, req)?;
    Ok(Reply::json(
        200,
        json!({
            "server": access.server,
            "certificate_authority_data": access.authority,
            "client_certificate_data": null,
            "client_key_data": null,
            "token": access.token,
            "expires_at": access.expires_at,
        }),
    ))
}

pub(super) fn user(cx: &mut Cx, req: &Req) -> Result<Reply, Refusal> {
    cx.find(CLUSTERS, req.param("cluster_id"))?;
    let email = cx.team().map_or("", |t| t.email.as_str());
    Ok(Reply::ok("kubernetes_cluster_user", json!({ "username": email, "groups": ["k8saas:authenticated"] })))
}
