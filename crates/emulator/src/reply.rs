//! A reply: status, headers, and a body that is JSON or bytes; lists come in pages.

use crate::{Refusal, Req};
use bytes::Bytes;
use serde_json::{Map, Value, json};

/// The body of a reply.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// None at all.
    Empty,
    /// A JSON document; keys that begin with `_` are left out on the way.
    Json(Value),
    /// Bytes with their content type.
    Raw(&'static str, Bytes),
}

/// What goes back to the client.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Headers besides content type, date, rate limits and request id.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Body,
}

impl Reply {
    /// A JSON document as it is, with any status.
    #[must_use]
    pub fn json(status: u16, document: Value) -> Self {
        Self { status, headers: Vec::new(), body: Body::Json(document) }
    }

    /// 200 with `document` under `key`.
    #[must_use]
    pub fn ok(key: &str, document: Value) -> Self {
        Self::json(200, json!({ key: document }))
    }

    /// 201 with `document` under `key`.
    #[must_use]
    pub fn created(key: &str, document: Value) -> Self {
        Self::json(201, json!({ key: document }))
    }

    /// 202 with `document` under `key`.
    #[must_use]
    pub fn accepted(key: &str, document: Value) -> Self {
        Self::json(202, json!({ key: document }))
    }

    /// 204 without a body.
    #[must_use]
    pub fn no_content() -> Self {
        Self { status: 204, headers: Vec::new(), body: Body::Empty }
    }

    /// Bytes with any status, such as a kubeconfig.
    #[must_use]
    pub fn raw(status: u16, content_type: &'static str, bytes: impl Into<Bytes>) -> Self {
        Self { status, headers: Vec::new(), body: Body::Raw(content_type, bytes.into()) }
    }

    /// The same with one more header.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// 200 with the page of `documents` that `?page=` and `?per_page=` ask for, `links` and `meta.total`.
    ///
    /// Pages of 20 unless asked, at most 200; 422 for what is no page. Source: the contract's `per_page` parameter.
    pub fn page(req: &Req, key: &str, documents: Vec<Value>) -> Result<Self, Refusal> {
        Self::page_with(req, key, documents, Map::new())
    }

    /// The same with further keys next to the list.
    pub fn page_with(req: &Req, key: &str, documents: Vec<Value>, more: Map<String, Value>) -> Result<Self, Refusal> {
        let page = positive(req, "page", 1)?;
        let size = positive(req, "per_page", 20)?;
        if size > 200 {
            return Err(Refusal::unprocessable("per_page must be between 1 and 200"));
        }
        let total = documents.len();
        let last = total.div_ceil(size).max(1);
        let items: Vec<Value> = documents.into_iter().skip((page - 1).saturating_mul(size)).take(size).collect();
        let mut pages = Map::new();
        let mut link = |name: &str, number: usize| {
            pages.insert(name.to_owned(), Value::from(address(req, number)));
        };
        if page > 1 {
            link("first", 1);
            link("prev", page - 1);
        }
        if page < last {
            link("next", page + 1);
            link("last", last);
        }
        let links = if pages.is_empty() { json!({}) } else { json!({ "pages": pages }) };
        let mut document = Map::new();
        document.insert(key.to_owned(), Value::from(items));
        document.extend(more);
        document.insert("links".to_owned(), links);
        document.insert("meta".to_owned(), json!({ "total": total }));
        Ok(Self::json(200, Value::from(document)))
    }
}

fn positive(req: &Req, name: &str, default: usize) -> Result<usize, Refusal> {
    match req.query(name) {
        None | Some("") => Ok(default),
        Some(text) => match text.parse() {
            Ok(number) if number > 0 => Ok(number),
            _ => Err(Refusal::unprocessable(format!("{name} must be a positive number"))),
        },
    }
}

fn address(req: &Req, page: usize) -> String {
    let mut query: Vec<String> = req
        .raw_query
        .split('&')
        .filter(|part| !part.is_empty() && part.split('=').next() != Some("page"))
        .map(str::to_owned)
        .collect();
    query.insert(0, format!("page={page}"));
    format!("{}{}?{}", req.origin(), req.path, query.join("&"))
}

/// Takes what is internal out of the document.
pub(crate) fn make_public(document: &mut Value) {
    match document {
        Value::Object(map) => {
            if map.keys().any(|key| key.starts_with('_')) {
                map.retain(|key, _| !key.starts_with('_'));
            }
            map.values_mut().for_each(make_public);
        }
        Value::Array(items) => items.iter_mut().for_each(make_public),
        _ => {}
    }
}

/// The document without what is internal: keys that begin with `_`, at any depth.
#[must_use]
pub fn public(document: &Value) -> Value {
    match document {
        Value::Object(map) => map
            .iter()
            .filter(|(key, _)| !key.starts_with('_'))
            .map(|(key, value)| (key.clone(), public(value)))
            .collect::<Map<_, _>>()
            .into(),
        Value::Array(items) => items.iter().map(public).collect::<Vec<_>>().into(),
        other => other.clone(),
    }
}
