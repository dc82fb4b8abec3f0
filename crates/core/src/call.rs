//! Calls to vendors, as data.
//!
//! The catalog writes calls, the plan carries them, a provider sends them. What stands between
//! (planner, engine, store) never looks inside: a call is complete when it is planned, so that a
//! recovery needs the stored plan and nothing else.

use crate::value::Value;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How a body is written on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "kebab-case")]
pub enum Encoding {
    /// A JSON document.
    #[default]
    Json,
    /// An XML document: the body is a mapping with one entry, the root element.
    Xml,
}

/// What an answer means for the caller, told by class alone. Retries read nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// Refused for too many calls; nothing happened.
    RateLimited,
    /// Refused because of something that passes by itself; nothing happened.
    Conflict,
    /// Nothing happened, and the next try may succeed: no connection was made, or a read failed.
    Transient,
    /// The thing does not exist, or not yet.
    NotFound,
    /// The credential may not do this.
    Denied,
    /// The request is wrong and stays wrong.
    Invalid,
    /// It may have happened or not: a lost reply, a server error after a write.
    Indeterminate,
    /// The answer could not be understood.
    Unreadable,
}

/// One call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// Which provider sends it: `digitalocean`, `spaces`.
    pub provider: String,
    /// `GET`, `POST`, `PUT`, `PATCH`, `DELETE`, `HEAD`; or what a provider knows besides ([`Call::EMPTY`]).
    pub method: String,
    /// The path; parts of other resources may be pending.
    pub path: Value,
    /// Query parameters, in order; a pending one keeps its place.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub query: Vec<(String, Value)>,
    /// The body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
    /// How the body is written.
    #[serde(default)]
    pub encoding: Encoding,
    /// Where it goes when the vendor has an endpoint a region, such as `nyc3`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// The token scope that the vendor asks for, such as `vpc:create`; empty where it has none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub scope: String,
    /// Answers whose class differs from what their status usually means.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub classes: BTreeMap<u16, Class>,
}

impl Call {
    /// The method that removes everything in a bucket, every version of it: as many requests as that takes, and the same
    /// when it is done twice.
    pub const EMPTY: &'static str = "EMPTY";

    /// A call without a body.
    pub fn new(provider: &str, method: &str, path: impl Into<Value>, scope: &str) -> Call {
        Call {
            provider: provider.into(),
            method: method.into(),
            path: path.into(),
            query: Vec::new(),
            body: None,
            encoding: Encoding::Json,
            region: None,
            scope: scope.into(),
            classes: BTreeMap::new(),
        }
    }
    /// With a body.
    #[must_use]
    pub fn body(mut self, body: Value) -> Call {
        self.body = Some(body);
        self
    }
    /// With an XML body.
    #[must_use]
    pub fn xml(mut self, body: Value) -> Call {
        self.body = Some(body);
        self.encoding = Encoding::Xml;
        self
    }
    /// With a query parameter.
    #[must_use]
    pub fn query(mut self, key: &str, value: impl Into<Value>) -> Call {
        self.query.push((key.into(), value.into()));
        self
    }
    /// At a region's endpoint.
    #[must_use]
    pub fn region(mut self, region: impl Into<String>) -> Call {
        self.region = Some(region.into());
        self
    }
    /// With `status` meaning `class`.
    #[must_use]
    pub fn class(mut self, status: u16, class: Class) -> Call {
        self.classes.insert(status, class);
        self
    }
    /// Whether the call can change anything.
    pub fn mutates(&self) -> bool {
        !matches!(self.method.as_str(), "GET" | "HEAD")
    }
    /// Replaces what `lookup` knows, everywhere in the call.
    #[must_use]
    pub fn resolve(&self, lookup: &impl Fn(&crate::value::Reference) -> Option<Value>) -> Call {
        Call {
            path: self.path.resolve(lookup),
            query: self.query.iter().map(|(k, v)| (k.clone(), v.resolve(lookup))).collect(),
            body: self.body.as_ref().map(|b| b.resolve(lookup)),
            ..self.clone()
        }
    }
    /// The first thing that is still pending, if any.
    pub fn pending(&self) -> Option<&crate::value::Reference> {
        self.path
            .references()
            .into_iter()
            .chain(self.query.iter().flat_map(|(_, v)| v.references()))
            .chain(self.body.iter().flat_map(Value::references))
            .next()
    }
}

/// Many objects by one call, or by as many pages as it takes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Listing {
    /// The first page's call.
    pub call: Call,
    /// Where the objects stand in the answer (`vpcs`); empty where the answer itself is the object.
    pub items: String,
    /// Whether the answer comes in pages.
    pub paged: bool,
    /// Whether a missing collection (404) means that it is empty.
    pub absent_is_empty: bool,
}

/// How an object is recognized in a listing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Matcher {
    /// Every path has the value.
    Fields(BTreeMap<String, Value>),
    /// The list at `path` holds the text.
    Holds {
        /// Where the list is.
        path: String,
        /// What it must hold.
        text: String,
    },
    /// The text at `path` contains the text.
    Contains {
        /// Where the text is.
        path: String,
        /// What it must contain.
        text: String,
    },
    /// The only object there is.
    Any,
}

impl Matcher {
    /// Whether `object` is the one.
    pub fn matches(&self, object: &Value) -> bool {
        match self {
            Matcher::Any => true,
            Matcher::Fields(fields) => fields.iter().all(|(p, v)| object.at(p) == Some(v)),
            Matcher::Holds { path, text } => {
                object.at(path).and_then(Value::as_list).is_some_and(|l| l.iter().any(|v| v.as_text() == Some(text)))
            }
            Matcher::Contains { path, text } => {
                object.at(path).and_then(Value::as_text).is_some_and(|t| t.contains(text.as_str()))
            }
        }
    }
    /// Replaces what `lookup` knows.
    #[must_use]
    pub fn resolve(&self, lookup: &impl Fn(&crate::value::Reference) -> Option<Value>) -> Matcher {
        match self {
            Matcher::Fields(f) => Matcher::Fields(f.iter().map(|(k, v)| (k.clone(), v.resolve(lookup))).collect()),
            other => other.clone(),
        }
    }
}
