//! What exists once: the zone and the registry.

use pontoon_catalog::names::outside;
use pontoon_core::{
    address::{Address, Scope},
    platform::{Deferred, Platform, Resource},
};
use pontoon_spec::sections::{dns::Dns, registry::Registry, secrets::SecretStore, spec::Spec};

const MAIN: &str = "main";

pub fn lower(specs: &[Spec], platform: &mut Platform) {
    let Some(first) = specs.first() else { return };
    let address = |kind: &str| Address::new(Scope::shared(), kind, MAIN);
    match &first.dns.value {
        Dns::Digitalocean(_) => {
            let zone = Resource::new(address("digitalocean.domain"), first.zone.trace()).with("name", first.zone.to_string());
            platform.add(zone);
        }
        Dns::Cloudflare(_) => defer(platform, "dns", "DNS at Cloudflare"),
        Dns::None(_) => {}
    }
    if let Some(registry) = &first.registry
        && let Registry::Digitalocean(managed) = &registry.value
    {
        let region = managed.region.as_ref().map_or_else(|| first.region.to_string(), |r| r.to_string());
        let name =
            outside("digitalocean.registry", first.platform.as_str(), "", "").unwrap_or_else(|| first.platform.to_string());
        let resource = Resource::new(address("digitalocean.registry"), registry.trace())
            .with("name", name)
            .with("subscription_tier_slug", managed.tier.to_string())
            .with("region", region);
        platform.add(resource);
        if managed.garbage_collection.is_some() || !managed.mirror.is_empty() {
            defer(platform, "registry", "garbage collection on a schedule, and mirrored images");
        }
    }
    if first.email.is_some() {
        defer(platform, "email", "outgoing mail (Amazon SES)");
    }
    match first.secrets.store.as_ref().map(|s| &s.value) {
        Some(SecretStore::Doppler(_)) => defer(platform, "secrets.store", "writing to Doppler"),
        Some(SecretStore::AwsSecretsManager(_)) => defer(platform, "secrets.store", "writing to AWS Secrets Manager"),
        Some(SecretStore::Vault(_) | SecretStore::Cluster(_)) | None => {}
    }
}

fn defer(platform: &mut Platform, path: &str, what: &str) {
    platform.deferred.push(Deferred { scope: Scope::shared(), path: path.into(), what: what.into() });
}
