//! What `up` does past the cloud: the cluster's contents, until every unit of them is healthy.

use super::{
    gitops::Through,
    ground::{Ground, ground},
    run::Session,
    runs::mark,
};
use crate::{
    args::Where,
    compose::Composition,
    contents::{Built, build_here, lock},
    deliveries::{self, Open},
    document::Loaded,
    exit::{Exit, Outcome, Trouble},
    print::note,
    settings::Settings,
};
use pontoon_core::{
    content::SecretSpec,
    event::{Event, UnitState},
};
use pontoon_deliver::{Delivered, Setting, apply, diagnose::remedy, install, published::Published};
use pontoon_spec::{Spec, sections::delivery::Gitops};
use pontoon_ui::style::Ink;
use serde_json::{Value, json};

/// What a delivery knows of the run that it is a part of.
pub struct Run {
    /// Whether no other environment follows in it.
    pub last: bool,
    /// What it did in the cloud before, where it did anything.
    pub operation: Option<String>,
}

/// Brings an environment's cluster to health. Returns how that ended, and the answer in JSON.
pub async fn deliver(
    settings: &Settings,
    composition: &Composition,
    session: &Session<'_>,
    loaded: &Loaded,
    place: &Where,
    environment: &str,
    run: Run,
) -> Outcome<(Exit, Value)> {
    let Run { last, operation } = run;
    let spec = &loaded.spec(settings, place, environment)?;
    let built = build_here(settings, place, spec, &lock(settings)?)?;
    let Some(ground) = ground(composition, session, environment).await? else { return Ok((Exit::Done, Value::Null)) };
    let observer = |e: Event| session.progress.take(&e);
    let setting = Setting {
        cluster: &ground.cluster,
        clock: composition.clock.as_ref(),
        observer: &observer,
        stop: session.stop.clone(),
        environment,
    };
    let delivery = Delivery { settings, composition, session, loaded, place, spec, built: &built, ground: &ground, last };
    let (done, waits, commit) = session.interruptible(delivery.carry_out(&setting)).await?;
    let (path, links) = session.progress.path();
    if let Some(path) = path.filter(|_| done.healthy()) {
        note(&format!("{} {path}", settings.err.paint(Ink::Strong, "took")));
    }
    let mut answer = document(&done);
    answer["path"] = links;
    answer["commit"] = json!(commit);
    let open = done.units.iter().filter(|u| u.state != UnitState::Healthy);
    let kept = deliveries::Delivery {
        at: composition.clock.now().to_string(),
        environment: environment.into(),
        who: settings.who.clone(),
        operation,
        commit,
        waits: waits.clone(),
        units: done.units.len(),
        open: open.map(|u| Open { unit: u.unit.clone(), state: u.state.to_string(), detail: u.detail.clone() }).collect(),
    };
    deliveries::keep(settings, place, &kept);
    if let Some(url) = waits {
        answer["waits"] = url.as_str().into();
        note(&format!("{} merge {url}, then: pontoon up {environment}", settings.err.paint(Ink::Notice, "waits for a person:")));
        return Ok((Exit::Waits, answer));
    }
    Ok((exit(&done), answer))
}

struct Delivery<'a> {
    settings: &'a Settings,
    composition: &'a Composition,
    session: &'a Session<'a>,
    loaded: &'a Loaded,
    place: &'a Where,
    spec: &'a Spec,
    built: &'a Built,
    ground: &'a Ground,
    last: bool,
}

impl Delivery<'_> {
    async fn carry_out(&self, setting: &Setting<'_>) -> Outcome<(Delivered, Option<String>, Option<String>)> {
        let published = Published::new(self.composition.github()?, &self.composition.github_base());
        let keeper = self.composition.keeper(self.settings, self.spec)?;
        let values = self.session.values(self.spec, keeper.as_ref(), &self.ground.records);
        if *self.spec.delivery.gitops != Gitops::None {
            let Delivery { settings, composition, loaded, place, spec, .. } = *self;
            let through = Through { settings, composition, loaded, place, spec, proposed: None, protect: self.last };
            let github = composition.github_client(settings)?;
            let done = through.carry_out(&github, setting, &values, &published).await?;
            return Ok((done.delivered, done.waits, Some(done.head)));
        }
        if let Some(why) = install::install(setting, &published, false).await.map_err(|e| refused(&e))? {
            return Ok((install::stuck(setting, install::UNIT, why), None, None));
        }
        let secrets: Vec<SecretSpec> = self.built.contents.components.iter().flat_map(|c| c.secrets.clone()).collect();
        let stamps = values.stamps(&secrets).await;
        let mut units = self.built.units.clone();
        stamps.map_err(|m| Trouble::new(m.to_string(), "run it again: pontoon up"))?.put_on(&mut units);
        let done = apply::apply(setting, &units, &values, &published).await.map_err(|e| refused(&e))?;
        if let Some(release) = crate::release::of(self.settings, self.place, setting.environment)?.filter(|_| done.healthy()) {
            mark(setting.cluster, &release).await?;
        }
        Ok((done, None, None))
    }
}

/// What a person reads where a cluster refuses a run.
pub fn refused(e: &apply::Failed) -> Trouble {
    Trouble::new(e.to_string(), "what is wrong: pontoon doctor; then go on: pontoon up")
}

/// Says how units stand that are not healthy, and how the delivery ends the program.
fn exit(done: &Delivered) -> Exit {
    if done.stopped {
        return Exit::Interrupted;
    }
    for unit in done.units.iter().filter(|u| u.state != UnitState::Healthy) {
        note(&format!("  {} {}: {}", unit.unit, unit.state, unit.detail));
        if let Some(next) = remedy(&unit.detail).filter(|_| unit.state != UnitState::Waiting) {
            note(&format!("    next: {next}"));
        }
    }
    if done.healthy() { Exit::Done } else { Exit::Failed }
}

fn document(done: &Delivered) -> Value {
    let units = done.units.iter().map(|u| json!({ "unit": u.unit, "title": u.title, "state": u.state, "detail": u.detail }));
    json!({ "healthy": done.healthy(), "units": units.collect::<Vec<_>>() })
}
