//! YAML as programs in a cluster read and write it: documents as JSON values.

use serde_json::Value;

/// The documents of a text, without empty ones.
///
/// # Errors
/// What the reader says, with line and column.
pub(crate) fn read(text: &str) -> Result<Vec<Value>, String> {
    let options = serde_saphyr::options! { strict_booleans: true };
    let documents: Vec<Value> =
        serde_saphyr::from_multiple_with_options(text, options).map_err(|e| first_line(&e.to_string()))?;
    Ok(documents.into_iter().filter(|d| !d.is_null()).collect())
}

/// The one document of a text; null when it is empty.
///
/// # Errors
/// What the reader says; more than one document too.
pub(crate) fn read_one(text: &str) -> Result<Value, String> {
    let mut documents = read(text)?;
    match documents.len() {
        0 => Ok(Value::Null),
        1 => Ok(documents.remove(0)),
        _ => Err("more than one document".to_owned()),
    }
}

/// A value as a YAML document, ending in a line break.
pub(crate) fn write(value: &Value) -> String {
    serde_saphyr::to_string(value).unwrap_or_else(|_| format!("{value:#}\n"))
}

/// Documents one after the other.
pub(crate) fn write_all(values: &[Value]) -> String {
    values.iter().map(|v| format!("---\n{}", write(v))).collect()
}

fn first_line(message: &str) -> String {
    message.lines().next().unwrap_or_default().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::{read, write};
    use serde_json::json;

    #[test]
    fn what_is_written_is_read_again() {
        let value = json!({ "a": "yes", "b": ["1", 1, "0o7", true, null, ""], "c": "x\ny\n", "d": {}, "e": [], "f": "- a: {{ b }}", "g": "1e3" });
        assert_eq!(read(&write(&value)), Ok(vec![value]));
    }
}
