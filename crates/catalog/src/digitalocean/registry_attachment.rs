//! A registry that a cluster may pull from.

use super::call;
use crate::{
    field::Field,
    resource::{Args, ByHand, Create, Delete, Identity, List, ResourceType, of_sample},
};
use pontoon_core::{
    call::{Call, Class},
    value::Value,
};
use std::collections::BTreeMap;

/// The service then keeps a pull secret in every namespace of the cluster. Seen as a name in the
/// cluster's own list of registries. Source: API reference, "Kubernetes", "Add Container Registries
/// to Kubernetes Clusters".
pub const REGISTRY_ATTACHMENT: ResourceType = ResourceType {
    kind: "digitalocean.registry_attachment",
    title: "registry attachment",
    text: "A registry that a cluster may pull from.",
    fields: &[Field::new("registry", "Name of the registry.").at("").fixed("another registry is another attachment")],
    parent: Some("digitalocean.cluster"),
    dies_with_parent: true,
    identity: Identity::Natural(&["registry"]),
    list: List::Inside("registries"),
    create: Create {
        call: |a| {
            let names = a.get("registry");
            call("POST", "/v2/kubernetes/registries", "kubernetes:create kubernetes:update")
                .body(body(a, names))
                .class(412, Class::Conflict)
        },
        reply: None,
        id: None,
    },
    delete: Delete::Call(delete),
    typical: 5,
    loss: "pulls from the registry by what runs in the cluster",
    sample: || BTreeMap::from([("registry".into(), of_sample("digitalocean.registry", "name"))]),
    name_is_id: Some(|a| a.get("registry")),
    by_hand: Some(ByHand { of: |_| true, vendors: |_| false, label: &[""] }),
    ..ResourceType::BASE
};

fn delete(a: &Args<'_>) -> Call {
    call("DELETE", "/v2/kubernetes/registries", "kubernetes:update").body(body(a, a.id.clone()))
}

fn body(a: &Args<'_>, registry: Value) -> Value {
    let one = |v: Value| Value::List(vec![v]);
    Value::map([("cluster_uuids", one(a.parent.clone())), ("registries", one(registry))])
}
