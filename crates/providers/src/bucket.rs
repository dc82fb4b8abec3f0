//! A bucket of Spaces or S3 as a place for objects: signature v4, no SDK, one request a method.

mod making;

use crate::{
    session::SpacesKey,
    spaces::{Endpoints, PATH},
    xml,
};
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use jiff::Timestamp;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use pontoon_core::{call::Class, value::Value};
use pontoon_engine::{
    Refusal,
    objects::{Listed, Object, Objects, Put, When},
};
use pontoon_wire::{
    Aside,
    signature::{Key, sign_s3},
};
use std::{cell::Cell, time::Duration};

/// No object of a store is large.
const DEADLINE: Duration = Duration::from_secs(20);

/// Objects in one bucket.
pub struct Bucket {
    aside: Aside,
    clock: fn() -> Timestamp,
    /// Seconds that the vendor's clock is ahead of ours, as its refusals told.
    ahead: Cell<i64>,
    base: String,
    region: String,
    bucket: String,
    key: SpacesKey,
    name: String,
}

impl Bucket {
    /// Objects in a bucket of a region.
    pub fn new(
        aside: Aside,
        clock: fn() -> Timestamp,
        endpoints: &Endpoints,
        region: &str,
        bucket: &str,
        key: SpacesKey,
    ) -> Bucket {
        let (base, name) = (endpoints.base(region), format!("s3://{bucket}"));
        Bucket { aside, clock, ahead: Cell::new(0), base, region: region.into(), bucket: bucket.into(), key, name }
    }

    fn send(&self, method: Method, path: &str, query: &str, body: &[u8], header: Option<(&'static str, &str)>) -> Sent {
        let answer = self.once(method.clone(), path, query, body, header)?;
        // Our clock is wrong; the vendor's stands in its refusal. Source: S3, `RequestTimeTooSkewed`.
        if answer.status() == StatusCode::FORBIDDEN
            && said(&answer).0 == "RequestTimeTooSkewed"
            && let Some(date) = answer.headers().get("date").and_then(|d| d.to_str().ok())
            && let Ok(date) = jiff::fmt::rfc2822::parse(date)
        {
            self.ahead.set(date.timestamp().as_second() - (self.clock)().as_second());
            return self.once(method, path, query, body, header);
        }
        Ok(answer)
    }

    fn once(&self, method: Method, path: &str, query: &str, body: &[u8], header: Option<(&'static str, &str)>) -> Sent {
        let invalid = |message: String| Refusal { class: Class::Invalid, message, retry_after: None };
        let path = utf8_percent_encode(path, PATH);
        let writes = method != Method::GET;
        let uri = format!("{}/{}{path}{query}", self.base, self.bucket);
        let mut request = Request::builder().method(method).uri(uri);
        if let Some((name, value)) = header {
            request = request.header(name, value);
        }
        let mut request = request.body(Bytes::copy_from_slice(body)).map_err(|e| invalid(e.to_string()))?;
        let host = request.uri().authority().map(ToString::to_string).unwrap_or_default();
        request.headers_mut().insert("host", host.parse().map_err(|_| invalid("the endpoint is no host".into()))?);
        let at = (self.clock)().as_second() + self.ahead.get();
        sign_s3(&mut request, Key { access: &self.key.access, secret: self.key.secret.expose() }, &self.region, at)
            .map_err(|e| invalid(e.to_string()))?;
        self.aside.send(request, DEADLINE).map_err(|e| {
            let class = if writes && !e.unsent() { Class::Indeterminate } else { Class::Transient };
            Refusal { class, message: format!("{}: {}", self.name, e.line()), retry_after: None }
        })
    }

    fn refusal(&self, writes: bool, what: &str, answer: &Response<Bytes>) -> Refusal {
        let (code, message) = said(answer);
        let status = answer.status().as_u16();
        let class = match (status, code.as_str()) {
            (_, "InvalidAccessKeyId") => Class::Denied,
            (_, "OperationAborted" | "ConditionalRequestConflict") => Class::Conflict,
            (_, "SlowDown") | (429, _) => Class::RateLimited,
            (401 | 403, _) => Class::Denied,
            (404, _) => Class::NotFound,
            // What it does not know it has not done. Source: S3, `NotImplemented`.
            (501, _) => Class::Invalid,
            (408 | 500.., _) if writes => Class::Indeterminate,
            (408 | 500.., _) => Class::Transient,
            _ => Class::Invalid,
        };
        let message = format!("{what} {} answered {status} {code}: {message}", self.name);
        Refusal {
            class,
            message: message.trim_end_matches([':', ' ']).into(),
            retry_after: crate::digitalocean::retry_after(answer),
        }
    }
}

type Sent = Result<Response<Bytes>, Refusal>;

/// The code and the words of a refusal.
fn said(answer: &Response<Bytes>) -> (String, String) {
    let body = xml::read(&String::from_utf8_lossy(answer.body())).unwrap_or_default();
    let text = |p: &str| body.at(p).and_then(Value::as_text).unwrap_or_default().to_owned();
    (text("Code"), text("Message"))
}

fn tag(answer: &Response<Bytes>) -> String {
    answer.headers().get("etag").and_then(|t| t.to_str().ok()).unwrap_or_default().trim_matches('"').into()
}

impl Objects for Bucket {
    fn get(&self, key: &str) -> Result<Option<Object>, Refusal> {
        let answer = self.send(Method::GET, &format!("/{key}"), "", &[], None)?;
        match answer.status() {
            s if s.is_success() => Ok(Some(Object { tag: tag(&answer), bytes: answer.into_body().to_vec() })),
            StatusCode::NOT_FOUND if said(&answer).0 != "NoSuchBucket" => Ok(None),
            _ => Err(self.refusal(false, &format!("reading {key} in"), &answer)),
        }
    }
    fn put(&self, key: &str, bytes: &[u8], when: When<'_>) -> Result<Put, Refusal> {
        let same;
        let header = match when {
            When::Always => None,
            When::Absent => Some(("if-none-match", "*")),
            When::Same(tag) => {
                same = format!("\"{tag}\"");
                Some(("if-match", same.as_str()))
            }
        };
        let answer = self.send(Method::PUT, &format!("/{key}"), "", bytes, header)?;
        match answer.status() {
            s if s.is_success() => Ok(Put::Stored(tag(&answer))),
            StatusCode::PRECONDITION_FAILED => Ok(Put::Refused),
            StatusCode::NOT_FOUND if said(&answer).0 == "NoSuchKey" => Ok(Put::Refused),
            _ => Err(self.refusal(true, &format!("writing {key} in"), &answer)),
        }
    }
    fn list(&self, prefix: &str) -> Result<Vec<Listed>, Refusal> {
        let (mut found, mut after) = (Vec::new(), String::new());
        loop {
            let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
            let mut query = format!("?list-type=2&max-keys=1000&prefix={}", encoded(prefix));
            if !after.is_empty() {
                query = format!("?continuation-token={}&list-type=2&max-keys=1000&prefix={}", encoded(&after), encoded(prefix));
            }
            let answer = self.send(Method::GET, "", &query, &[], None)?;
            if !answer.status().is_success() {
                return Err(self.refusal(false, "listing", &answer));
            }
            let body = xml::read(&String::from_utf8_lossy(answer.body())).unwrap_or_default();
            let text = |v: &Value, p: &str| v.at(p).and_then(Value::as_text).unwrap_or_default().to_owned();
            for object in body.at("Contents").and_then(Value::as_list).unwrap_or_default() {
                found.push(Listed { key: text(object, "Key"), tag: text(object, "ETag").trim_matches('"').into() });
            }
            after = text(&body, "NextContinuationToken");
            if text(&body, "IsTruncated") != "true" || after.is_empty() {
                return Ok(found);
            }
        }
    }
    fn remove(&self, key: &str) -> Result<(), Refusal> {
        let answer = self.send(Method::DELETE, &format!("/{key}"), "", &[], None)?;
        let is_gone = answer.status().is_success() || answer.status() == StatusCode::NOT_FOUND;
        if is_gone { Ok(()) } else { Err(self.refusal(true, &format!("removing {key} in"), &answer)) }
    }
    fn pause(&self, time: Duration) {
        pontoon_wire::pause(time);
    }
    fn now(&self) -> Timestamp {
        (self.clock)()
    }
    fn name(&self) -> &str {
        &self.name
    }
}
