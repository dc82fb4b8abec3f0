//! Secrets of Actions: written in a sealed box, never readable again.

use super::{GitHub, GitHubError, RepositoryName};
use crate::rest::{encode, text};
use serde_json::json;
use std::collections::BTreeMap;

/// Whose secrets.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum SecretsOf {
    /// Every workflow of the repository.
    Repository,
    /// Jobs that name this environment.
    Environment(String),
}

/// The key that secrets are sealed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    /// Its id, which goes with what is sealed to it.
    pub id: String,
    /// 32 bytes in base64.
    pub key: String,
}

impl SecretsOf {
    fn path(&self, repository: &RepositoryName, below: &str) -> String {
        match self {
            SecretsOf::Repository => repository.path(&format!("/actions/secrets{below}")),
            SecretsOf::Environment(name) => repository.path(&format!("/environments/{}/secrets{below}", encode(name))),
        }
    }
}

impl GitHub {
    /// The key that secrets are sealed to.
    ///
    /// # Errors
    /// Where GitHub refuses.
    pub async fn secrets_key(&self, repository: &RepositoryName, of: &SecretsOf) -> Result<PublicKey, GitHubError> {
        let v = self.get(&of.path(repository, "/public-key")).await?;
        Ok(PublicKey { id: text(&v, "/key_id"), key: text(&v, "/key") })
    }

    /// The names of the secrets, each with when it was last written.
    ///
    /// # Errors
    /// Where GitHub refuses.
    pub async fn secrets(&self, repository: &RepositoryName, of: &SecretsOf) -> Result<BTreeMap<String, String>, GitHubError> {
        let found = self.list(&of.path(repository, ""), "/secrets").await?;
        Ok(found.iter().map(|s| (text(s, "/name"), text(s, "/updated_at"))).collect())
    }

    /// Writes a secret that was sealed to the key, as base64.
    ///
    /// # Errors
    /// Where GitHub refuses, such as for a box that it cannot open.
    pub async fn put_secret(
        &self,
        repository: &RepositoryName,
        of: &SecretsOf,
        name: &str,
        sealed: &str,
        key: &PublicKey,
    ) -> Result<(), GitHubError> {
        let body = json!({ "encrypted_value": sealed, "key_id": key.id });
        self.put(&of.path(repository, &format!("/{}", encode(name))), &body).await.map(|_| ())
    }

    /// Removes a secret; one that is not there is removed already.
    ///
    /// # Errors
    /// Where GitHub refuses.
    pub async fn delete_secret(&self, repository: &RepositoryName, of: &SecretsOf, name: &str) -> Result<(), GitHubError> {
        match self.delete(&of.path(repository, &format!("/{}", encode(name)))).await {
            Err(e) if e.status == Some(404) => Ok(()),
            answer => answer,
        }
    }
}
