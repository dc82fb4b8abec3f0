//! Object storage as a client sees it, with a clock that the test moves.

mod access;
mod buckets;
mod lifecycle;
mod multipart;
mod objects;
mod versions;

use super::knobs::{Grant, StaticKey};
use super::xml::Element;
use super::{DEFAULT_ACCESS_KEY, DEFAULT_SECRET_KEY, Knobs, answer, sigv4};
use crate::reply::Body;
use crate::state::State;
use crate::world::{Team, World};
use crate::{Cx, Moment, Req, Vendor};
use bytes::Bytes;
use http::HeaderMap;
use std::time::Duration;

/// The vendor's own address, so that dates are checked.
const HOST: &str = "nyc3.digitaloceanspaces.com";
/// A second team of the test's world.
const OTHER_TEAM: &str = "0b7c2a9e-1111-4222-8333-944455556666";

/// A world with its clock, and a client with a key.
struct Bench {
    state: State,
    world: World,
    knobs: Knobs,
    now: Moment,
    host: &'static str,
    key: Option<(String, String)>,
}

/// What came back.
struct Got {
    status: u16,
    headers: HeaderMap,
    body: Bytes,
}

impl Got {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default()
    }

    fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    fn xml(&self) -> Element {
        Element::parse(&self.body).unwrap_or_else(|_| panic!("no XML: {}", self.text()))
    }

    /// The error's code, or the status of a success.
    fn code(&self) -> String {
        if self.status < 400 || self.body.is_empty() {
            return self.status.to_string();
        }
        self.xml().text_of("Code").unwrap_or_default().to_owned()
    }

    /// The texts at `outer/inner`, in order.
    fn all(&self, outer: &str, inner: &str) -> Vec<String> {
        self.xml().all(outer).map(|e| e.text_of(inner).unwrap_or_default().to_owned()).collect()
    }
}

impl Bench {
    fn new() -> Self {
        let mut world = World::default();
        world.teams.push(Team { uuid: OTHER_TEAM.to_owned(), ..Team::default() });
        let mut knobs = Knobs::default();
        for (name, team, bucket, permission) in
            [("OTHER", OTHER_TEAM, "", "fullaccess"), ("READER", "", "media", "read"), ("WRITER", "", "media", "readwrite")]
        {
            knobs.keys.push(StaticKey {
                access_key: name.to_owned(),
                secret_key: format!("secret of {name}"),
                team: team.to_owned(),
                grants: vec![Grant { bucket: bucket.to_owned(), permission: permission.to_owned() }],
            });
        }
        let now = Moment::parse("2026-11-02T09:00:00Z").unwrap();
        let key = Some((DEFAULT_ACCESS_KEY.to_owned(), DEFAULT_SECRET_KEY.to_owned()));
        Self { state: State::default(), world, knobs, now, host: HOST, key }
    }

    /// A world with the bucket `media`.
    fn with_bucket() -> Self {
        let mut bench = Self::new();
        assert_eq!(bench.put("/media", "").code(), "200");
        bench
    }

    /// Goes on with another key of the world.
    fn sign_in(&mut self, name: &str) {
        self.key = Some((name.to_owned(), format!("secret of {name}")));
    }

    /// Goes on with the key that may do everything.
    fn sign_in_fully(&mut self) {
        self.key = Some((DEFAULT_ACCESS_KEY.to_owned(), DEFAULT_SECRET_KEY.to_owned()));
    }

    fn wait(&mut self, time: Duration) {
        self.now = self.now.plus(time);
    }

    fn days(&mut self, days: u64) {
        self.wait(Duration::from_secs(days * 86_400));
    }

    fn get(&mut self, target: &str) -> Got {
        self.send("GET", target, &[], "")
    }

    fn put(&mut self, target: &str, body: &str) -> Got {
        self.send("PUT", target, &[], body)
    }

    fn delete(&mut self, target: &str) -> Got {
        self.send("DELETE", target, &[], "")
    }

    fn head(&mut self, target: &str) -> Got {
        self.send("HEAD", target, &[], "")
    }

    /// With `Content-MD5`, as lifecycle rules and multiple deletions demand.
    fn send_with_md5(&mut self, method: &str, target: &str, body: &str) -> Got {
        use base64::{Engine as _, engine::general_purpose::STANDARD};
        let md5 = STANDARD.encode(super::checksum::md5_bytes(body.as_bytes()));
        self.send(method, target, &[("content-md5", &md5)], body)
    }

    fn send(&mut self, method: &str, target: &str, headers: &[(&str, &str)], body: &str) -> Got {
        let request = self.signed(method, target, headers, body.as_bytes());
        self.carry(request)
    }

    /// The request with its signature by the header, made at the world's own time.
    fn signed(&self, method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> http::Request<Bytes> {
        let mut builder = http::Request::builder().method(method).uri(target).header("host", self.host);
        for (name, value) in headers {
            builder = builder.header(*name, *value);
        }
        let mut request = builder.body(Bytes::copy_from_slice(body)).unwrap();
        if let Some((key, secret)) = &self.key {
            sign(&mut request, self.now, key, secret);
        }
        request
    }

    /// One request as one transaction: a refusal leaves nothing behind.
    fn carry(&mut self, request: http::Request<Bytes>) -> Got {
        let req = Req::new(Vendor::Spaces, request);
        let mut cx = Cx::new(&mut self.state, &self.world, self.now, "");
        let reply = answer(&mut cx, &req, &self.knobs);
        if reply.status >= 400 {
            cx.undo();
        }
        let headers = reply.headers.iter().map(|(n, v)| (n.parse::<http::HeaderName>().unwrap(), v.parse().unwrap()));
        let body = match reply.body {
            Body::Raw(_, bytes) => bytes,
            Body::Empty | Body::Json(_) => Bytes::new(),
        };
        Got { status: reply.status, headers: headers.collect(), body }
    }

    /// Keys that a list shows, and its common prefixes.
    fn keys(&mut self, query: &str) -> Vec<String> {
        let got = self.get(&format!("/media?list-type=2{query}"));
        assert_eq!(got.status, 200, "{}", got.text());
        let mut keys = got.all("Contents", "Key");
        keys.extend(got.all("CommonPrefixes", "Prefix"));
        keys
    }
}

/// Signs by the header.
fn sign(request: &mut http::Request<Bytes>, at: Moment, key: &str, secret: &str) {
    let stamp = stamp(at);
    let hash = request
        .headers()
        .get("x-amz-content-sha256")
        .map_or_else(|| sigv4::sha256_hex(request.body()), |v| v.to_str().unwrap().to_owned());
    request.headers_mut().insert("x-amz-date", stamp.parse().unwrap());
    request.headers_mut().insert("x-amz-content-sha256", hash.parse().unwrap());
    let mut signed: Vec<String> = request.headers().keys().map(|n| n.as_str().to_owned()).collect();
    signed.sort();
    let scope = format!("{}/us-east-1/s3/aws4_request", &stamp[..8]);
    let query = request.uri().query().unwrap_or_default();
    let canonical =
        sigv4::canonical_request(request.method().as_str(), request.uri().path(), query, request.headers(), &signed, &hash);
    let signature = sigv4::hex(&sigv4::hmac(
        &sigv4::signing_key(secret, &scope),
        sigv4::string_to_sign(&stamp, &scope, &canonical).as_bytes(),
    ));
    let header = format!("AWS4-HMAC-SHA256 Credential={key}/{scope}, SignedHeaders={}, Signature={signature}", signed.join(";"));
    request.headers_mut().insert("authorization", header.parse().unwrap());
}

/// The target with a signature in its query.
fn presigned(bench: &Bench, method: &str, target: &str, seconds: u32) -> String {
    let (key, secret) = bench.key.clone().unwrap();
    let stamp = stamp(bench.now);
    let scope = format!("{}/us-east-1/s3/aws4_request", &stamp[..8]);
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mark = if query.is_empty() { "" } else { "&" };
    let query = format!(
        "{query}{mark}X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={key}%2F{}&X-Amz-Date={stamp}\
         &X-Amz-Expires={seconds}&X-Amz-SignedHeaders=host",
        scope.replace('/', "%2F")
    );
    let headers: HeaderMap = [(http::header::HOST, bench.host.parse().unwrap())].into_iter().collect();
    let canonical = sigv4::canonical_request(method, path, &query, &headers, &["host".to_owned()], sigv4::UNSIGNED);
    let signature = sigv4::hex(&sigv4::hmac(
        &sigv4::signing_key(&secret, &scope),
        sigv4::string_to_sign(&stamp, &scope, &canonical).as_bytes(),
    ));
    format!("{path}?{query}&X-Amz-Signature={signature}")
}

fn stamp(at: Moment) -> String {
    at.rfc3339().replace(['-', ':'], "")
}
