//! Object storage from inside of a cluster: with a key of its own, and without a socket in between.

use super::access::{Known, Need, authorize, find_key};
use super::store::{About, Acl, Bucket, Version};
use crate::Cx;
use crate::clock::Moment;
use md5::{Digest, Md5};

/// A bucket, opened with a key.
pub(crate) struct Opened {
    bucket: Bucket,
    known: Known,
}

/// Opens a bucket with a key.
///
/// # Errors
/// What an S3 client says: that the key is not known, its secret wrong, the bucket not there, or access denied.
pub(crate) fn open(cx: &mut Cx, access_key: &str, secret: &str, bucket: &str) -> Result<Opened, String> {
    let said = |code: &str, words: &str| format!("An error occurred ({code}) when calling the HeadBucket operation: {words}");
    let home = cx.team_id().to_owned();
    let knobs = cx.world().spaces.clone();
    let known = find_key(cx, &knobs, access_key);
    cx.as_team(&home);
    let known = known.ok_or_else(|| said("403", "Forbidden"))?;
    if known.secret != secret {
        return Err(said("403", "Forbidden"));
    }
    let bucket = Bucket::get(cx, bucket).ok_or_else(|| said("404", "Not Found"))?;
    authorize(&known.caller, Need::Look, "s3:ListBucket", &bucket, "", None).map_err(|_| said("403", "Forbidden"))?;
    Ok(Opened { bucket, known })
}

impl Opened {
    /// Keys that begin with `prefix` and are not deleted.
    pub fn keys(&self, cx: &Cx, prefix: &str) -> Vec<String> {
        let all = self.bucket.keys(cx).into_iter().filter(|k| k.starts_with(prefix));
        all.filter(|k| self.bucket.newest(cx, k).is_some_and(|v| !v.delete_marker)).collect()
    }

    /// An object's bytes, and when it was written.
    pub fn read(&self, cx: &Cx, key: &str) -> Option<(Moment, Vec<u8>)> {
        let newest = self.bucket.newest(cx, key).filter(|v| !v.delete_marker)?;
        Some((newest.written(), newest.bytes(cx).to_vec()))
    }

    /// Writes an object.
    ///
    /// # Errors
    /// That the key may only read.
    pub fn put(&self, cx: &mut Cx, key: &str, bytes: &[u8]) -> Result<(), String> {
        self.may(key)?;
        let version = Version {
            bucket: self.bucket.name.clone(),
            key: key.to_owned(),
            version_id: self.bucket.fresh_id(cx),
            delete_marker: false,
            last_modified: cx.now().rfc3339_millis(),
            etag: Md5::digest(bytes).iter().map(|b| format!("{b:02x}")).collect(),
            size: bytes.len(),
            acl: Acl::Private,
            about: About::default(),
            checksum: None,
        };
        self.bucket.add(cx, &version, bytes);
        Ok(())
    }

    /// Deletes an object: for good, or with a marker where the bucket keeps versions.
    pub fn delete(&self, cx: &mut Cx, key: &str) {
        if self.may(key).is_err() {
            return;
        }
        if self.bucket.versioning == super::store::Versioning::Off {
            self.bucket.take(cx, key, super::store::NULL);
            return;
        }
        let id = self.bucket.fresh_id(cx);
        let marker = Version::marker(&self.bucket, key, id, cx.now());
        self.bucket.add(cx, &marker, &[]);
    }

    fn may(&self, key: &str) -> Result<(), String> {
        authorize(&self.known.caller, Need::Write, "s3:PutObject", &self.bucket, key, None)
            .map_err(|_| "An error occurred (AccessDenied) when calling the PutObject operation: Access Denied".to_owned())
    }
}
