//! `pontoon status`

use super::{
    deliver::standings,
    run::{Session, block_on, engine, heading, options},
};
use crate::{
    args::{Limits, Status as Args},
    compose::{Composition, let_go, trouble_of_store},
    document::Loaded,
    exit::{Exit, Outcome},
    print::{self, json},
    settings::Settings,
};
use pontoon_core::{
    event::UnitState,
    operation::StepStatus,
    plan::{Action, Command, Gravity, Plan},
    platform::Platform,
};
use pontoon_store::Store;
use pontoon_ui::style::Ink;
use serde_json::{Map, Value, json};

/// How an environment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Condition {
    Ready,
    Reconciling,
    Stalled,
}

impl Condition {
    fn word(self) -> &'static str {
        match self {
            Condition::Ready => "Ready",
            Condition::Reconciling => "Reconciling",
            Condition::Stalled => "Stalled",
        }
    }
}

/// Looks and tells how each environment is. Changes nothing.
pub fn status(settings: &Settings, args: &Args) -> Outcome {
    let loaded = Loaded::read(settings)?;
    engine(&loaded, &args.place)?;
    let environments = match (&args.which.environment, args.which.all) {
        (None, false) => loaded.environments(),
        _ => loaded.select(&args.which, "status")?,
    };
    let mut documents = Map::new();
    block_on(settings, &args.place, async {
        for environment in &environments {
            let_go().await;
            let platform = loaded.compile(settings, &args.place, environment)?;
            let composition = Composition::open(settings, &args.place, &platform.name, loaded.token(environment))?;
            let session = Session::open(settings, &composition, &platform.name, environment)?;
            let prepared = session.prepare(&platform, Command::Up, &options(&Limits::default())).await;
            let units = standings(settings, &composition, &session, &loaded, &args.place, environment).await;
            session.close().await;
            let (prepared, units) = (prepared?, units?);
            let (mut condition, mut reasons) = judge(&composition.store, &prepared.plan)?;
            for unit in units.iter().filter(|u| u.state != UnitState::Healthy) {
                condition = condition.max(Condition::Reconciling);
                if unit.state != UnitState::Waiting {
                    reasons.push(format!("{}: {}", unit.unit, unit.detail));
                }
            }
            let resources = resources(&composition.store, &platform)?;
            if settings.json {
                let document = json!({
                    "condition": condition.word(),
                    "reasons": reasons,
                    "resources": resources,
                    "units": units.iter().map(|u| json!({ "unit": u.unit, "title": u.title, "state": u.state, "detail": u.detail })).collect::<Vec<_>>(),
                    "cost": json::cost(prepared.plan.cost_before),
                    "team": prepared.account.team,
                });
                documents.insert(environment.clone(), document);
                continue;
            }
            print::out(&heading(&composition, &prepared, settings));
            let ink = match condition {
                Condition::Ready => Ink::Good,
                Condition::Reconciling => Ink::Notice,
                Condition::Stalled => Ink::Bad,
            };
            let cost = prepared.plan.cost_before;
            let name = settings.out.paint(Ink::Strong, environment);
            let word = settings.out.paint(ink, condition.word());
            print::line(&format!("{name}  {word}  {} things, {cost} USD a month", resources.len()));
            reasons.iter().for_each(|r| print::line(&format!("  {r}")));
            let width = units.iter().map(|u| u.unit.len()).max().unwrap_or(0);
            for unit in &units {
                let ink = match unit.state {
                    UnitState::Healthy => Ink::Good,
                    UnitState::Stuck => Ink::Bad,
                    UnitState::Waiting | UnitState::Progressing => Ink::Notice,
                };
                let state = settings.out.paint(ink, &format!("{:11}", unit.state.to_string()));
                print::line(&format!("  {state}  {:width$}  {}", unit.unit, settings.out.paint(Ink::Faint, &unit.title)));
            }
        }
        Ok(())
    })?;
    if settings.json {
        print::line(&json!({"platform": loaded.platform(), "environments": documents}).to_string());
    }
    Ok(Exit::Done)
}

/// Ready: nothing left to do. Stalled: a person has to do something. Reconciling: the next `up` will.
fn judge(store: &Store, plan: &Plan) -> Outcome<(Condition, Vec<String>)> {
    let mut condition = Condition::Ready;
    let mut reasons = Vec::new();
    let scopes: Vec<_> = plan.bases.iter().map(|b| &b.scope).collect();
    for stored in store.unfinished().map_err(|e| trouble_of_store(&e))? {
        if !stored.operation.opened.scopes.iter().any(|s| scopes.contains(&s)) {
            continue;
        }
        if stored.operation.steps.values().any(|s| *s == StepStatus::Stalled) {
            condition = Condition::Stalled;
            reasons.push(format!("operation {} asks a person: pontoon op show {}", stored.id, stored.id));
        } else {
            condition = condition.max(Condition::Reconciling);
            reasons.push(format!("operation {} was cut off; the next up settles it", stored.id));
        }
    }
    for f in plan.findings.iter().filter(|f| f.gravity == Gravity::Error) {
        condition = Condition::Stalled;
        let place = f.address.as_ref().map(|a| format!("{a}: ")).unwrap_or_default();
        reasons.push(format!("{}: {place}{}; {}", f.code, f.message, f.hint));
    }
    for c in &plan.changes {
        condition = condition.max(Condition::Reconciling);
        let what = match c.action {
            Action::Read => "is not ready yet".to_owned(),
            action => format!("to {action}: {}", c.because),
        };
        reasons.push(format!("{} {what}", c.address));
    }
    Ok((condition, reasons))
}

fn resources(store: &Store, platform: &Platform) -> Outcome<Vec<Value>> {
    let mut found = Vec::new();
    for scope in &platform.scopes {
        let record = store.load(scope).map_err(|e| trouble_of_store(&e))?;
        for (address, r) in record.map(|r| r.resources).unwrap_or_default() {
            found.push(json!({"address": address, "id": r.id, "since": r.since, "outputs": r.outputs}));
        }
    }
    Ok(found)
}
