//! One request and its reply, the way the contract looks at them.

use super::report::{Part, Violation, Wrong};
use http::HeaderMap;
use pontoon_emulator::{TraceEntry, Vendor};
use serde_json::Value;

/// One request and its reply.
#[derive(Debug, Clone, Default)]
pub struct Exchange {
    /// In capitals.
    pub method: String,
    /// Without the query, still percent-encoded.
    pub path: String,
    /// Without the question mark; empty when there is none.
    pub query: String,
    /// Nothing when the request had no body; a string when it had one that is no JSON.
    pub request_body: Option<Value>,
    /// HTTP status.
    pub status: u16,
    /// Headers of the reply.
    pub response_headers: HeaderMap,
    /// Nothing when the reply had no body; a string when it had one that is no JSON.
    pub response_body: Option<Value>,
}

impl Exchange {
    /// What the embedded cloud's trace says of one call to DigitalOcean; nothing for another vendor, or for a request
    /// that was lost before it was answered.
    #[must_use]
    pub fn of(entry: &TraceEntry) -> Option<Self> {
        Self::with(Vendor::DigitalOcean, entry)
    }

    /// The same for a call to `vendor`.
    #[must_use]
    pub fn with(vendor: Vendor, entry: &TraceEntry) -> Option<Self> {
        (entry.vendor == vendor && entry.status != 0).then(|| Self {
            method: entry.method.clone(),
            path: entry.path.clone(),
            query: entry.query.clone(),
            request_body: body(&entry.request_body),
            status: entry.status,
            response_headers: entry.reply_headers.clone(),
            response_body: body(&entry.reply_body),
        })
    }

    /// Decoded names and values of the query, in their order.
    pub(super) fn parameters(&self) -> Vec<(String, String)> {
        self.query
            .split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| {
                let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                (decode(&name.replace('+', " ")), decode(&value.replace('+', " ")))
            })
            .collect()
    }

    pub(super) fn violation(&self, part: Part, at: &str, wrong: Wrong, said: &str) -> Violation {
        Violation {
            call: format!("{} {} ({})", self.method, self.path, self.status),
            part,
            at: at.to_owned(),
            wrong,
            said: said.to_owned(),
        }
    }
}

fn body(bytes: &[u8]) -> Option<Value> {
    if bytes.is_empty() {
        return None;
    }
    Some(serde_json::from_slice(bytes).unwrap_or_else(|_| String::from_utf8_lossy(bytes).into_owned().into()))
}

/// Percent-decoding; what is no valid escape stays as it is.
pub(super) fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let [first, tail @ ..] = rest {
        let escaped = match tail {
            [high, low, ..] if *first == b'%' => hex(*high).zip(hex(*low)).map(|(high, low)| high << 4 | low),
            _ => None,
        };
        out.push(escaped.unwrap_or(*first));
        rest = if escaped.is_some() { tail.get(2..).unwrap_or_default() } else { tail };
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}
