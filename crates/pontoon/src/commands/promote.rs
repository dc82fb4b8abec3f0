//! `pontoon promote FROM TO`, `pontoon rollback ENV`: one reviewable change of what an environment runs.
//!
//! With a repository it is a pull request, and the environment runs it once that is merged and `up` was run; without one
//! it is the release file, and `up` carries it out.

use super::{
    gitops::{Through, trouble},
    run::{Session, block_on, engine},
    runs::runs,
};
use crate::{
    args::{Promote, Rollback, Where},
    compose::{Composition, let_go},
    document::Loaded,
    exit::{Exit, Outcome, Trouble},
    print::{self, note},
    settings::Settings,
};
use pontoon_core::event::Event;
use pontoon_deliver::{
    gates::{Gate, Verdict},
    repository::Landed,
};
use pontoon_spec::{Release, release::Difference};
use pontoon_ui::style::Ink;
use serde_json::json;

/// Carries what one environment runs to another, all but what is the other's own.
pub fn promote(settings: &Settings, args: &Promote) -> Outcome {
    let loaded = Loaded::read(settings)?;
    engine(&loaded, &args.place)?;
    let all = loaded.environments();
    for name in [&args.from, &args.to] {
        if !all.contains(name) {
            return Err(Trouble::new(format!("there is no environment {name}"), format!("one of these: {}", all.join(", "))));
        }
    }
    let document = loaded.document();
    let order = document.promotion();
    let place = |name: &str| order.iter().position(|e| e.as_str() == name);
    match (place(&args.from), place(&args.to)) {
        (Some(from), Some(to)) if from < to => {}
        (None, _) | (_, None) => {
            return Err(Trouble::new(
                "the document promotes nothing: delivery.promotion does not name both",
                format!("write delivery.promotion: [ {}, {} ]", args.from, args.to),
            ));
        }
        _ => {
            let way: Vec<&str> = order.iter().map(|e| e.as_str()).collect();
            return Err(Trouble::new(
                format!("a change goes from {}", way.join(" to ")),
                format!("pontoon promote {} {}", args.to, args.from),
            ));
        }
    }
    let from = crate::release::of(settings, &args.place, &args.from)?;
    let from =
        from.ok_or_else(|| Trouble::new(format!("{} runs nothing yet", args.from), format!("pontoon up {}", args.from)))?;
    let before = crate::release::of(settings, &args.place, &args.to)?.or_else(|| document.release(&args.to, "0"));
    let before = before.ok_or_else(|| Trouble::new(format!("{} has no release", args.to), format!("pontoon up {}", args.to)))?;
    let revision = next(&before);
    let release = from
        .promote(document, &args.to, &revision)
        .ok_or_else(|| Trouble::new(format!("{} cannot be promoted", args.from), "pontoon check"))?;
    let message = format!("{}: promote revision {} of {} to {}", loaded.platform(), from.revision, args.from, args.to);
    propose(settings, &loaded, &args.place, &before, &release, &format!("promote-{}", args.to), &message, Some(&from))
}

/// Goes back to what an environment ran before.
pub fn rollback(settings: &Settings, args: &Rollback) -> Outcome {
    let loaded = Loaded::read(settings)?;
    engine(&loaded, &args.place)?;
    let now = crate::release::of(settings, &args.place, &args.environment)?.ok_or_else(|| {
        Trouble::new(format!("{} has no release", args.environment), format!("pontoon up {}", args.environment))
    })?;
    let earlier = crate::release::earlier(settings, &args.place, &args.environment);
    let target = match &args.release {
        Some(revision) => earlier.iter().find(|r| r.revision == *revision),
        None => earlier.iter().rev().find(|r| r.digest() != now.digest()),
    };
    let Some(target) = target else {
        let all: Vec<&str> = earlier.iter().map(|r| r.revision.as_str()).collect();
        let next = if all.is_empty() {
            "there is no earlier release; change platform.yaml".to_owned()
        } else {
            format!("one of these: {}", all.join(", "))
        };
        return Err(Trouble::new(format!("{} has no such earlier release", args.environment), next));
    };
    let mut release = target.clone();
    release.revision = next(&now);
    let message = format!("{}: {} back to revision {}", loaded.platform(), args.environment, target.revision);
    propose(settings, &loaded, &args.place, &now, &release, &format!("rollback-{}", args.environment), &message, None)
}

fn next(release: &Release) -> String {
    (release.revision.parse::<u64>().unwrap_or(0) + 1).to_string()
}

/// What the vendor never takes back: said before anybody agrees.
fn cannot_go_back(d: &Difference) -> Option<String> {
    let why = match d.path.rsplit('.').next()? {
        "highAvailability" if d.before == Some(json!(true)) => "high availability of a control plane is never turned off",
        "size" if d.path.starts_with("databases.") || d.path.starts_with("caches.") => "a managed database never becomes smaller",
        "version" if d.path.starts_with("databases.") || d.path.starts_with("cluster.") => "a version never goes back",
        "storage" => "a volume never becomes smaller",
        _ => return None,
    };
    Some(format!("{}: {why}", d.path))
}

#[expect(clippy::too_many_arguments, reason = "what a proposal is made of")]
fn propose(
    settings: &Settings,
    loaded: &Loaded,
    place: &Where,
    before: &Release,
    release: &Release,
    topic: &str,
    message: &str,
    gate: Option<&Release>,
) -> Outcome {
    let differences = release.differences(before);
    let environment = release.environment.as_str();
    if differences.is_empty() {
        print::line(&format!("{environment} runs this already"));
        return Ok(Exit::Done);
    }
    if !settings.json {
        print::line(
            &settings
                .out
                .paint(Ink::Strong, &format!("{environment}: revision {} instead of {}", release.revision, before.revision)),
        );
        for d in &differences {
            let text = |v: &Option<serde_json::Value>| v.as_ref().map_or_else(|| "(nothing)".to_owned(), ToString::to_string);
            print::line(&format!("  {}: {} → {}", d.path, text(&d.before), text(&d.after)));
        }
        if !release.own_paths().is_empty() {
            note(&format!("stays {environment}'s own: {}", release.own_paths().join(", ")));
        }
    }
    let stays: Vec<String> = if gate.is_none() { differences.iter().filter_map(cannot_go_back).collect() } else { Vec::new() };
    stays.iter().for_each(|s| note(&format!("cannot go back: {s}")));
    let spec = &loaded.spec_of(settings, release)?;
    let kept = spec.delivery.repository.is_none();
    let landed = block_on(settings, place, async {
        if let Some(from) = gate {
            runs(settings, loaded, place, from).await?;
            let_go().await;
        }
        if kept {
            return Ok(None);
        }
        let composition = Composition::open(settings, place, loaded.platform(), loaded.token(environment))?;
        let session = Session::open(settings, &composition, loaded.platform(), topic)?;
        let observer = |e: Event| session.progress.take(&e);
        let (composition, protect) = (&composition, false);
        let through = Through { settings, composition, loaded, place, spec, proposed: Some(release), protect };
        let github = composition.github_client(settings)?;
        let through_message = match gate {
            Some(from) => format!("{message}\n\n{} runs revision {} and is healthy.", from.environment, from.revision),
            None => message.to_owned(),
        };
        let says = |g: &Gate| Verdict {
            open: true,
            why: match gate.filter(|from| g.from == from.environment.as_str()) {
                Some(from) => format!("{} runs revision {} and is healthy", from.environment, from.revision),
                None if g.to == environment => format!("{environment} ran this before, or a gate before {} spoke", g.from),
                None => format!("{} runs what it ran", g.to),
            },
        };
        Ok(Some(through.propose(&github, &observer, topic, &through_message, says).await?))
    })?;
    let Some(landed) = landed else {
        crate::release::keep(settings, place, environment, &release.to_yaml())?;
        print::line(&format!("written; carry it out: pontoon up {environment}"));
        return Ok(Exit::Done);
    };
    if settings.json {
        let url = match &landed {
            Landed::Waits { url, .. } => Some(url.clone()),
            Landed::On { .. } => None,
        };
        print::line(&json!({ "environment": environment, "revision": release.revision, "differences": differences, "cannotGoBack": stays, "pullRequest": url }).to_string());
    }
    match landed {
        Landed::Waits { url, .. } => {
            note(&format!(
                "{} merge {url}, then: pontoon up {environment}",
                settings.err.paint(Ink::Notice, "waits for a person:")
            ));
            Ok(Exit::Waits)
        }
        Landed::On { .. } => {
            print::line(&format!("the branch holds it already; carry it out: pontoon up {environment}"));
            Ok(Exit::Done)
        }
    }
}

/// Takes over the releases that the followed branch holds: what was merged is what environments run.
pub async fn sync(settings: &Settings, place: &Where, loaded: &Loaded) -> Outcome<()> {
    let Some(repository) = loaded.repository() else { return Ok(()) };
    if loaded.document().promotion().is_empty() {
        return Ok(());
    }
    let composition = Composition::open(settings, place, loaded.platform(), loaded.shared_token())?;
    let github = composition.github_client(settings)?;
    let silent = |_: Event| {};
    let reach = super::gitops::reach(&composition, loaded.platform(), repository, &github, &silent)?;
    let there = github.repository(&reach.name).await;
    if !matches!(there, Ok(Some(_))) {
        // What it is that does not answer is said where the repository is needed.
        return Ok(());
    }
    let seen = reach.look().await.map_err(trouble)?;
    let files = reach.read(&seen.tree, |path| path.starts_with("releases/")).await.map_err(trouble)?;
    for (path, text) in files {
        let Some(environment) = path.strip_prefix("releases/").and_then(|p| p.strip_suffix(".yaml")) else { continue };
        if !loaded.environments().iter().any(|e| e == environment)
            || crate::release::text(settings, place, environment).as_ref() == Some(&text)
        {
            continue;
        }
        let newer = |t: &str| Release::parse("", t.as_bytes()).ok().and_then(|r| r.revision.parse::<u64>().ok()).unwrap_or(0);
        let own = crate::release::text(settings, place, environment).map_or(0, |t| newer(&t));
        if newer(&text) > own {
            note(&format!("{environment} runs revision {} now, as {} holds it", newer(&text), reach.name));
            crate::release::keep(settings, place, environment, &text)?;
        }
    }
    Ok(())
}
