//! What names may look like.

use serde_json::Value;

const LABEL: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end \
with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start \
and end with an alphanumeric character (e.g. 'example.com', regex used for validation is \
'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL_VALUE: &str = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start \
and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is \
'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const KEY: &str = "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or \
'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";

/// What is wrong with the name of an object of that resource.
pub(crate) fn wrong_name(resource: &str, name: &str) -> Option<String> {
    if resource.ends_with(".rbac.authorization.k8s.io") {
        // Roles are path segments: colons are fine there.
        let bad = matches!(name, "." | "..") || name.contains('/') || name.contains('%');
        return bad.then(|| "may not contain '/' or '%'".to_owned());
    }
    if matches!(resource, "namespaces" | "services") { wrong_label(name) } else { wrong_subdomain(name) }
}

/// What is wrong with a DNS label.
pub(crate) fn wrong_label(text: &str) -> Option<String> {
    if text.len() > 63 {
        return Some("must be no more than 63 characters".to_owned());
    }
    (!label(text)).then(|| LABEL.to_owned())
}

/// What is wrong with a DNS name.
pub(crate) fn wrong_subdomain(text: &str) -> Option<String> {
    if text.len() > 253 {
        return Some("must be no more than 253 characters".to_owned());
    }
    (!text.split('.').all(label)).then(|| SUBDOMAIN.to_owned())
}

/// What is wrong with the value of a label.
pub(crate) fn wrong_label_value(value: &Value) -> Option<String> {
    let text = value.as_str().unwrap_or("");
    if text.len() > 63 {
        return Some("must be no more than 63 bytes".to_owned());
    }
    let edge = |c: Option<char>| c.is_none_or(|c| c.is_ascii_alphanumeric());
    let fine = text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
        && edge(text.chars().next())
        && edge(text.chars().last());
    (!fine).then(|| LABEL_VALUE.to_owned())
}

/// What is wrong with a key of a ConfigMap or Secret.
pub(crate) fn wrong_key(key: &str) -> Option<String> {
    let fine = !key.is_empty() && key.len() <= 253 && key.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    (!fine).then(|| KEY.to_owned())
}

fn label(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    !text.is_empty() && text.starts_with(plain) && text.ends_with(plain) && text.chars().all(|c| plain(c) || c == '-')
}
