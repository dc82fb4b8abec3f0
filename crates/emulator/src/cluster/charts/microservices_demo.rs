//! The Online Boutique as DigitalOcean publishes it: eleven services, with a database for advertisements and a cart.
//!
//! Source: digitalocean/kubernetes-sample-apps, microservices-demo; images of its release 0.10.

use crate::cluster::helm::object::{object, secret, service, service_account};
use crate::cluster::helm::{Chart, Release, Version, Workload};
use serde_json::{Value, json};

/// The chart.
pub(crate) const CHART: Chart = Chart {
    name: "microservices-demo",
    repository: "oci://ghcr.io/do-solutions",
    versions: &[Version { chart: "0.1.0", app: "v0.10.3" }],
    definitions: &[],
    refuses: |_| None,
    render,
};

/// Name, key of its values, port, and whom it calls.
const SERVICES: &[(&str, &str, i64, &[&str])] = &[
    ("adservice", "adService", 9555, &[]),
    ("cartservice", "cartService", 7070, &[]),
    (
        "checkoutservice",
        "checkoutService",
        5050,
        &[
            "productcatalogservice:3550",
            "shippingservice:50051",
            "paymentservice:50051",
            "emailservice:5000",
            "currencyservice:7000",
            "cartservice:7070",
        ],
    ),
    ("currencyservice", "currencyService", 7000, &[]),
    ("emailservice", "emailService", 5000, &[]),
    (
        "frontend",
        "frontend",
        80,
        &[
            "productcatalogservice:3550",
            "currencyservice:7000",
            "cartservice:7070",
            "recommendationservice:8080",
            "shippingservice:50051",
            "checkoutservice:5050",
            "adservice:9555",
        ],
    ),
    ("paymentservice", "paymentService", 50051, &[]),
    ("productcatalogservice", "productCatalogService", 3550, &[]),
    ("recommendationservice", "recommendationService", 8080, &["productcatalogservice:3550"]),
    ("shippingservice", "shippingService", 50051, &[]),
];

/// The port on which the container listens, where the service's is another.
fn target(name: &str, port: i64) -> i64 {
    match name {
        "frontend" | "emailservice" => 8080,
        _ => port,
    }
}

fn render(release: &Release) -> Vec<Value> {
    let values = release.values();
    let mut all = Vec::new();
    for (name, key, port, calls) in SERVICES {
        let own = values.at(key);
        if !own.flag("create", true) {
            continue;
        }
        let name = own.text("name", name);
        let selector = json!({ "app": name });
        let mut labels = release.labels("");
        labels["app"] = name.clone().into();
        let home = values.text("images.repository", "us-central1-docker.pkg.dev/google-samples/microservices-demo");
        let tag = values.text("images.tag", release.version.app);
        let listens = target(&name, *port);
        let mut workload = Workload::deployment(&name, labels.clone(), &selector, &format!("{home}/{name}:{tag}"))
            .container("server")
            .account(&name)
            .port("port", listens)
            .env("PORT", &listens.to_string())
            .restricted()
            .resources(
                json!({ "requests": { "cpu": "100m", "memory": "64Mi" }, "limits": { "cpu": "200m", "memory": "128Mi" } }),
            );
        for call in *calls {
            let variable = call.split(':').next().unwrap_or("").replace("service", "_service_addr").to_uppercase();
            workload = workload.env(&variable, call).connects(json!({ "to": format!("{}.{}.svc.cluster.local:{}", call.split(':').next().unwrap_or(""), release.namespace, call.rsplit(':').next().unwrap_or("")) }));
        }
        // Both connection strings come with passwords: the chart keeps them in Secrets.
        for (variable, path, who) in [
            ("DATABASE_URL", "adService.databaseUrl", "adservice"),
            ("REDIS_ADDR", "cartDatabase.connectionString", "cartservice"),
        ] {
            if name == who && values.has(path) {
                let kept = format!("{name}-connection");
                all.push(secret(&kept, &labels, &json!({ "uri": values.text(path, "") })));
                workload = workload.env_secret(variable, &kept, "uri");
            }
        }
        let mut global = workload.values(values);
        global = global.values(own);
        all.push(service_account(&name, &labels));
        all.push(global.build());
        all.push(service(&name, &labels, &selector, "ClusterIP", &[("grpc", *port, json!(listens))]));
    }
    if values.flag("ingress.enabled", false) {
        all.push(ingress(release));
    }
    all
}

fn ingress(release: &Release) -> Value {
    let values = release.at("ingress");
    let mut hosts: Vec<String> =
        values.list("hosts").iter().filter_map(|h| h.as_str().or_else(|| h["host"].as_str()).map(str::to_owned)).collect();
    if hosts.is_empty() {
        hosts.push(values.text("host", ""));
    }
    let rules: Vec<Value> = hosts
        .iter()
        .map(|host| {
            json!({ "host": host, "http": { "paths": [{ "path": "/", "pathType": "Prefix",
                "backend": { "service": { "name": "frontend", "port": { "number": 80 } } } }] } })
        })
        .collect();
    let mut made =
        object("networking.k8s.io/v1", "Ingress", "frontend", &release.labels(""), json!({ "spec": { "rules": rules } }));
    for key in ["className", "ingressClassName"] {
        if values.has(key) {
            made["spec"]["ingressClassName"] = values.text(key, "").into();
        }
    }
    if values.has("tls") {
        made["spec"]["tls"] = values.at("tls").0.clone();
    }
    made["metadata"]["annotations"] = values.or("annotations", json!({}));
    made
}
