//! `pontoon forget`: things leave the record and stay as they are. Nobody at the vendor is asked for anything.

use super::run::{Session, agree, block_on, engine, trouble};
use crate::{
    args::Forget as Args,
    compose::{Composition, trouble_of_store},
    document::Loaded,
    exit::{Exit, Outcome, Trouble},
    print::{self, json},
    settings::Settings,
};
use pontoon_core::{address::Scope, money::Cost, operation::Ending};
use pontoon_operate::{Failed, apply, recover_all};
use pontoon_store::Writer;
use std::collections::BTreeSet;

/// Shows what would be forgotten, asks, and writes it down as an operation of its own.
pub fn forget(settings: &Settings, args: &Args) -> Outcome {
    let loaded = Loaded::read(settings)?;
    engine(&loaded, &args.place)?;
    let scopes: BTreeSet<Scope> = args.addresses.iter().map(|a| a.scope().clone()).collect();
    let environments = loaded.environments();
    let known = |s: &Scope| s.is_shared() || environments.iter().any(|e| e == s.as_str());
    if let Some(unknown) = scopes.iter().find(|s| !known(s)) {
        let all = environments.join(", ");
        return Err(Trouble::new(format!("there is no environment {unknown}"), format!("there are {all}, and shared")));
    }
    block_on(settings, &args.place, async {
        let token = scopes.iter().find(|s| !s.is_shared()).map_or_else(|| loaded.shared_token(), |s| loaded.token(s.as_str()));
        let composition = Composition::open(settings, &args.place, loaded.platform(), token)?;
        let session = Session::open(settings, &composition, loaded.platform(), "forget")?;
        let who = session.locker("pontoon forget");
        let mut writer = composition.store.lock(who, composition.clock.now()).map_err(|e| trouble_of_store(&e))?;
        let done = within(settings, args, &loaded, &session, &mut writer, scopes).await;
        session.close().await;
        drop(writer);
        done
    })
}

async fn within(
    settings: &Settings,
    args: &Args,
    loaded: &Loaded,
    session: &Session<'_>,
    writer: &mut Writer,
    scopes: BTreeSet<Scope>,
) -> Outcome {
    let observer = |e| session.progress.take(&e);
    let setting = session.setting(&observer);
    recover_all(&setting, writer).await.map_err(trouble)?;
    // What the document asks for matters for a warning only.
    let mut platform = loaded.shared_scope();
    for scope in scopes.iter().filter(|s| !s.is_shared()) {
        platform.resources.extend(loaded.compile(settings, &args.place, scope.as_str())?.resources);
    }
    if platform.resources.is_empty() {
        platform.resources.extend(loaded.compile(settings, &args.place, loaded.first().environment.as_str())?.resources);
    }
    platform.scopes = scopes.into_iter().collect();
    platform.scopes.sort_by_key(|s| !s.is_shared());
    let records = session.records(writer, &platform)?;
    let plan = pontoon_plan::forget(&platform, &records, &args.addresses.iter().cloned().collect());
    let mut document = json::plan(&plan);
    if !settings.json {
        print::note(print::plan::text(&plan, "forget", settings.err).trim_end());
    }
    if !plan.is_allowed() {
        return Err(trouble(Failed::Refused(
            plan.findings.iter().filter(|f| f.gravity == pontoon_core::plan::Gravity::Error).cloned().collect(),
        )));
    }
    if !agree(settings, "Forget these? They stay in the account, and are billed.", args.yes || args.place.local)? {
        print::note("nothing was changed");
        return Ok(Exit::Failed);
    }
    session.progress.follow(&plan, settings);
    let report = session.interruptible(apply(&setting, writer, &plan)).await.map_err(trouble)?;
    document["operation"] = report.operation.as_str().into();
    document["ending"] = serde_json::json!(report.ending);
    let cost = plan.changes.iter().map(|c| c.cost_after).sum::<Cost>();
    if settings.json {
        print::line(&serde_json::json!({"operations": [document]}).to_string());
    } else {
        print::note(&format!("{} forgotten; in the account they stay, at {cost} USD a month", plan.changes.len()));
    }
    Ok(if report.ending == Ending::Done { Exit::Done } else { Exit::Failed })
}
