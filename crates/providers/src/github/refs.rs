//! Branches.

use super::{GitHub, GitHubError, Reason, RepositoryName};
use crate::rest::{encode_path, text};
use serde_json::json;

impl GitHub {
    /// The commit that a branch points to; none where there is no such branch, or no commit at all.
    ///
    /// # Errors
    /// Where GitHub refuses.
    pub async fn head(&self, repository: &RepositoryName, branch: &str) -> Result<Option<String>, GitHubError> {
        match self.find(&repository.path(&format!("/git/ref/heads/{}", encode_path(branch)))).await {
            Ok(found) => Ok(found.map(|r| text(&r, "/object/sha")).filter(|sha| !sha.is_empty())),
            Err(e) if e.is(Reason::Empty) => Ok(None),
            Err(e) => Err(e),
        }
    }

    /// Makes a branch at a commit.
    ///
    /// # Errors
    /// [`Reason::Exists`] where there is one of that name.
    pub async fn create_branch(&self, repository: &RepositoryName, branch: &str, at: &str) -> Result<(), GitHubError> {
        let body = json!({ "ref": format!("refs/heads/{branch}"), "sha": at });
        self.post(&repository.path("/git/refs"), &body).await.map(|_| ())
    }

    /// Moves a branch on to a commit that follows from where it is; never by force.
    ///
    /// # Errors
    /// [`Reason::Moved`] where the commit does not follow, [`Reason::Protected`] where rules forbid it.
    pub async fn advance_branch(&self, repository: &RepositoryName, branch: &str, to: &str) -> Result<(), GitHubError> {
        let path = repository.path(&format!("/git/refs/heads/{}", encode_path(branch)));
        self.patch(&path, &json!({ "sha": to, "force": false })).await.map(|_| ())
    }

    /// Removes a branch; one that is not there is removed already.
    ///
    /// # Errors
    /// Where GitHub refuses.
    pub async fn delete_branch(&self, repository: &RepositoryName, branch: &str) -> Result<(), GitHubError> {
        match self.delete(&repository.path(&format!("/git/refs/heads/{}", encode_path(branch)))).await {
            Err(e) if e.status == Some(404) || e.message.contains("Reference does not exist") => Ok(()),
            answer => answer,
        }
    }
}
