//! A managed Kubernetes cluster (DOKS).

use super::{call, pages, urn, whole};
use crate::{
    field::{Compare, Field},
    names::{Names, Unique},
    prices,
    resource::{Args, Create, Delete, Embed, Identity, List, MarkAt, Read, ResourceType, UnderWay, Update},
};
use pontoon_core::{
    call::Class,
    plan::{Condition, Impact},
    value::Value,
};
use std::collections::BTreeMap;

/// Everything that a change in place sends: PUT resets what it leaves out.
const SETTINGS: &[&str] =
    &["name", "tags", "maintenance_policy", "auto_upgrade", "surge_upgrade", "ha", "control_plane_firewall", "routing_agent"];

/// Creation demands at least one node pool, which is a resource of its own here. `ha` left out is
/// false before 1.36.0 and true from then on, `surge_upgrade` left out is false: both are always
/// sent. Deleting leaves load balancers and volumes that Kubernetes made, unless they are named.
/// Source: API reference, "Kubernetes".
pub const CLUSTER: ResourceType = ResourceType {
    kind: "digitalocean.cluster",
    title: "Kubernetes cluster",
    text: "A managed Kubernetes cluster (DOKS).",
    fields: &[
        Field::new("name", "Name; unique in the account."),
        Field::new("region", "Region, such as `nyc3`.").fixed("a cluster stays in its region"),
        Field::new("version", "Kubernetes version: a slug, a minor or `latest`.")
            .compare(Compare::By(same_version))
            .unless(refuse_downgrade)
            .impact(Impact::Restart, "every node is replaced, one after another")
            .moved_by("the vendor"),
        Field::new("vpc_uuid", "The VPC of its nodes.").fixed("a cluster stays in its VPC"),
        Field::new("cluster_subnet", "Range of the pods.").fixed("the pods' range cannot change"),
        Field::new("service_subnet", "Range of the services.").fixed("the services' range cannot change"),
        Field::new("tags", "Tags, the mark among them.").compare(Compare::Holds),
        Field::new("ha", "Whether the control plane is highly available.").unless(refuse_ha_off),
        Field::new("surge_upgrade", "Whether upgrades add nodes before they remove any."),
        Field::new("auto_upgrade", "Whether patches are installed in the maintenance window."),
        Field::new("maintenance_policy", "`day` and `start_time` of the window, in UTC.").compare(Compare::Subset),
        Field::new("control_plane_firewall", "Who may reach the API: `enabled`, `allowed_addresses`.").compare(Compare::Subset),
        Field::new("routing_agent", "Whether `Route` objects are followed: `enabled`.").compare(Compare::Subset),
    ],
    identity: Identity::Marked(MarkAt::Tag("tags")),
    list: List::Account(|| pages("/v2/kubernetes/clusters", "kubernetes_clusters", "kubernetes:read")),
    read: Some(Read { call: |a| call("GET", a.at("/v2/kubernetes/clusters"), "kubernetes:read"), item: "kubernetes_cluster" }),
    create: Create { call: create, reply: Some("kubernetes_cluster"), id: Some("id") },
    embed: Some(Embed { kind: "digitalocean.node_pool", reply: "kubernetes_cluster.node_pools.0", body: super::node_pool::body }),
    updates: &[
        Update {
            fields: &["version"],
            call: |a| {
                let path = Value::concat([a.at("/v2/kubernetes/clusters"), "/upgrade".into()]);
                call("POST", path, "kubernetes:update").body(a.pick(&["version"])).class(409, Class::Conflict)
            },
        },
        Update {
            fields: SETTINGS,
            call: |a| call("PUT", a.at("/v2/kubernetes/clusters"), "kubernetes:update").body(a.pick(SETTINGS)),
        },
    ],
    delete: Delete::Call(|a| {
        let path = Value::concat([a.at("/v2/kubernetes/clusters"), "/destroy_with_associated_resources/selective".into()]);
        call("DELETE", path, "kubernetes:delete").body(along(a)).class(409, Class::Conflict)
    }),
    along: Some(|a| {
        let path = Value::concat([a.at("/v2/kubernetes/clusters"), "/destroy_with_associated_resources".into()]);
        whole(path, "", "kubernetes:read")
    }),
    ready: Some(|| Condition::Is { path: "status.state".into(), any_of: vec!["running".into()] }),
    failed: Some(|| Condition::Is { path: "status.state".into(), any_of: vec!["error".into(), "deleted".into()] }),
    // Asked for once more, it answers 422: "the cluster is not running".
    under_way: Some(UnderWay {
        fields: &["version"],
        holds: || Condition::Is { path: "status.state".into(), any_of: vec!["upgrading".into()] },
    }),
    stateful: true,
    loss: "everything that runs in it, and what it keeps in volumes",
    typical: 360,
    timeout: 3600,
    outputs: &[
        ("id", "id"),
        ("name", "name"),
        ("endpoint", "endpoint"),
        ("version", "version"),
        ("cluster_subnet", "cluster_subnet"),
        ("service_subnet", "service_subnet"),
    ],
    price: |a| prices::control_plane(a.get("ha").and_then(Value::as_bool) == Some(true)),
    sample: || {
        BTreeMap::from([
            ("name".into(), Value::from("sample")),
            ("region".into(), "nyc3".into()),
            ("version".into(), "1.36".into()),
            ("ha".into(), false.into()),
            ("surge_upgrade".into(), true.into()),
            ("auto_upgrade".into(), true.into()),
            ("maintenance_policy".into(), Value::map([("day", "sunday".into()), ("start_time", "04:00".into())])),
        ])
    },
    urn: Some(|a| urn("do:kubernetes", a)),
    names: Some(Names::label(1, 63, Unique::Account)),
    ..ResourceType::BASE
};

fn create(a: &Args<'_>) -> pontoon_core::call::Call {
    let mut body = a.pick(&[
        "name",
        "region",
        "version",
        "vpc_uuid",
        "cluster_subnet",
        "service_subnet",
        "tags",
        "ha",
        "surge_upgrade",
        "auto_upgrade",
        "maintenance_policy",
        "control_plane_firewall",
        "routing_agent",
    ]);
    if let Value::Map(body) = &mut body {
        body.insert("node_pools".into(), Value::List(a.embedded.clone()));
    }
    call("POST", "/v2/kubernetes/clusters", "kubernetes:create").body(body)
}

/// What is deleted with the cluster: the ids that the vendor lists for it, by kind. Volumes and their
/// snapshots are listed only where the planner lets them go.
fn along(a: &Args<'_>) -> Value {
    let ids = |kind: &str| {
        let list = a.along.at(kind).and_then(Value::as_list).unwrap_or_default();
        Value::List(list.iter().filter_map(|o| o.at("id")).cloned().collect())
    };
    Value::map(["load_balancers", "volumes", "volume_snapshots"].map(|k| (k, ids(k))))
}

/// `1.36.1-do.0` is `1.36.1-do.0`, `1.36.1`, `1.36`, and `latest` as far as one can tell without the
/// list of versions: what the vendor moved on by itself is no difference.
fn same_version(desired: &Value, observed: &Value) -> bool {
    let (Some(want), Some(have)) = (desired.as_text(), observed.as_text()) else { return false };
    want == "latest"
        || want == have
        || have.strip_prefix(want).is_some_and(|rest| rest.starts_with(['.', '-']))
        || matches!((numbers(want), numbers(have)), (Some(w), Some(h)) if w.len() == 3 && w[..2] == h[..2] && h > w)
}

fn numbers(version: &str) -> Option<Vec<u32>> {
    version.split('-').next()?.split('.').map(|n| n.parse().ok()).collect()
}

fn refuse_downgrade(before: &Value, after: &Value) -> Option<&'static str> {
    let (before, after) = (numbers(before.as_text()?)?, numbers(after.as_text()?)?);
    (after < before && !before.starts_with(&after)).then_some("a cluster cannot go back to an earlier version")
}

fn refuse_ha_off(before: &Value, after: &Value) -> Option<&'static str> {
    (before.as_bool() == Some(true) && after.as_bool() == Some(false)).then_some("high availability can be turned on, never off")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_meaning() {
        let same = |a: &str, b: &str| same_version(&a.into(), &b.into());
        assert!(same("1.36", "1.36.1-do.0") && same("latest", "1.36.1-do.0") && same("1.36.1", "1.36.1-do.0"));
        assert!(same("1.36.0-do.0", "1.36.1-do.0"), "the vendor's own patch is no drift");
        assert!(!same("1.37", "1.36.1-do.0") && !same("1.3", "1.36.1-do.0") && !same("1.36.2-do.0", "1.36.1-do.0"));
    }

    #[test]
    fn refusals() {
        assert!(refuse_ha_off(&true.into(), &false.into()).is_some());
        assert!(refuse_ha_off(&false.into(), &true.into()).is_none());
        assert!(refuse_downgrade(&"1.36.1-do.0".into(), &"1.35".into()).is_some());
        assert!(refuse_downgrade(&"1.36.1-do.0".into(), &"1.37".into()).is_none());
    }
}
