//! `pontoon explain`: a part of the resolved document, each value with where it comes from, and what
//! it turns into; or the page of a diagnostic's code.

mod becomes;
mod code;
mod unset;

use crate::{
    args::Explain as Args,
    document::{Checked, read},
    exit::{Exit, Outcome, Trouble},
    print::{line, note, out},
    settings::Settings,
};
use becomes::Becomes;
use pontoon_core::diagnostic::Code;
use pontoon_spec::{Document, decode::nearest};
use pontoon_ui::style::Ink;
use serde_json::json;

/// Shows the resolved document, or the page of a code.
pub fn explain(settings: &Settings, args: &Args) -> Outcome {
    let path = args.path.as_deref().unwrap_or_default();
    if let Some(code) = Code::parse(&path.to_uppercase()) {
        return code::show(settings, &code);
    }
    let checked = read(settings, true)?;
    let Some(document) = &checked.document else {
        return Err(unreadable(settings, &checked));
    };
    let (environment, path) = place(document, args, path)?;
    let resolves = checked.specs.iter().any(|s| s.environment.as_str() == environment);
    let explained = match document.explain(&environment, path) {
        Ok(explained) => explained,
        Err(_) => match unset::find(document, &environment, path) {
            Some(unset) => return unset::show(settings, &environment, path, &unset),
            None => return Err(nowhere(document, &environment, path)),
        },
    };
    let becomes = if resolves { Becomes::of(&checked.specs, &environment, path) } else { Becomes::default() };
    if settings.json {
        let answer = json!({
            "environment": environment,
            "explained": explained,
            "resources": becomes.resources_json(),
            "deferred": becomes.deferred,
        });
        line(&answer.to_string());
        return Ok(Exit::Done);
    }
    out(&shaded(&explained.render(), settings));
    out(&becomes.text(settings.out));
    if !resolves {
        note("the document has errors, so what this turns into is not shown: pontoon check");
    }
    Ok(Exit::Done)
}

/// Which environment is meant, and which path inside of it. `environments.<name>.…` is a path of the
/// document that names both.
fn place<'a>(document: &Document, args: &Args, path: &'a str) -> Outcome<(String, &'a str)> {
    let all: Vec<String> = document.environments().iter().map(ToString::to_string).collect();
    let inside = path.strip_prefix("environments.").map(|rest| rest.split_once('.').unwrap_or((rest, "")));
    if let Some((name, rest)) = inside.filter(|(name, _)| all.iter().any(|e| e == name))
        && args.environment.as_deref().is_none_or(|e| e == name)
    {
        return Ok((name.to_owned(), rest));
    }
    match (&args.environment, all.as_slice()) {
        (Some(name), _) if all.contains(name) => Ok((name.clone(), path)),
        (Some(name), _) => {
            Err(Trouble::new(format!("there is no environment {name}"), format!("one of these: {}", all.join(", "))))
        }
        (None, [only]) => Ok((only.clone(), path)),
        (None, []) => Err(Trouble::new("the document has no environment", "pontoon check")),
        (None, [.., last]) => {
            let path = if path.is_empty() { String::new() } else { format!(" {path}") };
            Err(Trouble::new(
                format!("in which environment? There are {}", all.join(", ")),
                format!("pontoon explain{path} -e {last}"),
            ))
        }
    }
}

/// There is no tree to speak of.
fn unreadable(settings: &Settings, checked: &Checked) -> Trouble {
    let trouble = Trouble::new(format!("{}: there is nothing to explain", settings.file.display()), "pontoon check");
    checked.diagnostics.errors().fold(trouble, |t, d| t.because(d.to_string()))
}

/// A path that leads nowhere: how far it leads, what exists there, and what is nearest.
fn nowhere(document: &Document, environment: &str, path: &str) -> Trouble {
    let steps: Vec<&str> = path.split('.').filter(|s| !s.is_empty()).collect();
    let prefix = |n: usize| steps.iter().take(n).copied().collect::<Vec<_>>().join(".");
    let leads = (0..steps.len()).rev().find(|n| document.explain(environment, &prefix(*n)).is_ok()).unwrap_or(0);
    let there = prefix(leads);
    let step = steps.get(leads).copied().unwrap_or_default();
    let known = document.explain(environment, &prefix(leads + 1)).err().unwrap_or_default();
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    let several = document.environments().len() > 1;
    let place = match (there.is_empty(), several) {
        (true, _) => environment.to_owned(),
        (false, true) => format!("{there} of {environment}"),
        (false, false) => there.clone(),
    };
    let near = nearest(step, &known).or(known.first().copied());
    let next = match near {
        Some(near) => [prefix(leads).as_str(), near].into_iter().filter(|s| !s.is_empty()).collect::<Vec<_>>().join("."),
        None => there,
    };
    let trouble = Trouble::new(format!("there is no {step} in {place}"), format!("pontoon explain {next} -e {environment}"));
    if known.is_empty() {
        trouble.because("that is one value, with nothing in it")
    } else {
        trouble.because(format!("there are: {}", known.join(", ")))
    }
}

/// Comments are faint on a terminal.
fn shaded(text: &str, settings: &Settings) -> String {
    let mut shaded = String::new();
    for line in text.lines() {
        // What is behind a value begins with two spaces; a value in quotes never holds that and a `#`
        // without being told apart here by the last one.
        let at = if line.starts_with("# ") { Some(0) } else { line.rfind("  # ") };
        let (value, comment) = line.split_at(at.unwrap_or(line.len()));
        shaded.push_str(&format!("{value}{}\n", settings.out.paint(Ink::Faint, comment)));
    }
    shaded
}
