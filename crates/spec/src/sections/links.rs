//! Tunnels between the cloud and sites.

use super::{List, Off};
use crate::{
    codes,
    decode::Cx,
    section::{section, tagged},
    tree::Node,
    types::{LocationRef, SiteRef, Whole},
};
use pontoon_core::cidr::Cidr;
use std::net::IpAddr;

tagged! {
    /// A tunnel between two places.
    pub enum Link default "wireguard" {
        /// WireGuard.
        Wireguard(Wireguard) = "wireguard",
        /// Turned off.
        None(Off) = "none",
    }
}

section! {
    /// A WireGuard tunnel.
    pub struct Wireguard validate two_ends {
        /// The two ends: `cloud` and a site, or two sites.
        between "between": List<LocationRef> = required,
        /// The tunnel's own network. It overlaps neither end.
        network "network": Cidr = required,
        /// The machine that ends the tunnel at a site.
        gateway "gateway": Gateway = required,
        /// How often an idle end says that it is there.
        keepalive "keepalive": pontoon_core::quantity::Duration = default "25s",
    }
}

section! {
    /// The machine that ends a tunnel at a site.
    pub struct Gateway {
        /// Which site.
        site "site": SiteRef = required,
        /// Its address in the site's network.
        address "address": IpAddr = required,
        /// Its public address; the cloud's end waits for it to call where there is none.
        public "public": IpAddr = optional,
        /// The port.
        port "port": Whole<1, 65535> = default "51820",
    }
}

fn two_ends(link: &Wireguard, node: &Node, cx: &mut Cx) {
    let ends = &link.between.value;
    let place = node.get("between").unwrap_or(node);
    if ends.len() != 2 || ends.first().map(|e| &e.value) == ends.get(1).map(|e| &e.value) {
        cx.error(
            codes::BOUNDS,
            place,
            format!("{}: a tunnel has two ends, and they differ", cx.subject()),
            "write [ cloud, onprem ]",
        );
    }
}
