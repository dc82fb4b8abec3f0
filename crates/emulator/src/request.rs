//! A request as handlers see it: parameters, query, JSON body, and the getters that refuse as the vendor refuses.

use crate::{Refusal, Vendor};
use bytes::Bytes;
use http::HeaderMap;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

/// Who asks: a token of the world file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Principal {
    /// UUID of the token's team.
    pub team: String,
    /// Scopes; `*` is all.
    pub scopes: Vec<String>,
}

/// One request.
#[derive(Debug, Clone)]
pub struct Req {
    /// Whose origin was called.
    pub vendor: Vendor,
    /// Method, in capitals.
    pub method: String,
    /// Path as sent, still percent-encoded, without the query.
    pub path: String,
    /// The query as sent, without the question mark.
    pub raw_query: String,
    /// The query's pairs, decoded, in order.
    pub query: Vec<(String, String)>,
    /// Path parameters, decoded.
    pub params: Vec<(&'static str, String)>,
    /// Headers.
    pub headers: HeaderMap,
    /// The body as JSON; Null when it is empty or is no JSON.
    pub body: Value,
    /// The body as sent.
    pub raw: Bytes,
    /// Who asks; set by the vendor's dispatcher.
    pub principal: Principal,
}

impl Req {
    /// Reads an HTTP request; the body is taken as JSON where it is JSON.
    #[must_use]
    pub fn new(vendor: Vendor, request: http::Request<Bytes>) -> Self {
        let (parts, raw) = request.into_parts();
        let raw_query = parts.uri.query().unwrap_or("").to_owned();
        let mut headers = parts.headers;
        if let (false, Some(authority)) = (headers.contains_key(http::header::HOST), parts.uri.authority())
            && let Ok(value) = authority.as_str().parse()
        {
            headers.insert(http::header::HOST, value);
        }
        Self {
            vendor,
            method: parts.method.as_str().to_owned(),
            path: parts.uri.path().to_owned(),
            query: pairs(&raw_query),
            raw_query,
            params: Vec::new(),
            headers,
            body: serde_json::from_slice(&raw).unwrap_or(Value::Null),
            raw,
            principal: Principal::default(),
        }
    }

    /// A path parameter; empty when the route has none of that name.
    #[must_use]
    pub fn param(&self, name: &str) -> &str {
        self.params.iter().find(|(n, _)| *n == name).map_or("", |(_, value)| value)
    }

    /// The first value of a query key.
    #[must_use]
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// A header's text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|v| v.to_str().ok())
    }

    /// The body's field; `None` when it is absent or null.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Value> {
        self.body.get(name).filter(|v| !v.is_null())
    }

    /// True when the body carries the key at all, null included.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.body.get(name).is_some()
    }

    /// A required, non-empty string of the body.
    pub fn text(&self, name: &str) -> Result<&str, Refusal> {
        match self.opt_text(name)? {
            Some(text) if !text.is_empty() => Ok(text),
            _ => Err(Refusal::unprocessable(format!("{name} is required"))),
        }
    }

    /// An optional string of the body; 422 when it is of another type.
    pub fn opt_text(&self, name: &str) -> Result<Option<&str>, Refusal> {
        self.field(name).map(|v| v.as_str().ok_or_else(|| wrong_type(name, "a string"))).transpose()
    }

    /// The same, where the vendor takes an empty string for none, as clients written in Go send it.
    pub fn opt_filled(&self, name: &str) -> Result<Option<&str>, Refusal> {
        Ok(self.opt_text(name)?.filter(|text| !text.is_empty()))
    }

    /// A required integer of the body.
    pub fn number(&self, name: &str) -> Result<i64, Refusal> {
        self.opt_number(name)?.ok_or_else(|| Refusal::unprocessable(format!("{name} is required")))
    }

    /// An optional integer of the body.
    pub fn opt_number(&self, name: &str) -> Result<Option<i64>, Refusal> {
        self.field(name).map(|v| v.as_i64().ok_or_else(|| wrong_type(name, "an integer"))).transpose()
    }

    /// An optional flag of the body.
    pub fn opt_flag(&self, name: &str) -> Result<Option<bool>, Refusal> {
        self.field(name).map(|v| v.as_bool().ok_or_else(|| wrong_type(name, "a boolean"))).transpose()
    }

    /// An optional array of the body.
    pub fn opt_array(&self, name: &str) -> Result<Option<&Vec<Value>>, Refusal> {
        self.field(name).map(|v| v.as_array().ok_or_else(|| wrong_type(name, "an array"))).transpose()
    }

    /// An optional array of strings of the body.
    pub fn opt_texts(&self, name: &str) -> Result<Option<Vec<String>>, Refusal> {
        let Some(items) = self.opt_array(name)? else {
            return Ok(None);
        };
        items
            .iter()
            .map(|i| i.as_str().map(str::to_owned))
            .collect::<Option<Vec<_>>>()
            .map(Some)
            .ok_or_else(|| wrong_type(name, "an array of strings"))
    }

    /// An optional object of the body.
    pub fn opt_object(&self, name: &str) -> Result<Option<&Map<String, Value>>, Refusal> {
        self.field(name).map(|v| v.as_object().ok_or_else(|| wrong_type(name, "an object"))).transpose()
    }

    /// The address that the client used, for links: `https://api.digitalocean.com`.
    #[must_use]
    pub fn origin(&self) -> String {
        let host = self.header("host").unwrap_or("api.digitalocean.com");
        let loopback = host.starts_with("127.") || host.starts_with("localhost") || host.starts_with("[::1]");
        format!("{}://{host}", if loopback { "http" } else { "https" })
    }
}

/// 422 for a field of the wrong type.
pub(crate) fn wrong_type(name: &str, wanted: &str) -> Refusal {
    Refusal::unprocessable(format!("{name} must be {wanted}"))
}

/// The pairs of a query string, decoded; a key without `=` has an empty value.
pub(crate) fn pairs(query: &str) -> Vec<(String, String)> {
    let decode = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
    query
        .split('&')
        .filter(|part| !part.is_empty())
        .map(|part| {
            let (key, value) = part.split_once('=').unwrap_or((part, ""));
            (decode(key), decode(value))
        })
        .collect()
}
