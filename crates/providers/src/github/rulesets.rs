//! Rulesets: what may happen to branches. Found by their name.

use super::{GitHub, GitHubError, RepositoryName};
use crate::rest::text;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Who may go around a ruleset.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bypass {
    /// The number of a team or an app; 5 for the role of administrators.
    pub actor: i64,
    /// `RepositoryRole`, `Team`, `Integration`, `OrganizationAdmin`, `DeployKey`.
    pub kind: String,
    /// Whether always, or only by merging a pull request.
    pub always: bool,
}

/// A ruleset on branches.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ruleset {
    /// Its name.
    pub name: String,
    /// The branches: `~DEFAULT_BRANCH`, `refs/heads/main`.
    pub branches: BTreeSet<String>,
    /// Whether changes go through pull requests, and how many have to approve.
    pub pull_requests: Option<u8>,
    /// The checks that have to succeed first.
    pub checks: BTreeSet<String>,
    /// Whether the branch must be up to date with its base first.
    pub strict_checks: bool,
    /// Whether the branches can be deleted.
    pub deletion: bool,
    /// Whether the branches can be moved by force.
    pub force: bool,
    /// Who may go around it.
    pub bypass: BTreeSet<Bypass>,
}

/// What writing a ruleset did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put {
    /// It was made.
    Created,
    /// It was changed.
    Updated,
    /// It was so already.
    Unchanged,
}

impl Ruleset {
    fn body(&self) -> Value {
        let mut rules = Vec::new();
        if !self.deletion {
            rules.push(json!({ "type": "deletion" }));
        }
        if !self.force {
            rules.push(json!({ "type": "non_fast_forward" }));
        }
        if let Some(approvals) = self.pull_requests {
            let parameters = json!({
                "required_approving_review_count": approvals,
                "dismiss_stale_reviews_on_push": false,
                "require_code_owner_review": false,
                "require_last_push_approval": false,
                "required_review_thread_resolution": false,
            });
            rules.push(json!({ "type": "pull_request", "parameters": parameters }));
        }
        if !self.checks.is_empty() {
            let checks: Vec<Value> = self.checks.iter().map(|c| json!({ "context": c })).collect();
            let parameters =
                json!({ "required_status_checks": checks, "strict_required_status_checks_policy": self.strict_checks });
            rules.push(json!({ "type": "required_status_checks", "parameters": parameters }));
        }
        let bypass = self.bypass.iter().map(|b| {
            json!({ "actor_id": b.actor, "actor_type": b.kind, "bypass_mode": if b.always { "always" } else { "pull_request" } })
        });
        json!({
            "name": self.name,
            "target": "branch",
            "enforcement": "active",
            "bypass_actors": bypass.collect::<Vec<_>>(),
            "conditions": { "ref_name": { "include": self.branches, "exclude": [] } },
            "rules": rules,
        })
    }
}

impl GitHub {
    /// The repository's own rulesets, by name, with their numbers; those of its organization are not among them.
    ///
    /// # Errors
    /// [`super::Reason::Plan`] where the owner's plan has none for this repository.
    pub async fn rulesets(&self, repository: &RepositoryName) -> Result<Vec<(String, i64)>, GitHubError> {
        let found = self.list(&repository.path("/rulesets?includes_parents=false"), "").await?;
        Ok(found.iter().map(|r| (text(r, "/name"), r["id"].as_i64().unwrap_or_default())).collect())
    }

    /// Makes a ruleset, or makes it so. Only what differs is written.
    ///
    /// # Errors
    /// [`super::Reason::Plan`] where the owner's plan has none for this repository.
    pub async fn put_ruleset(&self, repository: &RepositoryName, to: &Ruleset) -> Result<Put, GitHubError> {
        let body = to.body();
        let known = self.rulesets(repository).await?.into_iter().find(|(name, _)| *name == to.name);
        let Some((_, id)) = known else {
            return self.post(&repository.path("/rulesets"), &body).await.map(|_| Put::Created);
        };
        let path = repository.path(&format!("/rulesets/{id}"));
        if within(&body, &self.get(&path).await?) {
            return Ok(Put::Unchanged);
        }
        self.put(&path, &body).await.map(|_| Put::Updated)
    }

    /// Removes a ruleset by its number; one that is not there is removed already.
    ///
    /// # Errors
    /// Where GitHub refuses.
    pub async fn delete_ruleset(&self, repository: &RepositoryName, id: i64) -> Result<(), GitHubError> {
        match self.delete(&repository.path(&format!("/rulesets/{id}"))).await {
            Err(e) if e.status == Some(404) => Ok(()),
            answer => answer,
        }
    }
}

/// Whether everything that we would write is there; GitHub adds what it defaults, and keeps no order of rules.
fn within(ours: &Value, theirs: &Value) -> bool {
    match (ours, theirs) {
        (Value::Object(a), Value::Object(b)) => a.iter().all(|(k, v)| b.get(k).is_some_and(|t| within(v, t))),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().all(|v| b.iter().any(|t| within(v, t))),
        (a, b) => a == b,
    }
}
