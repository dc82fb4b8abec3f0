//! What appliers need to know about a value: which maps are merged key by key, which lists item by item, and what is
//! replaced as a whole. Built-in kinds have a table, custom ones the schema of their definition.

use super::kinds::{DEFINITIONS, Kind};
use super::types::{self, Field, Of, Type};
use crate::cluster::Objects;
use serde_json::Value;

/// The schema of one value.
#[derive(Clone, Copy)]
pub(crate) enum Schema<'a> {
    /// A field of a built-in type.
    Field(&'static Field),
    /// An item of a list or map of a built-in type.
    Of(&'static Of),
    /// A built-in type.
    Type(&'static Type),
    /// A schema of a definition; the flag says whether it is an object's root.
    Custom(&'a Value, bool),
    /// Unknown: maps are merged, lists replaced.
    Free,
}

/// How a value is merged.
pub(crate) enum Shape<'a> {
    /// Replaced as a whole.
    Leaf,
    /// Key by key.
    Map,
    /// Item by item, told apart by these keys (with their defaults).
    Keyed(Vec<(&'a str, Option<Value>)>, Schema<'a>),
    /// Each scalar is there once.
    Set,
}

impl<'a> Schema<'a> {
    /// The schema of a kind's objects.
    pub fn of_kind(objects: &'a Objects, kind: &Kind) -> Self {
        if !kind.custom {
            let found = types::root(&kind.group, &kind.version, &kind.kind).and_then(types::named);
            return found.map_or(Schema::Free, Schema::Type);
        }
        let definition = objects.get(DEFINITIONS, "", &kind.resource());
        definition.and_then(|d| version_schema(d, &kind.version)).map_or(Schema::Free, |s| Schema::Custom(s, true))
    }

    /// How a value of this schema is merged.
    pub fn shape(&self) -> Shape<'a> {
        match *self {
            Schema::Field(f) => {
                if let (Of::List(item), false) = (&f.of, f.keys.is_empty()) {
                    let item = Schema::Of(item);
                    return Shape::Keyed(f.keys.iter().map(|k| (*k, item.default_of(k))).collect(), item);
                }
                match &f.of {
                    Of::List(_) if f.set => Shape::Set,
                    Of::Map(_) if f.atomic => Shape::Leaf,
                    Of::Named(_) if f.atomic => Shape::Leaf,
                    of => Schema::Of(of).shape(),
                }
            }
            Schema::Of(Of::Map(_)) => Shape::Map,
            Schema::Of(Of::Named(name)) => types::named(name).map_or(Shape::Map, |t| Schema::Type(t).shape()),
            Schema::Of(Of::Scalar('*')) | Schema::Free => Shape::Map,
            Schema::Of(_) => Shape::Leaf,
            Schema::Type(t) => {
                if t.atomic {
                    Shape::Leaf
                } else {
                    Shape::Map
                }
            }
            Schema::Custom(s, _) => custom_shape(s),
        }
    }

    /// The schema of a map's value under `name`, and whether that name is a field of the type (not a key of a map).
    pub fn field(&self, name: &str) -> (Schema<'a>, bool) {
        match *self {
            Schema::Field(f) => Schema::Of(&f.of).field(name),
            Schema::Of(Of::Map(item)) => (Schema::Of(item), false),
            Schema::Of(Of::Named(of)) => types::named(of).map_or((Schema::Free, false), |t| Schema::Type(t).field(name)),
            Schema::Type(t) => t.fields.get(name).map_or((Schema::Free, false), |f| (Schema::Field(f), true)),
            Schema::Custom(_, true) if name == "metadata" => {
                types::named("meta.ObjectMeta").map_or((Schema::Free, true), |t| (Schema::Type(t), true))
            }
            Schema::Custom(s, _) => match (s["properties"].get(name), s.get("additionalProperties")) {
                (Some(field), _) => (Schema::Custom(field, false), true),
                (None, Some(item)) if item.is_object() => (Schema::Custom(item, false), false),
                _ => (Schema::Free, false),
            },
            _ => (Schema::Free, false),
        }
    }

    /// The key by which a strategic merge patch merges this list; empty for a list of scalars.
    pub fn patch_key(&self) -> Option<&'static str> {
        match *self {
            Schema::Field(f) => f.patch,
            _ => None,
        }
    }

    /// The schema of a list's items.
    pub fn item(&self) -> Schema<'a> {
        match *self {
            Schema::Field(f) => Schema::Of(&f.of).item(),
            Schema::Of(Of::List(item)) => Schema::Of(item),
            Schema::Custom(s, _) => s.get("items").map_or(Schema::Free, |i| Schema::Custom(i, false)),
            _ => Schema::Free,
        }
    }

    fn default_of(&self, name: &str) -> Option<Value> {
        match self.field(name).0 {
            Schema::Field(f) => f.default.map(Value::from),
            Schema::Custom(s, _) => s.get("default").cloned(),
            _ => None,
        }
    }
}

/// The schema of one version of a definition.
pub(crate) fn version_schema<'a>(definition: &'a Value, version: &str) -> Option<&'a Value> {
    let versions = definition["spec"]["versions"].as_array()?;
    versions.iter().find(|v| v["name"] == version)?["schema"].get("openAPIV3Schema")
}

fn custom_shape(s: &Value) -> Shape<'_> {
    match s["type"].as_str() {
        Some("array") => match s["x-kubernetes-list-type"].as_str() {
            Some("set") => Shape::Set,
            Some("map") => {
                let item = Schema::Custom(&s["items"], false);
                let keys = s["x-kubernetes-list-map-keys"].as_array().into_iter().flatten().filter_map(Value::as_str);
                Shape::Keyed(keys.map(|k| (k, item.default_of(k))).collect(), item)
            }
            _ => Shape::Leaf,
        },
        Some("object") if s["x-kubernetes-map-type"] == "atomic" => Shape::Leaf,
        Some("object") => Shape::Map,
        Some(_) => Shape::Leaf,
        None if s["x-kubernetes-int-or-string"] == true => Shape::Leaf,
        None => Shape::Map,
    }
}
