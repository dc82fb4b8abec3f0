//! The way in by ingress-nginx, retired since March 2026: there are no fixes any more, and the language warns of it.

use super::{
    Site, access, charts,
    load_balancer::{annotations, proxied, units},
    otel_collector,
    write::{merged, release, resources, spread, workload},
};
use pontoon_core::content::{Capability, Component, Party, Place, Strictness};
use pontoon_spec::sections::{ingress::Controller, observability::Traces};
use serde_json::{Value, json};

/// The class of Ingresses.
pub const CLASS: &str = "nginx";
/// The port of its own metrics.
pub const METRICS: u16 = 10254;
/// The port of the webhook that judges Ingresses.
const WEBHOOK: u16 = 8443;

/// Where the controller is `nginx`.
pub fn build(site: &Site<'_>) -> Vec<Component> {
    if *site.spec.ingress.controller != Controller::Nginx {
        return Vec::new();
    }
    let pair = site.pair();
    let pods = || Party::pods(access::INGRESS, "app.kubernetes.io/name", "ingress-nginx");
    let mut component = Component::new("ingress-nginx", "ingress-nginx", "ingress-nginx", site.spec.ingress.controller.trace())
        .namespace(access::INGRESS, Strictness::Restricted)
        .release(release(site, &charts::INGRESS_NGINX, access::INGRESS, values(site, pair)))
        .provides(Capability::IngressClass(CLASS.into()))
        .provides(Capability::Webhook("ingress-nginx".into()))
        .opening(pods(), Party::ApiServer, &[])
        .opening(Party::ApiServer, pods(), &[WEBHOOK])
        .opening(Party::World, pods(), &[80, 443])
        .opening(Party::Nodes, pods(), &[80, 443])
        .workload(workload("ingress-nginx-controller", Place::System, pair, 100, 256))
        .fact("Retired since March 2026: no releases and no fixes any more. Source: Kubernetes, \"Ingress NGINX retirement\".");
    if traced(site) {
        component = component.opening(
            pods(),
            Party::pods(access::OBSERVABILITY, "app.kubernetes.io/instance", otel_collector::SERVICE),
            &[4317],
        );
    }
    if site.spec.ingress.plugins.rate_limit.is_some() {
        component = component.fact("It has no limit of requests for all hosts: `ingress.plugins.rateLimit` does nothing here.");
    }
    component.load_balancers = units(site);
    vec![component]
}

fn traced(site: &Site<'_>) -> bool {
    *site.spec.ingress.plugins.tracing && matches!(site.spec.observability.traces.value, Traces::Tempo(_))
}

fn values(site: &Site<'_>, pair: u32) -> Value {
    let place = || Value::Object(site.placement(Place::System));
    let mut config = json!({ "use-gzip": "true", "server-tokens": "false", "hsts": "true" });
    if proxied(site) {
        config = merged(config, json!({ "use-proxy-protocol": "true" }));
    }
    if traced(site) {
        let host = format!("{}.{}", otel_collector::SERVICE, access::OBSERVABILITY);
        config =
            merged(config, json!({ "enable-opentelemetry": "true", "otlp-collector-host": host, "otlp-collector-port": "4317" }));
    }
    let labels = json!({ "app.kubernetes.io/name": "ingress-nginx", "app.kubernetes.io/component": "controller" });
    let controller = json!({
        // Two or more have a budget of one by the chart itself.
        "replicaCount": pair,
        "minAvailable": 1,
        "ingressClassResource": { "name": CLASS, "default": true },
        "config": config,
        "resources": resources(100, 256),
        "topologySpreadConstraints": spread(labels),
        "service": {
            "annotations": annotations(site),
            // Otherwise a node in between would put its own address in place of the client's.
            "externalTrafficPolicy": "Local",
        },
        "metrics": { "enabled": site.has_metrics() },
        "admissionWebhooks": {
            "port": WEBHOOK,
            "createSecretJob": { "resources": resources(10, 32) },
            "patchWebhookJob": { "resources": resources(10, 32) },
            "patch": place(),
        },
    });
    json!({ "controller": merged(controller, place()) })
}
