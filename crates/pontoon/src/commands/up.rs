//! `pontoon up`

use super::run::{Session, agree, block_on, engine, heading, options, trouble, worst};
use crate::{
    args::Up as Args,
    compose::{Composition, trouble_of_store},
    document::Loaded,
    exit::{Exit, Outcome, Trouble},
    print::{self, json, report},
    settings::Settings,
};
use pontoon_core::{
    operation::Ending,
    plan::{Command, Gravity, Plan},
};
use pontoon_operate::{apply, inspect, recover_all};
use std::path::Path;

/// Plans, asks, applies, reports: each environment after the one before it.
pub fn up(settings: &Settings, args: &Args) -> Outcome {
    let loaded = Loaded::read(settings)?;
    engine(&loaded, &args.place)?;
    let environments = loaded.select(&args.which, "up")?;
    let saved = args.plan.as_deref().map(read_plan).transpose()?;
    let mut documents = Vec::new();
    let mut exits = Vec::new();
    block_on(settings, &args.place, async {
        for environment in &environments {
            let (exit, document) = one(settings, args, &loaded, environment, saved.as_ref()).await?;
            documents.push(document);
            exits.push(exit);
            if exit != Exit::Done {
                if environments.last() != Some(environment) {
                    print::note(&format!("the environments after {environment} are left as they are"));
                }
                break;
            }
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
    environment: &str,
    saved: Option<&Plan>,
) -> Outcome<(Exit, serde_json::Value)> {
    let platform = loaded.compile(settings, &args.place, environment)?;
    let composition = Composition::open(settings, &args.place, &platform.name, loaded.token(environment))?;
    let session = Session::open(settings, &composition, &platform.name, environment)?;
    let mut writer = composition
        .store
        .lock(session.locker(&format!("pontoon up {environment}")), composition.clock.now())
        .map_err(|e| trouble_of_store(&e))?;
    let observer = |e| session.progress.take(&e);
    let setting = session.setting(&observer);
    let run = async {
        recover_all(&setting, &mut writer).await.map_err(trouble)?;
        let records = session.records(&writer, &platform)?;
        let mut prepared = inspect(&setting, &records, &platform, Command::Up, &options(&args.limits)).await.map_err(trouble)?;
        if let Some(saved) = saved {
            matches_saved(saved, &prepared.plan)?;
            prepared.plan = saved.clone();
        }
        let plan = &prepared.plan;
        if !settings.json {
            print::note(heading(&composition, &prepared, settings).trim_end());
            print::note(print::plan::text(plan, environment, settings.err).trim_end());
        }
        if !plan.is_allowed() {
            return Err(refused(settings, plan));
        }
        let mut document = json::plan(plan);
        document["environment"] = environment.into();
        if plan.is_empty() {
            document["ending"] = serde_json::json!(Ending::Done);
            loaded.write_release(settings, &args.place, environment)?;
            report::print(settings, &composition, &writer, &platform, &prepared, environment)?;
            return Ok((Exit::Done, document));
        }
        let question = format!("Carry this out in team {}?", prepared.account.team.name);
        if !agree(settings, &question, args.yes || args.place.local)? {
            print::note("nothing was changed");
            return Ok((Exit::Failed, document));
        }
        session.progress.follow(plan, settings);
        let done = session.interruptible(apply(&setting, &mut writer, plan)).await.map_err(trouble)?;
        document["operation"] = done.operation.as_str().into();
        document["ending"] = serde_json::json!(done.ending);
        document["failures"] = done
            .failures
            .iter()
            .map(|f| serde_json::json!({"address": f.address, "title": f.title, "class": f.class, "message": f.message}))
            .collect();
        if done.ending == Ending::Done {
            loaded.write_release(settings, &args.place, environment)?;
            report::print(settings, &composition, &writer, &platform, &prepared, environment)?;
        } else {
            report::failures(settings, &done, "up");
        }
        Ok((exit(done.ending), document))
    };
    let result = run.await;
    session.close().await;
    result
}

/// How a run's end ends the program.
pub fn exit(ending: Ending) -> Exit {
    match ending {
        Ending::Done | Ending::Recovered => Exit::Done,
        Ending::Failed => Exit::Failed,
        Ending::Interrupted => Exit::Interrupted,
        Ending::Stalled => Exit::Waits,
    }
}

/// What a person reads of a plan that may not be carried out: its errors were printed with it.
pub fn refused(settings: &Settings, plan: &Plan) -> Trouble {
    let errors = plan.findings.iter().filter(|f| f.gravity == Gravity::Error).cloned().collect();
    let mut t = trouble(pontoon_operate::Failed::Refused(errors));
    if !settings.json {
        t.what = "the plan cannot be carried out".into();
        t.why.clear();
    }
    t
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

/// A saved plan is carried out only where it would still be the same: same record, same document,
/// same team, same findings, same changes.
fn matches_saved(saved: &Plan, now: &Plan) -> Outcome<()> {
    let stale = |why: &str| Err(Trouble::new(format!("the saved plan is stale: {why}"), "make it again: pontoon plan -o FILE"));
    if saved.platform != now.platform || saved.team != now.team {
        return stale("it is for another platform or another team");
    }
    if saved.bases != now.bases {
        return stale("the record has moved on since");
    }
    if saved.digest != now.digest {
        return stale("the document has changed since");
    }
    let essence = |p: &Plan| p.changes.iter().map(|c| (c.address.clone(), c.action)).collect::<Vec<_>>();
    if essence(saved) != essence(now) {
        return stale("the account has changed since");
    }
    Ok(())
}
