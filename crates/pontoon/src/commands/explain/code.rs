//! The page of a diagnostic's code.

use crate::{
    document::pages,
    exit::{Exit, Outcome, Trouble},
    print::{line, out},
    settings::Settings,
};
use pontoon_core::diagnostic::{Code, CodePage, Severity};
use pontoon_plan::codes::Page;
use pontoon_ui::style::Ink;
use serde_json::{Value, json};

/// Shows a page: of what `check` says of a document, or of what `plan` finds out with an account.
pub fn show(settings: &Settings, code: &Code) -> Outcome {
    let (of_documents, of_plans) = (pages(), pontoon_plan::codes::PAGES);
    let shown = match of_documents.iter().find(|p| p.code == *code) {
        Some(page) => Some((of_document(settings, page), json(page))),
        None => of_plans.iter().find(|p| p.code == code.as_str()).map(|p| (of_plan(settings, p), plan_json(p))),
    };
    let Some((text, document)) = shown else {
        let known = of_documents.iter().map(|p| p.code.as_str()).chain(of_plans.iter().map(|p| p.code));
        return Err(unknown(code, known.collect()));
    };
    if settings.json {
        line(&document.to_string())
    } else {
        out(&text)
    }
    Ok(Exit::Done)
}

fn unknown(code: &Code, mut known: Vec<&str>) -> Trouble {
    known.sort_unstable();
    // The numbers run on: the nearest is the last one before it.
    let near = known.iter().rev().find(|k| **k < code.as_str()).or(known.first()).copied().unwrap_or("PT1001");
    let (first, last) = (known.first().copied().unwrap_or(near), known.last().copied().unwrap_or(near));
    Trouble::new(format!("there is no code {code}"), format!("pontoon explain {near}"))
        .because(format!("there are {} from {first} to {last}", known.len()))
}

fn json(page: &CodePage) -> Value {
    json!({
        "code": page.code,
        "severity": page.severity,
        "title": page.title,
        "explanation": page.explanation,
        "example": page.example,
        "fix": page.fix,
    })
}

fn plan_json(page: &Page) -> Value {
    json!({"code": page.code, "title": page.title, "explanation": page.explanation, "fix": page.fix})
}

fn of_document(settings: &Settings, page: &CodePage) -> String {
    let style = settings.out;
    let ink = if page.severity == Severity::Error { Ink::Bad } else { Ink::Notice };
    let word = style.paint(ink, &format!("{}[{}]:", page.severity, page.code));
    let indented: String = page.example.trim_end().lines().map(|l| format!("  {l}\n")).collect();
    let strong = |t: &str| style.paint(Ink::Strong, t);
    let mut text = format!("{word} {}\n\n{}\n\n", strong(page.title), page.explanation);
    text.push_str(&format!("{}\n{}\n", strong("for example:"), indented));
    text.push_str(&format!("{} {}\n", strong("fix:"), page.fix));
    if page.severity == Severity::Warning {
        text.push_str(&format!("to live with it, in the section that it is in: accept: [ {} ]\n", page.code));
    }
    text
}

fn of_plan(settings: &Settings, page: &Page) -> String {
    let style = settings.out;
    let strong = |t: &str| style.paint(Ink::Strong, t);
    let word = style.paint(Ink::Notice, &format!("plan[{}]:", page.code));
    format!("{word} {}\n\n{}\n\n{} {}\n", strong(page.title), page.explanation, strong("fix:"), page.fix)
}
