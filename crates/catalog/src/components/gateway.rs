//! The way in by DOKS's own Gateway class, which is Cilium's: no pods of ours at all.
//!
//! One HTTPS listener for each host, open to the namespace that answers it and to no other; a plain listener that sends
//! everybody to HTTPS, and on which cert-manager answers for HTTP-01.

use super::{
    Site, access,
    load_balancer::{annotations, units},
    site::{PUBLIC_GATEWAY, PUBLIC_ISSUER},
    write::object,
};
use pontoon_core::content::{Capability, Component, Strictness};
use pontoon_spec::sections::ingress::Controller;
use serde_json::{Value, json};

/// The class of Gateways.
pub const CLASS: &str = "cilium";
const API: &str = "gateway.networking.k8s.io/v1";

/// The name of the listener of a host, and of the Secret with its certificate.
pub fn listener(host: &str) -> String {
    host.replace('*', "any").replace('.', "-")
}

/// Where the controller is `gateway`.
pub fn build(site: &Site<'_>) -> Vec<Component> {
    if *site.spec.ingress.controller != Controller::Gateway {
        return Vec::new();
    }
    let mut component = Component::new("gateway", "ingress", "Gateway of the cluster", site.spec.ingress.trace())
        .namespace(access::INGRESS, Strictness::Restricted)
        .object(gateway(site))
        .provides(Capability::IngressClass(CLASS.into()))
        .fact("The class and its definitions are the vendor's; VPC-native clusters have them. Source: DOKS, \"Gateway API\".");
    if site.has_tls() {
        component = component.needs(Capability::Issuer(PUBLIC_ISSUER.into())).object(redirect());
    }
    let plugins = &site.spec.ingress.plugins;
    if plugins.rate_limit.is_some() || *plugins.tracing {
        component = component.fact("The class has no limits of requests and no traces: `ingress.plugins` does nothing here.");
    }
    component.load_balancers = units(site);
    vec![component]
}

fn gateway(site: &Site<'_>) -> Value {
    let tls = site.has_tls();
    let mut rest = json!({ "spec": {
        "gatewayClassName": CLASS,
        // They go on to the Service that Cilium makes. Source: Gateway API, "infrastructure".
        "infrastructure": { "annotations": annotations(site) },
        "listeners": listeners(site, tls),
    }});
    if tls {
        rest["metadata"] = json!({
            "name": PUBLIC_GATEWAY,
            "namespace": access::INGRESS,
            "annotations": { "cert-manager.io/cluster-issuer": PUBLIC_ISSUER },
        });
    }
    object(API, "Gateway", access::INGRESS, PUBLIC_GATEWAY, rest)
}

fn listeners(site: &Site<'_>, tls: bool) -> Value {
    // Without certificates the plain listener is the only one, and every app's.
    let from = if tls { "Same" } else { "All" };
    let plain = json!({ "name": "http", "port": 80, "protocol": "HTTP", "allowedRoutes": { "namespaces": { "from": from } } });
    let mut all = vec![plain];
    for (host, namespace) in site.hosts().into_iter().filter(|_| tls) {
        all.push(json!({
            "name": listener(&host),
            "hostname": host,
            "port": 443,
            "protocol": "HTTPS",
            "tls": { "mode": "Terminate", "certificateRefs": [{ "kind": "Secret", "name": format!("{}-tls", listener(&host)) }] },
            "allowedRoutes": { "namespaces": {
                "from": "Selector",
                "selector": { "matchLabels": { "kubernetes.io/metadata.name": namespace } },
            }},
        }));
    }
    Value::Array(all)
}

/// Everybody who comes without TLS is sent to come with it.
fn redirect() -> Value {
    object(
        API,
        "HTTPRoute",
        access::INGRESS,
        "to-https",
        json!({ "spec": {
            "parentRefs": [{ "name": PUBLIC_GATEWAY, "sectionName": "http" }],
            "rules": [{ "filters": [{ "type": "RequestRedirect", "requestRedirect": { "scheme": "https", "statusCode": 301 } }] }],
        }}),
    )
}
