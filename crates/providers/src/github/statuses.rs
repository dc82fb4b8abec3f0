//! Commit statuses: what tools say of a commit, and what rulesets ask for.

use super::{GitHub, GitHubError, RepositoryName};
use crate::rest::text;
use serde_json::json;
use std::collections::BTreeMap;

/// What a tool says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It goes well.
    Success,
    /// It does not hold.
    Failure,
    /// The tool itself failed.
    Error,
    /// It is not known yet.
    Pending,
}

/// A status of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// What it says.
    pub state: State,
    /// Why, in at most 140 characters.
    pub description: String,
    /// Where a person reads more; empty where there is nothing.
    pub target_url: String,
}

impl State {
    const ALL: [(State, &'static str); 4] =
        [(State::Success, "success"), (State::Failure, "failure"), (State::Error, "error"), (State::Pending, "pending")];
}

impl GitHub {
    /// The newest status of each context.
    ///
    /// # Errors
    /// Where GitHub refuses.
    pub async fn statuses(&self, repository: &RepositoryName, commit: &str) -> Result<BTreeMap<String, Status>, GitHubError> {
        let found = self.list(&repository.path(&format!("/commits/{commit}/status")), "/statuses").await?;
        let read = |v: &serde_json::Value| Status {
            state: State::ALL.iter().find(|(_, n)| v["state"] == *n).map_or(State::Error, |(s, _)| *s),
            description: text(v, "/description"),
            target_url: text(v, "/target_url"),
        };
        Ok(found.iter().map(|v| (text(v, "/context"), read(v))).collect())
    }

    /// Says something of a commit, under a context.
    ///
    /// # Errors
    /// Where GitHub refuses.
    pub async fn set_status(
        &self,
        repository: &RepositoryName,
        commit: &str,
        context: &str,
        status: &Status,
    ) -> Result<(), GitHubError> {
        let state = State::ALL.iter().find(|(s, _)| *s == status.state).map_or("error", |(_, n)| n);
        let description: String = status.description.chars().take(140).collect();
        let mut body = json!({ "state": state, "context": context, "description": description });
        if !status.target_url.is_empty() {
            body["target_url"] = status.target_url.as_str().into();
        }
        self.post(&repository.path(&format!("/statuses/{commit}")), &body).await.map(|_| ())
    }
}
