//! The end of a trial: found by its tag, and removed with its record or without.

use crate::{
    Vendors,
    run::{Failed, Prepared, Setting, everything, inspect},
};
use pontoon_core::{address::Scope, cidr::Cidr, plan::Command, platform::Platform, record::Record};
use pontoon_engine::{Provider, Refusal};
use pontoon_plan::{Ephemeral, Leak, Options, Owner, leaks};
use std::collections::{BTreeMap, BTreeSet};

/// The trials that an account's tags name, and how late it is by the vendor's clock (seconds since 1970).
///
/// # Errors
/// Where the tags cannot be listed.
pub async fn trials(vendors: &Vendors) -> Result<(BTreeSet<Ephemeral>, i64), Refusal> {
    let (tags, at) = vendors.digitalocean.list(&Ephemeral::listing()).await?;
    Ok((Ephemeral::among(&tags), at))
}

/// The address ranges that an account holds.
///
/// # Errors
/// Where networks or clusters cannot be listed.
pub async fn ranges(vendors: &Vendors) -> Result<Vec<Cidr>, Refusal> {
    let mut all = Vec::new();
    for (listing, fields) in Ephemeral::ranged() {
        let (objects, _) = vendors.digitalocean.list(&listing).await?;
        let held = objects.iter().flat_map(|o| fields.iter().filter_map(|f| o.at(f)?.as_text()?.parse::<Cidr>().ok()));
        all.extend(held);
    }
    Ok(all)
}

/// What removes all of a trial: what its records hold, and whatever else in the account carries its tag.
pub struct End {
    /// The plan, as for any destroy.
    pub prepared: Prepared,
    /// What has a name of the trial, no tag and no record: nobody may take that for its own. It stays.
    pub left: Vec<Leak>,
}

/// Looks for all of a trial. Changes nothing. `records`: its own, the shared one among them; `zone`: the name of its zone.
///
/// # Errors
/// Where the account cannot be read, or is another one than the trial was made in.
pub async fn end(
    setting: &Setting<'_>,
    mut records: BTreeMap<Scope, Record>,
    trial: &Ephemeral,
    zone: &str,
) -> Result<End, Failed> {
    let (objects, _) = everything(setting, &BTreeSet::new()).await?;
    let mut recorded = BTreeSet::new();
    for (address, held) in records.values().flat_map(|r| &r.resources) {
        recorded.extend(held.deposed.iter().map(|d| (address.kind().to_owned(), d.id.clone())));
        recorded.insert((address.kind().to_owned(), held.id.clone()));
    }
    if let Some(shared) = records.get_mut(&Scope::shared()) {
        trial.gather(&objects, &recorded, shared);
    }
    let scopes: Vec<Scope> = records.keys().cloned().collect();
    let platform = Platform { name: trial.platform.clone(), scopes: scopes.clone(), ..Platform::default() };
    let options = Options { include_stateful: true, ..Options::default() };
    let prepared = inspect(setting, &records, &platform, Command::Destroy, &options).await?;
    let gone: BTreeSet<(String, String)> =
        records.values().flat_map(|r| r.resources.iter().map(|(a, h)| (a.kind().to_owned(), h.id.clone()))).collect();
    let zone = Ephemeral::zone_left(&objects, &gone, zone);
    let owner =
        Owner { platform: trial.platform.clone(), scopes: scopes.iter().map(ToString::to_string).collect(), recorded: gone };
    Ok(End { prepared, left: leaks(&objects, &owner).into_iter().chain(zone).collect() })
}
