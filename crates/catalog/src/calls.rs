//! Every call that a resource type can write, from its example: for the reference, for least token
//! scopes, and for the tests that hold calls against the vendors' own documents.

use crate::resource::{Args, Attributes, Delete, List, ResourceType};
use pontoon_core::{
    call::Call,
    value::{Reference, Value},
};

/// What a call is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Use {
    /// Sees all of them.
    List,
    /// Reads one.
    Read,
    /// Makes one.
    Create,
    /// Changes one.
    Update,
    /// Says what goes along with a removal.
    Along,
    /// Empties one before it is removed.
    Drain,
    /// Removes one.
    Delete,
}

impl std::fmt::Display for Use {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Use::List => "list",
            Use::Read => "read",
            Use::Create => "create",
            Use::Update => "update",
            Use::Along => "what goes along",
            Use::Drain => "drain",
            Use::Delete => "delete",
        })
    }
}

/// Every call of a type, written from its example with these ids. What the example refers to becomes
/// what `of` says of it.
pub fn calls(kind: &ResourceType, id: &str, parent: &str, of: impl Fn(&Reference) -> Value) -> Vec<(Use, Call)> {
    let sample: Attributes = (kind.sample)().iter().map(|(k, v)| (k.clone(), v.resolve(&|r| Some(of(r))))).collect();
    let parent = if kind.parent.is_some() { Value::from(parent) } else { Value::Null };
    let mut args = Args::new(id.into(), parent, &sample);
    if let Some(embed) = kind.embed.and_then(|e| Some((e, crate::find(e.kind)?))) {
        args.embedded.push((embed.0.body)(&Args::new(Value::Null, Value::Null, &(embed.1.sample)())));
    }
    let mut all = Vec::new();
    match kind.list {
        List::Account(listing) => all.push((Use::List, listing().call)),
        List::Region(listing) => {
            let region = args.get("region");
            all.push((Use::List, listing(region.as_text().unwrap_or_default()).call));
        }
        List::Under(listing) => all.push((Use::List, listing(&args).call)),
        List::Inside(_) => {}
    }
    all.extend(kind.read.map(|read| (Use::Read, (read.call)(&args))));
    all.push((Use::Create, (kind.create.call)(&args)));
    all.extend(kind.updates.iter().map(|update| (Use::Update, (update.call)(&args))));
    all.extend(kind.along.map(|along| (Use::Along, along(&args).call)));
    match kind.delete {
        Delete::Call(write) => all.push((Use::Delete, write(&args))),
        Delete::Drain { drain, delete, .. } => {
            all.push((Use::Drain, drain(&args)));
            all.push((Use::Delete, delete(&args)));
        }
        Delete::Forget => {}
    }
    all
}
