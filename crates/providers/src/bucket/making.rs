//! Making a bucket that keeps every version of its objects for a while.

use super::Bucket;
use crate::xml;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{Method, StatusCode};
use md5::{Digest, Md5};
use pontoon_core::value::Value;
use pontoon_engine::Refusal;

/// Days for which a version stays that was replaced.
const KEPT: i64 = 90;

impl Bucket {
    /// Whether the bucket is there. A key that may not use it is refused.
    ///
    /// # Errors
    /// Where it cannot be found out, or the bucket is somebody else's.
    pub fn exists(&self) -> Result<bool, Refusal> {
        let answer = self.send(Method::GET, "", "?list-type=2&max-keys=1", &[], None)?;
        match answer.status() {
            s if s.is_success() => Ok(true),
            StatusCode::NOT_FOUND => Ok(false),
            _ => Err(self.refusal(false, "looking into", &answer)),
        }
    }

    /// Makes the bucket, or makes sure that it is as it should be: versions are kept, and those that were
    /// replaced go after 90 days. Needs a key that may make buckets. The same when it is done twice.
    ///
    /// # Errors
    /// Where the vendor refuses.
    pub fn make(&self, aws: bool) -> Result<(), Refusal> {
        // S3 wants the region said everywhere but in its first one. Source: S3 API reference, CreateBucket.
        let body = if aws && self.region != "us-east-1" {
            let place = Value::map([("LocationConstraint", self.region.as_str().into())]);
            xml::write(&Value::map([("CreateBucketConfiguration", place)]))
        } else {
            String::new()
        };
        let made = self.send(Method::PUT, "", "", body.as_bytes(), None)?;
        let is_ours = made.status() == StatusCode::CONFLICT && super::said(&made).0 == "BucketAlreadyOwnedByYou";
        if !made.status().is_success() && !is_ours {
            return Err(self.refusal(true, "making", &made));
        }
        let enabled = Value::map([("Status", "Enabled".into())]);
        self.configure("versioning", Value::map([("VersioningConfiguration", enabled)]))?;
        let rule = Value::map([
            ("ID", "earlier-versions".into()),
            ("Status", "Enabled".into()),
            ("Filter", Value::map([("Prefix", "".into())])),
            ("NoncurrentVersionExpiration", Value::map([("NoncurrentDays", KEPT.into())])),
        ]);
        let rules = Value::map([("Rule", Value::List(vec![rule]))]);
        self.configure("lifecycle", Value::map([("LifecycleConfiguration", rules)]))
    }

    fn configure(&self, what: &str, body: Value) -> Result<(), Refusal> {
        let body = Bytes::from(xml::write(&body));
        // S3 refuses lifecycle rules without it. Source: S3 API reference, PutBucketLifecycleConfiguration.
        let sum = STANDARD.encode(Md5::digest(&body));
        let answer = self.send(Method::PUT, "", &format!("?{what}="), &body, Some(("content-md5", &sum)))?;
        if answer.status().is_success() { Ok(()) } else { Err(self.refusal(true, &format!("setting the {what} of"), &answer)) }
    }
}
