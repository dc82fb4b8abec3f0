//! The shapes of the document as data: one description that the decoder, the defaults, the
//! shorthands, the merge, the JSON Schema and the reference all read.

use crate::{decode::Cx, tree::Node};

/// What may stand at a place of the document.
#[derive(Debug, Clone, Copy)]
pub enum Shape {
    /// One value.
    Scalar(&'static ScalarShape),
    /// One of a closed set of words.
    Choice(&'static ChoiceShape),
    /// Several of one shape.
    List(&'static Shape),
    /// Several of one shape, by names that the document chooses.
    Map(&'static Shape),
    /// Several of one shape by words that need be no names, such as labels.
    Words(&'static Shape),
    /// Known keys.
    Section(&'static Section),
    /// Known keys that depend on `provider`.
    Tagged(&'static Tagged),
    /// Anything at all, such as a chart's values.
    Any,
}

/// What JSON calls a scalar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JsonType {
    /// A text.
    Text,
    /// A whole number from the first to the second.
    Integer(u32, u32),
    /// A truth value.
    Boolean,
    /// Any scalar, taken as it is written.
    Any,
}

/// What a scalar means to others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Nothing in particular.
    Plain,
    /// Names something of the document.
    Refers(Target),
    /// A path of `uses:`.
    Uses,
    /// A file or folder beside the document.
    Path,
    /// May hold `${…}`.
    Template,
}

/// What a reference can lead to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// `databases.<name>`.
    Database,
    /// `caches.<name>`.
    Cache,
    /// `queues.<name>`, with a virtual host.
    Queue,
    /// `buckets.<name>`.
    Bucket,
    /// `email`.
    Email,
    /// `apps.<name>`.
    App,
    /// `sites.<name>`.
    Site,
    /// `cloud`, or `sites.<name>`.
    Location,
    /// `storage.classes.<name>`.
    StorageClass,
    /// `environments.<name>`.
    Environment,
    /// One of `identity.groups`.
    Group,
}

/// A scalar's description.
#[derive(Debug)]
pub struct ScalarShape {
    /// What it is called: `duration`, `name`.
    pub name: &'static str,
    /// What to write, in a few words.
    pub text: &'static str,
    /// What JSON calls it.
    pub json: JsonType,
    /// A regular expression for editors; empty where none says it well.
    pub pattern: &'static str,
    /// Good values.
    pub examples: &'static [&'static str],
    /// What it means to others.
    pub role: Role,
}

/// A closed set of words.
#[derive(Debug)]
pub struct ChoiceShape {
    /// What they are together.
    pub text: &'static str,
    /// Each word with what it means.
    pub words: &'static [(&'static str, &'static str)],
}

/// Who may write a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The document, and each environment over it.
    Environment,
    /// The document only: it exists once for all environments.
    Platform,
    /// `environments.<name>` only (and blueprints, as the default of each).
    Own,
    /// Nobody: it follows from other keys.
    Derived,
}

/// What happens where a key is not written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// It is missing.
    Required,
    /// Nothing.
    Optional,
    /// This stands there, as YAML.
    Default(&'static str),
}

/// A key of a section.
#[derive(Debug)]
pub struct Key {
    /// The key.
    pub name: &'static str,
    /// What it says, one line per line of its documentation.
    pub text: &'static str,
    /// What may stand there.
    pub shape: Shape,
    /// What happens where it is not written.
    pub presence: Presence,
    /// Who may write it.
    pub scope: Scope,
    /// Reads a value of it, for what is wrong in it.
    pub check: fn(&Node, &mut Cx),
}

/// A mapping with known keys. `accept` is a key of each of them.
#[derive(Debug)]
pub struct Section {
    /// Its type's name.
    pub name: &'static str,
    /// What it says.
    pub text: &'static str,
    /// Its keys, in the order in which they are printed.
    pub keys: &'static [Key],
    /// The keys that one scalar in place of the mapping stands for.
    pub shorthand: &'static [&'static str],
}

impl Section {
    /// The key of a name.
    pub fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|k| k.name == name)
    }
}

/// A mapping whose keys depend on its `provider`.
#[derive(Debug)]
pub struct Tagged {
    /// Its type's name.
    pub name: &'static str,
    /// What it says.
    pub text: &'static str,
    /// The provider where none is written.
    pub default: Option<&'static str>,
    /// Each provider with its keys.
    pub variants: &'static [(&'static str, &'static Section)],
}

/// The key that chooses a variant.
pub const TAG: &str = "provider";
/// The key that every section has.
pub const ACCEPT: &str = "accept";

impl Tagged {
    /// The keys of a provider.
    pub fn variant(&self, provider: &str) -> Option<&'static Section> {
        self.variants.iter().find(|(p, _)| *p == provider).map(|(_, s)| *s)
    }
    /// The keys of a node: by its provider, or by the default.
    pub fn variant_of(&self, node: &Node) -> Option<&'static Section> {
        self.variant(node.get(TAG).and_then(Node::scalar).or(self.default)?)
    }
    /// A key of any provider.
    pub fn any_key(&self, name: &str) -> Option<&'static Key> {
        self.variants.iter().find_map(|(_, s)| s.key(name))
    }
    /// The keys of a node as far as they are known: of its provider, or of every provider where the
    /// node, being an override, says none.
    pub fn key_of(&self, node: &Node, name: &str) -> Option<&'static Key> {
        match node.get(TAG).and_then(Node::scalar).and_then(|p| self.variant(p)) {
            Some(section) => section.key(name),
            None => self.any_key(name),
        }
    }
}

/// Documentation as one paragraph.
pub fn paragraph(text: &str) -> String {
    text.lines().map(str::trim).filter(|l| !l.is_empty()).collect::<Vec<_>>().join(" ")
}
