//! Logging in, and staying so.

use super::{Vault, VaultError, error::unreadable};
use crate::rest::{encode, encode_path, text};
use http::Method;
use pontoon_core::secret::Secret;
use serde_json::{Value, json};

/// A token that Vault gave or knows.
#[derive(Debug, Clone, PartialEq)]
pub struct Login {
    /// The token; none where Vault does not show it.
    pub token: Option<Secret>,
    /// How many seconds it lives from now; 0 for one that does not end.
    pub seconds: i64,
    /// Whether it can be renewed.
    pub renewable: bool,
    /// What it may do.
    pub policies: Vec<String>,
}

impl Vault {
    /// Logs in with an AppRole, and speaks with that token from now on. A secret id may expire, and may be used once only.
    ///
    /// # Errors
    /// [`super::Cause::Login`] where one of the two is wrong or has expired.
    pub async fn login(&self, mount: &str, role_id: &str, secret_id: &Secret) -> Result<Login, VaultError> {
        let path = format!("/v1/auth/{}/login", encode_path(mount));
        let answer = self.post(&path, &json!({ "role_id": role_id, "secret_id": secret_id.expose() })).await?;
        let login = read(&answer["auth"], "/client_token", "/lease_duration");
        let token = login.token.clone().ok_or_else(|| unreadable(&Method::POST, &path, "the answer has no token"))?;
        self.use_token(token);
        Ok(login)
    }

    /// What the token that it speaks with is.
    ///
    /// # Errors
    /// [`super::Cause::Denied`] where Vault does not know it.
    pub async fn token(&self) -> Result<Login, VaultError> {
        let answer = self.get("/v1/auth/token/lookup-self").await?;
        Ok(Login { token: None, ..read(&answer["data"], "/none", "/ttl") })
    }

    /// Lets the token live on.
    ///
    /// # Errors
    /// Where it cannot be renewed.
    pub async fn renew(&self) -> Result<Login, VaultError> {
        let answer = self.post("/v1/auth/token/renew-self", &json!({})).await?;
        Ok(read(&answer["auth"], "/client_token", "/lease_duration"))
    }

    /// The role id of an AppRole; none where there is no such role. It is half of a login, but no secret.
    ///
    /// # Errors
    /// Where Vault refuses.
    pub async fn role_id(&self, mount: &str, role: &str) -> Result<Option<String>, VaultError> {
        let found = self.find(&format!("/v1/auth/{}/role/{}/role-id", encode_path(mount), encode(role))).await?;
        Ok(found.map(|v| text(&v, "/data/role_id")))
    }

    /// Makes a secret id for an AppRole; gives back it and how many seconds it lives, 0 for one that does not end.
    ///
    /// # Errors
    /// Where Vault refuses.
    pub async fn new_secret_id(&self, mount: &str, role: &str) -> Result<(Secret, i64), VaultError> {
        let path = format!("/v1/auth/{}/role/{}/secret-id", encode_path(mount), encode(role));
        let answer = self.post(&path, &json!({})).await?;
        let id = text(&answer, "/data/secret_id");
        if id.is_empty() {
            return Err(unreadable(&Method::POST, &path, "the answer has no secret id"));
        }
        Ok((Secret::new(id), answer.pointer("/data/secret_id_ttl").and_then(Value::as_i64).unwrap_or(0)))
    }
}

fn read(v: &Value, token: &str, seconds: &str) -> Login {
    let policies = v["policies"].as_array().into_iter().flatten().filter_map(|p| p.as_str().map(str::to_owned));
    Login {
        token: v.pointer(token).and_then(Value::as_str).filter(|t| !t.is_empty()).map(Secret::new),
        seconds: v.pointer(seconds).and_then(Value::as_i64).unwrap_or(0),
        renewable: v["renewable"].as_bool().unwrap_or_default(),
        policies: policies.collect(),
    }
}
