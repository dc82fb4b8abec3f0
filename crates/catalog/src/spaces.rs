//! Spaces' resource types: buckets and what is configured on them.
//!
//! Spaces speaks S3. A bucket lives in the region that its calls are sent to, so everything here has a
//! `region`. Bodies are XML: a mapping of one root element, lists for repeated elements. Answers come
//! without their root element, elements that S3 repeats as lists, everything else as texts. A
//! configuration that is not there is answered with 404.

pub mod bucket;
pub mod bucket_cors;
pub mod bucket_lifecycle;
pub mod bucket_policy;
pub mod bucket_versioning;

use crate::{
    field::{Compare, Field},
    resource::{Args, Attributes, ResourceType},
};
use pontoon_core::{
    call::{Call, Listing},
    value::Value,
};

/// The provider's name in calls.
pub const PROVIDER: &str = "spaces";

/// All of them, parents before children.
pub const TYPES: &[&ResourceType] = &[
    &bucket::BUCKET,
    &bucket_versioning::BUCKET_VERSIONING,
    &bucket_lifecycle::BUCKET_LIFECYCLE,
    &bucket_cors::BUCKET_CORS,
    &bucket_policy::BUCKET_POLICY,
];

/// The region of a bucket's configuration: never shown, and only there to find the bucket.
pub(crate) const REGION: Field = Field::new("region", "Region of the bucket.").compare(Compare::Once);

/// A call about the bucket at `path`, at its region's endpoint. Spaces keys have no scopes: only a key
/// with full access may make and configure buckets.
fn call(a: &Args<'_>, method: &str, path: Value) -> Call {
    let call = Call::new(PROVIDER, method, path, "");
    match a.get("region") {
        Value::Text(region) => call.region(region),
        _ => call,
    }
}

/// A call about one configuration of the parent bucket.
pub(crate) fn configure(a: &Args<'_>, method: &str, what: &str) -> Call {
    call(a, method, Value::concat(["/".into(), a.parent.clone()])).query(what, "")
}

/// One configuration of a bucket, as a list of at most one.
pub(crate) fn configured(a: &Args<'_>, what: &str) -> Listing {
    Listing { call: configure(a, "GET", what), items: String::new(), paged: false, absent_is_empty: true }
}

/// An example of a configuration.
pub(crate) fn sample(field: &str, value: Value) -> Attributes {
    Attributes::from([("region".into(), "nyc3".into()), (field.into(), value)])
}

/// Whether two values are written the same in XML, where everything is a text, what is empty may be
/// left out, and one item may stand for a list of one. `b` may hold more entries in its mappings.
pub(crate) fn same_xml(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Map(a), Value::Map(b)) => a.iter().all(|(k, v)| same_xml(v, b.get(k).unwrap_or(&Value::Null))),
        (Value::List(a), Value::List(b)) => a.len() == b.len() && a.iter().all(|v| b.iter().any(|w| same_xml(v, w))),
        (Value::List(one), other) | (other, Value::List(one)) if one.len() == 1 => {
            one.iter().all(|v| same_xml(v, other) || same_xml(other, v))
        }
        (Value::Map(m), other) if empty(other) => m.values().all(empty),
        (other, Value::Map(m)) if empty(other) => m.values().all(empty),
        (a, b) => empty(a) && empty(b) || text(a) == text(b),
    }
}

fn empty(v: &Value) -> bool {
    match v {
        Value::Null => true,
        Value::Text(t) => t.is_empty(),
        Value::List(l) => l.iter().all(empty),
        Value::Map(m) => m.values().all(empty),
        _ => false,
    }
}

fn text(v: &Value) -> String {
    v.as_text().map_or_else(|| v.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn xml_knows_texts_only() {
        let same = |a: serde_json::Value, b: serde_json::Value| same_xml(&a.into(), &b.into());
        assert!(same(json!({"Days": 30}), json!({"Days": "30"})));
        assert!(same(json!({"Filter": {"Prefix": ""}}), json!({"Filter": ""})));
        assert!(same(json!({"Filter": {"Prefix": ""}}), json!({"Prefix": "", "ID": "x"})));
        assert!(same(json!([{"ID": "a"}, {"ID": "b"}]), json!([{"ID": "b"}, {"ID": "a"}])));
        assert!(same(json!({"AllowedMethod": ["GET"]}), json!({"AllowedMethod": "GET"})));
        assert!(!same(json!({"Days": 30}), json!({"Days": "31"})));
        assert!(!same(json!({"Days": 30}), json!({})));
        assert!(!same(json!({"Filter": {"Prefix": "logs/"}}), json!({"Filter": ""})));
        assert!(!same(json!([{"ID": "a"}]), json!([{"ID": "a"}, {"ID": "b"}])));
    }
}
