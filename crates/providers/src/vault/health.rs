//! Whether a server can be used, which it says by its status alone. Source: Vault documentation, `/sys/health`.

use super::{
    Vault, VaultError,
    error::{failed, unanswered},
};
use http::Method;

/// How a server is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// It answers.
    Active,
    /// It passes requests on to the active one.
    Standby,
    /// It is a replica for disasters, and answers nothing.
    Replica,
    /// It was never initialized.
    Uninitialized,
    /// A person has to unseal it.
    Sealed,
}

impl Health {
    /// Whether requests are answered.
    pub fn usable(self) -> bool {
        matches!(self, Health::Active | Health::Standby)
    }
}

impl Vault {
    /// How the server is; needs no token.
    ///
    /// # Errors
    /// Where it does not answer, or as no Vault would.
    pub async fn health(&self) -> Result<Health, VaultError> {
        let path = "/v1/sys/health";
        let answer = self.raw(&Method::GET, path, None).await.map_err(|e| unanswered(&Method::GET, path, &e))?;
        match answer.status().as_u16() {
            200 => Ok(Health::Active),
            429 | 473 => Ok(Health::Standby),
            472 => Ok(Health::Replica),
            501 => Ok(Health::Uninitialized),
            503 => Ok(Health::Sealed),
            _ => Err(failed(&Method::GET, path, &answer)),
        }
    }
}
