//! JSON over HTTP at one base address: what the clients of GitHub and Vault share.

use crate::budget::Budget;
use bytes::Bytes;
use http::{Method, Request, Response};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use pontoon_wire::{Wire, WireError, credential, within};
use serde_json::Value;
use std::{rc::Rc, time::Duration};

/// How long a call may take.
const DEADLINE: Duration = Duration::from_secs(60);
/// What is kept as it is in one segment of a path, or in a value of a query.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// One service.
pub(crate) struct Rest {
    wire: Wire,
    base: String,
    pub(crate) budget: Rc<Budget>,
}

impl Rest {
    pub(crate) fn new(wire: Wire, base: &str, budget: Rc<Budget>) -> Rest {
        Rest { wire, base: base.trim_end_matches('/').into(), budget }
    }

    /// Sends one request and reads the whole answer. The path is encoded already and may have a query;
    /// `proof` is the header that holds the credential.
    pub(crate) async fn send(
        &self,
        method: &Method,
        path: &str,
        proof: Option<(&str, &str)>,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<Response<Bytes>, WireError> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base))
            .header("user-agent", concat!("pontoon/", env!("CARGO_PKG_VERSION")));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some((name, value)) = proof {
            request = request.header(name, credential(value)?);
        }
        if body.is_some() {
            request = request.header("content-type", "application/json");
        }
        let bytes = body.map_or_else(Bytes::new, |b| Bytes::from(b.to_string()));
        let request = request.body(bytes).map_err(|e| WireError::Malformed(e.to_string()))?;
        let plain = path.split('?').next().unwrap_or_default();
        let permit = self.budget.permit(method.as_str(), plain).await;
        let answer = within(&self.wire, request, DEADLINE).await;
        drop(permit);
        let answer = answer?;
        self.budget.learn(answer.headers());
        Ok(answer)
    }
}

/// One segment of a path, or one value of a query, encoded.
pub(crate) fn encode(segment: &str) -> String {
    utf8_percent_encode(segment, SEGMENT).to_string()
}

/// A path of several segments, each encoded.
pub(crate) fn encode_path(path: &str) -> String {
    path.split('/').map(encode).collect::<Vec<_>>().join("/")
}

/// An answer's body: nothing where it is empty.
pub(crate) fn json(answer: &Response<Bytes>) -> Result<Value, String> {
    if answer.body().iter().all(u8::is_ascii_whitespace) {
        return Ok(Value::Null);
    }
    serde_json::from_slice(answer.body()).map_err(|e| format!("the answer is no JSON: {e}"))
}

/// A header as text.
pub(crate) fn header<'a>(answer: &'a Response<Bytes>, name: &str) -> Option<&'a str> {
    answer.headers().get(name)?.to_str().ok()
}

/// A text in an answer; empty where there is none.
pub(crate) fn text(value: &Value, pointer: &str) -> String {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
}
