//! The list of all that exists.

use crate::reply::public;
use crate::state::State;
use serde_json::{Map, Value};

/// Fields that hold secrets anywhere in the vendors' documents.
const SECRETS: &[&str] =
    &["password", "secret_key", "access_token", "private_key", "token", "uri", "kubeconfig", "client_key_data", "auth"];

fn without_secrets(document: &Value) -> Value {
    match document {
        Value::Object(map) => map
            .iter()
            .filter(|(key, _)| !SECRETS.contains(&key.as_str()))
            .map(|(key, value)| (key.clone(), without_secrets(value)))
            .collect::<Map<_, _>>()
            .into(),
        Value::Array(items) => items.iter().map(without_secrets).collect::<Vec<_>>().into(),
        other => other.clone(),
    }
}

/// Every document that is an object, by collection: no internal field, no secret.
pub(crate) fn all(state: &State) -> Value {
    let mut all: Map<String, Value> = Map::new();
    for (name, collection) in &state.docs {
        let short = name.split_once('/').map_or(name.as_str(), |(_, short)| short);
        if short.starts_with('_') || short.contains('#') || collection.len() == 0 {
            continue;
        }
        let docs = collection.iter().map(|(_, slot)| without_secrets(&public(&slot.doc)));
        match all.get_mut(short) {
            Some(Value::Array(items)) => items.extend(docs),
            _ => {
                all.insert(short.to_owned(), docs.collect::<Vec<_>>().into());
            }
        }
    }
    all.sort_keys();
    all.into()
}
