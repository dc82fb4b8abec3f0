//! The way in by Kong, its open edition without a database: the controller tells the proxy everything.
//!
//! 3.9 is the last open line; OpenID Connect and the finer limits are not in it. What happens to every request is said by
//! plugins for the whole cluster.

use super::{
    Site, access, charts,
    load_balancer::{annotations, proxied, units},
    otel_collector,
    write::{merged, object, release, resources, workload},
};
use pontoon_core::content::{Capability, Component, Object, Party, Place, Strictness};
use pontoon_spec::sections::{ingress::Controller, observability::Traces};
use serde_json::{Value, json};

/// The class of Ingresses.
pub const CLASS: &str = "kong";
/// The port of the proxy's own metrics.
pub const METRICS: u16 = 8100;
/// Of the controller's webhook.
const WEBHOOK: u16 = 8080;
/// Ports of the proxy.
const PROXY: [u16; 2] = [8000, 8443];
const GROUP: &str = "configuration.konghq.com";

/// Where the controller is `kong`.
pub fn build(site: &Site<'_>) -> Vec<Component> {
    if *site.spec.ingress.controller != Controller::Kong {
        return Vec::new();
    }
    let mut all = vec![controller(site)];
    let plugins = plugins(site);
    if !plugins.is_empty() {
        let mut component =
            Component::new("kong-plugins", "kong", "what happens to every request", site.spec.ingress.plugins.trace())
                .needs(Capability::Namespace(access::INGRESS.into()))
                .needs(Capability::Webhook("kong".into()));
        for plugin in plugins {
            component = component.object(plugin);
        }
        all.push(component);
    }
    all
}

fn controller(site: &Site<'_>) -> Component {
    let pair = site.pair();
    let pods = || Party::pods(access::INGRESS, "app.kubernetes.io/name", "kong");
    let kinds = [
        "IngressClassParameters",
        "KongClusterPlugin",
        "KongConsumer",
        "KongConsumerGroup",
        "KongIngress",
        "KongPlugin",
        "KongUpstreamPolicy",
        "KongVault",
        "TCPIngress",
        "UDPIngress",
    ];
    let mut component = Component::new("kong", "kong", "Kong", site.spec.ingress.controller.trace())
        .namespace(access::INGRESS, Strictness::Restricted)
        .release(release(site, &charts::KONG, access::INGRESS, values(site, pair)))
        .defines(GROUP, &kinds)
        .provides(Capability::IngressClass(CLASS.into()))
        .provides(Capability::Webhook("kong".into()))
        .opening(pods(), Party::ApiServer, &[])
        .opening(Party::ApiServer, pods(), &[WEBHOOK])
        .opening(Party::World, pods(), &PROXY)
        .opening(Party::Nodes, pods(), &PROXY)
        .workload(workload("kong", Place::System, pair, 200, 640))
        .fact("Kong's last open line is 3.9: newer ones come without images. Source: Kong, \"Gateway OSS\".");
    if traced(site) {
        let collector = Party::pods(access::OBSERVABILITY, "app.kubernetes.io/instance", otel_collector::SERVICE);
        component = component.opening(pods(), collector, &[4318]);
    }
    component.load_balancers = units(site);
    component
}

fn traced(site: &Site<'_>) -> bool {
    *site.spec.ingress.plugins.tracing && matches!(site.spec.observability.traces.value, Traces::Tempo(_))
}

fn values(site: &Site<'_>, pair: u32) -> Value {
    let mut env = json!({ "database": "off", "nginx_worker_processes": "2" });
    if traced(site) {
        env["tracing_instrumentations"] = "all".into();
        env["tracing_sampling_rate"] = "0.1".into();
    }
    if proxied(site) {
        env["trusted_ips"] = site.spec.network.vpc.to_string().into();
        env["real_ip_header"] = "proxy_protocol".into();
        env["proxy_listen"] = "0.0.0.0:8000 proxy_protocol, 0.0.0.0:8443 ssl proxy_protocol".into();
    }
    let off = json!({ "enabled": false });
    let values = json!({
        "replicaCount": pair,
        "env": env,
        "resources": resources(150, 512),
        "initContainerResources": resources(10, 64),
        "ingressController": { "enabled": true, "ingressClass": CLASS, "resources": resources(50, 128) },
        // Otherwise a node in between would put its own address in place of the client's.
        "proxy": { "annotations": annotations(site), "externalTrafficPolicy": "Local" },
        // Ways to manage it that would listen on every node.
        "manager": off, "portal": off, "portalapi": off, "admin": off,
        "postgresql": off,
        "podDisruptionBudget": { "enabled": pair > 1 },
    });
    merged(values, Value::Object(site.placement(Place::System)))
}

/// A plugin that holds for everything of the class.
fn plugin(name: &str, kind: &str, config: Value) -> Object {
    let bare = object("configuration.konghq.com/v1", "KongClusterPlugin", "", name, json!({ "plugin": kind, "config": config }));
    let metadata = json!({ "labels": { "global": "true" }, "annotations": { "kubernetes.io/ingress.class": CLASS } });
    merged(bare, json!({ "metadata": metadata }))
}

fn plugins(site: &Site<'_>) -> Vec<Object> {
    let wanted = &site.spec.ingress.plugins;
    let mut all = Vec::new();
    if let Some(limit) = &wanted.rate_limit {
        let config = json!({ "minute": limit.per_minute.get(), "limit_by": "ip", "policy": "local" });
        all.push(plugin("rate-limit", "rate-limiting", config));
    }
    if *wanted.metrics && site.has_metrics() {
        let config =
            json!({ "status_code_metrics": true, "latency_metrics": true, "bandwidth_metrics": false, "per_consumer": false });
        all.push(plugin("prometheus", "prometheus", config));
    }
    if traced(site) {
        let service = format!("{}.{}.svc.cluster.local", otel_collector::SERVICE, access::OBSERVABILITY);
        let config = json!({ "traces_endpoint": format!("http://{service}:4318/v1/traces"), "resource_attributes": { "service.name": "kong" } });
        all.push(plugin("opentelemetry", "opentelemetry", config));
    }
    all
}
