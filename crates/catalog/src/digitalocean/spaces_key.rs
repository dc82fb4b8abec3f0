//! A key for Spaces.

use super::{call, pages};
use crate::{
    field::{Compare, Field},
    names::{Names, Unique},
    resource::{Create, Delete, Identity, List, Read, ResourceType, Update},
};
use pontoon_core::value::Value;
use std::collections::BTreeMap;

/// The secret is in the reply to the creation and never again; at most 200 keys an account. A key
/// with full access has the one grant `{bucket: "", permission: fullaccess}`, mixes with no other
/// grant, and never becomes a scoped one. The vendor accepts a second key of the same name: only
/// derived names, which are one address's own, identify it; the reference gives no alphabet for names,
/// so no mark stands in them. A single read is documented with another shape (`keys`) than the
/// vendor's own client expects (`key`): its whole answer is taken, in which the key stands somewhere.
/// Source: API reference, "Spaces Keys"; changed grants: the Terraform provider's acceptance tests.
pub const SPACES_KEY: ResourceType = ResourceType {
    kind: "digitalocean.spaces_key",
    title: "Spaces key",
    text: "A key for Spaces: an id, and a secret that is shown once.",
    fields: &[
        Field::new("name", "Name; derived, so that it is this key's only."),
        Field::new("grants", "What it may do: `bucket`, `permission` (read, readwrite, fullaccess).")
            .compare(Compare::Set)
            .unless(refuse_conversion),
    ],
    identity: Identity::Natural(&["name"]),
    list: List::Account(|| pages("/v2/spaces/keys", "keys", "spaces_key:read")),
    read: Some(Read { call: |a| call("GET", a.at("/v2/spaces/keys"), "spaces_key:read"), item: "" }),
    create: Create {
        call: |a| call("POST", "/v2/spaces/keys", "spaces_key:create_credentials").body(a.pick(&["name", "grants"])),
        reply: Some("key"),
        id: Some("access_key"),
    },
    updates: &[Update {
        fields: &["name", "grants"],
        call: |a| call("PUT", a.at("/v2/spaces/keys"), "spaces_key:update").body(a.pick(&["name", "grants"])),
    }],
    delete: Delete::Call(|a| call("DELETE", a.at("/v2/spaces/keys"), "spaces_key:delete")),
    create_first: true,
    loss: "access for whoever uses it",
    outputs: &[("id", "access_key"), ("name", "name"), ("access_key", "access_key")],
    secrets: &[("secret_key", "secret_key")],
    sample: || {
        let bucket = crate::resource::of_sample("spaces.bucket", "id");
        let grant = Value::map([("bucket", bucket), ("permission", "readwrite".into())]);
        BTreeMap::from([("name".into(), Value::from("sample")), ("grants".into(), Value::List(vec![grant]))])
    },
    names: Some(Names::label(1, 63, Unique::Nowhere)),
    ..ResourceType::BASE
};

fn full(grants: &Value) -> bool {
    let all = grants.as_list().unwrap_or_default();
    all.iter().any(|g| g.at("permission").and_then(Value::as_text) == Some("fullaccess"))
}

fn refuse_conversion(before: &Value, after: &Value) -> Option<&'static str> {
    (full(before) != full(after)).then_some("a key with full access never becomes a scoped one, nor the other way")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grants_change_but_do_not_convert() {
        let grants = |p: &str| Value::List(vec![Value::map([("bucket", "b".into()), ("permission", p.into())])]);
        assert!(refuse_conversion(&grants("read"), &grants("readwrite")).is_none());
        assert!(refuse_conversion(&grants("read"), &grants("fullaccess")).is_some());
        assert!(refuse_conversion(&grants("fullaccess"), &grants("read")).is_some());
    }
}
