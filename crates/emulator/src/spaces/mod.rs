//! Spaces: object storage in S3's language.
//!
//! A request is read in this order: what it is about ([`names`]), who signed it ([`sigv4`]), its body ([`payload`],
//! [`checksum`]), which operation ([`OPERATIONS`]), then the operation's own module. Buckets, versions and uploads are
//! documents of the world ([`store`]); lifecycle rules run on its clock ([`lifecycle`]).
//!
//! Not there, and said so by `NotImplemented`, as at the vendor: bucket encryption, replication, object lock, tags.

pub mod access;
pub mod bucket;
pub mod call;
pub mod checksum;
pub mod conditions;
pub mod config;
pub mod copy;
pub mod cors;
pub mod error;
pub mod knobs;
pub mod lifecycle;
pub mod listing;
pub mod multi_delete;
pub mod multipart;
pub mod names;
pub mod objects;
pub mod payload;
pub mod policy;
pub mod sigv4;
pub mod store;
pub(crate) mod within;
pub mod xml;

#[cfg(test)]
mod tests;

use crate::{Cx, Reply, Req};
use access::{Caller, find_key};
use call::{Call, done};
use error::{Answer, Code, S3Error};
use knobs::{Checksums, Skew};
pub use knobs::{DEFAULT_ACCESS_KEY, DEFAULT_SECRET_KEY, Knobs};
use names::Target;
use payload::{Form, Payload};
use sigv4::{Carried, Claim, UNSIGNED};
use std::time::Duration;
use store::Bucket;

/// A request's date may be this far from the server's. Source: S3 API reference, `RequestTimeTooSkewed`.
const SKEW: Duration = Duration::from_secs(15 * 60);

/// What a path names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    Service,
    Bucket,
    Object,
}

type Run = fn(&mut Call) -> Answer;

/// Method, level, what the query must hold, name in a policy, function. Of those that fit the first wins.
const OPERATIONS: &[(&str, Level, &str, &str, Run)] = &[
    ("GET", Level::Service, "", "s3:ListAllMyBuckets", bucket::list),
    ("GET", Level::Bucket, "location", "s3:GetBucketLocation", bucket::location),
    ("GET", Level::Bucket, "versioning", "s3:GetBucketVersioning", config::get_versioning),
    ("PUT", Level::Bucket, "versioning", "s3:PutBucketVersioning", config::put_versioning),
    ("GET", Level::Bucket, "lifecycle", "s3:GetLifecycleConfiguration", config::get_lifecycle),
    ("PUT", Level::Bucket, "lifecycle", "s3:PutLifecycleConfiguration", config::put_lifecycle),
    ("DELETE", Level::Bucket, "lifecycle", "s3:PutLifecycleConfiguration", config::delete_lifecycle),
    ("GET", Level::Bucket, "cors", "s3:GetBucketCORS", config::get_cors),
    ("PUT", Level::Bucket, "cors", "s3:PutBucketCORS", config::put_cors),
    ("DELETE", Level::Bucket, "cors", "s3:PutBucketCORS", config::delete_cors),
    ("GET", Level::Bucket, "policy", "s3:GetBucketPolicy", config::get_policy),
    ("PUT", Level::Bucket, "policy", "s3:PutBucketPolicy", config::put_policy),
    ("DELETE", Level::Bucket, "policy", "s3:DeleteBucketPolicy", config::delete_policy),
    ("GET", Level::Bucket, "acl", "s3:GetBucketAcl", config::get_bucket_acl),
    ("PUT", Level::Bucket, "acl", "s3:PutBucketAcl", config::put_bucket_acl),
    ("GET", Level::Bucket, "versions", "s3:ListBucketVersions", listing::versions),
    ("GET", Level::Bucket, "uploads", "s3:ListBucketMultipartUploads", multipart::list_uploads),
    ("POST", Level::Bucket, "delete", "s3:DeleteObject", multi_delete::run),
    ("GET", Level::Bucket, "", "s3:ListBucket", listing::objects),
    ("HEAD", Level::Bucket, "", "s3:ListBucket", bucket::head),
    ("PUT", Level::Bucket, "", "s3:CreateBucket", bucket::create),
    ("DELETE", Level::Bucket, "", "s3:DeleteBucket", bucket::delete),
    ("GET", Level::Object, "acl", "s3:GetObjectAcl", config::get_object_acl),
    ("PUT", Level::Object, "acl", "s3:PutObjectAcl", config::put_object_acl),
    ("POST", Level::Object, "uploads", "s3:PutObject", multipart::create),
    ("POST", Level::Object, "uploadId", "s3:PutObject", multipart::complete),
    ("PUT", Level::Object, "uploadId", "s3:PutObject", upload_part),
    ("GET", Level::Object, "uploadId", "s3:ListMultipartUploadParts", multipart::list_parts),
    ("DELETE", Level::Object, "uploadId", "s3:AbortMultipartUpload", multipart::abort),
    ("GET", Level::Object, "", "s3:GetObject", objects::get),
    ("HEAD", Level::Object, "", "s3:GetObject", objects::head),
    ("PUT", Level::Object, "", "s3:PutObject", put_object),
    ("DELETE", Level::Object, "", "s3:DeleteObject", objects::delete),
];

/// Queries of S3 that Spaces answers with `NotImplemented`.
const NOT_THERE: &[&str] = &[
    "accelerate",
    "analytics",
    "attributes",
    "encryption",
    "intelligent-tiering",
    "inventory",
    "legal-hold",
    "logging",
    "metrics",
    "notification",
    "object-lock",
    "ownershipControls",
    "policyStatus",
    "publicAccessBlock",
    "replication",
    "requestPayment",
    "restore",
    "retention",
    "select",
    "tagging",
    "torrent",
    "website",
];

/// Answers one request.
pub fn dispatch(cx: &mut Cx, req: &Req) -> Reply {
    let world = cx.world();
    answer(cx, req, &world.spaces)
}

/// Answers one request of a world with these knobs.
pub fn answer(cx: &mut Cx, req: &Req, knobs: &Knobs) -> Reply {
    let request_id = format!("tx{}-{}", cx.random_text("0123456789abcdef", 21), cx.random_text("0123456789abcdef", 10));
    let target = Target::read(req.header("host").unwrap_or_default(), &req.path);
    let about = target.clone().unwrap_or_default();
    let result = match target {
        Some(target) => attempt(cx, req, knobs, target),
        None => Err(S3Error::because(Code::InvalidRequest, "The path is no UTF-8.")),
    };
    let reply = result.unwrap_or_else(|error| error.reply(&about.bucket, &about.key, &request_id, req.method == "HEAD"));
    cross_origin(cx, req, &about, reply).with("x-amz-request-id", request_id)
}

/// The reply that the world file's fault asks for, in S3's form.
#[must_use]
pub fn trouble(status: u16) -> Reply {
    let code = match status {
        403 => Code::AccessDenied,
        404 => Code::NoSuchKey,
        429 | 503 => Code::SlowDown,
        _ => Code::InternalError,
    };
    let mut reply = S3Error::from(code).reply("", "", "", false);
    reply.status = status;
    reply
}

fn attempt(cx: &mut Cx, req: &Req, knobs: &Knobs, target: Target) -> Answer {
    let level = match (target.bucket.as_str(), target.key.as_str()) {
        ("", _) => Level::Service,
        (_, "") => Level::Bucket,
        _ => Level::Object,
    };
    if req.method == "OPTIONS" {
        return preflight(cx, req, &target);
    }
    let claim = Claim::read(&req.query, &req.headers)?;
    let (caller, Payload { bytes, trailers }) = match &claim {
        Some(claim) => identify(cx, req, knobs, claim, &target)?,
        None => (Caller::Anonymous, Payload { bytes: req.raw.clone(), trailers: http::HeaderMap::new() }),
    };
    checksum::check_md5(&req.headers, &bytes)?;
    let checksum = match checksum::check(&req.headers, &bytes)? {
        Some(checksum) => Some(checksum),
        None => checksum::check(&trailers, &bytes)?,
    };
    if let Some((name, _)) = req.query.iter().find(|(name, _)| NOT_THERE.contains(&name.as_str())) {
        return Err(S3Error::from(Code::NotImplemented).field("Resource", name));
    }
    let operation = OPERATIONS.iter().find(|(method, at, query, _, _)| {
        *method == req.method && *at == level && (query.is_empty() || req.query(query).is_some())
    });
    let Some((_, _, _, action, run)) = operation else {
        let known = OPERATIONS.iter().any(|(method, ..)| *method == req.method);
        return Err(if known { Code::MethodNotAllowed } else { Code::NotImplemented }.into());
    };
    let signed_region = claim.map(|c| c.region);
    let Target { region, bucket, key } = target;
    let mut call = Call { cx, req, knobs, caller, region, signed_region, bucket, key, body: bytes, trailers, checksum, action };
    run(&mut call)
}

/// Who signed, with the body as he signed it.
fn identify(cx: &mut Cx, req: &Req, knobs: &Knobs, claim: &Claim, target: &Target) -> Result<(Caller, Payload), S3Error> {
    let known = find_key(cx, knobs, &claim.access_key).ok_or(Code::InvalidAccessKeyId)?;
    let sent = req.header("x-amz-content-sha256");
    let hash = match (sent, claim.carried) {
        (Some(hash), _) => hash,
        (None, Carried::Query { .. }) => UNSIGNED,
        (None, Carried::Header) => {
            return Err(S3Error::because(Code::InvalidRequest, "Missing required header for this request: x-amz-content-sha256"));
        }
    };
    let seed = claim.verify(&known.secret, &req.method, &req.path, &req.raw_query, &req.headers, hash)?;
    let checked = match knobs.skew {
        Skew::Checked => true,
        Skew::Ignored => false,
        Skew::Auto => target.region.is_some(),
    };
    if checked {
        check_time(cx, claim)?;
    }
    let form = Form::read(hash)?;
    if knobs.checksums == Checksums::TrailersRefused && form == (Form::Chunked { signed: false, trailer: true }) {
        return Err(Code::XAmzContentSHA256Mismatch.into());
    }
    let payload = payload::read(&form, &req.raw, &req.headers, Some(&seed))?;
    Ok((known.caller, payload))
}

fn check_time(cx: &Cx, claim: &Claim) -> Result<(), S3Error> {
    let now = cx.now();
    match claim.carried {
        Carried::Header if now.since(claim.at) > SKEW || claim.at.since(now) > SKEW => {
            Err(S3Error::from(Code::RequestTimeTooSkewed)
                .field("RequestTime", &claim.stamp)
                .field("ServerTime", now.rfc3339())
                .field("MaxAllowedSkewMilliseconds", SKEW.as_millis().to_string()))
        }
        Carried::Query { .. } if claim.at.since(now) > SKEW => {
            Err(S3Error::because(Code::AccessDenied, "Request is not yet valid"))
        }
        Carried::Query { seconds } if now.since(claim.at).as_secs() > seconds.unsigned_abs() => {
            Err(S3Error::because(Code::AccessDenied, "Request has expired").field("ServerTime", now.rfc3339()))
        }
        Carried::Header | Carried::Query { .. } => Ok(()),
    }
}

fn put_object(call: &mut Call) -> Answer {
    if call.req.headers.contains_key("x-amz-copy-source") { copy::object(call) } else { objects::put(call) }
}

fn upload_part(call: &mut Call) -> Answer {
    if call.req.headers.contains_key("x-amz-copy-source") { copy::upload_part(call) } else { multipart::upload_part(call) }
}

/// A browser's question before a request of another origin; it carries no signature.
fn preflight(cx: &Cx, req: &Req, target: &Target) -> Answer {
    let (Some(origin), Some(method)) = (req.header("origin"), req.header("access-control-request-method")) else {
        return Err(S3Error::because(Code::InvalidRequest, "Insufficient information. Origin request header needed."));
    };
    let headers = listed(req.header("access-control-request-headers"));
    let bucket = Bucket::get(cx, &target.bucket).ok_or(Code::NoSuchBucket)?;
    match cors::find(&bucket.cors, origin, method, &headers) {
        Some(rule) => Ok(cors::tell(done(), rule, origin, &headers)),
        None => Err(S3Error::because(Code::AccessDenied, "CORSResponse: This CORS request is not allowed.")),
    }
}

fn cross_origin(cx: &Cx, req: &Req, target: &Target, reply: Reply) -> Reply {
    let Some(origin) = req.header("origin").filter(|_| req.method != "OPTIONS") else {
        return reply;
    };
    match Bucket::get(cx, &target.bucket).as_ref().and_then(|b| cors::find(&b.cors, origin, &req.method, &[])) {
        Some(rule) => cors::tell(reply, rule, origin, &[]),
        None => reply,
    }
}

fn listed(header: Option<&str>) -> Vec<&str> {
    header.unwrap_or_default().split(',').map(str::trim).filter(|h| !h.is_empty()).collect()
}
