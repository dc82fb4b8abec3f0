//! External Secrets: brings the values of the declared store into the cluster as Secrets.
//!
//! What it proves itself with cannot come through it, so that Secret is there before anything else.

use super::{
    Site, charts,
    scrapes::Scrape,
    write::{merged, object, release, resources, secret, spread, workload},
};
use pontoon_core::content::{Capability, Component, Field, Party, Place, SecretSpec, Strictness};
use pontoon_spec::sections::secrets::{SecretHome, SecretStore, Vault};
use serde_json::{Value, json};

/// The namespace.
pub const NAMESPACE: &str = "external-secrets";
const GROUP: &str = "external-secrets.io";
/// The store that the platform reads from.
pub const STORE: &str = "store";
const WEBHOOK: &str = "external-secrets";
const WEBHOOK_PORT: u16 = 10250;

/// Where values come from a store outside of the platform.
pub fn build(site: &Site<'_>) -> Vec<Component> {
    match site.spec.secrets.home() {
        SecretHome::Store(store) => vec![operator(site), of_store(site, store)],
        SecretHome::Git | SecretHome::Cluster => Vec::new(),
    }
}

fn origin(site: &Site<'_>) -> pontoon_core::platform::Origin {
    site.spec.secrets.store.as_ref().map(|s| s.trace()).unwrap_or_default()
}

fn operator(site: &Site<'_>) -> Component {
    let pair = site.pair();
    let part = |name: &str, cpu, memory, replicas: u32| {
        let own = json!({
            "replicaCount": replicas,
            "resources": resources(cpu, memory),
            "podDisruptionBudget": { "enabled": replicas > 1, "minAvailable": 1 },
            "topologySpreadConstraints": spread(json!({ "app.kubernetes.io/name": name })),
        });
        merged(own, Value::Object(site.placement(Place::System)))
    };
    let values = merged(
        part("external-secrets", 25, 128, pair),
        json!({
            "installCRDs": true,
            "leaderElect": pair > 1,
            "webhook": part("external-secrets-webhook", 10, 64, pair),
            "certController": part("external-secrets-cert-controller", 10, 96, 1),
        }),
    );
    let pods = || Party::namespace(NAMESPACE);
    Component::new("external-secrets", "secrets", "External Secrets", origin(site))
        .namespace(NAMESPACE, Strictness::Restricted)
        .release(release(site, &charts::EXTERNAL_SECRETS, NAMESPACE, values))
        .defines(
            GROUP,
            &["ClusterExternalSecret", "ClusterPushSecret", "ClusterSecretStore", "ExternalSecret", "PushSecret", "SecretStore"],
        )
        .provides(Capability::Webhook(WEBHOOK.into()))
        .opening(pods(), Party::ApiServer, &[])
        .opening(Party::ApiServer, pods(), &[WEBHOOK_PORT])
        // The controller of certificates asks the webhook whether it answers.
        .opening(pods(), pods(), &[WEBHOOK_PORT])
        .workload(workload("external-secrets", Place::System, pair, 25, 128))
        .workload(workload("external-secrets-webhook", Place::System, pair, 10, 64))
        .workload(workload("external-secrets-cert-controller", Place::System, 1, 10, 96))
}

/// A Secret that has to be there before the store answers.
fn early<const N: usize>(name: &str, fields: [(&str, Field); N]) -> SecretSpec {
    SecretSpec { early: true, ..secret(NAMESPACE, name, "platform", fields) }
}

fn given(name: &str) -> Field {
    Field::Given(name.into())
}

fn of_store(site: &Site<'_>, store: &SecretStore) -> Component {
    let key = |name: &str, key: &str| json!({ "name": name, "key": key, "namespace": NAMESPACE });
    let (provider, host, port, own) = match store {
        SecretStore::Vault(vault) => {
            let fields = [("role-id", given("VAULT_ROLE_ID")), ("secret-id", given("VAULT_SECRET_ID"))];
            let (host, port) = host_of(&vault.address);
            (vault_provider(site, vault), host, port, early("vault-approle", fields))
        }
        SecretStore::Doppler(doppler) => {
            let auth = json!({ "secretRef": { "dopplerToken": key("doppler-token", "token") } });
            let config = site.spec.environment.to_string();
            let provider = json!({ "doppler": { "auth": auth, "project": doppler.project.to_string(), "config": config } });
            (provider, "api.doppler.com".to_owned(), 443, early("doppler-token", [("token", given("DOPPLER_TOKEN"))]))
        }
        SecretStore::AwsSecretsManager(aws) => {
            // Both halves: one alone is taken for none.
            let auth = json!({ "secretRef": {
                "accessKeyIDSecretRef": key("aws-credentials", "access-key-id"),
                "secretAccessKeySecretRef": key("aws-credentials", "secret-access-key"),
            }});
            let fields = [("access-key-id", given("AWS_ACCESS_KEY_ID")), ("secret-access-key", given("AWS_SECRET_ACCESS_KEY"))];
            let provider = json!({ "aws": { "service": "SecretsManager", "region": aws.region.to_string(), "auth": auth } });
            (provider, format!("secretsmanager.{}.amazonaws.com", *aws.region), 443, early("aws-credentials", fields))
        }
        SecretStore::Cluster(_) => return Component::new("secret-store", "secrets", "no store", origin(site)),
    };
    // A private address has no name that a policy could follow.
    let to = if host.parse::<std::net::IpAddr>().is_ok() { Party::Range(format!("{host}/32")) } else { Party::host(&host) };
    Component::new("secret-store", "secrets", "the store of secrets", origin(site))
        .namespace(NAMESPACE, Strictness::Restricted)
        .needs(Capability::Webhook(WEBHOOK.into()))
        .provides(Capability::SecretStore)
        .secret(own)
        .opening(Party::namespace(NAMESPACE), to, &[port])
        .object(object("external-secrets.io/v1", "ClusterSecretStore", "", STORE, json!({ "spec": { "provider": provider } })))
        .fact("An AppRole's secret id expires: `pontoon secret rotate` renews it. Source: Vault, \"AppRole auth method\".")
}

/// The host and port of an address.
fn host_of(address: &str) -> (String, u16) {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let whole = rest.split('/').next().unwrap_or(rest);
    match whole.rsplit_once(':') {
        Some((host, port)) => (host.to_owned(), port.parse().unwrap_or(443)),
        None => (whole.to_owned(), if address.starts_with("http://") { 80 } else { 443 }),
    }
}

fn vault_provider(site: &Site<'_>, vault: &Vault) -> Value {
    let key = |key: &str| json!({ "name": "vault-approle", "namespace": NAMESPACE, "key": key });
    let mut provider = json!({
        "server": vault.address.to_string(),
        "path": vault.mount.to_string(),
        "version": "v2",
        "auth": { "appRole": { "path": "approle", "roleRef": key("role-id"), "secretRef": key("secret-id") } },
    });
    if let Some(ca) = &site.vault_ca {
        provider["caBundle"] = base64(ca.as_bytes()).into();
    }
    json!({ "vault": provider })
}

/// Base64, as the definition wants certificates. Too little for a dependency.
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let letter = |six: u32| ALPHABET.get((six & 63) as usize).map_or('=', |b| char::from(*b));
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let word = three.iter().fold(0u32, |w, b| (w << 8) | u32::from(*b)) << (8 * (3 - three.len()));
        (0..4).for_each(|i| out.push(if i <= three.len() { letter(word >> (18 - 6 * i)) } else { '=' }));
    }
    out
}

/// Its own metrics.
pub fn scrape(site: &Site<'_>) -> Option<Scrape> {
    let labels = [("app.kubernetes.io/name", "external-secrets")];
    site.has_store().then(|| Scrape::new("external-secrets", NAMESPACE, &labels, 8080))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodes_as_everybody_does() {
        for (plain, encoded) in [("", ""), ("M", "TQ=="), ("Ma", "TWE="), ("Man", "TWFu"), ("Many", "TWFueQ==")] {
            assert_eq!(base64(plain.as_bytes()), encoded);
        }
    }

    #[test]
    fn hosts_of_addresses() {
        assert_eq!(host_of("https://vault.example.com:8200/x"), ("vault.example.com".into(), 8200));
        assert_eq!(host_of("https://vault.example.com"), ("vault.example.com".into(), 443));
        assert_eq!(host_of("http://10.0.0.5"), ("10.0.0.5".into(), 80));
    }
}
