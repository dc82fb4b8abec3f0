//! The platform as one box, with its people and its neighbours.

use super::at_most;
use crate::{
    diagram::{Diagram, Kind, NodeId, Notation},
    facts::Facts,
};
use pontoon_spec::sections::{
    dns::Dns,
    secrets::{SecretHome, SecretStore},
};

/// Draws it.
pub fn draw(facts: &Facts<'_>) -> Diagram {
    let hosts: Vec<String> = facts.hosts().into_keys().collect();
    let subject = facts.subject();
    let mut d = Diagram::new(
        "context",
        Notation::C4Context,
        format!("{subject}: context"),
        format!("Who uses {subject}, and which systems of others it stands on."),
    );
    let users = (!hosts.is_empty()).then(|| d.node(None, Kind::Person, "Users", "whoever knows a host", Vec::new()));
    let operators = d.node(None, Kind::Person, "Operators", "change platform.yaml", Vec::new());
    let platform = d.node(None, Kind::Service, subject, format!("the platform, in {}", *facts.spec.region), at_most(hosts, 6));
    if let Some(users) = users {
        let how = if facts.site().has_tls() { "HTTPS" } else { "HTTP" };
        d.edge(users, platform, how, false);
    }
    let pontoon = d.node(None, Kind::Service, "Pontoon", "plans, builds, looks", Vec::new());
    d.edge(operators, pontoon, "plan, up, status", false);
    d.edge(pontoon, platform, "builds", false);
    neighbours(facts, &mut d, platform, pontoon, operators);
    d
}

/// The systems of others.
fn neighbours(facts: &Facts<'_>, d: &mut Diagram, platform: NodeId, pontoon: NodeId, operators: NodeId) {
    let kinds: Vec<String> = [
        ("digitalocean.cluster", "Kubernetes"),
        ("digitalocean.database", "managed databases"),
        ("spaces.bucket", "Spaces"),
        ("digitalocean.registry", "container registry"),
        ("digitalocean.domain", "DNS"),
    ]
    .into_iter()
    .filter(|(kind, _)| facts.resources(kind).next().is_some())
    .map(|(_, text)| text.to_owned())
    .collect();
    let cloud = d.node(None, Kind::Outside, "DigitalOcean", "the cloud", kinds);
    d.edge(platform, cloud, "runs on", false);
    if let (Some(follower), Some(repository)) = (facts.follower(), &facts.spec.delivery.repository) {
        let git = d.node(None, Kind::Outside, "GitHub", repository.github.to_string(), Vec::new());
        d.edge(operators, git, "merge", false);
        d.edge(pontoon, git, "commits", false);
        d.edge(platform, git, format!("{follower} reads {}", *repository.branch), false);
    }
    if facts.component("secret-store").is_some()
        && let Some((title, caption)) = store(facts)
    {
        let store = d.node(None, Kind::Outside, title, caption, Vec::new());
        d.edge(platform, store, "reads secrets", false);
    }
    if facts.component("public-issuer").is_some() {
        let how = if facts.site().by_dns() { "proves hosts by records" } else { "proves hosts over HTTP" };
        let issuer = d.node(None, Kind::Outside, "Let's Encrypt", facts.spec.certificates.issuer.to_string(), Vec::new());
        d.edge(platform, issuer, how, true);
    }
    if let Dns::Cloudflare(_) = &facts.spec.dns.value
        && facts.component("external-dns").is_some()
    {
        let dns = d.node(None, Kind::Outside, "Cloudflare", facts.spec.zone.to_string(), Vec::new());
        d.edge(platform, dns, "writes records", true);
    }
    if facts.component("alerts").is_some() {
        for (name, route) in facts.spec.observability.alerts.routes.iter() {
            let severity: Vec<String> = route.severity.iter().map(|s| s.value.to_string()).collect();
            let to = d.node(None, Kind::Outside, route.to.to_string(), format!("route {name}"), Vec::new());
            d.edge(platform, to, format!("{} alerts", severity.join(", ")), true);
        }
    }
}

/// The store of secrets outside of the platform.
pub fn store(facts: &Facts<'_>) -> Option<(&'static str, String)> {
    match facts.spec.secrets.home() {
        SecretHome::Store(SecretStore::Vault(vault)) => Some(("Vault", vault.address.to_string())),
        SecretHome::Store(SecretStore::Doppler(doppler)) => Some(("Doppler", doppler.project.to_string())),
        SecretHome::Store(SecretStore::AwsSecretsManager(aws)) => Some(("AWS Secrets Manager", aws.region.to_string())),
        _ => None,
    }
}
