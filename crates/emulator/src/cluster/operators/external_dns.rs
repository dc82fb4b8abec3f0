//! ExternalDNS: records at DigitalOcean for the hosts of the cluster, each beside a text record that says whose it is.
//!
//! Source: external-dns 0.21, TXT registry and DigitalOcean provider; its flags are read from its own Deployment.

use super::own::{running, secret_text};
use crate::cluster::Objects;
use crate::cluster::controllers::fields::{items, leaving, namespace, text, uid};
use crate::digitalocean::within;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Looks at what is asked for, and at the zones, at most as often as its interval says.
pub(super) fn run(objects: &mut Objects) {
    let Some(deployment) = running(objects, &[("app.kubernetes.io/name", "external-dns")]).cloned() else {
        return;
    };
    let container = items(&deployment["spec"]["template"]["spec"]["containers"]).first().cloned().unwrap_or_default();
    let flags = Flags::read(&container);
    if flags.provider != "digitalocean" {
        return;
    }
    let wanted = wanted(objects, &flags);
    // What is asked for decides when events wake it; else the interval does.
    let asked = format!("{wanted:?}");
    let memory = format!("external-dns/{}", uid(&deployment));
    let known = objects.world().get("global/_external_dns", &memory).and_then(Value::as_str) == Some(asked.as_str());
    if known && !objects.due(&memory, flags.interval) {
        return;
    }
    objects.restart(&memory);
    match sync(objects, &deployment, &container, &flags, &wanted) {
        Ok(()) => objects.cx().put_settled("global/_external_dns", &memory, asked.into()),
        Err(why) => objects.event(&deployment, "Warning", "Failed", &format!("Failed to do run once: {why}")),
    }
    let _ = objects.due(&memory, flags.interval);
}

/// What it was started with.
struct Flags {
    provider: String,
    sources: Vec<String>,
    domains: Vec<String>,
    owner: String,
    prefix: String,
    suffix: String,
    deletes: bool,
    interval: Duration,
}

impl Flags {
    fn read(container: &Value) -> Self {
        let args: Vec<&str> = items(&container["args"]).iter().map(text).collect();
        let all = |flag: &str| -> Vec<String> {
            args.iter().filter_map(|a| a.strip_prefix(&format!("--{flag}="))).map(str::to_owned).collect()
        };
        let one = |flag: &str, default: &str| all(flag).pop().unwrap_or_else(|| default.to_owned());
        let interval = super::cert_manager::duration(&one("interval", "1m")).unwrap_or(Duration::from_secs(60));
        Self {
            provider: one("provider", ""),
            sources: all("source"),
            domains: all("domain-filter"),
            owner: one("txt-owner-id", "default"),
            prefix: one("txt-prefix", ""),
            suffix: one("txt-suffix", ""),
            deletes: one("policy", "sync") == "sync",
            interval,
        }
    }

    /// The name of the text record beside the A record of a host: a prefix with the type in it, or `a-` in front.
    fn registry(&self, relative: &str) -> String {
        let with = |template: &str| template.replace("%{record_type}", "a");
        let mut prefix = with(&self.prefix);
        if !self.prefix.contains("%{record_type}") && !self.suffix.contains("%{record_type}") {
            prefix.push_str("a-");
        }
        let suffix = with(&self.suffix);
        // The zone's own name has no label to which something could be joined.
        if relative == "@" {
            return format!("{}{suffix}", prefix.trim_end_matches(['.', '-']));
        }
        let (first, rest) = relative.split_once('.').map_or((relative, String::new()), |(f, r)| (f, format!(".{r}")));
        format!("{prefix}{first}{suffix}{rest}")
    }

    fn mark(&self) -> String {
        format!("heritage=external-dns,external-dns/owner={}", self.owner)
    }
}

/// Hosts and the addresses that they are to have, by the sources that it looks at.
fn wanted(objects: &Objects, flags: &Flags) -> BTreeMap<String, BTreeSet<String>> {
    let mut all: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut add = |host: &str, addresses: &[String]| {
        let host = host.trim_end_matches('.').to_lowercase();
        let fits = flags.domains.is_empty() || flags.domains.iter().any(|d| host == *d || host.ends_with(&format!(".{d}")));
        if fits && !host.is_empty() && !addresses.is_empty() {
            all.entry(host).or_default().extend(addresses.iter().cloned());
        }
    };
    let alive = |resource: &str| objects.list(resource).into_iter().filter(|o| !leaving(o));
    let targets =
        |o: &Value, own: Vec<String>| match o["metadata"]["annotations"]["external-dns.alpha.kubernetes.io/target"].as_str() {
            Some(given) => given.split(',').map(|t| t.trim().to_owned()).collect(),
            None => own,
        };
    let noted = |o: &Value| -> Vec<String> {
        let note = text(&o["metadata"]["annotations"]["external-dns.alpha.kubernetes.io/hostname"]);
        note.split(',').map(|h| h.trim().to_owned()).filter(|h| !h.is_empty()).collect()
    };
    let of_balancer = |o: &Value| -> Vec<String> {
        items(&o["status"]["loadBalancer"]["ingress"]).iter().filter_map(|i| i["ip"].as_str().map(str::to_owned)).collect()
    };
    for source in &flags.sources {
        match source.as_str() {
            "ingress" => {
                for ingress in alive("ingresses.networking.k8s.io") {
                    let to = targets(ingress, of_balancer(ingress));
                    let rules = items(&ingress["spec"]["rules"]).iter().map(|r| text(&r["host"]).to_owned());
                    let tls = items(&ingress["spec"]["tls"]).iter().flat_map(|t| items(&t["hosts"])).map(|h| text(h).to_owned());
                    rules.chain(tls).chain(noted(ingress)).for_each(|h| add(&h, &to));
                }
            }
            "service" => {
                for service in alive("services").filter(|s| s["spec"]["type"] == "LoadBalancer") {
                    let to = targets(service, of_balancer(service));
                    noted(service).iter().for_each(|h| add(h, &to));
                }
            }
            "gateway-httproute" => {
                for route in alive("httproutes.gateway.networking.k8s.io") {
                    for parent in items(&route["spec"]["parentRefs"]) {
                        let home = parent["namespace"].as_str().unwrap_or(namespace(route));
                        let Some(gateway) = objects.get("gateways.gateway.networking.k8s.io", home, text(&parent["name"])) else {
                            continue;
                        };
                        // A route counts once its parent has taken it.
                        let taken = items(&route["status"]["parents"]).iter().any(|p| {
                            p["parentRef"]["name"] == parent["name"]
                                && items(&p["conditions"]).iter().any(|c| c["type"] == "Accepted" && c["status"] == "True")
                        });
                        let own = items(&gateway["status"]["addresses"])
                            .iter()
                            .filter_map(|a| a["value"].as_str().map(str::to_owned))
                            .collect();
                        let to = targets(gateway, own);
                        if taken {
                            let hosts = items(&route["spec"]["hostnames"]).iter().map(|h| text(h).to_owned());
                            hosts.chain(noted(route)).for_each(|h| add(&h, &to));
                        }
                    }
                }
            }
            _ => {}
        }
    }
    all
}

/// The token: of the environment, plain or from a Secret.
fn token(objects: &Objects, deployment: &Value, container: &Value) -> Result<String, String> {
    let variable = items(&container["env"]).iter().find(|e| e["name"] == "DO_TOKEN").ok_or("no token found")?;
    if let Some(plain) = variable["value"].as_str() {
        return Ok(plain.to_owned());
    }
    let from = &variable["valueFrom"]["secretKeyRef"];
    let found = secret_text(objects, namespace(deployment), text(&from["name"]), text(&from["key"]));
    found.map(|t| t.trim().to_owned()).ok_or_else(|| "no token found".to_owned())
}

fn sync(
    objects: &mut Objects,
    deployment: &Value,
    container: &Value,
    flags: &Flags,
    wanted: &BTreeMap<String, BTreeSet<String>>,
) -> Result<(), String> {
    let token = token(objects, deployment, container)?;
    let mut call = |method: &str, path: &str, body: Value| {
        within::call(objects.cx(), &token, method, path, &body).map_err(|r| within::in_words(method, path, &r))
    };
    let listed = call("GET", "/v2/domains?per_page=200", Value::Null)?;
    let zones: Vec<String> = items(&listed["domains"])
        .iter()
        .map(name_of)
        .filter(|z| flags.domains.is_empty() || flags.domains.iter().any(|d| z == d || z.ends_with(&format!(".{d}"))))
        .collect();
    for zone in &zones {
        // The longest zone that fits has the host.
        let inside = |host: &str| {
            zones.iter().filter(|z| host == z.as_str() || host.ends_with(&format!(".{z}"))).max_by_key(|z| z.len()) == Some(zone)
        };
        let path = format!("/v2/domains/{zone}/records");
        let listed = call("GET", &format!("{path}?per_page=200"), Value::Null)?;
        let records = items(&listed["domain_records"]).to_vec();
        let here: BTreeMap<String, &BTreeSet<String>> =
            wanted.iter().filter(|(h, _)| inside(h)).map(|(h, a)| (relative(h, zone), a)).collect();
        let owned = |relative: &str| {
            let beside = flags.registry(relative);
            records
                .iter()
                .find(|r| {
                    r["type"] == "TXT"
                        && r["name"] == beside.as_str()
                        && text(&r["data"]).trim_matches('"').starts_with(&flags.mark())
                })
                .cloned()
        };
        for (host, addresses) in &here {
            let there: Vec<&Value> = records.iter().filter(|r| r["type"] == "A" && r["name"] == host.as_str()).collect();
            // A record that somebody else wrote is left alone.
            if !there.is_empty() && owned(host).is_none() {
                continue;
            }
            for address in addresses.iter().filter(|a| !there.iter().any(|r| r["data"] == a.as_str())) {
                call("POST", &path, json!({ "type": "A", "name": host, "data": address, "ttl": 300 }))?;
            }
            for record in there.iter().filter(|r| !addresses.contains(text(&r["data"]))) {
                call("DELETE", &format!("{path}/{}", record["id"]), Value::Null)?;
            }
            if owned(host).is_none() {
                let data = format!("\"{},external-dns/resource=ingress\"", flags.mark());
                call("POST", &path, json!({ "type": "TXT", "name": flags.registry(host), "data": data, "ttl": 300 }))?;
            }
        }
        if !flags.deletes {
            continue;
        }
        for record in records.iter().filter(|r| r["type"] == "A" && !here.contains_key(text(&r["name"]))) {
            if let Some(mark) = owned(text(&record["name"])) {
                call("DELETE", &format!("{path}/{}", record["id"]), Value::Null)?;
                call("DELETE", &format!("{path}/{}", mark["id"]), Value::Null)?;
            }
        }
    }
    Ok(())
}

fn name_of(domain: &Value) -> String {
    text(&domain["name"]).to_owned()
}

/// A host within a zone, as the vendor writes it.
fn relative(host: &str, zone: &str) -> String {
    let rest = host.strip_suffix(zone).unwrap_or(host).trim_end_matches('.');
    if rest.is_empty() { "@".to_owned() } else { rest.to_owned() }
}
