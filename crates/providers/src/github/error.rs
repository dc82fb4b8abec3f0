//! What GitHub's refusals mean.

use crate::rest::{header, json};
use bytes::Bytes;
use http::{Method, Response};
use pontoon_core::call::Class;
use pontoon_wire::WireError;
use serde_json::Value;
use std::{fmt, time::Duration};

/// A refusal, or no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GitHubError {
    /// What it means.
    pub class: Class,
    /// Why, where there is something that a person or the caller can do about it.
    pub reason: Option<Reason>,
    /// The status; none where no answer came.
    pub status: Option<u16>,
    /// What was called: `POST /repos/acme/infra/keys`.
    pub call: String,
    /// What GitHub said, without any secret.
    pub message: String,
    /// The permissions that the call asks for, as GitHub names them: `administration=write`.
    pub permission: Option<String>,
    /// When to try again, if GitHub said so.
    pub retry_after: Option<Duration>,
}

/// Refusals that something can be done about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// The repository has no commit yet: the first file goes in by the contents API.
    Empty,
    /// The branch has moved on since it was read.
    Moved,
    /// The branch is protected: changes go through a pull request.
    Protected,
    /// Something of that name exists.
    Exists,
    /// The deploy key belongs to another repository; each key is used once in all of GitHub.
    KeyTaken,
    /// The organization or repository allows no deploy keys.
    KeysForbidden,
    /// The owner's plan does not have this.
    Plan,
    /// The token is not known.
    Token,
    /// The token may not do this.
    Permission,
}

/// Parts of GitHub's messages, in lower case, with what they mean. Source: GitHub documentation, REST API, and its answers.
const MESSAGES: &[(&str, Reason)] = &[
    ("git repository is empty", Reason::Empty),
    ("not a fast forward", Reason::Moved),
    ("fast-forward", Reason::Moved),
    ("but expected", Reason::Moved),
    ("head branch was modified", Reason::Moved),
    ("repository rule violations", Reason::Protected),
    ("protected branch", Reason::Protected),
    ("must be made through a pull request", Reason::Protected),
    ("key is already in use", Reason::KeyTaken),
    ("deploy keys are disabled", Reason::KeysForbidden),
    ("deploy keys are not allowed", Reason::KeysForbidden),
    ("already exists", Reason::Exists),
    ("upgrade to github", Reason::Plan),
    ("upgrade your plan", Reason::Plan),
    ("not supported for this plan", Reason::Plan),
    ("resource not accessible", Reason::Permission),
    ("must have admin rights", Reason::Permission),
    ("bad credentials", Reason::Token),
];

impl GitHubError {
    /// Whether it was refused for this reason.
    pub fn is(&self, reason: Reason) -> bool {
        self.reason == Some(reason)
    }
    /// A refusal that was made here.
    pub(super) fn own(class: Class, reason: Option<Reason>, call: &str, message: String) -> GitHubError {
        GitHubError { class, reason, status: None, call: call.into(), message, permission: None, retry_after: None }
    }
}

impl fmt::Display for GitHubError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.call)?;
        match self.status {
            Some(status) => write!(f, " answered {status}: {}", self.message)?,
            None => write!(f, ": {}", self.message)?,
        }
        match (self.reason, &self.permission) {
            (Some(Reason::Token), _) => f.write_str("; GitHub does not know this token"),
            (_, Some(permission)) => write!(f, "; the token needs {permission}"),
            _ => Ok(()),
        }
    }
}

impl std::error::Error for GitHubError {}

pub(super) fn unanswered(method: &Method, path: &str, e: &WireError) -> GitHubError {
    let class = if *method != Method::GET && !e.unsent() { Class::Indeterminate } else { Class::Transient };
    GitHubError::own(class, None, &named(method.as_str(), path), e.line())
}

pub(super) fn unreadable(method: &str, path: &str, what: &str) -> GitHubError {
    GitHubError::own(Class::Unreadable, None, &named(method, path), what.into())
}

fn named(method: &str, path: &str) -> String {
    format!("{method} {}", path.split('?').next().unwrap_or_default())
}

pub(super) fn failed(method: &Method, path: &str, answer: &Response<Bytes>) -> GitHubError {
    let status = answer.status().as_u16();
    let body = json(answer).unwrap_or_default();
    let message = said(&body);
    let low = message.to_lowercase();
    let reason = MESSAGES.iter().find(|(part, _)| low.contains(part)).map(|(_, reason)| *reason);
    let number = |name: &str| header(answer, name)?.parse::<u64>().ok();
    // Both limits may come as 403: the hourly one with nothing remaining, the secondary one with a date or its name.
    let limited = status == 429
        || status == 403
            && (number("x-ratelimit-remaining") == Some(0) || number("retry-after").is_some() || low.contains("rate limit"));
    let class = match (status, reason) {
        _ if limited => Class::RateLimited,
        (_, Some(Reason::Moved)) => Class::Conflict,
        (_, Some(Reason::Protected | Reason::Plan | Reason::KeysForbidden)) | (401 | 403, _) => Class::Denied,
        (404, _) => Class::NotFound,
        (409, _) => Class::Conflict,
        (408 | 500.., _) if *method != Method::GET => Class::Indeterminate,
        (408 | 500.., _) => Class::Transient,
        _ => Class::Invalid,
    };
    let reason = match reason {
        None if status == 401 => Some(Reason::Token),
        None if class == Class::Denied => Some(Reason::Permission),
        reason => reason,
    };
    // Where a thing is hidden from a token, GitHub answers as if it were not there, and says what would show it.
    let lacks = matches!(class, Class::Denied | Class::NotFound) && !matches!(reason, Some(Reason::Plan | Reason::Protected));
    let scopes = || {
        let (asked, has) = (header(answer, "x-accepted-oauth-scopes")?, header(answer, "x-oauth-scopes")?);
        let missing = !asked.is_empty() && !asked.split(", ").any(|s| has.split(", ").any(|h| h == s));
        missing.then(|| format!("the scope {}", asked.replace(", ", " or ")))
    };
    let permission = header(answer, "x-accepted-github-permissions").filter(|p| !p.is_empty()).map(str::to_owned);
    GitHubError {
        class,
        reason,
        status: Some(status),
        call: named(method.as_str(), path),
        message,
        permission: if lacks { permission.or_else(scopes) } else { None },
        retry_after: number("retry-after").map(Duration::from_secs),
    }
}

/// The message, and the sentences of `errors`.
fn said(body: &Value) -> String {
    let mut text = body["message"].as_str().unwrap_or("no reason given").replace("\n\n", ": ").replace('\n', " ");
    for error in body["errors"].as_array().into_iter().flatten() {
        let one = match error {
            Value::String(s) => s.clone(),
            e => match e["message"].as_str() {
                Some(m) => m.to_owned(),
                None => format!("{} {}", e["field"].as_str().unwrap_or_default(), e["code"].as_str().unwrap_or_default()),
            },
        };
        if !one.trim().is_empty() && !text.contains(&one) {
            text = format!("{text}: {}", one.trim());
        }
    }
    text
}
