//! What is allowed inside of the cluster; safe by default.

use crate::section::{choice, section};

section! {
    /// What is allowed inside of the cluster.
    pub struct Security {
        /// Whether namespaces are closed to each other but for what references need.
        network_policy "networkPolicy": NetworkPolicy = default "deny",
        /// The least strict pods that may run in apps' namespaces.
        pod_security "podSecurity": PodSecurity = default "baseline",
        /// Whether each app's namespace has a quota.
        quotas "quotas": bool = default "true",
        /// Where requests are encrypted.
        transport "transport": Transport = default "edge",
    }
}

choice! {
    /// Whether namespaces are closed to each other.
    pub enum NetworkPolicy {
        /// Closed, with exactly the openings that references need.
        Deny = "deny",
        /// Open.
        Allow = "allow",
    }
}

choice! {
    /// The standards of pod security.
    pub enum PodSecurity {
        /// Nothing that could harm the node.
        Restricted = "restricted",
        /// Nothing that is known to harm the node.
        Baseline = "baseline",
        /// Anything.
        Privileged = "privileged",
    }
}

choice! {
    /// Where requests are encrypted.
    pub enum Transport {
        /// Up to the controller.
        Edge = "edge",
        /// Up to the pods.
        Pods = "pods",
    }
}
