//! Deployment environments of a repository.

use super::{GitHub, GitHubError, RepositoryName};
use crate::rest::{encode, text};
use serde_json::{Value, json};

/// An environment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Environment {
    /// Its name.
    pub name: String,
    /// Minutes that a job waits before it runs.
    pub wait_minutes: i64,
    /// Who has to agree: users and teams by their numbers. On private repositories this needs Enterprise.
    pub reviewers: Vec<(ReviewerKind, i64)>,
    /// Whether only protected branches may be deployed from.
    pub protected_branches: bool,
}

/// Who agrees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReviewerKind {
    /// One person.
    User,
    /// Any member of a team.
    Team,
}

impl GitHub {
    /// Every environment of a repository.
    ///
    /// # Errors
    /// Where GitHub refuses.
    pub async fn environments(&self, repository: &RepositoryName) -> Result<Vec<Environment>, GitHubError> {
        Ok(self.list(&repository.path("/environments"), "/environments").await?.iter().map(read).collect())
    }

    /// Makes an environment, or makes it so.
    ///
    /// # Errors
    /// [`super::Reason::Plan`] where the owner's plan has no such rule.
    pub async fn put_environment(&self, repository: &RepositoryName, to: &Environment) -> Result<(), GitHubError> {
        let kind = |k: ReviewerKind| if k == ReviewerKind::User { "User" } else { "Team" };
        // What is left out is reset, and a rule that the plan lacks is refused even where it says nothing: send what is asked.
        let mut body = json!({});
        if to.wait_minutes > 0 {
            body["wait_timer"] = to.wait_minutes.into();
        }
        if !to.reviewers.is_empty() {
            body["reviewers"] = to.reviewers.iter().map(|(k, id)| json!({ "type": kind(*k), "id": id })).collect();
        }
        if to.protected_branches {
            body["deployment_branch_policy"] = json!({ "protected_branches": true, "custom_branch_policies": false });
        }
        self.put(&repository.path(&format!("/environments/{}", encode(&to.name))), &body).await.map(|_| ())
    }

    /// Removes an environment with its secrets; one that is not there is removed already.
    ///
    /// # Errors
    /// Where GitHub refuses.
    pub async fn delete_environment(&self, repository: &RepositoryName, name: &str) -> Result<(), GitHubError> {
        match self.delete(&repository.path(&format!("/environments/{}", encode(name)))).await {
            Err(e) if e.status == Some(404) => Ok(()),
            answer => answer,
        }
    }
}

fn read(v: &Value) -> Environment {
    let rules = || v["protection_rules"].as_array().into_iter().flatten();
    let reviewer = |r: &Value| {
        let kind = if r["type"] == "Team" { ReviewerKind::Team } else { ReviewerKind::User };
        Some((kind, r.pointer("/reviewer/id")?.as_i64()?))
    };
    Environment {
        name: text(v, "/name"),
        wait_minutes: rules().find_map(|r| r["wait_timer"].as_i64()).unwrap_or(0),
        reviewers: rules().filter_map(|r| r["reviewers"].as_array()).flatten().filter_map(reviewer).collect(),
        protected_branches: v.pointer("/deployment_branch_policy/protected_branches") == Some(&Value::Bool(true)),
    }
}
