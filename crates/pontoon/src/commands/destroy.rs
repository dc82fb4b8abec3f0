//! `pontoon destroy`

use super::run::{Session, agree, block_on, engine, heading, options, trouble, worst};
use crate::{
    args::Destroy as Args,
    compose::{Composition, trouble_of_store},
    document::Loaded,
    exit::{Exit, Outcome},
    print::{self, json, report},
    settings::Settings,
};
use pontoon_core::{operation::Ending, plan::Command, platform::Platform};
use pontoon_operate::{apply, inspect, recover_all};

/// Takes environments down, last in promotion order first; with all of them what they share, at the end.
pub fn destroy(settings: &Settings, args: &Args) -> Outcome {
    let loaded = Loaded::read(settings)?;
    engine(&loaded, &args.place)?;
    let environments = loaded.select(&args.which, "destroy")?;
    let everything = args.which.all || loaded.environments().len() == 1;
    let mut targets: Vec<(Option<&str>, Platform)> = Vec::new();
    for environment in environments.iter().rev() {
        targets.push((Some(environment), loaded.scope_of(environment)));
    }
    if everything {
        targets.push((None, loaded.shared_scope()));
    }
    let mut documents = Vec::new();
    let mut exits = Vec::new();
    block_on(settings, &args.place, async {
        for (environment, platform) in &targets {
            let (exit, document) = one(settings, args, &loaded, *environment, platform).await?;
            documents.push(document);
            exits.push(exit);
            if exit != Exit::Done {
                break;
            }
            if let Some(environment) = environment {
                crate::release::remove(settings, &args.place, environment);
            }
        }
        if exits.iter().all(|e| *e == Exit::Done) && !settings.json {
            report::left(settings, &args.place, &loaded)?;
        }
        Ok(())
    })?;
    if settings.json {
        print::line(&serde_json::json!({"operations": documents}).to_string());
    }
    Ok(worst(exits))
}

async fn one(
    settings: &Settings,
    args: &Args,
    loaded: &Loaded,
    environment: Option<&str>,
    platform: &Platform,
) -> Outcome<(Exit, serde_json::Value)> {
    let title = environment.unwrap_or("shared");
    let composition = Composition::open(settings, &args.place, &platform.name, environment.and_then(|e| loaded.token(e)))?;
    let session = Session::open(settings, &composition, &platform.name, title)?;
    let mut writer = composition
        .store
        .lock(session.locker(&format!("pontoon destroy {title}")), composition.clock.now())
        .map_err(|e| trouble_of_store(&e))?;
    let observer = |e| session.progress.take(&e);
    let setting = session.setting(&observer);
    let run = async {
        recover_all(&setting, &mut writer).await.map_err(trouble)?;
        let records = session.records(&writer, platform)?;
        let prepared = inspect(&setting, &records, platform, Command::Destroy, &options(&args.limits)).await.map_err(trouble)?;
        let plan = &prepared.plan;
        let mut document = json::plan(plan);
        document["environment"] = title.into();
        if plan.is_empty() {
            document["ending"] = serde_json::json!(Ending::Done);
            if !settings.json {
                print::note(&format!("{title}: nothing is recorded, nothing to destroy"));
            }
            return Ok((Exit::Done, document));
        }
        if !settings.json {
            print::note(heading(&composition, &prepared, settings).trim_end());
            print::note(print::plan::text(plan, title, settings.err).trim_end());
        }
        if !plan.is_allowed() {
            return Err(super::up::refused(settings, plan));
        }
        let question = format!("Destroy all of this in team {}?", prepared.account.team.name);
        if !agree(settings, &question, args.yes || args.place.local)? {
            print::note("nothing was changed");
            return Ok((Exit::Failed, document));
        }
        session.progress.follow(plan, settings);
        let done = session.interruptible(apply(&setting, &mut writer, plan)).await.map_err(trouble)?;
        document["operation"] = done.operation.as_str().into();
        document["ending"] = serde_json::json!(done.ending);
        if done.ending != Ending::Done {
            report::failures(settings, &done, "destroy");
        }
        Ok((super::up::exit(done.ending), document))
    };
    let result = run.await;
    session.close().await;
    result
}
