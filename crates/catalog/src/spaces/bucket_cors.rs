//! Which other sites' pages may use a bucket.

use super::{REGION, configure, configured, same_xml, sample};
use crate::{
    field::{Compare, Field},
    resource::{Args, Create, Delete, Identity, List, Read, ResourceType, Update},
};
use pontoon_core::{call::Call, plan::Impact, value::Value};

/// PUT replaces all rules; no rules is no configuration, which is removed instead.
/// Source: Spaces API reference, "CORS".
pub const BUCKET_CORS: ResourceType = ResourceType {
    kind: "spaces.bucket_cors",
    title: "bucket CORS rules",
    text: "Which other sites' pages may use a bucket.",
    fields: &[
        Field::new(
            "rules",
            "At least one, in S3's words: `AllowedOrigin`, `AllowedMethod`, `AllowedHeader`, `ExposeHeader`, `MaxAgeSeconds`.",
        )
        .at("CORSRule")
        .compare(Compare::By(same_xml))
        .impact(Impact::Interruption, "pages of a site that is no longer allowed cannot use it"),
        REGION,
    ],
    parent: Some("spaces.bucket"),
    dies_with_parent: true,
    identity: Identity::Only,
    list: List::Under(|a| configured(a, "cors")),
    read: Some(Read { call: |a| configure(a, "GET", "cors"), item: "" }),
    create: Create { call: put, reply: None, id: None },
    updates: &[Update { fields: &["rules"], call: put }],
    delete: Delete::Call(|a| configure(a, "DELETE", "cors")),
    sample: || {
        let rule = Value::map([
            ("AllowedOrigin", Value::List(vec!["https://www.example.com".into()])),
            ("AllowedMethod", Value::List(vec!["GET".into(), "PUT".into()])),
            ("AllowedHeader", Value::List(vec!["*".into()])),
            ("MaxAgeSeconds", 3000i64.into()),
        ]);
        sample("rules", Value::List(vec![rule]))
    },
    name_is_id: Some(|a| a.parent.clone()),
    ..ResourceType::BASE
};

fn put(a: &Args<'_>) -> Call {
    match a.get("rules") {
        Value::List(rules) if rules.is_empty() => configure(a, "DELETE", "cors"),
        rules => configure(a, "PUT", "cors").xml(Value::map([("CORSConfiguration", Value::map([("CORSRule", rules)]))])),
    }
}
