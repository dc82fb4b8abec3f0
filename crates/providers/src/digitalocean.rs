//! DigitalOcean's API: bearer token, JSON, pages, `{id, message}` errors.

use crate::budget::Budget;
use bytes::Bytes;
use futures::future::join_all;
use http::{Method, Request, Response};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use pontoon_core::{
    call::{Call, Class, Listing},
    secret::Secret,
    value::Value,
};
use pontoon_engine::{Provider, Refusal, Reply, ports::Boxed};
use pontoon_wire::{Wire, WireError, credential, within};
use std::{rc::Rc, time::Duration};
use zeroize::Zeroizing;

/// How long a read may take.
const READ_DEADLINE: Duration = Duration::from_secs(60);
/// The most pages of a list that are asked for: their number is the vendor's word.
const MOST_PAGES: usize = 1000;
/// What is kept as it is in a path: ids, names, and the separators that the catalog writes.
const PATH: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b':').remove(b'@').remove(b'%');
const QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// The client of one account.
pub struct DigitalOcean {
    wire: Wire,
    base: String,
    token: Secret,
    budget: Rc<Budget>,
}

impl DigitalOcean {
    /// A client at a base address (`https://api.digitalocean.com`).
    pub fn new(wire: Wire, base: &str, token: Secret, budget: Rc<Budget>) -> DigitalOcean {
        DigitalOcean { wire, base: base.trim_end_matches('/').into(), token, budget }
    }

    /// The budget, for its counts.
    pub fn budget(&self) -> &Budget {
        &self.budget
    }

    async fn call(&self, call: &Call, page: Option<usize>, deadline: Duration) -> Result<(Value, i64), Refusal> {
        let request = self.request(call, page)?;
        let permit = self.budget.permit(&call.method, call.path.as_text().unwrap_or_default()).await;
        let answer = within(&self.wire, request, deadline).await;
        drop(permit);
        let response = answer.map_err(|e| unanswered(call, &e))?;
        self.budget.learn(response.headers());
        let at = self.budget.clock().now().as_second() + self.budget.skew();
        if response.status().is_success() { read(&response).map(|body| (body, at)) } else { Err(refusal(call, &response)) }
    }

    fn request(&self, call: &Call, page: Option<usize>) -> Result<Request<Bytes>, Refusal> {
        let invalid = |message: String| Refusal { class: Class::Invalid, message, retry_after: None };
        let path = call.path.as_text().ok_or_else(|| invalid(format!("the path is pending: {}", call.path)))?;
        let mut uri = format!("{}{}", self.base, utf8_percent_encode(path, PATH));
        let pages = page.map(|p| ("page".to_owned(), p.to_string()));
        let query = call.query.iter().map(|(k, v)| (k.clone(), plain(v))).chain(pages);
        for (i, (key, value)) in query.enumerate() {
            uri.push(if i == 0 { '?' } else { '&' });
            uri.push_str(&format!("{key}={}", utf8_percent_encode(&value, QUERY)));
        }
        let method = Method::from_bytes(call.method.as_bytes()).map_err(|e| invalid(e.to_string()))?;
        let bearer = Zeroizing::new(format!("Bearer {}", self.token.expose()));
        let mut request = Request::builder()
            .method(method)
            .uri(uri)
            .header("authorization", credential(&bearer).map_err(|e| invalid(e.line()))?)
            .header("accept", "application/json")
            .header("user-agent", concat!("pontoon/", env!("CARGO_PKG_VERSION")));
        let body = match &call.body {
            Some(body) => {
                request = request.header("content-type", "application/json");
                Bytes::from(body.to_json().to_string())
            }
            None => Bytes::new(),
        };
        request.body(body).map_err(|e| invalid(e.to_string()))
    }

    async fn pages(&self, listing: &Listing) -> Result<(Vec<Value>, i64), Refusal> {
        let (first, at) = match self.call(&listing.call, None, READ_DEADLINE).await {
            Err(r) if r.class == Class::NotFound && listing.absent_is_empty => {
                return Ok((Vec::new(), self.budget.clock().now().as_second() + self.budget.skew()));
            }
            answer => answer?,
        };
        let mut objects = items(&first, &listing.items);
        if listing.paged {
            let per_page = listing.call.query.iter().find(|(k, _)| k == "per_page").and_then(|(_, v)| v.as_i64()).unwrap_or(20);
            let total = first.at("meta.total").and_then(Value::as_i64).unwrap_or(0);
            let pages = usize::try_from(total.max(0)).unwrap_or(0).div_ceil(usize::try_from(per_page).unwrap_or(0).max(1));
            if pages > MOST_PAGES {
                let message = format!("a list of {total} objects is more than any account has");
                return Err(Refusal { class: Class::Unreadable, message, retry_after: None });
            }
            let rest = join_all((2..=pages).map(|p| self.call(&listing.call, Some(p), READ_DEADLINE))).await;
            for page in rest {
                objects.extend(items(&page?.0, &listing.items));
            }
        }
        Ok((objects, at))
    }
}

impl Provider for DigitalOcean {
    fn send<'a>(&'a self, call: &'a Call, deadline: Duration) -> Boxed<'a, Result<Reply, Refusal>> {
        Box::pin(async move { self.call(call, None, deadline).await.map(|(body, at)| Reply { body, at }) })
    }
    fn list<'a>(&'a self, listing: &'a Listing) -> Boxed<'a, Result<(Vec<Value>, i64), Refusal>> {
        Box::pin(self.pages(listing))
    }
    fn skew(&self, _: &str) -> i64 {
        self.budget.skew()
    }
}

/// The objects of an answer: a list, one object, or the answer itself.
fn items(answer: &Value, path: &str) -> Vec<Value> {
    match answer.at(path) {
        Some(Value::List(items)) => items.clone(),
        Some(Value::Null) | None => Vec::new(),
        Some(one) => vec![one.clone()],
    }
}

fn plain(v: &Value) -> String {
    v.as_text().map_or_else(|| v.to_string(), str::to_owned)
}

fn read(response: &Response<Bytes>) -> Result<Value, Refusal> {
    if response.body().iter().all(u8::is_ascii_whitespace) {
        return Ok(Value::Null);
    }
    serde_json::from_slice(response.body()).map_err(|e| Refusal {
        class: Class::Unreadable,
        message: format!("the answer is no JSON: {e}"),
        retry_after: None,
    })
}

/// What it means that no answer came.
pub(crate) fn unanswered(call: &Call, e: &WireError) -> Refusal {
    let class = if call.mutates() && !e.unsent() { Class::Indeterminate } else { Class::Transient };
    Refusal { class, message: e.line(), retry_after: None }
}

/// What a status means. Source: API reference, "Errors"; the classes of a call come first, because
/// some refusals that pass by themselves come as 403 or 412.
pub(crate) fn class(call: &Call, status: u16) -> Class {
    call.classes.get(&status).copied().unwrap_or(match status {
        401 | 403 => Class::Denied,
        404 => Class::NotFound,
        409 => Class::Conflict,
        429 => Class::RateLimited,
        // Nothing was done, for want of room.
        507 => Class::Invalid,
        408 | 500.. if call.mutates() => Class::Indeterminate,
        408 | 500.. => Class::Transient,
        _ => Class::Invalid,
    })
}

/// `retry-after`, in seconds.
pub(crate) fn retry_after<T>(response: &Response<T>) -> Option<Duration> {
    response.headers().get("retry-after")?.to_str().ok()?.parse().ok().map(Duration::from_secs)
}

fn refusal(call: &Call, response: &Response<Bytes>) -> Refusal {
    let status = response.status().as_u16();
    let body = read(response).unwrap_or_default();
    let said = body.at("message").and_then(Value::as_text).unwrap_or("no reason given");
    let path = call.path.as_text().unwrap_or_default();
    let class = class(call, status);
    let scope = match class {
        Class::Denied if status == 401 => "; it does not know this token".to_owned(),
        Class::Denied if !call.scope.is_empty() => format!("; the token needs the scope {}", call.scope),
        _ => String::new(),
    };
    Refusal {
        class,
        message: format!("{} {path} answered {status}: {said}{scope}", call.method),
        retry_after: retry_after(response),
    }
}
