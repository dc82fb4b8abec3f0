//! Every value of an object, in order, with its path.

use super::{KEYS, SopsError};
use crate::yaml::Node;
use serde_json::Value;

/// What becomes of one value: it, its path as SOPS writes it (`stringData:password:`), and whether it is to be encrypted.
pub(super) type Each<'a> = &'a mut dyn FnMut(&Value, &str, bool) -> Result<Value, SopsError>;

/// The same object with every value replaced. Nothing (`null`) stays: SOPS has no way to encrypt it.
pub(super) fn leaves(object: &Node, each: Each) -> Result<Node, SopsError> {
    go(object, "", false, each)
}

fn go(node: &Node, path: &str, inside: bool, each: Each) -> Result<Node, SopsError> {
    match node {
        Node::Map(entries) => {
            let mut out = Vec::with_capacity(entries.len());
            for (key, node) in entries {
                let here = inside || KEYS.contains(&key.as_str());
                out.push((key.clone(), go(node, &format!("{path}{key}:"), here, each)?));
            }
            Ok(Node::Map(out))
        }
        // The items of a list share its path: SOPS counts no items.
        Node::List(items) => items.iter().map(|item| go(item, path, inside, each)).collect::<Result<_, _>>().map(Node::List),
        Node::Leaf(Value::Null) => Ok(Node::Leaf(Value::Null)),
        Node::Leaf(value) => each(value, path, inside).map(Node::Leaf),
    }
}
