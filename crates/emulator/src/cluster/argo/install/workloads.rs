//! Argo CD's controllers with their services and policies. Source: Argo CD's install manifests.

use super::labels;
use crate::cluster::helm::Workload;
use crate::cluster::helm::object::{object, service};
use serde_json::{Value, json};

/// A port of a Service: its name, its number, and the pods' own.
type Port = (&'static str, i64, i64);

/// One controller: its name, container and command, ports of its pods, and services `(name, [(port name, port, target)])`.
struct Part {
    name: &'static str,
    container: &'static str,
    ports: &'static [i64],
    services: &'static [(&'static str, &'static [Port])],
    /// Ports that its policy opens, each to the pods named; to everybody where none is.
    open: &'static [(&'static [i64], &'static [&'static str])],
}

const CLIENTS: &[&str] =
    &["argocd-server", "argocd-application-controller", "argocd-notifications-controller", "argocd-applicationset-controller"];

const PARTS: &[Part] = &[
    Part {
        name: "argocd-application-controller",
        container: "argocd-application-controller",
        ports: &[8082],
        services: &[("argocd-metrics", &[("metrics", 8082, 8082)])],
        open: &[(&[8082], &[])],
    },
    Part {
        name: "argocd-applicationset-controller",
        container: "argocd-applicationset-controller",
        ports: &[7000, 8080],
        services: &[("argocd-applicationset-controller", &[("webhook", 7000, 7000), ("metrics", 8080, 8080)])],
        open: &[(&[7000, 8080], &[])],
    },
    Part {
        name: "argocd-dex-server",
        container: "dex",
        ports: &[5556, 5557, 5558],
        services: &[("argocd-dex-server", &[("http", 5556, 5556), ("grpc", 5557, 5557), ("metrics", 5558, 5558)])],
        open: &[(&[5556, 5557], &["argocd-server"]), (&[5558], &[])],
    },
    Part {
        name: "argocd-notifications-controller",
        container: "argocd-notifications-controller",
        ports: &[9001],
        services: &[("argocd-notifications-controller-metrics", &[("metrics", 9001, 9001)])],
        open: &[(&[9001], &[])],
    },
    Part {
        name: "argocd-redis",
        container: "redis",
        ports: &[6379],
        services: &[("argocd-redis", &[("tcp-redis", 6379, 6379)])],
        open: &[(&[6379], &["argocd-server", "argocd-repo-server", "argocd-application-controller"])],
    },
    Part {
        name: "argocd-repo-server",
        container: "argocd-repo-server",
        ports: &[8081, 8084],
        services: &[("argocd-repo-server", &[("server", 8081, 8081), ("metrics", 8084, 8084)])],
        open: &[(&[8081], CLIENTS), (&[8084], &[])],
    },
    Part {
        name: "argocd-server",
        container: "argocd-server",
        ports: &[8080, 8083],
        services: &[
            ("argocd-server", &[("http", 80, 8080), ("https", 443, 8080)]),
            ("argocd-server-metrics", &[("metrics", 8083, 8083)]),
        ],
        open: &[(&[], &[])],
    },
];

/// All of them.
pub(super) fn objects(version: &str, dex: &str, redis: &str) -> Vec<Value> {
    let argocd = format!("quay.io/argoproj/argocd:{version}");
    let mut all = Vec::new();
    for part in PARTS {
        let component = part.name.trim_start_matches("argocd-");
        let selector = json!({ "app.kubernetes.io/name": part.name });
        for (name, ports) in part.services {
            let ports: Vec<(&str, i64, Value)> = ports.iter().map(|(n, p, t)| (*n, *p, (*t).into())).collect();
            all.push(service(name, &labels(name, component), &selector, "ClusterIP", &ports));
        }
        let image = match part.name {
            "argocd-dex-server" => format!("ghcr.io/dexidp/dex:{dex}"),
            "argocd-redis" => format!("public.ecr.aws/docker/library/redis:{redis}"),
            _ => argocd.clone(),
        };
        all.push(workload(part, component, &selector, &image, &argocd));
        let ingress: Vec<Value> = part.open.iter().map(|(ports, from)| opening(ports, from)).collect();
        let name = format!("{}-network-policy", part.name);
        let spec = json!({ "podSelector": { "matchLabels": selector }, "policyTypes": ["Ingress"], "ingress": ingress });
        all.push(object("networking.k8s.io/v1", "NetworkPolicy", &name, &labels(&name, component), json!({ "spec": spec })));
    }
    all
}

fn opening(ports: &[i64], from: &[&str]) -> Value {
    let mut one = json!({});
    if !ports.is_empty() {
        one["ports"] = ports.iter().map(|p| json!({ "port": p, "protocol": "TCP" })).collect();
        one["from"] = if from.is_empty() {
            json!([{ "namespaceSelector": {} }])
        } else {
            from.iter().map(|n| json!({ "podSelector": { "matchLabels": { "app.kubernetes.io/name": n } } })).collect()
        };
    }
    one
}

fn workload(part: &Part, component: &str, selector: &Value, image: &str, argocd: &str) -> Value {
    let labels = labels(part.name, component);
    let mut pods = if part.name == "argocd-application-controller" {
        Workload::stateful_set(part.name, "argocd-application-controller", labels, selector, image)
    } else {
        Workload::deployment(part.name, labels, selector, image)
    };
    pods = pods.container(part.container).account(part.name).pod("nodeSelector", json!({ "kubernetes.io/os": "linux" }));
    for (at, port) in part.ports.iter().enumerate() {
        pods = pods.port(if at == 0 { "main" } else { "metrics" }, *port);
    }
    let init =
        |name: &str, args: Value| json!({ "name": name, "image": argocd, "args": args, "imagePullPolicy": "IfNotPresent" });
    let mut built = match part.name {
        "argocd-redis" => pods
            .args(["--save", "", "--appendonly", "no", "--requirepass $(REDIS_PASSWORD)"])
            .env_secret("REDIS_PASSWORD", "argocd-redis", "auth")
            .init(init("secret-init", json!(["argocd", "admin", "redis-initial-password"]))),
        "argocd-dex-server" => pods
            .args(["/shared/argocd-dex", "rundex"])
            .init(init("copyutil", json!(["/bin/cp", "-n", "/usr/local/bin/argocd", "/shared/argocd-dex"]))),
        "argocd-repo-server" => pods
            .args(["/usr/local/bin/argocd-repo-server"])
            .env_secret("REDIS_PASSWORD", "argocd-redis", "auth")
            .init(init("copyutil", json!(["/bin/cp", "--update=none", "/usr/local/bin/argocd", "/var/run/argocd/argocd"]))),
        "argocd-server" | "argocd-application-controller" => {
            pods.args([format!("/usr/local/bin/{}", part.name)]).env_secret("REDIS_PASSWORD", "argocd-redis", "auth").needs_api()
        }
        _ => pods.args([format!("/usr/local/bin/{}", part.name)]).needs_api(),
    }
    .build();
    // The pods carry the name alone.
    built["spec"]["template"]["metadata"]["labels"] = selector.clone();
    built
}
