//! `pontoon plan`

use super::{
    emptied, ephemeral,
    gitops::{Compared, Through},
    ground::ground,
    inside::Wanted,
    run::{Session, block_on, engine, options, worst},
};
use crate::{
    args::{Layer, Plan as Args, Where},
    compose::{Composition, let_go},
    document::Loaded,
    exit::{Exit, Outcome, Trouble},
    files::{self, Readers},
    print::{self, contents, json},
    settings::Settings,
};
use pontoon_core::{
    event::UnitState,
    plan::Command,
    platform::{Platform, Purchase},
};
use pontoon_deliver::{Standing, difference::Difference, published::Published};

/// What would become of a cluster's contents.
#[derive(Default)]
pub struct Contents {
    /// How each unit stands.
    pub units: Vec<Standing>,
    /// What applying them would change, where no repository is followed.
    pub objects: Vec<Difference>,
    /// What would be written into the repository, where one is followed.
    pub files: Option<Compared>,
    /// What cannot be compared, and why.
    pub unseen: Option<String>,
    /// What a cluster that is not there yet will buy at the vendor by itself.
    pub purchases: Vec<Purchase>,
}

impl Contents {
    /// Whether the next `up` has nothing to do in the cluster.
    pub fn is_settled(&self) -> bool {
        self.units.iter().all(|u| u.state == UnitState::Healthy)
            && self.objects.is_empty()
            && self.files.as_ref().is_none_or(|f| f.changes.is_empty() && !f.is_new)
    }

    async fn look(
        settings: &Settings,
        composition: &Composition,
        session: &Session<'_>,
        loaded: &Loaded,
        place: &Where,
        environment: &str,
        platform: &Platform,
    ) -> Outcome<Contents> {
        let wanted = Wanted::of(settings, loaded, place, environment)?;
        let ground = ground(composition, session, environment).await?;
        let units = wanted.standings(ground.as_ref()).await?;
        let mut all = Contents { units, ..Contents::default() };
        if ground.is_none() {
            all.purchases = platform.purchases.clone();
        }
        if wanted.follows() {
            let through = Through { settings, composition, loaded, place, spec: &wanted.spec, proposed: None, protect: false };
            // Without a token for the repository the rest of the plan is still worth reading.
            match composition.github_client(settings) {
                Ok(github) => all.files = Some(through.compare(&github).await?),
                Err(t) => all.unseen = Some(format!("files are not compared: {}; {}", t.what, t.next)),
            }
        } else if let Some(ground) = &ground {
            let published = Published::new(composition.github()?, &composition.github_base());
            let found = pontoon_deliver::difference::differences(&ground.cluster, &wanted.built.units, &published).await;
            all.objects = found.map_err(|e| super::deliver::refused(&e))?;
        }
        Ok(all)
    }
}

/// Looks and prints what would change. Writes nothing.
pub fn plan(settings: &Settings, args: &Args) -> Outcome {
    let loaded = Loaded::read(settings)?;
    engine(&loaded, &args.place)?;
    let environments = loaded.select(&args.which, "plan")?;
    let mut documents = Vec::new();
    let mut exits = Vec::new();
    block_on(settings, &args.place, async {
        ephemeral::sweep(settings, &args.place, &loaded, &environments).await;
        for environment in &environments {
            let_go().await;
            let platform = loaded.compile(settings, &args.place, environment)?;
            let composition = Composition::open(settings, &args.place, &platform.name, loaded.token(environment))?;
            let session = Session::open(settings, &composition, &platform.name, environment)?;
            let prepared = session.prepare(&platform, Command::Up, &options(&args.limits)).await;
            let inside = match args.layer {
                None => Contents::look(settings, &composition, &session, &loaded, &args.place, environment, &platform).await,
                Some(Layer::Cloud) => Ok(Contents::default()),
            };
            let emptied = match &prepared {
                Ok(prepared) => emptied::look(&composition, &session, environment, &prepared.plan).await,
                Err(_) => Vec::new(),
            };
            session.close().await;
            let (prepared, inside) = (prepared?, inside?);
            let plan = &prepared.plan;
            if settings.json {
                let mut document = json::plan(plan);
                document["environment"] = environment.as_str().into();
                document["emptied"] = emptied::document(&emptied);
                contents::document(&inside, &mut document);
                documents.push(document);
            } else {
                print::out(&super::run::heading(&composition, &prepared, settings));
                print::out(&print::plan::text(plan, environment, settings.out));
                print::out(&emptied::text(&emptied));
                print::out(&contents::text(&inside, args.verbose, settings.out));
            }
            if let Some(path) = &args.out {
                let text = serde_json::to_string_pretty(plan).unwrap_or_default();
                files::write(path, text.as_bytes(), Readers::Owner).map_err(|e| {
                    Trouble::new(format!("{}: cannot be written: {e}", path.display()), "choose another place: -o FILE")
                })?;
                print::note(&format!("saved; to carry out exactly this: pontoon up {environment} --plan {}", path.display()));
            }
            exits.push(match (plan.is_allowed(), plan.is_empty() && inside.is_settled()) {
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
