//! ExternalDNS: records for the hosts of ingresses, and only its own.

use super::{install, lab};
use crate::cluster::controllers::tests::Lab;
use crate::cluster::operators::own::secret;
use serde_json::{Value, json};

fn records(lab: &mut Lab) -> Vec<String> {
    let all = lab.call("GET", "/v2/domains/example.com/records?per_page=200", Value::Null);
    let all = all["domain_records"].as_array().cloned().unwrap_or_default();
    let shown = all.iter().filter(|r| matches!(r["type"].as_str(), Some("A" | "TXT")));
    let mut lines: Vec<String> = shown
        .map(|r| format!("{} {} {}", r["type"].as_str().unwrap(), r["name"].as_str().unwrap(), r["data"].as_str().unwrap()))
        .collect();
    lines.sort();
    lines
}

fn ingress(host: &str) -> Value {
    json!({
        "apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": { "name": "web", "namespace": "default" },
        "spec": { "rules": [{ "host": host }] }, "status": { "loadBalancer": { "ingress": [{ "ip": "192.0.2.7" }] } },
    })
}

#[test]
fn it_writes_what_is_asked_and_takes_away_what_it_wrote() {
    let mut lab = lab("");
    lab.call("POST", "/v2/domains", json!({ "name": "example.com" }));
    lab.call("POST", "/v2/domains/example.com/records", json!({ "type": "A", "name": "mail", "data": "192.0.2.9" }));
    install(
        &mut lab,
        "external-dns",
        "external-dns",
        json!({
            "provider": { "name": "digitalocean" }, "sources": ["ingress"], "domainFilters": ["example.com"], "txtOwnerId": "shop-production",
            "txtPrefix": "%{record_type}-dns.", "policy": "sync", "registry": "txt",
            "env": [{ "name": "DO_TOKEN", "valueFrom": { "secretKeyRef": { "name": "dns-token", "key": "access-token" } } }],
        }),
    );
    lab.apply(&[secret("external-dns", "dns-token", "Opaque", &[("access-token", crate::world::DEFAULT_TOKEN)])]);
    lab.pass(120);
    lab.k8s(|o| o.put("ingresses.networking.k8s.io", ingress("www.example.com")));
    lab.pass(70);
    let mark = "heritage=external-dns,external-dns/owner=shop-production,external-dns/resource=ingress";
    assert_eq!(
        records(&mut lab),
        ["A mail 192.0.2.9".to_owned(), "A www 192.0.2.7".to_owned(), format!("TXT a-dns.www \"{mark}\"")]
    );
    // A host that somebody else wrote is not taken over, and what nobody asks for any more goes.
    lab.k8s(|o| o.put("ingresses.networking.k8s.io", ingress("mail.example.com")));
    lab.pass(70);
    assert_eq!(records(&mut lab), ["A mail 192.0.2.9"]);
}
