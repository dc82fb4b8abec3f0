//! What `up` does past the cloud: the cluster's contents, until every unit of them is healthy.

use super::{gitops::Through, run::Session};
use crate::{
    args::Where,
    compose::{Composition, trouble_of_store},
    contents::{Built, build, lock},
    document::Loaded,
    exit::{Exit, Outcome, Trouble},
    print::note,
    settings::Settings,
};
use pontoon_core::{
    address::{Address, Scope},
    call::{Call, Class},
    event::{Event, UnitState},
    record::Record,
    secret::Secret,
};
use pontoon_deliver::{Delivered, Setting, Standing, apply, install, published::Published, survey::survey, values::Values};
use pontoon_engine::Provider;
use pontoon_providers::Kubernetes;
use pontoon_spec::{Spec, sections::delivery::Gitops};
use pontoon_ui::style::{Ink, Style};
use serde_json::{Value, json};
use std::time::Duration;

/// How long a credential of the cluster lives, in seconds: a run's length, and no more.
const CREDENTIAL: u32 = 7200;

/// Everything that a delivery into one environment stands on.
pub struct Ground {
    /// The cluster.
    pub cluster: Kubernetes,
    /// The environment's record, and the shared one.
    pub records: Vec<Record>,
}

/// Opens the way into an environment's cluster with a credential of this run. `None` where there is no cluster.
pub async fn ground(composition: &Composition, session: &Session<'_>, environment: &str) -> Outcome<Option<Ground>> {
    let mut records = Vec::new();
    for scope in [Scope::environment(environment), Scope::shared()] {
        records.extend(composition.store.load(&scope).map_err(|e| trouble_of_store(&e))?);
    }
    let address = Address::new(Scope::environment(environment), "digitalocean.cluster", "main");
    let Some(cluster) = records.iter().find_map(|r| r.resources.get(&address)) else { return Ok(None) };
    let call = Call::new(
        "digitalocean",
        "GET",
        format!("/v2/kubernetes/clusters/{}/credentials", cluster.id),
        "kubernetes:access_cluster",
    )
    .query("expiry_seconds", i64::from(CREDENTIAL))
    .class(412, Class::Conflict);
    let reply = match session.vendors.digitalocean.send(&call, Duration::from_secs(60)).await {
        // It is still being made.
        Err(r) if r.class == Class::Conflict => return Ok(None),
        other => other,
    };
    let reply = reply.map_err(|r| {
        Trouble::new(
            format!("no credential for the cluster of {environment}: {}", r.message),
            "the token needs the scope kubernetes:access_cluster; all that are needed: pontoon doctor --scopes",
        )
    })?;
    let text = |path: &str| reply.body.at(path).and_then(|v| v.as_text().map(str::to_owned)).unwrap_or_default();
    let wire = composition.kubernetes(&text("certificate_authority_data"))?;
    Ok(Some(Ground { cluster: Kubernetes::new(wire, &text("server"), Secret::new(text("token"))), records }))
}

/// Brings an environment's cluster to health; `last` where no other environment follows in this run. Returns how that ended, and the answer in JSON.
pub async fn deliver(
    settings: &Settings,
    composition: &Composition,
    session: &Session<'_>,
    loaded: &Loaded,
    place: &Where,
    environment: &str,
    last: bool,
) -> Outcome<(Exit, Value)> {
    let specs = loaded.specs(settings, place, environment)?;
    let Some(spec) = specs.iter().find(|s| s.environment.as_str() == environment) else { return Ok((Exit::Done, Value::Null)) };
    if *spec.delivery.gitops == Gitops::Argocd {
        note(&format!("not built: delivery by Argo CD; the cluster of {environment} gets no contents"));
        return Ok((Exit::Done, Value::Null));
    }
    let built = build(settings, spec, &lock(settings)?)?;
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
    let (done, waits) = session.interruptible(delivery.carry_out(&setting)).await?;
    let mut answer = document(&done);
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
    async fn carry_out(&self, setting: &Setting<'_>) -> Outcome<(Delivered, Option<String>)> {
        let published = Published::new(self.composition.github()?, &self.composition.github_base());
        let keeper = self.composition.keeper(self.settings, self.spec)?;
        let draw = |path: &str, length: u32| self.composition.password(path, length).map_err(|t| t.what);
        let shown = |key: &str| self.composition.shown(key);
        let values = Values {
            prefix: format!("{}/{}", self.spec.platform, self.spec.environment.value),
            keeper: keeper.as_ref(),
            draw: &draw,
            provider: self.session.vendors.digitalocean.as_ref(),
            records: self.ground.records.iter().collect(),
            shown: &shown,
        };
        if *self.spec.delivery.gitops != Gitops::None {
            let Delivery { settings, composition, loaded, place, spec, .. } = *self;
            let through = Through { settings, composition, loaded, place, spec, proposed: None, protect: self.last };
            let done = through.carry_out(setting, self.ground, self.built, &values, &published).await?;
            return Ok((done.delivered, done.waits));
        }
        if let Some(why) = install::install(setting, &published, false).await.map_err(|e| refused(&e))? {
            let units = vec![Standing { unit: install::UNIT.into(), title: "Flux".into(), state: UnitState::Stuck, detail: why }];
            return Ok((Delivered { units, stopped: setting.stop.asked() }, None));
        }
        let done = apply::apply(setting, &self.built.units, &values, &published).await.map_err(|e| refused(&e))?;
        Ok((done, None))
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
    }
    if done.healthy() { Exit::Done } else { Exit::Failed }
}

fn document(done: &Delivered) -> Value {
    let units = done.units.iter().map(|u| json!({ "unit": u.unit, "title": u.title, "state": u.state, "detail": u.detail }));
    json!({ "healthy": done.healthy(), "units": units.collect::<Vec<_>>() })
}

/// How the units of an environment's cluster stand; all of them waiting where there is no cluster yet.
pub async fn standings(
    settings: &Settings,
    composition: &Composition,
    session: &Session<'_>,
    loaded: &Loaded,
    place: &Where,
    environment: &str,
) -> Outcome<Vec<Standing>> {
    let specs = loaded.specs(settings, place, environment)?;
    let Some(spec) = specs.iter().find(|s| s.environment.as_str() == environment) else { return Ok(Vec::new()) };
    if *spec.delivery.gitops == Gitops::Argocd {
        return Ok(Vec::new());
    }
    let built = build(settings, spec, &lock(settings)?)?;
    let Some(ground) = ground(composition, session, environment).await? else {
        let waiting = |u: &pontoon_render::Unit| Standing {
            unit: u.name.clone(),
            title: u.title.clone(),
            state: UnitState::Waiting,
            detail: "there is no cluster yet".into(),
        };
        return Ok(built.units.iter().map(waiting).collect());
    };
    let follows = *spec.delivery.gitops != Gitops::None;
    survey(&ground.cluster, &built.units, follows).await.map_err(|e| refused(&e))
}

/// What a plan says of the cluster's contents.
pub fn summary(units: &[Standing], style: Style) -> String {
    let open: Vec<&str> = units.iter().filter(|u| u.state != UnitState::Healthy).map(|u| u.unit.as_str()).collect();
    if units.is_empty() {
        return String::new();
    }
    if open.is_empty() {
        return format!("in the cluster: all {} units are healthy\n", units.len());
    }
    let names = open.join(", ");
    format!("in the cluster: {} of {} units to bring to health: {}\n", open.len(), units.len(), style.paint(Ink::Faint, &names))
}
