//! Files that are written at once: a head with format and checksum, then the content.
//!
//! The whole is JSON, and the checksum is over the content's bytes as they stand in the file, so
//! that nothing depends on how numbers are printed again:
//!
//! ```text
//! {"pontoon":"record","format":1,"sha256":"…","content":
//! { … }
//! }
//! ```

use crate::{
    disk::Disk,
    error::{StoreError, quoted},
};
use pontoon_core::digest;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::path::{Path, PathBuf};

const FOOT: &[u8] = b"\n}\n";
const CONTENT: &str = r#","content":"#;

#[derive(Serialize, Deserialize)]
struct Head {
    pontoon: String,
    format: u32,
    sha256: String,
}

/// A kind of file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kind {
    /// What its head says it is.
    pub name: &'static str,
    /// The format that this version writes, and the latest that it reads.
    pub format: u32,
    /// How its content is laid out.
    pub layout: Layout,
}

/// How a content is laid out.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Layout {
    /// For people.
    Lines,
    /// For speed.
    Line,
}

/// The file's bytes.
pub(crate) fn seal<T: Serialize>(kind: Kind, content: &T) -> Result<Vec<u8>, serde_json::Error> {
    let content = match kind.layout {
        Layout::Lines => serde_json::to_vec_pretty(content)?,
        Layout::Line => serde_json::to_vec(content)?,
    };
    let head = Head { pontoon: kind.name.into(), format: kind.format, sha256: digest::hex(&content, 64) };
    let mut text = serde_json::to_string(&head)?;
    text.pop();
    Ok([text.as_bytes(), CONTENT.as_bytes(), b"\n", &content, FOOT].concat())
}

/// What is wrong with a file's bytes.
pub(crate) enum Flaw {
    /// A later format.
    Newer(u32),
    /// Anything else.
    Other(String),
}

/// The content of a file's bytes.
pub(crate) fn unseal<T: DeserializeOwned>(kind: Kind, bytes: &[u8]) -> Result<T, Flaw> {
    let other = |what: &str| Flaw::Other(what.to_owned());
    if bytes.is_empty() {
        return Err(other("the file is empty"));
    }
    let no_head = || Flaw::Other(format!("the first line is not the head of a Pontoon {}", kind.name));
    let end = bytes.iter().position(|b| *b == b'\n').ok_or_else(no_head)?;
    let (line, rest) = bytes.split_at(end);
    let line = std::str::from_utf8(line).ok().and_then(|l| l.strip_suffix(CONTENT)).ok_or_else(no_head)?;
    let head: Head = serde_json::from_str(&format!("{line}}}")).map_err(|_| no_head())?;
    if head.pontoon != kind.name {
        return Err(Flaw::Other(format!("it is a {}, not a {}", head.pontoon, kind.name)));
    }
    if head.format > kind.format {
        return Err(Flaw::Newer(head.format));
    }
    let content = rest.strip_prefix(b"\n").and_then(|r| r.strip_suffix(FOOT)).ok_or_else(|| other("the file is cut off"))?;
    if digest::hex(content, 64) != head.sha256 {
        return Err(other("the content does not match its checksum: it was damaged, or changed by hand"));
    }
    serde_json::from_slice(content).map_err(|e| Flaw::Other(format!("the content cannot be read: {e}")))
}

/// Reads a file; none where there is none.
///
/// # Errors
/// Where it cannot be read, is damaged or too new. `remedy` says what to do about damage.
pub(crate) fn read<T: DeserializeOwned>(
    disk: &dyn Disk,
    kind: Kind,
    path: &Path,
    remedy: impl FnOnce() -> String,
) -> Result<Option<T>, StoreError> {
    let Some(bytes) = disk.read(path).map_err(StoreError::disk("read it", path))? else { return Ok(None) };
    match unseal(kind, &bytes) {
        Ok(content) => Ok(Some(content)),
        Err(Flaw::Newer(found)) => Err(StoreError::Newer { path: path.into(), found, known: kind.format }),
        Err(Flaw::Other(what)) => Err(StoreError::Corrupt { path: path.into(), what, remedy: remedy() }),
    }
}

/// Replaces a file at once: readers see the old one or the new one. The caller syncs the directory.
///
/// # Errors
/// Where the old file stays.
pub(crate) fn replace(disk: &dyn Disk, path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let new = beside(path, ".new");
    disk.write(&new, bytes).map_err(StoreError::disk("write to it", &new))?;
    disk.rename(&new, path).map_err(StoreError::disk("replace it", path))
}

/// The same path with something appended to the name.
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// The remedy for a file that nothing can make again.
pub(crate) fn from_backup(path: &Path) -> String {
    format!("put it back from a backup; look at it: less {}", quoted(path))
}

#[cfg(test)]
mod tests {
    use super::*;
    const KIND: Kind = Kind { name: "thing", format: 2, layout: Layout::Lines };

    fn flaw(bytes: &[u8]) -> String {
        match unseal::<serde_json::Value>(KIND, bytes) {
            Ok(v) => format!("ok {v}"),
            Err(Flaw::Newer(n)) => format!("newer {n}"),
            Err(Flaw::Other(what)) => what,
        }
    }

    #[test]
    fn the_whole_is_json() {
        let bytes = seal(KIND, &serde_json::json!({"a": 0.1, "b": [1]})).ok().unwrap();
        let whole: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(whole["content"]["b"][0], 1);
        assert_eq!(flaw(&bytes), r#"ok {"a":0.1,"b":[1]}"#);
    }

    #[test]
    fn every_cut_and_every_changed_byte_is_seen() {
        let bytes = seal(KIND, &serde_json::json!({"a": "text", "b": 17})).ok().unwrap();
        for n in 0..bytes.len() {
            assert!(!flaw(&bytes[..n]).starts_with("ok"), "cut at {n}");
            let mut changed = bytes.clone();
            changed[n] ^= 1;
            // A lower format is the one change of the head that reads as a file of an earlier version.
            let lower = bytes[n] == b'2' && changed[n] < b'2' && flaw(&changed).starts_with("ok");
            assert!(lower || !flaw(&changed).starts_with("ok"), "byte {n}: {}", flaw(&changed));
        }
    }

    #[test]
    fn a_later_format_is_told_from_damage() {
        assert_eq!(flaw(b"{\"pontoon\":\"thing\",\"format\":3,\"sha256\":\"\",\"content\":\nanything"), "newer 3");
        assert_eq!(flaw(b"{\"pontoon\":\"other\",\"format\":1,\"sha256\":\"\",\"content\":\n"), "it is a other, not a thing");
    }
}
