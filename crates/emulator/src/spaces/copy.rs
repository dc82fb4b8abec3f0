//! Copies within the storage: whole objects, and ranges as parts of an upload.

use super::access::{self, Need};
use super::call::{Call, document};
use super::conditions::{self, Asked, Outcome};
use super::error::{Answer, Code, S3Error};
use super::objects::{about, check_key, part, quoted, range, refuse_what_is_not_there, written};
use super::store::{Acl, Upload, Version};
use super::xml::Element;
use super::{checksum, multipart};
use bytes::Bytes;
use percent_encoding::percent_decode_str;

/// `CopyObject`.
pub fn object(call: &mut Call) -> Answer {
    let bucket = call.open(Need::Write)?;
    refuse_what_is_not_there(call.req)?;
    check_key(&call.key)?;
    conditions::write(call, &bucket)?;
    let (source, id) = source(call)?;
    let replaced = match call.req.header("x-amz-metadata-directive") {
        None | Some("COPY") => false,
        Some("REPLACE") => true,
        Some(_) => return Err(Code::InvalidArgument.into()),
    };
    let same = source.bucket == bucket.name && source.key == call.key && id.is_none();
    if same && !replaced {
        return Err(S3Error::because(
            Code::InvalidRequest,
            "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata.",
        ));
    }
    let bytes = source.bytes(call.cx);
    let version = Version {
        about: if replaced { about(call.req)? } else { source.about.clone() },
        acl: call.canned_acl()?.unwrap_or(Acl::Private),
        etag: checksum::md5_hex(&bytes),
        size: bytes.len(),
        delete_marker: false,
        checksum: source.checksum.clone(),
        ..Version::marker(&bucket, &call.key, bucket.fresh_id(call.cx), call.now())
    };
    bucket.add(call.cx, &version, &bytes);
    let root = Element::root("CopyObjectResult").leaf("LastModified", &version.last_modified).leaf("ETag", quoted(&version.etag));
    let reply = written(document(&root), &bucket, &version);
    Ok(reply.with("x-amz-copy-source-version-id", source.version_id))
}

/// `UploadPartCopy`.
pub fn upload_part(call: &mut Call) -> Answer {
    let bucket = call.open(Need::Write)?;
    let number = multipart::part_number(call)?;
    let id = call.req.query("uploadId").unwrap_or_default();
    let mut upload = Upload::get(call.cx, &bucket.name, &call.key, id).ok_or(Code::NoSuchUpload)?;
    let (source, _) = source(call)?;
    let bytes = source.bytes(call.cx);
    let bytes: Bytes = match call.req.header("x-amz-copy-source-range") {
        None => bytes,
        Some(text) => {
            let (start, end) = range(text, source.size)?.ok_or(Code::InvalidArgument)?;
            part(&bytes, start, end)
        }
    };
    let part = multipart::add_part(call, &mut upload, number, &bytes, None);
    let root = Element::root("CopyPartResult").leaf("LastModified", &part.last_modified).leaf("ETag", quoted(&part.etag));
    Ok(document(&root).with("x-amz-copy-source-version-id", source.version_id))
}

/// The version that `x-amz-copy-source` names, for a caller who may read it and whose conditions hold.
fn source(call: &mut Call) -> Result<(Version, Option<String>), S3Error> {
    let text = call.req.header("x-amz-copy-source").unwrap_or_default().to_owned();
    let (path, id) = match text.split_once("?versionId=") {
        Some((path, id)) => (path, Some(id.to_owned())),
        None => (text.as_str(), None),
    };
    let path = percent_decode_str(path.strip_prefix('/').unwrap_or(path)).decode_utf8().map_err(|_| Code::InvalidArgument)?;
    let Some((name, key)) = path.split_once('/').filter(|(name, key)| !name.is_empty() && !key.is_empty()) else {
        return Err(S3Error::because(
            Code::InvalidArgument,
            "Copy Source must mention the source bucket and key: sourcebucket/sourcekey",
        ));
    };
    let bucket = call.peek(name)?;
    let found = call.find(&bucket, key, id.as_deref());
    let acl = found.as_ref().ok().map(|v| v.acl);
    access::authorize(&call.caller, Need::Read, "s3:GetObject", &bucket, key, acl)?;
    let version = found?;
    let asked = Asked {
        matches: call.req.header("x-amz-copy-source-if-match"),
        none_match: call.req.header("x-amz-copy-source-if-none-match"),
        since: call.req.header("x-amz-copy-source-if-modified-since"),
        until: call.req.header("x-amz-copy-source-if-unmodified-since"),
    };
    // For a copy there is no "not modified": a condition that fails is 412.
    match asked.read(&version)? {
        Outcome::Send => Ok((version, id)),
        Outcome::NotModified => Err(Code::PreconditionFailed.into()),
    }
}
