//! The charts that components bring, each pinned. `pontoon.lock` says what an existing platform runs.

use pontoon_core::content::Chart;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

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

/// A chart as an existing platform runs it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Locked {
    /// The version.
    pub version: String,
    /// Where it is published.
    #[serde(default)]
    pub repository: String,
    /// When the version was looked up, as a date.
    #[serde(default)]
    pub date: String,
}

/// What `pontoon.lock` says, by chart name.
pub type Lock = BTreeMap<String, Locked>;

/// The file.
#[derive(Serialize, Deserialize)]
struct File {
    charts: Lock,
}

/// Reads `pontoon.lock`: `{ "charts": { "<name>": { "version": …, "repository": …, "date": … } } }`.
///
/// # Errors
/// What is wrong with it.
pub fn read(text: &str) -> Result<Lock, String> {
    serde_json::from_str::<File>(text).map(|f| f.charts).map_err(|e| format!("cannot be read: {e}"))
}

/// Writes `pontoon.lock`: stable bytes for the same versions.
pub fn write(lock: &Lock) -> String {
    let mut text = serde_json::to_string_pretty(&File { charts: lock.clone() }).unwrap_or_default();
    text.push('\n');
    text
}

/// What the lock has to say once a platform uses these charts: what it says of them stays, but for those that are `fresh`;
/// what is new comes at the built-in version, and what nobody uses any more goes.
pub fn locked(lock: &Lock, used: &BTreeSet<String>, fresh: impl Fn(&str) -> bool) -> Lock {
    let built_in = |pin: &&Pin| used.contains(pin.name);
    let one = |pin: &Pin| {
        let new = Locked { version: pin.version.into(), repository: pin.repository.into(), date: pin.date.into() };
        let held = lock.get(pin.name).filter(|_| !fresh(pin.name)).cloned();
        (pin.name.to_owned(), held.unwrap_or(new))
    };
    PINS.iter().filter(built_in).map(one).collect()
}

/// Where most charts take annotations of their pods.
pub const POD_ANNOTATIONS: &str = "podAnnotations";
/// Charts that take them elsewhere: of their main pods, where there are several. Source: each chart's `values.yaml` and
/// templates; the exporters put `annotations` on their pods.
const ANNOTATED_ELSEWHERE: &[(&str, &str)] = &[
    ("alloy", "controller.podAnnotations"),
    ("ingress-nginx", "controller.podAnnotations"),
    // Prometheus and Alertmanager follow their own Secrets; Grafana does not.
    ("kube-prometheus-stack", "grafana.podAnnotations"),
    ("loki", "loki.podAnnotations"),
    ("prometheus-postgres-exporter", "annotations"),
    ("prometheus-redis-exporter", "annotations"),
    ("traefik", "deployment.podAnnotations"),
];

impl Pin {
    /// Where its values take annotations of its pods: the path of a map.
    pub fn pod_annotations(&self) -> &'static str {
        ANNOTATED_ELSEWHERE.iter().find(|(name, _)| *name == self.name).map_or(POD_ANNOTATIONS, |(_, path)| path)
    }
    /// The chart at the locked version, or at the built-in one.
    pub fn chart(&self, lock: &Lock) -> Chart {
        Chart::Published {
            name: self.name.into(),
            repository: self.repository.into(),
            version: lock.get(self.name).map_or_else(|| self.version.into(), |l| l.version.clone()),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_keeps_what_it_says_until_it_is_asked_for_more() {
        let used = BTreeSet::from(["cert-manager".to_owned(), "traefik".to_owned()]);
        let first = locked(&Lock::new(), &used, |_| false);
        assert_eq!(first["traefik"].version, TRAEFIK.version);
        assert_eq!((first["traefik"].repository.as_str(), first["traefik"].date.as_str()), (TRAEFIK.repository, TRAEFIK.date));
        assert_eq!(read(&write(&first)), Ok(first.clone()));
        let mut old = first.clone();
        for l in old.values_mut() {
            l.version = "1.0.0".into();
        }
        old.insert("kong".into(), Locked { version: "1".into(), repository: String::new(), date: String::new() });
        let kept = locked(&old, &used, |_| false);
        assert_eq!(kept["traefik"].version, "1.0.0");
        assert!(!kept.contains_key("kong"), "nobody uses it");
        let fresh = locked(&old, &used, |name| name == "traefik");
        assert_eq!((fresh["traefik"].version.as_str(), fresh["cert-manager"].version.as_str()), (TRAEFIK.version, "1.0.0"));
        assert!(matches!(TRAEFIK.chart(&kept), Chart::Published { version, .. } if version == "1.0.0"));
        assert!(read("{}").unwrap_err().contains("charts"));
    }
}
