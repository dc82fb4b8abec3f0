//! The list of all that exists.

use crate::state::State;
use serde_json::{Map, Value};

/// Fields that hold secrets anywhere in the vendors' documents.
const SECRETS: &[&str] =
    &["password", "secret_key", "access_token", "private_key", "token", "uri", "kubeconfig", "client_key_data", "auth"];

/// The document without internal fields and secrets.
fn without_secrets(document: &Value) -> Value {
    match document {
        Value::Object(map) => map
            .iter()
            .filter(|(key, _)| !key.starts_with('_') && !SECRETS.contains(&key.as_str()))
            .map(|(key, value)| (key.clone(), without_secrets(value)))
            .collect::<Map<_, _>>()
            .into(),
        Value::Array(items) => items.iter().map(without_secrets).collect::<Vec<_>>().into(),
        other => other.clone(),
    }
}

/// Every document that is an object, with its collection, as it is kept: with internal fields and secrets.
pub(crate) fn each(state: &State) -> impl Iterator<Item = (&str, &Value)> {
    state.docs.iter().flat_map(|(name, collection)| {
        let short = name.split_once('/').map_or(name, |(_, short)| short);
        let is_shown = !short.starts_with('_') && !short.contains('#');
        collection.iter().filter(move |_| is_shown).map(move |(_, slot)| (short, &*slot.doc))
    })
}

/// Every document that is an object, by collection: no internal field, no secret.
pub(crate) fn all(state: &State) -> Value {
    let mut all: Map<String, Value> = Map::new();
    for (collection, document) in each(state) {
        let document = without_secrets(document);
        match all.get_mut(collection) {
            Some(Value::Array(items)) => items.push(document),
            _ => {
                all.insert(collection.to_owned(), vec![document].into());
            }
        }
    }
    all.into()
}
