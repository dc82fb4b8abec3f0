//! What an environment leaves behind outside of its record: records in the zone that its ExternalDNS made, and its deploy
//! key. Nobody comes after `destroy` to remove them.

use super::{
    gitops::{reach, trouble},
    run::Session,
};
use crate::{
    compose::Composition,
    exit::{Outcome, Trouble},
    print::note,
    settings::Settings,
};
use pontoon_core::{
    call::{Call, Class, Listing},
    event::Event,
};
use pontoon_deliver::keys;
use pontoon_engine::Provider;
use pontoon_spec::{Spec, sections::dns::Dns};
use serde_json::Value;
use std::time::Duration;

/// Removes what is left of an environment that was taken down.
pub async fn sweep(settings: &Settings, composition: &Composition, session: &Session<'_>, spec: &Spec) -> Outcome<()> {
    records(session, spec).await?;
    deploy_key(settings, composition, spec).await
}

/// The records that carry this environment's owner id, and the texts that say so. Others' are never touched.
async fn records(session: &Session<'_>, spec: &Spec) -> Outcome<()> {
    if !matches!(spec.dns.value, Dns::Digitalocean(_)) {
        return Ok(());
    }
    let provider = session.vendors.digitalocean.as_ref();
    let path = format!("/v2/domains/{}/records", *spec.zone);
    let call = Call::new("digitalocean", "GET", path.clone(), "domain:read").query("per_page", 200i64);
    let listing = Listing { call, items: "domain_records".into(), paged: true, absent_is_empty: true };
    let refused =
        |message: String| Trouble::new(format!("the records of {}: {message}", *spec.zone), "run it again: pontoon destroy");
    let (all, _) = provider.list(&listing).await.map_err(|r| refused(r.message))?;
    let all: Vec<Value> = all.iter().map(pontoon_core::value::Value::to_json).collect();
    let owner = format!("external-dns/owner={}-{}", spec.platform, spec.environment.value);
    let gone = owned(&all, &owner);
    for record in &gone {
        let id = &record["id"];
        let call = Call::new("digitalocean", "DELETE", format!("{path}/{id}"), "domain:delete");
        match provider.send(&call, Duration::from_secs(60)).await {
            Err(r) if r.class != Class::NotFound => return Err(refused(r.message)),
            _ => {}
        }
    }
    if !gone.is_empty() {
        note(&format!("{} records of {} in {} removed: its ExternalDNS is gone", gone.len(), spec.environment.value, *spec.zone));
    }
    Ok(())
}

/// The records of one owner. A text stands beside each record, under its type in lower case, `-dns` and its name.
/// Source: ExternalDNS documentation, "The TXT registry", and the prefix that its release is given.
pub fn owned<'r>(all: &'r [Value], owner: &str) -> Vec<&'r Value> {
    let text = |r: &Value, field: &str| r[field].as_str().unwrap_or("").to_owned();
    let ours = |r: &&Value| {
        let data = text(r, "data");
        r["type"] == "TXT" && data.trim_matches('"').split(',').any(|part| part == owner)
    };
    let mut gone: Vec<&Value> = Vec::new();
    for said in all.iter().filter(ours) {
        let name = text(said, "name");
        let (label, rest) = name.split_once('.').unwrap_or((&name, "@"));
        let kind = label.strip_suffix("-dns").unwrap_or("").to_uppercase();
        gone.extend(all.iter().filter(|r| !kind.is_empty() && text(r, "type") == kind && text(r, "name") == rest));
        gone.push(said);
    }
    gone
}

/// The environment's own deploy key; the repository stays.
async fn deploy_key(settings: &Settings, composition: &Composition, spec: &Spec) -> Outcome<()> {
    let Some(repository) = &spec.delivery.repository else { return Ok(()) };
    let github = match composition.github_client(settings) {
        Ok(github) => github,
        Err(t) => {
            note(&format!("the deploy key of {} stays: {}", spec.environment.value, t.what));
            return Ok(());
        }
    };
    let silent = |_: Event| {};
    let reach = reach(composition, spec.platform.as_str(), repository, &github, &silent)?;
    if !matches!(github.repository(&reach.name).await, Ok(Some(_))) {
        return Ok(());
    }
    let title = keys::title(&format!("{}/{}", spec.platform, spec.environment.value));
    if reach.retire_keys(&title, None).await.map_err(trouble)? > 0 {
        note(&format!("deploy key {title} removed from {}", reach.name));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_what_carries_the_owner_is_swept() {
        let record = |id: i64, kind: &str, name: &str, data: &str| json!({ "id": id, "type": kind, "name": name, "data": data });
        let said =
            |owner: &str| format!("\"heritage=external-dns,external-dns/owner={owner},external-dns/resource=ingress/web/web\"");
        let all = [
            record(1, "A", "www", "1.2.3.4"),
            record(2, "TXT", "a-dns.www", &said("shop-staging")),
            record(3, "A", "@", "1.2.3.4"),
            record(4, "TXT", "a-dns", &said("shop-staging")),
            record(5, "A", "api", "5.6.7.8"),
            record(6, "TXT", "a-dns.api", &said("shop-staging-2")),
            record(7, "TXT", "www", "v=spf1"),
            record(8, "MX", "@", "mail"),
            record(9, "AAAA", "www", "::1"),
        ];
        let mut ids: Vec<i64> = owned(&all, "external-dns/owner=shop-staging").iter().filter_map(|r| r["id"].as_i64()).collect();
        ids.sort_unstable();
        assert_eq!(ids, [1, 2, 3, 4]);
    }
}
