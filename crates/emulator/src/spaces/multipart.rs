//! Multipart uploads: begun, filled part by part, listed, completed into an object, or aborted.

use super::access::Need;
use super::bucket::owner;
use super::call::{Call, document, done};
use super::checksum::{self, Algorithm, Checksum};
use super::conditions;
use super::error::{Answer, Code, S3Error};
use super::listing::page_size;
use super::objects::{about, check_key, quoted, refuse_what_is_not_there, written};
use super::store::{Acl, Bucket, Part, Upload, Version};
use super::xml::Element;
use crate::Reply;

/// Every part but the last is at least this large. Source: Spaces' limits.
const SMALLEST: usize = 5 << 20;
/// Parts are numbered from 1 to this.
const MOST: u32 = 10_000;

/// `CreateMultipartUpload`.
pub fn create(call: &mut Call) -> Answer {
    let bucket = call.open(Need::Write)?;
    refuse_what_is_not_there(call.req)?;
    check_key(&call.key)?;
    let upload = Upload {
        upload_id: format!("2~{}", call.cx.random_text("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", 31)),
        bucket: bucket.name.clone(),
        key: call.key.clone(),
        initiated: call.now().rfc3339_millis(),
        acl: call.canned_acl()?.unwrap_or(Acl::Private),
        about: about(call.req)?,
        parts: std::collections::BTreeMap::new(),
    };
    upload.put(call.cx);
    let root = Element::root("InitiateMultipartUploadResult")
        .leaf("Bucket", &upload.bucket)
        .leaf("Key", &upload.key)
        .leaf("UploadId", &upload.upload_id);
    Ok(document(&root))
}

/// `UploadPart`.
pub fn upload_part(call: &mut Call) -> Answer {
    let bucket = call.open(Need::Write)?;
    let number = part_number(call)?;
    let mut upload = find(call, &bucket)?;
    let (body, checksum) = (call.body.clone(), call.checksum.clone());
    let part = add_part(call, &mut upload, number, &body, checksum);
    let reply = done().with("etag", quoted(&part.etag));
    Ok(match &part.checksum {
        Some(checksum) => reply.with(checksum.algorithm.header(), &checksum.value),
        None => reply,
    })
}

/// Adds a part to an upload.
pub fn add_part(call: &mut Call, upload: &mut Upload, number: u32, bytes: &[u8], checksum: Option<Checksum>) -> Part {
    let last_modified = call.now().rfc3339_millis();
    let part = Part { etag: checksum::md5_hex(bytes), size: bytes.len(), last_modified, checksum };
    upload.add(call.cx, number, part.clone(), bytes);
    part
}

/// `?partNumber=`.
///
/// # Errors
/// `InvalidArgument`.
pub fn part_number(call: &Call) -> Result<u32, S3Error> {
    let number = call.req.query("partNumber").and_then(|t| t.parse().ok()).filter(|n| (1..=MOST).contains(n));
    number.ok_or_else(|| S3Error::because(Code::InvalidArgument, "Part number must be an integer between 1 and 10000, inclusive"))
}

fn find(call: &Call, bucket: &Bucket) -> Result<Upload, S3Error> {
    let id = call.req.query("uploadId").unwrap_or_default();
    Upload::get(call.cx, &bucket.name, &call.key, id).ok_or_else(|| Code::NoSuchUpload.into())
}

/// `CompleteMultipartUpload`.
pub fn complete(call: &mut Call) -> Answer {
    let bucket = call.open(Need::Write)?;
    let upload = find(call, &bucket)?;
    conditions::write(call, &bucket)?;
    let root = call.xml()?;
    let wanted: Vec<&Element> = root.all("Part").collect();
    if root.name != "CompleteMultipartUpload" || wanted.is_empty() {
        return Err(Code::MalformedXML.into());
    }
    let mut parts: Vec<(u32, &Part)> = Vec::new();
    for element in wanted {
        let number: u32 = element.text_of("PartNumber").and_then(|t| t.trim().parse().ok()).ok_or(Code::MalformedXML)?;
        if parts.last().is_some_and(|(before, _)| number <= *before) {
            return Err(Code::InvalidPartOrder.into());
        }
        let etag = element.text_of("ETag").map(|t| t.trim().trim_matches('"')).ok_or(Code::MalformedXML)?;
        let part = upload.parts.get(&number).filter(|p| p.etag == etag).ok_or(Code::InvalidPart)?;
        check_part(element, part)?;
        parts.push((number, part));
    }
    if let Some((_, (number, _))) = parts.iter().enumerate().find(|(index, (_, p))| index + 1 < parts.len() && p.size < SMALLEST)
    {
        return Err(S3Error::from(Code::EntityTooSmall).field("PartNumber", number.to_string()));
    }
    let (mut bytes, mut digests) = (Vec::new(), Vec::new());
    for (number, _) in &parts {
        let data = upload.bytes(call.cx, *number);
        digests.extend(checksum::md5_bytes(&data));
        bytes.extend_from_slice(&data);
    }
    let version = Version {
        about: upload.about.clone(),
        acl: upload.acl,
        etag: format!("{}-{}", checksum::md5_hex(&digests), parts.len()),
        size: bytes.len(),
        delete_marker: false,
        ..Version::marker(&bucket, &call.key, bucket.fresh_id(call.cx), call.now())
    };
    bucket.add(call.cx, &version, &bytes);
    upload.remove(call.cx);
    let host = call.req.header("host").unwrap_or("nyc3.digitaloceanspaces.com");
    let root = Element::root("CompleteMultipartUploadResult")
        .leaf("Location", format!("http://{host}/{}/{}", bucket.name, version.key))
        .leaf("Bucket", &bucket.name)
        .leaf("Key", &version.key)
        .leaf("ETag", quoted(&version.etag));
    Ok(written(document(&root), &bucket, &version))
}

/// Compares a checksum that the completion names with the one that came with the part.
fn check_part(element: &Element, part: &Part) -> Result<(), S3Error> {
    for algorithm in Algorithm::ALL {
        if let Some(named) = element.text_of(algorithm.element())
            && !part.checksum.as_ref().is_some_and(|c| c.algorithm == algorithm && c.value == named.trim())
        {
            return Err(Code::InvalidPart.into());
        }
    }
    Ok(())
}

/// `AbortMultipartUpload`.
pub fn abort(call: &mut Call) -> Answer {
    let bucket = call.open(Need::Write)?;
    find(call, &bucket)?.remove(call.cx);
    Ok(Reply::no_content())
}

/// `ListParts`.
pub fn list_parts(call: &mut Call) -> Answer {
    let bucket = call.open(Need::Look)?;
    let upload = find(call, &bucket)?;
    let size = page_size(call, "max-parts")?;
    let marker = match call.req.query("part-number-marker").filter(|t| !t.is_empty()) {
        Some(text) => text.parse::<u32>().map_err(|_| Code::InvalidArgument)?,
        None => 0,
    };
    let rest: Vec<(&u32, &Part)> = upload.parts.iter().filter(|(number, _)| **number > marker).collect();
    let page = rest.get(..size.min(rest.len())).unwrap_or_default();
    let truncated = page.len() < rest.len() && !page.is_empty();
    let root = Element::root("ListPartsResult")
        .leaf("Bucket", &upload.bucket)
        .leaf("Key", &upload.key)
        .leaf("UploadId", &upload.upload_id)
        .child(Element::new("Initiator").extend(owner(&bucket.team).children))
        .child(owner(&bucket.team))
        .leaf("StorageClass", "STANDARD")
        .leaf("PartNumberMarker", marker)
        .leaf_if("NextPartNumberMarker", page.last().map(|(number, _)| number))
        .leaf("MaxParts", size)
        .leaf("IsTruncated", truncated)
        .extend(page.iter().map(|(number, part)| {
            Element::new("Part")
                .leaf("PartNumber", number)
                .leaf("LastModified", &part.last_modified)
                .leaf("ETag", quoted(&part.etag))
                .leaf("Size", part.size)
        }));
    Ok(document(&root))
}

/// `ListMultipartUploads`.
pub fn list_uploads(call: &mut Call) -> Answer {
    let bucket = call.open(Need::List)?;
    let size = page_size(call, "max-uploads")?;
    let prefix = call.req.query("prefix").unwrap_or_default();
    let key_marker = call.req.query("key-marker").unwrap_or_default();
    let id_marker = call.req.query("upload-id-marker").unwrap_or_default();
    if call.req.query("delimiter").is_some_and(|d| !d.is_empty()) {
        return Err(S3Error::because(Code::NotImplemented, "A delimiter in lists of uploads is not implemented."));
    }
    let all = Upload::all(call.cx, &bucket.name);
    // Within a key uploads stand in the order of their beginning; the marker is the last one seen.
    let seen = all.iter().position(|u| u.key == key_marker && u.upload_id == id_marker);
    let rest: Vec<&Upload> = all
        .iter()
        .enumerate()
        .filter(|(index, u)| u.key.as_str() > key_marker || seen.is_some_and(|at| u.key == key_marker && *index > at))
        .map(|(_, u)| u)
        .filter(|u| u.key.starts_with(prefix))
        .collect();
    let page = rest.get(..size.min(rest.len())).unwrap_or_default();
    let truncated = page.len() < rest.len() && !page.is_empty();
    let next = page.last().filter(|_| truncated);
    let root = Element::root("ListMultipartUploadsResult")
        .leaf("Bucket", &bucket.name)
        .leaf("KeyMarker", key_marker)
        .leaf("UploadIdMarker", id_marker)
        .leaf_if("NextKeyMarker", next.map(|u| &u.key))
        .leaf_if("NextUploadIdMarker", next.map(|u| &u.upload_id))
        .leaf("Prefix", prefix)
        .leaf("MaxUploads", size)
        .leaf("IsTruncated", truncated)
        .extend(page.iter().map(|upload| {
            Element::new("Upload")
                .leaf("Key", &upload.key)
                .leaf("UploadId", &upload.upload_id)
                .child(Element::new("Initiator").extend(owner(&bucket.team).children))
                .child(owner(&bucket.team))
                .leaf("StorageClass", "STANDARD")
                .leaf("Initiated", &upload.initiated)
        }));
    Ok(document(&root))
}
