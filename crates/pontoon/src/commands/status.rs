//! `pontoon status`: cloud and cluster in one look. Changes nothing.

mod waits;
mod watch;

use super::{
    ephemeral,
    inside::{Inside, Wanted},
    run::{Session, block_on, engine, heading, options, worst},
};
use crate::{
    args::{Limits, Status as Args},
    compose::{Composition, let_go, trouble_of_store},
    document::Loaded,
    exit::{Exit, Outcome},
    print::{self, status as shown},
    settings::Settings,
};
use jiff::Timestamp;
use pontoon_core::{
    address::Address,
    event::UnitState,
    operation::StepStatus,
    plan::{Command, Plan},
    record::Recorded,
};
use pontoon_operate::Prepared;
use serde_json::{Map, json};
use std::cell::Cell;
pub use waits::Wait;

/// How an environment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Condition {
    /// Nothing is left to do.
    Ready,
    /// Something is not there yet, or not as it should be; the next `up` or time mends it.
    Reconciling,
    /// It stands still until a person does something.
    Stalled,
}

impl Condition {
    /// In one word.
    pub fn word(self) -> &'static str {
        match self {
            Condition::Ready => "Ready",
            Condition::Reconciling => "Reconciling",
            Condition::Stalled => "Stalled",
        }
    }

    fn exit(self) -> Exit {
        match self {
            Condition::Ready => Exit::Done,
            Condition::Reconciling => Exit::Failed,
            Condition::Stalled => Exit::Waits,
        }
    }
}

/// Everything that one look at an environment saw.
pub struct Look {
    /// The environment.
    pub environment: String,
    /// Whose account, and where.
    pub heading: String,
    /// When, on the clock of the place.
    pub at: Timestamp,
    /// What is recorded.
    pub resources: Vec<(Address, Recorded)>,
    /// What the account lacks or has differently, and what it costs.
    pub prepared: Prepared,
    /// Operations that have not ended, and will with the next `up`.
    pub unfinished: Vec<String>,
    /// The cluster.
    pub inside: Inside,
    /// What a person has to do.
    pub waits: Vec<Wait>,
    /// What brings the account to what the document says, where it is not.
    pub next: Option<String>,
}

/// Looks and tells how each environment is.
pub fn status(settings: &Settings, args: &Args) -> Outcome {
    match args.watch {
        None => {
            let (text, _, exit) = look(settings, args)?;
            print::out(&text);
            Ok(exit)
        }
        Some(seconds) => watch::watch(settings, seconds, || {
            let (text, essence, _) = look(settings, args)?;
            Ok(watch::Shown { text, essence })
        }),
    }
}

/// One look at every environment that is meant: what is printed, the same without what only ages, and how it ends.
fn look(settings: &Settings, args: &Args) -> Outcome<(String, String, Exit)> {
    let loaded = Loaded::read(settings)?;
    engine(&loaded, &args.place)?;
    let environments = match (&args.which.environment, args.which.all) {
        (None, false) => loaded.environments(),
        _ => loaded.select(&args.which, "status")?,
    };
    let mut text = String::new();
    let mut documents = Map::new();
    let exit = Cell::new(Exit::Done);
    block_on(settings, &args.place, async {
        ephemeral::sweep(settings, &args.place, &loaded, &environments).await;
        for environment in &environments {
            let_go().await;
            let look = Look::at(settings, args, &loaded, environment).await?;
            exit.set(worst([exit.get(), look.condition().exit()]));
            documents.insert(environment.clone(), shown::document(&look));
            text.push_str(&shown::text(&look, settings, documents.len() == 1));
        }
        Ok(())
    })?;
    let document = json!({"platform": loaded.platform(), "environments": documents}).to_string();
    if settings.json {
        text = format!("{document}\n");
    }
    Ok((text, document, exit.get()))
}

impl Look {
    async fn at(settings: &Settings, args: &Args, loaded: &Loaded, environment: &str) -> Outcome<Look> {
        let platform = loaded.compile(settings, &args.place, environment)?;
        let wanted = Wanted::of(settings, loaded, &args.place, environment)?;
        let composition = Composition::open(settings, &args.place, &platform.name, loaded.token(environment))?;
        let session = Session::open(settings, &composition, &platform.name, environment)?;
        let prepared = session.prepare(&platform, Command::Up, &options(&Limits::default())).await;
        let inside = Inside::look(&composition, &session, environment, &wanted).await;
        session.close().await;
        let (prepared, inside) = (prepared?, inside?);
        let waits = waits::waits(settings, &composition, &args.place, (&platform, &prepared.plan), &wanted, &inside).await?;
        let mut resources = Vec::new();
        for scope in &platform.scopes {
            let record = composition.store.load(scope).map_err(|e| trouble_of_store(&e))?;
            resources.extend(record.map(|r| r.resources).unwrap_or_default());
        }
        Ok(Look {
            environment: environment.to_owned(),
            heading: heading(&composition, &prepared, settings),
            at: composition.clock.now(),
            resources,
            unfinished: unfinished(&composition, &prepared.plan)?,
            next: (!prepared.plan.is_empty()).then(|| args.place.up(environment)),
            prepared,
            inside,
            waits,
        })
    }

    /// How it is as a whole.
    pub fn condition(&self) -> Condition {
        if self.waits.iter().any(|w| w.holds) {
            Condition::Stalled
        } else if self.reasons().is_empty() {
            Condition::Ready
        } else {
            Condition::Reconciling
        }
    }

    /// Why it is not ready, one sentence each.
    pub fn reasons(&self) -> Vec<String> {
        let mut all = self.unfinished.clone();
        all.extend(self.prepared.plan.changes.iter().map(|c| format!("{}: {}", c.address, shown::because(c))));
        let units = self.inside.units.iter().map(|(_, s)| s).filter(|s| s.state != UnitState::Healthy);
        all.extend(units.map(|s| format!("{}: {}", s.unit, s.detail)));
        let endpoints = self.inside.endpoints.iter().filter(|e| !e.broken.is_empty());
        all.extend(endpoints.map(|e| format!("{}: {}", e.host, e.broken.join("; "))));
        let certificates = self.inside.certificates.iter().filter_map(|c| Some((c, c.broken.as_ref()?)));
        all.extend(certificates.map(|(c, why)| format!("certificate {}: {why}", c.name)));
        all.extend(self.inside.backups.iter().filter_map(|b| Some(format!("backup of {}: {}", b.of, shown::late(b, self.at)?))));
        all.extend(self.waits.iter().filter(|w| w.holds).map(|w| format!("{} {}: {}", w.what, w.name, w.how)));
        all
    }
}

/// Operations of these scopes that were cut off; those that ask a person are not among them.
fn unfinished(composition: &Composition, plan: &Plan) -> Outcome<Vec<String>> {
    let scopes: Vec<_> = plan.bases.iter().map(|b| &b.scope).collect();
    let open = composition.store.unfinished().map_err(|e| trouble_of_store(&e))?;
    let own = open.iter().filter(|s| s.operation.opened.scopes.iter().any(|s| scopes.contains(&s)));
    let cut = own.filter(|s| !s.operation.steps.values().any(|s| *s == StepStatus::Stalled));
    Ok(cut.map(|s| format!("operation {} was cut off; the next up settles it", s.id)).collect())
}
