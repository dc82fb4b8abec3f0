//! The load balancer that the vendor's cloud controller makes for the Service of the way in.
//!
//! Everything about it is said by annotations, whose values are strings. Source: DigitalOcean's documentation, "Configure
//! advanced load balancer settings in Kubernetes clusters".

use super::Site;
use pontoon_spec::sections::ingress::LoadBalancerType;
use serde_json::{Map, Value};

const PREFIX: &str = "service.beta.kubernetes.io/do-loadbalancer-";

/// The annotations of the Service. The name is derived, so that `destroy` and a person find it again.
pub fn annotations(site: &Site<'_>) -> Value {
    let wanted = &site.spec.ingress.load_balancer;
    let name = site.outside("digitalocean.load_balancer", "ingress");
    let kind = match *wanted.r#type {
        LoadBalancerType::Network => "REGIONAL_NETWORK",
        LoadBalancerType::Http => "REGIONAL",
    };
    let mut all = vec![("name", name), ("type", kind.to_owned()), ("size-unit", wanted.size.to_string())];
    if proxied(site) {
        all.push(("enable-proxy-protocol", "true".into()));
    }
    Value::Object(all.into_iter().map(|(k, v)| (format!("{PREFIX}{k}"), Value::from(v))).collect::<Map<_, _>>())
}

/// Whether both ends speak the PROXY protocol: the network kind passes the client's address without it, and cannot.
pub fn proxied(site: &Site<'_>) -> bool {
    let wanted = &site.spec.ingress.load_balancer;
    *wanted.proxy_protocol && *wanted.r#type == LoadBalancerType::Http
}

/// How many units are bought.
pub fn units(site: &Site<'_>) -> u32 {
    site.spec.ingress.load_balancer.size.get()
}
