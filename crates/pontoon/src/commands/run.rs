//! What plan, up, status and destroy have in common: one environment, looked at and perhaps changed.

use crate::{
    args::{Limits, Where},
    compose::{Composition, paused, trouble_of_store},
    document::Loaded,
    exit::{Exit, Outcome, Trouble},
    print::{note, progress::Progress},
    settings::Settings,
};
use pontoon_core::{
    address::Scope, call::Class, event::What, operation::StepStatus, plan::Command, platform::Platform, record::Record,
};
use pontoon_deliver::values::{Keeper, Values};
use pontoon_engine::Stop;
use pontoon_operate::{Drifting, Failed, Prepared, Setting, Vendors, drifting, inspect, look};
use pontoon_plan::Options;
use pontoon_spec::Spec;
use pontoon_store::{Rescue, Store, Who, remote::is_elsewhere};
use std::{
    cell::RefCell,
    collections::BTreeMap,
    future::Future,
    path::{Path, PathBuf},
    time::Duration,
};

/// How often a live view counts on.
const TICK: Duration = Duration::from_millis(500);

/// Runs on one thread; time is paused where the world allows it.
pub fn block_on<T>(settings: &Settings, place: &Where, future: impl Future<Output = Outcome<T>>) -> Outcome<T> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(paused(settings, place))
        .build()
        .map_err(|e| Trouble::new(format!("the runtime cannot start: {e}"), "free some file descriptors: ulimit -n"))?;
    runtime.block_on(future)
}

/// Refuses engines that are not built, by name; says in one line when `--local` overrides one.
pub fn engine(loaded: &Loaded, place: &Where) -> Outcome<()> {
    let declared = loaded.engine();
    let wanted = place.engine.as_deref().unwrap_or(if place.local { "native" } else { &declared });
    if wanted != "native" {
        return Err(Trouble::new(
            format!("the engine {wanted} is not built yet"),
            "the native one builds the same account: add --engine native",
        ));
    }
    if place.local && declared != "native" && place.engine.is_none() {
        note(&format!("--local: native engine and local store, instead of {declared}"));
    }
    Ok(())
}

/// What a person asked for, for the planner.
pub fn options(limits: &Limits) -> Options {
    Options {
        only: limits.only.iter().cloned().collect(),
        destroy: limits.destroy.iter().cloned().collect(),
        include_stateful: limits.include_stateful,
        adopt: limits.adopt.iter().cloned().collect(),
        ..Options::default()
    }
}

/// A run in one environment, before it looks at anything.
pub struct Session<'a> {
    /// Everything that it touches.
    pub composition: &'a Composition,
    /// The clients.
    pub vendors: Vendors,
    /// Takes events.
    pub progress: Progress,
    /// A person's wish to stop.
    pub stop: Stop,
    who: String,
    nonce: String,
    lineage: String,
}

impl<'a> Session<'a> {
    /// Opens one. `purpose` tells its drawn texts from those of other environments.
    pub fn open(settings: &Settings, composition: &'a Composition, platform: &str, purpose: &str) -> Outcome<Session<'a>> {
        let drawn = composition.draw(&format!("lineage {platform}"), 8)?;
        let nonce = composition.draw(&format!("nonce {purpose}"), 6)?;
        let shared = composition.store.load(&Scope::shared()).map_err(|e| trouble_of_store(&e))?;
        let lineage = shared.map_or(drawn, |r| r.lineage);
        Ok(Session {
            vendors: Vendors::new(composition.way()?, &composition.clock, platform, &lineage, &nonce),
            composition,
            progress: Progress::new(settings),
            stop: Stop::new(),
            who: settings.who.clone(),
            nonce,
            lineage,
        })
    }

    /// The setting that the stages run in.
    pub fn setting<'s>(&'s self, observer: &'s dyn Fn(pontoon_core::event::Event)) -> Setting<'s> {
        Setting {
            vendors: &self.vendors,
            clock: &self.composition.clock,
            secrets: self.composition.secrets.as_ref(),
            observer,
            stop: self.stop.clone(),
            who: self.who.clone(),
            nonce: self.nonce.clone(),
        }
    }

    /// The records of a platform's scopes.
    pub fn records(&self, store: &Store, platform: &Platform) -> Outcome<BTreeMap<Scope, Record>> {
        look(store, &platform.name, &platform.scopes, &self.lineage).map_err(|e| trouble_of_store(&e))
    }

    /// Looks and plans, without changing anything that stays.
    ///
    /// What an operation that has not ended is about to make is taken for ours: the run that makes it, or
    /// the next one, settles it before it looks.
    pub async fn prepare(&self, platform: &Platform, command: Command, options: &Options) -> Outcome<Prepared> {
        let mut options = options.clone();
        for stored in self.composition.store.unfinished().map_err(|e| trouble_of_store(&e))? {
            let settled = |id| matches!(stored.operation.status(id), StepStatus::Done | StepStatus::Failed);
            let open = stored.plan.steps.iter().filter(|s| !settled(s.id));
            options.adopt.extend(open.flat_map(|s| s.outcomes.iter().map(|(address, _)| address.clone())));
            note(&format!(
                "operation {} has not ended: it is under way, or the next up settles what it left; what follows may be its making",
                stored.id
            ));
        }
        let records = self.records(&self.composition.store, platform)?;
        let observer = |e| self.progress.take(&e);
        inspect(&self.setting(&observer), &records, platform, command, &options).await.map_err(trouble)
    }

    /// Looks at what is not as recorded, and at what people made inside of ours. Changes nothing.
    pub async fn drifting(&self, platform: &Platform) -> Outcome<Drifting> {
        let store = &self.composition.store;
        for stored in store.unfinished().map_err(|e| trouble_of_store(&e))? {
            note(&format!("operation {} has not ended: what it is about to do may look like drift", stored.id));
        }
        let all = store.scopes().map_err(|e| trouble_of_store(&e))?;
        let records = self.records(store, platform)?;
        let others = look(store, &platform.name, &all, &self.lineage).map_err(|e| trouble_of_store(&e))?;
        let observer = |e| self.progress.take(&e);
        drifting(&self.setting(&observer), &records, &others, platform).await.map_err(trouble)
    }

    /// What resolves the values of an environment's Secrets.
    pub fn values<'v>(&'v self, spec: &Spec, keeper: &'v dyn Keeper, records: &'v [Record]) -> Values<'v> {
        Values {
            prefix: format!("{}/{}", spec.platform, spec.environment.value),
            keeper,
            source: self.composition,
            provider: self.vendors.digitalocean.as_ref(),
            records,
            told: RefCell::default(),
        }
    }

    /// Removes what was made for the run only. What cannot be removed now, the next run removes.
    pub async fn close(&self) {
        if let Err(r) = self.vendors.close().await {
            note(&format!("the run's own Spaces key could not be removed; the next run removes it: {}", r.message));
        }
    }

    /// Removes what killed runs made for themselves: nobody comes after the last run to do it. Where nothing is recorded any
    /// more it was the last.
    pub async fn sweep(&self, store: &Store) {
        let exists = |scope| Ok(store.load(&scope)?.is_some_and(|record| !record.resources.is_empty()));
        let nothing = |scopes: Vec<Scope>| Ok(!scopes.into_iter().map(exists).collect::<Result<Vec<_>, _>>()?.contains(&true));
        if store.scopes().and_then(nothing).unwrap_or_default() {
            self.vendors.over();
        }
        match self.vendors.sweep().await {
            Ok(()) => {}
            // Who may not look has never made one.
            Err(r) if r.class == Class::Denied => {}
            Err(r) => note(&format!("what killed runs left could not be looked for: {}", r.message)),
        }
    }

    /// Who asks for the lock.
    pub fn locker(&self, command: &str) -> Who {
        let (user, host) = self.who.split_once('@').unwrap_or((self.who.as_str(), ""));
        Who { user: user.into(), host: host.into(), pid: std::process::id(), command: command.into() }
    }

    /// Carries a future out; the first interrupt asks it to stop, the second leaves at once.
    pub async fn interruptible<T>(&self, future: impl Future<Output = T>) -> T {
        let interrupts = async {
            loop {
                if tokio::signal::ctrl_c().await.is_err() {
                    // Without signals a run cannot be asked to stop; it can still be killed, safely.
                    std::future::pending::<()>().await;
                }
                if self.stop.asked() {
                    // Everything that matters is in the journal already.
                    std::process::exit(130);
                }
                self.stop.ask();
                let at = self.composition.clock.now().to_string();
                self.progress.take(&pontoon_core::event::Event { at, what: What::Stopping });
            }
        };
        let ticks = async {
            // On a clock that jumps, waiting for a tick would be what makes time pass.
            if self.composition.jumps {
                std::future::pending::<()>().await;
            }
            loop {
                tokio::time::sleep(TICK).await;
                self.progress.tick(self.composition.clock.now());
            }
        };
        let (future, beside) = (std::pin::pin!(future), std::pin::pin!(futures::future::join(interrupts, ticks)));
        match futures::future::select(future, beside).await {
            futures::future::Either::Left((done, _)) => done,
            futures::future::Either::Right(((never, _), _)) => never,
        }
    }
}

/// What a person reads when a run ends before its end.
pub fn trouble(failed: Failed) -> Trouble {
    let text = failed.to_string();
    match failed {
        Failed::Store(e) => trouble_of_store(&e),
        Failed::Account { class: Class::Denied, .. } => Trouble::new(
            text,
            "set DIGITALOCEAN_TOKEN to a token that is valid and has the scope account:read; all that are needed: \
             pontoon doctor --scopes",
        ),
        Failed::Account { class, .. } => Trouble::new(text, credential_hint(class, "account:read")),
        Failed::Refresh(e) => Trouble::new(format!("{text} ({})", e.path), credential_hint(e.class, &e.scope)),
        Failed::Recover { ref source, .. } => {
            Trouble::new(text, "nothing is lost; when the vendor answers again: pontoon up").because(source.to_string())
        }
        Failed::Stalled { operation } => Trouble::new(text, format!("see what it asks: pontoon op show {operation}")).waits(),
        Failed::Refused(findings) if findings.len() == 1 => {
            let mut t = Trouble::new(text, "");
            for f in findings {
                let place = f.address.map(|a| format!("{a}: ")).unwrap_or_default();
                t = Trouble::new(format!("{place}{} [{}]", f.message, f.code), f.hint);
            }
            t
        }
        Failed::Refused(findings) => {
            let mut t = Trouble::new(text, findings.first().map(|f| f.hint.clone()).unwrap_or_default());
            for f in findings {
                let place = f.address.map(|a| format!("{a}: ")).unwrap_or_default();
                t = t.because(format!("{}: {place}{}", f.code, f.message));
            }
            t
        }
        Failed::Journal { unwritten, rescue } => {
            let (saved, next) = save(&rescue);
            Trouble::new(text, next).because(unwritten.error.to_string()).caused(&unwritten.error).because(saved)
        }
    }
}

/// What happened is recorded wherever it can be: where it belongs, elsewhere, or on the terminal.
/// Returns what was done, and what to type next.
fn save(rescue: &Rescue) -> (String, String) {
    const GO_ON: &str = "make room or repair the disk, then: pontoon up";
    let home = rescue.home.parent().unwrap_or(Path::new("."));
    if !is_elsewhere(home) && rescue.save_in(home).is_ok_and(|(path, _)| std::fs::rename(path, &rescue.home).is_ok()) {
        return ("what the journal misses is saved beside it".into(), GO_ON.into());
    }
    let elsewhere = [PathBuf::from("."), std::env::temp_dir()];
    for dir in elsewhere {
        if let Ok((path, command)) = rescue.save_in(&dir) {
            return (format!("what the journal misses is saved in {}", path.display()), format!("{GO_ON}\nbut first: {command}"));
        }
    }
    match rescue.text() {
        Ok(text) => crate::print::line(&text),
        Err(e) => note(&e.to_string()),
    }
    let next = format!("save what was printed as {}, then: pontoon up", rescue.home.display());
    ("no disk takes what the journal misses: it was printed".into(), next)
}

fn credential_hint(class: Class, scope: &str) -> String {
    match class {
        Class::Denied => format!("use a token that has the scope {scope}; all that are needed: pontoon doctor --scopes"),
        Class::Transient | Class::Indeterminate => "check the network, then run it again; what is wrong: pontoon doctor".into(),
        Class::RateLimited => "the vendor's limit is reached; run it again in a minute".into(),
        _ => "what is wrong: pontoon doctor".into(),
    }
}

/// Asks a person. Without one to ask, the answer has to be on the command line.
pub fn agree(settings: &Settings, question: &str, yes: bool) -> Outcome<bool> {
    if yes {
        return Ok(true);
    }
    if !settings.interactive {
        return Err(Trouble::new("there is nobody to ask", "to agree beforehand, add --yes"));
    }
    note(&format!("{question} [y/N]"));
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer).map_err(|e| Trouble::new(format!("no answer can be read: {e}"), "add --yes"))?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}

/// The worst of several ends.
pub fn worst(exits: impl IntoIterator<Item = Exit>) -> Exit {
    let rank = |e: &Exit| match e {
        Exit::Done => 0,
        Exit::Changes => 1,
        Exit::Waits => 2,
        Exit::Interrupted => 3,
        Exit::Failed => 4,
    };
    exits.into_iter().max_by_key(rank).unwrap_or(Exit::Done)
}

/// Whose account, and where: printed before anything else.
pub fn heading(composition: &Composition, prepared: &Prepared, settings: &Settings) -> String {
    use pontoon_ui::style::Ink;
    let team = &prepared.account.team;
    let text = format!("team {} ({}), {}", team.name, team.id, composition.place);
    format!("{}\n", settings.out.paint(Ink::Faint, &text))
}
