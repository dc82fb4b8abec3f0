//! The way in by Traefik.
//!
//! Requests without TLS are sent to HTTPS at the entry point (`ports.web.http.redirections`; the older `redirectTo` is
//! refused by the chart from 34 on). HTTP-01 works all the same: Let's Encrypt follows the way to HTTPS.

use super::{
    Site, access, charts,
    load_balancer::{annotations, proxied, units},
    write::{merged, object, release, resources, spread, workload},
};
use pontoon_core::content::{Capability, Component, Party, Place, Strictness};
use pontoon_spec::sections::{ingress::Controller, observability::Traces};
use serde_json::{Value, json};

/// The class of Ingresses.
pub const CLASS: &str = "traefik";
/// The port of its own metrics.
pub const METRICS: u16 = 9100;
const GROUP: &str = "traefik.io";
/// The middleware that counts requests of each client.
const RATE_LIMIT: &str = "rate-limit";

/// Where the controller is `traefik`.
pub fn build(site: &Site<'_>) -> Vec<Component> {
    if *site.spec.ingress.controller != Controller::Traefik {
        return Vec::new();
    }
    let mut all = vec![controller(site)];
    if let Some(limit) = &site.spec.ingress.plugins.rate_limit {
        let count = limit.per_minute.get();
        let rest = json!({ "spec": { "rateLimit": { "average": count, "burst": count, "period": "1m" } } });
        let component = Component::new("traefik-rate-limit", "traefik", "limit of requests", limit.trace()).object(object(
            "traefik.io/v1alpha1",
            "Middleware",
            access::INGRESS,
            RATE_LIMIT,
            rest,
        ));
        all.push(component);
    }
    all
}

fn controller(site: &Site<'_>) -> Component {
    let pair = site.pair();
    let pods = || Party::pods(access::INGRESS, "app.kubernetes.io/name", "traefik");
    let kinds = [
        "IngressRoute",
        "IngressRouteTCP",
        "IngressRouteUDP",
        "Middleware",
        "MiddlewareTCP",
        "ServersTransport",
        "TLSOption",
        "TLSStore",
    ];
    let mut component = Component::new("traefik", "traefik", "Traefik", site.spec.ingress.controller.trace())
        .namespace(access::INGRESS, Strictness::Restricted)
        .release(release(site, &charts::TRAEFIK, access::INGRESS, values(site, pair)))
        .defines(GROUP, &kinds)
        .provides(Capability::IngressClass(CLASS.into()))
        .opening(pods(), Party::ApiServer, &[])
        .opening(Party::World, pods(), &[8000, 8443])
        .opening(Party::Nodes, pods(), &[8000, 8443])
        .workload(workload("traefik", Place::System, pair, 100, 192));
    if let Some(endpoint) = traces(site) {
        component = component.opening(pods(), endpoint, &[super::tempo::OTLP]);
    }
    component.load_balancers = units(site);
    component
}

/// Where spans go, where requests are traced.
fn traces(site: &Site<'_>) -> Option<Party> {
    let wanted = *site.spec.ingress.plugins.tracing && matches!(site.spec.observability.traces.value, Traces::Tempo(_));
    wanted.then(|| Party::pods(access::OBSERVABILITY, "app.kubernetes.io/name", "tempo"))
}

fn values(site: &Site<'_>, pair: u32) -> Value {
    let mut ports = json!({ "web": {}, "websecure": {} });
    if site.has_tls() {
        let https = json!({ "to": "websecure", "scheme": "https", "permanent": true });
        ports["web"]["http"] = json!({ "redirections": { "entryPoint": https } });
    }
    if proxied(site) {
        // The load balancer connects from an address of the VPC; anybody else's word is not taken.
        let trusted = json!({ "trustedIPs": [site.spec.network.vpc.to_string()] });
        ports["web"]["proxyProtocol"] = trusted.clone();
        ports["websecure"]["proxyProtocol"] = trusted;
    }
    if site.spec.ingress.plugins.rate_limit.is_some() {
        let middleware = format!("{}-{RATE_LIMIT}@kubernetescrd", access::INGRESS);
        ports["websecure"]["http"] = json!({ "middlewares": [middleware], "tls": { "enabled": true } });
    }
    let mut values = json!({
        "deployment": { "replicas": pair },
        "ingressClass": { "enabled": true, "isDefaultClass": true, "name": CLASS },
        "providers": { "kubernetesCRD": { "enabled": true } },
        "global": { "checkNewVersion": false, "sendAnonymousUsage": false },
        "ports": ports,
        // Otherwise a node in between would put its own address in place of the client's.
        "service": { "annotations": annotations(site), "spec": { "externalTrafficPolicy": "Local" } },
        "resources": resources(100, 192),
        "topologySpreadConstraints": spread(json!({ "app.kubernetes.io/name": "traefik" })),
    });
    if pair > 1 {
        values = merged(values, json!({ "podDisruptionBudget": { "enabled": true, "maxUnavailable": 1 } }));
    }
    if traces(site).is_some() {
        let endpoint = format!("tempo.{}.svc.cluster.local:{}", access::OBSERVABILITY, super::tempo::OTLP);
        values = merged(
            values,
            json!({ "tracing": { "otlp": { "enabled": true, "grpc": { "enabled": true, "endpoint": endpoint, "insecure": true } } } }),
        );
    }
    merged(values, Value::Object(site.placement(Place::System)))
}
