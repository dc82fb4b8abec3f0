//! The operator's webhook: two Jobs make its certificate before, and write its authority after the installation.

use super::super::common::image;
use super::{full, labels};
use crate::cluster::helm::object::{cluster_role, cluster_role_binding, hook, object, role, role_binding, rule, service_account};
use crate::cluster::helm::{Release, Workload};
use serde_json::{Value, json};

/// Webhook configurations and hooks.
pub(super) fn objects(release: &Release) -> Vec<Value> {
    let values = release.at("prometheusOperator.admissionWebhooks");
    if !release.at("prometheusOperator").flag("enabled", true) || !values.flag("enabled", true) {
        return Vec::new();
    }
    let name = format!("{}-admission", full(release));
    let labels = labels(release, "admission");
    let service = format!("{}-operator", full(release));
    // An unset policy becomes Fail once the certificate has been written, by the second Job.
    let policy = values.text("failurePolicy", "Ignore");
    let mut all = Vec::new();
    for (sort, verb) in [("Mutating", "mutate"), ("Validating", "validate")] {
        let hooks: Vec<Value> = [("prometheusrules", "prometheusrulemutate.monitoring.coreos.com", "v1"), ("alertmanagerconfigs", "alertmanagerconfigsvalidate.monitoring.coreos.com", "v1alpha1")]
            .iter()
            .filter(|(plural, _, _)| sort == "Validating" || *plural == "prometheusrules")
            .map(|(plural, called, version)| {
                json!({
                    "name": called, "admissionReviewVersions": ["v1", "v1beta1"], "sideEffects": "None", "failurePolicy": policy,
                    "timeoutSeconds": values.number("timeoutSeconds", 10),
                    "clientConfig": { "service": { "namespace": release.namespace, "name": service, "path": format!("/admission-{plural}/{verb}") } },
                    "rules": [{ "apiGroups": ["monitoring.coreos.com"], "apiVersions": [version], "operations": ["CREATE", "UPDATE"], "resources": [plural] }],
                })
            })
            .collect();
        all.push(object(
            "admissionregistration.k8s.io/v1",
            &format!("{sort}WebhookConfiguration"),
            &name,
            &labels,
            json!({ "webhooks": hooks }),
        ));
    }
    if values.flag("patch.enabled", true) && !values.flag("certManager.enabled", false) {
        all.extend(jobs(release, &name, &labels, &service));
    }
    all
}

fn jobs(release: &Release, name: &str, labels: &Value, service: &str) -> Vec<Value> {
    let patch = release.at("prometheusOperator.admissionWebhooks.patch");
    let home = &release.namespace;
    let before =
        |object| hook(object, "pre-install,pre-upgrade,post-install,post-upgrade", -5, "before-hook-creation,hook-succeeded");
    let job = |what: &str, args: Vec<String>| {
        Workload::job(&format!("{name}-{what}"), labels.clone(), &image(patch.at("image"), "ghcr.io", "jkroepke/kube-webhook-certgen", "1.8.7"))
            .container(what)
            .account(name)
            .args(args)
            .restricted()
            .pod("securityContext", json!({ "runAsGroup": 2000, "runAsNonRoot": true, "runAsUser": 2000, "seccompProfile": { "type": "RuntimeDefault" } }))
            .needs_api()
            .values(patch)
            .build()
    };
    let secret = format!("--secret-name={name}");
    let create = vec![
        "create".to_owned(),
        format!("--host={service},{service}.{home}.svc"),
        format!("--namespace={home}"),
        secret.clone(),
    ];
    let write = vec![
        "patch".to_owned(),
        format!("--webhook-name={name}"),
        format!("--namespace={home}"),
        secret,
        "--patch-failure-policy=".to_owned(),
    ];
    vec![
        before(service_account(name, labels)),
        before(cluster_role(
            name,
            labels,
            json!([rule(
                &["admissionregistration.k8s.io"],
                &["validatingwebhookconfigurations", "mutatingwebhookconfigurations"],
                &["get", "update"]
            )]),
        )),
        before(cluster_role_binding(name, labels, name, home, name)),
        before(role(name, labels, json!([rule(&[""], &["secrets"], &["get", "create"])]))),
        before(role_binding(name, labels, name, home, name)),
        hook(job("create", create), "pre-install,pre-upgrade", 0, "before-hook-creation,hook-succeeded"),
        hook(job("patch", write), "post-install,post-upgrade", 0, "before-hook-creation,hook-succeeded"),
    ]
}
