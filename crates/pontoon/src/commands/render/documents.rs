//! `pontoon render docs`, and the same as a part of `pontoon render`.

use super::{Written, write_within};
use crate::{
    args::{RenderDocs, Where, Which},
    contents::{Built, built_all},
    document::Loaded,
    exit::{Exit, Outcome},
    print::{self, note},
    settings::Settings,
};
use pontoon_catalog::prices;
use pontoon_core::platform::Platform;
use pontoon_documents::{Environment, ROOT, files};
use pontoon_spec::{Spec, explain::Explained};
use std::path::Path;

/// Writes the documents of one environment, or of all, and nothing else.
pub fn alone(settings: &Settings, place: &Where, loaded: &Loaded, to: &Path, which: &RenderDocs) -> Outcome {
    let chosen = match &which.environment {
        None => loaded.environments(),
        Some(name) => loaded.select(&Which { environment: Some(name.clone()), all: false }, "render docs")?,
    };
    let all = built_all(settings, place, loaded)?;
    let written = write(settings, place, loaded, &all, to, &chosen)?;
    if settings.json {
        print::line(&written.json().to_string());
    } else {
        for (spec, built) in all.iter().filter(|(spec, _)| chosen.iter().any(|c| c == spec.environment.as_str())) {
            for left_out in &built.deferred {
                note(&format!("not built: {} {}: {}", *spec.environment, left_out.path, left_out.what));
            }
        }
        written.print();
    }
    Ok(if written.is_settled() { Exit::Done } else { Exit::Failed })
}

/// Writes the documents of these environments into [`ROOT`] of a folder. Their inventory is their own.
pub fn write(
    settings: &Settings,
    place: &Where,
    loaded: &Loaded,
    all: &[(Spec, Built)],
    to: &Path,
    chosen: &[String],
) -> Outcome<Written> {
    let is_chosen = |name: &str| chosen.iter().any(|c| c == name);
    let mut described: Vec<(&Spec, &Built, Platform, Option<Explained>)> = Vec::new();
    for (spec, built) in all.iter().filter(|(spec, _)| is_chosen(spec.environment.as_str())) {
        let environment = spec.environment.as_str();
        let mut platform = loaded.cloud(settings, place, environment)?;
        platform.purchases = built.contents.components.iter().flat_map(prices::purchases).collect();
        platform.deferred.extend(built.deferred.iter().cloned());
        described.push((spec, built, platform, loaded.document().explain(environment, "").ok()));
    }
    let environments: Vec<Environment<'_>> = described
        .iter()
        .map(|(spec, built, platform, explained)| Environment {
            spec,
            platform,
            contents: &built.contents,
            deferred: &platform.deferred,
            explained: explained.as_ref(),
        })
        .collect();
    let names = loaded.environments();
    let wanted = files(loaded.platform(), &names, &environments);
    // The folder of an environment that is none any more belongs to whoever writes all of them.
    let others: Vec<String> = names.iter().filter(|n| !is_chosen(n)).map(|n| format!("{n}/")).collect();
    write_within(&to.join(ROOT), loaded.platform(), &wanted, |path| !others.iter().any(|o| path.starts_with(o.as_str())))
}
