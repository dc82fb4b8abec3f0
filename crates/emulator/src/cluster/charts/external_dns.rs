//! ExternalDNS: writes records for hosts. Source: external-dns's chart.

use super::common::{account, image, monitor};
use crate::cluster::helm::object::{cluster_role, cluster_role_binding, rule, service};
use crate::cluster::helm::{Chart, Definition, Release, Version, Workload};
use serde_json::{Value, json};

/// The chart.
pub(crate) const CHART: Chart = Chart {
    name: "external-dns",
    repository: "https://kubernetes-sigs.github.io/external-dns",
    versions: &[Version { chart: "1.21.1", app: "0.21.0" }, Version { chart: "1.20.0", app: "0.20.0" }],
    definitions: &[Definition::new("externaldns.k8s.io", "DNSEndpoint", "dnsendpoints", &["v1alpha1"])],
    refuses,
    render,
};

fn refuses(release: &Release) -> Option<String> {
    let values = release.values();
    let policy = values.text("policy", "upsert-only");
    (!["create-only", "sync", "upsert-only"].contains(&policy.as_str())).then(|| {
        "values don't meet the specifications of the schema(s) in the following chart(s):\nexternal-dns:\n- at '/policy': value must be one of 'create-only', 'sync', 'upsert-only'".to_owned()
    })
}

/// The rights that a source needs.
fn rights(sources: &[String]) -> Vec<Value> {
    let read = ["get", "watch", "list"];
    let mut rules = Vec::new();
    let any = |wanted: &[&str]| sources.iter().any(|s| wanted.contains(&s.as_str()));
    if any(&["node", "pod", "service", "contour-httpproxy", "gloo-proxy", "openshift-route", "skipper-routegroup"]) {
        rules.push(rule(&[""], &["nodes"], &["list", "watch"]));
        rules.push(rule(&[""], &["pods"], &read));
    }
    if any(&["service"]) {
        rules.push(rule(&[""], &["services"], &read));
        rules.push(rule(&["discovery.k8s.io"], &["endpointslices"], &read));
    }
    if any(&["ingress"]) {
        rules.push(rule(&["extensions", "networking.k8s.io"], &["ingresses"], &read));
    }
    if sources.iter().any(|s| s.starts_with("gateway-")) {
        rules.push(rule(
            &["gateway.networking.k8s.io"],
            &["gateways", "httproutes", "grpcroutes", "tcproutes", "tlsroutes", "udproutes"],
            &read,
        ));
        rules.push(rule(&[""], &["namespaces"], &read));
    }
    if any(&["crd"]) {
        rules.push(rule(&["externaldns.k8s.io"], &["dnsendpoints", "dnsendpoints/status"], &["*"]));
    }
    rules
}

fn render(release: &Release) -> Vec<Value> {
    let values = release.values();
    let (name, labels, selector) = (release.full(), release.labels(""), release.selector(""));
    let texts = |path: &str, other: &[&str]| -> Vec<String> {
        let given: Vec<String> = values.list(path).iter().filter_map(Value::as_str).map(str::to_owned).collect();
        if given.is_empty() { other.iter().map(|s| (*s).to_owned()).collect() } else { given }
    };
    let sources = texts("sources", &["service", "ingress"]);
    let provider = values.text("provider.name", &values.text("provider", "aws"));
    let registry = values.text("registry", "txt");
    let mut args = vec![
        format!("--log-level={}", values.text("logLevel", "info")),
        format!("--log-format={}", values.text("logFormat", "text")),
        format!("--interval={}", values.text("interval", "1m")),
    ];
    args.extend(sources.iter().map(|s| format!("--source={s}")));
    args.push(format!("--policy={}", values.text("policy", "upsert-only")));
    args.push(format!("--registry={registry}"));
    for (key, flag) in [("txtOwnerId", "txt-owner-id"), ("txtPrefix", "txt-prefix"), ("txtSuffix", "txt-suffix")] {
        let value = values.text(key, "");
        if !value.is_empty() {
            args.push(format!("--{flag}={value}"));
        }
    }
    args.extend(texts("domainFilters", &[]).iter().map(|d| format!("--domain-filter={d}")));
    args.extend(texts("excludeDomains", &[]).iter().map(|d| format!("--exclude-domains={d}")));
    args.push(format!("--provider={provider}"));
    if values.flag("triggerLoopOnEvent", false) {
        args.push("--events".to_owned());
    }
    for (key, value) in values.map("extraArgs") {
        args.push(if value.is_null() {
            format!("--{key}")
        } else {
            format!("--{key}={}", value.as_str().map_or_else(|| value.to_string(), str::to_owned))
        });
    }
    let (account, mut all) = account(release, values.at("serviceAccount"), &labels);
    all.push(cluster_role(&name, &labels, rights(&sources).into()));
    all.push(cluster_role_binding(&format!("{name}-viewer"), &labels, &name, &release.namespace, &account));
    all.push(service(&name, &labels, &selector, "ClusterIP", &[("http", values.number("service.port", 7979), "http".into())]));
    let mut deployment = Workload::deployment(
        &name,
        labels.clone(),
        &selector,
        &image(values.at("image"), "", "registry.k8s.io/external-dns/external-dns", &format!("v{}", release.version.app)),
    )
    .container("external-dns")
    .account(&account)
    .args(args)
    .port("http", 7979)
    .probe("/healthz", "http")
    .restricted()
    .pod_security(values.at("podSecurityContext").0)
    .container_security(values.at("securityContext").0)
    .needs_api()
    .values(values);
    // What it writes records with; ours speak to one vendor.
    if provider == "digitalocean" {
        deployment = deployment.connects(json!({ "to": "api.digitalocean.com:443", "tls": true }));
    }
    all.push(deployment.spec("strategy", values.or("deploymentStrategy", json!({ "type": "Recreate" }))).build());
    all.extend(monitor(release, values.at("serviceMonitor"), &name, &labels, &selector, "http"));
    all
}
