//! The reference of the language and of its diagnostics, as Markdown. Written by a test, never by
//! hand.

use crate::{
    explain::default_text,
    sections::spec::Spec,
    shape::{JsonType, Key, Presence, Scope, Section, Shape, Tagged, paragraph},
};
use pontoon_core::diagnostic::CodePage;
use std::fmt::Write;

/// The reference of all sections and keys.
pub fn reference() -> String {
    let mut out = String::from("# The language of `platform.yaml`\n\n");
    out.push_str("Written from the types. Every section also takes `accept: [CODE]`, which silences those warnings there.\n\n");
    let _ = writeln!(out, "{}\n", paragraph(Spec::SECTION.text));
    let mut seen = Vec::new();
    let keys: Vec<&Key> = Spec::SECTION.keys.iter().filter(|k| k.scope != Scope::Derived).collect();
    table(&keys, &mut out);
    let _ = writeln!(
        out,
        "\n`environments.<name>` takes every key of scope *environment*; `null` takes away a named entry or a key without a default there, and `provider: none` turns a feature off.\n"
    );
    for key in keys {
        below(&key.shape, key.name, 2, &mut seen, &mut out);
    }
    out.trim_end().to_owned() + "\n"
}

fn below(shape: &Shape, path: &str, depth: usize, seen: &mut Vec<&'static str>, out: &mut String) {
    match shape {
        Shape::Section(s) => section(s, path, depth, seen, out),
        Shape::Tagged(t) => tagged(t, path, depth, seen, out),
        Shape::Map(inner) => below(inner, &format!("{path}.<name>"), depth, seen, out),
        Shape::List(inner) => below(inner, &format!("{path}[]"), depth, seen, out),
        _ => {}
    }
}

fn heading(path: &str, depth: usize, out: &mut String) {
    let _ = writeln!(out, "{} `{path}`\n", "#".repeat(depth.min(5)));
}

fn section(s: &'static Section, path: &str, depth: usize, seen: &mut Vec<&'static str>, out: &mut String) {
    if s.keys.is_empty() {
        return;
    }
    heading(path, depth, out);
    let _ = writeln!(out, "{}\n", paragraph(s.text));
    if seen.contains(&s.name) {
        let _ = writeln!(out, "Its keys are those of every `{}` above.\n", s.name);
        return;
    }
    seen.push(s.name);
    if !s.shorthand.is_empty() {
        let keys: Vec<String> = s.shorthand.iter().map(|k| format!("`{k}`")).collect();
        let _ = writeln!(out, "One value in its place is {}.\n", keys.join(" and "));
    }
    let keys: Vec<&Key> = s.keys.iter().collect();
    table(&keys, out);
    out.push('\n');
    for key in keys {
        below(&key.shape, &format!("{path}.{}", key.name), depth + 1, seen, out);
    }
}

fn tagged(t: &'static Tagged, path: &str, depth: usize, seen: &mut Vec<&'static str>, out: &mut String) {
    heading(path, depth, out);
    let _ = writeln!(out, "{}\n", paragraph(t.text));
    for (tag, s) in t.variants {
        let default = if t.default == Some(*tag) { " (the default)" } else { "" };
        let _ = writeln!(out, "- `provider: {tag}`{default}: {}", paragraph(s.text));
    }
    out.push('\n');
    for (tag, s) in t.variants {
        section(s, &format!("{path} (provider: {tag})"), depth + 1, seen, out);
    }
}

fn table(keys: &[&Key], out: &mut String) {
    out.push_str("| key | takes | default | scope | says |\n| --- | --- | --- | --- | --- |\n");
    for key in keys {
        let default = match key.presence {
            Presence::Required => "*required*".to_owned(),
            Presence::Optional => String::new(),
            Presence::Default(_) => format!("`{}`", default_text(key.presence).trim_matches('"')),
        };
        let scope = match key.scope {
            Scope::Environment => "environment",
            Scope::Platform => "platform",
            Scope::Own => "environment only",
            Scope::Derived => "computed",
        };
        let _ = writeln!(
            out,
            "| `{}` | {} | {default} | {scope} | {} |",
            key.name,
            cell(&takes(&key.shape)),
            cell(&paragraph(key.text))
        );
    }
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

/// What a shape takes, in a few words.
fn takes(shape: &Shape) -> String {
    match shape {
        Shape::Scalar(s) => match s.json {
            JsonType::Integer(least, u32::MAX) => format!("a whole number from {least}"),
            JsonType::Integer(least, most) => format!("{least} to {most}"),
            _ => {
                let example = s.examples.first().map(|e| format!(", such as `{e}`"));
                format!("{}{}", s.name, example.filter(|_| s.json == JsonType::Text).unwrap_or_default())
            }
        },
        Shape::Choice(c) => c.words.iter().map(|(w, _)| format!("`{w}`")).collect::<Vec<_>>().join(", "),
        Shape::List(inner) => format!("a list of: {}", takes(inner)),
        Shape::Map(inner) => format!("by name: {}", takes(inner)),
        Shape::Words(inner) => format!("by key: {}", takes(inner)),
        Shape::Section(s) => format!("keys of `{}`", s.name),
        Shape::Tagged(t) => format!("keys of `{}`, by provider", t.name),
        Shape::Any => "anything".into(),
    }
}

/// The reference of diagnostics: a page for each code, with its example and what it prints.
/// `printed` renders an example's problems, so that the reference shows what a person sees.
pub fn diagnostics(pages: &[&CodePage], printed: impl Fn(&CodePage) -> String) -> String {
    let mut out = String::from("# Diagnostics\n\n");
    out.push_str("Each has a stable code, an example that is also its test, and a fix. Warnings can be accepted where they are: `accept: [CODE]` in the section.\n\n");
    out.push_str("| code | | says |\n| --- | --- | --- |\n");
    for p in pages {
        let _ = writeln!(out, "| [{0}](#{1}) | {2} | {3} |", p.code, anchor(p), p.severity, cell(p.title));
    }
    for p in pages {
        let _ = writeln!(out, "\n## {}: {}\n\n{}\n", p.code, p.title, p.explanation);
        let _ = writeln!(out, "```yaml\n{}\n```\n\n```text\n{}\n```\n", p.example.trim_end(), printed(p).trim_end());
        let _ = writeln!(out, "**Fix.** {}", p.fix);
    }
    out
}

/// The anchor that GitHub gives the heading of a page.
fn anchor(page: &CodePage) -> String {
    let heading = format!("{}: {}", page.code, page.title).to_lowercase();
    heading.chars().filter(|c| c.is_alphanumeric() || *c == ' ' || *c == '-').map(|c| if c == ' ' { '-' } else { c }).collect()
}
