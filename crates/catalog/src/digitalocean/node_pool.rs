//! A node pool of a cluster, the one that the cluster is created with included.

use super::call;
use crate::{
    field::{Compare, Field},
    names::{Names, Unique},
    prices,
    resource::{Args, Attributes, ByHand, Create, Delete, Identity, List, MarkAt, Read, ResourceType, Update},
};
use pontoon_core::{
    call::Class,
    money::Cost,
    plan::{Condition, Impact},
    value::Value,
};
use std::collections::BTreeMap;

const CLUSTERS: &str = "/v2/kubernetes/clusters";
const BODY: &[&str] = &["name", "size", "count", "auto_scale", "min_nodes", "max_nodes", "tags", "labels", "taints"];
const SETTINGS: &[&str] = &["name", "count", "auto_scale", "min_nodes", "max_nodes", "tags", "labels", "taints"];

/// A pool's size cannot change: a new pool is made, the old one is scaled to none (the vendor drains
/// each node), then removed. With autoscaling the count is the autoscaler's. The service adds tags
/// and labels of its own. The last pool of a cluster cannot be removed. Source: API reference,
/// "Kubernetes"; `count: 0` is accepted while another pool has nodes.
pub const NODE_POOL: ResourceType = ResourceType {
    kind: "digitalocean.node_pool",
    title: "node pool",
    text: "Nodes of one size in a cluster.",
    fields: &[
        Field::new("name", "Name; unique in the cluster. A replacement's ends in its incarnation.").compare(Compare::Once),
        Field::new("size", "Size of each node, such as `s-4vcpu-8gb`.").fixed("the size of a pool's nodes cannot change"),
        Field::new("count", "How many nodes; left out where the autoscaler decides.")
            .impact(Impact::Restart, "pods move to other nodes where nodes are removed")
            .moved_by("the autoscaler"),
        Field::new("auto_scale", "Whether the autoscaler decides how many nodes there are."),
        Field::new("min_nodes", "The fewest nodes."),
        Field::new("max_nodes", "The most nodes."),
        Field::new("tags", "Tags of the nodes, the mark among them.").compare(Compare::Holds),
        Field::new("labels", "Kubernetes labels of the nodes; one that is removed here stays on its nodes.")
            .compare(Compare::Subset),
        Field::new("taints", "Taints of the nodes: `key`, `value`, `effect`.").compare(Compare::Set),
    ],
    parent: Some("digitalocean.cluster"),
    dies_with_parent: true,
    identity: Identity::Marked(MarkAt::Tag("tags")),
    list: List::Inside("node_pools"),
    read: Some(Read { call: |a| call("GET", a.at_under(CLUSTERS, "node_pools"), "kubernetes:read"), item: "node_pool" }),
    create: Create {
        call: |a| call("POST", a.under(CLUSTERS, "node_pools"), "kubernetes:update").body(body(a)).class(409, Class::Conflict),
        reply: Some("node_pool"),
        id: Some("id"),
    },
    updates: &[Update {
        fields: SETTINGS,
        call: |a| {
            call("PUT", a.at_under(CLUSTERS, "node_pools"), "kubernetes:update")
                .body(a.pick(SETTINGS))
                .class(409, Class::Conflict)
        },
    }],
    delete: Delete::Drain {
        title: "drain",
        drain: |a| {
            let none = Value::map([("name", a.get("name")), ("auto_scale", false.into()), ("count", 0i64.into())]);
            call("PUT", a.at_under(CLUSTERS, "node_pools"), "kubernetes:update").body(none).class(409, Class::Conflict)
        },
        drained: || Condition::Empty { path: "nodes".into() },
        delete: |a| call("DELETE", a.at_under(CLUSTERS, "node_pools"), "kubernetes:update").class(409, Class::Conflict),
    },
    ready: Some(|| {
        let (list, path, any_of) = ("nodes", "status.state", vec!["running".into()]);
        // What the autoscaler adds later comes and goes without anybody waiting for it.
        Condition::Any(vec![
            Condition::Each { list: list.into(), path: path.into(), any_of: any_of.clone() },
            Condition::All(vec![
                Condition::Is { path: "auto_scale".into(), any_of: vec![true.into()] },
                Condition::AtLeast { list: list.into(), path: path.into(), any_of, least: "min_nodes".into() },
            ]),
        ])
    }),
    create_first: true,
    typical: 150,
    timeout: 3600,
    outputs: &[("id", "id"), ("name", "name")],
    price,
    sample: || {
        BTreeMap::from([
            ("name".into(), Value::from("sample")),
            ("size".into(), "s-2vcpu-4gb".into()),
            ("auto_scale".into(), false.into()),
            ("count".into(), 2i64.into()),
            ("labels".into(), Value::map([("tier", "sample".into())])),
        ])
    },
    names: Some(Names::label(1, 63, Unique::Parent)),
    by_hand: Some(ByHand { of: |_| true, vendors: |_| false, label: &["name"] }),
    ..ResourceType::BASE
};

/// A pool as it stands in a request to make it, or its cluster. An autoscaled pool begins with its
/// fewest nodes: the vendor wants a count all the same.
pub(super) fn body(a: &Args<'_>) -> Value {
    let mut body = a.pick(BODY);
    if let Value::Map(fields) = &mut body
        && !fields.contains_key("count")
    {
        fields.insert("count".into(), a.get("min_nodes"));
    }
    body
}

/// From the fewest to the most nodes: the vendor bills a pool's peak, capped at 672 hours.
fn price(a: &Attributes) -> Cost {
    let number = |f: &str| a.get(f).and_then(Value::as_i64).and_then(|n| u32::try_from(n).ok());
    let node = a.get("size").and_then(Value::as_text).map_or(Cost::UNKNOWN, prices::droplet);
    let (min, max) = match (number("min_nodes"), number("max_nodes"), number("count")) {
        (Some(min), Some(max), _) => (min, max),
        (_, _, Some(count)) => (count, count),
        _ => return Cost::UNKNOWN,
    };
    Cost { minimum: node.times(min).minimum, maximum: node.times(max).maximum, incomplete: node.incomplete }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_autoscaled_pool_costs_between_two_figures() {
        let mut a = (NODE_POOL.sample)();
        assert_eq!(price(&a).to_string(), "48.00");
        a.insert("min_nodes".into(), 1i64.into());
        a.insert("max_nodes".into(), 3i64.into());
        assert_eq!(price(&a).to_string(), "24.00 to 72.00");
    }
}
