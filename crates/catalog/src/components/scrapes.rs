//! What Prometheus asks for metrics, besides the cluster itself: one monitor for each component that has some.
//!
//! Monitors stand apart from the components that they watch. Nothing has to wait for Prometheus's definitions, and what has
//! no Prometheus has no monitors.

use super::{
    Site, access, cert_manager, cloudnative_pg, exporters, external_dns, external_secrets, ingress_nginx, kong, loki,
    node_exporter, otel_collector, prometheus, rabbitmq, tempo, traefik, velero, write::object,
};
use access::{INGRESS, OBSERVABILITY};
use pontoon_core::content::{Capability, Component, Object, Party};
use pontoon_spec::sections::{delivery::Gitops, ingress::Controller};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Pods with metrics.
#[derive(Debug, Clone)]
pub struct Scrape {
    name: String,
    namespace: String,
    labels: BTreeMap<String, String>,
    port: u16,
    job_label: Option<&'static str>,
    on_nodes: bool,
    honor: bool,
}

impl Scrape {
    /// Pods of a namespace with these labels, whose port of that number answers at `/metrics`.
    pub fn new(name: &str, namespace: &str, labels: &[(&str, &str)], port: u16) -> Scrape {
        Scrape {
            name: name.into(),
            namespace: namespace.into(),
            labels: labels.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
            port,
            job_label: None,
            on_nodes: false,
            honor: false,
        }
    }
    /// The job is called as this label of the pod says.
    #[must_use]
    pub fn job_label(mut self, label: &'static str) -> Scrape {
        self.job_label = Some(label);
        self
    }
    /// The pods are in the nodes' network; whoever runs them opens them.
    #[must_use]
    pub fn on_nodes(mut self) -> Scrape {
        self.on_nodes = true;
        self
    }
    /// Their own label `namespace` says of whom the metrics are, not where they were found.
    #[must_use]
    pub fn honor(mut self) -> Scrape {
        self.honor = true;
        self
    }

    fn monitor(&self) -> Object {
        let mut endpoint = json!({ "portNumber": self.port });
        if self.honor {
            endpoint["honorLabels"] = true.into();
        }
        let mut spec = json!({
            "namespaceSelector": { "matchNames": [self.namespace] },
            "selector": { "matchLabels": self.labels },
            "podMetricsEndpoints": [endpoint],
        });
        if let Some(label) = self.job_label {
            spec["jobLabel"] = label.into();
        }
        if self.labels.is_empty() {
            spec["selector"] = Value::Object(Map::new());
        }
        object("monitoring.coreos.com/v1", "PodMonitor", OBSERVABILITY, &self.name, json!({ "spec": spec }))
    }

    fn target(&self) -> Party {
        Party::Pods { namespace: self.namespace.clone(), labels: self.labels.clone() }
    }
}

/// Everything in this environment that has metrics.
fn all(site: &Site<'_>) -> Vec<Scrape> {
    let way_in = match *site.spec.ingress.controller {
        Controller::Nginx => {
            let labels = [("app.kubernetes.io/name", "ingress-nginx")];
            Some(Scrape::new("ingress-nginx", INGRESS, &labels, ingress_nginx::METRICS).honor())
        }
        Controller::Traefik => {
            let labels = [("app.kubernetes.io/name", "traefik")];
            Some(Scrape::new("traefik", INGRESS, &labels, traefik::METRICS))
        }
        Controller::Kong => Some(Scrape::new("kong", INGRESS, &[("app.kubernetes.io/name", "kong")], kong::METRICS)),
        Controller::Gateway | Controller::None => None,
    };
    // Releases are installed by Flux's helm-controller even where nothing follows Git.
    let flux = (*site.spec.delivery.gitops != Gitops::Argocd).then(|| Scrape::new("flux", "flux-system", &[], 8080).honor());
    let one = [
        way_in,
        flux,
        node_exporter::scrape(site),
        cert_manager::scrape(site),
        external_dns::scrape(site),
        external_secrets::scrape(site),
        tempo::scrape(site),
        velero::scrape(site),
    ];
    let several = [
        cloudnative_pg::scrapes(site),
        rabbitmq::scrapes(site),
        otel_collector::scrapes(site),
        exporters::scrapes(site),
        loki::scrapes(site),
    ];
    one.into_iter().flatten().chain(several.into_iter().flatten()).collect()
}

/// Where metrics are collected.
pub fn build(site: &Site<'_>) -> Vec<Component> {
    if !site.has_metrics() {
        return Vec::new();
    }
    let mut component =
        Component::new("scrapes", "observability", "monitors of components", site.spec.observability.metrics.trace())
            .needs(Capability::Namespace(OBSERVABILITY.into()))
            .needs(Capability::definition("PodMonitor", prometheus::GROUP));
    for scrape in all(site) {
        component = component.object(scrape.monitor());
        if !scrape.on_nodes {
            component = component.opening(access::prometheus(), scrape.target(), &[scrape.port]);
        }
    }
    vec![component]
}
