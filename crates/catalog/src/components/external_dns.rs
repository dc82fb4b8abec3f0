//! ExternalDNS: writes a record for every host, and takes away those that it wrote.
//!
//! Its token can edit records and nothing else, and lies in its own namespace. Each cluster has an owner id of its own and
//! touches only records beside which its text record stands, so that several environments can share one zone.

use super::{
    Site, charts,
    scrapes::Scrape,
    write::{merged, release, resources, secret, workload},
};
use pontoon_core::content::{Capability, Component, Field, Party, Place, Strictness};
use pontoon_spec::sections::{dns::Dns, ingress::Controller};
use serde_json::{Value, json};

/// The namespace.
pub const NAMESPACE: &str = "external-dns";
/// The Secret with the token that may edit records.
const TOKEN: &str = "dns-token";
/// Its key.
const KEY: &str = "access-token";
/// The port of its own metrics.
pub const METRICS: u16 = 7979;

/// Where the zone is at a vendor whose records can be written, and something comes in.
pub fn build(site: &Site<'_>) -> Vec<Component> {
    let (provider, variable, api) = match site.spec.dns.value {
        Dns::Digitalocean(_) => ("digitalocean", "DO_TOKEN", "api.digitalocean.com"),
        Dns::Cloudflare(_) => ("cloudflare", "CF_API_TOKEN", "api.cloudflare.com"),
        Dns::None(_) => return Vec::new(),
    };
    if !site.has_ingress() {
        return Vec::new();
    }
    let (values, zone) = (values(site, provider, variable), site.spec.zone.to_string());
    let pods = || Party::namespace(NAMESPACE);
    let component = Component::new("external-dns", "dns", "ExternalDNS", site.spec.dns.trace())
        .namespace(NAMESPACE, Strictness::Restricted)
        .release(release(site, &charts::EXTERNAL_DNS, NAMESPACE, values))
        .provides(Capability::Zone(zone))
        .secret(secret(NAMESPACE, TOKEN, "platform", [(KEY, Field::Given("DNS_TOKEN".into()))]))
        .opening(pods(), Party::ApiServer, &[])
        .opening(pods(), Party::host(api), &[443])
        .workload(workload("external-dns", Place::System, 1, 25, 96))
        .fact("It deletes what it wrote and nobody asks for any more (policy `sync`); what it did not write it leaves.")
        .fact("Records of a cluster that is gone stay: `destroy` removes them. Source: ExternalDNS, \"TXT registry\".");
    vec![component]
}

fn values(site: &Site<'_>, provider: &str, variable: &str) -> Value {
    let source = match *site.spec.ingress.controller {
        Controller::Gateway => "gateway-httproute",
        _ => "ingress",
    };
    let mut values = json!({
        "provider": { "name": provider },
        "env": [{ "name": variable, "valueFrom": { "secretKeyRef": { "name": TOKEN, "key": KEY } } }],
        "sources": [source],
        // The filter is compared with the zone's name, so a domain inside of the zone would match no zone at all.
        "domainFilters": [site.spec.zone.to_string()],
        "txtOwnerId": site.id(),
        // In front of the name, as a label of its own: the zone's own name (`@`) would otherwise get a neighbour outside of the zone.
        "txtPrefix": "%{record_type}-dns.",
        "policy": "sync",
        "registry": "txt",
        "interval": "1m",
        "triggerLoopOnEvent": true,
        "resources": resources(25, 96),
    });
    if provider == "digitalocean" {
        // 20 records a page would cost ten times the requests.
        values = merged(values, json!({ "extraArgs": { "digitalocean-api-page-size": 200 } }));
    }
    if let Dns::Cloudflare(cloudflare) = &site.spec.dns.value
        && *cloudflare.proxied
    {
        values = merged(values, json!({ "extraArgs": { "cloudflare-proxied": true } }));
    }
    merged(values, Value::Object(site.placement(Place::System)))
}

/// Its own metrics.
pub fn scrape(site: &Site<'_>) -> Option<Scrape> {
    let labels = [("app.kubernetes.io/name", "external-dns")];
    let wanted = site.has_ingress() && !matches!(site.spec.dns.value, Dns::None(_));
    wanted.then(|| Scrape::new("external-dns", NAMESPACE, &labels, METRICS))
}
