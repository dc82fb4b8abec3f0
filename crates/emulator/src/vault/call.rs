//! A request as Vault reads it, its answers and refusals.

use crate::{Cx, Reply};
use serde_json::{Value, json};

/// One request.
#[derive(Debug, Clone)]
pub(super) struct Call {
    /// `GET`, `LIST`, `POST`, `PUT`, `PATCH`, `DELETE`.
    pub method: String,
    /// Path behind `/v1/`.
    pub path: String,
    /// Body; of a GET its query.
    pub body: Value,
    /// Token; empty when none was sent.
    pub token: String,
}

impl Call {
    /// True for a method that writes a whole.
    pub(super) fn writes(&self) -> bool {
        self.method == "POST" || self.method == "PUT"
    }

    /// A text of the body.
    pub(super) fn text(&self, name: &str) -> &str {
        self.body[name].as_str().unwrap_or_default()
    }

    /// Seconds of the body: a number, digits, or `30m`.
    pub(super) fn seconds(&self, name: &str) -> Option<u64> {
        match &self.body[name] {
            Value::Number(n) => n.as_u64(),
            Value::String(text) => text.parse().ok().or_else(|| {
                let span: jiff::SignedDuration = text.parse().ok()?;
                u64::try_from(span.as_secs()).ok()
            }),
            _ => None,
        }
    }
}

/// A refusal: `{"errors": […]}`.
#[derive(Debug, Clone)]
pub(super) struct Denied {
    pub status: u16,
    pub errors: Vec<String>,
    /// What else the body has, such as the metadata of a deleted version.
    pub body: Value,
}

impl Denied {
    pub(super) fn new(status: u16, errors: &[&str]) -> Self {
        Self { status, errors: errors.iter().map(|e| (*e).to_owned()).collect(), body: Value::Null }
    }

    pub(super) fn forbidden() -> Self {
        Self::new(403, &["1 error occurred:\n\t* permission denied\n\n"])
    }

    pub(super) fn invalid_token() -> Self {
        Self::new(403, &["2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n"])
    }

    /// 404 as for what is not there: without a word.
    pub(super) fn nothing() -> Self {
        Self::new(404, &[])
    }

    pub(super) fn reply(self) -> Reply {
        let body = if self.body.is_null() { json!({ "errors": self.errors }) } else { self.body };
        raw(self.status, &body)
    }
}

pub(super) fn raw(status: u16, body: &Value) -> Reply {
    Reply::raw(status, "application/json", body.to_string()).with("cache-control", "no-store")
}

/// 200 with data.
pub(super) fn data(cx: &mut Cx, data: Value) -> Reply {
    let mut body = envelope(cx);
    body["data"] = data;
    raw(200, &body)
}

/// 204.
pub(super) fn done() -> Reply {
    Reply::no_content().with("cache-control", "no-store")
}

/// What every answer of Vault has.
pub(super) fn envelope(cx: &mut Cx) -> Value {
    json!({
        "request_id": cx.uuid(), "lease_id": "", "renewable": false, "lease_duration": 0, "data": null, "wrap_info": null,
        "warnings": null, "auth": null, "mount_type": "",
    })
}
