//! An environment's address ranges and account.

use crate::{
    codes,
    decode::Cx,
    section::section,
    tree::Node,
    types::{SecretName, TeamId},
};
use pontoon_core::cidr::Cidr;

section! {
    /// The address ranges of an environment. Written as one network, it is the VPC's, and pods and
    /// services take the vendor's own ranges.
    pub struct Network shorthand ["vpc"] validate ranges {
        /// The range of the VPC: private, /16 to /28. It can never change.
        vpc "vpc": Cidr = required,
        /// The range of the pods, which overlaps nothing else in the account. Set together with `services`.
        pods "pods": Cidr = optional,
        /// The range of the services, which overlaps nothing else in the account. Set together with `pods`.
        services "services": Cidr = optional,
    }
}

fn ranges(network: &Network, node: &Node, cx: &mut Cx) {
    if network.pods.is_some() != network.services.is_some() {
        let (has, lacks) = if network.pods.is_some() { ("pods", "services") } else { ("services", "pods") };
        cx.error(
            codes::MISSING,
            node,
            format!("`{has}` is set and `{lacks}` is not: the vendor takes both or neither"),
            format!("add `{lacks}: 10.140.0.0/19`, or remove `{has}`"),
        );
    }
}

section! {
    /// An account (a team) of the environment's own.
    pub struct Account {
        /// The name of the secret or variable that holds its API token.
        token "token": SecretName = required,
        /// The team's id; a token of another team is refused before any change.
        team "team": TeamId = optional,
    }
}
