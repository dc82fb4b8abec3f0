//! The section `sops` at the end of a file: who can open it, when it was written, and its MAC.

use super::{REGEX, SopsError, leaf::DataKey};
use crate::{Identity, Recipient, key, yaml::Node};
use std::collections::BTreeSet;

/// Its name.
pub(super) const SECTION: &str = "sops";
/// The version of SOPS whose format this is.
const VERSION: &str = "3.13.3";
/// What SOPS can also do and is not read here: other keys than age, and other ways to say what is encrypted or counted.
const OTHERS: &[&str] = &["kms", "gcp_kms", "azure_kv", "hc_vault", "hckms", "pgp", "key_groups"];

pub(super) struct Meta {
    /// The data key, once for each recipient.
    pub keys: Vec<(Recipient, String)>,
    pub lastmodified: String,
    pub mac: String,
}

/// A file without its section, and the section.
pub(super) fn split(mut file: Node) -> Result<(Node, Meta), SopsError> {
    let none = || SopsError::Format("the file has no section `sops`: it is not encrypted".into());
    let section = file.get(SECTION).map(Node::value).ok_or_else(none)?;
    if let Node::Map(entries) = &mut file {
        entries.retain(|(key, _)| key != SECTION);
    }
    if let Some(other) = OTHERS.iter().find(|o| section[**o].as_array().is_some_and(|a| !a.is_empty())) {
        return Err(SopsError::Format(format!("the file is encrypted by SOPS with `{other}`; only age is read here")));
    }
    if section["mac_only_encrypted"].as_bool() == Some(true) {
        return Err(SopsError::Format("the file has `mac_only_encrypted`, which is not read here".into()));
    }
    let text = |key: &str| section[key].as_str().map(str::to_owned);
    let missing = |key: &str| SopsError::Format(format!("the section `sops` has no `{key}`"));
    let mut keys = Vec::new();
    for entry in section["age"].as_array().into_iter().flatten() {
        let (Some(recipient), Some(sealed)) = (entry["recipient"].as_str(), entry["enc"].as_str()) else {
            return Err(missing("age"));
        };
        keys.push((Recipient::parse(recipient)?, sealed.to_owned()));
    }
    let lastmodified = text("lastmodified").ok_or_else(|| missing("lastmodified"))?;
    let mac = text("mac").ok_or_else(|| missing("mac"))?;
    Ok((file, Meta { keys, lastmodified, mac }))
}

/// The data key for each recipient, in order and each once.
pub(super) fn seal_key(key: &DataKey, to: &[Recipient]) -> Result<Vec<(Recipient, String)>, SopsError> {
    let to: BTreeSet<&Recipient> = to.iter().collect();
    if to.is_empty() {
        return Err(key::KeyError::Nobody.into());
    }
    to.into_iter().map(|r| Ok((r.clone(), key::encrypt(key.bytes(), std::slice::from_ref(r))?))).collect()
}

impl Meta {
    pub(super) fn same_recipients(&self, to: &[Recipient]) -> bool {
        self.keys.iter().map(|(r, _)| r).collect::<BTreeSet<_>>() == to.iter().collect()
    }

    /// The data key.
    pub(super) fn open_key(&self, with: &Identity) -> Result<DataKey, SopsError> {
        let us = with.recipient();
        let not_for_us = || SopsError::NotForUs(us.clone());
        let (_, sealed) = self.keys.iter().find(|(r, _)| *r == us).ok_or_else(not_for_us)?;
        let opened = key::decrypt(sealed.as_bytes(), with)?;
        DataKey::read(opened.expose()).ok_or_else(|| SopsError::Format("the data key has not 32 bytes".into()))
    }

    /// The file: the body and the section.
    pub(super) fn join(&self, mut body: Node) -> Node {
        let text = |key: &str, value: &str| (key.to_owned(), Node::Leaf(value.into()));
        let keys = self.keys.iter().map(|(r, enc)| Node::Map(vec![text("recipient", r.as_str()), text("enc", enc)]));
        let section = Node::Map(vec![
            ("age".to_owned(), Node::List(keys.collect())),
            text("lastmodified", &self.lastmodified),
            text("mac", &self.mac),
            text("encrypted_regex", REGEX),
            text("version", VERSION),
        ]);
        if let Node::Map(entries) = &mut body {
            entries.push((SECTION.to_owned(), section));
        }
        body
    }
}
