//! The zone and its records.

use super::Off;
use crate::{
    section::{section, tagged},
    types::{LocationRef, UrlPath},
};
use pontoon_core::quantity::Duration;

tagged! {
    /// The zone of the platform's domain, one for all environments.
    pub enum Dns default "digitalocean" {
        /// DigitalOcean's name servers.
        Digitalocean(PlainDns) = "digitalocean",
        /// Cloudflare's.
        Cloudflare(Cloudflare) = "cloudflare",
        /// Nobody's: records are made by hand.
        None(Off) = "none",
    }
}

section! {
    /// A zone without further keys.
    pub struct PlainDns {}
}

section! {
    /// A zone at Cloudflare.
    pub struct Cloudflare {
        /// Whether Cloudflare stands in front of the hosts.
        proxied "proxied": bool = default "false",
        /// A second place that takes over when the first does not answer.
        failover "failover": Failover = optional,
    }
}

section! {
    /// A second place that takes over.
    pub struct Failover {
        /// The place that answers.
        primary "primary": LocationRef = required,
        /// The place that takes over.
        secondary "secondary": LocationRef = required,
        /// The path that is asked.
        health "health": UrlPath = default "/healthz",
        /// How often.
        interval "interval": Duration = default "60s",
    }
}
