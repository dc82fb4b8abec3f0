//! A public key for droplets.

use super::{call, pages};
use crate::{
    field::Field,
    resource::{Create, Delete, Identity, List, Read, ResourceType, Update},
};
use pontoon_core::{call::Class, value::Value};
use std::collections::BTreeMap;

/// The vendor refuses a key that the account has already. Lists may be asked 10 times a minute.
/// Droplets keep it when it is removed here. Source: API reference, "SSH Keys".
pub const SSH_KEY: ResourceType = ResourceType {
    kind: "digitalocean.ssh_key",
    title: "SSH key",
    text: "A public key that droplets are made with.",
    fields: &[
        Field::new("public_key", "The key, as in `authorized_keys`, without line end.").fixed("another key is another one"),
        Field::new("name", "What people see."),
    ],
    identity: Identity::Natural(&["public_key"]),
    list: List::Account(|| pages("/v2/account/keys", "ssh_keys", "ssh_key:read")),
    read: Some(Read { call: |a| call("GET", a.at("/v2/account/keys"), "ssh_key:read"), item: "ssh_key" }),
    create: Create {
        call: |a| {
            call("POST", "/v2/account/keys", "ssh_key:create").body(a.pick(&["public_key", "name"])).class(409, Class::Invalid)
        },
        reply: Some("ssh_key"),
        id: Some("id"),
    },
    updates: &[Update {
        fields: &["name"],
        call: |a| call("PUT", a.at("/v2/account/keys"), "ssh_key:update").body(a.pick(&["name"])),
    }],
    delete: Delete::Call(|a| call("DELETE", a.at("/v2/account/keys"), "ssh_key:delete")),
    outputs: &[("fingerprint", "fingerprint"), ("name", "name")],
    sample: || {
        let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f sample";
        BTreeMap::from([("name".into(), Value::from("sample")), ("public_key".into(), key.into())])
    },
    ..ResourceType::BASE
};
