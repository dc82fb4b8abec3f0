//! External Secrets: operator, webhook, and the controller that makes the webhook's certificate.
//!
//! Source: the external-secrets chart.

use super::common::image;
use crate::cluster::helm::object::{
    annotated, cluster_role, cluster_role_binding, disruption_budget, object, role, role_binding, rule, secret, service,
    service_account,
};
use crate::cluster::helm::{Chart, Definition, Release, Version, Workload};
use serde_json::{Value, json};

const GROUP: &str = "external-secrets.io";

/// The chart.
pub(crate) const CHART: Chart = Chart {
    name: "external-secrets",
    repository: "https://charts.external-secrets.io",
    versions: &[Version { chart: "2.9.0", app: "v2.9.0" }, Version { chart: "2.8.0", app: "v2.8.0" }],
    // They lie in its templates, behind `installCRDs`.
    definitions: &[],
    refuses: |_| None,
    render,
};

const DEFINITIONS: &[Definition] = &[
    Definition::new(GROUP, "ClusterExternalSecret", "clusterexternalsecrets", &["v1"]).short(&["ces"]).cluster(),
    Definition::new(GROUP, "ClusterPushSecret", "clusterpushsecrets", &["v1alpha1"]).cluster(),
    Definition::new(GROUP, "ClusterSecretStore", "clustersecretstores", &["v1"]).short(&["css"]).cluster(),
    Definition::new(GROUP, "ExternalSecret", "externalsecrets", &["v1"]).short(&["es"]),
    Definition::new(GROUP, "PushSecret", "pushsecrets", &["v1alpha1"]).short(&["ps"]),
    Definition::new(GROUP, "SecretStore", "secretstores", &["v1"]).short(&["ss"]),
    Definition::new("generators.external-secrets.io", "Password", "passwords", &["v1alpha1"]),
];

fn names(release: &Release, part: &str) -> (String, Value, Value) {
    let suffix = if part.is_empty() { String::new() } else { format!("-{part}") };
    let called = format!("{}{suffix}", release.short());
    let (mut selector, mut labels) = (release.selector(""), release.labels(""));
    for it in [&mut selector, &mut labels] {
        it["app.kubernetes.io/name"] = called.clone().into();
    }
    (format!("{}{suffix}", release.full()), selector, labels)
}

fn render(release: &Release) -> Vec<Value> {
    let values = release.values();
    let mut all = Vec::new();
    if values.flag("installCRDs", true) {
        all.extend(DEFINITIONS.iter().map(Definition::object));
    }
    all.extend(part(release, "", &["--concurrent=1", "--metrics-addr=:8080", "--loglevel=info"], &[("metrics", 8080)]));
    if values.flag("certController.create", true) {
        all.extend(part(
            release,
            "cert-controller",
            &["certcontroller", "--crd-requeue-interval=5m"],
            &[("metrics", 8080), ("ready", 8081)],
        ));
    }
    if values.flag("webhook.create", true) {
        all.extend(part(
            release,
            "webhook",
            &["webhook", "--port=10250", "--dns-name=webhook"],
            &[("metrics", 8080), ("webhook", 10250), ("ready", 8081)],
        ));
        all.extend(webhooks(release));
    }
    for what in ["view", "edit"] {
        let name = format!("{}-{what}", release.full());
        all.push(cluster_role(&name, &release.labels(""), json!([rule(&[GROUP], &["*"], &["get", "list", "watch"])])));
    }
    all.push(cluster_role(
        &format!("{}-servicebindings", release.full()),
        &release.labels(""),
        json!([rule(&[GROUP], &["externalsecrets"], &["get"])]),
    ));
    all
}

fn part(release: &Release, part: &str, args: &[&str], ports: &[(&str, i64)]) -> Vec<Value> {
    let values = match part {
        "" => release.values(),
        "webhook" => release.at("webhook"),
        _ => release.at("certController"),
    };
    let (name, selector, labels) = names(release, part);
    let account = values.text("serviceAccount.name", &name);
    let container = if part.is_empty() { release.chart.name } else { part };
    let mut workload = Workload::deployment(
        &name,
        labels.clone(),
        &selector,
        &image(values.at("image"), "", "ghcr.io/external-secrets/external-secrets", release.version.app),
    )
    .container(container)
    .account(&account)
    .args(args.iter().copied())
    .restricted()
    .needs_api();
    for (port, number) in ports {
        workload = workload.port(port, *number);
    }
    if part == "webhook" {
        workload = workload.volume("certs", "/tmp/certs", json!({ "secret": { "secretName": name } }));
    }
    let mut all = vec![service_account(&account, &labels)];
    if part != "webhook" {
        let role_name = format!("{name}-controller");
        let rights = json!([
            rule(&[GROUP], &["*"], &["*"]),
            rule(&[""], &["secrets", "events", "configmaps", "serviceaccounts"], &["*"]),
            rule(&["admissionregistration.k8s.io"], &["validatingwebhookconfigurations"], &["*"])
        ]);
        all.push(cluster_role(&role_name, &labels, rights));
        all.push(cluster_role_binding(&role_name, &labels, &role_name, &release.namespace, &account));
    }
    if part.is_empty() {
        let election = format!("{name}-leaderelection");
        all.push(role(&election, &labels, json!([rule(&["coordination.k8s.io"], &["leases"], &["*"])])));
        all.push(role_binding(&election, &labels, &election, &release.namespace, &account));
    }
    all.push(workload.values(values).build());
    if values.flag("podDisruptionBudget.enabled", false) {
        all.push(disruption_budget(&format!("{name}-pdb"), &labels, &selector, values.at("podDisruptionBudget")));
    }
    all
}

fn webhooks(release: &Release) -> Vec<Value> {
    let (name, selector, labels) = names(release, "webhook");
    let mut all = vec![
        service(&name, &labels, &selector, "ClusterIP", &[("webhook", 443, "webhook".into())]),
        annotated(secret(&name, &labels, &json!({})), release.at("webhook.secretAnnotations").0),
    ];
    all[1]["metadata"]["labels"]["external-secrets.io/component"] = "webhook".into();
    for (called, hooks) in [
        ("secretstore-validate", &[("secretstores", "secretstore"), ("clustersecretstores", "clustersecretstore")][..]),
        ("externalsecret-validate", &[("externalsecrets", "externalsecret")]),
    ] {
        let hooks: Vec<Value> = hooks
            .iter()
            .map(|(plural, short)| {
                json!({
                    "name": format!("validate.{short}.external-secrets.io"),
                    "admissionReviewVersions": ["v1", "v1beta1"], "sideEffects": "None", "timeoutSeconds": 5,
                    "failurePolicy": release.at("webhook").text("failurePolicy", "Fail"),
                    "clientConfig": { "service": { "namespace": release.namespace, "name": name, "path": format!("/validate-external-secrets-io-v1-{short}") } },
                    "rules": [{ "apiGroups": [GROUP], "apiVersions": ["v1"], "operations": ["CREATE", "UPDATE", "DELETE"], "resources": [plural] }],
                })
            })
            .collect();
        let mut labels = labels.clone();
        labels["external-secrets.io/component"] = "webhook".into();
        all.push(object(
            "admissionregistration.k8s.io/v1",
            "ValidatingWebhookConfiguration",
            called,
            &labels,
            json!({ "webhooks": hooks }),
        ));
    }
    all
}
