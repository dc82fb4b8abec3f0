//! For people: the source underlined, the code, the hint.

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet, renderer::DecorStyle};
use pontoon_core::diagnostic::{Diagnostic, Diagnostics, Label, Severity, Sources};
use std::{fmt::Write, ops::Range};

/// How a terminal wants it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// Letters only.
    Plain,
    /// With colours.
    Coloured,
}

/// The most problems that are shown with their source.
const MOST: usize = 100;

/// Labels further away than so many lines are told, not shown.
const FAR: u32 = 200;

/// Every diagnostic with its source, then the accepted ones in a line each, then a summary. Empty
/// for none.
pub fn text(diagnostics: &Diagnostics, sources: &Sources, look: Look) -> String {
    let renderer = match look {
        Look::Plain => Renderer::plain(),
        Look::Coloured => Renderer::styled(),
    }
    .decor_style(DecorStyle::Ascii)
    .term_width(120);
    let mut out = String::new();
    for problem in diagnostics.iter().filter(|d| !d.accepted).take(MOST) {
        out.push_str(&one(problem, sources, &renderer));
        out.push_str("\n\n");
    }
    let more = diagnostics.iter().filter(|d| !d.accepted).count().saturating_sub(MOST);
    if more > 0 {
        let _ = writeln!(out, "and {more} more, which --format json lists\n");
    }
    for problem in diagnostics.iter().filter(|d| d.accepted) {
        let at = problem.at.as_ref().map(|p| format!("{p}: ")).unwrap_or_default();
        let _ = writeln!(out, "accepted {}: {at}{}", problem.code, problem.message);
    }
    if !diagnostics.is_empty() {
        out.push_str(&summary(diagnostics));
        out.push('\n');
    }
    out
}

/// `2 errors, 1 warning, 1 accepted`; `no problems` for none.
pub fn summary(diagnostics: &Diagnostics) -> String {
    let counted = |n: usize, what: &str| match n {
        0 => None,
        1 => Some(format!("1 {what}")),
        n => Some(format!("{n} {what}s")),
    };
    let accepted = diagnostics.iter().filter(|d| d.accepted).count();
    let parts = [
        counted(diagnostics.errors().count(), "error"),
        counted(diagnostics.warnings().count(), "warning"),
        (accepted > 0).then(|| format!("{accepted} accepted")),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if parts.is_empty() { "no problems".into() } else { parts.join(", ") }
}

fn one(problem: &Diagnostic, sources: &Sources, renderer: &Renderer) -> String {
    let level = match problem.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level.primary_title(problem.message.as_str()).id(problem.code.as_str());
    let mut group = annotate_snippets::Group::with_title(title);
    let mut elsewhere = Vec::new();
    match &problem.at {
        Some(at) => match sources.get(&at.file) {
            Some(source) => {
                let near = |l: &&Label| l.at.file == at.file && l.at.line.abs_diff(at.line) < FAR;
                let (first, last) =
                    problem.labels.iter().filter(near).fold((at.line, at.line), |(a, b), l| (a.min(l.at.line), b.max(l.at.line)));
                let window = source.lines(first, last);
                let inside = |span: Range<usize>| span.start.saturating_sub(window.start)..span.end.saturating_sub(window.start);
                let text = source.text().get(window.clone()).unwrap_or_default();
                let mut snippet = Snippet::source(text)
                    .path(at.file.as_ref())
                    .line_start(usize::try_from(first).unwrap_or(1))
                    .annotation(AnnotationKind::Primary.span(inside(visible(at.span.clone(), source.text()))));
                for label in &problem.labels {
                    if near(&label) {
                        let span = inside(visible(label.at.span.clone(), source.text()));
                        snippet = snippet.annotation(AnnotationKind::Context.span(span).label(label.message.as_str()));
                    } else {
                        elsewhere.push(format!("{} ({})", label.message, label.at));
                    }
                }
                group = group.element(snippet);
            }
            None => elsewhere.push(format!("at {at}")),
        },
        None => elsewhere.extend(problem.labels.iter().map(|l| format!("{} ({})", l.message, l.at))),
    }
    for note in &elsewhere {
        group = group.element(Level::NOTE.message(note.as_str()));
    }
    if let Some(hint) = &problem.hint {
        group = group.element(Level::HELP.message(hint.as_str()));
    }
    renderer.render(&[group])
}

/// The part of a span that is worth underlining: its first line.
fn visible(span: std::ops::Range<usize>, text: &str) -> std::ops::Range<usize> {
    let first = text.get(span.clone()).and_then(|t| t.lines().next()).map_or(0, |line| line.trim_end().len());
    span.start..(span.start + first).min(span.end)
}
