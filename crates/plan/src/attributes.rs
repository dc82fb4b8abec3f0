//! Attributes as they are sent: the mark put where the kind carries it.

use pontoon_catalog::{
    MarkAt, ResourceType,
    mark::Mark,
    resource::{Args, Attributes},
};
use pontoon_core::{address::Address, value::Value};

/// The attributes with the mark in them.
pub fn marked(kind: &ResourceType, attributes: &Attributes, mark: &Mark) -> Attributes {
    let mut sent = attributes.clone();
    match kind.mark_at() {
        Some(MarkAt::Tag(field)) => {
            let mut tags = sent.get(field).and_then(Value::as_list).map(<[Value]>::to_vec).unwrap_or_default();
            tags.push(mark.to_string().into());
            sent.insert(field.into(), Value::List(tags));
        }
        Some(MarkAt::Text(field)) => {
            let text = match sent.get(field).and_then(Value::as_text) {
                Some(words) if !words.is_empty() => format!("{words} {mark}"),
                _ => mark.to_string(),
            };
            sent.insert(field.into(), text.into());
        }
        None => {}
    }
    sent
}

/// The mark that an object carries, if it carries one.
pub fn mark_of(kind: &ResourceType, object: &Value) -> Option<Mark> {
    match kind.mark_at()? {
        MarkAt::Tag(field) => object.at(field)?.as_list()?.iter().filter_map(Value::as_text).find_map(Mark::find),
        MarkAt::Text(field) => Mark::find(object.at(kind.field(field).map_or(field, |f| f.at))?.as_text()?),
    }
}

/// What an object shows of a kind's fields.
pub fn shown(kind: &ResourceType, object: &Value) -> Attributes {
    kind.fields.iter().filter_map(|f| Some((f.name.to_owned(), object.at(f.at)?.clone()))).collect()
}

/// An object's id. `parent` is the id of what it lives in.
pub fn id_of(kind: &ResourceType, object: &Value, parent: &Value) -> Option<String> {
    let id = match (kind.create.id, kind.name_is_id) {
        (Some(path), _) => object.at(path)?.clone(),
        (None, Some(name)) => name(&Args::new(Value::Null, parent.clone(), &shown(kind, object))),
        (None, None) => return None,
    };
    match id {
        Value::Text(t) => Some(t),
        Value::Number(n) => Some(n.to_string()),
        _ => None,
    }
}

/// The id of a thing that is being made: known for names, pending otherwise.
pub fn pending_id(kind: &ResourceType, address: &Address, parent: &Value, attributes: &Attributes) -> Value {
    match kind.name_is_id {
        Some(name) => name(&Args::new(Value::Null, parent.clone(), attributes)),
        None => Value::of(address, "id"),
    }
}
