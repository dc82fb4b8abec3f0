//! The client: one token at one address.

use super::error::{GitHubError, failed, unanswered, unreadable};
use crate::{
    budget::Budget,
    rest::{Rest, encode, json},
};
use http::Method;
use pontoon_core::secret::Secret;
use pontoon_wire::Wire;
use serde_json::Value;
use std::{fmt, rc::Rc, str::FromStr};
use zeroize::Zeroizing;

/// The version of the API that everything here is written for.
const VERSION: &str = "2022-11-28";
/// How many objects a page may hold.
const PAGE: usize = 100;
/// How many pages a list may have: beyond that it does not end.
const MOST_PAGES: usize = 1000;

/// GitHub, as one token sees it.
pub struct GitHub {
    rest: Rest,
    token: Secret,
}

/// `owner/name`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RepositoryName {
    /// A user or an organization.
    pub owner: String,
    /// The repository's own name.
    pub name: String,
}

impl FromStr for RepositoryName {
    type Err = String;
    fn from_str(text: &str) -> Result<RepositoryName, String> {
        let fits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
        match text.split_once('/') {
            Some((owner, name)) if fits(owner) && fits(name) => Ok(RepositoryName { owner: owner.into(), name: name.into() }),
            _ => Err(format!("`{text}` is no repository: write owner/name")),
        }
    }
}

impl fmt::Display for RepositoryName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.owner, self.name)
    }
}

impl RepositoryName {
    /// A path below the repository, such as `/keys`; its segments are encoded already.
    pub(super) fn path(&self, below: &str) -> String {
        format!("/repos/{}/{}{below}", encode(&self.owner), encode(&self.name))
    }
}

impl GitHub {
    /// A client at a base address (`https://api.github.com`).
    pub fn new(wire: Wire, base: &str, token: Secret, budget: Rc<Budget>) -> GitHub {
        GitHub { rest: Rest::new(wire, base, budget), token }
    }

    /// The budget, for its counts.
    pub fn budget(&self) -> &Budget {
        &self.rest.budget
    }

    pub(super) async fn get(&self, path: &str) -> Result<Value, GitHubError> {
        self.call(Method::GET, path, None).await
    }
    /// What is not there is none.
    pub(super) async fn find(&self, path: &str) -> Result<Option<Value>, GitHubError> {
        match self.get(path).await {
            Ok(found) => Ok(Some(found)),
            Err(e) if e.status == Some(404) => Ok(None),
            Err(e) => Err(e),
        }
    }
    pub(super) async fn post(&self, path: &str, body: &Value) -> Result<Value, GitHubError> {
        self.call(Method::POST, path, Some(body)).await
    }
    pub(super) async fn put(&self, path: &str, body: &Value) -> Result<Value, GitHubError> {
        self.call(Method::PUT, path, Some(body)).await
    }
    pub(super) async fn patch(&self, path: &str, body: &Value) -> Result<Value, GitHubError> {
        self.call(Method::PATCH, path, Some(body)).await
    }
    pub(super) async fn delete(&self, path: &str) -> Result<(), GitHubError> {
        self.call(Method::DELETE, path, None).await.map(|_| ())
    }

    /// Every object of a list, page after page; `items` is where they stand, `""` for the answer itself.
    pub(super) async fn list(&self, path: &str, items: &str) -> Result<Vec<Value>, GitHubError> {
        let mut all = Vec::new();
        let and = if path.contains('?') { '&' } else { '?' };
        for page in 1..=MOST_PAGES {
            let answer = self.get(&format!("{path}{and}per_page={PAGE}&page={page}")).await?;
            let Some(Value::Array(found)) = answer.pointer(items) else {
                return Err(unreadable("GET", path, "there is no list where one belongs"));
            };
            all.extend(found.iter().cloned());
            if found.len() < PAGE {
                return Ok(all);
            }
        }
        Err(unreadable("GET", path, "the list does not end"))
    }

    async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value, GitHubError> {
        let token = Zeroizing::new(format!("Bearer {}", self.token.expose()));
        let headers = [("accept", "application/vnd.github+json"), ("x-github-api-version", VERSION)];
        let proof = Some(("authorization", token.as_str()));
        let answer = self.rest.send(&method, path, proof, &headers, body).await.map_err(|e| unanswered(&method, path, &e))?;
        if !answer.status().is_success() {
            return Err(failed(&method, path, &answer));
        }
        json(&answer).map_err(|e| unreadable(method.as_str(), path, &e))
    }
}
