//! One repository's objects and references, as documents of the world.
//!
//! A reference is a document `"<object id>"` under its full name. An object is `{"kind", "text"}`, or `{"kind", "base64"}`
//! where it is no UTF-8.

use super::object::{Commit, Kind, Tag, id_of, is_id};
use super::tree::{self, Entry};
use crate::Cx;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// The Git data of one repository.
#[derive(Debug, Clone)]
pub(crate) struct Git {
    objects: String,
    refs: String,
}

impl Git {
    /// Of the repository with that id.
    pub(crate) fn of(repository: &str) -> Self {
        Self { objects: format!("global/_github/{repository}/objects"), refs: format!("global/_github/{repository}/refs") }
    }

    /// Puts an object in and gives its id.
    pub(crate) fn put(&self, cx: &mut Cx, kind: Kind, data: &[u8]) -> String {
        let id = id_of(kind, data);
        if cx.get(&self.objects, &id).is_none() {
            let doc = match std::str::from_utf8(data) {
                Ok(text) => json!({ "kind": kind.name(), "text": text }),
                Err(_) => json!({ "kind": kind.name(), "base64": STANDARD.encode(data) }),
            };
            cx.put_settled(&self.objects, &id, doc);
        }
        id
    }

    /// An object.
    pub(crate) fn get(&self, cx: &Cx, id: &str) -> Option<(Kind, Vec<u8>)> {
        let doc = cx.get(&self.objects, id)?;
        let kind = Kind::named(doc["kind"].as_str()?)?;
        let data = match doc["text"].as_str() {
            Some(text) => text.as_bytes().to_vec(),
            None => STANDARD.decode(doc["base64"].as_str()?).ok()?,
        };
        Some((kind, data))
    }

    /// What an object is.
    pub(crate) fn kind(&self, cx: &Cx, id: &str) -> Option<Kind> {
        Kind::named(cx.get(&self.objects, id)?["kind"].as_str()?)
    }

    /// The contents of a blob.
    pub(crate) fn blob(&self, cx: &Cx, id: &str) -> Option<Vec<u8>> {
        self.get(cx, id).filter(|(kind, _)| *kind == Kind::Blob).map(|(_, data)| data)
    }

    /// The entries of a tree.
    pub(crate) fn tree(&self, cx: &Cx, id: &str) -> Option<Vec<Entry>> {
        self.get(cx, id).filter(|(kind, _)| *kind == Kind::Tree).and_then(|(_, data)| tree::parse(&data))
    }

    /// A commit.
    pub(crate) fn commit(&self, cx: &Cx, id: &str) -> Option<Commit> {
        self.get(cx, id).filter(|(kind, _)| *kind == Kind::Commit).and_then(|(_, data)| Commit::parse(&data))
    }

    /// An annotated tag.
    pub(crate) fn tag(&self, cx: &Cx, id: &str) -> Option<Tag> {
        self.get(cx, id).filter(|(kind, _)| *kind == Kind::Tag).and_then(|(_, data)| Tag::parse(&data))
    }

    /// What a reference points to; `name` begins with `refs/`.
    pub(crate) fn reference(&self, cx: &Cx, name: &str) -> Option<String> {
        cx.get(&self.refs, name)?.as_str().map(str::to_owned)
    }

    /// Every reference whose name begins with `prefix`, by name.
    pub(crate) fn references(&self, cx: &Cx, prefix: &str) -> Vec<(String, String)> {
        let mut all: Vec<(String, String)> = cx
            .pairs(&self.refs)
            .filter(|(name, _)| name.starts_with(prefix))
            .filter_map(|(name, id)| Some((name.to_owned(), id.as_str()?.to_owned())))
            .collect();
        all.sort();
        all
    }

    /// Lets a reference point to `id`, whatever it pointed to.
    pub(crate) fn point(&self, cx: &mut Cx, name: &str, id: &str) {
        cx.put_settled(&self.refs, name, Value::from(id));
    }

    /// Takes a reference out.
    pub(crate) fn unpoint(&self, cx: &mut Cx, name: &str) {
        cx.remove_settled(&self.refs, name);
    }

    /// True when nothing was ever committed.
    pub(crate) fn is_empty(&self, cx: &Cx) -> bool {
        cx.count(&self.refs) == 0
    }

    /// The commit behind an object: itself, or what a tag points to.
    pub(crate) fn peel(&self, cx: &Cx, id: &str) -> Option<String> {
        let mut id = id.to_owned();
        for _ in 0..8 {
            match self.kind(cx, &id)? {
                Kind::Commit => return Some(id),
                Kind::Tag => id = self.tag(cx, &id)?.object,
                Kind::Tree | Kind::Blob => return None,
            }
        }
        None
    }

    /// The commit that a person means by `name`: a branch, a tag, a (shortened) id, or a full reference.
    pub(crate) fn resolve(&self, cx: &Cx, name: &str) -> Option<String> {
        for prefix in ["refs/heads/", "refs/tags/", "refs/", ""] {
            if let Some(id) = self.reference(cx, &format!("{prefix}{name}")) {
                return self.peel(cx, &id);
            }
        }
        if is_id(name) {
            return self.peel(cx, name);
        }
        let short = name.len() >= 7 && name.chars().all(|c| c.is_ascii_hexdigit());
        let mut fits = cx.pairs(&self.objects).filter(|(id, doc)| short && id.starts_with(name) && doc["kind"] == "commit");
        match (fits.next(), fits.next()) {
            (Some((id, _)), None) => Some(id.to_owned()),
            _ => None,
        }
    }
}
