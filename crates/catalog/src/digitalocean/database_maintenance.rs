//! When a managed database cluster is maintained.

use super::call;
use crate::{
    field::{Compare, Field},
    resource::{Args, Create, Delete, Identity, List, Read, ResourceType, Update},
};
use pontoon_core::{
    call::{Call, Class},
    value::Value,
};
use std::collections::BTreeMap;

/// Always there: the vendor chooses a window where nobody does, and it cannot be removed.
/// The hour comes back with seconds. Source: API reference, "Databases".
pub const DATABASE_MAINTENANCE: ResourceType = ResourceType {
    kind: "digitalocean.database_maintenance",
    title: "maintenance window",
    text: "When a managed database cluster is maintained.",
    fields: &[
        Field::new("day", "Day of the week, such as `sunday`."),
        Field::new("hour", "Time in UTC, such as `04:00`.").compare(Compare::By(same_hour)),
    ],
    parent: Some("digitalocean.database"),
    dies_with_parent: true,
    identity: Identity::Only,
    list: List::Inside("maintenance_window"),
    read: Some(Read {
        call: |a| call("GET", Value::concat(["/v2/databases/".into(), a.parent.clone()]), "database:read"),
        item: "database.maintenance_window",
    }),
    create: Create { call: put, reply: None, id: None },
    updates: &[Update { fields: &["day", "hour"], call: put }],
    delete: Delete::Forget,
    sample: || BTreeMap::from([("day".into(), Value::from("sunday")), ("hour".into(), "04:00".into())]),
    name_is_id: Some(|a| a.parent.clone()),
    ..ResourceType::BASE
};

fn put(a: &Args<'_>) -> Call {
    call("PUT", a.under("/v2/databases", "maintenance"), "database:update")
        .body(a.pick(&["day", "hour"]))
        .class(412, Class::Conflict)
}

/// `04:00` is `04:00:00`.
fn same_hour(desired: &Value, observed: &Value) -> bool {
    let (Some(want), Some(have)) = (desired.as_text(), observed.as_text()) else { return false };
    let minutes = |t: &str| t.splitn(3, ':').take(2).map(str::to_owned).collect::<Vec<_>>();
    minutes(want) == minutes(have)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_compared_without_seconds() {
        assert!(same_hour(&"04:00".into(), &"04:00:00".into()) && same_hour(&"04:00".into(), &"04:00".into()));
        assert!(!same_hour(&"04:00".into(), &"14:00:00".into()) && !same_hour(&"04:00".into(), &"04:30".into()));
    }
}
