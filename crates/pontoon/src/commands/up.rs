//! `pontoon up`

use super::{
    change::Change,
    deliver::{Run, deliver},
    ephemeral,
    inside::Inside,
    promote, reachable,
    run::{Session, block_on, engine, worst},
};
use crate::{
    args::{Layer, Up as Args, Where},
    compose::{Composition, let_go, store, trouble_of_store},
    contents::keep_lock,
    document::Loaded,
    exit::{Exit, Outcome, Trouble},
    print::{self, report},
    settings::Settings,
};
use pontoon_core::{
    address::{Address, Scope},
    plan::{Command, Plan},
    record::Recorded,
};
use pontoon_operate::Prepared;
use std::path::Path;

/// Plans, asks, applies, reports: each environment after the one before it.
pub fn up(settings: &Settings, args: &Args) -> Outcome {
    let loaded = Loaded::read(settings)?;
    engine(&loaded, &args.place)?;
    let environments = loaded.select(&args.which, "up")?;
    keep_lock(settings, &args.place, &loaded, |_| false)?;
    let saved = args.plan.as_deref().map(read_plan).transpose()?;
    let (documents, exits) = block_on(settings, &args.place, async {
        ephemeral::sweep(settings, &args.place, &loaded, &environments).await;
        let ttl = args.ttl.unwrap_or(ephemeral::USUAL);
        match ephemeral::begin(settings, &args.place, &args.trial, ttl, &loaded, &environments).await? {
            Some((own, tried)) => {
                let ended = all(&own, args, &tried, &environments, saved.as_ref()).await?;
                ephemeral::ends(&own, &tried);
                Ok(ended)
            }
            None => all(settings, args, &loaded, &environments, saved.as_ref()).await,
        }
    })?;
    if settings.json {
        print::line(&serde_json::json!({"operations": documents}).to_string());
    }
    Ok(worst(exits))
}

/// Each environment after the one before it.
pub async fn all(
    settings: &Settings,
    args: &Args,
    loaded: &Loaded,
    environments: &[String],
    saved: Option<&Plan>,
) -> Outcome<(Vec<serde_json::Value>, Vec<Exit>)> {
    let mut documents = Vec::new();
    let mut exits = Vec::new();
    if args.layer.is_none() {
        promote::sync(settings, &args.place, loaded).await?;
    }
    for environment in environments {
        let_go().await;
        let platform = loaded.compile(settings, &args.place, environment)?;
        let change = Change {
            yes: args.yes,
            saved,
            break_lock: args.break_lock && documents.is_empty(),
            ..Change::new(Command::Up, Some(environment), &platform, &args.place, &args.limits)
        };
        let (exit, document) = change
            .carry_out(settings, loaded, async |composition: &Composition, session: &Session<'_>, prepared: &Prepared| {
                loaded.write_release(settings, &args.place, environment)?;
                // A plan with something in it was carried out just now, under the lock: the newest operation is its.
                let newest = || composition.store.operations().ok()?.into_iter().next().map(|o| o.id);
                let operation = if prepared.plan.is_empty() { None } else { newest() };
                let ended = match args.layer {
                    None => {
                        deliver(
                            settings,
                            composition,
                            session,
                            loaded,
                            &args.place,
                            environment,
                            Run { last: environments.last() == Some(environment), operation },
                        )
                        .await?
                    }
                    Some(Layer::Cloud) => (Exit::Done, serde_json::Value::Null),
                };
                let inside = if args.layer.is_none() && ended.0 == Exit::Done {
                    session.interruptible(reachable::wait(composition, session, environment)).await?
                } else {
                    Inside::default()
                };
                report::print(settings, composition, &platform, prepared, &inside, environment, ended.0)?;
                Ok(ended)
            })
            .await?;
        documents.push(document);
        if exit == Exit::Done && args.layer.is_none() && unused(settings, &args.place, loaded, environment)? {
            // What uses the new ones has followed. Who agreed to replace a key agreed to this.
            let_go().await;
            let change = Change { hold: false, yes: true, break_lock: false, ..change };
            let (exit, document) = change.carry_out_alone(settings, loaded).await?;
            documents.push(document);
            exits.push(exit);
        }
        exits.push(exit);
        if exit != Exit::Done {
            if environments.last() != Some(environment) {
                print::note(&format!("the environments after {environment} are left as they are"));
            }
            break;
        }
    }
    Ok((documents, exits))
}

/// Whether there are keys left that were replaced, and stayed for what used them.
fn unused(settings: &Settings, place: &Where, loaded: &Loaded, environment: &str) -> Outcome<bool> {
    let record = store(settings, place, loaded.platform())?.load(&Scope::environment(environment));
    let record = record.map_err(|e| trouble_of_store(&e))?;
    let replaced = |(a, r): (&Address, &Recorded)| {
        !r.deposed.is_empty() && pontoon_catalog::find(a.kind()).is_some_and(|k| !k.secrets.is_empty())
    };
    Ok(record.is_some_and(|r| r.resources.iter().any(replaced)))
}

fn read_plan(path: &Path) -> Outcome<Plan> {
    let again = "make it again: pontoon plan -o FILE";
    let text =
        std::fs::read_to_string(path).map_err(|e| Trouble::new(format!("{}: cannot be read: {e}", path.display()), again))?;
    let plan: Plan = serde_json::from_str(&text)
        .map_err(|e| Trouble::new(format!("{}: is no saved plan", path.display()), again).because(e.to_string()))?;
    if plan.version != Plan::VERSION {
        return Err(Trouble::new(
            format!("{}: was saved by another version (format {}, this one has {})", path.display(), plan.version, Plan::VERSION),
            again,
        ));
    }
    Ok(plan)
}
