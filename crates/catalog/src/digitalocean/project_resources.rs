//! What a project holds.

use super::call;
use crate::{
    field::{Compare, Field},
    resource::{Args, Create, Delete, Identity, List, Read, ResourceType, Update, of_sample},
};
use pontoon_core::{
    call::{Call, Listing},
    value::Value,
};
use std::collections::BTreeMap;

/// Adds to what the project holds, and takes nothing out: whoever is in one project is in no other,
/// and what is removed leaves by itself. A token sees, and assigns, only what it may read. Pages hold
/// at most 200, and a platform has fewer members than that. Source: API reference, "Project Resources".
pub const PROJECT_RESOURCES: ResourceType = ResourceType {
    kind: "digitalocean.project_resources",
    title: "project membership",
    text: "What a project holds.",
    fields: &[Field::new("urns", "Members, such as `do:droplet:123`; the project may hold more.")
        .at("resources")
        .compare(Compare::By(holds_all))],
    parent: Some("digitalocean.project"),
    // Forgotten first: its members must go before the project, which is refused while it holds any.
    dies_with_parent: false,
    identity: Identity::Only,
    list: List::Under(|a| Listing { call: get(a), items: String::new(), paged: false, absent_is_empty: true }),
    read: Some(Read { call: get, item: "" }),
    create: Create { call: post, reply: None, id: None },
    updates: &[Update { fields: &["urns"], call: post }],
    delete: Delete::Forget,
    sample: || {
        let member = Value::concat(["do:volume:".into(), of_sample("digitalocean.volume", "id")]);
        BTreeMap::from([("urns".into(), Value::List(vec![member]))])
    },
    name_is_id: Some(|a| a.parent.clone()),
    ..ResourceType::BASE
};

fn get(a: &Args<'_>) -> Call {
    call("GET", a.under("/v2/projects", "resources"), "project:read").query("per_page", 200i64)
}

fn post(a: &Args<'_>) -> Call {
    let body = Value::map([("resources", a.get("urns"))]);
    call("POST", a.under("/v2/projects", "resources"), "project:assign_resource").body(body)
}

/// The observed objects name every desired member.
fn holds_all(desired: &Value, observed: &Value) -> bool {
    let (Some(want), Some(have)) = (desired.as_list(), observed.as_list()) else { return false };
    want.iter().all(|w| have.iter().any(|h| h.at("urn") == Some(w)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_of_others_do_not_matter() {
        let have = Value::from(serde_json::json!([{"urn": "do:volume:1", "status": "ok"}, {"urn": "do:droplet:2"}]));
        let want = |urns: &[&str]| Value::List(urns.iter().map(|u| (*u).into()).collect());
        assert!(holds_all(&want(&["do:volume:1"]), &have) && holds_all(&want(&[]), &have));
        assert!(!holds_all(&want(&["do:volume:1", "do:volume:3"]), &have));
    }
}
