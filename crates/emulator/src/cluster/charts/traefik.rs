//! Traefik: one Deployment behind one load balancer. Source: Traefik's chart.

use super::common::{account, image};
use crate::cluster::helm::object::{
    annotated, cluster_role, cluster_role_binding, disruption_budget, ingress_class, rule, service, service_monitor,
};
use crate::cluster::helm::{Chart, Definition, Release, Values, Version, Workload};
use serde_json::{Value, json};

const GROUP: &str = "traefik.io";

/// The chart.
pub(crate) const CHART: Chart = Chart {
    name: "traefik",
    repository: "https://traefik.github.io/charts",
    versions: &[Version { chart: "41.3.0", app: "v3.7.11" }, Version { chart: "41.0.0", app: "v3.7.8" }],
    definitions: &[
        Definition::new(GROUP, "IngressRoute", "ingressroutes", &["v1alpha1"]).no_status(),
        Definition::new(GROUP, "IngressRouteTCP", "ingressroutetcps", &["v1alpha1"]).no_status(),
        Definition::new(GROUP, "IngressRouteUDP", "ingressrouteudps", &["v1alpha1"]).no_status(),
        Definition::new(GROUP, "Middleware", "middlewares", &["v1alpha1"]).no_status(),
        Definition::new(GROUP, "MiddlewareTCP", "middlewaretcps", &["v1alpha1"]).no_status(),
        Definition::new(GROUP, "ServersTransport", "serverstransports", &["v1alpha1"]).no_status(),
        Definition::new(GROUP, "ServersTransportTCP", "serverstransporttcps", &["v1alpha1"]).no_status(),
        Definition::new(GROUP, "TLSOption", "tlsoptions", &["v1alpha1"]).no_status(),
        Definition::new(GROUP, "TLSStore", "tlsstores", &["v1alpha1"]).no_status(),
        Definition::new(GROUP, "TraefikService", "traefikservices", &["v1alpha1"]).no_status(),
    ],
    refuses,
    render,
};

/// Since version 34 the redirection has moved, and the schema takes nothing that it does not know.
fn refuses(release: &Release) -> Option<String> {
    let ports = release.at("ports");
    let old = ports.0.as_object().into_iter().flatten().find(|(_, p)| p.get("redirectTo").is_some())?;
    Some(format!(
        "values don't meet the specifications of the schema(s) in the following chart(s):\ntraefik:\n- at '/ports/{}': additional properties 'redirectTo' not allowed",
        old.0
    ))
}

/// Entry points: name, port of the container, port of the service, whether it is offered.
const PORTS: &[(&str, i64, i64, bool)] =
    &[("metrics", 9100, 9100, false), ("traefik", 8080, 8080, false), ("web", 8000, 80, true), ("websecure", 8443, 443, true)];

fn render(release: &Release) -> Vec<Value> {
    let values = release.values();
    let name = release.full();
    let called = release.short();
    let instance = format!("{}-{}", release.name, release.namespace);
    let mut selector = release.selector("");
    let mut labels = release.labels("");
    for it in [&mut selector, &mut labels] {
        it["app.kubernetes.io/name"] = called.as_str().into();
        it["app.kubernetes.io/instance"] = instance.as_str().into();
    }
    let mut all = Vec::new();
    let given = values.text("serviceAccount.name", "");
    let account = if given.is_empty() {
        let (name, made) = account(release, Values(&Value::Null), &labels);
        all.extend(made);
        name
    } else {
        given
    };
    let class = values.text("ingressClass.name", &name);
    let role = format!("{name}-{}", release.namespace);
    let read = ["get", "list", "watch"];
    all.push(cluster_role(
        &role,
        &labels,
        json!([
            rule(&[""], &["configmaps", "nodes", "services", "secrets", "pods"], &read),
            rule(&["discovery.k8s.io"], &["endpointslices"], &["list", "watch"]),
            rule(&["extensions", "networking.k8s.io"], &["ingressclasses", "ingresses"], &read),
            rule(&["extensions", "networking.k8s.io"], &["ingresses/status"], &["update"]),
            rule(&[GROUP], &["*"], &read),
        ]),
    ));
    all.push(cluster_role_binding(&role, &labels, &role, &release.namespace, &account));
    if values.flag("ingressClass.enabled", true) {
        all.push(ingress_class(
            &class,
            &labels,
            "traefik.io/ingress-controller",
            values.flag("ingressClass.isDefaultClass", true),
        ));
    }
    let mut args = vec!["--global.checkNewVersion".to_owned(), "--ping=true".into()];
    let mut pods = Workload::deployment(
        &name,
        labels.clone(),
        &selector,
        &image(values.at("image"), "docker.io", "traefik", release.version.app),
    );
    let mut offered = Vec::new();
    for (port, inside, outside, exposed) in PORTS {
        let at = release.at(&format!("ports.{port}"));
        let inside = at.number("port", *inside);
        pods = pods.port(port, inside);
        args.push(format!("--entryPoints.{port}.address=:{inside}/tcp"));
        if at.flag("expose.default", *exposed) {
            offered.push((*port, at.number("exposedPort", *outside), Value::from(*port)));
        }
        let trusted: Vec<String> =
            at.list("proxyProtocol.trustedIPs").iter().filter_map(Value::as_str).map(str::to_owned).collect();
        if !trusted.is_empty() {
            args.push(format!("--entryPoints.{port}.proxyProtocol.trustedIPs={}", trusted.join(",")));
        }
        let to = at.text("http.redirections.entryPoint.to", "");
        if !to.is_empty() {
            args.push(format!("--entryPoints.{port}.http.redirections.entryPoint.to={to}"));
        }
    }
    if values.flag("providers.kubernetesCRD.enabled", true) {
        args.push("--providers.kubernetescrd".to_owned());
    }
    if values.flag("providers.kubernetesIngress.enabled", true) {
        args.push("--providers.kubernetesingress".to_owned());
    }
    args.extend(values.list("additionalArguments").iter().filter_map(Value::as_str).map(str::to_owned));
    pods = pods
        .account(&account)
        .args(args)
        .replicas(values.number("deployment.replicas", 1))
        .probe("/ping", "traefik")
        .volume("data", "/data", json!({ "emptyDir": {} }))
        .volume("tmp", "/tmp", json!({ "emptyDir": {} }))
        .restricted()
        .pod_security(values.at("podSecurityContext").0)
        .container_security(values.at("securityContext").0)
        .needs_api();
    let tracing = values.at("tracing.otlp");
    if tracing.flag("enabled", false) && tracing.has("grpc.endpoint") {
        pods = pods.connects(json!({ "to": tracing.text("grpc.endpoint", ""), "tls": false }));
    }
    let on_pods = json!({ "podAnnotations": values.at("deployment.podAnnotations").0 });
    all.push(pods.values(values).values(Values(&on_pods)).build());
    if values.flag("service.enabled", true) {
        let spec = values.map("service.spec");
        let mut made = service(&name, &labels, &selector, &values.text("service.type", "LoadBalancer"), &offered);
        for (key, value) in spec {
            made["spec"][key.as_str()] = value;
        }
        all.push(annotated(made, values.at("service.annotations").0));
    }
    if values.flag("podDisruptionBudget.enabled", false) {
        all.push(disruption_budget(&name, &labels, &selector, values.at("podDisruptionBudget")));
    }
    if values.flag("metrics.prometheus.serviceMonitor.enabled", false) {
        all.push(service_monitor(&name, &labels, &selector, "metrics"));
    }
    all
}
