//! Lists of a bucket: objects (both versions of the call) and versions, by prefix, delimiter and page.

use super::access::Need;
use super::bucket::owner;
use super::call::{Call, document};
use super::error::{Answer, Code, S3Error};
use super::objects::quoted;
use super::store::{Bucket, Version};
use super::xml::Element;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// A page holds at most this many keys and prefixes.
const PAGE: usize = 1000;

/// What `encoding-type=url` leaves as it is.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b'/').remove(b'*');

/// What is asked of a list.
struct Asked {
    prefix: String,
    delimiter: String,
    size: usize,
    encoded: bool,
}

/// A line of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Entry {
    Key(String),
    Prefix(String),
}

impl Entry {
    fn name(&self) -> &str {
        match self {
            Self::Key(name) | Self::Prefix(name) => name,
        }
    }
}

impl Asked {
    fn read(call: &Call) -> Result<Self, S3Error> {
        let text = |name: &str| call.req.query(name).unwrap_or_default().to_owned();
        let encoded = match call.req.query("encoding-type") {
            None | Some("") => false,
            Some("url") => true,
            Some(_) => return Err(S3Error::because(Code::InvalidArgument, "Invalid Encoding Method specified in Request")),
        };
        Ok(Self { prefix: text("prefix"), delimiter: text("delimiter"), size: page_size(call, "max-keys")?, encoded })
    }

    fn text(&self, name: &str) -> String {
        if self.encoded { utf8_percent_encode(name, PLAIN).to_string() } else { name.to_owned() }
    }

    /// Keys and common prefixes after `after`, in order.
    ///
    /// A common prefix that is itself `after` was on the page before, with all that it stands for.
    fn entries(&self, keys: impl Iterator<Item = String>, after: &str) -> Vec<Entry> {
        let mut entries: Vec<Entry> = Vec::new();
        for key in keys.filter(|key| key.starts_with(&self.prefix) && key.as_str() > after) {
            let rest = key.get(self.prefix.len()..).unwrap_or_default();
            let group = Some(self.delimiter.as_str())
                .filter(|d| !d.is_empty())
                .and_then(|d| rest.find(d).map(|at| self.prefix.len() + at + d.len()))
                .and_then(|end| key.get(..end));
            match group {
                Some(group) if group == after => {}
                Some(group) if matches!(entries.last(), Some(Entry::Prefix(last)) if last == group) => {}
                Some(group) => entries.push(Entry::Prefix(group.to_owned())),
                None => entries.push(Entry::Key(key)),
            }
        }
        entries
    }

    fn prefixes(&self, page: &[Entry]) -> Vec<Element> {
        page.iter()
            .filter_map(|entry| match entry {
                Entry::Prefix(name) => Some(Element::new("CommonPrefixes").leaf("Prefix", self.text(name))),
                Entry::Key(_) => None,
            })
            .collect()
    }
}

/// `?max-keys=` and its like: at most 1,000.
///
/// # Errors
/// `InvalidArgument`.
pub fn page_size(call: &Call, name: &str) -> Result<usize, S3Error> {
    match call.req.query(name).filter(|t| !t.is_empty()) {
        None => Ok(PAGE),
        Some(text) => match text.parse::<i64>() {
            Ok(number) if number >= 0 => Ok(usize::try_from(number).unwrap_or(PAGE).min(PAGE)),
            _ => Err(S3Error::because(Code::InvalidArgument, format!("Provided {name} not an integer or within integer range"))),
        },
    }
}

fn current_keys(call: &Call, bucket: &Bucket, asked: &Asked) -> Vec<String> {
    let mut keys = bucket.keys(call.cx);
    keys.retain(|key| key.starts_with(&asked.prefix) && bucket.newest(call.cx, key).is_some_and(|v| !v.delete_marker));
    keys
}

fn contents(call: &Call, bucket: &Bucket, asked: &Asked, page: &[Entry], with_owner: bool) -> Vec<Element> {
    page.iter()
        .filter_map(|entry| match entry {
            Entry::Key(key) => bucket.newest(call.cx, key),
            Entry::Prefix(_) => None,
        })
        .map(|version| {
            let element = Element::new("Contents")
                .leaf("Key", asked.text(&version.key))
                .leaf("LastModified", &version.last_modified)
                .leaf("ETag", quoted(&version.etag))
                .leaf("Size", version.size)
                .leaf("StorageClass", "STANDARD");
            if with_owner { element.child(owner(&bucket.team)) } else { element }
        })
        .collect()
}

/// `ListObjects` and `ListObjectsV2`.
pub fn objects(call: &mut Call) -> Answer {
    let bucket = call.open(Need::List)?;
    let asked = Asked::read(call)?;
    match call.req.query("list-type") {
        None | Some("1") => objects_v1(call, &bucket, &asked),
        Some("2") => objects_v2(call, &bucket, &asked),
        Some(_) => Err(Code::InvalidArgument.into()),
    }
}

fn objects_v1(call: &Call, bucket: &Bucket, asked: &Asked) -> Answer {
    let marker = call.req.query("marker").unwrap_or_default();
    let entries = asked.entries(current_keys(call, bucket, asked).into_iter(), marker);
    let page = entries.get(..asked.size.min(entries.len())).unwrap_or_default();
    let truncated = page.len() < entries.len() && !page.is_empty();
    // Only with a delimiter: without one the last key itself is the next marker.
    let next = page.last().filter(|_| truncated && !asked.delimiter.is_empty()).map(|e| asked.text(e.name()));
    let root = Element::root("ListBucketResult")
        .leaf("Name", &bucket.name)
        .leaf("Prefix", asked.text(&asked.prefix))
        .leaf("Marker", asked.text(marker))
        .leaf_if("NextMarker", next)
        .leaf("MaxKeys", asked.size)
        .leaf_if("Delimiter", (!asked.delimiter.is_empty()).then(|| asked.text(&asked.delimiter)))
        .leaf_if("EncodingType", asked.encoded.then_some("url"))
        .leaf("IsTruncated", truncated)
        .extend(contents(call, bucket, asked, page, true))
        .extend(asked.prefixes(page));
    Ok(document(&root))
}

fn objects_v2(call: &Call, bucket: &Bucket, asked: &Asked) -> Answer {
    let start = call.req.query("start-after").unwrap_or_default();
    let token = call.req.query("continuation-token");
    let after = match token {
        Some(token) => URL_SAFE_NO_PAD
            .decode(token)
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .ok_or_else(|| S3Error::because(Code::InvalidArgument, "The continuation token provided is incorrect"))?,
        None => start.to_owned(),
    };
    let entries = asked.entries(current_keys(call, bucket, asked).into_iter(), &after);
    let page = entries.get(..asked.size.min(entries.len())).unwrap_or_default();
    let truncated = page.len() < entries.len() && !page.is_empty();
    let next = page.last().filter(|_| truncated).map(|e| URL_SAFE_NO_PAD.encode(e.name()));
    let with_owner = call.req.query("fetch-owner") == Some("true");
    let root = Element::root("ListBucketResult")
        .leaf("Name", &bucket.name)
        .leaf("Prefix", asked.text(&asked.prefix))
        .leaf_if("StartAfter", call.req.query("start-after").map(|s| asked.text(s)))
        .leaf_if("ContinuationToken", token)
        .leaf_if("NextContinuationToken", next)
        .leaf("KeyCount", page.len())
        .leaf("MaxKeys", asked.size)
        .leaf_if("Delimiter", (!asked.delimiter.is_empty()).then(|| asked.text(&asked.delimiter)))
        .leaf_if("EncodingType", asked.encoded.then_some("url"))
        .leaf("IsTruncated", truncated)
        .extend(contents(call, bucket, asked, page, with_owner))
        .extend(asked.prefixes(page));
    Ok(document(&root))
}

/// A line of a list of versions.
enum Line {
    Version(Version, bool),
    Prefix(String),
}

/// `ListObjectVersions`: by key, newest first; delete markers among them.
pub fn versions(call: &mut Call) -> Answer {
    let bucket = call.open(Need::List)?;
    let asked = Asked::read(call)?;
    let key_marker = call.req.query("key-marker").unwrap_or_default().to_owned();
    let id_marker = call.req.query("version-id-marker").filter(|id| !id.is_empty()).map(str::to_owned);
    if key_marker.is_empty() && id_marker.is_some() {
        return Err(S3Error::because(Code::InvalidArgument, "A version-id marker cannot be specified without a key marker."));
    }
    let mut lines = Vec::new();
    if let Some(id) = &id_marker {
        // The rest of the key on which the page before ended.
        let rest = bucket.versions(call.cx, &key_marker);
        let seen = rest.iter().position(|v| v.version_id == *id).map_or(0, |at| at + 1);
        lines.extend(rest.into_iter().enumerate().skip(seen).map(|(index, v)| Line::Version(v, index == 0)));
    }
    for entry in asked.entries(bucket.keys(call.cx).into_iter(), &key_marker) {
        match entry {
            Entry::Prefix(name) => lines.push(Line::Prefix(name)),
            Entry::Key(key) => {
                lines.extend(bucket.versions(call.cx, &key).into_iter().enumerate().map(|(i, v)| Line::Version(v, i == 0)));
            }
        }
    }
    let page = lines.get(..asked.size.min(lines.len())).unwrap_or_default();
    let truncated = page.len() < lines.len() && !page.is_empty();
    let (next_key, next_id) = match page.last().filter(|_| truncated) {
        Some(Line::Version(version, _)) => (Some(asked.text(&version.key)), Some(version.version_id.clone())),
        Some(Line::Prefix(name)) => (Some(asked.text(name)), None),
        None => (None, None),
    };
    let root = Element::root("ListVersionsResult")
        .leaf("Name", &bucket.name)
        .leaf("Prefix", asked.text(&asked.prefix))
        .leaf("KeyMarker", asked.text(&key_marker))
        .leaf("VersionIdMarker", id_marker.unwrap_or_default())
        .leaf_if("NextKeyMarker", next_key)
        .leaf_if("NextVersionIdMarker", next_id)
        .leaf("MaxKeys", asked.size)
        .leaf_if("Delimiter", (!asked.delimiter.is_empty()).then(|| asked.text(&asked.delimiter)))
        .leaf_if("EncodingType", asked.encoded.then_some("url"))
        .leaf("IsTruncated", truncated)
        .extend(page.iter().map(|line| line_element(line, &asked, &bucket)));
    Ok(document(&root))
}

fn line_element(line: &Line, asked: &Asked, bucket: &Bucket) -> Element {
    match line {
        Line::Prefix(name) => Element::new("CommonPrefixes").leaf("Prefix", asked.text(name)),
        Line::Version(version, latest) => {
            let element = Element::new(if version.delete_marker { "DeleteMarker" } else { "Version" })
                .leaf("Key", asked.text(&version.key))
                .leaf("VersionId", &version.version_id)
                .leaf("IsLatest", latest)
                .leaf("LastModified", &version.last_modified);
            let element = if version.delete_marker {
                element
            } else {
                element.leaf("ETag", quoted(&version.etag)).leaf("Size", version.size).leaf("StorageClass", "STANDARD")
            };
            element.child(owner(&bucket.team))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(prefix: &str, delimiter: &str, after: &str) -> Vec<String> {
        let asked = Asked { prefix: prefix.to_owned(), delimiter: delimiter.to_owned(), size: 1000, encoded: false };
        let keys = ["a", "b/1", "b/2", "b/c/3", "bb", "d/"].map(str::to_owned);
        asked.entries(keys.into_iter(), after).iter().map(|e| e.name().to_owned()).collect()
    }

    #[test]
    fn keys_are_grouped_by_delimiter() {
        assert_eq!(names("", "", ""), ["a", "b/1", "b/2", "b/c/3", "bb", "d/"]);
        assert_eq!(names("", "/", ""), ["a", "b/", "bb", "d/"]);
        assert_eq!(names("b/", "/", ""), ["b/1", "b/2", "b/c/"]);
        assert_eq!(names("b", "", ""), ["b/1", "b/2", "b/c/3", "bb"]);
    }

    #[test]
    fn a_page_goes_on_after_a_key_or_a_whole_prefix() {
        assert_eq!(names("", "/", "b/"), ["bb", "d/"]);
        assert_eq!(names("", "/", "b/1"), ["b/", "bb", "d/"]);
        assert_eq!(names("", "", "b/2"), ["b/c/3", "bb", "d/"]);
        assert_eq!(names("", "/", "zz"), Vec::<String>::new());
    }
}
