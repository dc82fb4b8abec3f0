//! One change, one commit: everything goes in together, or nothing does.
//!
//! An empty repository refuses blobs, trees and refs (409), so its first file goes in by the contents API, which also
//! makes the branch; the rest follows in one commit. From then on: one tree with inline contents on top of the old one, one
//! commit, and the branch moved on without force. Who moved the branch in between wins: the call ends in `Moved`, the
//! caller reads again and decides again. Until the branch moves, nothing has happened, so a death in between costs nothing.

use super::{GitHub, GitHubError, Reason, RepositoryName, error::unreadable};
use crate::rest::{encode_path, text};
use base64::{Engine, engine::general_purpose::STANDARD};
use pontoon_core::call::Class;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What changes, by path: a new content, or none where the file goes. A file that goes must be there.
pub type Changes = BTreeMap<String, Option<Vec<u8>>>;

/// What a change became.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Committed {
    /// The commit that the branch points to now.
    pub head: String,
    /// Whether there was anything to do.
    pub changed: bool,
}

/// A plain file.
const FILE: &str = "100644";

impl GitHub {
    /// Commits all changes on a branch at once. `expected` is the commit that the changes were made for; none for a
    /// repository without any commit. Every file that is written is a plain one.
    ///
    /// # Errors
    /// [`Reason::Moved`] where the branch is elsewhere by now, [`Reason::Protected`] where rules ask for a pull request.
    pub async fn commit(
        &self,
        repository: &RepositoryName,
        branch: &str,
        expected: Option<&str>,
        changes: &Changes,
        message: &str,
    ) -> Result<Committed, GitHubError> {
        let (base, begun) = match expected {
            Some(head) => (head.to_owned(), None),
            None => {
                let (head, path) = self.begin(repository, branch, changes, message).await?;
                (head, Some(path))
            }
        };
        let rest: Vec<(&String, &Option<Vec<u8>>)> = changes.iter().filter(|(p, _)| Some(*p) != begun.as_ref()).collect();
        if rest.is_empty() {
            return Ok(Committed { head: base, changed: begun.is_some() });
        }
        let old = self.tree_of(repository, &base).await?;
        let mut entries = Vec::new();
        for (path, content) in rest {
            entries.push(self.entry(repository, path, content.as_deref()).await?);
        }
        let tree = self.made(&repository.path("/git/trees"), &json!({ "base_tree": old, "tree": entries })).await?;
        if tree == old {
            return Ok(Committed { head: base, changed: begun.is_some() });
        }
        let body = json!({ "message": message, "tree": tree, "parents": [base] });
        let commit = self.made(&repository.path("/git/commits"), &body).await?;
        self.advance_branch(repository, branch, &commit).await?;
        Ok(Committed { head: commit, changed: true })
    }

    /// Starts an empty repository with one file; gives back the commit and the file's path.
    async fn begin(
        &self,
        repository: &RepositoryName,
        branch: &str,
        changes: &Changes,
        message: &str,
    ) -> Result<(String, String), GitHubError> {
        let call = format!("commit on {repository} {branch}");
        let refused = |class, reason, why: &str| Err(GitHubError::own(class, reason, &call, why.into()));
        if self.head(repository, branch).await?.is_some() {
            return refused(Class::Conflict, Some(Reason::Moved), "the branch has commits by now");
        }
        // A README is what a person wants to see first, should nothing follow.
        let written = || changes.iter().filter_map(|(p, c)| Some((p, c.as_ref()?)));
        let first = written().find(|(p, _)| *p == "README.md").or_else(|| written().next());
        let Some((path, content)) = first else {
            return refused(Class::Invalid, None, "a repository begins with a file, and there is none to write");
        };
        let body = json!({ "message": message, "content": STANDARD.encode(content), "branch": branch });
        let at = repository.path(&format!("/contents/{}", encode_path(path)));
        let answer = self.put(&at, &body).await?;
        let head = text(&answer, "/commit/sha");
        if head.is_empty() { Err(unreadable("PUT", &at, "the answer names no commit")) } else { Ok((head, path.clone())) }
    }

    async fn entry(&self, repository: &RepositoryName, path: &str, content: Option<&[u8]>) -> Result<Value, GitHubError> {
        let entry = |key: &str, value: Value| json!({ "path": path, "mode": FILE, "type": "blob", key: value });
        Ok(match content.map(std::str::from_utf8) {
            None => entry("sha", Value::Null),
            Some(Ok(text)) => entry("content", text.into()),
            // Inline contents are texts; anything else goes in as an object of its own first.
            Some(Err(_)) => {
                let body = json!({ "content": STANDARD.encode(content.unwrap_or_default()), "encoding": "base64" });
                entry("sha", self.made(&repository.path("/git/blobs"), &body).await?.into())
            }
        })
    }

    /// Makes one of Git's objects and gives back its id.
    async fn made(&self, path: &str, body: &Value) -> Result<String, GitHubError> {
        let id = text(&self.post(path, body).await?, "/sha");
        if id.is_empty() { Err(unreadable("POST", path, "the answer has no sha")) } else { Ok(id) }
    }
}
