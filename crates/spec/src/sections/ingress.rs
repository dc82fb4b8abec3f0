//! The way in: controller, load balancer, plugins, certificates.

use crate::{
    section::{choice, section},
    types::Whole,
};

section! {
    /// How requests come in.
    pub struct Ingress {
        /// What answers them.
        controller "controller": Controller = default "gateway",
        /// The load balancer in front of it.
        load_balancer "loadBalancer": LoadBalancer = default "{}",
        /// What happens to every request.
        plugins "plugins": Plugins = default "{}",
    }
}

choice! {
    /// What answers requests.
    pub enum Controller {
        /// The cluster's own Gateway class, of Cilium.
        Gateway = "gateway",
        /// Traefik.
        Traefik = "traefik",
        /// Kong, its open edition.
        Kong = "kong",
        /// ingress-nginx, retired since March 2026.
        Nginx = "nginx",
        /// Nothing: no requests come in.
        None = "none",
    }
}

section! {
    /// The load balancer in front of the controller.
    pub struct LoadBalancer {
        /// How many units it has, each for about 10,000 connections.
        size "size": Whole<1, 100> = default "1",
        /// Which kind. It can never change.
        r#type "type": LoadBalancerType = default "network",
        /// Whether it tells the client's address by the PROXY protocol.
        proxy_protocol "proxyProtocol": bool = default "false",
    }
}

choice! {
    /// A kind of load balancer.
    pub enum LoadBalancerType {
        /// Passes connections and the client's address through.
        Network = "network",
        /// Ends connections, and knows HTTP and the PROXY protocol.
        Http = "http",
    }
}

section! {
    /// What happens to every request; a closed set.
    pub struct Plugins {
        /// How many requests each client may make.
        rate_limit "rateLimit": RateLimit = optional,
        /// Whether requests are counted.
        metrics "metrics": bool = default "true",
        /// Whether requests are traced.
        tracing "tracing": bool = default "false",
    }
}

section! {
    /// How many requests each client may make.
    pub struct RateLimit {
        /// In a minute.
        per_minute "perMinute": Whole<1, 1000000> = required,
    }
}

section! {
    /// The certificates of hosts.
    pub struct Certificates {
        /// Who signs them.
        issuer "issuer": Issuer = default "letsencrypt",
        /// How it is proved that the domain is ours.
        challenge "challenge": Challenge = default "dns01",
    }
}

choice! {
    /// Who signs certificates.
    pub enum Issuer {
        /// Let's Encrypt.
        Letsencrypt = "letsencrypt",
        /// Let's Encrypt's staging, which browsers do not trust and which hardly limits.
        LetsencryptStaging = "letsencrypt-staging",
        /// Nobody: hosts are without TLS.
        None = "none",
    }
}

choice! {
    /// How it is proved that a domain is ours.
    pub enum Challenge {
        /// By a record in the DNS; takes wildcards too.
        Dns01 = "dns01",
        /// By an answer at the host.
        Http01 = "http01",
    }
}
