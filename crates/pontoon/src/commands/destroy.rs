//! `pontoon destroy`

use super::{
    change::Change,
    run::{Session, block_on, engine, worst},
    sweep::sweep,
};
use crate::{
    args::Destroy as Args,
    compose::Composition,
    document::Loaded,
    exit::{Exit, Outcome},
    print::{self, report},
    settings::Settings,
};
use pontoon_core::{plan::Command, platform::Platform};
use pontoon_operate::Prepared;

/// Takes environments down, last in promotion order first; with all of them what they share, at the end.
pub fn destroy(settings: &Settings, args: &Args) -> Outcome {
    let loaded = Loaded::read(settings)?;
    engine(&loaded, &args.place)?;
    let environments = loaded.select(&args.which, "destroy")?;
    let mut targets: Vec<(Option<&str>, Platform)> = Vec::new();
    for environment in environments.iter().rev() {
        targets.push((Some(environment), loaded.scope_of(environment)));
    }
    if args.which.all || loaded.environments().len() == 1 {
        targets.push((None, loaded.shared_scope()));
    }
    let mut documents = Vec::new();
    let mut exits = Vec::new();
    block_on(settings, &args.place, async {
        for (environment, platform) in &targets {
            let change = Change {
                command: Command::Destroy,
                environment: *environment,
                platform,
                place: &args.place,
                limits: &args.limits,
                adoption: None,
                renew: None,
                hold: false,
                yes: args.yes,
                saved: None,
                break_lock: args.break_lock && documents.is_empty(),
            };
            let removed = async |composition: &Composition, session: &Session<'_>, _: &Prepared| {
                if let Some(environment) = environment {
                    sweep(settings, composition, session, &loaded.spec(settings, &args.place, environment)?).await?;
                    crate::release::remove(settings, &args.place, environment);
                }
                Ok((Exit::Done, serde_json::Value::Null))
            };
            let (exit, document) = change.carry_out(settings, &loaded, removed).await?;
            documents.push(document);
            exits.push(exit);
            if exit != Exit::Done {
                break;
            }
        }
        if exits.iter().all(|e| *e == Exit::Done) && !settings.json {
            report::left(settings, &args.place, &loaded)?;
            if targets.iter().any(|(environment, _)| environment.is_none())
                && let Some(repository) = loaded.repository()
            {
                let name = &repository.github;
                print::note(&format!("kept: the repository {name}, with all that was ever run; by hand: gh repo delete {name}"));
            }
        }
        Ok(())
    })?;
    if settings.json {
        print::line(&serde_json::json!({"operations": documents}).to_string());
    }
    Ok(worst(exits))
}
