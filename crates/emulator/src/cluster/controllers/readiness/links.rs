//! Connections: from a pod, by name, through the policies, to somebody who answers and knows the login.

use super::super::endpoints::{has_selector, serves, target_port};
use super::super::fields::{items, name, namespace, owner, text, uid};
use super::super::pods::{over, ready};
use super::address::{Address, Protocol};
use super::needs::{self, Need};
use super::peers::{Port, Side, on_host};
use super::policies::Policies;
use super::targets::{Target, asked_name, full_name, resolve};
use super::{cilium, databases, environment};
use crate::cluster::{Objects, logins};
use crate::digitalocean::kubernetes::CLUSTERS;
use serde_json::Value;
use std::net::Ipv4Addr;

/// Why a pod does not reach what it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    /// What happened, without the address.
    pub message: String,
    /// Whether the program gives up because of it, instead of trying again and again.
    pub fatal: bool,
}

impl Failure {
    /// Nobody answers.
    pub(super) fn link(message: impl Into<String>) -> Self {
        Self { message: message.into(), fatal: false }
    }

    /// Somebody answers, and refuses.
    pub(super) fn login(message: impl Into<String>) -> Self {
        Self { message: message.into(), fatal: true }
    }
}

/// The cluster's network as it is at one moment.
pub(crate) struct Network<'o, 'a, 'w> {
    objects: &'o Objects<'a, 'w>,
    policies: Policies<'o>,
}

impl<'o, 'a, 'w> Network<'o, 'a, 'w> {
    /// As it is now.
    pub(crate) fn of(objects: &'o Objects<'a, 'w>) -> Self {
        Self { objects, policies: Policies::of(objects) }
    }

    /// Whether a pod reaches everything that it needs.
    ///
    /// # Errors
    /// The first link that is broken, in one sentence.
    pub(crate) fn check(&self, pod: &Value) -> Result<(), Failure> {
        Policies::read(self.objects);
        needs::of(self.objects, pod).iter().try_for_each(|need| match need {
            Need::Kubernetes => self.api(pod).map_err(|f| to("kubernetes.default.svc", 443, f)),
            Need::Otherwise(why) => Err(Failure::login(why.as_str())),
            Need::Server { address, told } => self.server(pod, address, *told).map_err(|f| to(&address.host, address.port, f)),
        })
    }

    fn api(&self, pod: &Value) -> Result<(), Failure> {
        let cluster = self.objects.world().get(CLUSTERS, self.objects.cluster());
        let address: Ipv4Addr = cluster.and_then(|c| c["ipv4"].as_str()?.parse().ok()).unwrap_or(super::targets::SOMEWHERE);
        self.out(pod, Side::Api(address), Port::tcp(443))
    }

    fn out(&self, pod: &Value, side: Side, port: Port) -> Result<(), Failure> {
        let denied = self.policies.egress(self.objects, pod, side, port);
        denied.map_err(|d| Failure::link(format!("connection timed out (egress denied by policy {})", d.by)))
    }

    fn server(&self, pod: &Value, wanted: &Address, told: bool) -> Result<(), Failure> {
        let target = resolve(self.objects, namespace(pod), &wanted.host);
        let http = wanted.protocol == Protocol::Http;
        if http && !told && matches!(target, Target::Outside(_)) {
            // Links to somewhere are no needs.
            return Ok(());
        }
        if let Target::Service(service, _) = target
            && has_selector(service)
            && serves(service, pod)
        {
            return Ok(());
        }
        if wanted.host.parse::<Ipv4Addr>().is_err() {
            self.name(pod, &wanted.host, &target)?;
        }
        match target {
            Target::Service(service, one) => self.service(pod, service, one, wanted, told),
            Target::Pod(other) => self.pods(pod, &[(other, wanted.port)], None, "no such pod", http),
            Target::Api => self.api(pod),
            Target::Database(doc, private) => {
                let address = if private { self.private_address(doc) } else { super::targets::SOMEWHERE };
                self.out(pod, Side::World(address, &wanted.host), Port::tcp(wanted.port))?;
                databases::enter(self.objects, doc, private, wanted, !needs::watches(pod))
            }
            Target::Outside(address) => self.out(pod, Side::World(address, &wanted.host), Port::tcp(wanted.port)),
            Target::Nothing => Err(self.no_such_host(&wanted.host)),
        }
    }

    /// An address in the VPC of a database, for policies that name ranges.
    fn private_address(&self, database: &Value) -> Ipv4Addr {
        let range = crate::digitalocean::vpcs::range_of(self.objects.world(), text(&database["private_network_uuid"]));
        range.map_or(super::targets::SOMEWHERE, |r| Ipv4Addr::from(u32::from(r.network()).wrapping_add(5)))
    }

    fn dns_address(&self) -> &str {
        self.objects.get("services", "kube-system", "kube-dns").map_or("10.245.0.10", |s| text(&s["spec"]["clusterIP"]))
    }

    fn no_such_host(&self, host: &str) -> Failure {
        Failure::link(format!("lookup {host} on {}:53: no such host", self.dns_address()))
    }

    /// The question to the cluster's DNS.
    fn name(&self, pod: &Value, host: &str, target: &Target) -> Result<(), Failure> {
        if on_host(pod) || pod["spec"]["dnsPolicy"] == "Default" {
            return Ok(());
        }
        let server = self.dns_address();
        let lost = |why: String| Failure::link(format!("lookup {host} on {server}:53: i/o timeout ({why})"));
        let of_dns = |p: &&Value| p["metadata"]["labels"]["k8s-app"] == "kube-dns";
        let asked: Vec<&Value> = self.objects.list_in("pods", "kube-system").into_iter().filter(of_dns).collect();
        let Some(one) = asked.iter().find(|p| ready(p)).or(asked.first()) else {
            return Err(lost("no ready endpoints for service kube-system/kube-dns".to_owned()));
        };
        let port = Port { number: 53, protocol: "UDP" };
        let side = Side::Pod(one, Some(("kube-system", "kube-dns")));
        let denied = self.policies.egress(self.objects, pod, side, port);
        denied.map_err(|d| lost(format!("egress to kube-system/kube-dns denied by policy {}", d.by)))?;
        if !ready(one) {
            return Err(lost("no ready endpoints for service kube-system/kube-dns".to_owned()));
        }
        if !cilium::may_ask(self.objects, &self.policies, pod, &asked_name(host, target)) {
            return Err(Failure::link(format!(
                "lookup {host} on {server}:53: server misbehaving (no DNS rule of a policy lets the name through)"
            )));
        }
        Ok(())
    }

    fn service(&self, pod: &Value, service: &Value, one: Option<&str>, wanted: &Address, told: bool) -> Result<(), Failure> {
        let called = format!("{}/{}", namespace(service), name(service));
        let headless = service["spec"]["clusterIP"] == "None";
        let port = items(&service["spec"]["ports"]).iter().find(|p| p["port"] == wanted.port);
        if port.is_none() && !headless {
            return Err(Failure::link(format!("connection timed out (service {called} has no port {})", wanted.port)));
        }
        if !has_selector(service) {
            return self.by_hand(service, &called);
        }
        let chosen: Vec<(&Value, u16)> = self
            .objects
            .list_in("pods", namespace(service))
            .into_iter()
            .filter(|p| serves(service, p) && one.is_none_or(|n| name(p) == n || p["spec"]["hostname"] == n))
            .filter_map(|p| Some((p, if headless { wanted.port } else { target_port(port?, p)? })))
            .collect();
        let nobody = format!("no ready endpoints for service {called}");
        let place = (namespace(service), name(service));
        let relaxed = wanted.protocol == Protocol::Http || service["spec"]["publishNotReadyAddresses"] == true;
        self.pods(pod, &chosen, Some(place), &nobody, relaxed)?;
        self.login(pod, service, wanted, told)
    }

    /// A Service whose endpoints somebody else writes.
    fn by_hand(&self, service: &Value, called: &str) -> Result<(), Failure> {
        let old = self.objects.get("endpoints", namespace(service), name(service));
        let old = old.is_some_and(|e| items(&e["subsets"]).iter().any(|s| !items(&s["addresses"]).is_empty()));
        let of_it = |s: &&Value| {
            s["metadata"]["labels"]["kubernetes.io/service-name"] == name(service) && !items(&s["endpoints"]).is_empty()
        };
        let slices = self.objects.list_in("endpointslices.discovery.k8s.io", namespace(service));
        if old || slices.iter().any(of_it) {
            return Ok(());
        }
        Err(Failure::link(format!("connection refused (no ready endpoints for service {called})")))
    }

    fn pods(
        &self,
        pod: &Value,
        chosen: &[(&Value, u16)],
        place: Option<(&str, &str)>,
        nobody: &str,
        relaxed: bool,
    ) -> Result<(), Failure> {
        let up = |p: &Value| ready(p) || (relaxed && (p["status"]["phase"] == "Running" || same_owner(p, pod)) && !over(p));
        let refused = || Failure::link(format!("connection refused ({nobody})"));
        let mut first: Option<Failure> = None;
        let mut open = false;
        for (other, port) in chosen {
            let way = self.out(pod, Side::Pod(other, place), Port::tcp(*port)).and_then(|()| {
                let denied = self.policies.ingress(self.objects, other, pod, Port::tcp(*port));
                denied.map_err(|d| Failure::link(format!("connection timed out (ingress denied by policy {})", d.by)))
            });
            match way {
                Ok(()) if up(other) => return Ok(()),
                Ok(()) => open = true,
                Err(failure) => {
                    first.get_or_insert(failure);
                }
            }
        }
        Err(first.filter(|_| !open).unwrap_or_else(refused))
    }

    fn login(&self, pod: &Value, service: &Value, wanted: &Address, told: bool) -> Result<(), Failure> {
        let Some(login) = logins::get(self.objects, &full_name(service), wanted.port) else {
            return Ok(());
        };
        let redis = wanted.protocol == Protocol::Redis;
        if login["tls"] == true && wanted.tls == Some(false) {
            return Err(Failure::login(if wanted.protocol == Protocol::Postgres {
                "no pg_hba.conf entry for host, no encryption"
            } else {
                "connection reset by peer (the server speaks TLS only)"
            }));
        }
        if login["tls"] == false && wanted.tls == Some(true) {
            return Err(Failure::login("server does not support SSL, but SSL was required"));
        }
        let users = login["users"].as_object();
        let user = if redis && wanted.user.is_empty() { "default" } else { wanted.user.as_str() };
        if let Some(users) = users.filter(|u| !u.is_empty()) {
            if wanted.password.is_empty() {
                // The password may be somewhere else in the environment.
                let elsewhere = users.values().any(|p| knows(self.objects, pod, text(p)));
                if redis && !elsewhere {
                    return Err(Failure::login("NOAUTH Authentication required."));
                }
                if told && !user.is_empty() && !elsewhere {
                    return Err(Failure::login(format!("password authentication failed for user \"{user}\"")));
                }
            } else if users.get(user).and_then(Value::as_str) != Some(wanted.password.as_str()) {
                return Err(Failure::login(match wanted.protocol {
                    Protocol::Redis => "WRONGPASS invalid username-password pair or user is disabled.".to_owned(),
                    Protocol::Amqp => {
                        format!("ACCESS_REFUSED - Login was refused using authentication mechanism PLAIN (user '{user}')")
                    }
                    _ => format!("password authentication failed for user \"{user}\""),
                }));
            }
        }
        let known = items(&login["databases"]);
        if !redis && !wanted.database.is_empty() && !known.is_empty() && !known.iter().any(|d| d == wanted.database.as_str()) {
            return Err(Failure::login(if wanted.protocol == Protocol::Amqp {
                format!("NOT_ALLOWED - vhost {} not found", wanted.database)
            } else {
                format!("database \"{}\" does not exist", wanted.database)
            }));
        }
        Ok(())
    }
}

fn to(host: &str, port: u16, failure: Failure) -> Failure {
    Failure { message: format!("cannot connect to {host}:{port}: {}", failure.message), ..failure }
}

fn same_owner(a: &Value, b: &Value) -> bool {
    uid(a) == uid(b) || owner(a).is_some_and(|o| owner(b).is_some_and(|p| o["uid"] == p["uid"]))
}

/// Whether a text is anywhere in a pod's environment or mounted Secrets.
fn knows(objects: &Objects, pod: &Value, secret: &str) -> bool {
    let home = namespace(pod);
    let spec = &pod["spec"];
    let environment =
        items(&spec["containers"]).iter().any(|c| environment::of(objects, home, pod, c).values().any(|v| v.contains(secret)));
    environment
        || items(&spec["volumes"]).iter().filter_map(|v| v["secret"]["secretName"].as_str()).any(|n| {
            objects.get("secrets", home, n).is_some_and(|s| environment::secret_keys(s).values().any(|v| v.contains(secret)))
        })
}
