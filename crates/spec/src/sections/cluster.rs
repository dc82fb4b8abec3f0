//! The managed Kubernetes cluster and its pools.

use super::{List, Map, Words};
use crate::{
    codes,
    decode::Cx,
    section::{choice, section},
    tree::Node,
    types::{NodeSize, Raw, Whole},
};
use pontoon_core::{
    cidr::Cidr,
    quantity::{KubernetesVersion, Taint, TimeOfDay},
};

section! {
    /// The managed Kubernetes cluster of each environment.
    pub struct Cluster {
        /// Which Kubernetes: exact ("1.36.1"), a minor ("1.36"), or a channel: `stable` (the newest
        /// minor but one) or `latest`.
        version "version": KubernetesVersion = default "stable",
        /// Whether the control plane is highly available. It can be turned on later, never off.
        high_availability "highAvailability": bool = default "false",
        /// Which upgrades the vendor makes by itself in the maintenance window.
        auto_upgrade "autoUpgrade": AutoUpgrade = default "none",
        /// Whether upgrades add nodes before they remove any. Needs room in the account's limit.
        surge "surge": bool = default "true",
        /// When upgrades happen. Does nothing without `autoUpgrade`.
        maintenance "maintenance": Maintenance = optional,
        /// Whether nodes have public addresses. It can never change.
        nodes "nodes": NodeAddresses = default "public",
        /// Which networks may reach the API; everybody with a token where nothing is written.
        api_access "apiAccess": List<Cidr> = default "[]",
        /// The groups of nodes, by name. At least one.
        pools "pools": Map<Pool> = required,
    }
}

choice! {
    /// Which upgrades the vendor makes by itself.
    pub enum AutoUpgrade {
        /// None.
        None = "none",
        /// Patches of the minor that runs.
        Patch = "patch",
    }
}

choice! {
    /// Whether nodes have public addresses.
    pub enum NodeAddresses {
        /// Each node has a public address.
        Public = "public",
        /// Nodes have private addresses only and reach the internet through the VPC's gateway.
        Private = "private",
    }
}

section! {
    /// The window of four hours in which the vendor upgrades.
    pub struct Maintenance {
        /// The day.
        day "day": Day = default "any",
        /// When it begins, in UTC.
        start "start": TimeOfDay = default "\"04:00\"",
    }
}

choice! {
    /// A day of the week.
    pub enum Day {
        /// Whichever.
        Any = "any",
        /// Monday.
        Monday = "monday",
        /// Tuesday.
        Tuesday = "tuesday",
        /// Wednesday.
        Wednesday = "wednesday",
        /// Thursday.
        Thursday = "thursday",
        /// Friday.
        Friday = "friday",
        /// Saturday.
        Saturday = "saturday",
        /// Sunday.
        Sunday = "sunday",
    }
}

section! {
    /// A pool of nodes of one size.
    pub struct Pool {
        /// What it is for. A role without a pool falls to `system`, then to any pool that tolerates
        /// it; a pool without a role takes all.
        role "role": Role = optional,
        /// The size of its nodes. It cannot change: another one replaces the pool.
        size "size": NodeSize = required,
        /// How many nodes: a number, or `min` and `max` for the autoscaler.
        nodes "nodes": Nodes = required,
        /// Labels of its nodes.
        labels "labels": Words<Raw> = default "{}",
        /// Taints of its nodes.
        taints "taints": List<Taint> = default "[]",
    }
}

choice! {
    /// What a pool is for.
    pub enum Role {
        /// The platform's own components.
        System = "system",
        /// Apps.
        Workload = "workload",
        /// Telemetry.
        Monitoring = "monitoring",
        /// Databases, caches and queues.
        Data = "data",
    }
}

section! {
    /// How many nodes. Written as one number, it is both.
    pub struct Nodes shorthand ["min", "max"] validate in_order {
        /// At least.
        min "min": Whole<0, 1000> = required,
        /// At most; the autoscaler is on where it is more than `min`.
        max "max": Whole<1, 1000> = optional,
    }
}

impl Nodes {
    /// The most nodes.
    pub fn most(&self) -> u32 {
        self.max.as_ref().map_or(self.min.get(), |m| m.get())
    }
    /// The fewest nodes.
    pub fn least(&self) -> u32 {
        self.min.get()
    }
    /// Whether the vendor's autoscaler decides.
    pub fn autoscaled(&self) -> bool {
        self.least() != self.most()
    }
}

fn in_order(nodes: &Nodes, node: &Node, cx: &mut Cx) {
    at_most(nodes.least(), nodes.most(), node, cx);
}

/// Refuses a minimum above the maximum.
pub(super) fn at_most(least: u32, most: u32, node: &Node, cx: &mut Cx) {
    if least > most {
        let place = node.get("min").unwrap_or(node);
        cx.error(
            codes::BOUNDS,
            place,
            format!("{}: at least {least} and at most {most} cannot both be", cx.subject()),
            format!("write {{ min: {most}, max: {least} }}"),
        );
    } else if most == 0 {
        cx.error(codes::BOUNDS, node, format!("{}: there would be none", cx.subject()), "write at least 1");
    }
}
