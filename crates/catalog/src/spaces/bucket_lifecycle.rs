//! When a bucket's objects and their earlier versions are removed.

use super::{REGION, configure, configured, same_xml, sample};
use crate::{
    field::{Compare, Field},
    resource::{Args, Create, Delete, Identity, List, Read, ResourceType, Update},
};
use pontoon_core::{call::Call, plan::Impact, value::Value};

/// By time only. PUT replaces all rules; no rules is no configuration, which is removed instead.
/// Expiring current objects in a bucket of backups, logs or state destroys those.
/// Source: Spaces API reference, "Lifecycle".
pub const BUCKET_LIFECYCLE: ResourceType = ResourceType {
    kind: "spaces.bucket_lifecycle",
    title: "bucket lifecycle",
    text: "When a bucket's objects and their earlier versions are removed.",
    fields: &[
        Field::new(
            "rules",
            "At least one, in S3's words: `ID`, `Status`, `Filter`, `Expiration`, `NoncurrentVersionExpiration`, \
             `AbortIncompleteMultipartUpload`.",
        )
        .at("Rule")
        .compare(Compare::By(same_xml))
        .impact(Impact::LosesData, "what is older than a new rule allows is removed"),
        REGION,
    ],
    parent: Some("spaces.bucket"),
    dies_with_parent: true,
    identity: Identity::Only,
    list: List::Under(|a| configured(a, "lifecycle")),
    read: Some(Read { call: |a| configure(a, "GET", "lifecycle"), item: "" }),
    create: Create { call: put, reply: None, id: None },
    updates: &[Update { fields: &["rules"], call: put }],
    delete: Delete::Call(|a| configure(a, "DELETE", "lifecycle")),
    sample: || {
        let rule = Value::map([
            ("ID", "earlier-versions".into()),
            ("Status", "Enabled".into()),
            ("Filter", Value::map([("Prefix", "".into())])),
            ("NoncurrentVersionExpiration", Value::map([("NoncurrentDays", 30i64.into())])),
        ]);
        sample("rules", Value::List(vec![rule]))
    },
    name_is_id: Some(|a| a.parent.clone()),
    ..ResourceType::BASE
};

fn put(a: &Args<'_>) -> Call {
    match a.get("rules") {
        Value::List(rules) if rules.is_empty() => configure(a, "DELETE", "lifecycle"),
        rules => {
            let body = Value::map([("LifecycleConfiguration", Value::map([("Rule", rules)]))]);
            configure(a, "PUT", "lifecycle").xml(body)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_rules_is_no_configuration() {
        let mut a = (BUCKET_LIFECYCLE.sample)();
        let method = |a: &crate::resource::Attributes| put(&Args::new(Value::Null, "b".into(), a)).method;
        assert_eq!(method(&a), "PUT");
        a.insert("rules".into(), Value::List(vec![]));
        assert_eq!(method(&a), "DELETE");
    }
}
