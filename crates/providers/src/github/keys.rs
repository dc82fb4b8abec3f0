//! Deploy keys: a key that reads (or writes) one repository. Each key is used once in all of GitHub.

use super::{GitHub, GitHubError, RepositoryName};
use crate::rest::text;
use serde_json::{Value, json};

/// A deploy key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeployKey {
    /// Its number.
    pub id: i64,
    /// What it is for.
    pub title: String,
    /// The public half: algorithm and key, without a comment.
    pub key: String,
    /// Whether it only reads.
    pub read_only: bool,
    /// Whether GitHub trusts it.
    pub verified: bool,
    /// When it was last used, if ever.
    pub last_used: Option<String>,
}

impl GitHub {
    /// Every deploy key of a repository.
    ///
    /// # Errors
    /// Where GitHub refuses.
    pub async fn deploy_keys(&self, repository: &RepositoryName) -> Result<Vec<DeployKey>, GitHubError> {
        Ok(self.list(&repository.path("/keys"), "").await?.iter().map(read).collect())
    }

    /// Registers a public key.
    ///
    /// # Errors
    /// [`super::Reason::KeyTaken`] where another repository has it, [`super::Reason::KeysForbidden`] where the
    /// organization allows none.
    pub async fn add_deploy_key(
        &self,
        repository: &RepositoryName,
        title: &str,
        key: &str,
        read_only: bool,
    ) -> Result<DeployKey, GitHubError> {
        let body = json!({ "title": title, "key": key, "read_only": read_only });
        self.post(&repository.path("/keys"), &body).await.map(|v| read(&v))
    }

    /// Removes a deploy key; one that is not there is removed already.
    ///
    /// # Errors
    /// Where GitHub refuses.
    pub async fn delete_deploy_key(&self, repository: &RepositoryName, id: i64) -> Result<(), GitHubError> {
        match self.delete(&repository.path(&format!("/keys/{id}"))).await {
            Err(e) if e.status == Some(404) => Ok(()),
            answer => answer,
        }
    }
}

fn read(v: &Value) -> DeployKey {
    DeployKey {
        id: v["id"].as_i64().unwrap_or_default(),
        title: text(v, "/title"),
        key: text(v, "/key").split_whitespace().take(2).collect::<Vec<_>>().join(" "),
        read_only: v["read_only"].as_bool().unwrap_or_default(),
        verified: v["verified"].as_bool().unwrap_or_default(),
        last_used: v["last_used"].as_str().map(str::to_owned),
    }
}
