//! Objects: written, read whole or in part, looked at.

use super::access::{Caller, Need};
use super::call::{Call, done};
use super::checksum;
use super::conditions::{self, Asked, Outcome};
use super::error::{Answer, Code, S3Error};
use super::lifecycle;
use super::store::{About, Acl, Bucket, NULL, Version, Versioning};
use crate::{Reply, Req};
use bytes::Bytes;

/// A single write is at most 5 GiB. Source: Spaces' limits.
const LARGEST: usize = 5 << 30;
/// A key is at most this long, in bytes of UTF-8. Source: S3 user guide, object keys.
const LONGEST_KEY: usize = 1024;
/// User metadata is at most this long, names and values together. Source: S3 user guide, object metadata.
const LARGEST_METADATA: usize = 2048;

/// Headers that are kept with an object and come back with it.
const KEPT: &[&str] =
    &["cache-control", "content-disposition", "content-encoding", "content-language", "content-type", "expires"];

/// `PutObject`.
pub fn put(call: &mut Call) -> Answer {
    let bucket = call.open(Need::Write)?;
    refuse_what_is_not_there(call.req)?;
    check_key(&call.key)?;
    conditions::write(call, &bucket)?;
    if call.body.len() > LARGEST {
        return Err(Code::EntityTooLarge.into());
    }
    let (about, acl) = (about(call.req)?, call.canned_acl()?.unwrap_or(Acl::Private));
    let body = call.body.clone();
    let checksum = call.checksum.clone();
    let version = Version {
        checksum,
        about,
        acl,
        etag: checksum::md5_hex(&body),
        size: body.len(),
        delete_marker: false,
        ..Version::marker(&bucket, &call.key, bucket.fresh_id(call.cx), call.now())
    };
    bucket.add(call.cx, &version, &body);
    let mut reply = written(done(), &bucket, &version).with("etag", quoted(&version.etag));
    if let Some(checksum) = &version.checksum {
        reply = reply.with(checksum.algorithm.header(), &checksum.value);
    }
    Ok(reply)
}

/// `GetObject`.
pub fn get(call: &mut Call) -> Answer {
    answer(call, true)
}

/// `HeadObject`.
pub fn head(call: &mut Call) -> Answer {
    answer(call, false)
}

fn answer(call: &mut Call, with_body: bool) -> Answer {
    let bucket = call.open(Need::Read)?;
    refuse_what_is_not_there(call.req)?;
    if call.req.query("partNumber").is_some() {
        return Err(S3Error::because(Code::NotImplemented, "Reading by part number is not implemented."));
    }
    let version = call.find(&bucket, &call.key, call.version_id())?;
    let asked = Asked {
        matches: call.req.header("if-match"),
        none_match: call.req.header("if-none-match"),
        since: call.req.header("if-modified-since"),
        until: call.req.header("if-unmodified-since"),
    };
    if asked.read(&version)? == Outcome::NotModified {
        return Ok(described(Reply { status: 304, ..Reply::no_content() }, &bucket, &version));
    }
    let range = match call.req.header("range") {
        Some(text) => range(text, version.size)?,
        None => None,
    };
    let (start, end) = range.unwrap_or((0, version.size));
    let body = if with_body { part(&version.bytes(call.cx), start, end) } else { Bytes::new() };
    let mut reply = bytes(if range.is_some() { 206 } else { 200 }, body)
        .with("content-length", (end - start).to_string())
        .with("accept-ranges", "bytes");
    if range.is_some() {
        reply = reply.with("content-range", format!("bytes {start}-{}/{}", end.saturating_sub(1), version.size));
    }
    reply = described(reply, &bucket, &version);
    for name in KEPT {
        let asked = call.req.query(&format!("response-{name}"));
        if asked.is_some() && call.caller == Caller::Anonymous {
            let what = "Request specific response headers cannot be used for anonymous GET requests.";
            return Err(S3Error::because(Code::InvalidRequest, what));
        }
        if let Some(value) = asked.or(version.about.headers.get(*name).map(String::as_str)) {
            reply = reply.with(name, value);
        }
    }
    for (name, value) in &version.about.metadata {
        reply = reply.with(&format!("x-amz-meta-{name}"), value);
    }
    if let (Some(checksum), None, true) =
        (&version.checksum, range, call.req.header("x-amz-checksum-mode").is_some_and(|m| m.eq_ignore_ascii_case("enabled")))
    {
        reply = reply.with(checksum.algorithm.header(), &checksum.value).with("x-amz-checksum-type", "FULL_OBJECT");
    }
    Ok(reply)
}

/// A reply of bytes whose content type is among its headers: an object's own is no constant.
fn bytes(status: u16, body: Bytes) -> Reply {
    Reply::raw(status, NO_TYPE, body)
}

/// No header value at all, so that the content type is left to the reply's own headers.
const NO_TYPE: &str = "\n";

fn described(reply: Reply, bucket: &Bucket, version: &Version) -> Reply {
    let mut reply =
        written(reply, bucket, version).with("etag", quoted(&version.etag)).with("last-modified", version.written().http_date());
    if let Some(value) = lifecycle::expiration_header(bucket, version) {
        reply = reply.with("x-amz-expiration", value);
    }
    reply
}

/// The reply with the version's id, where the bucket has versions.
#[must_use]
pub fn written(reply: Reply, bucket: &Bucket, version: &Version) -> Reply {
    match bucket.versioning {
        Versioning::Off => reply,
        Versioning::Enabled | Versioning::Suspended => reply.with("x-amz-version-id", &version.version_id),
    }
}

/// An ETag as it stands in headers and documents.
#[must_use]
pub fn quoted(etag: &str) -> String {
    format!("\"{etag}\"")
}

/// What the request's headers say about the object.
///
/// # Errors
/// `MetadataTooLarge`.
pub fn about(req: &Req) -> Result<About, S3Error> {
    let mut about = About::default();
    for (name, value) in &req.headers {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        if let Some(name) = name.as_str().strip_prefix("x-amz-meta-") {
            about
                .metadata
                .entry(name.to_owned())
                .and_modify(|held| {
                    held.push(',');
                    held.push_str(&value);
                })
                .or_insert(value);
        } else if KEPT.contains(&name.as_str()) {
            about.headers.insert(name.as_str().to_owned(), value);
        }
    }
    if let Some(encoding) = about.headers.remove("content-encoding") {
        // `aws-chunked` is the way of transfer, not the object's encoding.
        let rest: Vec<&str> = encoding.split(',').map(str::trim).filter(|e| !e.is_empty() && *e != "aws-chunked").collect();
        if !rest.is_empty() {
            about.headers.insert("content-encoding".to_owned(), rest.join(", "));
        }
    }
    about.headers.entry("content-type".to_owned()).or_insert_with(|| "binary/octet-stream".to_owned());
    let size: usize = about.metadata.iter().map(|(name, value)| name.len() + value.len()).sum();
    if size > LARGEST_METADATA {
        return Err(Code::MetadataTooLarge.into());
    }
    Ok(about)
}

/// Refuses what Spaces does not have: customer keys, locks, tags, website redirects.
///
/// # Errors
/// `NotImplemented`.
pub fn refuse_what_is_not_there(req: &Req) -> Result<(), S3Error> {
    let prefixes =
        ["x-amz-server-side-encryption-customer", "x-amz-object-lock-", "x-amz-tagging", "x-amz-website-", "x-amz-grant-"];
    match req.headers.keys().map(http::HeaderName::as_str).find(|name| prefixes.iter().any(|p| name.starts_with(p))) {
        Some(name) => Err(S3Error::because(
            Code::NotImplemented,
            "A header that you provided implies functionality that is not implemented.",
        )
        .field("Header", name)),
        None => Ok(()),
    }
}

/// # Errors
/// `KeyTooLongError`.
pub fn check_key(key: &str) -> Result<(), S3Error> {
    if key.len() > LONGEST_KEY { Err(Code::KeyTooLongError.into()) } else { Ok(()) }
}

/// The bytes of one `Range: bytes=…`, end excluded; `None` for what S3 does not look at.
///
/// # Errors
/// `InvalidRange`.
pub fn range(text: &str, size: usize) -> Result<Option<(usize, usize)>, S3Error> {
    let Some((first, last)) = text.trim().strip_prefix("bytes=").and_then(|r| r.split_once('-')) else {
        return Ok(None);
    };
    let number = |text: &str| text.trim().parse::<usize>().ok();
    let (start, end) = match (first.trim(), last.trim()) {
        ("", last) => match number(last) {
            Some(0) => return Err(Code::InvalidRange.into()),
            Some(length) => (size.saturating_sub(length), size),
            None => return Ok(None),
        },
        (first, "") => match number(first) {
            Some(start) => (start, size),
            None => return Ok(None),
        },
        (first, last) => match (number(first), number(last)) {
            (Some(start), Some(last)) if start <= last => (start, last.saturating_add(1).min(size)),
            _ => return Ok(None),
        },
    };
    if start >= size { Err(Code::InvalidRange.into()) } else { Ok(Some((start, end))) }
}

/// The bytes from `start` to `end`, as far as there are any.
#[must_use]
pub fn part(bytes: &Bytes, start: usize, end: usize) -> Bytes {
    let end = end.min(bytes.len());
    bytes.slice(start.min(end)..end)
}

/// What a deletion did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deleted {
    /// The marker that was made or removed, or the version that was removed.
    pub version_id: Option<String>,
    /// True when a delete marker was made or removed.
    pub marker: bool,
}

/// Deletes as the bucket's versioning says: for good, or by a marker on top. Deleting what is not there succeeds.
pub fn delete_one(call: &mut Call, bucket: &Bucket, key: &str, version: Option<&str>) -> Deleted {
    if let Some(id) = version {
        let taken = bucket.take(call.cx, key, id);
        return Deleted { version_id: Some(id.to_owned()), marker: taken.is_some_and(|v| v.delete_marker) };
    }
    match bucket.versioning {
        Versioning::Off => {
            bucket.take(call.cx, key, NULL);
            Deleted { version_id: None, marker: false }
        }
        Versioning::Enabled | Versioning::Suspended => {
            let id = bucket.fresh_id(call.cx);
            let marker = Version::marker(bucket, key, id.clone(), call.now());
            bucket.add(call.cx, &marker, &[]);
            Deleted { version_id: Some(id), marker: true }
        }
    }
}

/// `DeleteObject`.
pub fn delete(call: &mut Call) -> Answer {
    let bucket = call.open(Need::Write)?;
    conditions::write(call, &bucket)?;
    let (key, id) = (call.key.clone(), call.version_id().map(str::to_owned));
    let deleted = delete_one(call, &bucket, &key, id.as_deref());
    let mut reply = Reply::no_content();
    if deleted.marker {
        reply = reply.with("x-amz-delete-marker", "true");
    }
    Ok(match deleted.version_id {
        Some(id) => reply.with("x-amz-version-id", id),
        None => reply,
    })
}

#[cfg(test)]
mod tests {
    use super::range;

    #[test]
    fn ranges() {
        let read = |text: &str| range(text, 10).map_err(|_| ());
        assert_eq!(read("bytes=0-3"), Ok(Some((0, 4))));
        assert_eq!(read("bytes=4-"), Ok(Some((4, 10))));
        assert_eq!(read("bytes=-3"), Ok(Some((7, 10))));
        assert_eq!(read("bytes=-30"), Ok(Some((0, 10))));
        assert_eq!(read("bytes=8-99"), Ok(Some((8, 10))));
        assert_eq!(read("bytes=10-"), Err(()));
        assert_eq!(read("bytes=-0"), Err(()));
        assert_eq!(read("bytes=0-1,3-4"), Ok(None));
        assert_eq!(read("lines=1-2"), Ok(None));
        assert_eq!(read("bytes=5-2"), Ok(None));
    }
}
