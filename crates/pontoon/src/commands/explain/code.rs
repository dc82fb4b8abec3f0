//! The page of a diagnostic's code.

use crate::{
    document::pages,
    exit::{Exit, Outcome, Trouble},
    print::{line, out},
    settings::Settings,
};
use pontoon_core::diagnostic::{Code, CodePage, Severity};
use pontoon_ui::style::Ink;
use serde_json::json;

/// Shows a page.
pub fn show(settings: &Settings, code: &Code) -> Outcome {
    if let Some(page) = pontoon_plan::codes::PAGES.iter().find(|p| p.code == code.as_str()) {
        return Ok(finding(settings, page));
    }
    let all = pages();
    let Some(page) = all.iter().find(|p| p.code == *code) else {
        let findings = pontoon_plan::codes::PAGES.iter().map(|p| p.code);
        let known: Vec<&str> = all.iter().map(|p| p.code.as_str()).chain(findings).collect();
        // The numbers run on: the nearest is the last one before it.
        let near = known.iter().rev().find(|k| **k < code.as_str()).or(known.first()).copied().unwrap_or("PT1001");
        let (first, last) = (known.first().copied().unwrap_or(near), known.last().copied().unwrap_or(near));
        return Err(Trouble::new(format!("there is no code {code}"), format!("pontoon explain {near}"))
            .because(format!("there are {} from {first} to {last}", known.len())));
    };
    if settings.json {
        let page = json!({
            "code": page.code,
            "severity": page.severity,
            "title": page.title,
            "explanation": page.explanation,
            "example": page.example,
            "fix": page.fix,
        });
        line(&page.to_string());
    } else {
        out(&text(settings, page));
    }
    Ok(Exit::Done)
}

/// What planning finds out: no document shows it.
fn finding(settings: &Settings, page: &pontoon_plan::codes::Page) -> Exit {
    if settings.json {
        let page = json!({"code": page.code, "title": page.title, "explanation": page.explanation, "fix": page.fix});
        line(&page.to_string());
    } else {
        let strong = |t: &str| settings.out.paint(Ink::Strong, t);
        let head = settings.out.paint(Ink::Bad, &format!("plan[{}]:", page.code));
        line(&format!("{head} {}\n\n{}\n\n{} {}", strong(page.title), page.explanation, strong("fix:"), page.fix));
    }
    Exit::Done
}

fn text(settings: &Settings, page: &CodePage) -> String {
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
