//! Schemas of a document, compiled: each in one arena, referring to the others by index.

use super::pattern::Pattern;
use indexmap::IndexMap;
use serde_json::Value;

/// Index of a schema in [`Schemas`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Id(pub(super) usize);

/// All schemas of a document.
#[derive(Debug, Default)]
pub(super) struct Schemas(pub(super) Vec<Schema>);

/// JSON types as OpenAPI 3.0 names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    Object,
    Array,
    String,
    Integer,
    Number,
    Boolean,
}

/// What is said of properties that are not listed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Additional {
    /// Nothing: closed here as soon as any property is listed.
    #[default]
    Unsaid,
    /// `false`.
    Forbidden,
    /// `true`, or an empty schema.
    Any,
    /// Of that schema.
    Of(Id),
}

/// A choice among schemas by one field's value.
#[derive(Debug, Clone, Default)]
pub(super) struct Discriminator {
    pub(super) property: String,
    pub(super) mapping: IndexMap<String, Id>,
}

/// One schema object.
#[derive(Debug, Clone, Default)]
pub(super) struct Schema {
    pub(super) kind: Option<Type>,
    pub(super) nullable: bool,
    pub(super) read_only: bool,
    pub(super) values: Vec<Value>,
    pub(super) format: Option<String>,
    pub(super) pattern: Option<Pattern>,
    pub(super) minimum: Option<f64>,
    pub(super) maximum: Option<f64>,
    pub(super) multiple_of: Option<f64>,
    /// Characters of a string, or items of an array.
    pub(super) at_least: Option<u64>,
    /// Characters of a string, or items of an array.
    pub(super) at_most: Option<u64>,
    pub(super) properties: IndexMap<String, Id>,
    pub(super) required: Vec<String>,
    pub(super) additional: Additional,
    pub(super) items: Option<Id>,
    pub(super) all_of: Vec<Id>,
    /// Each a list of alternatives: `oneOf` and `anyOf`. Several that match are no violation, because the document's
    /// alternatives overlap nearly everywhere.
    pub(super) choices: Vec<Vec<Id>>,
    pub(super) discriminator: Option<Discriminator>,
}

impl Schema {
    /// Says nothing at all.
    pub(super) fn is_empty(&self) -> bool {
        self.kind.is_none()
            && self.values.is_empty()
            && self.properties.is_empty()
            && self.required.is_empty()
            && self.all_of.is_empty()
            && self.choices.is_empty()
            && self.items.is_none()
    }
}

impl Schemas {
    /// The schema of that index; indices come from this arena only.
    pub(super) fn get(&self, id: Id) -> &Schema {
        &self.0[id.0]
    }

    /// Whether null is a value of it.
    pub(super) fn accepts_null(&self, id: Id) -> bool {
        let schema = self.get(id);
        schema.nullable
            || schema.is_empty()
            || schema.values.contains(&Value::Null)
            || schema.all_of.iter().chain(schema.choices.iter().flatten()).any(|&id| self.accepts_null(id))
    }

    /// Whether only the server may set it.
    pub(super) fn is_read_only(&self, id: Id) -> bool {
        let schema = self.get(id);
        schema.read_only || schema.all_of.iter().any(|&id| self.is_read_only(id))
    }

    /// The type that a text (of a path, query or header) is to be read as.
    pub(super) fn types(&self, id: Id) -> Vec<Type> {
        let schema = self.get(id);
        let inner = schema.all_of.iter().chain(schema.choices.iter().flatten());
        schema.kind.into_iter().chain(inner.flat_map(|&id| self.types(id))).collect()
    }
}
