//! Repositories.

use super::{GitHub, GitHubError, OwnerKind, RepositoryName};
use crate::rest::{encode, text};
use serde_json::{Map, Value, json};

/// A repository, as GitHub shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    /// Its number, which stays when it is renamed.
    pub id: i64,
    /// Its name, as it is now: GitHub follows renames.
    pub name: RepositoryName,
    /// Whether only its members see it.
    pub private: bool,
    /// Whether nothing can be written to it.
    pub archived: bool,
    /// The branch that `git clone` shows; it may not exist yet.
    pub default_branch: String,
    /// What it says of itself.
    pub description: String,
    /// What its topics are.
    pub topics: Vec<String>,
    /// Where a browser sees it.
    pub html_url: String,
    /// Where Git reads it over SSH: `git@github.com:acme/infra.git`.
    pub ssh_url: String,
    /// Where Git reads it over HTTPS.
    pub clone_url: String,
    /// Whether the token may change its settings; none where GitHub does not say.
    pub admin: Option<bool>,
    settings: Value,
}

/// A repository to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRepository {
    /// Its name.
    pub name: RepositoryName,
    /// Whether only its members see it.
    pub private: bool,
    /// What it says of itself.
    pub description: String,
}

/// Settings to be changed; none stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RepositorySettings {
    /// What it says of itself.
    pub description: Option<String>,
    /// Whether only its members see it.
    pub private: Option<bool>,
    /// The branch that `git clone` shows; it must exist.
    pub default_branch: Option<String>,
    /// Whether a branch goes when its pull request is merged.
    pub delete_branch_on_merge: Option<bool>,
    /// Whether a pull request may be set to merge as soon as it can.
    pub allow_auto_merge: Option<bool>,
    /// Whether it has a wiki.
    pub has_wiki: Option<bool>,
}

impl RepositorySettings {
    fn body(&self) -> Map<String, Value> {
        let all = [
            ("description", self.description.as_ref().map(|v| json!(v))),
            ("private", self.private.map(Value::from)),
            ("default_branch", self.default_branch.as_ref().map(|v| json!(v))),
            ("delete_branch_on_merge", self.delete_branch_on_merge.map(Value::from)),
            ("allow_auto_merge", self.allow_auto_merge.map(Value::from)),
            ("has_wiki", self.has_wiki.map(Value::from)),
        ];
        all.into_iter().filter_map(|(k, v)| Some((k.to_owned(), v?))).collect()
    }
}

impl Repository {
    /// Whether these settings are as they should be already. What GitHub does not show to the token counts as different.
    pub fn has(&self, settings: &RepositorySettings) -> bool {
        settings.body().iter().all(|(k, v)| self.settings.get(k) == Some(v) || v == "" && self.settings[k].is_null())
    }
}

impl GitHub {
    /// A repository; none where it does not exist, or where the token may not see it.
    ///
    /// # Errors
    /// Where GitHub refuses.
    pub async fn repository(&self, name: &RepositoryName) -> Result<Option<Repository>, GitHubError> {
        Ok(self.find(&name.path("")).await?.map(read))
    }

    /// Makes a repository without any commit, under the token's own user or under an organization.
    ///
    /// # Errors
    /// [`super::Reason::Exists`] where the name is taken.
    pub async fn create_repository(&self, new: &NewRepository, under: OwnerKind) -> Result<Repository, GitHubError> {
        let body = json!({
            "name": new.name.name,
            "private": new.private,
            "description": new.description,
            "auto_init": false,
        });
        let path = match under {
            OwnerKind::User => "/user/repos".to_owned(),
            OwnerKind::Organization => format!("/orgs/{}/repos", encode(&new.name.owner)),
        };
        self.post(&path, &body).await.map(read)
    }

    /// Changes settings.
    ///
    /// # Errors
    /// Where GitHub refuses.
    pub async fn update_repository(&self, name: &RepositoryName, to: &RepositorySettings) -> Result<Repository, GitHubError> {
        self.patch(&name.path(""), &Value::Object(to.body())).await.map(read)
    }

    /// Replaces a repository's topics.
    ///
    /// # Errors
    /// Where GitHub refuses.
    pub async fn set_topics(&self, name: &RepositoryName, topics: &[String]) -> Result<(), GitHubError> {
        self.put(&name.path("/topics"), &json!({ "names": topics })).await.map(|_| ())
    }

    /// Destroys a repository with everything in it.
    ///
    /// # Errors
    /// Where GitHub refuses.
    pub async fn delete_repository(&self, name: &RepositoryName) -> Result<(), GitHubError> {
        self.delete(&name.path("")).await
    }
}

fn read(v: Value) -> Repository {
    Repository {
        id: v["id"].as_i64().unwrap_or_default(),
        name: RepositoryName { owner: text(&v, "/owner/login"), name: text(&v, "/name") },
        private: v["private"].as_bool().unwrap_or_default(),
        archived: v["archived"].as_bool().unwrap_or_default(),
        default_branch: text(&v, "/default_branch"),
        description: text(&v, "/description"),
        topics: v["topics"].as_array().into_iter().flatten().filter_map(|t| t.as_str().map(str::to_owned)).collect(),
        html_url: text(&v, "/html_url"),
        ssh_url: text(&v, "/ssh_url"),
        clone_url: text(&v, "/clone_url"),
        admin: v.pointer("/permissions/admin").and_then(Value::as_bool),
        settings: v,
    }
}
