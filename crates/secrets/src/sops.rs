//! SOPS's YAML over age: what stands in Git and only the cluster (and whoever holds the key) can read.
//!
//! A file is one object. Its values under `data` and `stringData` are encrypted one by one (AES-256-GCM, a nonce of 32
//! bytes, the value's path as additional data, so that no value can be moved); everything else stays readable. The data
//! key is encrypted to each recipient by age. A MAC (SHA-512 over all plain values in order, encrypted with the date as
//! additional data) catches what was added, removed or changed. Source: SOPS documentation, "Encryption Protocol"; what
//! real `sops` reads and writes decides.
//!
//! [`refresh`] keeps a file byte for byte where nothing changed, and the values that did not change where something did:
//! encryption is random, and a repository should only see what is news.

mod leaf;
mod meta;
mod walk;

use crate::{
    Draw, Identity, Recipient,
    key::KeyError,
    yaml::{self, Node, YamlError},
};
use leaf::{DataKey, Leaf};
use meta::Meta;
use serde_json::Value;
use sha2::{Digest, Sha256, Sha512};
use std::{collections::BTreeMap, fmt};
use zeroize::Zeroize;

/// The keys under which everything is encrypted, in the objects of Kubernetes.
const KEYS: &[&str] = &["data", "stringData"];
/// The same as SOPS writes it.
const REGEX: &str = "^(data|stringData)$";

/// What can go wrong with an encrypted file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SopsError {
    /// The text is no document.
    #[error("the encrypted file cannot be read: {0}")]
    Yaml(#[from] YamlError),
    /// The object is none that can be encrypted.
    #[error("cannot be encrypted: {0}")]
    Object(String),
    /// The file was not written by SOPS, or uses of it what is not supported here.
    #[error("{0}")]
    Format(String),
    /// No recipient's entry is opened by the key.
    #[error("the file is not encrypted to {0}")]
    NotForUs(Recipient),
    /// A value was changed, moved or damaged.
    #[error("the value at `{0}` was changed after it was encrypted")]
    Value(String),
    /// Something was added, removed or changed outside of the encrypted values.
    #[error("the file was changed after it was encrypted: its MAC does not fit")]
    Tampered,
    /// What age says.
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// An object with its secrets in plain text: cannot be printed, is zeroed when dropped.
#[derive(Clone, PartialEq)]
pub struct Plain(Value);

impl Plain {
    /// Takes an object in.
    pub fn new(object: Value) -> Plain {
        Plain(object)
    }
    /// The object, for the one place that encrypts or applies it.
    pub fn expose(&self) -> &Value {
        &self.0
    }
}

impl fmt::Debug for Plain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

impl Drop for Plain {
    fn drop(&mut self) {
        wipe(&mut self.0);
    }
}

fn wipe(value: &mut Value) {
    match value {
        Value::String(s) => s.zeroize(),
        Value::Array(list) => list.iter_mut().for_each(wipe),
        Value::Object(map) => map.values_mut().for_each(wipe),
        _ => {}
    }
}

/// Encrypts an object, as a whole new file.
///
/// `now` is a date after RFC 3339 in whole seconds, such as `2026-11-21T12:00:00Z`.
///
/// # Errors
/// Where it is no object, holds a number that SOPS cannot, or there is nobody to encrypt to.
pub fn encrypt(object: &Plain, to: &[Recipient], now: &str, draw: &mut Draw) -> Result<String, SopsError> {
    let key = DataKey::draw(draw);
    let sealed = meta::seal_key(&key, to)?;
    write(&Ordered::of(object), &key, &sealed, now, &BTreeMap::new(), draw)
}

/// Decrypts a file, and makes sure that nobody changed it.
///
/// # Errors
/// Says what is wrong, without any value.
pub fn decrypt(text: &str, with: &Identity) -> Result<Plain, SopsError> {
    open(text, with).map(|file| Plain(file.plain.0.value()))
}

/// The file for an object: the old one, byte for byte, where it says the same to the same recipients; otherwise a new one,
/// which keeps what is encrypted already where the recipients are the same. An old file that cannot be opened is replaced.
///
/// # Errors
/// As [`encrypt`].
pub fn refresh(
    old: Option<&str>,
    object: &Plain,
    to: &[Recipient],
    with: &Identity,
    now: &str,
    draw: &mut Draw,
) -> Result<String, SopsError> {
    let Some((text, file)) = old.and_then(|text| open(text, with).ok().map(|file| (text, file))) else {
        return encrypt(object, to, now, draw);
    };
    if !file.meta.same_recipients(to) {
        return encrypt(object, to, now, draw);
    }
    if Plain(file.plain.0.value()) == *object {
        return Ok(text.to_owned());
    }
    write(&Ordered::of(object), &file.key, &file.meta.keys, now, &file.sealed, draw)
}

/// A file as it would be with one recipient in another's place and a new data key; none where it is not encrypted to that
/// one. What else may open it still may.
///
/// # Errors
/// As [`decrypt`], and where it encrypts other keys than `data` and `stringData`.
pub fn rekey(text: &str, with: &Identity, to: &Recipient, now: &str, draw: &mut Draw) -> Result<Option<String>, SopsError> {
    let old = with.recipient();
    let mut all = recipients(text)?;
    if !all.contains(&old) {
        return Ok(None);
    }
    all.retain(|r| *r != old && r != to);
    all.push(to.clone());
    let file = open(text, with)?;
    if file.sealed.keys().any(|(path, _)| !KEYS.iter().any(|k| path.starts_with(&format!("{k}:")))) {
        return Err(SopsError::Object("it encrypts more than `data` and `stringData`".into()));
    }
    let key = DataKey::draw(draw);
    let sealed = meta::seal_key(&key, &all)?;
    // A person may have written it, in an order of their own.
    write(&file.plain, &key, &sealed, now, &BTreeMap::new(), draw).map(Some)
}

/// The recipients that a file is encrypted to, without opening it.
///
/// # Errors
/// Where it is no such file.
pub fn recipients(text: &str) -> Result<Vec<Recipient>, SopsError> {
    let (_, meta) = meta::split(yaml::read(text)?)?;
    Ok(meta.keys.into_iter().map(|(recipient, _)| recipient).collect())
}

/// An object in plain text in the order of its file: cannot be printed, is zeroed when dropped.
struct Ordered(Node);

impl Ordered {
    fn of(object: &Plain) -> Ordered {
        Ordered((&object.0).into())
    }
}

impl Drop for Ordered {
    fn drop(&mut self) {
        self.0.wipe();
    }
}

/// An opened file.
struct File {
    plain: Ordered,
    meta: Meta,
    key: DataKey,
    /// What is encrypted already.
    sealed: Sealed,
}

/// Encrypted values by their path and the digest of their plain text.
type Sealed = BTreeMap<(String, [u8; 32]), String>;

fn place(path: &str, leaf: &Leaf) -> (String, [u8; 32]) {
    (path.to_owned(), Sha256::digest(&leaf.bytes).into())
}

fn write(
    object: &Ordered,
    key: &DataKey,
    keys: &[(Recipient, String)],
    now: &str,
    old: &Sealed,
    draw: &mut Draw,
) -> Result<String, SopsError> {
    if !matches!(object.0, Node::Map(_)) || object.0.get(meta::SECTION).is_some() {
        return Err(SopsError::Object("only an object without a section `sops` can be".into()));
    }
    let mut mac = Sha512::new();
    let body = walk::leaves(&object.0, &mut |value, path, inside| {
        let leaf = Leaf::of(value).ok_or_else(|| SopsError::Object(format!("the number at `{path}` is too large")))?;
        mac.update(&leaf.bytes);
        if !inside {
            return Ok(value.clone());
        }
        let kept = old.get(&place(path, &leaf)).filter(|s| s.ends_with(&leaf.kind.ending())).cloned();
        Ok(Value::String(kept.unwrap_or_else(|| key.seal(&leaf, path, draw))))
    })?;
    let mac = Leaf::text(&upper_hex(&mac.finalize()));
    let meta = Meta { keys: keys.to_vec(), lastmodified: now.to_owned(), mac: key.seal(&mac, now, draw) };
    Ok(yaml::write(&meta.join(body)))
}

fn open(text: &str, with: &Identity) -> Result<File, SopsError> {
    let (body, meta) = meta::split(yaml::read(text)?)?;
    let key = meta.open_key(with)?;
    let (mut mac, mut sealed) = (Sha512::new(), Sealed::new());
    let plain = walk::leaves(&body, &mut |value, path, _| match value {
        Value::String(text) if leaf::is_sealed(text) => {
            let leaf = key.open(text, path).ok_or_else(|| SopsError::Value(path.trim_end_matches(':').replace(':', ".")))?;
            mac.update(&leaf.bytes);
            sealed.insert(place(path, &leaf), text.clone());
            leaf.value().ok_or_else(|| SopsError::Format(format!("the value at `{path}` has a type that is not read here")))
        }
        value => {
            let leaf = Leaf::of(value).ok_or_else(|| SopsError::Format(format!("the number at `{path}` is too large")))?;
            mac.update(&leaf.bytes);
            Ok(value.clone())
        }
    })
    .map(Ordered)?;
    let said = key.open(&meta.mac, &meta.lastmodified).ok_or(SopsError::Tampered)?;
    if *said.bytes != upper_hex(&mac.finalize()).into_bytes() {
        return Err(SopsError::Tampered);
    }
    Ok(File { plain, meta, key, sealed })
}

fn upper_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02X}")).collect()
}

#[cfg(test)]
mod tests;
