//! The shape of a resource type.
//!
//! Everything that the planner needs to know of a kind, so that neither planner nor engine holds a
//! line about any one of them.

use crate::{field::Field, names::Names};
use pontoon_core::{
    address::{Address, Scope},
    call::{Call, Listing},
    money::Cost,
    plan::Condition,
    value::Value,
};
use std::collections::BTreeMap;

/// Attributes by field name.
pub type Attributes = BTreeMap<String, Value>;

/// What a call is written from.
pub struct Args<'a> {
    /// The vendor's id of the thing: known, or pending while it is being made.
    pub id: Value,
    /// The vendor's id of what it lives in; null where it lives in nothing.
    pub parent: Value,
    /// What it should be, its mark included.
    pub attributes: &'a Attributes,
    /// The bodies of what is made by the same call.
    pub embedded: Vec<Value>,
    /// What the vendor says goes along when it is removed; null where nobody asked.
    pub along: Value,
}

impl<'a> Args<'a> {
    /// For a thing without parent, of which only id and attributes matter.
    pub fn new(id: Value, parent: Value, attributes: &'a Attributes) -> Args<'a> {
        Args { id, parent, attributes, embedded: Vec::new(), along: Value::Null }
    }
    /// An attribute; null where it is absent.
    pub fn get(&self, field: &str) -> Value {
        self.attributes.get(field).cloned().unwrap_or_default()
    }
    /// A body of these attributes; absent ones are left out.
    pub fn pick(&self, fields: &[&str]) -> Value {
        Value::map(fields.iter().map(|f| (*f, self.get(f))))
    }
    /// A path of parts, each put between the fixed ones.
    pub fn path(&self, parts: impl IntoIterator<Item = Value>) -> Value {
        Value::concat(parts)
    }
    /// `prefix/{id}`.
    pub fn at(&self, prefix: &str) -> Value {
        Value::concat([Value::Text(format!("{prefix}/")), self.id.clone()])
    }
    /// `prefix/{parent}/suffix`.
    pub fn under(&self, prefix: &str, suffix: &str) -> Value {
        Value::concat([Value::Text(format!("{prefix}/")), self.parent.clone(), Value::Text(format!("/{suffix}"))])
    }
    /// `prefix/{parent}/suffix/{id}`.
    pub fn at_under(&self, prefix: &str, suffix: &str) -> Value {
        Value::concat([self.under(prefix, suffix), "/".into(), self.id.clone()])
    }
}

/// Writes a call.
pub type Write = fn(&Args<'_>) -> Call;

/// How a thing is told from others of its kind.
#[derive(Clone, Copy)]
pub enum Identity {
    /// By these fields, inside of its parent: the vendor refuses a second one.
    Natural(&'static [&'static str]),
    /// By the mark that it carries.
    Marked(MarkAt),
    /// There is one in its parent, always or at most.
    Only,
    /// By nothing: after an unclear creation only a person can tell. The texts say how.
    Opaque(&'static [&'static str]),
}

/// Where a mark stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MarkAt {
    /// As one of the texts of a list.
    Tag(&'static str),
    /// In a text of its own or after a person's words.
    Text(&'static str),
}

/// How the survey sees things of a kind.
#[derive(Clone, Copy)]
pub enum List {
    /// All of the account, in pages.
    Account(fn() -> Listing),
    /// All of a region.
    Region(fn(region: &str) -> Listing),
    /// All of one parent: [`Args::parent`] is its id, and [`Args::attributes`] are those of one of the
    /// children, desired or recorded. A listing may only read what all children of a parent share
    /// (the region of a bucket's configuration).
    Under(fn(&Args<'_>) -> Listing),
    /// In a list of the parent's own listed object, or in the one object or text that stands there.
    Inside(&'static str),
}

/// Reads one thing.
#[derive(Clone, Copy)]
pub struct Read {
    /// The call.
    pub call: Write,
    /// Where the object stands in the answer; empty: the answer is the object.
    pub item: &'static str,
}

/// Makes one thing.
#[derive(Clone, Copy)]
pub struct Create {
    /// The call.
    pub call: Write,
    /// Where the object stands in the reply; `None` where the reply does not hold it.
    pub reply: Option<&'static str>,
    /// Where the id stands in the object, or `None` where [`ResourceType::name_is_id`] gives it.
    pub id: Option<&'static str>,
}

/// A thing that is made by its parent's call where both are made at the same time, because the
/// vendor makes no parent without one.
#[derive(Clone, Copy)]
pub struct Embed {
    /// The kind of the child.
    pub kind: &'static str,
    /// Where the child stands in the object of the parent's reply.
    pub reply: &'static str,
    /// The body of a child, as it stands in the parent's call.
    pub body: fn(&Args<'_>) -> Value,
}

/// A change that takes its time at the vendor.
#[derive(Clone, Copy)]
pub struct UnderWay {
    /// The fields that it changes.
    pub fields: &'static [&'static str],
    /// When it is being carried out.
    pub holds: fn() -> Condition,
}

/// Changes some fields in place.
#[derive(Clone, Copy)]
pub struct Update {
    /// The fields that it changes.
    pub fields: &'static [&'static str],
    /// The call.
    pub call: Write,
}

/// Removes a thing.
#[derive(Clone, Copy)]
pub enum Delete {
    /// By a call, after which it may be there for a while.
    Call(Write),
    /// By first emptying it, waiting, and then a call: `drained` says when it is empty.
    Drain {
        /// What emptying it is called, such as `drain`.
        title: &'static str,
        /// The call that empties it.
        drain: Write,
        /// When it is empty.
        drained: fn() -> Condition,
        /// The call that removes it.
        delete: Write,
    },
    /// It has no life of its own: dropping it from the record is all.
    Forget,
}

/// How things of a kind are told from the vendor's own where no record knows them.
#[derive(Clone, Copy)]
pub struct ByHand {
    /// Whether a parent, as the vendor shows it, can have any.
    pub of: fn(parent: &Value) -> bool,
    /// Whether the vendor made this one together with its parent.
    pub vendors: fn(&Value) -> bool,
    /// What a person knows one by: paths in its object.
    pub label: &'static [&'static str],
}

/// Writes the field that makes a thing from a backup: of the object that the backup is of, and of a time (none for the newest).
pub type Restoring = fn(&Value, Option<&str>) -> (&'static str, Value);

/// A kind of thing at a vendor.
pub struct ResourceType {
    /// Vendor and type.
    pub kind: &'static str,
    /// What people call it.
    pub title: &'static str,
    /// One sentence about it, for the reference.
    pub text: &'static str,
    /// Its attributes.
    pub fields: &'static [Field],
    /// The kind that it lives in, if any.
    pub parent: Option<&'static str>,
    /// Whether removing the parent removes it.
    pub dies_with_parent: bool,
    /// How it is told from others.
    pub identity: Identity,
    /// How the survey sees it.
    pub list: List,
    /// How one is read; `None` where only lists show it.
    pub read: Option<Read>,
    /// How it is made.
    pub create: Create,
    /// What is made by the same call.
    pub embed: Option<Embed>,
    /// How it is changed in place.
    pub updates: &'static [Update],
    /// How it is removed.
    pub delete: Delete,
    /// When the vendor keeps it whatever one does: then it is left to the vendor instead of removed.
    pub kept: Option<fn() -> Condition>,
    /// What goes along when it is removed: asked before a removal is planned.
    pub along: Option<fn(&Args<'_>) -> Listing>,
    /// When it can be used; `None`: at once.
    pub ready: Option<fn() -> Condition>,
    /// When it will never be usable.
    pub failed: Option<fn() -> Condition>,
    /// Which change the vendor may be carrying out: that is waited for, and not asked for again.
    pub under_way: Option<UnderWay>,
    /// Where it can be replaced by making the new one first: needs a name of its own then.
    pub create_first: bool,
    /// Whether it holds data that cannot be made again.
    pub stateful: bool,
    /// What removing it destroys, for a person; empty where nothing is lost.
    pub loss: &'static str,
    /// Seconds until a lost request can no longer take effect and lists show what exists.
    pub settle: u32,
    /// Seconds that making it usually takes.
    pub typical: u32,
    /// Seconds after which waiting is given up.
    pub timeout: u32,
    /// What others may refer to, besides `id`, which every kind has, as a text: name and path in the
    /// object. A kind whose creation replies nothing and that is not waited for shows its `id` only.
    pub outputs: &'static [(&'static str, &'static str)],
    /// What is shown once: name and path in the object of the reply to its creation.
    pub secrets: &'static [(&'static str, &'static str)],
    /// What it costs a month.
    pub price: fn(&Attributes) -> Cost,
    /// An example, from which the reference, conformance and fault tests make one. It may refer to
    /// other kinds' examples, at [`sample_address`].
    pub sample: fn() -> Attributes,
    /// An example of its parent, where the parent's own example cannot have it: an eviction policy
    /// needs Valkey.
    pub sample_parent: Option<fn() -> Attributes>,
    /// The id, where it is not the vendor's: made of attributes or the parent's id.
    pub name_is_id: Option<fn(&Args<'_>) -> Value>,
    /// What projects know it by (`do:droplet:123`); `None` where a project cannot hold it.
    pub urn: Option<fn(&Args<'_>) -> Value>,
    /// What it may be called; `None` where it has no name of its own.
    pub names: Option<Names>,
    /// How those that a person made in something of ours are told from those that the vendor puts there; `None` where
    /// nobody can make another one.
    pub by_hand: Option<ByHand>,
    /// How one is made from a backup of another; `None` where the vendor restores nothing.
    pub restore: Option<Restoring>,
    /// Whether the vendor renews it by itself, under another id.
    pub renewed: bool,
}

impl ResourceType {
    /// What most kinds have in common. Every constant that takes its rest from here must set `kind`,
    /// `title`, `text`, `fields`, `identity`, `list`, `create`, `delete` and `sample`.
    pub const BASE: ResourceType = ResourceType {
        kind: "",
        title: "",
        text: "",
        fields: &[],
        parent: None,
        dies_with_parent: false,
        identity: Identity::Only,
        list: List::Inside(""),
        read: None,
        create: Create { call: |_| Call::new("", "", "", ""), reply: None, id: Some("id") },
        embed: None,
        updates: &[],
        delete: Delete::Forget,
        kept: None,
        along: None,
        ready: None,
        failed: None,
        under_way: None,
        create_first: false,
        stateful: false,
        loss: "",
        settle: 60,
        typical: 1,
        timeout: 300,
        outputs: &[],
        secrets: &[],
        price: |_| Cost::FREE,
        sample: BTreeMap::new,
        sample_parent: None,
        name_is_id: None,
        urn: None,
        names: None,
        by_hand: None,
        restore: None,
        renewed: false,
    };

    /// The field of a name.
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|f| f.name == name)
    }
    /// Where its mark stands, if it carries one.
    pub fn mark_at(&self) -> Option<MarkAt> {
        match self.identity {
            Identity::Marked(at) => Some(at),
            _ => None,
        }
    }
    /// What projects know the thing at `address` by: known, or pending while it is being made.
    pub fn urn_of(&self, address: &Address, attributes: &Attributes) -> Option<Value> {
        let named = self.name_is_id.map(|name| name(&Args::new(Value::Null, Value::Null, attributes)));
        let id = named.filter(|id| *id != Value::Null).unwrap_or_else(|| Value::of(address, "id"));
        self.urn.map(|urn| urn(&Args::new(id, Value::Null, attributes)))
    }
}

/// The address of the example of a kind. Examples refer to each other by it.
pub fn sample_address(kind: &str) -> Address {
    Address::new(Scope::environment("sample"), kind, "sample")
}

/// An output of the example of a kind.
pub(crate) fn of_sample(kind: &str, output: &str) -> Value {
    Value::of(&sample_address(kind), output)
}

impl std::fmt::Debug for ResourceType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ResourceType({})", self.kind)
    }
}
