//! What a bucket is set to: versioning, lifecycle, cross-origin rules, policy, and who may read without a key.

use super::access::{self, Need};
use super::bucket::owner;
use super::call::{Call, document, done};
use super::error::{Answer, Code, S3Error};
use super::policy::Policy;
use super::store::{Acl, Versioning};
use super::xml::Element;
use super::{cors, lifecycle};
use crate::Reply;

/// `GetBucketVersioning`: an empty document where it was never set.
pub fn get_versioning(call: &mut Call) -> Answer {
    let bucket = call.open(Need::Look)?;
    let status = match bucket.versioning {
        Versioning::Off => None,
        Versioning::Enabled => Some("Enabled"),
        Versioning::Suspended => Some("Suspended"),
    };
    Ok(document(&Element::root("VersioningConfiguration").leaf_if("Status", status)))
}

/// `PutBucketVersioning`: on or suspended, never off again (DigitalOcean documentation, Spaces).
pub fn put_versioning(call: &mut Call) -> Answer {
    let mut bucket = call.open(Need::Configure)?;
    let root = call.xml()?;
    if root.name != "VersioningConfiguration" {
        return Err(Code::MalformedXML.into());
    }
    if root.text_of("MfaDelete").is_some_and(|t| t.trim() == "Enabled") {
        return Err(S3Error::because(Code::NotImplemented, "MFA delete is not implemented."));
    }
    bucket.versioning = match root.text_of("Status").map(str::trim) {
        Some("Enabled") => Versioning::Enabled,
        Some("Suspended") => Versioning::Suspended,
        Some(_) => return Err(Code::MalformedXML.into()),
        None => return Err(Code::IllegalVersioningConfigurationException.into()),
    };
    bucket.put(call.cx);
    Ok(done())
}

/// `GetBucketLifecycleConfiguration`.
pub fn get_lifecycle(call: &mut Call) -> Answer {
    let bucket = call.open(Need::Look)?;
    if bucket.lifecycle.is_empty() {
        return Err(Code::NoSuchLifecycleConfiguration.into());
    }
    Ok(document(&lifecycle::write(&bucket.lifecycle)))
}

/// `PutBucketLifecycleConfiguration`.
pub fn put_lifecycle(call: &mut Call) -> Answer {
    let mut bucket = call.open(Need::Configure)?;
    call.demand_digest()?;
    bucket.lifecycle = lifecycle::read(&call.xml()?)?;
    bucket.put(call.cx);
    Ok(done())
}

/// `DeleteBucketLifecycle`.
pub fn delete_lifecycle(call: &mut Call) -> Answer {
    let mut bucket = call.open(Need::Configure)?;
    bucket.lifecycle.clear();
    bucket.put(call.cx);
    Ok(Reply::no_content())
}

/// `GetBucketCors`.
pub fn get_cors(call: &mut Call) -> Answer {
    let bucket = call.open(Need::Look)?;
    if bucket.cors.is_empty() {
        return Err(Code::NoSuchCORSConfiguration.into());
    }
    Ok(document(&cors::write(&bucket.cors)))
}

/// `PutBucketCors`.
pub fn put_cors(call: &mut Call) -> Answer {
    let mut bucket = call.open(Need::Configure)?;
    bucket.cors = cors::read(&call.xml()?)?;
    bucket.put(call.cx);
    Ok(done())
}

/// `DeleteBucketCors`.
pub fn delete_cors(call: &mut Call) -> Answer {
    let mut bucket = call.open(Need::Configure)?;
    bucket.cors.clear();
    bucket.put(call.cx);
    Ok(Reply::no_content())
}

/// `GetBucketPolicy`: the text as it was put.
pub fn get_policy(call: &mut Call) -> Answer {
    let bucket = call.open(Need::Policy)?;
    let policy = bucket.policy.ok_or(Code::NoSuchBucketPolicy)?;
    Ok(Reply::raw(200, "application/json", policy))
}

/// `PutBucketPolicy`: refused while a scoped key has a grant on the bucket (DigitalOcean documentation, Spaces).
pub fn put_policy(call: &mut Call) -> Answer {
    let mut bucket = call.open(Need::Policy)?;
    let text = String::from_utf8(call.body.to_vec()).map_err(|_| Code::MalformedPolicy)?;
    Policy::read(&text, &bucket.name)?;
    if access::has_scoped_keys(call.cx, call.knobs, &bucket) {
        return Err(S3Error::because(
            Code::AccessDenied,
            "Bucket policies cannot be used on a bucket that access keys are limited to.",
        ));
    }
    bucket.policy = Some(text);
    bucket.put(call.cx);
    Ok(Reply::no_content())
}

/// `DeleteBucketPolicy`.
pub fn delete_policy(call: &mut Call) -> Answer {
    let mut bucket = call.open(Need::Policy)?;
    bucket.policy = None;
    bucket.put(call.cx);
    Ok(Reply::no_content())
}

/// `GetBucketAcl`.
pub fn get_bucket_acl(call: &mut Call) -> Answer {
    let bucket = call.open(Need::Look)?;
    Ok(document(&acl_document(&bucket.team, bucket.acl)))
}

/// `PutBucketAcl`.
pub fn put_bucket_acl(call: &mut Call) -> Answer {
    let mut bucket = call.open(Need::Configure)?;
    bucket.acl = asked_acl(call)?;
    bucket.put(call.cx);
    Ok(done())
}

/// `GetObjectAcl`.
pub fn get_object_acl(call: &mut Call) -> Answer {
    let bucket = call.open(Need::Look)?;
    let version = call.find(&bucket, &call.key, call.version_id())?;
    Ok(document(&acl_document(&bucket.team, version.acl)))
}

/// `PutObjectAcl`.
pub fn put_object_acl(call: &mut Call) -> Answer {
    let bucket = call.open(Need::Write)?;
    let mut version = call.find(&bucket, &call.key, call.version_id())?;
    version.acl = asked_acl(call)?;
    bucket.amend(call.cx, &version);
    Ok(done())
}

const EVERYBODY: &str = "http://acs.amazonaws.com/groups/global/AllUsers";
const SCHEMA: &str = "http://www.w3.org/2001/XMLSchema-instance";

fn acl_document(team: &str, acl: Acl) -> Element {
    let grant = |kind: &str, grantee: Element, permission: &str| {
        let grantee = grantee.attribute("xmlns:xsi", SCHEMA).attribute("xsi:type", kind);
        Element::new("Grant").child(grantee).leaf("Permission", permission)
    };
    let mine = Element::new("Grantee").extend(owner(team).children);
    let mut list = Element::new("AccessControlList").child(grant("CanonicalUser", mine, "FULL_CONTROL"));
    if acl == Acl::PublicRead {
        list = list.child(grant("Group", Element::new("Grantee").leaf("URI", EVERYBODY), "READ"));
    }
    Element::root("AccessControlPolicy").child(owner(team)).child(list)
}

/// The ACL of `x-amz-acl`, or of the document: the owner in full, and everybody reading or not.
fn asked_acl(call: &Call) -> Result<Acl, S3Error> {
    if let Some(acl) = call.canned_acl()? {
        return Ok(acl);
    }
    if call.req.headers.keys().any(|name| name.as_str().starts_with("x-amz-grant-")) {
        return Err(S3Error::because(Code::NotImplemented, "Grants by header are not implemented."));
    }
    let root = call.xml()?;
    let list = root.get("AccessControlList").filter(|_| root.name == "AccessControlPolicy").ok_or(Code::MalformedXML)?;
    let mut acl = Acl::Private;
    for grant in list.all("Grant") {
        let grantee = grant.get("Grantee").ok_or(Code::MalformedXML)?;
        match (grantee.text_of("URI"), grantee.text_of("ID"), grant.text_of("Permission")) {
            (Some(EVERYBODY), _, Some("READ")) => acl = Acl::PublicRead,
            (None, Some(id), Some("FULL_CONTROL")) if Some(id) == call.caller.team() => {}
            _ => return Err(S3Error::because(Code::NotImplemented, "Spaces knows the ACLs private and public-read.")),
        }
    }
    Ok(acl)
}
