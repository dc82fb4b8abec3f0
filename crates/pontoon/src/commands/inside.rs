//! One look into an environment's cluster, and at what the vendor says of what it stands on. Changes nothing.

use super::{
    deliver::refused,
    ground::{Ground, ground},
    run::Session,
};
use crate::{
    args::Where,
    compose::Composition,
    contents::{Built, build_here, lock},
    document::Loaded,
    exit::{Outcome, Trouble},
    settings::Settings,
};
use pontoon_core::{
    address::{Address, Scope},
    call::{Call, Class, Listing},
    event::UnitState,
    record::Record,
};
use pontoon_deliver::{
    Standing,
    survey::{
        Applier,
        backups::{Backup, backups},
        certificates::{Certificate, certificates},
        endpoints::{Endpoint, endpoints},
        seen::Seen,
        survey,
    },
};
use pontoon_engine::Provider;
use pontoon_spec::{Spec, sections::delivery::Gitops};
use serde_json::Value;
use std::time::Duration;

/// How often managed databases are backed up, in hours. Source: DigitalOcean documentation, Managed Databases.
const DAILY: &str = "every 24 h, by the vendor";

/// What is in a cluster.
#[derive(Default)]
pub struct Inside {
    /// Each unit with its layer, in order.
    pub units: Vec<(u32, Standing)>,
    /// Hosts that are answered.
    pub endpoints: Vec<Endpoint>,
    /// Certificates.
    pub certificates: Vec<Certificate>,
    /// What is backed up, inside and by the vendor.
    pub backups: Vec<Backup>,
}

/// An environment's part of the document, and what is compiled from it.
pub struct Wanted {
    /// The resolved document.
    pub spec: Spec,
    /// What runs in its cluster.
    pub built: Built,
}

impl Wanted {
    /// Compiles an environment.
    pub fn of(settings: &Settings, loaded: &Loaded, place: &Where, environment: &str) -> Outcome<Wanted> {
        let spec = loaded.spec(settings, place, environment)?;
        let built = build_here(settings, place, &spec, &lock(settings)?)?;
        Ok(Wanted { spec, built })
    }

    /// Who applies what runs in the cluster.
    pub fn applier(&self) -> Applier {
        match *self.spec.delivery.gitops {
            Gitops::None => Applier::Engine,
            Gitops::Flux => Applier::Flux,
            Gitops::Argocd => Applier::Argo,
        }
    }

    /// Whether a repository is followed.
    pub fn follows(&self) -> bool {
        *self.spec.delivery.gitops != Gitops::None
    }

    /// How its units stand; all of them waiting where there is no cluster yet.
    pub async fn standings(&self, ground: Option<&Ground>) -> Outcome<Vec<Standing>> {
        if let Some(ground) = ground {
            return survey(&ground.cluster, &self.built.units, self.applier()).await.map_err(|e| refused(&e));
        }
        let waiting = |u: &pontoon_render::Unit| Standing {
            unit: u.name.clone(),
            title: u.title.clone(),
            state: UnitState::Waiting,
            detail: "there is no cluster yet".into(),
        };
        Ok(self.built.units.iter().map(waiting).collect())
    }
}

impl Inside {
    /// Looks. Every unit waits where there is no cluster yet.
    pub async fn look(composition: &Composition, session: &Session<'_>, environment: &str, wanted: &Wanted) -> Outcome<Inside> {
        let layers = wanted.built.units.iter().map(|u| u.layer);
        let ground = ground(composition, session, environment).await?;
        let units = layers.zip(wanted.standings(ground.as_ref()).await?).collect();
        let Some(ground) = ground else { return Ok(Inside { units, ..Inside::default() }) };
        let seen = Seen::fetch(&ground.cluster).await.map_err(|e| refused(&e))?;
        let ways_in = Inside::ways_in(session, &ground, &seen).await?;
        let mut all = managed(session, &ground, environment).await?;
        all.extend(backups(&seen));
        Ok(Inside { units, backups: all, ..ways_in })
    }

    /// Hosts and certificates alone.
    pub async fn ways_in(session: &Session<'_>, ground: &Ground, seen: &Seen) -> Outcome<Inside> {
        let zone = zone(session, &ground.records).await?;
        Ok(Inside { endpoints: endpoints(seen, zone.as_deref()), certificates: certificates(seen), ..Inside::default() })
    }
}

/// What a person reads where a vendor refuses a look.
pub fn unanswered(r: pontoon_engine::Refusal) -> Trouble {
    Trouble::new(r.message, "what is wrong: pontoon doctor")
}

/// The records of the platform's zone, with whole names; none where the zone is kept elsewhere.
pub async fn zone(session: &Session<'_>, records: &[Record]) -> Outcome<Option<Vec<Value>>> {
    let address = Address::new(Scope::shared(), "digitalocean.domain", "main");
    let Some(zone) = records.iter().find_map(|r| r.resources.get(&address)) else { return Ok(None) };
    let call = Call::new("digitalocean", "GET", format!("/v2/domains/{}/records", zone.id), "domain:read");
    let call = call.query("per_page", 200i64);
    let listing = Listing { call, items: "domain_records".into(), paged: true, absent_is_empty: true };
    let (found, _) = session.vendors.digitalocean.list(&listing).await.map_err(unanswered)?;
    Ok(Some(found.iter().map(|r| absolute(&r.to_json(), &zone.id)).collect()))
}

/// A record with its whole name: the vendor writes `@` and names without the zone.
fn absolute(record: &Value, zone: &str) -> Value {
    let mut record = record.clone();
    let short = record["name"].as_str().unwrap_or("").to_owned();
    record["name"] = if short == "@" { zone.into() } else { format!("{short}.{zone}").into() };
    record
}

/// The newest backup of each managed PostgreSQL; the vendor keeps none of Valkey.
async fn managed(session: &Session<'_>, ground: &Ground, environment: &str) -> Outcome<Vec<Backup>> {
    let mut all = Vec::new();
    let scope = Scope::environment(environment);
    for (address, database) in ground.records.iter().flat_map(|r| &r.resources) {
        let own = address.kind() == "digitalocean.database" && *address.scope() == scope;
        let engine = database.attributes.get("engine").and_then(|e| e.as_text());
        if !own || engine != Some("pg") {
            continue;
        }
        let call = Call::new("digitalocean", "GET", format!("/v2/databases/{}/backups", database.id), "database:read");
        let mut backup =
            Backup { of: format!("PostgreSQL {}", address.name()), schedule: DAILY.into(), last: None, broken: None };
        match session.vendors.digitalocean.send(&call, Duration::from_secs(60)).await {
            Ok(reply) => {
                let body = reply.body.to_json();
                let times = body["backups"].as_array().into_iter().flatten().filter_map(|b| b["created_at"].as_str());
                backup.last = times.max().map(str::to_owned);
            }
            // It is still being made, or was removed since: the cloud's part says so.
            Err(r) if matches!(r.class, Class::NotFound | Class::Conflict | Class::Invalid) => continue,
            Err(r) => backup.broken = Some(r.message),
        }
        all.push(backup);
    }
    Ok(all)
}
