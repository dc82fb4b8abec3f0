//! Spaces: S3 with signature v4, XML, and an endpoint a region.

use crate::{
    budget::Budget,
    digitalocean::{class, retry_after, unanswered},
    session::KeySource,
    xml,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{Method, Request, Response};
use md5::{Digest, Md5};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use pontoon_core::{
    call::{Call, Class, Encoding, Listing},
    value::Value,
};
use pontoon_engine::{Provider, Refusal, Reply, ports::Boxed};
use pontoon_wire::{
    Wire,
    signature::{Key, sign_s3},
    within,
};
use std::{rc::Rc, time::Duration};

/// What stays as it is in an object's path, as signature v4 wants it.
pub(crate) const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.').remove(b'~');
const READ_DEADLINE: Duration = Duration::from_secs(60);
/// How often a list may show again what was removed, before somebody has to look.
const STALE: u32 = 20;

/// Where Spaces is.
#[derive(Debug, Clone)]
pub enum Endpoints {
    /// `https://{region}.digitaloceanspaces.com`.
    ByRegion,
    /// One address for every region.
    One(String),
}

impl Endpoints {
    pub(crate) fn base(&self, region: &str) -> String {
        match self {
            Endpoints::ByRegion => format!("https://{region}.digitaloceanspaces.com"),
            Endpoints::One(base) => base.trim_end_matches('/').into(),
        }
    }
}

/// The client of one account's Spaces.
pub struct Spaces<'a> {
    wire: Wire,
    endpoints: Endpoints,
    keys: &'a dyn KeySource,
    budget: Rc<Budget>,
}

impl<'a> Spaces<'a> {
    /// A client that signs with the key that the source gives.
    pub fn new(wire: Wire, endpoints: Endpoints, keys: &'a dyn KeySource, budget: Rc<Budget>) -> Spaces<'a> {
        Spaces { wire, endpoints, keys, budget }
    }

    async fn call(&self, call: &Call, deadline: Duration) -> Result<(Value, i64), Refusal> {
        let invalid = |message: String| Refusal { class: Class::Invalid, message, retry_after: None };
        let path = call.path.as_text().ok_or_else(|| invalid(format!("the path is pending: {}", call.path)))?;
        let region = call.region.as_deref().unwrap_or("nyc3");
        let key = self.keys.key().await?;
        let mut uri = format!("{}{}", self.endpoints.base(region), utf8_percent_encode(path, PATH));
        for (i, (name, value)) in call.query.iter().enumerate() {
            let value = value.as_text().map_or_else(|| value.to_string(), str::to_owned);
            uri.push(if i == 0 { '?' } else { '&' });
            uri.push_str(&format!("{name}={}", utf8_percent_encode(&value, NON_ALPHANUMERIC)));
        }
        let body = match (&call.body, call.encoding) {
            (None, _) => Bytes::new(),
            (Some(body), Encoding::Xml) => Bytes::from(xml::write(body)),
            (Some(Value::Text(text)), Encoding::Json) => Bytes::from(text.clone()),
            (Some(body), Encoding::Json) => Bytes::from(body.to_json().to_string()),
        };
        let method = Method::from_bytes(call.method.as_bytes()).map_err(|e| invalid(e.to_string()))?;
        let mut request = Request::builder().method(method).uri(uri).body(body).map_err(|e| invalid(e.to_string()))?;
        if !request.body().is_empty() {
            // S3 refuses lifecycle and CORS rules without it. Source: S3 API reference, PutBucketLifecycleConfiguration.
            let sum = STANDARD.encode(Md5::digest(request.body()));
            request.headers_mut().insert("content-md5", sum.parse().map_err(|_| invalid("no header".into()))?);
        }
        let host = request.uri().authority().map(ToString::to_string).unwrap_or_default();
        request.headers_mut().insert("host", host.parse().map_err(|_| invalid("the endpoint is no host".into()))?);
        let at = self.budget.clock().now().as_second() + self.budget.skew();
        // The region is signed too: an endpoint that serves several takes a new bucket's region from there.
        sign_s3(&mut request, Key { access: &key.access, secret: key.secret.expose() }, region, at)
            .map_err(|e| invalid(e.to_string()))?;
        let permit = self.budget.permit(&call.method, path).await;
        let answer = within(&self.wire, request, deadline).await;
        drop(permit);
        let response = answer.map_err(|e| unanswered(call, &e))?;
        self.budget.learn(response.headers());
        let at = self.budget.clock().now().as_second() + self.budget.skew();
        if response.status().is_success() { Ok((read(&response), at)) } else { Err(refusal(call, &response)) }
    }

    /// Removes every version of every object of a bucket. What is listed is removed until nothing is listed; whoever is cut
    /// off and does it again goes on there.
    async fn empty(&self, call: &Call, deadline: Duration) -> Result<(Value, i64), Refusal> {
        let of = |method: &str, query: &str| Call { method: method.into(), ..call.clone() }.query(query, "");
        let mut before = Vec::new();
        let mut stale = 0;
        loop {
            let (page, at) = match self.call(&of("GET", "versions"), READ_DEADLINE).await {
                // It is gone as a whole.
                Err(r) if r.class == Class::NotFound => {
                    return Ok((Value::Null, self.budget.clock().now().as_second() + self.budget.skew()));
                }
                answer => answer?,
            };
            let listed: Vec<Value> = ["Version", "DeleteMarker"].iter().flat_map(|k| versions(&page, k)).collect();
            if listed.is_empty() {
                return Ok((Value::Null, at));
            }
            stale = if listed == before { stale + 1 } else { 0 };
            if stale > STALE {
                let message = format!("{} still lists what was removed", call.path);
                return Err(Refusal { class: Class::Transient, message, retry_after: None });
            }
            let body = Value::map([("Delete", Value::map([("Object", Value::List(listed.clone())), ("Quiet", "true".into())]))]);
            let (left, _) = self.call(&of("POST", "delete").xml(body), deadline).await?;
            if let Some(code) = left.at("Error.Code").or_else(|| left.at("Error.0.Code")).and_then(Value::as_text) {
                let class = if code == "AccessDenied" { Class::Denied } else { Class::Transient };
                return Err(Refusal { class, message: format!("{} cannot be emptied: {code}", call.path), retry_after: None });
            }
            before = listed;
        }
    }
}

/// What a page of a bucket's versions names, as a removal names it.
fn versions(page: &Value, kind: &str) -> Vec<Value> {
    let own = |v: &Value, field: &str| v.at(field).cloned().unwrap_or_default();
    let named = |v: &Value| Value::map([("Key", own(v, "Key")), ("VersionId", own(v, "VersionId"))]);
    page.at(kind).and_then(Value::as_list).unwrap_or_default().iter().map(named).collect()
}

impl Provider for Spaces<'_> {
    fn send<'a>(&'a self, call: &'a Call, deadline: Duration) -> Boxed<'a, Result<Reply, Refusal>> {
        Box::pin(async move {
            let answer =
                if call.method == Call::EMPTY { self.empty(call, deadline).await } else { self.call(call, deadline).await };
            answer.map(|(body, at)| Reply { body, at })
        })
    }
    fn list<'a>(&'a self, listing: &'a Listing) -> Boxed<'a, Result<(Vec<Value>, i64), Refusal>> {
        Box::pin(async move {
            match self.call(&listing.call, READ_DEADLINE).await {
                Ok((body, at)) => match body.at(&listing.items) {
                    Some(Value::List(items)) => Ok((items.clone(), at)),
                    Some(Value::Null) | None => Ok((Vec::new(), at)),
                    Some(Value::Text(t)) if t.is_empty() => Ok((Vec::new(), at)),
                    Some(one) => Ok((vec![one.clone()], at)),
                },
                Err(r) if r.class == Class::NotFound && listing.absent_is_empty => {
                    Ok((Vec::new(), self.budget.clock().now().as_second() + self.budget.skew()))
                }
                Err(r) => Err(r),
            }
        })
    }
    fn skew(&self, _: &str) -> i64 {
        self.budget.skew()
    }
}

/// XML as a value; a bucket policy is JSON and stays a text, and so does what an object holds that is neither.
fn read(response: &Response<Bytes>) -> Value {
    let text = String::from_utf8_lossy(response.body());
    if text.trim_start().starts_with('{') {
        return Value::map([("Policy", text.trim().into())]);
    }
    let plain = || if text.is_empty() { Value::Null } else { Value::Text(text.clone().into_owned()) };
    xml::read(&text).unwrap_or_else(plain)
}

fn refusal(call: &Call, response: &Response<Bytes>) -> Refusal {
    let status = response.status().as_u16();
    let body = read(response);
    let text = |p: &str| body.at(p).and_then(Value::as_text).unwrap_or_default().to_owned();
    let (code, said) = (text("Code"), text("Message"));
    let class = match code.as_str() {
        "OperationAborted" => Class::Conflict,
        "SlowDown" => Class::RateLimited,
        // A key that was just made is not known everywhere at once.
        "InvalidAccessKeyId" => Class::Transient,
        "BucketNotEmpty" | "BucketAlreadyExists" => Class::Invalid,
        _ => class(call, status),
    };
    let path = call.path.as_text().unwrap_or_default();
    Refusal {
        class,
        message: format!("{} {path} answered {status} {code}: {said}", call.method).trim_end_matches(": ").to_owned(),
        retry_after: retry_after(response),
    }
}
