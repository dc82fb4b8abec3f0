//! What the cloud controller asks the load balancer API for. Source: DigitalOcean documentation, Service annotations.

use super::annotation;
use crate::cluster::Objects;
use crate::cluster::controllers::fields::{items, text, uid};
use crate::digitalocean::kubernetes::CLUSTERS;
use serde_json::{Value, json};

/// The name given, or the one that Kubernetes derives from the uid.
pub(super) fn name_of(service: &Value) -> String {
    match annotation(service, "name") {
        "" => format!("a{}", uid(service).replace('-', "")).chars().take(32).collect(),
        name => name.to_owned(),
    }
}

fn flag(service: &Value, name: &str) -> bool {
    annotation(service, name) == "true"
}

fn ports(service: &Value, name: &str) -> Vec<i64> {
    annotation(service, name).split(',').filter_map(|p| p.trim().parse().ok()).collect()
}

/// The body of a creation or an update.
///
/// # Errors
/// What makes no sense, in the controller's words.
pub(super) fn of(objects: &Objects, service: &Value) -> Result<Value, String> {
    let cluster = objects.world().get(CLUSTERS, objects.cluster()).ok_or("cluster not found")?;
    let kind = match annotation(service, "type") {
        "" => "REGIONAL_NETWORK",
        known @ ("REGIONAL" | "REGIONAL_NETWORK") => known,
        other => return Err(format!("only LB types supported are (REGIONAL, REGIONAL_NETWORK), got: {other:?}")),
    };
    let mut body = json!({
        "name": name_of(service),
        "type": kind,
        "region": cluster["region"],
        "vpc_uuid": cluster["vpc_uuid"],
        "tag": format!("k8s:{}", objects.cluster()),
        "forwarding_rules": rules(service, kind)?,
        "health_check": health(service),
    });
    let size = annotation(service, "size-unit");
    if !size.is_empty() {
        body["size_unit"] = size.parse::<i64>().map_err(|_| format!("invalid size unit {size:?} provided"))?.into();
    }
    for (name, field) in
        [("size-slug", "size"), ("algorithm", "algorithm"), ("network", "network"), ("network-stack", "network_stack")]
    {
        if !annotation(service, name).is_empty() {
            body[field] = annotation(service, name).into();
        }
    }
    for (name, field) in [
        ("enable-proxy-protocol", "enable_proxy_protocol"),
        ("redirect-http-to-https", "redirect_http_to_https"),
        ("enable-backend-keepalive", "enable_backend_keepalive"),
        ("disable-lets-encrypt-dns-records", "disable_lets_encrypt_dns_records"),
    ] {
        if flag(service, name) {
            body[field] = true.into();
        }
    }
    if let Ok(seconds) = annotation(service, "http-idle-timeout-seconds").parse::<i64>() {
        body["http_idle_timeout_seconds"] = seconds.into();
    }
    if annotation(service, "sticky-sessions-type") == "cookies" {
        body["sticky_sessions"] = json!({
            "type": "cookies",
            "cookie_name": annotation(service, "sticky-sessions-cookie-name"),
            "cookie_ttl_seconds": annotation(service, "sticky-sessions-cookie-ttl").parse::<i64>().unwrap_or(300),
        });
    }
    let list = |name: &str| -> Vec<String> {
        annotation(service, name).split(',').filter(|r| !r.is_empty()).map(|r| r.trim().to_owned()).collect()
    };
    let (mut allow, deny) = (list("allow-rules"), list("deny-rules"));
    if allow.is_empty() {
        allow = items(&service["spec"]["loadBalancerSourceRanges"]).iter().map(|r| format!("cidr:{}", text(r))).collect();
    }
    if !allow.is_empty() || !deny.is_empty() {
        body["firewall"] = json!({ "allow": allow, "deny": deny });
    }
    Ok(body)
}

/// One rule a port: TCP unless an annotation says otherwise, to the port of the nodes.
fn rules(service: &Value, kind: &str) -> Result<Vec<Value>, String> {
    let (tls, http2, http) = (ports(service, "tls-ports"), ports(service, "http2-ports"), ports(service, "http-ports"));
    let certificate = annotation(service, "certificate-id");
    let passthrough = flag(service, "tls-passthrough");
    let all: Vec<Value> = items(&service["spec"]["ports"])
        .iter()
        .map(|port| {
            let number = port["port"].as_i64().unwrap_or(0);
            let given = annotation(service, "protocol");
            let protocol = if port["protocol"] == "UDP" {
                "udp"
            } else if http2.contains(&number) {
                "http2"
            } else if tls.contains(&number) {
                "https"
            } else if http.contains(&number) {
                "http"
            } else if given.is_empty() {
                "tcp"
            } else {
                given
            };
            let secure = matches!(protocol, "https" | "http2");
            let target = match protocol {
                "https" | "http2" if !passthrough => "http",
                other => other,
            };
            let node = port["nodePort"].as_i64().filter(|n| *n > 0).unwrap_or(30_000 + number % 2768);
            let mut rule =
                json!({ "entry_protocol": protocol, "entry_port": number, "target_protocol": target, "target_port": node });
            if secure && passthrough {
                rule["tls_passthrough"] = true.into();
            } else if secure {
                rule["certificate_id"] = certificate.into();
            }
            rule
        })
        .collect();
    if all.is_empty() {
        return Err("no ports specified".to_owned());
    }
    if kind == "REGIONAL_NETWORK" && all.iter().any(|r| !matches!(text(&r["entry_protocol"]), "tcp" | "udp")) {
        return Err("only tcp and udp protocols are supported by load balancers of type REGIONAL_NETWORK".to_owned());
    }
    Ok(all)
}

/// On the nodes themselves, where Cilium answers for the Service. Source: DigitalOcean documentation, health checks.
fn health(service: &Value) -> Value {
    let port = service["spec"]["healthCheckNodePort"].as_i64().filter(|p| *p > 0).unwrap_or(10_256);
    let number = |name: &str, default: i64| annotation(service, name).parse::<i64>().unwrap_or(default);
    let protocol = match annotation(service, "healthcheck-protocol") {
        "" => "http",
        given => given,
    };
    let path = match annotation(service, "healthcheck-path") {
        "" => "/healthz",
        given => given,
    };
    json!({
        "protocol": protocol, "port": number("healthcheck-port", port), "path": path,
        "check_interval_seconds": number("healthcheck-check-interval-seconds", 3),
        "response_timeout_seconds": number("healthcheck-response-timeout-seconds", 5),
        "unhealthy_threshold": number("healthcheck-unhealthy-threshold", 3),
        "healthy_threshold": number("healthcheck-healthy-threshold", 5),
    })
}
