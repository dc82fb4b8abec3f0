//! `pontoon destroy --part`: something that runs in a cluster, taken down alone.

use super::{
    deliver::refused,
    ground::ground,
    inside::Wanted,
    run::{Session, agree, block_on, engine},
};
use crate::{
    args::Destroy,
    compose::{Composition, trouble_of_store},
    document::Loaded,
    exit::{Exit, Outcome, Trouble},
    print::{self, note},
    settings::Settings,
};
use pontoon_core::event::Event;
use pontoon_deliver::{Setting, apply::Failed, part::Part};
use pontoon_providers::ObjectRef;
use serde_json::json;
use std::collections::BTreeSet;

/// Shows what would go, asks, and removes it. While the document asks for it, the next `up` makes it again.
pub fn destroy(settings: &Settings, args: &Destroy) -> Outcome {
    let loaded = Loaded::read(settings)?;
    engine(&loaded, &args.place)?;
    let environments = loaded.select(&args.which, "destroy")?;
    let [environment] = environments.as_slice() else {
        return Err(Trouble::new("a part is of one environment", "name it: pontoon destroy ENV --part PART"));
    };
    let wanted = Wanted::of(settings, &loaded, &args.place, environment)?;
    if wanted.follows() {
        return Err(Trouble::new(
            format!("the cluster of {environment} follows a repository, which would put {} back", args.part.join(", ")),
            format!("take it out of platform.yaml, then: {}", args.place.up(environment)),
        ));
    }
    let names = units(&wanted, &args.part)?;
    let (part, left) = block_on(settings, &args.place, async {
        let composition = Composition::open(settings, &args.place, loaded.platform(), loaded.token(environment))?;
        let session = Session::open(settings, &composition, loaded.platform(), environment)?;
        let who = session.locker(&format!("pontoon destroy {environment} --part"));
        // Whoever applies at the same time would make it again.
        let writer = composition.store.lock(who, composition.clock.now()).map_err(|e| trouble_of_store(&e))?;
        let ground = ground(&composition, &session, environment).await?;
        let ground = ground.ok_or_else(|| {
            Trouble::new(format!("{environment} has no cluster"), format!("make it: {}", args.place.up(environment)))
        })?;
        let server = |r: pontoon_engine::Refusal| refused(&Failed::Server(r.message));
        let part = Part::of(&ground.cluster, &wanted.built.units, &names).await.map_err(server)?;
        let claims = args.limits.include_stateful;
        note(text(&part, claims).trim_end());
        if !part.along.is_empty() && !claims {
            return Err(Trouble::new(
                format!("{} would take the data of {} claims along", args.part.join(", "), part.along.len()),
                "if that is meant: --include-stateful",
            ));
        }
        if part.objects.is_empty() && (part.claims.is_empty() || !claims) {
            return Ok((part, Some(Vec::new())));
        }
        if !agree(settings, "Remove these?", args.yes || args.place.local)? {
            note("nothing was changed");
            return Ok((part, None));
        }
        let observer = |e: Event| session.progress.take(&e);
        let setting = Setting {
            cluster: &ground.cluster,
            clock: composition.clock.as_ref(),
            observer: &observer,
            stop: session.stop.clone(),
            environment,
        };
        let left = session.interruptible(part.take_down(&setting, claims)).await.map_err(server)?;
        session.close().await;
        drop(writer);
        Ok((part, Some(left)))
    })?;
    let Some(left) = left else { return Ok(Exit::Failed) };
    if settings.json {
        let all = |list: &[ObjectRef]| list.iter().map(ToString::to_string).collect::<Vec<_>>();
        let gone: Vec<String> = all(&part.objects).into_iter().filter(|o| !all(&left).contains(o)).collect();
        let document = json!({ "environment": environment, "removed": gone, "claims": all(&part.claims), "along": all(&part.along), "left": all(&left) });
        print::line(&document.to_string());
    } else if left.is_empty() {
        print::line(&format!("{} is gone; while platform.yaml asks for it, the next up makes it again", args.part.join(", ")));
    }
    for one in &left {
        note(&format!("still there: {one}"));
    }
    Ok(if left.is_empty() { Exit::Done } else { Exit::Failed })
}

/// The units of the parts of the document that a person named.
fn units(wanted: &Wanted, parts: &[String]) -> Outcome<BTreeSet<String>> {
    let components = &wanted.built.contents.components;
    let mut names = BTreeSet::new();
    for part in parts {
        let below = format!("{part}.");
        let of = components.iter().filter(|c| c.origin.path == *part || c.origin.path.starts_with(&below) || c.name == *part);
        let found: Vec<String> = of.map(|c| c.name.clone()).collect();
        if found.is_empty() {
            let all: BTreeSet<&str> = components.iter().map(|c| c.origin.path.as_str()).filter(|p| !p.is_empty()).collect();
            let all = all.into_iter().collect::<Vec<_>>().join(", ");
            return Err(Trouble::new(format!("nothing in the cluster comes from {part}"), format!("one of these: {all}")));
        }
        names.extend(found);
    }
    Ok(names)
}

fn text(part: &Part, claims: bool) -> String {
    let mut out = String::new();
    for one in part.objects.iter().rev() {
        out.push_str(&format!("  - {one}\n"));
    }
    for one in &part.claims {
        out.push_str(&match claims {
            true => format!("  - {one}, with its data\n"),
            false => format!("    {one} stays, with its data, and is billed; to remove it as well: --include-stateful\n"),
        });
    }
    for one in &part.along {
        out.push_str(&format!("  - {one}, with its data: it goes with what made it\n"));
    }
    for one in &part.needed_by {
        out.push_str(&format!("    {one} needs it, and stays\n"));
    }
    if out.is_empty() { "nothing of it is in the cluster\n".into() } else { out }
}
