//! The charts that components bring, each pinned. `pontoon.lock` says what an existing platform runs.

use pontoon_core::content::Chart;
use std::collections::BTreeMap;

/// A published chart at the version that this Pontoon was tried with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pin {
    /// The chart's name.
    pub name: &'static str,
    /// Where it is published.
    pub repository: &'static str,
    /// The version.
    pub version: &'static str,
    /// When the version was looked up, as a date.
    pub date: &'static str,
}

/// Versions that differ from the built-in ones, by chart name: what `pontoon.lock` says.
pub type Lock = BTreeMap<String, String>;

/// Reads `pontoon.lock`: `{ "charts": { "<name>": { "version": …, "repository": …, "date": … } } }`.
///
/// # Errors
/// What is wrong with it.
pub fn read(text: &str) -> Result<Lock, String> {
    let parsed: serde_json::Value = serde_json::from_str(text).map_err(|e| format!("is no JSON: {e}"))?;
    let charts = parsed["charts"].as_object().ok_or("has no `charts`")?;
    let one = |(name, pin): (&String, &serde_json::Value)| {
        let version = pin["version"].as_str().ok_or_else(|| format!("{name} has no `version`"))?;
        Ok((name.clone(), version.to_owned()))
    };
    charts.iter().map(one).collect()
}

impl Pin {
    /// The chart at the locked version, or at the built-in one.
    pub fn chart(&self, lock: &Lock) -> Chart {
        Chart::Published {
            name: self.name.into(),
            repository: self.repository.into(),
            version: lock.get(self.name).cloned().unwrap_or_else(|| self.version.into()),
        }
    }
}

macro_rules! pins {
    ($($(#[$doc:meta])* $id:ident = $name:literal, $repository:literal, $version:literal;)+) => {
        $($(#[$doc])* pub const $id: Pin = Pin { name: $name, repository: $repository, version: $version, date: "2026-08-22" };)+
        /// All of them.
        pub const PINS: &[Pin] = &[$($id),+];
    };
}

pins! {
    /// cert-manager.
    CERT_MANAGER = "cert-manager", "https://charts.jetstack.io", "v1.21.1";
    /// ExternalDNS.
    EXTERNAL_DNS = "external-dns", "https://kubernetes-sigs.github.io/external-dns", "1.21.1";
    /// Metrics Server.
    METRICS_SERVER = "metrics-server", "https://kubernetes-sigs.github.io/metrics-server", "3.13.1";
    /// Prometheus, Alertmanager, Grafana, node exporter, kube-state-metrics.
    KUBE_PROMETHEUS_STACK = "kube-prometheus-stack", "https://prometheus-community.github.io/helm-charts", "88.5.3";
    /// The node exporter, as a release of its own.
    NODE_EXPORTER = "prometheus-node-exporter", "https://prometheus-community.github.io/helm-charts", "4.56.1";
    /// The exporter of PostgreSQL.
    POSTGRES_EXPORTER = "prometheus-postgres-exporter", "https://prometheus-community.github.io/helm-charts", "8.2.0";
    /// The exporter of Redis and Valkey.
    REDIS_EXPORTER = "prometheus-redis-exporter", "https://prometheus-community.github.io/helm-charts", "6.29.0";
    /// ingress-nginx.
    INGRESS_NGINX = "ingress-nginx", "https://kubernetes.github.io/ingress-nginx", "4.15.1";
    /// Traefik.
    TRAEFIK = "traefik", "https://traefik.github.io/charts", "41.3.0";
    /// CloudNativePG.
    CLOUDNATIVE_PG = "cloudnative-pg", "https://cloudnative-pg.github.io/charts", "0.29.0";
    /// Its backups by Barman.
    BARMAN_CLOUD = "plugin-barman-cloud", "https://cloudnative-pg.github.io/charts", "0.7.0";
    /// External Secrets.
    EXTERNAL_SECRETS = "external-secrets", "https://charts.external-secrets.io", "2.9.0";
    /// The OpenTelemetry Collector.
    OTEL_COLLECTOR = "opentelemetry-collector", "https://open-telemetry.github.io/opentelemetry-helm-charts", "0.170.0";
    /// Tempo.
    TEMPO = "tempo", "https://grafana-community.github.io/helm-charts", "2.2.4";
    /// OpenSearch.
    OPENSEARCH = "opensearch", "https://opensearch-project.github.io/helm-charts", "3.6.0";
    /// InfluxDB 2.
    INFLUXDB2 = "influxdb2", "https://helm.influxdata.com", "2.1.2";
    /// Telegraf.
    TELEGRAF = "telegraf", "https://helm.influxdata.com", "1.8.74";
    /// Valkey, by its own project.
    VALKEY = "valkey", "https://valkey.io/valkey-helm", "0.11.0";
    /// Loki.
    LOKI = "loki", "https://grafana-community.github.io/helm-charts", "18.11.0";
    /// Alloy.
    ALLOY = "alloy", "https://grafana.github.io/helm-charts", "1.11.1";
    /// Velero.
    VELERO = "velero", "https://vmware-tanzu.github.io/helm-charts", "12.1.0";
    /// Kong, its open edition.
    KONG = "kong", "https://charts.konghq.com", "3.4.1";
}
