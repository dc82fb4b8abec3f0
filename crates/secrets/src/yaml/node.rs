//! A document whose maps keep the order in which they stand: SOPS counts values in that order.

use serde_json::Value;
use zeroize::Zeroize;

/// The keys that everybody writes first in an object.
const FIRST: &[&str] = &["apiVersion", "kind", "metadata", "type"];

/// A value, a list, or a map in order.
#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    /// Nothing, a truth value, a number or a text.
    Leaf(Value),
    /// Items.
    List(Vec<Node>),
    /// Keys with their values.
    Map(Vec<(String, Node)>),
}

impl Node {
    /// The value at a key of a map.
    pub fn get(&self, key: &str) -> Option<&Node> {
        match self {
            Node::Map(entries) => entries.iter().find(|(k, _)| k == key).map(|(_, node)| node),
            _ => None,
        }
    }

    /// The same without an order.
    pub fn value(&self) -> Value {
        match self {
            Node::Leaf(value) => value.clone(),
            Node::List(items) => items.iter().map(Node::value).collect(),
            Node::Map(entries) => entries.iter().map(|(key, node)| (key.clone(), node.value())).collect(),
        }
    }

    /// Overwrites every text.
    pub fn wipe(&mut self) {
        match self {
            Node::Leaf(Value::String(text)) => text.zeroize(),
            Node::Leaf(_) => {}
            Node::List(items) => items.iter_mut().for_each(Node::wipe),
            Node::Map(entries) => entries.iter_mut().for_each(|(_, node)| node.wipe()),
        }
    }
}

/// In the order in which people write objects.
impl From<&Value> for Node {
    fn from(value: &Value) -> Node {
        match value {
            Value::Object(map) => {
                let rank = |key: &str| FIRST.iter().position(|first| *first == key).unwrap_or(FIRST.len());
                let mut entries: Vec<(String, Node)> = map.iter().map(|(key, value)| (key.clone(), value.into())).collect();
                entries.sort_by(|(a, _), (b, _)| rank(a).cmp(&rank(b)).then_with(|| a.cmp(b)));
                Node::Map(entries)
            }
            Value::Array(list) => Node::List(list.iter().map(Node::from).collect()),
            leaf => Node::Leaf(leaf.clone()),
        }
    }
}
