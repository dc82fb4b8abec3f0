//! Pull requests.

use super::{GitHub, GitHubError, RepositoryName};
use crate::rest::{encode, text};
use serde_json::{Value, json};

/// A pull request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pull {
    /// Its number.
    pub number: i64,
    /// Where a browser sees it.
    pub html_url: String,
    /// Its title.
    pub title: String,
    /// What it says.
    pub body: String,
    /// Whether it is open.
    pub open: bool,
    /// The branch that it brings.
    pub head: String,
    /// The last commit of that branch.
    pub head_commit: String,
    /// The branch that it goes into.
    pub base: String,
    /// How far it is from being merged; `Unknown` in lists, and while GitHub still computes it.
    pub state: MergeState,
}

/// How far a pull request is from being merged. Source: GitHub documentation, `mergeable_state`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MergeState {
    /// It was merged.
    Merged,
    /// It was closed without being merged.
    Closed,
    /// It can be merged.
    Ready,
    /// It can be merged, but checks that nobody requires fail or run.
    Unstable,
    /// A required check or approval is missing.
    Blocked,
    /// Its base has moved on, and has to be merged into it first.
    Behind,
    /// It does not fit its base any more.
    Conflicting,
    /// It is a draft.
    Draft,
    /// GitHub has not computed it yet: ask again.
    Unknown,
}

/// What a pull request says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullText {
    /// Its title.
    pub title: String,
    /// What it says, in Markdown.
    pub body: String,
}

impl GitHub {
    /// The open pull request from a branch of the same repository, if there is one.
    ///
    /// # Errors
    /// Where GitHub refuses.
    pub async fn open_pull(&self, repository: &RepositoryName, head: &str) -> Result<Option<Pull>, GitHubError> {
        let from = encode(&format!("{}:{head}", repository.owner));
        let found = self.list(&repository.path(&format!("/pulls?state=open&head={from}")), "").await?;
        // A head that GitHub does not understand is ignored by it, and every pull request is shown.
        Ok(found.iter().map(read).find(|p| p.head == head))
    }

    /// The open pull requests from branches whose names begin so; all of them where the beginning is empty.
    ///
    /// # Errors
    /// Where GitHub refuses.
    pub async fn open_pulls(&self, repository: &RepositoryName, prefix: &str) -> Result<Vec<Pull>, GitHubError> {
        let found = self.list(&repository.path("/pulls?state=open"), "").await?;
        Ok(found.iter().map(read).filter(|p| p.head.starts_with(prefix)).collect())
    }

    /// A pull request by its number, with its merge state.
    ///
    /// # Errors
    /// Where GitHub refuses.
    pub async fn pull(&self, repository: &RepositoryName, number: i64) -> Result<Pull, GitHubError> {
        self.get(&repository.path(&format!("/pulls/{number}"))).await.map(|v| read(&v))
    }

    /// Opens a pull request from one branch into another.
    ///
    /// # Errors
    /// [`super::Reason::Exists`] where there is one already.
    pub async fn create_pull(
        &self,
        repository: &RepositoryName,
        head: &str,
        base: &str,
        says: &PullText,
    ) -> Result<Pull, GitHubError> {
        let body = json!({ "title": says.title, "body": says.body, "head": head, "base": base });
        self.post(&repository.path("/pulls"), &body).await.map(|v| read(&v))
    }

    /// Changes what a pull request says.
    ///
    /// # Errors
    /// Where GitHub refuses.
    pub async fn update_pull(&self, repository: &RepositoryName, number: i64, says: &PullText) -> Result<Pull, GitHubError> {
        let body = json!({ "title": says.title, "body": says.body });
        self.patch(&repository.path(&format!("/pulls/{number}")), &body).await.map(|v| read(&v))
    }

    /// Closes a pull request.
    ///
    /// # Errors
    /// Where GitHub refuses.
    pub async fn close_pull(&self, repository: &RepositoryName, number: i64) -> Result<Pull, GitHubError> {
        self.patch(&repository.path(&format!("/pulls/{number}")), &json!({ "state": "closed" })).await.map(|v| read(&v))
    }

    /// Merges a pull request whose last commit is still this one; gives back the merge commit.
    ///
    /// # Errors
    /// [`super::Reason::Moved`] where its branch has moved on; refused (405) where it cannot be merged.
    pub async fn merge_pull(&self, repository: &RepositoryName, number: i64, head_commit: &str) -> Result<String, GitHubError> {
        let body = json!({ "sha": head_commit, "merge_method": "merge" });
        self.put(&repository.path(&format!("/pulls/{number}/merge")), &body).await.map(|v| text(&v, "/sha"))
    }
}

fn read(v: &Value) -> Pull {
    let open = v["state"] == "open";
    let merged = v["merged"] == true || v["merged_at"].is_string();
    let state = match v["mergeable_state"].as_str() {
        _ if merged => MergeState::Merged,
        _ if !open => MergeState::Closed,
        Some("clean" | "has_hooks") => MergeState::Ready,
        Some("unstable") => MergeState::Unstable,
        Some("blocked") => MergeState::Blocked,
        Some("behind") => MergeState::Behind,
        Some("dirty") => MergeState::Conflicting,
        Some("draft") => MergeState::Draft,
        _ => MergeState::Unknown,
    };
    Pull {
        number: v["number"].as_i64().unwrap_or_default(),
        html_url: text(v, "/html_url"),
        title: text(v, "/title"),
        body: text(v, "/body"),
        open,
        head: text(v, "/head/ref"),
        head_commit: text(v, "/head/sha"),
        base: text(v, "/base/ref"),
        state,
    }
}
