//! What GitHub answers instead of doing what was asked.

use crate::{Refusal, Reply};
use serde_json::{Value, json};

/// A refusal: status, sentence, and for 422 what is wrong with which field.
#[derive(Debug, Clone)]
pub(crate) struct Problem {
    /// HTTP status.
    pub status: u16,
    /// The sentence.
    pub message: String,
    /// Details: objects, or sentences.
    pub errors: Vec<Value>,
    /// Headers besides the usual.
    pub headers: Vec<(String, String)>,
}

impl Problem {
    /// Of any status.
    pub(crate) fn new(status: u16, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), errors: Vec::new(), headers: Vec::new() }
    }

    /// 404, which is also what somebody sees who may not know that it exists.
    pub(crate) fn not_found() -> Self {
        Self::new(404, "Not Found")
    }

    /// 403.
    pub(crate) fn forbidden(message: impl Into<String>) -> Self {
        Self::new(403, message)
    }

    /// 409.
    pub(crate) fn conflict(message: impl Into<String>) -> Self {
        Self::new(409, message)
    }

    /// 422 with a sentence alone.
    pub(crate) fn unprocessable(message: impl Into<String>) -> Self {
        Self::new(422, message)
    }

    /// 422 `Validation Failed` for a field: `missing_field`, `invalid`, `already_exists`.
    pub(crate) fn invalid(resource: &str, field: &str, code: &str) -> Self {
        Self::unprocessable("Validation Failed").and(json!({ "resource": resource, "field": field, "code": code }))
    }

    /// 422 `Validation Failed` with a sentence of its own.
    pub(crate) fn custom(resource: &str, field: &str, message: impl Into<String>) -> Self {
        let message = message.into();
        let mut error = json!({ "resource": resource, "code": "custom", "message": message });
        if !field.is_empty() {
            error["field"] = field.into();
        }
        Self::unprocessable("Validation Failed").and(error)
    }

    /// 403: the plan does not have it. Source: GitHub documentation, about rulesets and protected branches.
    pub(crate) fn upgrade() -> Self {
        Self::forbidden("Upgrade to GitHub Pro or make this repository public to enable this feature.")
    }

    /// With one more detail.
    pub(crate) fn and(mut self, error: Value) -> Self {
        self.errors.push(error);
        self
    }

    /// With one more header.
    pub(crate) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// As a reply.
    pub(crate) fn reply(self) -> Reply {
        let mut body = json!({ "message": self.message });
        if !self.errors.is_empty() {
            body["errors"] = self.errors.into();
        }
        body["documentation_url"] = "https://docs.github.com/rest".into();
        body["status"] = self.status.to_string().into();
        let mut reply = document(self.status, &body);
        reply.headers.extend(self.headers);
        reply
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Self::new(refusal.status, format!("Invalid request.\n\n{}", refusal.message))
    }
}

/// JSON as it is: GitHub's own documents have keys that begin with `_`, and no request id within.
pub(crate) fn document(status: u16, body: &Value) -> Reply {
    Reply::raw(status, "application/json; charset=utf-8", body.to_string())
}
