//! JSON Patch (RFC 6902).

use serde_json::Value;

/// Applies a list of operations; nothing is changed when one of them fails.
///
/// # Errors
/// Which operation cannot be done, and why.
pub(super) fn apply(object: &mut Value, operations: &Value) -> Result<(), String> {
    let mut copy = object.clone();
    for operation in operations.as_array().into_iter().flatten() {
        one(&mut copy, operation)?;
    }
    *object = copy;
    Ok(())
}

fn one(object: &mut Value, operation: &Value) -> Result<(), String> {
    let path = operation["path"].as_str().ok_or("json patch operation without path")?;
    let from = || operation["from"].as_str().ok_or("json patch operation without from");
    match operation["op"].as_str().unwrap_or("") {
        "add" => add(object, path, operation["value"].clone()),
        "remove" => remove(object, path).map(|_| ()),
        "replace" => {
            let at = object.pointer_mut(path).ok_or_else(|| missing("replace", path))?;
            *at = operation["value"].clone();
            Ok(())
        }
        "move" => {
            let value = remove(object, from()?)?;
            add(object, path, value)
        }
        "copy" => {
            let value = object.pointer(from()?).cloned().ok_or_else(|| missing("copy", path))?;
            add(object, path, value)
        }
        "test" if object.pointer(path) == Some(&operation["value"]) => Ok(()),
        "test" => Err(format!("testing value {path} failed: test failed")),
        other => Err(format!("Unexpected kind: {other}")),
    }
}

fn missing(operation: &str, path: &str) -> String {
    format!("{operation} operation does not apply: doc is missing path: {path}: missing value")
}

fn split(path: &str) -> Option<(&str, String)> {
    let (parent, last) = path.rsplit_once('/')?;
    Some((parent, last.replace("~1", "/").replace("~0", "~")))
}

fn add(object: &mut Value, path: &str, value: Value) -> Result<(), String> {
    if path.is_empty() {
        *object = value;
        return Ok(());
    }
    let (parent, last) = split(path).ok_or_else(|| missing("add", path))?;
    match object.pointer_mut(parent) {
        Some(Value::Object(map)) => {
            map.insert(last, value);
            Ok(())
        }
        Some(Value::Array(items)) => {
            let at = if last == "-" { items.len() } else { last.parse().map_err(|_| missing("add", path))? };
            if at > items.len() {
                return Err(format!(
                    "add operation does not apply: unable to access invalid index: {at}: invalid index referenced"
                ));
            }
            items.insert(at, value);
            Ok(())
        }
        _ => Err(missing("add", path)),
    }
}

fn remove(object: &mut Value, path: &str) -> Result<Value, String> {
    let (parent, last) = split(path).ok_or_else(|| missing("remove", path))?;
    let gone = match object.pointer_mut(parent) {
        Some(Value::Object(map)) => map.remove(&last),
        Some(Value::Array(items)) => last.parse::<usize>().ok().filter(|i| *i < items.len()).map(|i| items.remove(i)),
        _ => None,
    };
    gone.ok_or_else(|| missing("remove", path))
}
