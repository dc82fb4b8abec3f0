//! A project: what the control panel groups things by.

use super::{call, pages};
use crate::{
    field::{Compare, Field},
    names::{Names, Unique},
    resource::{Create, Delete, Identity, List, MarkAt, Read, ResourceType, Update},
};
use pontoon_core::{call::Class, value::Value};
use std::collections::BTreeMap;

const SETTINGS: &[&str] = &["name", "description", "purpose", "environment"];

/// Purposes outside of the vendor's list are kept as `Other: …`. One that still holds things is not
/// removed (412); the default project is never ours. Source: API reference, "Projects".
pub const PROJECT: ResourceType = ResourceType {
    kind: "digitalocean.project",
    title: "project",
    text: "A group of things in the control panel.",
    fields: &[
        Field::new("name", "Name; unique in the account, at most 175 characters."),
        Field::new("description", "Free text, at most 255 characters; ends in the mark."),
        Field::new("purpose", "What it is for, such as `Web Application`.").compare(Compare::By(same_purpose)),
        Field::new("environment", "`Development`, `Staging` or `Production`."),
    ],
    identity: Identity::Marked(MarkAt::Text("description")),
    list: List::Account(|| pages("/v2/projects", "projects", "project:read")),
    read: Some(Read { call: |a| call("GET", a.at("/v2/projects"), "project:read"), item: "project" }),
    create: Create {
        call: |a| call("POST", "/v2/projects", "project:create").body(a.pick(SETTINGS)).class(409, Class::Invalid),
        reply: Some("project"),
        id: Some("id"),
    },
    updates: &[Update {
        fields: SETTINGS,
        call: |a| call("PATCH", a.at("/v2/projects"), "project:update").body(a.pick(SETTINGS)),
    }],
    delete: Delete::Call(|a| call("DELETE", a.at("/v2/projects"), "project:delete").class(412, Class::Conflict)),
    outputs: &[("id", "id"), ("name", "name")],
    sample: || {
        BTreeMap::from([
            ("name".into(), Value::from("sample")),
            ("purpose".into(), "Web Application".into()),
            ("environment".into(), "Development".into()),
        ])
    },
    names: Some(Names::label(1, 175, Unique::Account)),
    ..ResourceType::BASE
};

fn same_purpose(desired: &Value, observed: &Value) -> bool {
    let (Some(want), Some(have)) = (desired.as_text(), observed.as_text()) else { return false };
    want == have || have.strip_prefix("Other: ") == Some(want)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn purposes_of_ones_own_come_back_as_other() {
        assert!(same_purpose(&"Pontoon".into(), &"Other: Pontoon".into()));
        assert!(!same_purpose(&"Web Application".into(), &"Service or API".into()));
    }
}
