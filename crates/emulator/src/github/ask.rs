//! A request as the handlers of GitHub's API see it: who asks, for which repository, and what the body says.

use super::knobs::GithubToken;
use super::problem::Problem;
use super::{accounts, repos};
use crate::{Cx, Req};
use serde_json::Value;
use std::ops::Deref;

/// One request.
pub(crate) struct Ask<'a> {
    req: &'a Req,
    /// Whose token it is; nobody when there is none.
    pub token: Option<GithubToken>,
    /// The repository of the path, as it is stored; Null when the path names none.
    pub repo: Value,
}

impl Deref for Ask<'_> {
    type Target = Req;

    fn deref(&self) -> &Req {
        self.req
    }
}

impl<'a> Ask<'a> {
    pub(crate) fn new(req: &'a Req, token: Option<GithubToken>) -> Self {
        Self { req, token, repo: Value::Null }
    }

    /// The same request, about that repository.
    pub(crate) fn about(mut self, repo: Value) -> Self {
        self.repo = repo;
        self
    }

    /// Who asks; empty for nobody.
    pub(crate) fn login(&self) -> &str {
        self.token.as_ref().map_or("", |t| &t.login)
    }

    /// True for a fine-grained token.
    pub(crate) fn fine_grained(&self) -> bool {
        self.token.as_ref().is_some_and(|t| !t.permissions.is_empty())
    }

    /// True when a classic token has the scope; a fine-grained one has none.
    pub(crate) fn scope(&self, wanted: &str) -> bool {
        let scopes = self.token.as_ref().map(|t| t.scopes.as_slice()).unwrap_or_default();
        scopes.iter().any(|s| s == wanted || s.strip_prefix("admin:").is_some_and(|a| wanted.ends_with(&format!(":{a}"))))
    }

    /// True when a fine-grained token has the permission at least at `level`.
    pub(crate) fn permission(&self, name: &str, level: &str) -> bool {
        let levels = ["read", "write", "admin"];
        let rank = |l: &str| levels.iter().position(|x| *x == l);
        let held = self.token.as_ref().and_then(|t| t.permissions.get(name));
        (name == "metadata" && level == "read") || held.and_then(|h| rank(h)) >= rank(level).or(Some(9))
    }

    /// Id of the path's repository.
    pub(crate) fn repo_id(&self) -> String {
        self.repo["id"].to_string()
    }

    /// `owner/name` of the path's repository.
    pub(crate) fn full_name(&self) -> String {
        repos::full_name(&self.repo)
    }

    /// Where the repository's documents of a kind lie.
    pub(crate) fn within(&self, kind: &str) -> String {
        repos::within(&self.repo, kind)
    }

    /// The API's address of something below the repository, `path` beginning with `/`.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}/repos/{}{path}", self.api(), self.full_name())
    }

    /// The API's address.
    pub(crate) fn api(&self) -> String {
        api(self.req)
    }

    /// The website's address of something below the repository.
    pub(crate) fn html(&self, path: &str) -> String {
        format!("https://github.com/{}{path}", self.full_name())
    }

    /// True when whoever asks has at least that role in the path's repository.
    pub(crate) fn role(&self, cx: &Cx, role: &str) -> bool {
        accounts::role(cx, &self.repo, self.login()) >= accounts::ROLES.iter().position(|r| *r == role)
    }

    /// A required string of the body.
    pub(crate) fn text(&self, name: &str) -> Result<&str, Problem> {
        self.opt(name)?.ok_or_else(|| Problem::unprocessable(format!("Invalid request.\n\n\"{name}\" wasn't supplied.")))
    }

    /// An optional string of the body.
    pub(crate) fn opt(&self, name: &str) -> Result<Option<&str>, Problem> {
        match self.req.field(name) {
            None => Ok(None),
            Some(value) => value.as_str().map(Some).ok_or_else(|| mistyped(name, value, "string")),
        }
    }

    /// An optional flag of the body.
    pub(crate) fn flag(&self, name: &str) -> Result<Option<bool>, Problem> {
        match self.req.field(name) {
            None => Ok(None),
            Some(value) => value.as_bool().map(Some).ok_or_else(|| mistyped(name, value, "boolean")),
        }
    }

    /// An optional array of the body.
    pub(crate) fn array(&self, name: &str) -> Result<Option<&Vec<Value>>, Problem> {
        match self.req.field(name) {
            None => Ok(None),
            Some(value) => value.as_array().map(Some).ok_or_else(|| mistyped(name, value, "array")),
        }
    }

    /// An optional array of strings of the body.
    pub(crate) fn texts(&self, name: &str) -> Result<Option<Vec<String>>, Problem> {
        let Some(items) = self.array(name)? else { return Ok(None) };
        let all: Option<Vec<String>> = items.iter().map(|i| i.as_str().map(str::to_owned)).collect();
        all.map(Some)
            .ok_or_else(|| Problem::unprocessable(format!("Invalid request.\n\nFor 'items', an item of {name} is not a string.")))
    }
}

/// The sentence for a value of another type.
pub(crate) fn mistyped(name: &str, value: &Value, wanted: &str) -> Problem {
    let shown = match value {
        Value::Object(_) => "an object".to_owned(),
        Value::Array(_) => "an array".to_owned(),
        other => other.to_string(),
    };
    let article = if wanted.starts_with(['a', 'i', 'o']) { "an" } else { "a" };
    Problem::unprocessable(format!("Invalid request.\n\nFor 'properties/{name}', {shown} is not {article} {wanted}."))
}

/// The API's address as the client used it, for links.
pub(crate) fn api(req: &Req) -> String {
    match req.header("host") {
        Some(host) if host != "github.com" => req.origin(),
        _ => "https://api.github.com".to_owned(),
    }
}
