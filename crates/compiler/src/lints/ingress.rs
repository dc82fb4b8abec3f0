//! The way in: controllers and what they can do, the load balancer in front of them.

use super::{
    page::{error, example, warning},
    say::{at, each},
};
use pontoon_core::diagnostic::{CodePage, Diagnostics};
use pontoon_spec::{
    Spec,
    sections::{
        ingress::{Controller, LoadBalancerType},
        observability::Traces,
    },
};

pub(super) const PROXY_PROTOCOL: CodePage = error(
    "PT2120",
    "the PROXY protocol at a load balancer that does not speak it",
    "A network load balancer passes the client's address through by itself and has no PROXY protocol. A controller that waits for it would refuse every request.",
    example!("ingress: { controller: traefik, loadBalancer: { type: network, proxyProtocol: true } }"),
    "Remove `proxyProtocol`, or write `type: http`, which can never be changed later.",
);

pub(super) const NOT_NATIVE: CodePage = warning(
    "PT2121",
    "a gateway without its class",
    "DOKS brings the GatewayClass `cilium` to VPC-native clusters only: those whose ranges of pods and services are both set. That is decided when the cluster is made and can never be changed.",
    example!(environments
        "environments: { production: { region: nyc3, network: 10.20.0.0/20 } }",
        "ingress: { controller: gateway }",
        "apps: { web: { image: { repository: ghcr.io/example-org/web, tag: \"1.0\" }, host: \"@\", replicas: 2 } }",
    ),
    "Write ranges for pods and services in each environment, each its own: network: { vpc: 10.20.0.0/20, pods: 10.140.0.0/16, services: 10.141.0.0/20 }; or write `controller: traefik`.",
);

pub(super) const NO_TRACES: CodePage = warning(
    "PT2122",
    "traces that nobody keeps",
    "`tracing: true` makes the controller record every request, and with `traces: { provider: none }` nothing receives what it records.",
    example!("ingress: { controller: traefik, plugins: { tracing: true } }"),
    "Write observability: { traces: { provider: tempo } }, or `tracing: false`.",
);

pub(super) const RETIRED: CodePage = warning(
    "PT5101",
    "ingress-nginx is retired",
    "Its maintainers stopped in March 2026: there are no more releases, and holes in its security stay open.",
    example!("ingress: { controller: nginx }"),
    "Write `controller: gateway`, the cluster's own; or `traefik`, which reads most of its annotations. To stay for now: accept: [ PT5101 ] in `ingress`.",
);

pub fn check(specs: &[Spec], out: &mut Diagnostics) {
    each(specs, out, |spec, out| {
        let ingress = &spec.ingress;
        let controller = &ingress.controller;
        let balancer = &ingress.load_balancer;
        if *balancer.proxy_protocol && *balancer.r#type == LoadBalancerType::Network && **controller != Controller::None {
            let problem = at(PROXY_PROTOCOL, &balancer.proxy_protocol, "a network load balancer has no PROXY protocol")
                .label(balancer.r#type.at.clone(), "passes the client's address by itself");
            out.push(problem.hint("remove `proxyProtocol`, or write type: http"));
        }
        let hosts = spec.apps.values().any(|a| a.host.is_some());
        if **controller == Controller::Gateway && hosts && spec.network.pods.is_none() {
            let message =
                "the GatewayClass `cilium` comes with VPC-native clusters only, and the ranges of pods and services are not set";
            let vpc = &spec.network.vpc;
            let problem = at(NOT_NATIVE, controller, message).label(vpc.at.clone(), "no `pods` and `services`");
            out.push(problem.hint(format!(
                "write network: {{ vpc: {}, pods: 10.140.0.0/16, services: 10.141.0.0/20 }}, other ranges in each environment; or controller: traefik",
                **vpc
            )));
        }
        if *ingress.plugins.tracing && matches!(spec.observability.traces.value, Traces::None(_)) {
            let message = "requests are traced, and nothing keeps the traces";
            let problem = at(NO_TRACES, &ingress.plugins.tracing, message);
            out.push(problem.hint("write observability: { traces: { provider: tempo } }, or tracing: false"));
        }
        if **controller == Controller::Nginx {
            let message = "ingress-nginx is retired since March 2026: its holes are no longer mended";
            let problem = at(RETIRED, controller, message);
            out.push(problem.hint("write controller: gateway, or accept it in `ingress`: accept: [ PT5101 ]"));
        }
    });
}
