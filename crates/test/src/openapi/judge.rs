//! A JSON value against schemas, with every property that any of them lists known before one is called undeclared.
//!
//! A value is judged by a list of schemas at once: those that `allOf` joins, and of `oneOf` and `anyOf` those that
//! match. So a field is undeclared only when none of them lists it, and a field that several list is judged by each.

use super::exchange::Exchange;
use super::report::{Part, Violation, Wrong};
use super::scalars;
use super::schema::{Additional, Id, Schema, Schemas, Type};
use serde_json::{Map, Value};

/// Who wrote the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Request,
    Reply,
}

/// The way from the root of a body to a value, written out only when something is wrong there.
#[derive(Debug, Clone, Copy)]
pub(super) struct Crumb<'a> {
    before: Option<&'a Crumb<'a>>,
    step: Step<'a>,
}

#[derive(Debug, Clone, Copy)]
enum Step<'a> {
    Root,
    /// A parameter or header, which is no pointer.
    Named(&'a str),
    Key(&'a str),
    Index(usize),
}

impl<'a> Crumb<'a> {
    pub(super) const ROOT: Self = Self { before: None, step: Step::Root };

    pub(super) fn named(name: &'a str) -> Self {
        Self { before: None, step: Step::Named(name) }
    }

    fn pointer(&self) -> String {
        let before = self.before.map(Crumb::pointer).unwrap_or_default();
        match self.step {
            Step::Root => String::new(),
            Step::Named(name) => name.to_owned(),
            Step::Key(key) => format!("{before}/{}", key.replace('~', "~0").replace('/', "~1")),
            Step::Index(index) => format!("{before}/{index}"),
        }
    }
}

/// One part of one exchange before the schemas.
#[derive(Debug, Clone, Copy)]
pub(super) struct Judge<'a> {
    pub(super) schemas: &'a Schemas,
    pub(super) part: Part,
    pub(super) side: Side,
    pub(super) exchange: &'a Exchange,
}

type Out = Vec<Violation>;

impl<'a> Judge<'a> {
    /// Judges a value by all of `ids` together.
    pub(super) fn value(&self, ids: &[Id], value: &Value, at: Crumb<'_>, out: &mut Out) {
        self.judged(ids, value, &at, true, out);
    }

    /// With `closed` unset, an undeclared field of this very value is left to whoever knows its other schemas.
    fn judged(&self, ids: &[Id], value: &Value, at: &Crumb<'_>, closed: bool, out: &mut Out) {
        if ids.is_empty() {
            return;
        }
        if value.is_null() {
            if !ids.iter().any(|&id| self.schemas.accepts_null(id)) {
                self.wrong(at, Wrong::Null, "null is not allowed".to_owned(), out);
            }
            return;
        }
        let mut applied = Vec::new();
        for &id in ids {
            self.apply(id, value, at, &mut applied, out);
        }
        match value {
            Value::Object(map) => self.object(&applied, map, at, closed, out),
            Value::Array(items) => {
                let ids: Vec<Id> = applied.iter().filter_map(|schema| schema.items).collect();
                for (index, item) in items.iter().enumerate() {
                    let at = Crumb { before: Some(at), step: Step::Index(index) };
                    self.judged(&ids, item, &at, true, out);
                }
            }
            _ => {}
        }
    }

    /// What one schema says of the value itself, and which further schemas apply to it.
    fn apply(&self, id: Id, value: &Value, at: &Crumb<'_>, applied: &mut Vec<&'a Schema>, out: &mut Out) {
        let schema = self.schemas.get(id);
        if let Err((wrong, said)) = scalars::check(schema, value) {
            self.wrong(at, wrong, said, out);
            if wrong == Wrong::Type {
                return;
            }
        }
        applied.push(schema);
        for &id in &schema.all_of {
            self.apply(id, value, at, applied, out);
        }
        if let Some(discriminator) = schema.discriminator.as_ref().filter(|d| !d.mapping.is_empty()) {
            let named = value.get(&discriminator.property).and_then(Value::as_str);
            match named.map(|name| (name, discriminator.mapping.get(name))) {
                Some((_, Some(&id))) => self.apply_once(id, value, at, applied, out),
                Some((name, None)) => {
                    self.wrong(at, Wrong::Variant, format!("{} {name:?} is no variant", discriminator.property), out);
                }
                None => self.wrong(at, Wrong::Variant, format!("no {} to tell the variant", discriminator.property), out),
            }
            return;
        }
        for alternatives in &schema.choices {
            self.choose(alternatives, value, at, applied, out);
        }
    }

    /// Applies a schema unless it is among the applied ones: discriminators lead from parent to child, `allOf` back.
    fn apply_once(&self, id: Id, value: &Value, at: &Crumb<'_>, applied: &mut Vec<&'a Schema>, out: &mut Out) {
        let schema = self.schemas.get(id);
        if !applied.iter().any(|known| std::ptr::eq(*known, schema)) {
            self.apply(id, value, at, applied, out);
        }
    }

    /// Applies every alternative that the value fits, or the nearest one, with what is wrong by it.
    fn choose(&self, alternatives: &[Id], value: &Value, at: &Crumb<'_>, applied: &mut Vec<&'a Schema>, out: &mut Out) {
        let mut nearest: Option<(Id, Out)> = None;
        let mut fits = false;
        for &id in alternatives {
            let mut trial = Vec::new();
            self.judged(&[id], value, at, false, &mut trial);
            if trial.is_empty() {
                fits = true;
                self.apply(id, value, at, applied, out);
            } else if nearest.as_ref().is_none_or(|(_, best)| distance(&trial, at) < distance(best, at)) {
                nearest = Some((id, trial));
            }
        }
        if let (false, Some((id, _))) = (fits, nearest) {
            self.apply(id, value, at, applied, out);
        }
    }

    fn object(&self, applied: &[&Schema], map: &Map<String, Value>, at: &Crumb<'_>, closed: bool, out: &mut Out) {
        let listed = |key: &str| -> Vec<Id> { applied.iter().filter_map(|s| s.properties.get(key).copied()).collect() };
        let optional = |key: &str| self.side == Side::Request && listed(key).iter().any(|&id| self.schemas.is_read_only(id));
        for name in applied.iter().flat_map(|schema| &schema.required) {
            if !map.contains_key(name) && !optional(name) {
                let at = Crumb { before: Some(at), step: Step::Key(name) };
                self.wrong(&at, Wrong::Missing, "required".to_owned(), out);
            }
        }
        let bare = applied.iter().all(|s| s.properties.is_empty() && s.additional == Additional::Unsaid);
        let free = bare || applied.iter().any(|s| s.additional == Additional::Any);
        for (key, value) in map {
            let at = Crumb { before: Some(at), step: Step::Key(key) };
            let ids = listed(key);
            if !ids.is_empty() {
                if self.side == Side::Request && ids.iter().any(|&id| self.schemas.is_read_only(id)) {
                    self.wrong(&at, Wrong::ReadOnly, "only the server sets it".to_owned(), out);
                }
                self.judged(&ids, value, &at, true, out);
                continue;
            }
            let others: Vec<Id> = applied
                .iter()
                .filter_map(|schema| if let Additional::Of(id) = schema.additional { Some(id) } else { None })
                .collect();
            if !others.is_empty() {
                self.judged(&others, value, &at, true, out);
            } else if closed && !free {
                self.wrong(&at, Wrong::Undeclared, format!("undeclared, with the value {}", short(value)), out);
            }
        }
    }

    fn wrong(&self, at: &Crumb<'_>, wrong: Wrong, said: String, out: &mut Out) {
        out.push(self.exchange.violation(self.part, &at.pointer(), wrong, &said));
    }
}

/// How far a value is from an alternative: another type is further away than any number of details.
fn distance(trial: &Out, at: &Crumb<'_>) -> usize {
    let here = at.pointer();
    trial.iter().map(|v| if v.wrong == Wrong::Type && v.at == here { 1_000 } else { 1 }).sum()
}

/// A value, shortened for a message. Objects and strings that could be secrets show their type only.
pub(super) fn short(value: &Value) -> String {
    match value {
        Value::Object(_) => "{…}".to_owned(),
        Value::Array(items) => format!("[… {}]", items.len()),
        Value::String(text) if text.chars().count() > 40 => format!("a string of {} characters", text.chars().count()),
        other => other.to_string(),
    }
}

/// The schema type of a JSON value; nothing for null.
pub(super) fn type_of(value: &Value) -> Option<Type> {
    match value {
        Value::Null => None,
        Value::Bool(_) => Some(Type::Boolean),
        Value::Number(number) if number.is_f64() => Some(Type::Number),
        Value::Number(_) => Some(Type::Integer),
        Value::String(_) => Some(Type::String),
        Value::Array(_) => Some(Type::Array),
        Value::Object(_) => Some(Type::Object),
    }
}
