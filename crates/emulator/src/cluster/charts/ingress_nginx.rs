//! ingress-nginx: the controller behind a load balancer, and a webhook that judges Ingresses. Source: its chart.

use super::common::image;
use crate::cluster::helm::object::{
    annotated, cluster_role, cluster_role_binding, config_map, disruption_budget, hook, ingress_class, role, role_binding, rule,
    service, service_account, service_monitor, webhook,
};
use crate::cluster::helm::{Chart, Release, Version, Workload};
use serde_json::{Value, json};

/// The chart. The project has been retired since March 2026: this is its last version.
pub(crate) const CHART: Chart = Chart {
    name: "ingress-nginx",
    repository: "https://kubernetes.github.io/ingress-nginx",
    versions: &[Version { chart: "4.15.1", app: "1.15.1" }, Version { chart: "4.14.0", app: "1.14.0" }],
    definitions: &[],
    refuses: |_| None,
    render,
};

const IMAGE: &str = "v1.15.1@sha256:594ceea76b01c592858f803f9ff4d2cb40542cae2060410b2c95f75907d659e1";
const CERTGEN: &str = "registry.k8s.io/ingress-nginx/kube-webhook-certgen:v1.6.9@sha256:01038e7de14b78d702d2849c3aad72fd25903c4765af63cf16aa3398f5d5f2dd";

fn render(release: &Release) -> Vec<Value> {
    let values = release.at("controller");
    let base = release.full();
    let name = format!("{base}-{}", values.text("name", "controller"));
    let (labels, selector) = (release.labels("controller"), release.selector("controller"));
    let class = values.text("ingressClassResource.name", "nginx");
    let read = ["get", "list", "watch"];
    let mut all = vec![
        service_account(&base, &labels),
        config_map(&name, &labels, values.or("config", json!({}))),
        cluster_role(
            &base,
            &labels,
            json!([
                rule(&[""], &["configmaps", "endpoints", "nodes", "pods", "secrets", "namespaces", "services"], &read),
                rule(&["networking.k8s.io"], &["ingresses", "ingressclasses"], &read),
                rule(&[""], &["events"], &["create", "patch"]),
                rule(&["networking.k8s.io"], &["ingresses/status"], &["update"]),
                rule(&["discovery.k8s.io"], &["endpointslices"], &read),
            ]),
        ),
        cluster_role_binding(&base, &labels, &base, &release.namespace, &base),
        role(
            &base,
            &labels,
            json!([rule(&["coordination.k8s.io"], &["leases"], &["*"]), rule(&[""], &["configmaps", "pods", "secrets"], &read)]),
        ),
        role_binding(&base, &labels, &base, &release.namespace, &base),
        ingress_class(
            &class,
            &labels,
            &values.text("ingressClassResource.controllerValue", "k8s.io/ingress-nginx"),
            values.flag("ingressClassResource.default", false),
        ),
    ];
    let judged = values.flag("admissionWebhooks.enabled", true);
    let port = values.number("admissionWebhooks.port", 8443);
    let metrics = values.flag("metrics.enabled", false);
    let mut pods = Workload::deployment(
        &name,
        labels.clone(),
        &selector,
        &image(
            values.at("image"),
            "registry.k8s.io",
            "ingress-nginx/controller",
            if release.version.app == "1.15.1" { IMAGE } else { "v1.14.0" },
        ),
    )
    .container("controller")
    .account(&base)
    .args([
        "/nginx-ingress-controller".to_owned(),
        format!("--publish-service=$(POD_NAMESPACE)/{name}"),
        format!("--election-id={base}-leader"),
        "--controller-class=k8s.io/ingress-nginx".into(),
        format!("--ingress-class={class}"),
        format!("--configmap=$(POD_NAMESPACE)/{name}"),
    ])
    .port("http", 80)
    .port("https", 443)
    .resources(json!({ "requests": { "cpu": "100m", "memory": "90Mi" } }))
    .probe("/healthz", 10254)
    .container_security(&json!({
        "runAsNonRoot": true, "runAsUser": 101, "allowPrivilegeEscalation": false, "seccompProfile": { "type": "RuntimeDefault" },
        "capabilities": { "drop": ["ALL"], "add": ["NET_BIND_SERVICE"] }, "readOnlyRootFilesystem": false,
    }))
    .pod("nodeSelector", json!({ "kubernetes.io/os": "linux" }))
    .needs_api();
    if judged {
        pods = pods.args([format!("--validating-webhook=:{port}")]).port("webhook", port).volume(
            "webhook-cert",
            "/usr/local/certificates/",
            json!({ "secret": { "secretName": format!("{base}-admission") } }),
        );
    }
    if metrics {
        pods = pods.port("metrics", 10254);
    }
    all.push(pods.values(values).build());
    let outside = annotated(
        service(
            &name,
            &labels,
            &selector,
            &values.text("service.type", "LoadBalancer"),
            &[("http", 80, "http".into()), ("https", 443, "https".into())],
        ),
        values.at("service.annotations").0,
    );
    let mut outside = outside;
    let policy = values.text("service.externalTrafficPolicy", "");
    if !policy.is_empty() {
        outside["spec"]["externalTrafficPolicy"] = policy.into();
    }
    all.push(outside);
    if values.number("replicaCount", 1) > 1 {
        all.push(disruption_budget(&name, &labels, &selector, values));
    }
    if metrics {
        all.push(service(&format!("{name}-metrics"), &labels, &selector, "ClusterIP", &[("metrics", 10254, "metrics".into())]));
        if values.flag("metrics.serviceMonitor.enabled", false) {
            all.push(service_monitor(&name, &labels, &selector, "metrics"));
        }
    }
    if judged {
        all.extend(admission(release, &base, &name, &selector));
    }
    all
}

/// The webhook with its certificate, which two Jobs make and put into it.
fn admission(release: &Release, base: &str, controller: &str, selector: &Value) -> Vec<Value> {
    let values = release.at("controller.admissionWebhooks");
    let name = format!("{base}-admission");
    let labels = release.labels("admission-webhook");
    let service_name = format!("{controller}-admission");
    let rules = json!([{ "apiGroups": ["networking.k8s.io"], "apiVersions": ["v1"], "operations": ["CREATE", "UPDATE"], "resources": ["ingresses"] }]);
    let made =
        |object| hook(object, "pre-install,pre-upgrade,post-install,post-upgrade", 0, "before-hook-creation,hook-succeeded");
    let job = |step: &str, args: &[String], moment: &str, resources: &str| {
        let job = Workload::job(&format!("{name}-{step}"), labels.clone(), CERTGEN)
            .container(step)
            .account(&name)
            .args(args.to_vec())
            .pod("nodeSelector", json!({ "kubernetes.io/os": "linux" }))
            .restricted()
            .needs_api()
            .resources(values.or(&format!("{resources}.resources"), Value::Null))
            .values(values.at("patch"))
            .build();
        hook(job, moment, 0, "before-hook-creation,hook-succeeded")
    };
    let create = [
        "create".to_owned(),
        format!("--host={service_name},{service_name}.$(POD_NAMESPACE).svc"),
        "--namespace=$(POD_NAMESPACE)".into(),
        format!("--secret-name={name}"),
    ];
    let patch = [
        "patch".to_owned(),
        format!("--webhook-name={name}"),
        "--namespace=$(POD_NAMESPACE)".into(),
        "--patch-mutating=false".into(),
        format!("--secret-name={name}"),
        "--patch-failure-policy=Fail".into(),
    ];
    vec![
        webhook(
            "Validating",
            &name,
            &labels,
            "validate.nginx.ingress.kubernetes.io",
            (&release.namespace, &service_name, "/networking/v1/ingresses"),
            rules,
        ),
        service(&service_name, &release.labels("controller"), selector, "ClusterIP", &[("https-webhook", 443, "webhook".into())]),
        made(service_account(&name, &labels)),
        made(cluster_role(
            &name,
            &labels,
            json!([rule(&["admissionregistration.k8s.io"], &["validatingwebhookconfigurations"], &["get", "update"])]),
        )),
        made(cluster_role_binding(&name, &labels, &name, &release.namespace, &name)),
        made(role(&name, &labels, json!([rule(&[""], &["secrets"], &["get", "create"])]))),
        made(role_binding(&name, &labels, &name, &release.namespace, &name)),
        job("create", &create, "pre-install,pre-upgrade", "createSecretJob"),
        job("patch", &patch, "post-install,post-upgrade", "patchWebhookJob"),
    ]
}
