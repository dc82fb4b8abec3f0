//! The document as a tree: nodes that know their bytes, their raw scalars, and which layer they
//! come from. Shorthands, blueprints and environments are merged here, before anything is typed.

mod parse;
mod print;
mod scalar;

pub use parse::{LARGEST, parse, read};
pub(crate) use print::inline;
pub use print::{to_json, to_yaml};
pub use scalar::{CoreType, core_type};

use indexmap::IndexMap;
use pontoon_core::diagnostic::Place;
use std::{fmt, sync::Arc};

/// Which layer gave a value.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Origin {
    /// The document itself.
    #[default]
    Document,
    /// `environments.<name>` of the document.
    Environment(Arc<str>),
    /// A blueprint, by its name.
    Blueprint(Arc<str>),
    /// The default of the key, as its documentation says.
    Default,
    /// Computed from other values, in the given words.
    Derived(Arc<str>),
    /// A release, frozen at some revision.
    Release(Arc<str>),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Document => f.write_str("document"),
            Origin::Environment(name) => write!(f, "environment {name}"),
            Origin::Blueprint(name) => write!(f, "blueprint {name}"),
            Origin::Default => f.write_str("default"),
            Origin::Derived(how) => write!(f, "from {how}"),
            Origin::Release(name) => write!(f, "release {name}"),
        }
    }
}

/// How a scalar is written; only a plain one can be read as a number or a truth value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Without quotes.
    Plain,
    /// In quotes or as a block: text, whatever it looks like.
    Quoted,
}

/// What a node holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Data {
    /// One value, as written.
    Scalar(String, Style),
    /// Several in order.
    List(Vec<Node>),
    /// Several by key, in the order of the document.
    Map(IndexMap<String, Node>),
    /// An explicit `null` (or `~`).
    Null,
    /// Something that was reported already and that nobody needs to hear of again.
    Broken,
}

/// One node.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// What it holds.
    pub data: Data,
    /// Its bytes; none where it is written nowhere.
    pub at: Option<Place>,
    /// The bytes of its key, for values of mappings.
    pub head: Option<Place>,
    /// Who gave it.
    pub origin: Origin,
    /// What it stands over: the value that a lower layer gave.
    pub beneath: Option<Box<Node>>,
}

impl Node {
    /// A node that is written nowhere.
    pub fn made(data: Data, origin: Origin) -> Node {
        Node { data, at: None, head: None, origin, beneath: None }
    }
    /// A text that is written nowhere.
    pub fn text(text: impl Into<String>, origin: Origin) -> Node {
        Node::made(Data::Scalar(text.into(), Style::Quoted), origin)
    }
    /// Where a person should look: the key of a mapping or list, the value otherwise.
    pub fn place(&self) -> Option<&Place> {
        match self.data {
            Data::Scalar(..) | Data::Null => self.at.as_ref().or(self.head.as_ref()),
            Data::List(_) | Data::Map(_) | Data::Broken => self.head.as_ref().or(self.at.as_ref()),
        }
    }
    /// The entries, if this is a mapping.
    pub fn map(&self) -> Option<&IndexMap<String, Node>> {
        match &self.data {
            Data::Map(m) => Some(m),
            _ => None,
        }
    }
    /// The entries, to be changed.
    pub fn map_mut(&mut self) -> Option<&mut IndexMap<String, Node>> {
        match &mut self.data {
            Data::Map(m) => Some(m),
            _ => None,
        }
    }
    /// The value of a key, if this is a mapping that has it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.map()?.get(key)
    }
    /// The scalar's text, if this is one.
    pub fn scalar(&self) -> Option<&str> {
        match &self.data {
            Data::Scalar(text, _) => Some(text),
            _ => None,
        }
    }
    /// Whether it holds nothing: an empty mapping or list.
    pub fn is_hollow(&self) -> bool {
        match &self.data {
            Data::List(items) => items.is_empty(),
            Data::Map(map) => map.is_empty(),
            _ => false,
        }
    }
    /// Looks a dotted path up: `databases.main.version`, `apps.shop.uses.0`.
    pub fn find(&self, path: &str) -> Option<&Node> {
        if path.is_empty() {
            return Some(self);
        }
        path.split('.').try_fold(self, |node, step| match &node.data {
            Data::Map(m) => m.get(step),
            Data::List(items) => step.parse::<usize>().ok().and_then(|i| items.get(i)),
            _ => None,
        })
    }
    /// Says of this node and everything below where it comes from.
    pub fn mark(&mut self, origin: &Origin) {
        self.origin = origin.clone();
        match &mut self.data {
            Data::List(items) => items.iter_mut().for_each(|n| n.mark(origin)),
            Data::Map(map) => map.values_mut().for_each(|n| n.mark(origin)),
            _ => {}
        }
    }
    /// Whether both hold the same, wherever it is written and whoever gave it.
    pub fn same(&self, other: &Node) -> bool {
        match (&self.data, &other.data) {
            (Data::Scalar(a, s), Data::Scalar(b, t)) => a == b && core_type(a, *s) == core_type(b, *t),
            (Data::List(a), Data::List(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.same(b)),
            (Data::Map(a), Data::Map(b)) => a.len() == b.len() && a.iter().all(|(k, a)| b.get(k).is_some_and(|b| a.same(b))),
            (Data::Null, Data::Null) => true,
            _ => false,
        }
    }
}
