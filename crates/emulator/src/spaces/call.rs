//! One request on its way: who asks, for what, with which body; and how its bucket is found.

use super::access::{self, Caller, Need};
use super::checksum::Checksum;
use super::error::{Code, S3Error};
use super::knobs::Knobs;
use super::lifecycle;
use super::store::{Acl, Bucket, Version};
use super::xml::Element;
use crate::{Cx, Moment, Reply, Req};
use bytes::Bytes;
use http::HeaderMap;

/// A request that is signed well (or not at all), with its body in plain form.
pub struct Call<'c, 'w> {
    /// The world.
    pub cx: &'c mut Cx<'w>,
    /// As it came.
    pub req: &'c Req,
    /// Knobs.
    pub knobs: &'c Knobs,
    /// Who asks.
    pub caller: Caller,
    /// The region in the host's name.
    pub region: Option<String>,
    /// Where the signature was made for.
    pub signed_region: Option<String>,
    /// Bucket; empty for the service.
    pub bucket: String,
    /// Key; empty for the bucket.
    pub key: String,
    /// The body, decoded.
    pub body: Bytes,
    /// Headers that came after the body.
    pub trailers: HeaderMap,
    /// The checksum that came with the body, and holds.
    pub checksum: Option<Checksum>,
    /// What the operation is called in a policy.
    pub action: &'static str,
}

impl Call<'_, '_> {
    /// Virtual time.
    #[must_use]
    pub fn now(&self) -> Moment {
        self.cx.now()
    }

    /// The bucket, its lifecycle up to date, for a caller who may do what is needed.
    ///
    /// # Errors
    /// `NoSuchBucket` (also when it is in another region than the one that was called), `AccessDenied`.
    pub fn open(&mut self, need: Need) -> Result<Bucket, S3Error> {
        let name = self.bucket.clone();
        let bucket = self.peek(&name)?;
        let object = match need {
            Need::Read => self.object_acl(&bucket),
            _ => None,
        };
        access::authorize(&self.caller, need, self.action, &bucket, &self.key, object)?;
        Ok(bucket)
    }

    /// Any bucket, without a look at rights.
    ///
    /// # Errors
    /// `NoSuchBucket`.
    pub fn peek(&mut self, name: &str) -> Result<Bucket, S3Error> {
        let bucket = Bucket::get(self.cx, name).ok_or(Code::NoSuchBucket)?;
        if self.region.as_ref().is_some_and(|region| *region != bucket.region) {
            return Err(Code::NoSuchBucket.into());
        }
        lifecycle::sweep(self.cx, &bucket);
        Ok(bucket)
    }

    fn object_acl(&self, bucket: &Bucket) -> Option<Acl> {
        let version = match self.version_id() {
            Some(id) => bucket.version(self.cx, &self.key, id),
            None => bucket.newest(self.cx, &self.key),
        };
        version.map(|v| v.acl)
    }

    /// `?versionId=`.
    #[must_use]
    pub fn version_id(&self) -> Option<&str> {
        self.req.query("versionId").filter(|id| !id.is_empty())
    }

    /// The version that the request is about.
    ///
    /// # Errors
    /// `NoSuchKey`, `NoSuchVersion`, and `MethodNotAllowed` for a delete marker, each with its headers.
    pub fn find(&self, bucket: &Bucket, key: &str, id: Option<&str>) -> Result<Version, S3Error> {
        let marked = |error: Code, version: &Version| {
            S3Error::from(error).header("x-amz-delete-marker", "true").header("x-amz-version-id", &version.version_id)
        };
        match id {
            Some(id) => match bucket.version(self.cx, key, id) {
                None => Err(Code::NoSuchVersion.into()),
                Some(version) if version.delete_marker => {
                    let error = marked(Code::MethodNotAllowed, &version);
                    Err(error.header("allow", "DELETE").header("last-modified", version.written().http_date()))
                }
                Some(version) => Ok(version),
            },
            None => match bucket.newest(self.cx, key) {
                None => Err(Code::NoSuchKey.into()),
                Some(version) if version.delete_marker => Err(marked(Code::NoSuchKey, &version)),
                Some(version) => Ok(version),
            },
        }
    }

    /// The body as XML.
    ///
    /// # Errors
    /// `MalformedXML`.
    pub fn xml(&self) -> Result<Element, S3Error> {
        Ok(Element::parse(&self.body)?)
    }

    /// Refuses a request that says nothing about the integrity of its body, where S3 demands it.
    ///
    /// # Errors
    /// `InvalidRequest`.
    pub fn demand_digest(&self) -> Result<(), S3Error> {
        let checksum = |headers: &HeaderMap| headers.keys().any(|name| name.as_str().starts_with("x-amz-checksum-"));
        if self.req.headers.contains_key("content-md5") || checksum(&self.req.headers) || checksum(&self.trailers) {
            return Ok(());
        }
        Err(S3Error::because(Code::InvalidRequest, "Missing required header for this request: Content-MD5"))
    }

    /// The canned ACL of `x-amz-acl`.
    ///
    /// # Errors
    /// `NotImplemented` for those that Spaces does not have, `InvalidArgument` for what is none.
    pub fn canned_acl(&self) -> Result<Option<Acl>, S3Error> {
        match self.req.header("x-amz-acl") {
            None => Ok(None),
            // Owner of bucket and object are one team here, so that the last two say nothing more.
            Some("private" | "bucket-owner-read" | "bucket-owner-full-control") => Ok(Some(Acl::Private)),
            Some("public-read") => Ok(Some(Acl::PublicRead)),
            Some("public-read-write" | "authenticated-read" | "aws-exec-read") => {
                Err(S3Error::because(Code::NotImplemented, "Spaces knows the ACLs private and public-read."))
            }
            Some(_) => Err(Code::InvalidArgument.into()),
        }
    }
}

/// 200 with a document.
#[must_use]
pub fn document(root: &Element) -> Reply {
    Reply::raw(200, "application/xml", root.document())
}

/// 200 without a body.
#[must_use]
pub fn done() -> Reply {
    Reply { status: 200, ..Reply::no_content() }
}
