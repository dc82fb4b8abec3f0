//! What differs between what should be and what is, field by field, and why.

use pontoon_catalog::{
    Compare, Field, ResourceType,
    field::{Change, subset},
    resource::Attributes,
};
use pontoon_core::{
    plan::{FieldChange, Impact},
    value::Value,
};

/// The differences of one thing.
#[derive(Debug, Default)]
pub struct Diff {
    /// Field by field.
    pub fields: Vec<FieldChange>,
    /// Why it cannot be changed in place; the first reason found.
    pub replace: Option<&'static str>,
    /// What changing it in place does to what runs.
    pub impact: Impact,
    /// What exactly is interrupted.
    pub consequence: String,
    /// What somebody else moved on to where nothing leads back: said, and left as it is.
    pub moved: Vec<(&'static str, Value)>,
}

/// Why a field differs.
const OUTSIDE: &str = "changed outside of Pontoon";

/// Compares.
///
/// `desired` holds the mark; `recorded` is what was last applied, if anything was; `origin` is where
/// in the document the thing comes from.
pub fn diff(kind: &ResourceType, desired: &Attributes, recorded: Option<&Attributes>, object: &Value, origin: &str) -> Diff {
    let mut found = Diff::default();
    for field in kind.fields {
        let before_applied = recorded.and_then(|r| r.get(field.name));
        let desired = match desired.get(field.name) {
            Some(v) => v.clone(),
            // What was applied before and is not wanted any more is emptied.
            None => match before_applied.map(empty) {
                Some(Some(empty)) => empty,
                _ => continue,
            },
        };
        let observed = object.at(field.at).filter(|v| **v != Value::Null);
        let dropped = before_applied.is_some_and(|b| drops(field, b, &desired, observed));
        let unseen = matches!(field.compare, Compare::Unseen) && before_applied.is_some_and(|b| *b != desired);
        if field.same(&desired, observed) && !dropped && !unseen {
            continue;
        }
        let refused = match field.change {
            Change::Never(why) => Some(why),
            Change::Unless(refuses) => observed.and_then(|o| refuses(o, &desired)),
            Change::InPlace => None,
        };
        if refused.is_some() && before_applied == Some(&desired) {
            // The vendor's own upgrade, a person's resize, or a reply that says it no more: no reason to destroy anything.
            found.moved.extend(observed.map(|o| (field.name, o.clone())));
            continue;
        }
        found.replace = found.replace.or(refused);
        if field.impact > found.impact {
            found.impact = field.impact;
            found.consequence = field.consequence.into();
        }
        let mut because = match before_applied {
            _ if !desired.is_known() => "what it refers to is replaced".to_owned(),
            Some(b) if *b == desired => OUTSIDE.to_owned(),
            Some(_) => format!("{origin} changed"),
            None => format!("{origin} says so"),
        };
        if let Some(why) = refused {
            because = format!("{because}; {why}");
        }
        let before = observed.cloned().or_else(|| before_applied.cloned().filter(|_| unseen));
        found.fields.push(FieldChange { field: field.name.into(), before, after: Some(desired), because });
    }
    found
}

/// The empty value of a kind of value, where "nothing" can be said.
fn empty(v: &Value) -> Option<Value> {
    match v {
        Value::List(l) if !l.is_empty() => Some(Value::List(Vec::new())),
        Value::Map(m) if !m.is_empty() => Some(Value::Map(Default::default())),
        _ => None,
    }
}

/// Whether something that was applied before, and is not wanted any more, is still there: lists and
/// mappings to which the vendor adds its own are never compared whole.
fn drops(field: &Field, applied: &Value, desired: &Value, observed: Option<&Value>) -> bool {
    match (field.compare, applied, desired, observed) {
        (Compare::Subset, Value::Map(applied), Value::Map(desired), Some(Value::Map(observed))) => {
            applied.keys().any(|k| !desired.contains_key(k) && observed.contains_key(k))
        }
        (Compare::Holds, Value::List(applied), Value::List(desired), Some(Value::List(observed))) => {
            applied.iter().any(|a| !desired.contains(a) && observed.iter().any(|o| subset(a, o)))
        }
        _ => false,
    }
}
