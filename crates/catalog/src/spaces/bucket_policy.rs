//! Who may do what with a bucket, beyond its keys.

use super::{REGION, configure, configured, sample};
use crate::{
    field::{Compare, Field},
    resource::{Args, Create, Delete, Identity, List, Read, ResourceType, Update},
};
use pontoon_core::{
    call::{Call, Class},
    plan::Impact,
    value::Value,
};

/// JSON, as text. Policies and scoped keys exclude each other: a bucket that a scoped key names takes
/// no policy. Source: Spaces API reference, "Bucket Policies".
pub const BUCKET_POLICY: ResourceType = ResourceType {
    kind: "spaces.bucket_policy",
    title: "bucket policy",
    text: "Who may do what with a bucket, beyond its keys. Not with scoped keys.",
    fields: &[
        Field::new("policy", "The policy, a JSON document as text.")
            .at("Policy")
            .compare(Compare::By(same_document))
            .impact(Impact::Interruption, "what is no longer allowed is refused"),
        REGION,
    ],
    parent: Some("spaces.bucket"),
    dies_with_parent: true,
    identity: Identity::Only,
    list: List::Under(|a| configured(a, "policy")),
    read: Some(Read { call: |a| configure(a, "GET", "policy"), item: "" }),
    create: Create { call: put, reply: None, id: None },
    updates: &[Update { fields: &["policy"], call: put }],
    delete: Delete::Call(|a| configure(a, "DELETE", "policy")),
    sample: || {
        let policy = r#"{"Version":"2012-10-17","Statement":[{"Sid":"read","Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::sample/*"}]}"#;
        sample("policy", policy.into())
    },
    name_is_id: Some(|a| a.parent.clone()),
    ..ResourceType::BASE
};

fn put(a: &Args<'_>) -> Call {
    configure(a, "PUT", "policy").body(a.get("policy")).class(409, Class::Invalid)
}

/// The same JSON, however it is written.
fn same_document(desired: &Value, observed: &Value) -> bool {
    let parse = |v: &Value| v.as_text().and_then(|t| serde_json::from_str::<serde_json::Value>(t).ok());
    desired == observed || matches!((parse(desired), parse(observed)), (Some(a), Some(b)) if a == b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spaces_and_order_make_no_difference() {
        assert!(same_document(&r#"{"a":1,"b":[2]}"#.into(), &r#"{ "b": [2], "a": 1 }"#.into()));
        assert!(!same_document(&r#"{"a":1}"#.into(), &r#"{"a":2}"#.into()));
    }
}
