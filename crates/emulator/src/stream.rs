//! Watches on a socket: the connection stays open, and what happens is written as it happens.
//!
//! The cloud answers whole bodies only, so the stream asks it again and again for what happened since.

use crate::exchange::Cut;
use crate::request::pairs;
use crate::{Cloud, Vendor};
use bytes::Bytes;
use http::Request;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Frame};
use serde_json::Value;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;

/// How often the cloud is asked, in real time.
const PAUSE: Duration = Duration::from_millis(100);
/// How long a watch lasts unless it says otherwise. Source: kube-apiserver, `--min-request-timeout`.
const LASTS: u64 = 1800;

/// Whether a request to an API server is a watch.
pub(crate) fn is_watch(request: &Request<Bytes>) -> bool {
    request.method() == http::Method::GET
        && pairs(request.uri().query().unwrap_or("")).iter().any(|(k, v)| k == "watch" && matches!(v.as_str(), "1" | "true"))
}

/// Answers a watch with a body that goes on.
///
/// # Errors
/// [`Cut`] when the world lets the first answer be lost.
pub(crate) async fn watch(cloud: Cloud, request: Request<Bytes>) -> Result<http::Response<BoxBody<Bytes, Infallible>>, Cut> {
    let query = pairs(request.uri().query().unwrap_or(""));
    let value = |name: &str| query.iter().find(|(k, _)| k == name).map(|(_, v)| v.as_str());
    let seconds = value("timeoutSeconds").and_then(|t| t.parse().ok()).unwrap_or(LASTS);
    let bookmarks = value("allowWatchBookmarks") == Some("true");
    let first = cloud.call(Vendor::Kubernetes, again(&request, None)).await?;
    if first.status() != http::StatusCode::OK {
        return Ok(first.map(|bytes| Full::new(bytes).boxed()));
    }
    let (head, body) = first.into_parts();
    let (lines, mut since) = read(&body, bookmarks, true);
    let (send, receive) = mpsc::channel(16);
    let end = Instant::now() + Duration::from_secs(seconds);
    tokio::spawn(async move {
        if send.send(lines).await.is_err() {
            return;
        }
        while Instant::now() < end && !send.is_closed() {
            tokio::time::sleep(PAUSE).await;
            let Ok(next) = cloud.call(Vendor::Kubernetes, again(&request, since.as_deref())).await else {
                return;
            };
            if next.status() != http::StatusCode::OK {
                return;
            }
            let (lines, now) = read(next.body(), bookmarks, false);
            since = now.or(since);
            if !lines.is_empty() && send.send(lines).await.is_err() {
                return;
            }
        }
    });
    Ok(http::Response::from_parts(head, Lines(receive).boxed()))
}

/// The same request from `since` on, with a bookmark at the end that says how far it went.
fn again(request: &Request<Bytes>, since: Option<&str>) -> Request<Bytes> {
    let query: Vec<&str> = request
        .uri()
        .query()
        .unwrap_or("")
        .split('&')
        .filter(|part| {
            let key = part.split('=').next().unwrap_or("");
            let ours = matches!(key, "allowWatchBookmarks");
            let replaced = since.is_some() && matches!(key, "resourceVersion" | "resourceVersionMatch" | "sendInitialEvents");
            !ours && !replaced
        })
        .collect();
    let mut query = query.join("&");
    query += "&allowWatchBookmarks=true";
    if let Some(since) = since {
        query += &format!("&resourceVersion={since}");
    }
    let mut next = Request::new(Bytes::new());
    *next.method_mut() = request.method().clone();
    *next.headers_mut() = request.headers().clone();
    if let Ok(uri) = format!("{}?{query}", request.uri().path()).parse() {
        *next.uri_mut() = uri;
    }
    next
}

/// The lines that the client gets, and the version that the last bookmark names.
fn read(body: &Bytes, bookmarks: bool, first: bool) -> (Bytes, Option<String>) {
    let text = String::from_utf8_lossy(body);
    let mut out = String::new();
    let mut since = None;
    for line in text.lines().filter(|l| !l.is_empty()) {
        if line.starts_with("{\"type\":\"BOOKMARK\"") {
            let event: Value = serde_json::from_str(line).unwrap_or_default();
            since = event["object"]["metadata"]["resourceVersion"].as_str().map(str::to_owned);
            if !bookmarks || !first {
                continue;
            }
        }
        out += line;
        out.push('\n');
    }
    (Bytes::from(out), since)
}

/// A body that is written as its lines come.
struct Lines(mpsc::Receiver<Bytes>);

impl Body for Lines {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.poll_recv(cx).map(|next| next.map(|bytes| Ok(Frame::data(bytes))))
    }
}
