//! Buckets, versions and uploads as documents of the world.
//!
//! `spaces.bucket`, `spaces.object` (a document per version, delete markers included) and `spaces.upload` belong to
//! everybody, since names are global. Bytes and the order of versions are kept apart, where no list of objects shows them.

use super::checksum::Checksum;
use super::cors::CorsRule;
use super::lifecycle::LifecycleRule;
use crate::{Cx, Moment};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

const BUCKETS: &str = "global/spaces.bucket";
const OBJECTS: &str = "global/spaces.object";
const UPLOADS: &str = "global/spaces.upload";
const DATA: &str = "global/_spaces.data";
const PARTS: &str = "global/_spaces.part";
/// Followed by the bucket's name: its keys, each with the ids of its versions, newest first.
const KEYS: &str = "global/_spaces.keys/";

/// The version id of what was written while versioning was not enabled.
pub const NULL: &str = "null";

/// A bucket's state of versioning; it can be suspended, never removed (DigitalOcean documentation, Spaces).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Versioning {
    /// Never turned on.
    Off,
    /// Every write makes a version.
    Enabled,
    /// Writes replace the version `null`; the others stay.
    Suspended,
}

/// Who may read without a key. Spaces knows these two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Acl {
    /// Nobody.
    Private,
    /// Everybody.
    PublicRead,
}

/// A bucket.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Bucket {
    /// Name, global.
    pub name: String,
    /// Slug of its region.
    pub region: String,
    /// UUID of its team.
    pub team: String,
    /// RFC 3339 with milliseconds.
    pub created_at: String,
    /// Versioning.
    pub versioning: Versioning,
    /// Who may list without a key.
    pub acl: Acl,
    /// Cross-origin rules.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cors: Vec<CorsRule>,
    /// Lifecycle rules.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lifecycle: Vec<LifecycleRule>,
    /// Bucket policy, as it was put.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
}

/// What a client says about an object besides its bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct About {
    /// `content-type` and its like, by lower-case name.
    pub headers: BTreeMap<String, String>,
    /// `x-amz-meta-*`, without the prefix.
    pub metadata: BTreeMap<String, String>,
}

/// A version of an object, or a delete marker.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Version {
    /// Bucket.
    pub bucket: String,
    /// Key.
    pub key: String,
    /// Version id; `null` where versioning was not enabled.
    pub version_id: String,
    /// True for a delete marker, which has nothing of what follows.
    pub delete_marker: bool,
    /// RFC 3339 with milliseconds.
    pub last_modified: String,
    /// MD5 of the bytes, or of the parts' MD5s with their number; without quotes.
    pub etag: String,
    /// Bytes.
    pub size: usize,
    /// Who may read it without a key.
    pub acl: Acl,
    /// What the client said about it.
    #[serde(flatten)]
    pub about: About,
    /// The checksum that came with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checksum: Option<Checksum>,
}

/// A multipart upload that goes on.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Upload {
    /// Id.
    pub upload_id: String,
    /// Bucket.
    pub bucket: String,
    /// Key.
    pub key: String,
    /// RFC 3339 with milliseconds.
    pub initiated: String,
    /// Access of the object to come.
    pub acl: Acl,
    /// What the client said about the object to come.
    #[serde(flatten)]
    pub about: About,
    /// Parts so far, by number.
    pub parts: BTreeMap<u32, Part>,
}

/// A part of an upload.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Part {
    /// MD5, in hexadecimal.
    pub etag: String,
    /// Bytes.
    pub size: usize,
    /// RFC 3339 with milliseconds.
    pub last_modified: String,
    /// The checksum that came with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checksum: Option<Checksum>,
}

impl Bucket {
    /// The bucket of that name, whoever owns it.
    #[must_use]
    pub fn get(cx: &Cx, name: &str) -> Option<Self> {
        read(cx.get(BUCKETS, name)?)
    }

    /// Every bucket, by name.
    #[must_use]
    pub fn all(cx: &Cx) -> Vec<Self> {
        let mut all: Vec<Self> = cx.list(BUCKETS).into_iter().filter_map(read).collect();
        all.sort_by(|a, b| a.name.cmp(&b.name));
        all
    }

    /// Writes it.
    pub fn put(&self, cx: &mut Cx) {
        put(cx, BUCKETS, &self.name, self);
    }

    /// Takes it out, with its uploads. It must hold no version.
    pub fn remove(&self, cx: &mut Cx) {
        for upload in Upload::all(cx, &self.name) {
            upload.remove(cx);
        }
        cx.remove(BUCKETS, &self.name);
    }

    /// Every key that has a version, in the order of UTF-8.
    #[must_use]
    pub fn keys(&self, cx: &Cx) -> Vec<String> {
        let mut keys: Vec<String> = cx.pairs(&format!("{KEYS}{}", self.name)).map(|(key, _)| key.to_owned()).collect();
        keys.sort_unstable();
        keys
    }

    /// True when there is neither object nor version nor delete marker.
    #[must_use]
    pub fn is_empty(&self, cx: &Cx) -> bool {
        cx.count(&format!("{KEYS}{}", self.name)) == 0
    }

    /// Ids of the key's versions, newest first.
    #[must_use]
    pub fn version_ids(&self, cx: &Cx, key: &str) -> Vec<String> {
        cx.get(&format!("{KEYS}{}", self.name), key).and_then(read).unwrap_or_default()
    }

    /// The key's versions, newest first.
    #[must_use]
    pub fn versions(&self, cx: &Cx, key: &str) -> Vec<Version> {
        self.version_ids(cx, key).iter().filter_map(|id| self.version(cx, key, id)).collect()
    }

    /// One version.
    #[must_use]
    pub fn version(&self, cx: &Cx, key: &str, id: &str) -> Option<Version> {
        read(cx.get(OBJECTS, &place(&self.name, key, id))?)
    }

    /// The newest version, which may be a delete marker.
    #[must_use]
    pub fn newest(&self, cx: &Cx, key: &str) -> Option<Version> {
        let ids = self.version_ids(cx, key);
        self.version(cx, key, ids.first()?)
    }

    /// The id that a write made now gets, fresh or `null`.
    pub fn fresh_id(&self, cx: &mut Cx) -> String {
        match self.versioning {
            Versioning::Enabled => cx.random_text("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", 32),
            Versioning::Off | Versioning::Suspended => NULL.to_owned(),
        }
    }

    /// Writes a version on top of the others; one with the same id, which is `null`, is replaced.
    pub fn add(&self, cx: &mut Cx, version: &Version, bytes: &[u8]) {
        let mut ids = self.version_ids(cx, &version.key);
        ids.retain(|id| *id != version.version_id);
        ids.insert(0, version.version_id.clone());
        let place = place(&self.name, &version.key, &version.version_id);
        // Taken out first, so that documents are in the order of writing.
        cx.remove(OBJECTS, &place);
        put(cx, OBJECTS, &place, version);
        cx.put(DATA, &place, Value::from(STANDARD.encode(bytes)));
        put(cx, &format!("{KEYS}{}", self.name), &version.key, &ids);
    }

    /// Changes what is said about a version, not its bytes.
    pub fn amend(&self, cx: &mut Cx, version: &Version) {
        put(cx, OBJECTS, &place(&self.name, &version.key, &version.version_id), version);
    }

    /// Takes a version out for good.
    pub fn take(&self, cx: &mut Cx, key: &str, id: &str) -> Option<Version> {
        let place = place(&self.name, key, id);
        let taken = cx.remove(OBJECTS, &place)?;
        cx.remove(DATA, &place);
        let collection = format!("{KEYS}{}", self.name);
        let mut ids = self.version_ids(cx, key);
        ids.retain(|i| i != id);
        if ids.is_empty() {
            cx.remove(&collection, key);
        } else {
            put(cx, &collection, key, &ids);
        }
        read(&taken)
    }
}

impl Version {
    /// A delete marker.
    #[must_use]
    pub fn marker(bucket: &Bucket, key: &str, id: String, at: Moment) -> Self {
        Self {
            bucket: bucket.name.clone(),
            key: key.to_owned(),
            version_id: id,
            delete_marker: true,
            last_modified: at.rfc3339_millis(),
            etag: String::new(),
            size: 0,
            acl: Acl::Private,
            about: About::default(),
            checksum: None,
        }
    }

    /// When it was written.
    #[must_use]
    pub fn written(&self) -> Moment {
        Moment::parse(&self.last_modified).unwrap_or_default()
    }

    /// Its bytes.
    #[must_use]
    pub fn bytes(&self, cx: &Cx) -> Bytes {
        decoded(cx.get(DATA, &place(&self.bucket, &self.key, &self.version_id)))
    }
}

impl Upload {
    /// The upload of that id, when it is of that bucket and key.
    #[must_use]
    pub fn get(cx: &Cx, bucket: &str, key: &str, id: &str) -> Option<Self> {
        let upload: Self = read(cx.get(UPLOADS, id)?)?;
        (upload.bucket == bucket && upload.key == key).then_some(upload)
    }

    /// The bucket's uploads, by key, then in the order in which they began.
    #[must_use]
    pub fn all(cx: &Cx, bucket: &str) -> Vec<Self> {
        let mut all: Vec<Self> = cx.list(UPLOADS).into_iter().filter_map(read).filter(|u: &Self| u.bucket == bucket).collect();
        all.sort_by(|a, b| a.key.cmp(&b.key));
        all
    }

    /// Writes it, without its parts' bytes.
    pub fn put(&self, cx: &mut Cx) {
        put(cx, UPLOADS, &self.upload_id, self);
    }

    /// Adds or replaces a part.
    pub fn add(&mut self, cx: &mut Cx, number: u32, part: Part, bytes: &[u8]) {
        cx.put(PARTS, &self.part_place(number), Value::from(STANDARD.encode(bytes)));
        self.parts.insert(number, part);
        self.put(cx);
    }

    /// A part's bytes.
    #[must_use]
    pub fn bytes(&self, cx: &Cx, number: u32) -> Bytes {
        decoded(cx.get(PARTS, &self.part_place(number)))
    }

    /// Ends it: it and its parts are gone.
    pub fn remove(&self, cx: &mut Cx) {
        for number in self.parts.keys() {
            cx.remove(PARTS, &self.part_place(*number));
        }
        cx.remove(UPLOADS, &self.upload_id);
    }

    /// When it began.
    #[must_use]
    pub fn began(&self) -> Moment {
        Moment::parse(&self.initiated).unwrap_or_default()
    }

    fn part_place(&self, number: u32) -> String {
        format!("{}/{number}", self.upload_id)
    }
}

/// Version ids hold no question mark, so the last one ends the key.
fn place(bucket: &str, key: &str, id: &str) -> String {
    format!("{bucket}/{key}?{id}")
}

fn read<T: DeserializeOwned>(document: &Value) -> Option<T> {
    T::deserialize(document).ok()
}

fn put<T: Serialize>(cx: &mut Cx, collection: &str, key: &str, document: &T) {
    // These types have string keys and no floats: they always have a JSON form.
    cx.put(collection, key, serde_json::to_value(document).unwrap_or_default());
}

fn decoded(document: Option<&Value>) -> Bytes {
    document.and_then(Value::as_str).and_then(|text| STANDARD.decode(text).ok()).unwrap_or_default().into()
}
