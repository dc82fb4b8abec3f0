//! The two ends of a connection, as policies see them.

use super::super::fields::{items, namespace, text};
use crate::cluster::Objects;
use serde_json::Value;
use std::net::Ipv4Addr;

/// The far end.
#[derive(Debug, Clone, Copy)]
pub(super) enum Side<'a> {
    /// A pod, and the Service by which it is called.
    Pod(&'a Value, Option<(&'a str, &'a str)>),
    /// The API server, which in DOKS is outside of the cluster's network.
    Api(Ipv4Addr),
    /// Something outside, by the name that was looked up.
    World(Ipv4Addr, &'a str),
}

/// A port on the far end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Port {
    /// Number.
    pub number: u16,
    /// `TCP` or `UDP`.
    pub protocol: &'static str,
}

impl Port {
    /// TCP.
    pub(super) fn tcp(number: u16) -> Self {
        Self { number, protocol: "TCP" }
    }
}

/// Why a connection is not let through: the policies that say so.
#[derive(Debug)]
pub(super) struct Denied {
    /// `namespace/name` of those that shut, those that allow nothing at all alone if there are such.
    pub by: String,
}

/// What policies of one direction say together: shut by those that select the pod, opened by any rule of any of them.
#[derive(Debug, Default)]
pub(super) struct Verdict {
    shut: Vec<(String, bool)>,
    open: bool,
    refused: Option<String>,
}

impl Verdict {
    /// A policy that selects the pod; `bare` when it allows nothing.
    pub(super) fn shut(&mut self, policy: &Value, bare: bool) {
        self.shut.push((called(policy), bare));
    }

    /// A rule lets the connection through.
    pub(super) fn open(&mut self) {
        self.open = true;
    }

    /// A rule forbids it whatever others say.
    pub(super) fn refuse(&mut self, policy: &Value) {
        self.refused.get_or_insert_with(|| called(policy));
    }

    /// All of them together.
    pub(super) fn end(self) -> Result<(), Denied> {
        if let Some(by) = self.refused {
            return Err(Denied { by });
        }
        if self.open || self.shut.is_empty() {
            return Ok(());
        }
        let bare: Vec<String> = self.shut.iter().filter(|(_, bare)| *bare).map(|(n, _)| n.clone()).collect();
        let names = if bare.is_empty() { self.shut.into_iter().map(|(n, _)| n).collect() } else { bare };
        Err(Denied { by: names.join(", ") })
    }
}

fn called(policy: &Value) -> String {
    match namespace(policy) {
        "" => text(&policy["metadata"]["name"]).to_owned(),
        home => format!("{home}/{}", text(&policy["metadata"]["name"])),
    }
}

/// Labels of a namespace; its name among them, as the server sees to.
pub(super) fn namespace_labels(objects: &Objects, name: &str) -> Value {
    let mut labels = objects.get("namespaces", "", name).map_or(Value::Null, |n| n["metadata"]["labels"].clone());
    if !labels.is_object() {
        labels = serde_json::json!({});
    }
    labels["kubernetes.io/metadata.name"] = name.into();
    labels
}

/// Whether a pod has the node's own network, to which policies do not apply.
pub(super) fn on_host(pod: &Value) -> bool {
    pod["spec"]["hostNetwork"] == true
}

/// The number of a named port of a pod.
pub(super) fn named_port(pod: &Value, wanted: &str) -> Option<u64> {
    let ports = items(&pod["spec"]["containers"]).iter().flat_map(|c| items(&c["ports"]));
    ports.filter(|p| p["name"] == wanted).find_map(|p| p["containerPort"].as_u64())
}
