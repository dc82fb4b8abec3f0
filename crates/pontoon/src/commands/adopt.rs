//! `pontoon adopt`: what the account has already is taken into the record, as it is.

mod write;

use super::{
    change::Change,
    run::{Session, block_on, engine, worst},
};
use crate::{
    args::{Adopt as Args, Limits},
    compose::{Composition, let_go, store, trouble_of_store},
    document::Loaded,
    exit::{Exit, Outcome, Trouble},
    print,
    settings::Settings,
};
use pontoon_core::{address::Address, plan::Command, platform::Platform};
use pontoon_operate::Prepared;
use pontoon_plan::Adoption;
use std::collections::BTreeSet;

/// Matches what exists to what the document asks for, shows it, asks, and records it. Changes nothing in the account.
pub fn adopt(settings: &Settings, args: &Args) -> Outcome {
    if let Some(path) = &args.write {
        return write::write(settings, args, path);
    }
    let loaded = Loaded::read(settings)?;
    engine(&loaded, &args.place)?;
    let environments = loaded.select(&args.which, "adopt")?;
    let limits = Limits { only: args.only.clone(), ..Limits::default() };
    let asked = settings.interactive && !args.yes && !args.place.local;
    let mut documents = Vec::new();
    let mut exits = Vec::new();
    let mut known: BTreeSet<Address> = BTreeSet::new();
    block_on(settings, &args.place, async {
        for environment in &environments {
            let_go().await;
            let platform = loaded.compile(settings, &args.place, environment)?;
            known.extend(platform.resources.keys().cloned());
            let change = Change {
                adoption: Some(Adoption {
                    take: args.take.iter().cloned().collect(),
                    taken: taken(settings, args, &platform)?,
                    // Whoever is asked sees which are only likely.
                    likely: args.likely || asked,
                }),
                yes: args.yes,
                ..Change::new(Command::Adopt, Some(environment), &platform, &args.place, &limits)
            };
            let done = async |composition: &Composition, _: &Session<'_>, prepared: &Prepared| {
                let recorded = recorded(composition, &platform)?;
                let own = args.take.iter().filter(|(a, _)| platform.resources.contains_key(a));
                if let Some((address, id)) = own.into_iter().find(|(a, _)| !recorded.contains(a)) {
                    let why =
                        "nothing of its kind has this id and is nobody's: another record or another platform's mark holds it";
                    return Err(Trouble::new(format!("{address} is not taken over: {id}"), "see what is there: pontoon leaks")
                        .because(why));
                }
                if !settings.json {
                    told(&platform, prepared, &recorded);
                    print::note(&format!(
                        "next: see what the next up would change, marks included: {}",
                        args.place.up(environment).replacen("up", "plan", 1)
                    ));
                }
                Ok((Exit::Done, serde_json::Value::Null))
            };
            let (exit, document) = change.carry_out(settings, &loaded, done).await?;
            documents.push(document);
            exits.push(exit);
            if exit != Exit::Done {
                break;
            }
        }
        Ok(())
    })?;
    if let Some((unknown, _)) = args.take.iter().find(|(a, _)| !known.contains(a)) {
        let next = "what it asks for: pontoon plan";
        return Err(Trouble::new(format!("--take {unknown}: the document asks for no such address"), next));
    }
    if settings.json {
        print::line(&serde_json::json!({"operations": documents}).to_string());
    }
    Ok(worst(exits))
}

/// What other environments' records hold.
fn taken(settings: &Settings, args: &Args, platform: &Platform) -> Outcome<BTreeSet<(&'static str, String)>> {
    let store = store(settings, &args.place, &platform.name)?;
    let mut taken = BTreeSet::new();
    for scope in store.scopes().map_err(|e| trouble_of_store(&e))?.iter().filter(|s| !platform.scopes.contains(s)) {
        let record = store.load(scope).map_err(|e| trouble_of_store(&e))?;
        for (address, recorded) in record.map(|r| r.resources).unwrap_or_default() {
            taken.extend(pontoon_catalog::find(address.kind()).map(|k| (k.kind, recorded.id)));
        }
    }
    Ok(taken)
}

/// What is recorded now.
fn recorded(composition: &Composition, platform: &Platform) -> Outcome<BTreeSet<Address>> {
    let mut recorded = BTreeSet::new();
    for scope in &platform.scopes {
        let record = composition.store.load(scope).map_err(|e| trouble_of_store(&e))?;
        recorded.extend(record.map(|r| r.resources.into_keys().collect::<Vec<_>>()).unwrap_or_default());
    }
    Ok(recorded)
}

/// How much of the document exists now, and what does not.
fn told(platform: &Platform, prepared: &Prepared, recorded: &BTreeSet<Address>) {
    let left: Vec<String> = platform.resources.keys().filter(|a| !recorded.contains(*a)).map(ToString::to_string).collect();
    let taken = prepared.plan.changes.len();
    print::note(&format!("{taken} taken over; nothing in the account was changed"));
    if !left.is_empty() {
        print::note(&format!("not there, or not taken over; up would make them: {}", left.join(", ")));
    }
}
