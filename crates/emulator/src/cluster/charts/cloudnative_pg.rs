//! CloudNativePG: one operator with its webhook. Source: the cloudnative-pg chart.

use super::common::{account, image};
use crate::cluster::helm::object::{cluster_role, cluster_role_binding, config_map, object, rule, service, webhook};
use crate::cluster::helm::{Chart, Definition, Release, Version, Workload};
use serde_json::{Value, json};

const REPOSITORY: &str = "https://cloudnative-pg.github.io/charts";
const GROUP: &str = "postgresql.cnpg.io";

/// The chart.
pub(crate) const CHART: Chart = Chart {
    name: "cloudnative-pg",
    repository: REPOSITORY,
    versions: &[Version { chart: "0.29.0", app: "1.30.0" }, Version { chart: "0.28.0", app: "1.29.0" }],
    // They lie in its templates, behind `crds.create`.
    definitions: &[],
    refuses: |_| None,
    render,
};

const fn kind(kind: &'static str, plural: &'static str) -> Definition {
    Definition::new(GROUP, kind, plural, &["v1"])
}

const DEFINITIONS: &[Definition] = &[
    kind("Backup", "backups"),
    kind("ClusterImageCatalog", "clusterimagecatalogs").cluster().no_status(),
    kind("Cluster", "clusters").scaled(),
    kind("DatabaseRole", "databaseroles"),
    kind("Database", "databases"),
    kind("FailoverQuorum", "failoverquorums"),
    kind("ImageCatalog", "imagecatalogs").no_status(),
    kind("Pooler", "poolers").scaled(),
    kind("Publication", "publications"),
    kind("ScheduledBackup", "scheduledbackups"),
    kind("Subscription", "subscriptions"),
];

fn render(release: &Release) -> Vec<Value> {
    let values = release.values();
    let (full, labels, selector) = (release.full(), release.labels(""), release.selector(""));
    let mut all = Vec::new();
    if values.flag("crds.create", true) {
        all.extend(DEFINITIONS.iter().map(Definition::object).map(|mut d| {
            d["metadata"]["annotations"]["helm.sh/resource-policy"] = "keep".into();
            d
        }));
    }
    let (name, made) = account(release, values.at("serviceAccount"), &labels);
    all.extend(made);
    let rights = json!([
        rule(
            &[""],
            &["configmaps", "secrets", "services", "serviceaccounts", "pods", "persistentvolumeclaims", "events"],
            &["*"]
        ),
        rule(&["batch"], &["jobs"], &["*"]),
        rule(&["apps"], &["deployments"], &["*"]),
        rule(&["policy"], &["poddisruptionbudgets"], &["*"]),
        rule(&[GROUP], &["*"], &["*"]),
        rule(
            &["admissionregistration.k8s.io"],
            &["mutatingwebhookconfigurations", "validatingwebhookconfigurations"],
            &["get", "patch"]
        ),
        rule(&["monitoring.coreos.com"], &["podmonitors"], &["*"]),
    ]);
    all.push(cluster_role(&full, &labels, rights));
    for what in ["view", "edit"] {
        let verbs: &[&str] = if what == "view" { &["get", "list", "watch"] } else { &["create", "delete", "patch", "update"] };
        all.push(cluster_role(&format!("{full}-{what}"), &labels, json!([rule(&[GROUP], &["*"], verbs)])));
    }
    all.push(cluster_role_binding(&full, &labels, &full, &release.namespace, &name));
    let config = values.text("config.name", "cnpg-controller-manager-config");
    all.push(config_map(&config, &labels, values.or("config.data", json!({}))));
    let queries = values.text("monitoringQueriesConfigMap.name", "cnpg-default-monitoring");
    all.push(config_map(&queries, &labels, json!({ "queries": "backends: {}\n" })));
    let port = values.number("webhook.port", 9443);
    all.push(
        Workload::deployment(
            &full,
            labels.clone(),
            &selector,
            &image(values.at("image"), "", "ghcr.io/cloudnative-pg/cloudnative-pg", release.version.app),
        )
        .container("manager")
        .account(&name)
        .args(["controller", "--leader-elect", "--max-concurrent-reconciles=10"])
        .args([format!("--config-map-name={config}"), format!("--webhook-port={port}")])
        .port("metrics", 8080)
        .port("webhook-server", port)
        .probe("/readyz", port)
        .restricted()
        .pod_security(values.at("podSecurityContext").0)
        .container_security(values.at("containerSecurityContext").0)
        .needs_api()
        .values(values)
        .build(),
    );
    let hook_service = values.text("service.name", "cnpg-webhook-service");
    let offered = [("webhook-server", values.number("service.port", 443), Value::from("webhook-server"))];
    all.push(service(&hook_service, &labels, &selector, &values.text("service.type", "ClusterIP"), &offered));
    for (sort, plurals) in [
        ("Mutating", &["backups", "clusters", "databases", "scheduledbackups"][..]),
        ("Validating", &["backups", "clusters", "databases", "poolers", "scheduledbackups"]),
    ] {
        let lower = sort.to_lowercase();
        if values.flag(&format!("webhook.{lower}.create"), true) {
            let rules = json!([{ "apiGroups": [GROUP], "apiVersions": ["v1"], "operations": ["CREATE", "UPDATE"], "resources": plurals }]);
            let prefix = if sort == "Mutating" { "mutate" } else { "validate" };
            let path = format!("/{prefix}-postgresql-cnpg-io-v1-cluster");
            let called = format!("cnpg-{lower}-webhook-configuration");
            let hook = format!("{}cluster.cnpg.io", &prefix[..1]);
            let mut made = webhook(sort, &called, &labels, &hook, (&release.namespace, &hook_service, &path), rules);
            made["webhooks"][0]["failurePolicy"] = values.text(&format!("webhook.{lower}.failurePolicy"), "Fail").into();
            all.push(made);
        }
    }
    if values.flag("monitoring.podMonitorEnabled", false) {
        all.push(object(
            "monitoring.coreos.com/v1",
            "PodMonitor",
            &full,
            &labels,
            json!({ "spec": { "selector": { "matchLabels": selector }, "podMetricsEndpoints": [{ "port": "metrics" }] } }),
        ));
    }
    all
}
