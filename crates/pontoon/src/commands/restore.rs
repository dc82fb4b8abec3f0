//! `pontoon restore`: a database as it was, beside the one that is; what used that one follows.

mod archive;
mod inside;

use super::{
    change::Change,
    ephemeral,
    run::{Session, block_on, engine, worst},
    up,
};
use crate::{
    args::{Limits, Restore as Args, Trial, Up, Which},
    compose::{Composition, let_go, trouble_of_store},
    document::Loaded,
    exit::{Exit, Outcome, Trouble},
    print,
    settings::Settings,
};
use jiff::Timestamp;
use pontoon_core::{
    address::{Address, Scope},
    call::{Call, Listing},
    plan::Command,
};
use pontoon_engine::Provider;
use pontoon_plan::Restore;
use pontoon_spec::{Spec, sections::databases::Database};
use serde_json::json;

/// Makes a database once more from a backup, and brings everything that used it to the new one.
pub fn restore(settings: &Settings, args: &Args) -> Outcome {
    let loaded = Loaded::read(settings)?;
    engine(&loaded, &args.place)?;
    let which = Which { environment: args.environment.clone(), all: false };
    let environments = loaded.select(&which, &format!("restore {}", args.what))?;
    let Some(environment) = environments.first() else { return Ok(Exit::Done) };
    let spec = loaded.spec(settings, &args.place, environment)?;
    let (name, database) = named(&spec, &args.what)?;
    if let Database::CloudnativePg(pg) = database {
        return inside::restore(settings, args, &loaded, &spec, (&name, pg));
    }
    if args.remove_before {
        return Err(Trouble::new(
            format!("{} is managed, and goes by its address", args.what),
            format!("pontoon up {environment} --destroy {environment}/digitalocean.database.{name}"),
        ));
    }
    let address = Address::new(Scope::environment(environment), "digitalocean.database", &name);
    let (documents, exits) = block_on(settings, &args.place, async {
        ephemeral::sweep(settings, &args.place, &loaded, &environments).await;
        let backups = backups(settings, args, &loaded, environment, &address).await?;
        let at = chosen(args, &backups)?;
        let_go().await;
        let platform = loaded.compile(settings, &args.place, environment)?;
        let limits = Limits { only: vec![address.clone()], ..Limits::default() };
        let change = Change {
            restore: Some(Restore { address: address.clone(), at: Some(at.to_string()) }),
            yes: args.yes,
            ..Change::new(Command::Up, Some(environment), &platform, &args.place, &limits)
        };
        let (exit, document) = change.carry_out_alone(settings, &loaded).await?;
        if exit != Exit::Done {
            return Ok((vec![document], vec![exit]));
        }
        print::note(&format!("{} is there as it was at {at}; what used the one before follows", args.what));
        let (mut documents, mut exits) = up::all(settings, &follow(args), &loaded, &environments, None).await?;
        documents.insert(0, document);
        exits.insert(0, exit);
        Ok((documents, exits))
    })?;
    if settings.json {
        print::line(&json!({ "operations": documents }).to_string());
    }
    Ok(worst(exits))
}

/// The `up` after which everything has followed.
fn follow(args: &Args) -> Up {
    Up {
        which: Which { environment: args.environment.clone(), all: false },
        place: args.place.clone(),
        limits: Limits::default(),
        layer: None,
        trial: Trial::default(),
        ttl: None,
        plan: None,
        yes: args.yes,
        break_lock: false,
    }
}

/// The database that a path leads to, and its name.
fn named<'s>(spec: &'s Spec, what: &str) -> Outcome<(String, &'s Database)> {
    let all = || spec.databases.keys().map(|n| format!("databases.{n}")).collect::<Vec<_>>().join(", ");
    let name = what.strip_prefix("databases.").ok_or_else(|| match what.split('.').next() {
        Some("caches") => {
            Trouble::new(format!("{what} cannot be restored: managed Valkey has no backups"), "a cache fills itself again")
        }
        _ => Trouble::new(format!("{what} cannot be restored: only databases can, so far"), format!("one of these: {}", all())),
    })?;
    match spec.databases.get(name).map(|d| &d.value) {
        Some(database) => Ok((name.to_owned(), database)),
        None => Err(Trouble::new(
            format!("{} has no {what}", spec.environment.value),
            match all() {
                none if none.is_empty() => "it has no databases at all".into(),
                all => format!("one of these: {all}"),
            },
        )),
    }
}

/// When the vendor's backups of a database were made, oldest first.
/// Source: DigitalOcean's API reference, "List Backups for a Database Cluster".
async fn backups(
    settings: &Settings,
    args: &Args,
    loaded: &Loaded,
    environment: &str,
    address: &Address,
) -> Outcome<Vec<Timestamp>> {
    let composition = Composition::open(settings, &args.place, loaded.platform(), loaded.token(environment))?;
    let session = Session::open(settings, &composition, loaded.platform(), environment)?;
    let record = composition.store.load(address.scope()).map_err(|e| trouble_of_store(&e))?;
    let id = record.and_then(|r| Some(r.resources.get(address)?.id.clone()));
    let id = id.ok_or_else(|| Trouble::new(format!("{address} does not exist yet"), args.place.up(environment)))?;
    let call = Call::new("digitalocean", "GET", format!("/v2/databases/{id}/backups"), "database:read");
    let listing = Listing { call, items: "backups".into(), paged: false, absent_is_empty: false };
    let found = session.vendors.digitalocean.list(&listing).await;
    session.close().await;
    let (found, _) = found.map_err(|r| {
        Trouble::new(format!("the backups of {} cannot be listed: {}", args.what, r.message), "what is wrong: pontoon doctor")
    })?;
    let mut all: Vec<Timestamp> = found.iter().filter_map(|b| b.at("created_at")?.as_text()?.parse().ok()).collect();
    all.sort();
    Ok(all)
}

/// The moment that is restored: the one that is asked for, or the newest backup.
fn chosen(args: &Args, backups: &[Timestamp]) -> Outcome<Timestamp> {
    let (Some(oldest), Some(newest)) = (backups.first(), backups.last()) else {
        return Err(Trouble::new(
            format!("there is no backup of {} yet", args.what),
            "the vendor makes the first one some minutes after the creation, then one a day: run it again later",
        ));
    };
    let listed = || format!("there are backups of {}", backups.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "));
    match (args.at, args.backup) {
        (Some(at), _) if at < *oldest => {
            Err(Trouble::new(format!("the oldest backup of {} is of {oldest}", args.what), listed()))
        }
        (Some(at), _) => Ok(at),
        (None, Some(backup)) if backups.contains(&backup) => Ok(backup),
        (None, Some(backup)) => Err(Trouble::new(format!("there is no backup of {} of {backup}", args.what), listed())),
        (None, None) => Ok(*newest),
    }
}
