//! Whether a bucket keeps earlier versions of its objects.

use super::{REGION, configure, configured, sample};
use crate::{
    field::Field,
    resource::{Args, Create, Delete, Identity, List, Read, ResourceType, Update},
};
use pontoon_core::{call::Call, value::Value};

/// Once it was on it can be suspended, never removed: dropping it here leaves it as it is. A bucket
/// that never had it answers without a status. Source: Spaces API reference, "Versioning".
pub const BUCKET_VERSIONING: ResourceType = ResourceType {
    kind: "spaces.bucket_versioning",
    title: "bucket versioning",
    text: "Whether a bucket keeps earlier versions of its objects.",
    fields: &[Field::new("status", "`Enabled` or `Suspended`.").at("Status"), REGION],
    parent: Some("spaces.bucket"),
    dies_with_parent: true,
    identity: Identity::Only,
    list: List::Under(|a| configured(a, "versioning")),
    read: Some(Read { call: |a| configure(a, "GET", "versioning"), item: "" }),
    create: Create { call: put, reply: None, id: None },
    updates: &[Update { fields: &["status"], call: put }],
    delete: Delete::Forget,
    sample: || sample("status", "Enabled".into()),
    name_is_id: Some(|a| a.parent.clone()),
    ..ResourceType::BASE
};

fn put(a: &Args<'_>) -> Call {
    let status = Value::map([("Status", a.get("status"))]);
    configure(a, "PUT", "versioning").xml(Value::map([("VersioningConfiguration", status)]))
}
