//! HashiCorp Vault: health, AppRole, tokens, policies, and the key-value store of version 2.
//!
//! A request is read in this order: how Vault stands ([`sys`]), whose token ([`token`]), which operation, whether the
//! token's policies allow it ([`policy`]), then the operation's own module. Documents are in `global/_vault/…`. Not
//! there, and answered `unsupported path` as where nothing is mounted: other secrets engines and ways to log in.

mod approle;
mod call;
mod knobs;
mod kv;
mod policy;
mod read;
mod sys;
#[cfg(test)]
mod tests;
mod token;

pub use knobs::{DEFAULT_SECRET_ID, DEFAULT_VAULT_TOKEN, VaultKnobs, VaultRole, VaultState};
pub use read::{login_approle, read_kv};

use crate::route::EventHandler;
use crate::{Cx, Reply, Req};
use call::{Call, Denied};

/// Events.
pub(crate) const EVENTS: &[(&str, EventHandler)] = &[];

/// Answers a request.
pub(crate) fn dispatch(cx: &mut Cx, req: &mut Req) -> Reply {
    let method = match req.method.as_str() {
        // `LIST` is a method of Vault's own; clients that cannot send it ask with GET and `?list=true`.
        "GET" if req.query("list") == Some("true") => "LIST".to_owned(),
        other => other.to_owned(),
    };
    let token = req.header("x-vault-token").map(str::to_owned).or_else(|| {
        let (kind, rest) = req.header("authorization")?.split_once(' ')?;
        kind.eq_ignore_ascii_case("bearer").then(|| rest.trim().to_owned())
    });
    let path = percent_encoding::percent_decode_str(&req.path).decode_utf8_lossy().into_owned();
    let Some(path) = path.strip_prefix("/v1/") else {
        return Denied::new(404, &[]).reply();
    };
    if !req.raw.is_empty() && !req.body.is_object() {
        return Denied::new(400, &["failed to parse JSON input: invalid character"]).reply();
    }
    let mut call =
        Call { method, path: path.trim_end_matches('/').to_owned(), body: req.body.clone(), token: token.unwrap_or_default() };
    if req.method == "GET"
        && let Some(version) = req.query("version")
    {
        call.body = serde_json::json!({ "version": version });
    }
    answer(cx, &call, req).unwrap_or_else(|denied| denied.reply())
}

fn answer(cx: &mut Cx, call: &Call, req: &Req) -> Result<Reply, Denied> {
    if let Some(reply) = sys::open(cx, call, req) {
        return Ok(reply);
    }
    let state = cx.world().vault.state;
    if state.closed() {
        return Err(Denied::new(503, &["Vault is sealed"]));
    }
    if call.path.starts_with("auth/approle/login") {
        return approle::login(cx, call);
    }
    policy::admit(cx, call)?;
    for answer in [sys::answer, token::answer, approle::answer, kv::answer] {
        if let Some(reply) = answer(cx, call)? {
            return Ok(reply);
        }
    }
    let text = format!("no handler for route \"{}\". route entry not found.", call.path);
    Err(Denied::new(404, &[&text]))
}

/// An answer of that status, as Vault in trouble gives.
pub(crate) fn trouble(status: u16) -> Reply {
    match status {
        403 => Denied::forbidden(),
        429 => Denied::new(429, &["request path \"\": rate limit quota exceeded"]),
        503 => Denied::new(503, &["Vault is sealed"]),
        other => Denied::new(other, &["internal error"]),
    }
    .reply()
}
