//! `pontoon plan`

use super::{
    deliver::{standings, summary},
    run::{Session, block_on, engine, options, worst},
};
use crate::{
    args::{Layer, Plan as Args},
    compose::{Composition, let_go},
    document::Loaded,
    exit::{Exit, Outcome, Trouble},
    print::{self, json},
    settings::Settings,
};
use pontoon_core::{event::UnitState, plan::Command};

/// Looks and prints what would change.
pub fn plan(settings: &Settings, args: &Args) -> Outcome {
    let loaded = Loaded::read(settings)?;
    engine(&loaded, &args.place)?;
    let environments = loaded.select(&args.which, "plan")?;
    let mut documents = Vec::new();
    let mut exits = Vec::new();
    block_on(settings, &args.place, async {
        for environment in &environments {
            let_go().await;
            let platform = loaded.compile(settings, &args.place, environment)?;
            let composition = Composition::open(settings, &args.place, &platform.name, loaded.token(environment))?;
            let session = Session::open(settings, &composition, &platform.name, environment)?;
            let prepared = session.prepare(&platform, Command::Up, &options(&args.limits)).await;
            let units = match args.layer {
                None => standings(settings, &composition, &session, &loaded, &args.place, environment).await,
                Some(Layer::Cloud) => Ok(Vec::new()),
            };
            session.close().await;
            let (prepared, units) = (prepared?, units?);
            let healthy = units.iter().all(|u| u.state == UnitState::Healthy);
            let plan = &prepared.plan;
            if settings.json {
                let mut document = json::plan(plan);
                document["environment"] = environment.as_str().into();
                document["units"] = units
                    .iter()
                    .map(|u| serde_json::json!({ "unit": u.unit, "title": u.title, "state": u.state, "detail": u.detail }))
                    .collect();
                documents.push(document);
            } else {
                print::out(&super::run::heading(&composition, &prepared, settings));
                print::out(&print::plan::text(plan, environment, settings.out));
                print::out(&summary(&units, settings.out));
            }
            if let Some(path) = &args.out {
                let text = serde_json::to_string_pretty(plan).unwrap_or_default();
                std::fs::write(path, text).map_err(|e| {
                    Trouble::new(format!("{}: cannot be written: {e}", path.display()), "choose another place: -o FILE")
                })?;
                print::note(&format!("saved; to carry out exactly this: pontoon up {environment} --plan {}", path.display()));
            }
            exits.push(match (plan.is_allowed(), plan.is_empty() && healthy) {
                (false, _) => Exit::Failed,
                (true, false) if args.detailed_exitcode => Exit::Changes,
                _ => Exit::Done,
            });
        }
        Ok(())
    })?;
    if settings.json {
        print::line(&serde_json::json!({"plans": documents}).to_string());
    }
    Ok(worst(exits))
}
