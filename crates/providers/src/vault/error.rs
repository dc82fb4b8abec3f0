//! What Vault's refusals mean.

use crate::rest::json;
use bytes::Bytes;
use http::{Method, Response};
use pontoon_core::call::Class;
use pontoon_wire::WireError;
use std::fmt;

/// A refusal, or no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VaultError {
    /// What it means.
    pub class: Class,
    /// Why, where something can be done about it.
    pub cause: Option<Cause>,
    /// The status; none where no answer came.
    pub status: Option<u16>,
    /// What was called: `POST /v1/auth/approle/login`.
    pub call: String,
    /// What Vault said, without any secret.
    pub message: String,
}

/// Refusals that something can be done about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// It is sealed: a person has to unseal it.
    Sealed,
    /// It was never initialized.
    Uninitialized,
    /// The token is unknown or has expired, or its policies do not allow this: Vault does not tell these apart.
    Denied,
    /// The role id or the secret id is wrong, or has expired.
    Login,
    /// The secret was changed since it was read.
    Changed,
}

/// Parts of Vault's messages with what they mean.
const MESSAGES: &[(&str, Cause)] = &[
    ("vault is sealed", Cause::Sealed),
    ("security barrier not initialized", Cause::Uninitialized),
    ("vault is not initialized", Cause::Uninitialized),
    ("invalid role or secret id", Cause::Login),
    ("invalid secret id", Cause::Login),
    ("invalid role id", Cause::Login),
    ("check-and-set", Cause::Changed),
    ("permission denied", Cause::Denied),
    ("missing client token", Cause::Denied),
];

impl fmt::Display for VaultError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.call)?;
        match self.status {
            Some(status) => write!(f, " answered {status}: {}", self.message),
            None => write!(f, ": {}", self.message),
        }
    }
}

impl std::error::Error for VaultError {}

pub(super) fn unanswered(method: &Method, path: &str, e: &WireError) -> VaultError {
    let class = if *method != Method::GET && !e.unsent() { Class::Indeterminate } else { Class::Transient };
    VaultError { class, cause: None, status: None, call: named(method, path), message: e.line() }
}

pub(super) fn unreadable(method: &Method, path: &str, what: &str) -> VaultError {
    VaultError { class: Class::Unreadable, cause: None, status: None, call: named(method, path), message: what.into() }
}

fn named(method: &Method, path: &str) -> String {
    format!("{method} {}", path.split('?').next().unwrap_or_default())
}

pub(super) fn failed(method: &Method, path: &str, answer: &Response<Bytes>) -> VaultError {
    let status = answer.status().as_u16();
    let body = json(answer).unwrap_or_default();
    let said: Vec<&str> = body["errors"].as_array().into_iter().flatten().filter_map(|e| e.as_str()).map(str::trim).collect();
    let message = if said.is_empty() { "no reason given".to_owned() } else { said.join("; ").replace('\n', " ") };
    let low = message.to_lowercase();
    let cause = MESSAGES.iter().find(|(part, _)| low.contains(part)).map(|(_, c)| *c);
    let class = match (status, cause) {
        (_, Some(Cause::Changed)) => Class::Conflict,
        (_, Some(Cause::Login)) | (401 | 403, _) => Class::Denied,
        // Sealed and not initialized: nothing happened, and it passes when a person has been there.
        (_, Some(Cause::Sealed | Cause::Uninitialized)) | (412 | 472 | 473, _) => Class::Transient,
        (404, _) => Class::NotFound,
        (429, _) => Class::RateLimited,
        (500.., _) if *method != Method::GET => Class::Indeterminate,
        (500.., _) => Class::Transient,
        _ => Class::Invalid,
    };
    VaultError { class, cause, status: Some(status), call: named(method, path), message }
}
