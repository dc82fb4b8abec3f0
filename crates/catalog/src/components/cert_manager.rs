//! cert-manager: certificates of hosts from Let's Encrypt, and of the platform's own services from a private authority.
//!
//! Everything that serves a webhook or TLS inside of the cluster needs the private issuer: Let's Encrypt signs public
//! names only. DNS-01 reads its token from this namespace, and answers only when the zone is delegated.

use super::{
    Site, charts,
    scrapes::Scrape,
    site::{PRIVATE_ISSUER, PUBLIC_ISSUER},
    write::{merged, object, release, resources, spread},
};
use pontoon_core::content::{Capability, Component, Field, Party, Place, SecretSpec, Strictness, Workload};
use pontoon_spec::sections::ingress::Issuer;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The namespace.
pub const NAMESPACE: &str = "cert-manager";
const GROUP: &str = "cert-manager.io";
/// The port of the pods that answer for a host. Source: cert-manager, "HTTP01".
const SOLVER: u16 = 8089;
/// The Secret with the token that may edit records.
const DNS_TOKEN: &str = "dns-token";

/// The operator, then the issuers: custom resources come after the webhook that judges them.
pub fn build(site: &Site<'_>) -> Vec<Component> {
    if !wanted(site) {
        return Vec::new();
    }
    let mut all = vec![operator(site), private(site)];
    if site.has_tls() && site.has_ingress() {
        all.push(public(site));
    }
    all
}

fn wanted(site: &Site<'_>) -> bool {
    site.has_tls() && site.has_ingress() || uses_private(site)
}

/// What is in the cluster and speaks TLS, or has a webhook.
fn uses_private(site: &Site<'_>) -> bool {
    use pontoon_spec::sections::databases::{Cache, Database};
    let spec = site.spec;
    !spec.queues.is_empty()
        || spec.databases.values().any(|d| matches!(d.value, Database::CloudnativePg(_)))
        || spec.caches.values().any(|c| !matches!(c.value, Cache::Digitalocean(_)))
}

fn operator(site: &Site<'_>) -> Component {
    let place = || Value::Object(site.placement(Place::System));
    let part = |component: &str, cpu, memory, replicas: u32| {
        let labels = json!({ "app.kubernetes.io/instance": "cert-manager", "app.kubernetes.io/component": component });
        let values = json!({
            "replicaCount": replicas,
            "resources": resources(cpu, memory),
            "podDisruptionBudget": { "enabled": replicas > 1 },
            "topologySpreadConstraints": spread(labels),
        });
        merged(place(), values)
    };
    let pair = site.pair();
    let values = merged(
        part("controller", 25, 128, pair),
        json!({
            "crds": { "enabled": true, "keep": true },
            "enableCertificateOwnerRef": false,
            "config": { "apiVersion": "controller.config.cert-manager.io/v1alpha1", "kind": "ControllerConfiguration", "enableGatewayAPI": true },
            "prometheus": { "enabled": site.has_metrics() },
            "webhook": part("webhook", 10, 64, pair),
            "cainjector": part("cainjector", 25, 192, pair),
            "startupapicheck": merged(place(), json!({ "resources": resources(10, 64) })),
        }),
    );
    let pods = || Party::namespace(NAMESPACE);
    let workload = |name: &str, cpu, memory| Workload {
        name: name.into(),
        place: Place::System,
        least: pair,
        most: pair,
        cpu,
        memory,
        volume: 0,
        spread: false,
    };
    Component::new("cert-manager", "cert-manager", "cert-manager", site.spec.certificates.trace())
        .namespace(NAMESPACE, Strictness::Restricted)
        .release(release(site, &charts::CERT_MANAGER, NAMESPACE, values))
        .defines(GROUP, &["Certificate", "CertificateRequest", "Issuer", "ClusterIssuer"])
        .defines("acme.cert-manager.io", &["Order", "Challenge"])
        .provides(Capability::Webhook("cert-manager".into()))
        .opening(pods(), Party::ApiServer, &[])
        .opening(Party::ApiServer, pods(), &[10250])
        .workload(workload("cert-manager", 25, 128))
        .workload(workload("cert-manager-webhook", 10, 64))
        .workload(workload("cert-manager-cainjector", 25, 192))
}

/// An authority of the platform's own: a certificate that signs itself, and the issuer that signs with it.
fn private(site: &Site<'_>) -> Component {
    let authority = object(
        "cert-manager.io/v1",
        "Certificate",
        NAMESPACE,
        "private-authority",
        json!({ "spec": {
            "isCA": true,
            "commonName": format!("{} private authority", site.id()),
            "secretName": "private-authority",
            "duration": "87600h",
            "renewBefore": "8760h",
            "privateKey": { "algorithm": "ECDSA", "size": 256 },
            "issuerRef": { "name": "self-signed", "kind": "ClusterIssuer", "group": GROUP },
        }}),
    );
    Component::new("private-issuer", "cert-manager", "private certificate authority", site.spec.certificates.trace())
        .needs(Capability::definition("ClusterIssuer", GROUP))
        .needs(Capability::definition("Certificate", GROUP))
        .needs(Capability::Webhook("cert-manager".into()))
        .provides(Capability::Issuer(PRIVATE_ISSUER.into()))
        .object(object("cert-manager.io/v1", "ClusterIssuer", "", "self-signed", json!({ "spec": { "selfSigned": {} } })))
        .object(authority)
        .object(object(
            "cert-manager.io/v1",
            "ClusterIssuer",
            "",
            PRIVATE_ISSUER,
            json!({ "spec": { "ca": { "secretName": "private-authority" } } }),
        ))
}

fn public(site: &Site<'_>) -> Component {
    let staging = *site.spec.certificates.issuer == Issuer::LetsencryptStaging;
    let server = if staging { "acme-staging-v02" } else { "acme-v02" };
    let solver = if site.by_dns() {
        json!({ "dns01": { "digitalocean": { "tokenSecretRef": { "name": DNS_TOKEN, "key": "access-token" } } } })
    } else {
        json!({ "http01": super::ingress_solver(site) })
    };
    let acme = json!({
        "server": format!("https://{server}.api.letsencrypt.org/directory"),
        "email": site.spec.contact.to_string(),
        "privateKeySecretRef": { "name": format!("{PUBLIC_ISSUER}-account") },
        "solvers": [merged(solver, json!({ "selector": { "dnsZones": [site.spec.domain.to_string()] } }))],
    });
    let mut component = Component::new("public-issuer", "cert-manager", "Let's Encrypt", site.spec.certificates.issuer.trace())
        .needs(Capability::definition("ClusterIssuer", GROUP))
        .needs(Capability::Webhook("cert-manager".into()))
        .provides(Capability::Issuer(PUBLIC_ISSUER.into()))
        .object(object("cert-manager.io/v1", "ClusterIssuer", "", PUBLIC_ISSUER, json!({ "spec": { "acme": acme } })))
        .opening(Party::namespace(NAMESPACE), Party::host(&format!("{server}.api.letsencrypt.org")), &[443])
        .fact("Let's Encrypt signs the same names five times a week at most. Source: letsencrypt.org, rate limits.");
    if !site.by_dns() {
        // It asks the host itself before it tells Let's Encrypt, and the answer comes from a pod beside the app.
        component = component.opening(Party::namespace(NAMESPACE), Party::World, &[80, 443]);
        for namespace in site.hosts().into_values().collect::<std::collections::BTreeSet<_>>() {
            if let Some(way_in) = super::access::way_in(site) {
                let solver = Party::pods(&namespace, "acme.cert-manager.io/http01-solver", "true");
                component = component.opening(way_in, solver, &[SOLVER]);
            }
        }
    }
    if site.by_dns() {
        component = component
            .opening(Party::namespace(NAMESPACE), Party::host("api.digitalocean.com"), &[443])
            // The answer is looked for at the zone's own name servers before Let's Encrypt is told.
            .opening(Party::namespace(NAMESPACE), Party::World, &[53])
            .secret(SecretSpec {
                namespace: NAMESPACE.into(),
                name: DNS_TOKEN.into(),
                kind: "Opaque".into(),
                labels: BTreeMap::new(),
                fields: BTreeMap::from([("access-token".to_owned(), Field::Given("DNS_TOKEN".into()))]),
                owner: "platform".into(),
                early: false,
            });
    }
    component
}

/// Its own metrics.
pub fn scrape(site: &Site<'_>) -> Option<Scrape> {
    let labels = [("app.kubernetes.io/instance", "cert-manager")];
    wanted(site).then(|| Scrape::new("cert-manager", NAMESPACE, &labels, 9402))
}
