//! One environment, changed: lock, settle, look, show, ask, carry out. What `up` and `destroy` share.

use super::{
    emptied,
    run::{Session, agree, heading, options, trouble},
};
use crate::{
    args::{Limits, Where},
    compose::{Composition, none_left, trouble_of_store},
    document::Loaded,
    exit::{Exit, Outcome, Trouble},
    print::{self, json, report},
    settings::Settings,
    shared,
};
use pontoon_core::{
    address::Address,
    operation::Ending,
    plan::{Command, Gravity, Outcome as StepOutcome, Plan},
    platform::Platform,
};
use pontoon_operate::{Failed, Prepared, apply, inspect, recover_all};
use pontoon_plan::{Adoption, Options, Restore};
use pontoon_store::{Store, Writer, remote::RENEWED};
use serde_json::{Value, json};
use std::future::Future;

/// What to change.
pub struct Change<'a> {
    /// What for.
    pub command: Command,
    /// The environment, or none for what all share.
    pub environment: Option<&'a str>,
    /// What should exist.
    pub platform: &'a Platform,
    /// Where.
    pub place: &'a Where,
    /// What may happen.
    pub limits: &'a Limits,
    /// What is made anew although nothing about it differs.
    pub renew: Option<&'a Address>,
    /// What is made once more from a backup.
    pub restore: Option<Restore>,
    /// Whether what showed a secret and was replaced stays until what uses it has followed.
    pub hold: bool,
    /// Whether a person agreed beforehand. Nobody has to be asked about a local world.
    pub yes: bool,
    /// How far adopting goes, where that is what it is for.
    pub adoption: Option<Adoption>,
    /// Exactly this plan, if it is still what would be planned.
    pub saved: Option<&'a Plan>,
    /// Whether the lock is taken away from whoever has it.
    pub break_lock: bool,
}

impl<'a> Change<'a> {
    /// A change of an environment, or of what all share; the rest is as it is where nobody says otherwise.
    pub fn new(
        command: Command,
        environment: Option<&'a str>,
        platform: &'a Platform,
        place: &'a Where,
        limits: &'a Limits,
    ) -> Change<'a> {
        Change {
            command,
            environment,
            platform,
            place,
            limits,
            renew: None,
            restore: None,
            hold: command == Command::Up,
            yes: false,
            adoption: None,
            saved: None,
            break_lock: false,
        }
    }

    /// Carries it out where nothing follows the cloud.
    pub async fn carry_out_alone(&self, settings: &Settings, loaded: &Loaded) -> Outcome<(Exit, Value)> {
        self.carry_out(settings, loaded, async |_, _, _| Ok((Exit::Done, Value::Null))).await
    }

    /// How it is called in headings.
    pub fn title(&self) -> &str {
        self.environment.unwrap_or("shared")
    }

    /// Carries it out; returns how it ended, and the answer in JSON. `afterwards` is told when
    /// everything is as it should be.
    pub async fn carry_out(
        &self,
        settings: &Settings,
        loaded: &Loaded,
        afterwards: impl AsyncFnOnce(&Composition, &Session<'_>, &Prepared) -> Outcome<(Exit, Value)>,
    ) -> Outcome<(Exit, Value)> {
        let token = self.environment.map_or_else(|| loaded.shared_token(), |e| loaded.token(e));
        if self.command.wants() && !self.place.local {
            // What remembers comes before what is made.
            if let Some(wanted) = shared::wanted(settings)? {
                none_left(settings, &self.platform.name)?;
                shared::found(settings, &wanted, &self.platform.name)?;
            }
        }
        let composition = Composition::open(settings, self.place, &self.platform.name, token)?.keeping(settings, loaded.first());
        let session = Session::open(settings, &composition, &self.platform.name, self.title())?;
        let who = session.locker(&format!("pontoon {} {}", self.command, self.title()));
        if self.break_lock {
            break_lock(&composition.store, &who.host, composition.clock.now())?;
        }
        let mut writer = composition.store.lock(who, composition.clock.now()).map_err(|e| trouble_of_store(&e))?;
        let work = self.within(settings, loaded, &composition, &session, &mut writer, afterwards);
        let result = if self.place.local { work.await } else { alive(&composition, work).await };
        session.close().await;
        if self.command == Command::Destroy && matches!(result, Ok((Exit::Done, _))) {
            session.sweep(&composition.store).await;
        }
        // Only now: who holds the lock takes other writers' keys for left behind.
        drop(writer);
        result
    }

    async fn within(
        &self,
        settings: &Settings,
        loaded: &Loaded,
        composition: &Composition,
        session: &Session<'_>,
        writer: &mut Writer,
        afterwards: impl AsyncFnOnce(&Composition, &Session<'_>, &Prepared) -> Outcome<(Exit, Value)>,
    ) -> Outcome<(Exit, Value)> {
        let observer = |e| session.progress.take(&e);
        let setting = session.setting(&observer);
        recover_all(&setting, writer).await.map_err(trouble)?;
        let records = session.records(writer, self.platform)?;
        let renew = self.renew.into_iter().cloned().collect();
        let options = Options {
            renew,
            hold: self.hold && self.saved.is_none(),
            adoption: self.adoption.clone(),
            restore: self.restore.clone(),
            ..options(self.limits)
        };
        let mut prepared = inspect(&setting, &records, self.platform, self.command, &options).await.map_err(trouble)?;
        if let Some(saved) = self.saved {
            matches_saved(saved, &prepared.plan)?;
            prepared.plan = saved.clone();
        }
        let plan = &prepared.plan;
        let mut document = json::plan(plan);
        document["environment"] = self.title().into();
        if !settings.json {
            if plan.is_empty() && self.command == Command::Destroy {
                print::note(&format!("{}: nothing is recorded, nothing to destroy", self.title()));
            } else {
                print::note(heading(composition, &prepared, settings).trim_end());
                print::note(print::plan::text(plan, self.title(), settings.err).trim_end());
            }
        }
        if let (Command::Up, Some(environment)) = (self.command, self.environment) {
            let emptied = emptied::look(composition, session, environment, plan).await;
            document["emptied"] = emptied::document(&emptied);
            if !settings.json && !emptied.is_empty() {
                print::note(emptied::text(&emptied).trim_end());
            }
        }
        if !plan.is_allowed() {
            return Err(refused(settings, plan));
        }
        if plan.is_empty() {
            document["ending"] = json!(Ending::Done);
            let (exit, contents) = afterwards(composition, session, &prepared).await?;
            document["contents"] = contents;
            return Ok((exit, document));
        }
        let question = match self.command {
            Command::Up => format!("Carry this out in team {}?", prepared.account.team.name),
            Command::Destroy => format!("Destroy all of this in team {}?", prepared.account.team.name),
            Command::Adopt => "Take these into the record, as they are? Nothing of them is touched.".into(),
            Command::Forget => "Forget these? They stay in the account, and are billed.".into(),
        };
        if !agree(settings, &question, self.yes || self.place.local)? {
            print::note("nothing was changed");
            return Ok((Exit::Failed, document));
        }
        if !self.place.local && shows_once(plan) {
            // What is shown once and cannot be kept is lost, and costs a replacement.
            crate::stores::tried(settings, loaded.first(), composition.clock.clone()).await?;
        }
        session.progress.follow(plan, settings);
        let done = session.interruptible(apply(&setting, writer, plan)).await.map_err(trouble)?;
        document["operation"] = done.operation.as_str().into();
        document["ending"] = json!(done.ending);
        document["failures"] = done
            .failures
            .iter()
            .map(|f| json!({"address": f.address, "title": f.title, "class": f.class, "message": f.message}))
            .collect();
        if done.ending == Ending::Done {
            let (exit, contents) = afterwards(composition, session, &prepared).await?;
            document["contents"] = contents;
            return Ok((exit, document));
        }
        report::failures(settings, &done, &self.command.to_string());
        Ok((exit(done.ending), document))
    }
}

/// Takes the lock away from whoever has it, and says who that was.
pub fn break_lock(store: &Store, host: &str, now: jiff::Timestamp) -> Outcome<()> {
    match store.break_lock(host, now).map_err(|e| trouble_of_store(&e))? {
        Some(holder) => print::note(&format!("took the lock away from {holder}")),
        None => print::note("there is no lock to break"),
    }
    Ok(())
}

/// Does something long, and says meanwhile that the holder of the lock lives.
async fn alive<T>(composition: &Composition, work: impl Future<Output = T>) -> T {
    let renewing = async {
        loop {
            composition.clock.sleep(RENEWED).await;
            if let Err(e) = composition.store.renew() {
                print::note(&format!("{e}; what is written next says whether it is still ours"));
            }
        }
    };
    let (work, renewing) = (std::pin::pin!(work), std::pin::pin!(renewing));
    match futures::future::select(work, renewing).await {
        futures::future::Either::Left((done, _)) => done,
        futures::future::Either::Right((never, _)) => never,
    }
}

/// Whether a vendor will show something that it never shows again.
fn shows_once(plan: &Plan) -> bool {
    let made = plan.steps.iter().flat_map(|s| &s.outcomes);
    made.into_iter().any(|(_, outcome)| matches!(outcome, StepOutcome::Makes(making) if !making.secrets.is_empty()))
}

/// How a run's end ends the program.
fn exit(ending: Ending) -> Exit {
    match ending {
        Ending::Done | Ending::Recovered => Exit::Done,
        Ending::Failed => Exit::Failed,
        Ending::Interrupted => Exit::Interrupted,
        Ending::Stalled => Exit::Waits,
    }
}

/// What a person reads of a plan that may not be carried out: its errors were printed with it.
fn refused(settings: &Settings, plan: &Plan) -> Trouble {
    let errors = plan.findings.iter().filter(|f| f.gravity == Gravity::Error).cloned().collect();
    let mut t = trouble(Failed::Refused(errors));
    if !settings.json {
        t.what = "the plan cannot be carried out".into();
        t.why.clear();
    }
    t
}

/// A saved plan is carried out only where it would still be the same: same record, same document,
/// same team, same changes.
fn matches_saved(saved: &Plan, now: &Plan) -> Outcome<()> {
    let essence = |p: &Plan| p.changes.iter().map(|c| (c.address.clone(), c.action)).collect::<Vec<_>>();
    let why = if saved.platform != now.platform || saved.team != now.team {
        "it is for another platform or another team"
    } else if saved.bases != now.bases {
        "the record has moved on since"
    } else if saved.digest != now.digest {
        "the document has changed since"
    } else if essence(saved) != essence(now) {
        "the account has changed since"
    } else {
        return Ok(());
    };
    Err(Trouble::new(format!("the saved plan is stale: {why}"), "make it again: pontoon plan -o FILE"))
}
