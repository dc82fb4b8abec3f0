//! What exists once: the zone and the registry.

use super::{How, Kind, Part};
use crate::hcl::Body;

/// `digitalocean_domain`. Records of mail, ExternalDNS and people live in it: removing it removes them all.
pub const ZONE: Kind = Kind {
    kind: "digitalocean.domain",
    outputs: &[("name", "name")],
    how: How::Block {
        resource: "digitalocean_domain",
        part: Part::Dns,
        write: |f| {
            let body = Body::new().set("name", f.must("name"));
            Some(body.block("lifecycle", &[], Body::new().set("prevent_destroy", true)))
        },
    },
};

/// `digitalocean_container_registries`: `digitalocean_container_registry` uses the older calls, which fail where an account
/// has several.
pub const REGISTRY: Kind = Kind {
    kind: "digitalocean.registry",
    outputs: &[("name", "name"), ("region", "region")],
    how: How::Block {
        resource: "digitalocean_container_registries",
        part: Part::Registry,
        write: |f| {
            let body = Body::new().set("name", f.must("name")).set("subscription_tier_slug", f.must("subscription_tier_slug"));
            Some(body.maybe("region", f.get("region")).block("lifecycle", &[], Body::new().set("prevent_destroy", true)))
        },
    },
};
