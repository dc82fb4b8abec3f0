//! Values of resources: JSON, and two things that JSON lacks: a value that is not known before
//! another resource exists, and a text that is put together of such.
//!
//! In files an unknown is `{"$unknown": {"address": …, "field": …}}` and a concatenation is
//! `{"$concat": […]}`; vendors' documents never hold these keys.

use crate::address::Address;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map as JsonMap, Number, Value as Json};
use std::{collections::BTreeMap, fmt};

/// A value that another resource will have: its address and the name of one of its outputs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Reference {
    /// Whose value it is.
    pub address: Address,
    /// Which output, such as `id`.
    pub field: String,
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.address, self.field)
    }
}

/// A value, known or pending.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Value {
    /// JSON's null.
    #[default]
    Null,
    /// A truth value.
    Bool(bool),
    /// A number as JSON has it.
    Number(Number),
    /// A text.
    Text(String),
    /// A list, in order.
    List(Vec<Value>),
    /// A mapping, sorted by key so that printing is stable.
    Map(BTreeMap<String, Value>),
    /// Known once another resource exists.
    Unknown(Reference),
    /// A text of several parts, at least one of them unknown.
    Concat(Vec<Value>),
}

impl Value {
    /// The output `field` of the resource at `address`.
    pub fn of(address: &Address, field: &str) -> Value {
        Value::Unknown(Reference { address: address.clone(), field: field.into() })
    }

    /// A mapping of pairs; pairs whose value is null are left out, because absent is not null.
    pub fn map<K: Into<String>>(pairs: impl IntoIterator<Item = (K, Value)>) -> Value {
        Value::Map(pairs.into_iter().map(|(k, v)| (k.into(), v)).filter(|(_, v)| *v != Value::Null).collect())
    }

    /// The text, if this is one.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Value::Text(t) => Some(t),
            _ => None,
        }
    }
    /// The truth value, if this is one.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Value::Bool(b) => Some(*b),
            _ => None,
        }
    }
    /// The whole number, if this is one.
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Value::Number(n) => n.as_i64(),
            _ => None,
        }
    }
    /// The items, if this is a list.
    pub fn as_list(&self) -> Option<&[Value]> {
        match self {
            Value::List(l) => Some(l),
            _ => None,
        }
    }
    /// The entries, if this is a mapping.
    pub fn as_map(&self) -> Option<&BTreeMap<String, Value>> {
        match self {
            Value::Map(m) => Some(m),
            _ => None,
        }
    }

    /// Looks a dotted path up: `status.state`, `node_pools.0.id`. An empty path is the value itself.
    pub fn at(&self, path: &str) -> Option<&Value> {
        if path.is_empty() {
            return Some(self);
        }
        path.split('.').try_fold(self, |v, key| match v {
            Value::Map(m) => m.get(key),
            Value::List(l) => key.parse::<usize>().ok().and_then(|i| l.get(i)),
            _ => None,
        })
    }

    /// Every reference inside, in order of appearance.
    pub fn references(&self) -> Vec<&Reference> {
        let mut found = Vec::new();
        self.visit(&mut |v| {
            if let Value::Unknown(r) = v {
                found.push(r);
            }
        });
        found
    }

    /// Whether nothing inside is pending.
    pub fn is_known(&self) -> bool {
        self.references().is_empty()
    }

    fn visit<'a>(&'a self, f: &mut impl FnMut(&'a Value)) {
        f(self);
        match self {
            Value::List(items) | Value::Concat(items) => items.iter().for_each(|v| v.visit(f)),
            Value::Map(m) => m.values().for_each(|v| v.visit(f)),
            _ => {}
        }
    }

    /// Replaces what `lookup` knows; what it does not know stays unknown.
    #[must_use]
    pub fn resolve(&self, lookup: &impl Fn(&Reference) -> Option<Value>) -> Value {
        match self {
            Value::Unknown(r) => lookup(r).unwrap_or_else(|| self.clone()),
            Value::List(items) => Value::List(items.iter().map(|v| v.resolve(lookup)).collect()),
            Value::Map(m) => Value::Map(m.iter().map(|(k, v)| (k.clone(), v.resolve(lookup))).collect()),
            Value::Concat(parts) => Value::concat(parts.iter().map(|v| v.resolve(lookup))),
            known => known.clone(),
        }
    }

    /// A text of parts: joined where all are known, otherwise kept as parts.
    pub fn concat(parts: impl IntoIterator<Item = Value>) -> Value {
        let mut joined: Vec<Value> = Vec::new();
        for part in parts {
            let part = match part {
                Value::Number(n) => Value::Text(n.to_string()),
                other => other,
            };
            match (joined.last_mut(), part) {
                (Some(Value::Text(a)), Value::Text(b)) => a.push_str(&b),
                (_, part) => joined.push(part),
            }
        }
        match joined.as_slice() {
            [Value::Text(_)] => joined.remove(0),
            [] => Value::Text(String::new()),
            _ => Value::Concat(joined),
        }
    }

    /// As JSON, pending parts in their file form.
    pub fn to_json(&self) -> Json {
        match self {
            Value::Null => Json::Null,
            Value::Bool(b) => Json::Bool(*b),
            Value::Number(n) => Json::Number(n.clone()),
            Value::Text(t) => Json::String(t.clone()),
            Value::List(l) => Json::Array(l.iter().map(Value::to_json).collect()),
            Value::Map(m) => Json::Object(m.iter().map(|(k, v)| (k.clone(), v.to_json())).collect()),
            Value::Unknown(r) => single("$unknown", serde_json::json!({"address": r.address.to_string(), "field": r.field})),
            Value::Concat(parts) => single("$concat", Json::Array(parts.iter().map(Value::to_json).collect())),
        }
    }
}

fn single(key: &str, value: Json) -> Json {
    let mut m = JsonMap::new();
    m.insert(key.into(), value);
    Json::Object(m)
}

impl From<Json> for Value {
    fn from(json: Json) -> Value {
        match json {
            Json::Null => Value::Null,
            Json::Bool(b) => Value::Bool(b),
            Json::Number(n) => Value::Number(n),
            Json::String(s) => Value::Text(s),
            Json::Array(a) => Value::List(a.into_iter().map(Value::from).collect()),
            Json::Object(mut o) => {
                if o.len() == 1 {
                    if let Some(r) = o.get("$unknown").and_then(|r| Reference::deserialize(r).ok()) {
                        return Value::Unknown(r);
                    }
                    if let Some(Json::Array(parts)) = o.get_mut("$concat") {
                        return Value::Concat(parts.drain(..).map(Value::from).collect());
                    }
                }
                Value::Map(o.into_iter().map(|(k, v)| (k, Value::from(v))).collect())
            }
        }
    }
}

impl From<&str> for Value {
    fn from(s: &str) -> Value {
        Value::Text(s.into())
    }
}
impl From<String> for Value {
    fn from(s: String) -> Value {
        Value::Text(s)
    }
}
impl From<bool> for Value {
    fn from(b: bool) -> Value {
        Value::Bool(b)
    }
}
impl From<i64> for Value {
    fn from(n: i64) -> Value {
        Value::Number(n.into())
    }
}
impl From<u64> for Value {
    fn from(n: u64) -> Value {
        Value::Number(n.into())
    }
}
impl From<u32> for Value {
    fn from(n: u32) -> Value {
        Value::Number(n.into())
    }
}
impl<T: Into<Value>> From<Vec<T>> for Value {
    fn from(items: Vec<T>) -> Value {
        Value::List(items.into_iter().map(Into::into).collect())
    }
}
impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(v: Option<T>) -> Value {
        v.map_or(Value::Null, Into::into)
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        self.to_json().serialize(s)
    }
}
impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Json::deserialize(d).map(Value::from)
    }
}

impl fmt::Display for Value {
    /// As a person reads it in a plan: texts quoted, pending values by their source.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Unknown(r) => write!(f, "(known after {}: {})", r.address, r.field),
            Value::Concat(parts) => parts.iter().try_for_each(|p| match p {
                Value::Text(t) => f.write_str(t),
                other => write!(f, "{other}"),
            }),
            Value::List(items) => {
                f.write_str("[")?;
                for (i, v) in items.iter().enumerate() {
                    write!(f, "{}{v}", if i == 0 { "" } else { ", " })?;
                }
                f.write_str("]")
            }
            Value::Map(m) => {
                f.write_str("{")?;
                for (i, (k, v)) in m.iter().enumerate() {
                    write!(f, "{}{k}: {v}", if i == 0 { "" } else { ", " })?;
                }
                f.write_str("}")
            }
            known => write!(f, "{}", known.to_json()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pending() -> Value {
        Value::of(&"p/digitalocean.vpc.main".parse().unwrap(), "id")
    }

    #[test]
    fn survives_json() {
        let v = Value::map([
            ("a", pending()),
            ("b", Value::Concat(vec!["x:".into(), pending()])),
            ("c", Value::List(vec![1i64.into(), Value::Null])),
        ]);
        let text = serde_json::to_string(&v).unwrap();
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), v);
    }

    #[test]
    fn resolves_and_joins() {
        let v = Value::concat(["do:vpc:".into(), pending()]);
        assert!(!v.is_known());
        assert_eq!(v.resolve(&|_| Some("7".into())), Value::Text("do:vpc:7".into()));
        assert_eq!(v.resolve(&|_| None), v);
    }

    #[test]
    fn paths_reach_into_lists_and_maps() {
        let v: Value = serde_json::json!({"a": [{"b": 3}]}).into();
        assert_eq!(v.at("a.0.b"), Some(&3i64.into()));
        assert_eq!(v.at("a.1.b"), None);
        assert_eq!(v.at(""), Some(&v));
    }
}
