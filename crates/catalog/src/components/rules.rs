//! Alerts of the platform's own parts, besides what kube-prometheus-stack knows of the cluster and what objectives say.
//!
//! Each says what is wrong, since when it matters, and how bad it is: critical wakes somebody, warning waits for the morning.

use super::{Site, access, cloudnative_pg, prometheus::WEBHOOK, write::object};
use access::OBSERVABILITY;
use pontoon_core::content::{Capability, Component};
use pontoon_spec::sections::delivery::Gitops;
use serde_json::{Value, json};

/// An alert: name, expression, for how long, how bad, what to read.
type Rule = (&'static str, &'static str, &'static str, &'static str, &'static str);

const CERTIFICATES: &[Rule] = &[
    (
        "CertificateNotReady",
        "max by (exported_namespace, name) (certmanager_certificate_ready_status{condition!=\"True\"}) == 1",
        "30m",
        "warning",
        "The certificate {{ $labels.exported_namespace }}/{{ $labels.name }} is not issued. See: kubectl describe certificate",
    ),
    (
        "CertificateEndsSoon",
        "certmanager_certificate_expiration_timestamp_seconds - time() < 3 * 86400",
        "1h",
        "critical",
        "The certificate {{ $labels.exported_namespace }}/{{ $labels.name }} ends within three days and was not renewed.",
    ),
];

const DATABASES: &[Rule] = &[
    (
        "DatabaseStandbyBehind",
        "max by (pod) (cnpg_pg_replication_lag) > 60",
        "10m",
        "warning",
        "{{ $labels.pod }} is {{ $value | humanizeDuration }} behind its primary.",
    ),
    (
        "DatabaseLogNotArchived",
        "max by (pod) (cnpg_pg_stat_archiver_seconds_since_last_archival) > 1800 and max by (pod) (cnpg_pg_stat_archiver_failed_count) > 0",
        "10m",
        "critical",
        "The log of {{ $labels.pod }} reaches the bucket no more: a loss now would lose {{ $value | humanizeDuration }}.",
    ),
    (
        "DatabaseConnectionsNearlyUsedUp",
        "sum by (pod) (cnpg_backends_total) / max by (pod) (cnpg_pg_settings_setting{name=\"max_connections\"}) > 0.85",
        "10m",
        "warning",
        "{{ $labels.pod }} uses {{ $value | humanizePercentage }} of its connections.",
    ),
];

const MANAGED: &[Rule] = &[(
    "ManagedDatabaseDoesNotAnswer",
    "pg_up == 0 or redis_up == 0",
    "5m",
    "critical",
    "{{ $labels.pod }} cannot reach what it measures. See: pontoon status",
)];

const QUEUES: &[Rule] = &[
    (
        "QueueAlarm",
        "max by (pod) (rabbitmq_alarms_memory_used_watermark + rabbitmq_alarms_free_disk_space_watermark) > 0",
        "1m",
        "critical",
        "{{ $labels.pod }} takes no messages any more: its memory or its disk is used up.",
    ),
    (
        "QueueGrows",
        "sum by (pod) (rabbitmq_queue_messages_ready) > 100000 and sum by (pod) (delta(rabbitmq_queue_messages_ready[30m])) > 0",
        "30m",
        "warning",
        "More messages come to {{ $labels.pod }} than are taken.",
    ),
];

const SECRETS: &[Rule] = &[(
    "SecretNotBrought",
    "max by (exported_namespace, name) (externalsecret_status_condition{condition=\"Ready\",status=\"False\"}) == 1",
    "15m",
    "warning",
    "The Secret {{ $labels.exported_namespace }}/{{ $labels.name }} is not brought from the store.",
)];

const FLUX: &[Rule] = &[(
    "DeliveryFails",
    "sum by (controller) (increase(controller_runtime_reconcile_total{controller=~\"kustomization|helmrelease|gitrepository\",result=\"error\"}[15m])) > 3",
    "15m",
    "warning",
    "{{ $labels.controller }} fails again and again. See: pontoon status",
)];

/// Where metrics are collected.
pub fn build(site: &Site<'_>) -> Vec<Component> {
    if !site.has_metrics() {
        return Vec::new();
    }
    let groups: Vec<Value> = [
        ("certificates", CERTIFICATES, site.has_tls() && site.has_ingress()),
        ("databases", DATABASES, !cloudnative_pg::scrapes(site).is_empty()),
        ("managed-databases", MANAGED, super::exporters::has_endpoints(site)),
        ("queues", QUEUES, !site.spec.queues.is_empty()),
        ("secrets", SECRETS, site.has_store()),
        ("delivery", FLUX, *site.spec.delivery.gitops != Gitops::Argocd),
    ]
    .into_iter()
    .filter(|(.., wanted)| *wanted)
    .map(|(name, rules, _)| json!({ "name": name, "rules": rules.iter().map(rule).collect::<Vec<_>>() }))
    .collect();
    let spec = json!({ "spec": { "groups": groups } });
    let component =
        Component::new("rules", "observability", "alerts of the platform's parts", site.spec.observability.metrics.trace())
            .needs(Capability::Namespace(OBSERVABILITY.into()))
            .needs(Capability::Webhook(WEBHOOK.into()))
            .object(object("monitoring.coreos.com/v1", "PrometheusRule", OBSERVABILITY, "platform", spec));
    vec![component]
}

fn rule((alert, expr, lasting, severity, summary): &Rule) -> Value {
    json!({
        "alert": alert,
        "expr": expr,
        "for": lasting,
        "labels": { "severity": severity },
        "annotations": { "summary": summary },
    })
}
