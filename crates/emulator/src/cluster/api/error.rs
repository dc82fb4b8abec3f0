//! What an API server refuses, in its own words: the fields of a `Status`.

use crate::Reply;
use serde_json::{Value, json};

/// A refusal of an API server.
#[derive(Debug, Clone, PartialEq)]
pub struct ApiError {
    /// HTTP status.
    pub code: u16,
    /// Reason for programs, such as `NotFound`.
    pub reason: &'static str,
    /// Sentence for people.
    pub message: String,
    /// `details` of the `Status`, Null when there are none.
    pub details: Value,
}

/// What is refused, or what is done.
pub type Result<T> = std::result::Result<T, ApiError>;

impl ApiError {
    /// A refusal without details.
    pub fn new(code: u16, reason: &'static str, message: impl Into<String>) -> Self {
        Self { code, reason, message: message.into(), details: Value::Null }
    }

    /// 400.
    pub fn bad(message: impl Into<String>) -> Self {
        Self::new(400, "BadRequest", message)
    }

    /// 403, with the words of the authorizer or of an admission plugin.
    pub fn forbidden(resource: &str, name: &str, message: &str) -> Self {
        let what = if name.is_empty() { resource.to_owned() } else { format!("{resource} \"{name}\"") };
        Self::new(403, "Forbidden", format!("{what} is forbidden: {message}")).about(resource, name)
    }

    /// 404: a path that leads nowhere.
    pub fn no_such_path() -> Self {
        Self::new(404, "NotFound", "the server could not find the requested resource")
    }

    /// 404: no object of that name.
    pub fn not_found(resource: &str, name: &str) -> Self {
        Self::new(404, "NotFound", format!("{resource} \"{name}\" not found")).about(resource, name)
    }

    /// 409: there is one already.
    pub fn exists(resource: &str, name: &str) -> Self {
        Self::new(409, "AlreadyExists", format!("{resource} \"{name}\" already exists")).about(resource, name)
    }

    /// 409: somebody else was faster.
    pub fn conflict(resource: &str, name: &str, why: &str) -> Self {
        let message = format!("Operation cannot be fulfilled on {resource} \"{name}\": {why}");
        Self::new(409, "Conflict", message).about(resource, name)
    }

    /// 422: fields that make no sense, each as path and sentence.
    pub fn invalid(group: &str, kind: &str, name: &str, causes: &[Cause]) -> Self {
        let what = if group.is_empty() { kind.to_owned() } else { format!("{kind}.{group}") };
        let each: Vec<String> = causes.iter().map(Cause::sentence).collect();
        let all = if each.len() == 1 { each[0].clone() } else { format!("[{}]", each.join(", ")) };
        let mut error = Self::new(422, "Invalid", format!("{what} \"{name}\" is invalid: {all}"));
        let causes: Vec<Value> =
            causes.iter().map(|c| json!({ "reason": c.reason, "message": c.message, "field": c.field })).collect();
        error.details = json!({ "name": name, "group": group, "kind": kind, "causes": causes });
        error
    }

    fn about(mut self, resource: &str, name: &str) -> Self {
        let (plural, group) = resource.split_once('.').unwrap_or((resource, ""));
        let mut details = json!({});
        if !name.is_empty() {
            details["name"] = name.into();
        }
        if !group.is_empty() {
            details["group"] = group.into();
        }
        details["kind"] = plural.into();
        self.details = details;
        self
    }

    /// The `Status` object.
    #[must_use]
    pub fn status(&self) -> Value {
        let mut status = json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "message": self.message, "reason": self.reason,
        });
        if !self.details.is_null() {
            status["details"] = self.details.clone();
        }
        status["code"] = self.code.into();
        status
    }

    /// The reply that carries it.
    #[must_use]
    pub fn reply(&self) -> Reply {
        let reply = Reply::raw(self.code, "application/json", self.status().to_string());
        if self.code == 429 { reply.with("retry-after", "1") } else { reply }
    }
}

impl std::fmt::Display for ApiError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ApiError {}

/// One field that makes no sense.
#[derive(Debug, Clone, PartialEq)]
pub struct Cause {
    /// For programs: `FieldValueRequired`, `FieldValueInvalid` …
    pub reason: &'static str,
    /// `spec.template.spec.containers[0].image`.
    pub field: String,
    /// `Required value`, `Invalid value: "x": must be …`.
    pub message: String,
}

impl Cause {
    /// A field that must be there.
    pub fn required(field: impl Into<String>, why: &str) -> Self {
        let message = if why.is_empty() { "Required value".to_owned() } else { format!("Required value: {why}") };
        Self { reason: "FieldValueRequired", field: field.into(), message }
    }

    /// A field with a value that cannot be.
    pub fn invalid(field: impl Into<String>, value: &Value, why: &str) -> Self {
        Self { reason: "FieldValueInvalid", field: field.into(), message: format!("Invalid value: {value}: {why}") }
    }

    /// A value that is none of those that can be.
    pub fn unsupported(field: impl Into<String>, value: &Value, possible: &[String]) -> Self {
        let possible: Vec<String> = possible.iter().map(|p| format!("\"{p}\"")).collect();
        let message = format!("Unsupported value: {value}: supported values: {}", possible.join(", "));
        Self { reason: "FieldValueNotSupported", field: field.into(), message }
    }

    /// A field that may not be there, or may not change.
    pub fn forbidden(field: impl Into<String>, why: &str) -> Self {
        Self { reason: "FieldValueForbidden", field: field.into(), message: format!("Forbidden: {why}") }
    }

    /// Something of which there is one already.
    pub fn duplicate(field: impl Into<String>, value: &Value) -> Self {
        Self { reason: "FieldValueDuplicate", field: field.into(), message: format!("Duplicate value: {value}") }
    }

    fn sentence(&self) -> String {
        format!("{}: {}", self.field, self.message)
    }
}
