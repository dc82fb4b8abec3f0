//! cert-manager: controller, webhook, CA injector, and the check that its API answers. Source: cert-manager's chart.

use crate::cluster::helm::object::{
    cluster_role, cluster_role_binding, disruption_budget, hook, role, role_binding, rule, service, service_account,
    service_monitor, webhook,
};
use crate::cluster::helm::{Chart, Definition, Release, Values, Version, Workload};
use serde_json::{Value, json};

/// The chart.
pub(crate) const CHART: Chart = Chart {
    name: "cert-manager",
    repository: "https://charts.jetstack.io",
    versions: &[
        Version { chart: "v1.21.1", app: "v1.21.1" },
        Version { chart: "v1.21.0", app: "v1.21.0" },
        Version { chart: "v1.20.2", app: "v1.20.2" },
    ],
    // The definitions lie in its templates, behind `crds.enabled`.
    definitions: &[],
    refuses,
    render,
};

const DEFINITIONS: &[Definition] = &[
    Definition::new("cert-manager.io", "CertificateRequest", "certificaterequests", &["v1"]).short(&["cr", "crs"]),
    Definition::new("cert-manager.io", "Certificate", "certificates", &["v1"]).short(&["cert", "certs"]),
    Definition::new("acme.cert-manager.io", "Challenge", "challenges", &["v1"]),
    Definition::new("cert-manager.io", "ClusterIssuer", "clusterissuers", &["v1"]).short(&["ciss"]).cluster(),
    Definition::new("cert-manager.io", "Issuer", "issuers", &["v1"]).short(&["iss"]),
    Definition::new("acme.cert-manager.io", "Order", "orders", &["v1"]),
];

fn refuses(release: &Release) -> Option<String> {
    let values = release.values();
    (values.flag("installCRDs", false) && values.flag("crds.enabled", false))
        .then(|| "ERROR: the deprecated .installCRDs option cannot be used together with .crds.enabled".to_owned())
}

fn render(release: &Release) -> Vec<Value> {
    let values = release.values();
    let mut all = Vec::new();
    if values.flag("crds.enabled", false) || values.flag("installCRDs", false) {
        all.extend(DEFINITIONS.iter().map(|d| {
            let mut object = d.object();
            object["metadata"]["labels"] = release.labels("crds");
            if values.flag("crds.keep", true) {
                object["metadata"]["annotations"]["helm.sh/resource-policy"] = "keep".into();
            }
            object
        }));
    }
    all.extend(controller(release));
    if values.flag("cainjector.enabled", true) {
        all.extend(part(release, "cainjector", &[("http-metrics", 9402)]));
    }
    all.extend(part(release, "webhook", &[("https", 10250), ("healthcheck", 6080), ("http-metrics", 9402)]));
    all.extend(webhooks(release));
    if values.flag("startupapicheck.enabled", true) {
        all.extend(startup_check(release));
    }
    all
}

/// `quay.io/jetstack/cert-manager-…` at the chart's version, as `imageRegistry` and `imageNamespace` say.
fn image(release: &Release, part: &str) -> String {
    let values = release.values();
    let registry = values.text("imageRegistry", "quay.io");
    let home = values.text("imageNamespace", "jetstack");
    format!("{registry}/{home}/cert-manager-{part}:{}", release.version.app)
}

/// The selectors of its parts name the part in place of the chart.
fn names(release: &Release, part: &str) -> (String, Value, Value) {
    let (name, called) = if part == "controller" {
        (release.full(), release.short())
    } else {
        (format!("{}-{part}", release.full()), part.to_owned())
    };
    let mut selector = release.selector(part);
    let mut labels = release.labels(part);
    labels["app"] = called.clone().into();
    for it in [&mut selector, &mut labels] {
        it["app.kubernetes.io/name"] = called.clone().into();
    }
    (name, selector, labels)
}

fn workload(release: &Release, part: &str, values: Values) -> Workload {
    let (name, selector, labels) = names(release, part);
    Workload::deployment(&name, labels, &selector, &image(release, part))
        .container(&format!("cert-manager-{part}"))
        .account(&name)
        .pod("nodeSelector", json!({ "kubernetes.io/os": "linux" }))
        .restricted()
        .pod_security(values.at("securityContext").0)
        .container_security(values.at("containerSecurityContext").0)
        .needs_api()
        .values(values)
}

fn access(name: &str, release: &Release, labels: &Value, rules: Value) -> Vec<Value> {
    vec![
        service_account(name, labels),
        cluster_role(name, labels, rules),
        cluster_role_binding(name, labels, name, &release.namespace, name),
    ]
}

fn controller(release: &Release) -> Vec<Value> {
    let values = release.values();
    let (name, selector, labels) = names(release, "controller");
    let mut all = access(
        &name,
        release,
        &labels,
        json!([
            rule(&["cert-manager.io", "acme.cert-manager.io"], &["*"], &["*"]),
            rule(&[""], &["secrets", "events", "pods", "services"], &["*"]),
            rule(&["networking.k8s.io"], &["ingresses", "ingresses/finalizers"], &["*"]),
            rule(&["gateway.networking.k8s.io"], &["gateways", "httproutes", "listenersets"], &["*"]),
        ]),
    );
    let leader = values.text("global.leaderElection.namespace", "kube-system");
    for object in [
        role(&format!("{name}:leaderelection"), &labels, json!([rule(&["coordination.k8s.io"], &["leases"], &["*"])])),
        role_binding(&format!("{name}:leaderelection"), &labels, &format!("{name}:leaderelection"), &release.namespace, &name),
    ] {
        all.push(crate::cluster::helm::object::in_namespace(object, &leader));
    }
    let args = [
        "--v=2".to_owned(),
        "--cluster-resource-namespace=$(POD_NAMESPACE)".to_owned(),
        format!("--leader-election-namespace={leader}"),
    ];
    let probe = json!({ "httpGet": { "path": "/livez", "port": "http-healthz", "scheme": "HTTP" } });
    let mut deployment =
        workload(release, "controller", values).args(args).port("http-metrics", 9402).port("http-healthz", 9403).build();
    deployment["spec"]["template"]["spec"]["containers"][0]["livenessProbe"] = probe;
    all.push(deployment);
    if values.flag("prometheus.enabled", true) {
        all.push(service(
            &name,
            &labels,
            &selector,
            "ClusterIP",
            &[("tcp-prometheus-servicemonitor", 9402, "http-metrics".into())],
        ));
        if values.flag("prometheus.servicemonitor.enabled", false) {
            all.push(service_monitor(&name, &labels, &selector, "tcp-prometheus-servicemonitor"));
        }
    }
    if values.flag("podDisruptionBudget.enabled", false) {
        all.push(disruption_budget(&name, &labels, &selector, values.at("podDisruptionBudget")));
    }
    all
}

/// Webhook and CA injector.
fn part(release: &Release, part: &str, ports: &[(&str, i64)]) -> Vec<Value> {
    let values = release.at(part);
    let (name, selector, labels) = names(release, part);
    let rules = json!([
        rule(&["admissionregistration.k8s.io"], &["validatingwebhookconfigurations", "mutatingwebhookconfigurations"], &["*"]),
        rule(&["authorization.k8s.io"], &["subjectaccessreviews"], &["create"]),
        rule(&[""], &["secrets", "events"], &["get", "list", "watch", "create", "update"]),
    ]);
    let mut all = access(&name, release, &labels, rules);
    let mut deployment = workload(release, part, values);
    for (name, port) in ports {
        deployment = deployment.port(name, *port);
    }
    if part == "webhook" {
        deployment = deployment.args(["--v=2", "--secure-port=10250"]).probe("/healthz", "healthcheck");
    }
    all.push(deployment.build());
    let mut offered = Vec::new();
    if part == "webhook" {
        offered.push(("https", 443, Value::from("https")));
    }
    offered.push(("metrics", 9402, Value::from("http-metrics")));
    all.push(service(&name, &labels, &selector, &values.text("serviceType", "ClusterIP"), &offered));
    if values.flag("podDisruptionBudget.enabled", false) {
        all.push(disruption_budget(&name, &labels, &selector, values.at("podDisruptionBudget")));
    }
    all
}

fn webhooks(release: &Release) -> Vec<Value> {
    let (name, _, labels) = names(release, "webhook");
    let rules = |resources: &[&str]| {
        json!([{
            "apiGroups": ["cert-manager.io", "acme.cert-manager.io"],
            "apiVersions": ["v1"],
            "operations": ["CREATE", "UPDATE"],
            "resources": resources,
        }])
    };
    let to = |path| (release.namespace.as_str(), name.as_str(), path);
    let injected = json!({ "cert-manager.io/inject-ca-from-secret": format!("{}/{name}-ca", release.namespace) });
    let mutating = webhook("Mutating", &name, &labels, "webhook.cert-manager.io", to("/mutate"), rules(&["certificaterequests"]));
    let mut validating = webhook("Validating", &name, &labels, "webhook.cert-manager.io", to("/validate"), rules(&["*/*"]));
    validating["webhooks"][0]["namespaceSelector"] =
        json!({ "matchExpressions": [{ "key": "cert-manager.io/disable-validation", "operator": "NotIn", "values": ["true"] }] });
    [mutating, validating].into_iter().map(|w| crate::cluster::helm::object::annotated(w, &injected)).collect()
}

fn startup_check(release: &Release) -> Vec<Value> {
    let values = release.at("startupapicheck");
    let (name, _, labels) = names(release, "startupapicheck");
    let after = |object, weight| hook(object, "post-install", weight, "before-hook-creation,hook-succeeded");
    let check = format!("{name}:create-cert");
    let job = Workload::job(&name, labels.clone(), &image(release, "startupapicheck"))
        .container("cert-manager-startupapicheck")
        .account(&name)
        .spec("backoffLimit", json!(values.number("backoffLimit", 4)))
        .pod("nodeSelector", json!({ "kubernetes.io/os": "linux" }))
        .restricted()
        .args(["check", "api", &format!("--wait={}", values.text("timeout", "1m")), "-v"])
        .needs_api()
        .values(values)
        .build();
    vec![
        after(service_account(&name, &labels), -5),
        after(role(&check, &labels, json!([rule(&["cert-manager.io"], &["certificaterequests"], &["create"])])), -5),
        after(role_binding(&check, &labels, &check, &release.namespace, &name), -5),
        after(job, 1),
    ]
}
