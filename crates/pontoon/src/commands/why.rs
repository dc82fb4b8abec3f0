//! `pontoon why APP`

use super::{
    ground::ground,
    inside::zone,
    run::{Session, block_on, engine},
};
use crate::{
    args::Why as Args,
    compose::{Composition, let_go},
    contents::{build, lock},
    document::Loaded,
    exit::{Exit, Outcome, Trouble},
    print::{self, note},
    settings::Settings,
};
use pontoon_deliver::{
    diagnose::remedy,
    why::{Link, links, name, way_in},
};
use pontoon_ui::style::Ink;
use serde_json::json;

/// Shows the chain from an app's host to what answers it, each link proven or broken.
pub fn why(settings: &Settings, args: &Args) -> Outcome {
    let loaded = Loaded::read(settings)?;
    engine(&loaded, &args.place)?;
    let environments = loaded.select(&args.which, "why")?;
    let mut documents = serde_json::Map::new();
    let mut holds = true;
    block_on(settings, &args.place, async {
        for environment in &environments {
            let_go().await;
            let links = look(settings, &loaded, args, environment).await?;
            holds &= links.iter().all(|l| l.broken.is_none());
            if settings.json {
                let all = links
                    .iter()
                    .map(|l| json!({ "link": l.title, "which": l.which, "holds": l.broken.is_none(), "because": l.broken, "next": l.broken.as_deref().and_then(remedy) }));
                documents.insert(environment.clone(), all.collect());
            } else {
                show(settings, environment, &args.app, &links);
            }
        }
        Ok(())
    })?;
    if settings.json {
        print::line(&json!({ "app": args.app, "environments": documents }).to_string());
    }
    Ok(if holds { Exit::Done } else { Exit::Failed })
}

async fn look(settings: &Settings, loaded: &Loaded, args: &Args, environment: &str) -> Outcome<Vec<Link>> {
    let spec = &loaded.spec(settings, &args.place, environment)?;
    let Some(app) = spec.apps.get(args.app.as_str()) else {
        let all: Vec<&str> = spec.apps.keys().map(|k| k.as_str()).collect();
        let next = if all.is_empty() {
            "add it under apps in platform.yaml".to_owned()
        } else {
            format!("one of these: {}", all.join(", "))
        };
        return Err(Trouble::new(format!("there is no app {} in {environment}", args.app), next));
    };
    let built = build(settings, spec, &lock(settings)?)?;
    let composition = Composition::open(settings, &args.place, loaded.platform(), loaded.token(environment))?;
    let session = Session::open(settings, &composition, loaded.platform(), environment)?;
    let Some(ground) = ground(&composition, &session, environment).await? else {
        return Err(Trouble::new(
            format!("{environment} has no cluster yet"),
            format!("make it: {}", args.place.up(environment)),
        ));
    };
    let refused =
        |r: pontoon_engine::Refusal| Trouble::new(format!("the cluster: {}", r.message), "what is wrong: pontoon doctor");
    let mut chain = Vec::new();
    let (ways, addresses) = way_in(&ground.cluster).await.map_err(refused)?;
    if let Some(host) = &app.host {
        let host = spec.host(host);
        if let Some(records) = zone(&session, &ground.records).await? {
            chain.push(name(&host, &records, &addresses));
        }
        chain.extend(ways);
    }
    let own = [format!("app-{}", args.app), format!("app-{}-access", args.app)];
    let parts: Vec<_> = built.contents.components.iter().filter(|c| own.contains(&c.name)).collect();
    chain.extend(links(&ground.cluster, &args.app, &parts).await.map_err(refused)?);
    for left_out in built.deferred.iter().filter(|d| d.path == format!("apps.{}", args.app)) {
        note(&format!("not built: {}", left_out.what));
    }
    Ok(chain)
}

fn show(settings: &Settings, environment: &str, app: &str, links: &[Link]) {
    print::line(&settings.out.paint(Ink::Strong, &format!("{app} in {environment}")));
    let width = links.iter().map(|l| l.title.len()).max().unwrap_or(0);
    for link in links {
        let (mark, ink) = if link.broken.is_none() { ("holds ", Ink::Good) } else { ("BROKEN", Ink::Bad) };
        let because = link.broken.as_ref().map(|b| format!(": {b}")).unwrap_or_default();
        print::line(&format!("  {}  {:width$}  {}{because}", settings.out.paint(ink, mark), link.title, link.which));
        if let Some(next) = link.broken.as_deref().and_then(remedy) {
            print::line(&format!("          {:width$}  next: {next}", ""));
        }
    }
}
