//! `pontoon destroy`

use super::{
    change::Change,
    ephemeral,
    leaks::{self, Left},
    part,
    run::{Session, block_on, engine, worst},
    sweep::sweep,
};
use crate::{
    args::Destroy as Args,
    compose::Composition,
    document::Loaded,
    exit::{Exit, Outcome, Trouble},
    print::{self, report},
    settings::Settings,
};
use pontoon_core::{address::SHARED, plan::Command, platform::Platform};
use pontoon_operate::Prepared;

/// Takes environments down, last in promotion order first; with all of them what they share, at the end.
pub fn destroy(settings: &Settings, args: &Args) -> Outcome {
    if args.trial.ephemeral {
        return ephemeral::destroy(settings, args);
    }
    if !args.part.is_empty() {
        return part::destroy(settings, args);
    }
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
    let named = |a: &&pontoon_core::address::Address| !targets.iter().any(|(_, p)| p.scopes.contains(a.scope()));
    if let Some(elsewhere) = args.limits.only.iter().find(named) {
        let next = format!("name its environment: pontoon destroy {}; what all share: --all", elsewhere.scope());
        return Err(Trouble::new(format!("{elsewhere} is of another environment"), next));
    }
    let mut documents = Vec::new();
    let mut exits = Vec::new();
    let mut left = Left::default();
    block_on(settings, &args.place, async {
        ephemeral::sweep(settings, &args.place, &loaded, &environments).await;
        for (environment, platform) in &targets {
            let change = Change {
                yes: args.yes,
                break_lock: args.break_lock && documents.is_empty(),
                ..Change::new(Command::Destroy, *environment, platform, &args.place, &args.limits)
            };
            let removed = async |composition: &Composition, session: &Session<'_>, _: &Prepared| {
                if let Some(environment) = environment
                    && args.limits.only.is_empty()
                {
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
        if exits.iter().all(|e| *e == Exit::Done) {
            let scopes: Vec<String> = targets.iter().map(|(e, _)| e.unwrap_or(SHARED).to_owned()).collect();
            left = leaks::look(settings, &args.place, &loaded, &scopes).await?;
        }
        if exits.iter().all(|e| *e == Exit::Done) && !settings.json {
            report::left(settings, &args.place, &loaded, &left)?;
            let all = targets.iter().any(|(environment, _)| environment.is_none());
            if let Some(repository) = loaded.repository().filter(|_| all) {
                let name = &repository.github;
                print::note(&format!("kept: the repository {name}, with all that was ever run; by hand: gh repo delete {name}"));
            }
            if let Some(bucket) = crate::shared::bucket_name(settings).filter(|_| all && !args.place.local) {
                print::note(&format!("kept: the bucket {bucket} with its keys, which says what was ever there; by hand only"));
            }
        }
        Ok(())
    })?;
    if settings.json {
        let left = leaks::document(loaded.platform(), &left);
        print::line(&serde_json::json!({"operations": documents, "left": left["left"]}).to_string());
    }
    Ok(worst(exits))
}
