//! Every value of an object, in order, with its path.

use super::{KEYS, SopsError};
use serde_json::{Map, Value};

/// What becomes of one value: it, its path as SOPS writes it (`stringData:password:`), and whether it is to be encrypted.
pub(super) type Each<'a> = &'a mut dyn FnMut(&Value, &str, bool) -> Result<Value, SopsError>;

/// The same object with every value replaced. Nothing (`null`) stays: SOPS has no way to encrypt it.
pub(super) fn leaves(object: &Value, each: Each) -> Result<Value, SopsError> {
    go(object, "", false, each)
}

fn go(value: &Value, path: &str, inside: bool, each: Each) -> Result<Value, SopsError> {
    match value {
        Value::Object(map) => {
            let mut out = Map::new();
            for (key, value) in map {
                let here = inside || KEYS.contains(&key.as_str());
                out.insert(key.clone(), go(value, &format!("{path}{key}:"), here, each)?);
            }
            Ok(Value::Object(out))
        }
        // The items of a list share its path: SOPS counts no items.
        Value::Array(list) => list.iter().map(|v| go(v, path, inside, each)).collect::<Result<_, _>>().map(Value::Array),
        Value::Null => Ok(Value::Null),
        leaf => each(leaf, path, inside),
    }
}
