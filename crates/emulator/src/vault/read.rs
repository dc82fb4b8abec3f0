//! Vault as an operator in a cluster uses it, without a socket in between.

use super::call::{Call, Denied};
use super::{approle, kv, policy, sys};
use crate::Cx;
use serde_json::Value;

/// A refusal as Vault's own client writes it.
fn said(denied: &Denied) -> String {
    let errors: Vec<String> = denied.errors.iter().map(|e| format!("* {e}")).collect();
    format!("Code: {}. Errors:\n\n{}", denied.status, errors.join("\n"))
}

fn open(cx: &Cx) -> Result<(), String> {
    if cx.world().vault.state.closed() { Err(said(&Denied::new(503, &["Vault is sealed"]))) } else { Ok(()) }
}

/// Logs in by AppRole at `auth/<mount>/login` and gives the token.
///
/// # Errors
/// The text of Vault's refusal, such as `Code: 400. Errors: * invalid role or secret ID`.
pub fn login_approle(cx: &mut Cx, mount: &str, role_id: &str, secret_id: &str) -> Result<String, String> {
    open(cx)?;
    if mount.trim_matches('/') != "approle" {
        // Without a token, what is not mounted is as forbidden as what is.
        return Err(said(&Denied::new(403, &["permission denied"])));
    }
    let auth = approle::enter(cx, role_id, secret_id).map_err(|d| said(&d))?;
    Ok(auth["client_token"].as_str().unwrap_or_default().to_owned())
}

/// The newest version's data at `path` of the key-value store of version 2 that is mounted at `mount`.
///
/// # Errors
/// The text of Vault's refusal, such as `Code: 403. Errors: * permission denied`; `Code: 404` where nothing lies.
pub fn read_kv(cx: &Cx, token: &str, mount: &str, path: &str) -> Result<Value, String> {
    open(cx)?;
    let (mount, path) = (mount.trim_matches('/'), path.trim_matches('/'));
    let call =
        Call { method: "GET".to_owned(), path: format!("{mount}/data/{path}"), body: Value::Null, token: token.to_owned() };
    policy::admit(cx, &call).map_err(|d| said(&d))?;
    match sys::mount(cx, &call.path) {
        Some((2, found, _)) if found == mount => {}
        _ => return Err(said(&Denied::nothing())),
    }
    kv::read(cx, mount, path, &call).map(|found| found["data"].clone()).map_err(|d| said(&d))
}
