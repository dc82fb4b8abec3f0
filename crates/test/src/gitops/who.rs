//! Who brings which definitions into a cluster: charts, published files, the service itself, and whoever installs Flux.
//!
//! A table of its own, not the components' `provides`: a mistake there must show.

use serde_json::Value;

/// A chart, or a part of a published file's address, and the definitions that it brings: a name, or `*.group`.
const BROUGHT: &[(&str, &[&str])] = &[
    ("argo-cd", &["*.argoproj.io"]),
    ("cert-manager", &["*.cert-manager.io", "*.acme.cert-manager.io"]),
    ("cloudnative-pg", &["*.postgresql.cnpg.io"]),
    ("doppler-kubernetes-operator", &["*.secrets.doppler.com"]),
    ("external-dns", &["*.externaldns.k8s.io"]),
    ("external-secrets", &["*.external-secrets.io"]),
    ("kong", &["*.configuration.konghq.com"]),
    ("kube-prometheus-stack", &["*.monitoring.coreos.com"]),
    ("opensearch-operator", &["*.opensearch.opster.io", "*.opensearch.org"]),
    ("plugin-barman-cloud", &["*.barmancloud.cnpg.io"]),
    ("traefik", &["*.traefik.io"]),
    ("trivy-operator", &["*.aquasecurity.github.io"]),
    ("valkey-operator-official", &["*.valkey.io"]),
    ("velero", &["*.velero.io"]),
    ("github.com/fluxcd/flux2/", FLUX),
    ("ghcr.io/fluxcd/flux-manifests", FLUX),
    ("github.com/hyperspike/valkey-operator/", &["*.hyperspike.io"]),
    ("keycloak/keycloak-k8s-resources/", &["*.k8s.keycloak.org"]),
    ("github.com/prometheus-operator/", &["*.monitoring.coreos.com"]),
    ("github.com/rabbitmq/cluster-operator/", &["rabbitmqclusters.rabbitmq.com"]),
    ("github.com/rabbitmq/messaging-topology-operator/", TOPOLOGY),
];

/// Flux's kinds, a group for each of its controllers.
const FLUX: &[&str] = &[
    "*.helm.toolkit.fluxcd.io",
    "*.image.toolkit.fluxcd.io",
    "*.kustomize.toolkit.fluxcd.io",
    "*.notification.toolkit.fluxcd.io",
    "*.source.toolkit.fluxcd.io",
];

/// One group, two operators.
const TOPOLOGY: &[&str] = &[
    "bindings.rabbitmq.com",
    "exchanges.rabbitmq.com",
    "federations.rabbitmq.com",
    "operatorpolicies.rabbitmq.com",
    "permissions.rabbitmq.com",
    "policies.rabbitmq.com",
    "queues.rabbitmq.com",
    "schemareplications.rabbitmq.com",
    "shovels.rabbitmq.com",
    "superstreams.rabbitmq.com",
    "topicpermissions.rabbitmq.com",
    "users.rabbitmq.com",
    "vhosts.rabbitmq.com",
];

/// Charts whose definitions are templates behind a switch that is off by default: the switch.
const OFF: &[(&str, &str)] = &[("cert-manager", "crds")];

/// The definitions that a HelmRelease, or the address of a published file, brings.
pub fn brings(chart: &str, spec: &Value) -> &'static [&'static str] {
    let found = BROUGHT.iter().find(|(who, _)| if who.contains('/') { chart.contains(who) } else { chart == *who });
    let values = &spec["values"];
    let switches = [&values["crds"]["enabled"], &values["crds"]["create"], &values["installCRDs"], &values["crds"]["install"]];
    let off_by_default = OFF.iter().any(|(who, _)| *who == chart) && !switches.iter().any(|s| **s == true);
    let skipped = spec["install"]["crds"] == "Skip";
    let off = off_by_default || skipped || switches.iter().any(|s| **s == false);
    found.filter(|_| !off).map_or(&[], |(_, all)| *all)
}

/// What DOKS has before anybody installs anything. Source: DigitalOcean documentation, DOKS managed elements.
pub fn preinstalled() -> &'static [&'static str] {
    &["*.gateway.networking.k8s.io", "*.snapshot.storage.k8s.io", "*.cilium.io"]
}

/// What is there once Flux is.
pub fn bootstrap() -> &'static [&'static str] {
    FLUX
}
