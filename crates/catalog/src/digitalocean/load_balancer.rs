//! A load balancer in front of droplets.

use super::{call, pages, urn};
use crate::{
    field::{Compare, Field},
    names::{Names, Unique},
    prices,
    resource::{Attributes, Create, Delete, Identity, List, Read, ResourceType, Update, of_sample},
};
use pontoon_core::{
    money::Cost,
    plan::{Condition, Impact},
    value::Value,
};
use std::collections::BTreeMap;

/// Everything, each time: PUT resets what it leaves out.
const ALL: &[&str] = &[
    "name",
    "region",
    "type",
    "network",
    "network_stack",
    "vpc_uuid",
    "project_id",
    "size_unit",
    "forwarding_rules",
    "health_check",
    "sticky_sessions",
    "redirect_http_to_https",
    "enable_proxy_protocol",
    "enable_backend_keepalive",
    "http_idle_timeout_seconds",
    "disable_lets_encrypt_dns_records",
    "tls_cipher_policy",
    "firewall",
    "droplet_ids",
    "tag",
];
const CHANGING: &[&str] = &[
    "name",
    "size_unit",
    "forwarding_rules",
    "health_check",
    "sticky_sessions",
    "redirect_http_to_https",
    "enable_proxy_protocol",
    "enable_backend_keepalive",
    "http_idle_timeout_seconds",
    "disable_lets_encrypt_dns_records",
    "tls_cipher_policy",
    "firewall",
    "droplet_ids",
    "tag",
];

/// One that Kubernetes makes for a Service is Kubernetes's: this is one of our own. A name that is
/// taken is refused (422, `name is not unique`); the size changes at most once an hour; its tag selects
/// droplets, so it carries no mark. Its address goes with it.
/// Source: API reference, "Load Balancers"; the refusal: issue 217 of Cluster API's DigitalOcean provider.
pub const LOAD_BALANCER: ResourceType = ResourceType {
    kind: "digitalocean.load_balancer",
    title: "load balancer",
    text: "A load balancer in front of droplets.",
    fields: &[
        Field::new("name", "Name; unique in the account."),
        Field::new("region", "Region, such as `nyc3`.").at("region.slug").fixed("a load balancer stays in its region"),
        Field::new("type", "`REGIONAL` (HTTP, the API's default) or `REGIONAL_NETWORK` (TCP and UDP).")
            .fixed("the type of a load balancer cannot change"),
        Field::new("network", "`EXTERNAL` or `INTERNAL`.").fixed("a load balancer stays public or internal"),
        Field::new("network_stack", "`IPV4` or `DUALSTACK`.").fixed("the network stack of a load balancer cannot change"),
        Field::new("vpc_uuid", "The VPC.").fixed("a load balancer stays in its VPC"),
        Field::new("project_id", "The project that it is made in.").compare(Compare::Once),
        Field::new("size_unit", "How many nodes, 1 to 100; changes at most once an hour."),
        Field::new(
            "forwarding_rules",
            "At least one: `entry_protocol`, `entry_port`, `target_protocol`, `target_port`, `certificate_id`, `tls_passthrough`.",
        )
        .compare(Compare::Set)
        .impact(Impact::Interruption, "what came in by a rule that is gone is refused"),
        Field::new("health_check", "`protocol`, `port`, `path`, intervals and thresholds.").compare(Compare::Subset),
        Field::new("sticky_sessions", "`type`, `cookie_name`, `cookie_ttl_seconds`.").compare(Compare::Subset),
        Field::new("redirect_http_to_https", "Whether HTTP is sent to HTTPS."),
        Field::new("enable_proxy_protocol", "Whether the PROXY protocol is spoken; both ends must agree.")
            .impact(Impact::Interruption, "requests fail until the droplets agree"),
        Field::new("enable_backend_keepalive", "Whether connections to droplets are kept."),
        Field::new("http_idle_timeout_seconds", "Seconds that an idle connection is kept: 30 to 600."),
        Field::new("disable_lets_encrypt_dns_records", "Whether no DNS records are made for certificates."),
        Field::new("tls_cipher_policy", "`DEFAULT` or `STRONG`."),
        Field::new("firewall", "Who may reach it: `allow`, `deny`, as `ip:…` or `cidr:…`.").compare(Compare::Subset),
        Field::new("droplet_ids", "Droplets behind it, by number; or `tag`.").compare(Compare::Set),
        Field::new("tag", "The tag whose droplets are behind it; or `droplet_ids`."),
    ],
    identity: Identity::Natural(&["name"]),
    list: List::Account(|| pages("/v2/load_balancers", "load_balancers", "load_balancer:read")),
    read: Some(Read { call: |a| call("GET", a.at("/v2/load_balancers"), "load_balancer:read"), item: "load_balancer" }),
    create: Create {
        call: |a| call("POST", "/v2/load_balancers", "load_balancer:create").body(a.pick(ALL)),
        reply: Some("load_balancer"),
        id: Some("id"),
    },
    updates: &[Update {
        fields: CHANGING,
        call: |a| call("PUT", a.at("/v2/load_balancers"), "load_balancer:update").body(a.pick(ALL)),
    }],
    delete: Delete::Call(|a| call("DELETE", a.at("/v2/load_balancers"), "load_balancer:delete")),
    ready: Some(|| Condition::Is { path: "status".into(), any_of: vec!["active".into()] }),
    failed: Some(|| Condition::Is { path: "status".into(), any_of: vec!["errored".into()] }),
    loss: "its address",
    typical: 120,
    timeout: 1800,
    outputs: &[("id", "id"), ("name", "name"), ("ip", "ip"), ("ipv6", "ipv6")],
    price,
    sample: || {
        let rule = Value::map([
            ("entry_protocol", "http".into()),
            ("entry_port", 80i64.into()),
            ("target_protocol", "http".into()),
            ("target_port", 8080i64.into()),
        ]);
        BTreeMap::from([
            ("name".into(), Value::from("sample")),
            ("region".into(), "nyc3".into()),
            ("size_unit".into(), 2i64.into()),
            ("forwarding_rules".into(), Value::List(vec![rule])),
            ("droplet_ids".into(), Value::List(vec![of_sample("digitalocean.droplet", "number")])),
        ])
    },
    urn: Some(|a| urn("do:loadbalancer", a)),
    names: Some(Names::label(1, 255, Unique::Account).inside("-.").or_digit()),
    ..ResourceType::BASE
};

/// A price for each node; that of global ones is not known.
fn price(a: &Attributes) -> Cost {
    if a.get("type").and_then(Value::as_text) == Some("GLOBAL") {
        return Cost::UNKNOWN;
    }
    let units = a.get("size_unit").map_or(Some(1), Value::as_i64).and_then(|n| u32::try_from(n).ok());
    units.map_or(Cost::UNKNOWN, |n| prices::load_balancer_unit().times(n))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn costs_by_the_node() {
        let mut a = (LOAD_BALANCER.sample)();
        assert_eq!(price(&a).to_string(), "24.00");
        a.remove("size_unit");
        assert_eq!(price(&a).to_string(), "12.00");
        a.insert("type".into(), "GLOBAL".into());
        assert_eq!(price(&a).to_string(), "unknown");
    }

    #[test]
    fn changes_send_everything() {
        assert!(CHANGING.iter().all(|f| ALL.contains(f)));
        assert!(LOAD_BALANCER.fields.iter().all(|f| ALL.contains(&f.name)));
    }
}
